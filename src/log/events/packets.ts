// Events about packets themselves: what is malformed or unknown, and what was
// sent in answer. Texts are those of sftp-server.c (process, process_extended,
// send_*) and of sftp-common.c's decode_attrib.
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, signed, unsigned } from "../printf.ts";

/**
 * A packet that can't be parsed; the session ends. `functionName` is the C
 * function that OpenSSH names, `what` its words ("parse", "parse ID", "buffer
 * error"), `reason` ssh_err's ("incomplete message", "invalid format").
 */
export const malformedPacket = defineEvent(
	"malformed-packet",
	Level.FATAL,
	(functionName: string, what: string, reason: string) => ({
		text: `${functionName}: ${what}: ${reason}`,
		fields: { function: functionName, what, reason },
	}),
);

/** A request whose fields go beyond its packet; the session ends. Both lengths in bytes, type byte included. */
export const overconsumed = defineEvent(
	"overconsumed-packet",
	Level.ERROR,
	(lengthBytes: number, consumedBytes: number) => ({
		text: `msg_len ${lengthBytes} < consumed ${consumedBytes}`,
		fields: { lengthBytes, consumedBytes },
	}),
);

export const unknownMessage = defineEvent("unknown-message", Level.ERROR, (type: number) => ({
	text: `Unknown message ${type}`,
	fields: { type },
}));

export const unknownExtended = defineEvent("unknown-extended", Level.ERROR, (request: Buffer) => ({
	text: `Unknown extended request "${bytes(request, 100)}"`,
	fields: { extension: request },
}));

/** An extended attribute, which is dropped. `lengthBytes` is its value's. */
export const attributeExtension = defineEvent(
	"attribute-extension",
	Level.DEBUG3,
	(type: Buffer, lengthBytes: number) => ({
		text: `Got file attribute "${bytes(type, 100)}" len ${lengthBytes}`,
		fields: { type, lengthBytes },
	}),
);

/** Every STATUS reply at the highest level. */
export const statusSent = defineEvent("status-sent", Level.DEBUG3, (request: number, status: number) => ({
	text: `request ${unsigned(request)}: sent status ${status}`,
	fields: { request, status },
}));

/**
 * A STATUS reply in words. Only failures, unless the level is above VERBOSE:
 * the caller decides (send_status_errmsg). `text` is the code's own, never a
 * richer message that the client got.
 */
export const sentStatus = defineEvent("sent-status", Level.INFO, (status: number, text: string) => ({
	text: `sent status ${text}`,
	fields: { status, statusText: text },
}));

export const dataSent = defineEvent("data-sent", Level.DEBUG1, (request: number, lengthBytes: number) => ({
	text: `request ${unsigned(request)}: sent data len ${lengthBytes}`,
	fields: { request, lengthBytes },
}));

/** The doubled word is OpenSSH 9.2p1's. */
export const handleSent = defineEvent("handle-sent", Level.DEBUG1, (request: number, handle: number) => ({
	text: `request ${unsigned(request)}: sent handle handle ${signed(handle)}`,
	fields: { request, handle },
}));

export const namesSent = defineEvent("names-sent", Level.DEBUG1, (request: number, count: number) => ({
	text: `request ${unsigned(request)}: sent names count ${count}`,
	fields: { request, count },
}));

/** `flags` is the ATTRS flag word. */
export const attributesSent = defineEvent(
	"attributes-sent",
	Level.DEBUG1,
	(request: number, flags: number) => ({
		text: `request ${unsigned(request)}: sent attrib have 0x${unsigned(flags).toString(16)}`,
		fields: { request, flags },
	}),
);
