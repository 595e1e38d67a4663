/*
 * Every operation without a policy and under -R, -P and -p: which are refused,
 * that the body of a refused request is not parsed, and what VERSION then
 * offers. The replies, the log and the tree match OpenSSH's.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
	extensionPairs,
	type NamedOperation,
	namesOwn,
	OPENSSH_OPERATIONS,
	OWN_OPERATIONS,
} from "../helpers/operations.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh, OURS, ServerSession } from "../helpers/server-session.ts";
import { assertAlike, Twins } from "../helpers/twins.ts";
import { everyOperation, fillTree, openHandles } from "./every-operation.ts";

const DENIED = status(3);
const READ_WRITE = FXF.READ | FXF.WRITE;

/** Requests every operation under a policy and returns the names of those refused. */
async function refusedUnder(args: readonly string[], targetFlags = READ_WRITE): Promise<string[]> {
	const twins = await Twins.start({ args, build: fillTree });
	await openHandles(twins, targetFlags);
	const refused: string[] = [];
	for (const { name, what, fields } of everyOperation) {
		const { ours: reply, openssh } = await twins.askBoth(what, ...fields);
		/* The free space of a file system may change between the two requests. */
		if (reply.kind !== "extended" || !name.endsWith("statvfs")) assertAlike(reply, openssh);
		if (isDenied(reply)) refused.push(name);
		else if (args.length === 0 && reply.kind === "status") assert.equal(reply.code, 0, name);
	}
	for (const { name, what } of everyOperation) {
		/* Sent without its body, so it can be answered only if the body is not parsed. Under -R, OPEN is refused after parsing. */
		if (refused.includes(name)) assert.deepEqual(await twins.ask(what), DENIED, name);
	}
	await twins.stop();
	return refused;
}

function isDenied(reply: ServerReply): boolean {
	return reply.kind === "status" && reply.code === 3;
}

const names = everyOperation.map(({ name }) => name);
const writers = everyOperation.filter((operation) => operation.writes).map(({ name }) => name);
const halves = [0, 1].map((half) => names.filter((_, i) => i % 2 === half));

describe("every operation", needsOpenssh, () => {
	it("is permitted without a policy", async () => {
		assert.deepEqual(await refusedUnder([]), []);
	});

	it("that writes is refused under -R", async () => {
		assert.deepEqual(await refusedUnder(["-R"], FXF.READ), writers);
	});

	for (const half of halves) {
		const others = names.filter((name) => !half.includes(name));
		it(`of ${half[0]}, ${half[1]} and so on is refused by -P with their names`, async () => {
			assert.deepEqual(await refusedUnder(["-P", half.join(",")]), half);
		});
		it(`but ${half[0]}, ${half[1]} and so on is refused by -p with their names`, async () => {
			assert.deepEqual(await refusedUnder(["-p", half.join(",")]), others);
		});
	}

	it("is refused by the first of -R, -P and -p that does", async () => {
		const refused = await refusedUnder(["-R", "-P", "stat,mkdir", "-p", "stat,lstat,rename,open"]);
		assert.deepEqual(
			refused,
			names.filter((name) => name !== "lstat" && name !== "open"),
		);
	});
});

