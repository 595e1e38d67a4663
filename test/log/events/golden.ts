/*
 * Expected events: each row gives an event's arguments and what the event must
 * say, and every event of a module needs a row. Texts that OpenSSH's server can
 * be made to write are compared with it in the tests of log lines.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Description, EventType } from "../../../src/log/event.ts";
import { type Level, levelName } from "../../../src/log/levels.ts";

/** Arguments for the rows: a path that is not UTF-8, one that is, and one that texts truncate to `cut`. */
export const path = Buffer.from("/a\xff", "latin1");
export const other = Buffer.from("/b");
export const long = Buffer.from("x".repeat(150));
export const cut = "x".repeat(100);

/** Fields that every JSON line has. */
const TAKEN_FIELDS = ["level", "time", "pid", "user", "address", "event"];

export interface Row {
	readonly name: string;
	readonly level: Level;
	readonly description: Description;
	readonly expected: readonly [level: string, name: string, text: string, fields: Description["fields"]];
}

/** A row: an event, its arguments, the expected level, name and text, and the fields it adds, if any. */
export function row<A extends readonly unknown[]>(
	type: EventType<A>,
	args: A,
	level: string,
	name: string,
	text: string,
	fields: Description["fields"] = {},
): Row {
	const description = type.describe(...args);
	return { name: type.name, level: type.level, description, expected: [level, name, text, fields] };
}

/** Tests the rows, and that each event of the module has one. */
export function checkEvents(module: Readonly<Record<string, unknown>>, rows: readonly Row[]): void {
	describe("an event", () => {
		for (const { name, level, description, expected } of rows) {
			it(`has the expected text and fields: ${expected[1]}`, () => {
				assert.deepEqual([levelName(level), name, description.text, description.fields], expected);
				const keys = Object.keys(description.fields);
				assert.deepEqual(
					keys.filter((key) => TAKEN_FIELDS.includes(key)),
					[],
				);
			});
		}

		it("has a unique name and a row", () => {
			assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
			assert.equal(rows.length, Object.keys(module).length);
		});
	});
}
