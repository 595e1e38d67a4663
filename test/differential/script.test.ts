/* The text of a session: written, read again, and refused when it is malformed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isFast } from "../helpers/fast.ts";
import { generateSession } from "./generate.ts";
import { encodePacket } from "./packet.ts";
import { quote, unquote } from "./packet-text.ts";
import { readSession, sessionText } from "./script.ts";

describe("a script", () => {
	it("gives the session that it was written from", () => {
		for (let number = 0; number < (isFast ? 50 : 200); number++) {
			const session = generateSession(99, number);
			assert.deepEqual(readSession(sessionText(session)), session);
		}
	});

	it("gives the same bytes on the wire", () => {
		const wire = (text: string): string[] =>
			readSession(text).sequences.flatMap(({ packets }) =>
				packets.map((one) => encodePacket(one).toString("hex")),
			);
		const session = generateSession(99, 7);
		const sent = session.sequences.flatMap(({ packets }) =>
			packets.map((one) => encodePacket(one).toString("hex")),
		);
		assert.deepEqual(wire(sessionText(session)), sent);
	});

	it("shortens repetitions", () => {
		assert.equal(quote(Buffer.from(`${"./".repeat(2047)}a`)), '"./"*2047+"a"');
		assert.equal(unquote('"./"*2047+"a"').toString(), `${"./".repeat(2047)}a`);
		assert.equal(quote(Buffer.alloc(0)), '""');
	});

	it("is refused when malformed", () => {
		assert.throws(() => readSession("open 1"), /not a packet: open 1/);
		assert.throws(() => readSession("sequence sometimes"), /not a delivery: sometimes/);
		assert.throws(() => unquote('"a" b'), /not a quoted text/);
	});
});
