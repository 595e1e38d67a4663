/* INIT, what may come before it or in its place, and requests that no server knows. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endOf, lines, oneByOne, sameEnd } from "../helpers/endings.ts";
import { FXP, INIT, packet } from "../helpers/packets.ts";
import { type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh, OPENSSH, OURS, request, type ServerSession } from "../helpers/server-session.ts";

const FATAL = 255;
const missing = request(FXP.STAT, 8, "/nonexistent");

function versionOf(reply: ServerReply | undefined): number | undefined {
	return reply?.kind === "version" ? reply.version : undefined;
}

describe("INIT", needsOpenssh, () => {
	const openings: readonly [criterion: string, init: Buffer, logged: string][] = [
		["of version 3", INIT, "received client version 3"],
		["of version 0", packet(FXP.INIT, 0), "received client version 0"],
		["of version 6", packet(FXP.INIT, 6), "received client version 6"],
		["of version 2^32 - 1", packet(FXP.INIT, 0xffffffff), "received client version 4294967295"],
		["with extensions", packet(FXP.INIT, 3, "a@b", "1", "c", ""), "received client version 3"],
		[
			"with bytes that are not an extension",
			packet(FXP.INIT, 3, { raw: Buffer.alloc(100, 0xff) }),
			"received client version 3",
		],
	];
	for (const [criterion, init, logged] of openings) {
		it(`${criterion} is answered with version 3`, async () => {
			const ended = await sameEnd(oneByOne(init));
			assert.equal(ended.status, 0);
			assert.deepEqual(ended.result.map(versionOf), [3]);
			assert.ok(lines(ended).includes(logged));
		});
	}

	it("may be repeated at any time, and for versions below 3 a status has no texts", async () => {
		const inits = [3, 2, 3, 1].map((version) => packet(FXP.INIT, version));
		const ended = await sameEnd(oneByOne(...inits.flatMap((init) => [init, missing])));
		assert.equal(ended.status, 0);
		const bare: ServerReply = { kind: "status", code: 2, text: undefined, language: undefined };
		const statuses = ended.result.filter((reply) => reply?.kind === "status");
		assert.deepEqual(statuses, [status(2), bare, status(2), bare]);
	});

	it("without a version ends the session", async () => {
		const ended = await sameEnd((session) => session.send(packet(FXP.INIT, { raw: Buffer.alloc(3) })));
		assert.equal(ended.status, FATAL);
		assert.ok(lines(ended).includes("process_init: parse: incomplete message"));
	});
});

describe("a request before INIT", needsOpenssh, () => {
	for (const type of [3, 4, 5, 10, 17, 20, 2, 0, 21, 101, 255]) {
		it(`of type ${type} ends the session`, async () => {
			const ended = await sameEnd((session) => session.send(packet(type, 1, "/")));
			assert.deepEqual([ended.status, ended.replies], [FATAL, []]);
			assert.ok(lines(ended).includes(`Received ${type} request before init`));
		});
	}

	it("of type EXTENDED ends the session", async () => {
		const ended = await sameEnd((session) => session.send(request("limits@openssh.com", 1)));
		assert.deepEqual([ended.status, ended.replies], [FATAL, []]);
		assert.ok(lines(ended).includes("Received extended request before init"));
	});
});

describe("a request that no server knows", needsOpenssh, () => {
	for (const type of [0, 2, 21, 101, 199, 201, 255]) {
		it(`of type ${type} is unsupported, where OpenSSH is silent`, async () => {
			const play = async (session: ServerSession): Promise<(ServerReply | undefined)[]> => {
				await session.send(INIT);
				await session.next();
				await session.send(packet(type, 7, "x"));
				await session.logged(`Unknown message ${type}`);
				await session.send(missing);
				const first = await session.reply();
				const replies =
					first?.kind === "status" && first.code === 8 ? [first, await session.reply()] : [first];
				session.endInput();
				return replies;
			};
			const [ours, openssh] = await Promise.all([endOf(OURS, play), endOf(OPENSSH, play)]);
			assert.deepEqual(ours.result, [status(8), status(2)]);
			assert.deepEqual(openssh.result, [status(2)]);
			assert.deepEqual([ours.status, openssh.status], [0, 0]);
		});
	}

	const names = [
		"",
		"nonsense",
		"limits",
		"LIMITS@openssh.com",
		"limits@openssh.com\0",
		"x".repeat(300),
		"\xff\n",
	];
	for (const name of names) {
		it(`the extension ${JSON.stringify(name.slice(0, 20))} of ${name.length} bytes gets OpenSSH's answer`, async () => {
			const ended = await sameEnd(oneByOne(INIT, request(name, 7)));
			assert.equal(ended.status, 0);
			if (!name.startsWith("limits@")) assert.deepEqual(ended.result[1], status(8));
		});
	}
});
