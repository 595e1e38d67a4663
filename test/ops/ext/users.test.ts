/* home-directory and users-groups-by-id report what the user database says. */
import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { after, before, describe, it } from "node:test";
import { uint32 } from "../../helpers/packets.ts";
import { oneName, type ServerReply, status } from "../../helpers/server-replies.ts";
import { needsOpenssh } from "../../helpers/server-session.ts";
import { Twins } from "../../helpers/twins.ts";

const HOME = "home-directory";
const BY_ID = "users-groups-by-id@openssh.com";

const ids = (...numbers: readonly number[]): Buffer => Buffer.concat(numbers.map(uint32));
const strings = (...texts: readonly string[]): Buffer =>
	Buffer.concat(texts.flatMap((text) => [uint32(text.length), Buffer.from(text, "latin1")]));

/** string users, string groups; each contains one string per ID. */
function named(users: readonly string[], groups: readonly string[]): ServerReply {
	const lists = [users, groups].map((texts) => strings(...texts).toString("latin1"));
	return { kind: "extended", payload: strings(...lists) };
}

describe("home-directory", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({ env: { HOME: "/usr/lib" } });
	});
	/* The replies that differ are logged. */
	after(() => twins.stop({ logs: false }));

	const asOpenssh: readonly [name: string, expected: ServerReply][] = [
		[userInfo().username, oneName(userInfo().homedir)],
		["no-such-user", status(4)],
		["root ", status(4)],
		["/", status(4)],
		["\xff\xfe", status(4)],
		["u".repeat(5000), status(4)],
	];
	for (const [name, expected] of asOpenssh) {
		it(`of ${name.length > 40 ? "a name of 5000 bytes" : JSON.stringify(name)}`, async () => {
			assert.deepEqual(await twins.ask(HOME, name), expected);
		});
	}

	/* OpenSSH up to 9.2 does not treat an empty name specially, and returns its own user's directory for any other name. */
	const asLaterOpenssh: readonly [name: string, directory: string][] = [
		["", userInfo().homedir],
		["root", "/root"],
		["daemon", "/usr/sbin"],
		["nobody", "/nonexistent"],
	];
	for (const [name, directory] of asLaterOpenssh) {
		it(`of ${JSON.stringify(name)} is ${directory}`, async () => {
			assert.deepEqual((await twins.askBoth(HOME, name)).ours, oneName(directory));
		});
	}
});

describe("users-groups-by-id", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start();
	});
	after(() => twins.stop());

	const lookups: readonly [criterion: string, uids: number[], gids: number[], expected: ServerReply][] = [
		["returns nothing when asked for nothing", [], [], named([], [])],
		["returns users", [0, 1, 2], [], named(["root", "daemon", "bin"], [])],
		["returns groups", [], [0, 1, 4], named([], ["root", "daemon", "adm"])],
		["returns both", [1], [1, 0], named(["daemon"], ["daemon", "root"])],
		[
			"returns an empty string for IDs without a name",
			[4_000_000_000, 0, 0xffffffff],
			[4_000_000_000],
			named(["", "root", ""], [""]),
		],
		["returns one name many times", Array(1000).fill(0), [], named(Array(1000).fill("root"), [])],
	];
	for (const [criterion, uids, gids, expected] of lookups) {
		it(criterion, async () => {
			assert.deepEqual(await twins.ask(BY_ID, ids(...uids), ids(...gids)), expected);
		});
	}

	it("accepts as many IDs as fit into a packet", async () => {
		const most = Math.floor((262_144 - (1 + 4 + 4 + BY_ID.length + 4 + 4)) / 4);
		const reply = await twins.ask(BY_ID, ids(...Array(most).fill(1)), Buffer.alloc(0));
		assert.deepEqual(reply, named(Array(most).fill("daemon"), []));
	});
});
