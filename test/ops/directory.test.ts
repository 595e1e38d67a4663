/*
 * OPENDIR and READDIR: every name once, including `.` and `..`, 100 per reply,
 * each with the attributes and the long name that OpenSSH gives.
 */
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { FXP, handle } from "../helpers/packets.ts";
import { type ReplyName, type ServerReply, status } from "../helpers/server-replies.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

const EOF = status(1);
const odd = [
	"\xff\xfe\x80",
	"caf\xc3\xa9",
	"\xf0\x9f\x98\x80",
	"a\nb",
	"tab\there",
	'"',
	"'",
	"\\",
	" ",
	"...",
];

describe("OPENDIR and READDIR", needsOpenssh, () => {
	let twins: Twins;
	before(async () => {
		twins = await Twins.start({
			build(directory) {
				for (const name of ["empty", "few", "many", "exact", "odd", "going"])
					mkdirSync(join(directory, name));
				oldFile(join(directory, "few/file"), "eleven byte");
				symlinkSync("file", join(directory, "few/link"));
				symlinkSync("missing", join(directory, "few/dangling"));
				mkdirSync(join(directory, "few/folder"));
				for (let i = 0; i < 250; i++) writeFileSync(join(directory, `many/${i}`), "");
				for (let i = 0; i < 98; i++) writeFileSync(join(directory, `exact/${i}`), "");
				for (const name of odd) writeFileSync(Buffer.from(`${directory}/odd/${name}`, "latin1"), "");
				for (let i = 0; i < 150; i++) writeFileSync(join(directory, `going/${i}`), "");
			},
		});
	});
	after(() => twins.stop());

	/** The replies of READDIR up to the end; closes the handle. */
	async function list(path: string): Promise<(readonly ReplyName[])[]> {
		const folder = await twins.open(FXP.OPENDIR, path);
		const replies = await rest(folder);
		assert.deepEqual(await twins.ask(FXP.READDIR, folder), EOF);
		assert.deepEqual(await twins.ask(FXP.CLOSE, folder), status(0));
		return replies;
	}
	async function rest(folder: Buffer): Promise<(readonly ReplyName[])[]> {
		const replies: (readonly ReplyName[])[] = [];
		for (;;) {
			const reply = await twins.ask(FXP.READDIR, folder);
			if (reply.kind !== "names") {
				assert.deepEqual(reply, EOF);
				return replies;
			}
			replies.push(reply.names);
		}
	}
	const namesOf = (replies: readonly (readonly ReplyName[])[]): string[] =>
		replies.flatMap((names) => names.map(({ name }) => name)).sort();

	it("list `.` and `..` of an empty directory", async () => {
		const replies = await list("empty");
		assert.deepEqual([replies.length, namesOf(replies)], [1, [".", ".."]]);
	});

	it("list a file, links and a directory, and do not follow the links", async () => {
		const replies = await list("few");
		const modes = replies.flat().map(({ name, attrs }) => [name, (attrs?.mode ?? 0) >> 12]);
		assert.deepEqual(Object.fromEntries(modes), {
			".": 0o04,
			"..": 0o04,
			dangling: 0o12,
			file: 0o10,
			folder: 0o04,
			link: 0o12,
		});
	});

	it("give 100 names per reply", async () => {
		const replies = await list("many");
		assert.deepEqual(
			replies.map((names) => names.length),
			[100, 100, 52],
		);
		assert.equal(new Set(namesOf(replies)).size, 252);
		assert.deepEqual(
			(await list("exact")).map((names) => names.length),
			[100],
		);
	});

	it("give names as bytes", async () => {
		assert.deepEqual(namesOf(await list("odd")), [...odd, ".", ".."].sort());
	});

	it("list by an absolute path, through a link, and with trailing slashes", async () => {
		const expected = [".", "..", "dangling", "file", "folder", "link"];
		for (const path of ["few/", "few//", "./few/.", "few/folder/.."])
			assert.deepEqual(namesOf(await list(path)), expected);
		const folder = await twins.open(FXP.OPENDIR, (directory) => `${directory}/few`);
		assert.deepEqual(namesOf(await rest(folder)), expected);
		await twins.ask(FXP.CLOSE, folder);
	});

	it("list the root without doubling its slash", async () => {
		for (const path of ["/", "//"]) {
			const folder = await twins.open(FXP.OPENDIR, path);
			const { ours, openssh } = await twins.askBoth(FXP.READDIR, folder);
			assert.equal(ours.kind, "names");
			assert.deepEqual(withoutLinkCounts(ours), withoutLinkCounts(openssh));
			await twins.ask(FXP.CLOSE, folder);
		}
	});

	it("list nothing when a directory has been moved, since its names are then not found", async () => {
		const folder = await twins.open(FXP.OPENDIR, "going");
		twins.make((directory) => renameSync(join(directory, "going"), join(directory, "gone")));
		assert.deepEqual(await rest(folder), []);
		await twins.ask(FXP.CLOSE, folder);
	});

	it("look names up in the directory that the path now leads to", async () => {
		const folder = await twins.open(FXP.OPENDIR, "gone");
		twins.make((directory) => {
			renameSync(join(directory, "gone"), join(directory, "moved"));
			mkdirSync(join(directory, "gone"));
			writeFileSync(join(directory, "gone/7"), "another");
		});
		assert.deepEqual(namesOf(await rest(folder)), [".", "..", "7"]);
		await twins.ask(FXP.CLOSE, folder);
	});

	it("list nothing of a directory that has been removed", async () => {
		const folder = await twins.open(FXP.OPENDIR, "moved");
		twins.make((directory) => rmSync(join(directory, "moved"), { recursive: true }));
		assert.deepEqual(await rest(folder), []);
		await twins.ask(FXP.CLOSE, folder);
	});

	const refused: readonly [path: string, code: number][] = [
		["missing", 2],
		["", 2],
		["few/file", 2],
		["few/dangling", 2],
		["few/file/x", 2],
		["n".repeat(256), 5],
		["x/".repeat(2500), 5],
	];
	for (const [path, code] of refused) {
		it(`OPENDIR of ${path.length > 20 ? `${path.length} bytes` : JSON.stringify(path)} is refused`, async () => {
			assert.deepEqual(await twins.ask(FXP.OPENDIR, path), status(code));
		});
	}

	it("READDIR fails when the handle is not a directory's", async () => {
		assert.deepEqual(await twins.ask(FXP.READDIR, handle(99)), status(4));
	});
});

/** Without link counts: that of /proc changes when processes start and end. */
function withoutLinkCounts(reply: ServerReply): ServerReply {
	if (reply.kind !== "names") return reply;
	const longname = (entry: ReplyName) => entry.longname.replace(/^(\S+ +)\d+/, "$1N");
	return { ...reply, names: reply.names.map((entry) => ({ ...entry, longname: longname(entry) })) };
}
