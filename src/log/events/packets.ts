/*
 * Events of packets: malformed and unknown ones, and the replies sent. Texts:
 * sftp-server.c process, process_extended, send_*; sftp-common.c decode_attrib.
 */
import { defineEvent } from "../event.ts";
import { Level } from "../levels.ts";
import { bytes, signed, unsigned } from "../printf.ts";

/**
 * A packet that can't be parsed; ends the session. `functionName` is OpenSSH's C
 * function, `what` its words ("parse", "parse ID", "buffer error"), `reason` those
 * of ssh_err ("incomplete message", "invalid format").
 */
export const malformedPacket = defineEvent(
	"malformed-packet",
	Level.FATAL,
	(functionName: string, what: string, reason: string) => ({
		text: `${functionName}: ${what}: ${reason}`,
		fields: { function: functionName, what, reason },
	}),
);

/** A request whose fields exceed its packet; ends the session. Lengths include the type byte. */
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

/** An extended attribute, which is ignored; `lengthBytes` is the length of its value. */
export const attributeExtension = defineEvent(
	"attribute-extension",
	Level.DEBUG3,
	(type: Buffer, lengthBytes: number) => ({
		text: `Got file attribute "${bytes(type, 100)}" len ${lengthBytes}`,
		fields: { type, lengthBytes },
	}),
);

/** Logged for every STATUS reply. */
export const statusSent = defineEvent("status-sent", Level.DEBUG3, (request: number, status: number) => ({
	text: `request ${unsigned(request)}: sent status ${status}`,
	fields: { request, status },
}));

/**
 * A STATUS reply in words. The caller logs only failures unless the level is above
 * VERBOSE (send_status_errmsg). `text` is that of the code, even if the client got the
 * system's message.
 */
export const sentStatus = defineEvent("sent-status", Level.INFO, (status: number, text: string) => ({
	text: `sent status ${text}`,
	fields: { status, statusText: text },
}));

export const dataSent = defineEvent("data-sent", Level.DEBUG1, (request: number, lengthBytes: number) => ({
	text: `request ${unsigned(request)}: sent data len ${lengthBytes}`,
	fields: { request, lengthBytes },
}));

/** OpenSSH before 10.0 doubles the word "handle". */
export const handleSent = defineEvent("handle-sent", Level.DEBUG1, (request: number, handle: number) => ({
	text: `request ${unsigned(request)}: sent handle ${signed(handle)}`,
	fields: { request, handle },
}));

export const namesSent = defineEvent("names-sent", Level.DEBUG1, (request: number, count: number) => ({
	text: `request ${unsigned(request)}: sent names count ${count}`,
	fields: { request, count },
}));

/** `flags` is the flag word of ATTRS. */
export const attributesSent = defineEvent(
	"attributes-sent",
	Level.DEBUG1,
	(request: number, flags: number) => ({
		text: `request ${unsigned(request)}: sent attrib have 0x${unsigned(flags).toString(16)}`,
		fields: { request, flags },
	}),
);
