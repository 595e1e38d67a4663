/* limits@openssh.com (OpenSSH PROTOCOL §4.8): what the client may request at once. */
import { limits } from "../../log/events/queries.ts";
import { handleLimit } from "../../posix/open-files-limit.ts";
import { MAX_PACKET_BYTES, MAX_READ_BYTES } from "../../wire/constants.ts";
import { operation } from "../operation.ts";

/* no fields */
export const limitsOperation = operation({
	name: "limits",
	wire: { extension: "limits@openssh.com", version: "1" },
	writes: false,
	functionName: "process_extended_limits",
	decode: () => undefined,
	run(_nothing, session) {
		session.log.log(limits, session.requestId);
		/*
		 * uint64 packet bytes, uint64 READ bytes, uint64 WRITE bytes, uint64 handles.
		 * Larger READ and WRITE lengths make older OpenSSH clients fail, and 0 makes
		 * newer ones transfer 64 bytes at a time.
		 */
		const payload = Buffer.alloc(32);
		payload.writeBigUInt64BE(BigInt(MAX_PACKET_BYTES), 0);
		payload.writeBigUInt64BE(BigInt(MAX_READ_BYTES), 8);
		payload.writeBigUInt64BE(BigInt(MAX_READ_BYTES), 16);
		payload.writeBigUInt64BE(handleLimit(), 24);
		return { kind: "extended", payload };
	},
});
