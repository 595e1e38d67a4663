/*
 * Malformed packets: the session ends with OpenSSH's log line and exit status,
 * and earlier requests have been served.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Ending, endOf, lines, sameEnd } from "../helpers/endings.ts";
import { type FieldKind, OPENSSH_OPERATIONS } from "../helpers/operations.ts";
import { attrs, type Field, FXP, handle, INIT, packet, uint32 } from "../helpers/packets.ts";
import { needsOpenssh, OURS, request, type ServerSession } from "../helpers/server-session.ts";

const [BAD_MESSAGE, FATAL] = [11, 255];
const HANDLE = handle(0);
const TIMES = attrs({ times: [1, 2] });

/** How the session ends after INIT and these bytes. */
function after(bytes: Buffer, options = {}): Promise<Ending<void>> {
	return sameEnd(async (session: ServerSession) => {
		await session.send(INIT);
		await session.next();
		await session.send(bytes);
	}, options);
}

/** A field of each kind. */
const FIELDS: Readonly<Record<FieldKind, Field>> = {
	path: "path",
	string: "string",
	handle: HANDLE,
	u32: 1,
	u64: 0n,
	data: "data",
	attrs: TIMES,
	ids: uint32(0),
};

/** The packet without its last bytes, with its length reduced to match. */
function cut(whole: Buffer, count: number): Buffer {
	const length = whole.length - 4 - count;
	return Buffer.concat([uint32(length), whole.subarray(4, 4 + length)]);
}

describe("a request that is too short", needsOpenssh, () => {
	for (const { functionName, what, fields } of OPENSSH_OPERATIONS.filter((row) => row.fields.length > 0)) {
		const words = functionName.endsWith("copy_data") ? "buffer error" : "parse";
		const line = `${functionName}: ${words}: incomplete message`;
		const whole = request(what, 7, ...fields.map((kind) => FIELDS[kind]));
		const missing: readonly [criterion: string, bytes: Buffer][] = [
			["its fields", request(what, 7)],
			["its last byte", cut(whole, 1)],
		];
		for (const [criterion, bytes] of missing) {
			it(`${what} without ${criterion} ends the session`, async () => {
				const ended = await after(bytes);
				assert.deepEqual([ended.status, ended.replies], [FATAL, []]);
				assert.ok(lines(ended).includes(line), ended.stderr);
			});
		}
	}

	const heads: readonly [criterion: string, bytes: Buffer, line: string][] = [
		["its ID", packet(FXP.STAT), "process: parse ID: incomplete message"],
		["half its ID", packet(FXP.STAT, { raw: Buffer.alloc(2) }), "process: parse ID: incomplete message"],
		["its ID (EXTENDED)", packet(FXP.EXTENDED), "process: parse extended ID: incomplete message"],
		["its name (EXTENDED)", packet(FXP.EXTENDED, 7), "process_extended: parse: incomplete message"],
		["its ID (unknown type)", packet(99), "process: parse ID: incomplete message"],
	];
	for (const [criterion, bytes, line] of heads) {
		it(`without ${criterion} ends the session`, async () => {
			const ended = await after(bytes);
			assert.equal(ended.status, FATAL);
			assert.ok(lines(ended).includes(line), ended.stderr);
		});
	}
});

