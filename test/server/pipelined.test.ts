/*
 * Requests sent in one piece have the same effect as one by one: in order, each
 * on what the one before it left. The reference is OpenSSH's server, asked one
 * by one.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { attrs, FXF, FXP, handle } from "../helpers/packets.ts";
import type { Question } from "../helpers/server-session.ts";
import { needsOpenssh } from "../helpers/server-session.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

/** Pseudo-random numbers, the same in every run. */
function* numbers(seed: number): Generator<number, never> {
	for (let state = seed; ; ) {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		yield state >>> 8;
	}
}

/** A random request for one of a few names, handles and offsets, so that requests often collide. */
function anyQuestion(next: () => number): Question {
	const one = <T>(values: readonly [T, ...T[]]): T => values[next() % values.length] ?? values[0];
	const name = (): string => one(["a", "b", "c", "folder/a", "folder", "link"]);
	const open = (): Buffer => handle(next() % 4);
	const offset = (): bigint => BigInt(one([0, 1, 4095, 20_000, 70_000]));
	const length = (): number => one([0, 1, 5000, 20_000, 32_768]);
	const { READ, WRITE, CREAT, TRUNC, APPEND } = FXF;
	const kinds: readonly [() => Question, ...(() => Question)[]] = [
		() => [
			FXP.OPEN,
			name(),
			one([READ, READ | WRITE | CREAT, WRITE | CREAT | TRUNC, WRITE | APPEND]),
			attrs(),
		],
		() => [FXP.CLOSE, open()],
		() => [FXP.READ, open(), offset(), length()],
		() => [FXP.READ, open(), offset(), length()],
		() => [FXP.READ, open(), offset(), length()],
		() => [FXP.WRITE, open(), offset(), Buffer.alloc(length(), next() & 0xff)],
		() => [FXP.WRITE, open(), offset(), Buffer.alloc(length(), next() & 0xff)],
		() => [FXP.STAT, name()],
		() => [FXP.STAT, name()],
		() => [FXP.LSTAT, name()],
		() => [FXP.FSTAT, open()],
		() => [FXP.SETSTAT, name(), attrs({ size: offset() })],
		() => [FXP.FSETSTAT, open(), attrs({ size: offset(), times: [1, 2] })],
		() => [FXP.REMOVE, name()],
		() => [FXP.MKDIR, name(), attrs()],
		() => [FXP.RMDIR, name()],
		() => [FXP.RENAME, name(), name()],
		() => ["posix-rename@openssh.com", name(), name()],
		() => [FXP.SYMLINK, one(["a", "folder", "nowhere"]), name()],
		() => [FXP.READLINK, name()],
		() => ["hardlink@openssh.com", name(), name()],
	];
	return one(kinds)();
}

describe("requests in one piece", needsOpenssh, () => {
	for (const seed of [1, 2, 3, 4]) {
		it(`have the same effect as one by one: ${seed}`, async () => {
			const twins = await Twins.start({
				build(directory) {
					for (const name of ["a", "b"]) oldFile(join(directory, name), Buffer.alloc(100_000, name));
					mkdirSync(join(directory, "folder"));
				},
			});
			const stream = numbers(seed);
			const next = (): number => stream.next().value;
			await twins.askInOnePiece(Array.from({ length: 1500 }, () => anyQuestion(next)));
			await twins.stop();
		});
	}
});
