/*
 * A program that confines itself to a directory and then bypasses the server's
 * own checks by calling node's file system functions: shows what Landlock alone
 * refuses. Prints the results as JSON.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { connect, type NetConnectOpts } from "node:net";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { confine } from "../../src/files/confine.ts";
import { addon } from "../../src/posix/addon.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import { groupName, userById } from "../../src/posix/users.ts";

/** What the program prints: the code of an error, or "ok". */
export interface LandlockReport {
	readonly failure: unknown;
	/** What must be refused, and what must not. */
	readonly outside: Readonly<Record<string, string>>;
	readonly inside: Readonly<Record<string, string>>;
	readonly readOnly: Readonly<Record<string, string>>;
	/** The kernel's Landlock version, and which kinds of contact with other processes it can restrict. */
	readonly abi: number;
	readonly others: Readonly<Record<"signal" | "abstract socket" | "TCP connection", string>>;
	/** Users 0, group 0, user 65534, and one that does not exist. */
	readonly names: readonly (string | null)[];
	/** For a worker started before, and for eight reads in libuv's threads. */
	readonly threads: readonly string[];
}

type Attempts = Readonly<Record<string, () => unknown>>;

function codeOf(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function attempts(actions: Attempts): Record<string, string> {
	const entries = Object.entries(actions).map(([what, action]) => {
		try {
			action();
			return [what, "ok"];
		} catch (error) {
			return [what, codeOf(error)];
		}
	});
	return Object.fromEntries(entries);
}

/** Every way to change or read something at `there`; `here` is a directory where all are allowed. */
function everything(there: string, here: string): Attempts {
	return {
		read: () => fs.readFileSync(join(there, "secret")),
		write: () => fs.openSync(join(there, "secret"), "r+"),
		append: () => fs.openSync(join(there, "secret"), "a"),
		truncate: () => fs.truncateSync(join(there, "secret"), 1),
		create: () => fs.writeFileSync(join(there, "new"), ""),
		list: () => fs.readdirSync(there),
		mkdir: () => fs.mkdirSync(join(there, "new-directory")),
		rmdir: () => fs.rmdirSync(join(there, "empty")),
		unlink: () => fs.unlinkSync(join(there, "secret")),
		symlink: () => fs.symlinkSync("target", join(there, "new-link")),
		rename: () => fs.renameSync(join(there, "secret"), join(there, "renamed")),
		"rename out": () => fs.renameSync(join(here, "file"), join(there, "moved")),
		"rename in": () => fs.renameSync(join(there, "secret"), join(here, "moved")),
		"link out": () => fs.linkSync(join(here, "file"), join(there, "linked")),
		"link in": () => fs.linkSync(join(there, "secret"), join(here, "linked")),
	};
}

/** A worker that reads the file on request, and answers with the result. */
async function startReader(file: string): Promise<() => Promise<string>> {
	const source = `
		const { parentPort } = require("node:worker_threads");
		const { readFileSync } = require("node:fs");
		parentPort.on("message", () => {
			try { readFileSync(${JSON.stringify(file)}); parentPort.postMessage("ok"); }
			catch (error) { parentPort.postMessage(error.code); }
		});
		parentPort.postMessage("ready");`;
	const worker = new Worker(source, { eval: true });
	const next = (): Promise<string> => new Promise((resolve) => worker.once("message", resolve));
	await next();
	return async () => {
		const answer = next();
		worker.postMessage("now");
		const outcome = await answer;
		await worker.terminate();
		return outcome;
	};
}

/** "ok", or the error's code. */
function outcomeOfConnecting(to: NetConnectOpts): Promise<string> {
	return new Promise((resolve) => {
		const socket = connect(to, () => {
			socket.destroy();
			resolve("ok");
		});
		socket.on("error", (error) => resolve(codeOf(error)));
	});
}

async function main(
	inside: string,
	outside: string,
	readOnly: string,
	socketName: string,
	port: number,
): Promise<LandlockReport> {
	const secret = join(outside, "secret");
	const readInWorker = await startReader(secret);
	/* Starts libuv's threads before confinement, too. */
	await Promise.all(Array.from({ length: 8 }, () => stat("/")));
	const confined = confine([
		{ directory: asByteString(inside), readOnly: false },
		{ directory: asByteString(readOnly), readOnly: true },
	]);
	const inPool = Array.from({ length: 8 }, () => readFile(secret).then(() => "ok", codeOf));
	return {
		failure: "reason" in confined ? confined : null,
		outside: {
			...attempts(everything(outside, inside)),
			...attempts({
				"by another way": () => fs.readFileSync(`/proc/self/root${secret}`),
				"the user database": () => fs.readFileSync("/etc/passwd"),
				"a program": () => {
					const { error } = spawnSync(join(inside, "program"));
					if (error) throw error;
				},
				"a device": () => fs.openSync("/dev/zero", "r"),
			}),
		},
		inside: attempts({
			read: () => fs.readFileSync(join(inside, "file")),
			create: () => fs.writeFileSync(join(inside, "new"), "new"),
			truncate: () => fs.truncateSync(join(inside, "new"), 1),
			mkdir: () => fs.mkdirSync(join(inside, "new-directory")),
			"rename between directories": () =>
				fs.renameSync(join(inside, "new"), join(inside, "new-directory/moved")),
			"link between directories": () =>
				fs.linkSync(join(inside, "new-directory/moved"), join(inside, "linked")),
			list: () => fs.readdirSync(inside),
			unlink: () => fs.unlinkSync(join(inside, "linked")),
			"read in the read-only one": () => fs.readFileSync(join(readOnly, "secret")),
			"list the read-only one": () => fs.readdirSync(readOnly),
		}),
		readOnly: (({ read, list, ...changes }) => changes)(attempts(everything(readOnly, inside))),
		abi: addon.landlockAbi(),
		others: {
			signal: attempts({ signal: () => process.kill(process.ppid, 0) })["signal"] ?? "",
			"abstract socket": await outcomeOfConnecting({ path: `\0${socketName}` }),
			"TCP connection": await outcomeOfConnecting({ host: "127.0.0.1", port }),
		},
		threads: [await readInWorker(), ...(await Promise.all(inPool))],
		names: [userById(0)?.name, groupName(0), userById(65534)?.name, userById(4294967294)?.name].map(
			(name) => name ?? null,
		),
	};
}

const [inside = "", outside = "", readOnly = "", socketName = "", port = ""] = process.argv.slice(2);
void main(inside, outside, readOnly, socketName, Number(port)).then((report) =>
	process.stdout.write(JSON.stringify(report)),
);
