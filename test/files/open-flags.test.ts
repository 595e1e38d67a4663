/*
 * OPEN's flags in every combination: the flags of the descriptor, and what
 * happens to files, are the same as with OpenSSH's server.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { appends, mayChange, openFlags, writable } from "../../src/files/open-flags.ts";
import { statusOfErrno } from "../../src/ops/status.ts";
import { AT_FDCWD, addon } from "../../src/posix/addon.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { needsOpenssh, OPENSSH, ServerSession } from "../helpers/server-session.ts";

const { WRITE, APPEND, CREAT, TRUNC } = FXF;
const combinations = Array.from({ length: 64 }, (_, pflags) => pflags);
/* open(2)'s access mode and O_APPEND; the same on every Linux. */
const KEPT_FLAGS = 0o3 | 0o2000;

/** The flags that the kernel keeps of a process's open file; undefined if it has none open. */
function flagsOf(pid: number | "self", fd: number): number {
	const [, flags = ""] = /^flags:\t([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "latin1")) ?? [];
	return Number.parseInt(flags, 8) & KEPT_FLAGS;
}

describe("open flags", () => {
	const base = mkdtempSync(join(tmpdir(), "open-flags-"));
	after(() => rmSync(base, { recursive: true }));
	for (const name of ["ours", "peer"]) mkdirSync(join(base, name));

	/** The outcome of opening a file, existing or missing, and the file afterwards. */
	function outcome(result: number | string, path: string): readonly unknown[] {
		return [result, existsSync(path) ? readFileSync(path, "latin1") : undefined];
	}

	function openHere(path: string, pflags: number): number | string {
		const bytes = Buffer.from(path);
		const fd = addon.openAt(AT_FDCWD, bytes, 0, bytes.length, openFlags(pflags), 0o666);
		if (fd < 0) return `status ${statusOfErrno(-fd)}`;
		const flags = flagsOf("self", fd);
		addon.close(fd);
		return flags;
	}

	/** The server has one file open: the descriptor that did not exist before. */
	async function openThere(session: ServerSession, path: string, pflags: number): Promise<number | string> {
		const reply = await session.ask(FXP.OPEN, path, pflags, attrs());
		if (reply.kind === "status") return `status ${reply.code}`;
		assert.equal(reply.kind, "handle");
		const flags = flagsOf(session.pid, 3);
		if (reply.kind === "handle") await session.ask(FXP.CLOSE, reply.handle);
		return flags;
	}

	/* Only root can read a server's /proc. */
	const skip = needsOpenssh.skip || unlessRoot();
	it("are those of OpenSSH's server", { skip }, async () => {
		const session = await ServerSession.start(OPENSSH, { args: ["-e"] });
		for (const pflags of combinations) {
			for (const state of ["there", "missing"]) {
				const [ours, peer] = ["ours", "peer"].map((name) => join(base, name, `${state}-${pflags}`));
				if (ours === undefined || peer === undefined) assert.fail("two names");
				if (state === "there") for (const path of [ours, peer]) writeFileSync(path, "content");
				const expected = outcome(await openThere(session, peer, pflags), peer);
				assert.deepEqual(outcome(openHere(ours, pflags), ours), expected, `${state}, flags ${pflags}`);
			}
		}
		await session.stop();
	});

	it("say whether a file can be changed, written and appended to", () => {
		for (const pflags of combinations) {
			const flags = openFlags(pflags);
			assert.equal(writable(flags), (pflags & WRITE) !== 0, String(pflags));
			assert.equal(appends(flags), (pflags & APPEND) !== 0, String(pflags));
			assert.equal(mayChange(flags), (pflags & (WRITE | CREAT | TRUNC)) !== 0, String(pflags));
		}
	});
});

describe("the status of an errno", () => {
	it("is sftp-server.c's for each that it lists, and FAILURE for every other", () => {
		const listed: Readonly<Record<string, number>> = {
			...{ ENOENT: 2, ENOTDIR: 2, EBADF: 2, ELOOP: 2 },
			...{ EPERM: 3, EACCES: 3, EFAULT: 3 },
			...{ ENAMETOOLONG: 5, EINVAL: 5 },
			ENOSYS: 8,
		};
		for (const [name, number] of Object.entries(constants.errno))
			assert.equal(statusOfErrno(number), listed[name] ?? 4, name);
		assert.equal(statusOfErrno(0), 0);
	});
});
