/* The machine that the figures were measured on, without which they mean nothing. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { runChecked } from "./sample.ts";

export type Machine = {
	readonly date: string;
	readonly processor: string;
	readonly cores: number;
	readonly memoryGiB: number;
	readonly kernel: string;
	readonly node: string;
	readonly openssh: string;
	/** Of this package, with the commit where there is one. */
	readonly version: string;
	/** Types of the file systems that the large and the small files are on. */
	readonly fileSystem: string;
	readonly nameSystem: string;
};

function tryRun(program: string, args: readonly string[]): string {
	try {
		return runChecked(program, args).trim();
	} catch {
		return "";
	}
}

function opensshVersion(): string {
	const [, debian = ""] = tryRun("dpkg-query", ["-W", "openssh-sftp-server"]).split("\t");
	const { stderr } = spawnSync("ssh", ["-V"], { encoding: "utf8" });
	return debian === "" ? (stderr ?? "").trim() : `OpenSSH ${debian.replace(/^1:/, "")}`;
}

function packageVersion(): string {
	const manifest: unknown = JSON.parse(readFileSync("package.json", "utf8"));
	const version: unknown = typeof manifest === "object" && manifest ? Reflect.get(manifest, "version") : "";
	const commit = tryRun("git", ["rev-parse", "--short", "HEAD"]);
	return commit === "" ? String(version) : `${String(version)} (${commit})`;
}

export function describeMachine(files: string, names: string): Machine {
	const processors = cpus();
	const type = (path: string) => tryRun("df", ["--output=fstype", path]).split("\n").at(-1) ?? "unknown";
	return {
		date: new Date().toISOString().slice(0, 10),
		processor: processors[0]?.model.replace(/\s+/g, " ") ?? "unknown",
		cores: processors.length,
		memoryGiB: Math.round(totalmem() / 2 ** 30),
		kernel: release(),
		node: process.version,
		openssh: opensshVersion(),
		version: packageVersion(),
		fileSystem: type(files),
		nameSystem: type(names),
	};
}
