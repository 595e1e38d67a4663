/*
 * The stderr sink when stderr accepts a line in pieces, or not at all. The
 * lines' contents are tested elsewhere.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Level } from "../../src/log/levels.ts";
import { StderrSink } from "../../src/log/stderr.ts";

const EAGAIN = 11;

describe("the stderr sink", () => {
	it("writes the rest of a line when stderr accepted only part", () => {
		let written = "";
		const sink = new StderrSink((bytes) => {
			written += bytes.toString("latin1", 0, 3);
			return Math.min(bytes.length, 3);
		});
		sink.write(Level.DEBUG2, "event", { text: "some text", fields: {} });
		assert.equal(written, "debug2: some text\r\n");
	});

	it("drops what stderr does not accept, and reports how much with the next line", () => {
		for (const result of [-EAGAIN, 0]) {
			let takes = false;
			let written = "";
			const sink = new StderrSink((bytes) => {
				if (!takes) return result;
				written += bytes.toString("latin1");
				return bytes.length;
			});
			const write = (text: string) => sink.write(Level.ERROR, "event", { text, fields: {} });
			write("lost");
			write("lost too");
			takes = true;
			write("written");
			write("written too");
			assert.equal(written, "2 log lines dropped\r\nwritten\r\nwritten too\r\n");
		}
	});
});