describe("an invalid field", needsOpenssh, () => {
	const nul = "a\0b";
	const raw = (...fields: Field[]): Field => ({ raw: packet(0, ...fields).subarray(5) });
	const rows: readonly [criterion: string, bytes: Buffer, line: string][] = [
		...["old", nul].map((first): [string, Buffer, string] => [
			`a NUL in the ${first === nul ? "first" : "second"} path of RENAME`,
			request(FXP.RENAME, 7, first, first === nul ? "new" : nul),
			"process_rename: parse: invalid format",
		]),
		["a NUL in a path", request(FXP.STAT, 7, nul), "process_do_stat: parse: invalid format"],
		[
			"a NUL at the start of a path",
			request(FXP.OPEN, 7, "\0a", 1, TIMES),
			"process_open: parse: invalid format",
		],
		[
			"two NULs at the end of a path",
			request(FXP.REMOVE, 7, "a\0\0"),
			"process_remove: parse: invalid format",
		],
		["a NUL in an extension's name", request(nul, 7), "process_extended: parse: invalid format"],
		[
			"a NUL in a user's name",
			request("home-directory", 7, nul),
			"process_extended_home_directory: parse: invalid format",
		],
		[
			"a NUL in an extended attribute's type",
			request(FXP.SETSTAT, 7, "x", attrs({ extended: [[nul, ""]] })),
			"process_setstat: parse: invalid format",
		],
		[
			"2^32 - 1 extended attributes",
			request(FXP.SETSTAT, 7, "x", raw(0x80000000, 0xffffffff)),
			"process_setstat: parse: incomplete message",
		],
		[
			"uids that are not a multiple of four bytes",
			request("users-groups-by-id@openssh.com", 7, "12345", ""),
			"process_extended_get_users_groups_by_id: parse inner uid: incomplete message",
		],
		[
			"gids that are not a multiple of four bytes",
			request("users-groups-by-id@openssh.com", 7, "1234", "1"),
			"process_extended_get_users_groups_by_id: parse inner gid: incomplete message",
		],
		[
			"a path beyond the packet",
			request(FXP.STAT, 7, raw(100)),
			"process_do_stat: parse: incomplete message",
		],
		[
			"a path of 128 MiB",
			request(FXP.STAT, 7, raw(0x7fffffd)),
			"process_do_stat: parse: string is too large",
		],
		[
			"a path of 2^32 - 1 bytes",
			request(FXP.STAT, 7, raw(0xffffffff)),
			"process_do_stat: parse: string is too large",
		],
		[
			"a handle of 2^31 bytes",
			request(FXP.CLOSE, 7, raw(0x80000000)),
			"process_close: parse: string is too large",
		],
		[
			"data beyond the packet",
			request(FXP.WRITE, 7, HANDLE, 0n, raw(200_000)),
			"process_write: parse: incomplete message",
		],
	];
	for (const [criterion, bytes, line] of rows) {
		it(`${criterion} ends the session`, async () => {
			const ended = await after(bytes);
			assert.deepEqual([ended.status, ended.replies], [FATAL, []]);
			assert.ok(lines(ended).includes(line), ended.stderr);
		});
	}

	it("does not matter when the policy refuses the request", async () => {
		const ended = await sameEnd(
			async (session) => {
				await session.send(INIT);
				await session.next();
				await session.send(request(FXP.RMDIR, 7, nul));
				const reply = await session.reply();
				session.endInput();
				return reply;
			},
			{ args: ["-R"] },
		);
		assert.equal(ended.status, 0);
		assert.equal(ended.result?.kind === "status" && ended.result.code, 3);
	});
});

describe("an invalid length", needsOpenssh, () => {
	for (const length of [262_145, 1_000_000, 0x7fffffff, 0x80000000, 0xffffffff]) {
		it(`${length} ends the session with status 11`, async () => {
			const ended = await after(Buffer.concat([uint32(length), Buffer.of(FXP.STAT)]));
			assert.deepEqual([ended.status, ended.replies], [BAD_MESSAGE, []]);
			assert.match(ended.stderr, /^bad message from UNKNOWN local user .+\r$/m);
		});
	}

	it("is logged with the client's address", async () => {
		const env = { SSH_CONNECTION: "192.0.2.7 40000 192.0.2.1 22" };
		const ended = await after(Buffer.alloc(5, 0xff), { env });
		assert.match(ended.stderr, /^bad message from 192\.0\.2\.7 local user /m);
	});

	it("is detected only when a byte follows", async () => {
		const ended = await sameEnd(async (session) => {
			await session.send(INIT);
			await session.next();
			await session.send(uint32(0xffffffff));
			session.endInput();
		});
		assert.equal(ended.status, 0);
	});

	it("0 ends the session", async () => {
		for (const behind of [packet(99, 7).subarray(4), Buffer.of(99)]) {
			const ended = await after(Buffer.concat([uint32(0), behind]));
			assert.equal(ended.status, FATAL);
		}
	});

	it("0 before a request ends the session, and our server does not serve the request", async () => {
		const bytes = Buffer.concat([uint32(0), request(FXP.STAT, 7, "/").subarray(4)]);
		const ended = await endOf(OURS, async (session) => {
			await session.send(INIT);
			await session.next();
			await session.send(bytes);
		});
		assert.deepEqual([ended.status, ended.replies], [FATAL, []]);
		assert.match(ended.stderr, /^msg_len 0 < consumed \d+\r$/m);
	});
});
