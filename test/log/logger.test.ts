/* Levels, their names and prefixes, and which events a logger passes on. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineEvent } from "../../src/log/event.ts";
import {
	FACILITY_NOT_SET,
	Level,
	parseFacility,
	parseLevel,
	prefix,
	severity,
} from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";

const levels = [
	Level.FATAL,
	Level.ERROR,
	Level.INFO,
	Level.VERBOSE,
	Level.DEBUG1,
	Level.DEBUG2,
	Level.DEBUG3,
];

describe("a logger", () => {
	it("writes events up to its level and describes no others", () => {
		for (const limit of [Level.QUIET, ...levels]) {
			const written: Level[] = [];
			const described: Level[] = [];
			const logger = new Logger(limit, { write: (level) => written.push(level) });
			for (const level of levels) {
				const event = defineEvent("event", level, (n: number) => {
					described.push(level);
					return { text: String(n), fields: {} };
				});
				logger.log(event, 1);
				assert.equal(logger.enabled(level), level <= limit);
			}
			assert.deepEqual(
				written,
				levels.filter((level) => level <= limit),
			);
			assert.deepEqual(described, written);
		}
	});

	it("passes name and description to its sink", () => {
		const calls: unknown[] = [];
		const logger = new Logger(Level.INFO, { write: (...args) => calls.push(args) });
		const event = defineEvent("sum", Level.INFO, (a: number, b: number) => ({
			text: `${a + b}`,
			fields: { a, b },
		}));
		logger.log(event, 1, 2);
		assert.deepEqual(calls, [[Level.INFO, "sum", { text: "3", fields: { a: 1, b: 2 } }]]);
	});
});

describe("levels and facilities", () => {
	it("have names in any mixture of upper and lower case, and no others", () => {
		assert.deepEqual(
			["QUIET", "fatal", "Error", "INFO", "verbose", "DEBUG", "debug1", "dEbUg2", "DEBUG3"].map(parseLevel),
			[0, 1, 2, 3, 4, 5, 5, 6, 7],
		);
		for (const name of ["", " info", "info ", "debug4", "debug0", "notset", "3", "ınfo", "__proto__"]) {
			assert.equal(parseLevel(name), Level.NOT_SET);
		}
		assert.deepEqual(
			["daemon", "USER", "Auth", "authPRIV", "local0", "LOCAL7"].map(parseFacility),
			[3, 1, 4, 10, 16, 23],
		);
		for (const name of ["", "kern", "local8", "local", "local00", "constructor"]) {
			assert.equal(parseFacility(name), FACILITY_NOT_SET);
		}
	});

	it("have OpenSSH's severities and prefixes", () => {
		assert.deepEqual(levels.map(severity), [2, 3, 6, 6, 7, 7, 7]);
		assert.deepEqual(
			levels.map((level) => prefix(level, false)),
			["fatal: ", "error: ", "", "", "debug1: ", "debug2: ", "debug3: "],
		);
		assert.deepEqual(
			levels.map((level) => prefix(level, true)),
			["", "", "", "", "debug1: ", "debug2: ", "debug3: "],
		);
	});
});
