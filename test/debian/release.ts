/*
 * A Debian release in a directory, made by debootstrap from the mirror that this
 * machine's own apt uses, and copies of it that can be changed and thrown away.
 * Needs root.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a command in a release left. */
export interface Outcome {
	readonly status: number | null;
	/** Standard output and standard error, together. */
	readonly output: string;
}

/** The first address in apt's sources that has Debian's own archive. */
function mirror(): string {
	const directory = "/etc/apt/sources.list.d";
	const files = [
		"/etc/apt/sources.list",
		...(existsSync(directory) ? readdirSync(directory) : []).map((name) => join(directory, name)),
	];
	for (const file of files.filter((file) => existsSync(file))) {
		const text = readFileSync(file, "utf8");
		const [found] = text.match(/(?<=^(?:URIs:|deb(?: \[[^\]]*\])?) +)\S+\/debian\/?(?=\s|$)/m) ?? [];
		if (found !== undefined) return found;
	}
	throw new Error("no Debian mirror in the sources of apt");
}

/**
 * The path of the release with the packages, below `store`; made if it is not there
 * yet, which takes a minute.
 */
export function releaseBase(store: string, suite: string, packages: readonly string[]): string {
	const base = join(store, suite);
	if (existsSync(base)) return base;
	mkdirSync(store, { recursive: true });
	const unfinished = `${base}.${process.pid}`;
	const args = ["--variant=minbase", `--include=${packages.join(",")}`, suite, unfinished, mirror()];
	const { status, stdout, stderr } = spawnSync("debootstrap", args, { encoding: "utf8" });
	if (status !== 0) throw new Error(`debootstrap ${suite}: ${stdout?.slice(-500)}${stderr}`);
	renameSync(unfinished, base);
	return base;
}

/** A copy of a release, mounted over it; nothing reaches the release itself. */
export class Release {
	readonly root: string;
	readonly #place: string;

	constructor(base: string) {
		this.#place = mkdtempSync(join(tmpdir(), "sftp-debian-"));
		execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755", "none", this.#place]);
		for (const name of ["changes", "work", "root"]) mkdirSync(join(this.#place, name), { mode: 0o755 });
		this.root = join(this.#place, "root");
		const layers = `lowerdir=${base},upperdir=${this.#place}/changes,workdir=${this.#place}/work`;
		execFileSync("mount", ["-t", "overlay", "-o", layers, "none", this.root]);
		execFileSync("mount", ["-t", "proc", "none", join(this.root, "proc")]);
		execFileSync("mount", ["--bind", "/dev", join(this.root, "dev")]);
		/* Where packages are fetched from, as this machine finds it; and no daemon starts. */
		for (const name of ["/etc/resolv.conf", "/etc/hosts"])
			if (existsSync(name)) writeFileSync(join(this.root, name), readFileSync(name));
		writeFileSync(join(this.root, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
	}

	/** Runs a command in it, as root. */
	run(...command: readonly [string, ...string[]]): Outcome {
		const { status, stdout, stderr } = spawnSync("chroot", [this.root, ...command], {
			encoding: "utf8",
			env: {
				PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
				DEBIAN_FRONTEND: "noninteractive",
				LC_ALL: "C",
				HOME: "/root",
			},
		});
		return { status, output: `${stdout}${stderr}` };
	}

	/** As `run`; throws, with what was said, unless the command exits 0. */
	must(...command: readonly [string, ...string[]]): string {
		const { status, output } = this.run(...command);
		if (status !== 0) throw new Error(`${command.join(" ")}: exit status ${status}\n${output}`);
		return output;
	}

	/** Every file and directory but what dpkg and apt keep for themselves. */
	files(): string[] {
		const kept = "^/(proc|dev|run|tmp|root|home|var/(lib/(dpkg|apt)|log|cache))(/|$)";
		return this.must(
			"find",
			"/",
			"-xdev",
			"-regextype",
			"posix-extended",
			"-regex",
			kept,
			"-prune",
			"-o",
			"-print",
		)
			.split("\n")
			.sort();
	}

	close(): void {
		for (const inner of ["proc", "dev", ""]) spawnSync("umount", ["--lazy", join(this.root, inner)]);
		spawnSync("umount", ["--lazy", this.#place]);
		rmSync(this.#place, { recursive: true, force: true });
	}
}