describe("a list of requests", needsOpenssh, () => {
	const rows: readonly [criterion: string, args: readonly string[], refused: readonly string[]][] = [
		["ends at an empty item", ["-P", "stat,,lstat"], ["stat"]],
		["is empty when it starts with a comma", ["-P", ",stat"], []],
		["is empty when it is an empty argument", ["-P", ""], []],
		["given to -p refuses everything when it is empty", ["-p", ","], names],
		["ignores names that no request has", ["-P", "nonsense,stat,STAT"], ["stat"]],
		["keeps blanks, so that nothing matches", ["-P", " stat,lstat ,fstat"], ["fstat"]],
		["takes short names of extensions only", ["-P", "limits@openssh.com,limits"], ["limits"]],
		["ends after forty items", ["-P", `${"x,".repeat(39)}stat,lstat`], ["stat"]],
		["does not apply to init", ["-P", "init,version"], []],
	];
	for (const [criterion, args, refused] of rows) {
		it(criterion, async () => assert.deepEqual(await refusedUnder(args), refused));
	}

	it("may contain patterns, unlike in OpenSSH", async () => {
		const cwd = mkdtempSync(join(tmpdir(), "patterns-"));
		fillTree(cwd);
		const session = await ServerSession.start(OURS, { args: ["-P", "set*,*rename,??dir"], cwd });
		const refused: string[] = [];
		for (const { name, what, fields } of everyOperation) {
			const reply = await session.ask(what, ...fields.filter((field) => typeof field !== "function"));
			if (isDenied(reply)) refused.push(name);
		}
		assert.deepEqual(refused, ["setstat", "mkdir", "rmdir", "rename", "posix-rename"]);
		await session.stop();
		rmSync(cwd, { recursive: true });
	});
});

describe("read-only OPEN", needsOpenssh, () => {
	const { READ, WRITE, APPEND, CREAT, TRUNC, EXCL } = FXF;
	const refused = [WRITE, READ | WRITE, READ | CREAT, READ | TRUNC, WRITE | APPEND, CREAT | EXCL, TRUNC];
	const permitted = [0, READ, READ | APPEND, READ | EXCL, APPEND | EXCL];

	it("is refused when its flags could change anything, and changes nothing", async () => {
		const twins = await Twins.start({ args: ["-R"], build: fillTree });
		for (const pflags of refused) {
			assert.deepEqual(await twins.ask(FXP.OPEN, "target", pflags, attrs()), DENIED, String(pflags));
			assert.deepEqual(await twins.ask(FXP.OPEN, "new", pflags, attrs()), DENIED, String(pflags));
		}
		for (const pflags of permitted) {
			assert.equal((await twins.ask(FXP.OPEN, "target", pflags, attrs())).kind, "handle", String(pflags));
		}
		twins.make((directory) => {
			assert.equal(readFileSync(join(directory, "target"), "utf8"), "0123456789");
			assert.equal(existsSync(join(directory, "new")), false);
		});
		await twins.stop();
	});
});

describe("VERSION", needsOpenssh, () => {
	it("offers every extension without a policy", async () => {
		assertOffered(await offeredUnder([]), () => true);
	});

	it("offers no extension that the policy refuses", async () => {
		const offered = async (...args: readonly string[]): Promise<string[]> =>
			(await offeredUnder(args)).map(([name = ""]) => name);
		assert.deepEqual(await offered("-p", "stat,limits,copy-data"), ["limits@openssh.com", "copy-data"]);
		assert.deepEqual(await offered("-p", "stat"), []);
		assertOffered(await offeredUnder(["-R"]), ({ writes }) => !writes);
		assert.equal((await offered("-P", "limits")).includes("limits@openssh.com"), false);
	});
});

/** Asserts that VERSION offered the chosen extensions: OpenSSH's, then those of our own that the manual page lists. */
function assertOffered(
	offered: readonly (readonly string[])[],
	chosen: (operation: NamedOperation) => boolean,
): void {
	const openssh = extensionPairs(OPENSSH_OPERATIONS.filter(chosen));
	assert.deepEqual(offered.slice(0, openssh.length), openssh);
	const own = offered.slice(openssh.length).map(([name = ""]) => name);
	assert.equal(own.length, OWN_OPERATIONS.filter(chosen).length);
	assert.ok(own.every(namesOwn), own.join());
}

/** The extensions that our VERSION offers; except for our own they are OpenSSH's. */
async function offeredUnder(args: readonly string[]): Promise<readonly (readonly string[])[]> {
	const twins = await Twins.start({ args });
	const { offered } = twins;
	await twins.stop();
	return offered;
}
