/*
 * Local times compared with date(1), in zones of both hemispheres, with half
 * hours and, long ago, with seconds.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterEach, describe, it } from "node:test";
import { compactTime, LocalDates, secondsNow } from "../../src/posix/local-date.ts";

const ZONES = [
	"UTC0",
	"CET-1CEST,M3.5.0,M10.5.0/3",
	"NZST-12NZDT,M9.5.0,M4.1.0/3",
	"<-0330>3:30",
	"XXX-14:59",
];
const NAMED_ZONES = ["Africa/Monrovia", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"];

/** What date(1) prints for each time. */
function datesOf(zone: string, format: string, times: readonly number[]): readonly string[] {
	const env = { PATH: process.env["PATH"], TZ: zone, LC_ALL: "C" };
	const input = times.map((time) => `@${time}\n`).join("");
	return execFileSync("date", ["-f", "-", `+${format}`], { env, input, encoding: "latin1" })
		.trimEnd()
		.split("\n");
}

/** The date without surrounding blanks. */
function text(dates: LocalDates, ...args: Parameters<LocalDates["column"]>): string {
	const column = dates.column(...args).toString("latin1");
	assert.match(column, /^ .* $|^ {2}$/);
	return column.slice(1, -1);
}

/** Times around each change of the clocks, and spread over the years. */
const changes = [1_711_846_800, 1_729_990_800, 1_727_532_000, 1_712_412_000].flatMap((change) =>
	[-3600, -61, -1, 0, 1, 59, 3599, 3600].map((step) => change + step),
);
const years = Array.from({ length: 300 }, (_, i) => i * 14_316_557);
const times = [0, 59, 60, 63_999_999, 64_000_000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, ...changes, ...years];

describe("a local time", () => {
	const before = process.env["TZ"];
	afterEach(() => {
		if (before === undefined) delete process.env["TZ"];
		else process.env["TZ"] = before;
	});

	for (const zone of [...ZONES, ...NAMED_ZONES]) {
		const missing = /^[A-Z][a-z]+\//.test(zone) && !existsSync(`/usr/share/zoneinfo/${zone}`);
		const options = { skip: missing && "apt-get install tzdata" };
		it(`matches date(1) in ${zone}`, options, () => {
			process.env["TZ"] = zone;
			assert.deepEqual(times.map(compactTime), datesOf(zone, "%Y%m%d-%H:%M:%S", times));
		});

		it(`shows the hour when it is recent, and the year otherwise, in ${zone}`, options, () => {
			process.env["TZ"] = zone;
			const dates = new LocalDates();
			const dated = datesOf(zone, "%b %e  %Y|%b %e %H:%M", times).map((line) => line.split("|"));
			/* Alternately, so that neither can be reused for the other. */
			for (const [i, time] of times.entries()) {
				const [year, hour] = dated[i] ?? [];
				assert.equal(text(dates, time, 0xffff_ffff_ffff), year);
				assert.equal(text(dates, time, time), hour);
				assert.equal(text(dates, time, time - 1), year);
			}
		});

		it(`is right before 1970 and after 2106 in ${zone}`, options, () => {
			process.env["TZ"] = zone;
			const far = [-1, -(2 ** 31), -(2 ** 31) - 1, -1_830_384_000, 2 ** 32, 2 ** 32 + 12_345_678, 2 ** 37];
			const dates = new LocalDates();
			const shown = far.map((time) => text(dates, time, 1e9));
			assert.deepEqual(shown, datesOf(zone, "%b %e  %Y", far));
		});
	}

	it("is empty when it has more digits than C's buffer, or no year", () => {
		const dates = new LocalDates();
		assert.equal(text(dates, 100 * 2 ** 32, 1e9), "");
		assert.equal(text(dates, 2 ** 63, 1e9), "");
	});
});

describe("the present time", () => {
	it("is in whole seconds, by the clock or its last tick", () => {
		for (let i = 0; i < 1000; i++) {
			const before = Date.now() / 1000;
			const seconds = secondsNow();
			assert.ok(Number.isInteger(seconds));
			assert.ok(seconds <= Date.now() / 1000 && seconds > before - 1.1, `${seconds} at ${before}`);
		}
	});
});
