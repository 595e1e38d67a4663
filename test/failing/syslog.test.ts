/*
 * A syslog socket that is missing or full, or that comes and goes: the session
 * never waits for it, and reports how many lines were lost once it accepts lines
 * again.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { status } from "../helpers/server-replies.ts";
import type { ServerSession } from "../helpers/server-session.ts";
import { SyslogSocket, withLogAt } from "../helpers/syslog-socket.ts";
import { needsRoot, scratch, start } from "./world.ts";

const LOG = ["-l", "verbose"];

/** Makes the server log exactly one line. */
async function oneLine(session: ServerSession, path = "/"): Promise<void> {
	assert.equal((await session.ask(FXP.LSTAT, path)).kind, "attrs");
}

async function manyLines(session: ServerSession, count: number): Promise<void> {
	for (let i = 0; i < count; i++) await oneLine(session);
}

describe("a syslog socket", needsRoot, () => {
	it("loses only lines while it is missing, and gets their number and the next line when it appears", async (test) => {
		const directory = scratch(test);
		const socket = new SyslogSocket(test, join(directory, "log"));
		const session = await start(test, withLogAt(join(directory, "log")), { args: LOG, cwd: directory });
		await manyLines(session, 5);
		const handle = await session.open(FXP.OPEN, join(directory, "new"), FXF.WRITE | FXF.CREAT, attrs());
		assert.deepEqual(await session.ask(FXP.WRITE, handle, 0n, "bytes"), status(0));
		await socket.bind();
		await oneLine(session);
		/* Session opened, version, 5 LSTATs, OPEN. */
		assert.deepEqual(await socket.read(), ["error: 8 log lines dropped", 'lstat name "/"']);
		await oneLine(session);
		assert.deepEqual(await socket.read(), ['lstat name "/"']);
		assert.equal((await session.stop()).status, 0);
		assert.deepEqual((await socket.read()).slice(1), ["session closed for local user root from [UNKNOWN]"]);
	});

	it("loses lines without delay while it is full, and gets their number and the next line once it is read", async (test) => {
		const directory = scratch(test);
		const socket = new SyslogSocket(test, join(directory, "log"));
		await socket.bind();
		const session = await start(test, withLogAt(join(directory, "log")), { args: LOG });
		const sent = 1000;
		await manyLines(session, sent);
		const taken = (await socket.read()).filter((line) => line === 'lstat name "/"').length;
		assert.ok(taken < sent, `${taken} taken`);
		await oneLine(session);
		assert.deepEqual(await socket.read(), [`error: ${sent - taken} log lines dropped`, 'lstat name "/"']);
		assert.equal((await session.stop()).status, 0);
	});

	it("loses the lines in between when it goes away and comes back", async (test) => {
		const directory = scratch(test);
		const socket = new SyslogSocket(test, join(directory, "log"));
		await socket.bind();
		const session = await start(test, withLogAt(join(directory, "log")), { args: LOG });
		await oneLine(session);
		assert.deepEqual((await socket.read()).at(-1), 'lstat name "/"');
		await socket.close();
		await manyLines(session, 3);
		await socket.bind();
		await oneLine(session);
		assert.deepEqual(await socket.read(), ["error: 3 log lines dropped", 'lstat name "/"']);
		/* A log daemon that is restarted at once loses nothing. */
		await socket.close();
		await socket.bind();
		await oneLine(session);
		assert.deepEqual(await socket.read(), ['lstat name "/"']);
		assert.equal((await session.stop()).status, 0);
	});

	it("is found again by a session that is confined to another directory", async (test) => {
		const [directory, open] = [scratch(test), scratch(test)];
		const socket = new SyslogSocket(test, join(directory, "log"));
		const program = withLogAt(join(directory, "log"));
		const session = await start(test, program, { args: [...LOG, "--confine", open] });
		await socket.bind();
		await oneLine(session, open);
		/* Confined, session opened, version. */
		assert.deepEqual(await socket.read(), ["error: 3 log lines dropped", `lstat name "${open}"`]);
		await socket.close();
		await socket.bind();
		await oneLine(session, open);
		assert.deepEqual(await socket.read(), [`lstat name "${open}"`]);
		assert.equal((await session.stop()).status, 0);
	});
});
