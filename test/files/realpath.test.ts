/*
 * The canonicalizer compared with two others: OpenSSH's server and, where a path
 * is resolved as for a system call, the kernel.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DirectNamespace } from "../../src/files/direct.ts";
import { Realpath } from "../../src/files/realpath.ts";
import { statusOfErrno } from "../../src/ops/status.ts";
import { FXP } from "../helpers/packets.ts";
import { needsOpenssh, OPENSSH, ServerSession } from "../helpers/server-session.ts";

const { EACCES } = constants.errno;

/** Names in the tree, and other components. */
const COMPONENTS = ["", ".", "..", "file", "folder", "link", "up", "absolute", "dangling", "loop", "missing"];

/** Every path of `count` components below a directory. */
function pathsOf(count: number): readonly string[] {
	if (count === 0) return [""];
	return pathsOf(count - 1).flatMap((path) => COMPONENTS.map((name) => `${path}/${name}`));
}

describe("realpath", () => {
	const realpath = new Realpath(new DirectNamespace());
	/* Short, and without links in its path. */
	const directory = realpathSync(mkdtempSync(join(tmpdir(), "realpath-")));
	before(() => {
		for (const at of [directory, join(directory, "folder"), join(directory, "folder/folder")]) {
			if (at !== directory) mkdirSync(at);
			writeFileSync(join(at, "file"), "");
			symlinkSync("folder", join(at, "link"));
			symlinkSync("../folder/", join(at, "up"));
			symlinkSync(join(directory, "folder/."), join(at, "absolute"));
			symlinkSync("missing", join(at, "dangling"));
			symlinkSync("loop", join(at, "loop"));
		}
		symlinkSync(".", join(directory, "chain-0"));
		for (let i = 1; i <= 45; i++) symlinkSync(`chain-${i - 1}`, join(directory, `chain-${i}`));
		/* Targets that leave little room for the rest of the path. */
		for (const length of [4000, 4093, 4094, 4095])
			symlinkSync("./".repeat(2048).slice(0, length), join(directory, `long-${length}`));
	});
	after(() => rmSync(directory, { recursive: true }));

	const resolved = (path: string, asKernel = false): string | number => {
		const result = realpath.resolve(Buffer.from(path, "latin1"), asKernel ? { asKernel } : {});
		return typeof result === "number" ? result : result.toString("latin1");
	};

	const chains = Array.from({ length: 46 }, (_, i) => [`/chain-${i}`, `/chain-${i}/folder/file`]).flat();
	const longs = [4000, 4093, 4094, 4095].flatMap((length) =>
		["", "/", "/folder", `/${"x".repeat(90)}`, `/${"x".repeat(95)}`, "/../folder"].map(
			(rest) => `/long-${length}${rest}`,
		),
	);
	const around = (limit: number): readonly string[] =>
		[-2, -1, 0, 1].map((step) => `/${"./".repeat(limit)}`.slice(0, limit + step - directory.length));
	const paths = [...pathsOf(1), ...pathsOf(2), ...pathsOf(3), ...chains];

	it("agrees with OpenSSH's server", needsOpenssh, async () => {
		const session = await ServerSession.start(OPENSSH);
		const codes = new Set<number>();
		for (const path of [...paths, ...longs, ...around(4096)].map((rest) => directory + rest)) {
			const reply = await session.ask(FXP.REALPATH, path);
			const ours = resolved(path);
			if (reply.kind === "names") assert.equal(ours, reply.names[0]?.name, path);
			else if (reply.kind === "status" && typeof ours === "number") {
				assert.equal(statusOfErrno(-ours), reply.code, path);
				codes.add(reply.code);
			} else assert.fail(`${path}: ${ours}`);
		}
		await session.stop();
		assert.deepEqual([...codes].sort(), [2, 5]);
	});

	it("agrees with the kernel when it resolves as the kernel does", () => {
		const failures = new Set<string>();
		for (const path of paths.map((rest) => directory + rest)) {
			const ours = resolved(path, true);
			const kernel = kernelsPath(path);
			if (typeof kernel === "number") {
				failures.add(String(kernel));
				/* The last component may be missing. */
				if (typeof ours === "string") assert.equal(kernelsPath(ours), -constants.errno.ENOENT, path);
				else assert.equal(ours, kernel, path);
			} else if (ours !== kernel) assert.match(path, BEHIND_A_FILE);
		}
		assert.ok(failures.size >= 3);
	});

	it("asks about the owner of each link, and stops at one that is not trusted", () => {
		const path = Buffer.from(`${directory}/chain-3/link/absolute/file`);
		const owners: number[] = [];
		const asked = (most: number): Buffer | number => {
			owners.length = 0;
			return realpath.resolve(path, { trusts: (owner) => owners.push(owner) <= most });
		};
		assert.equal(asked(99).toString(), `${directory}/folder/file`);
		const own = process.getuid?.();
		assert.deepEqual(owners, [own, own, own, own, own, own]);
		assert.equal(asked(4), -EACCES);
		assert.equal(owners.length, 5);
	});
});

/** A slash or a dot after a file, which the next system call refuses. */
const BEHIND_A_FILE = /file\/\.?$/;

function kernelsPath(path: string): string | number {
	try {
		return realpathSync.native(path);
	} catch (error) {
		const number = error instanceof Error && "errno" in error ? error.errno : undefined;
		return typeof number === "number" ? number : assert.fail(String(error));
	}
}
