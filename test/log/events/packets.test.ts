/* Events about packets. */
import * as packets from "../../../src/log/events/packets.ts";
import { checkEvents, cut, long, row } from "./golden.ts";

checkEvents(packets, [
	row(
		packets.malformedPacket,
		["process_open", "parse", "invalid format"],
		"fatal",
		"malformed-packet",
		"process_open: parse: invalid format",
		{ function: "process_open", what: "parse", reason: "invalid format" },
	),
	row(packets.overconsumed, [2, 21], "error", "overconsumed-packet", "msg_len 2 < consumed 21", {
		lengthBytes: 2,
		consumedBytes: 21,
	}),
	row(packets.unknownMessage, [99], "error", "unknown-message", "Unknown message 99", { type: 99 }),
	row(packets.unknownExtended, [long], "error", "unknown-extended", `Unknown extended request "${cut}"`, {
		extension: long,
	}),
	row(
		packets.attributeExtension,
		[long, 7],
		"debug3",
		"attribute-extension",
		`Got file attribute "${cut}" len 7`,
		{ type: long, lengthBytes: 7 },
	),
	row(packets.statusSent, [0xffffffff, 4], "debug3", "status-sent", "request 4294967295: sent status 4", {
		request: 0xffffffff,
		status: 4,
	}),
	row(packets.sentStatus, [4, "Failure"], "info", "sent-status", "sent status Failure", {
		status: 4,
		statusText: "Failure",
	}),
	row(packets.dataSent, [1, 5], "debug1", "data-sent", "request 1: sent data len 5", {
		request: 1,
		lengthBytes: 5,
	}),
	row(packets.handleSent, [1, 5], "debug1", "handle-sent", "request 1: sent handle 5", {
		request: 1,
		handle: 5,
	}),
	row(packets.namesSent, [1, 100], "debug1", "names-sent", "request 1: sent names count 100", {
		request: 1,
		count: 100,
	}),
	row(
		packets.attributesSent,
		[1, 0x8000000f],
		"debug1",
		"attributes-sent",
		"request 1: sent attrib have 0x8000000f",
		{ request: 1, flags: 0x8000000f },
	),
]);
