/* Events that OpenSSH does not have. */
import * as server from "../../../src/log/events/server.ts";
import { checkEvents, path, row } from "./golden.ts";

checkEvents(server, [
	row(server.logLinesDropped, [3], "error", "log-lines-dropped", "3 log lines dropped", { count: 3 }),
	row(server.internalError, ["Error: ☃"], "fatal", "internal-error", "internal error: Error: \xe2\x98\x83", {
		stack: "Error: ☃",
	}),
	row(server.logFileFailed, ["/a\xff", "No"], "error", "log-file-failed", 'log file "/a\xff": No', {
		path,
		reason: "No",
	}),
	row(server.sandboxOff, [], "info", "sandbox-off", "sandbox is off"),
	row(server.sandboxFailed, ["No"], "fatal", "sandbox-failed", "unable to set up the sandbox: No", {
		reason: "No",
	}),
	row(server.confined, [path, "read-only"], "verbose", "confined", 'confined to "/a\xff" read-only', {
		path,
		access: "read-only",
	}),
	row(
		server.confineFailed,
		[path, "No"],
		"fatal",
		"confine-failed",
		'unable to confine the session to "/a\xff": No',
		{ path, reason: "No" },
	),
	row(server.debuggerOpen, [], "fatal", "debugger-open", "node's debugger is open; refusing to serve"),
	row(server.rooted, [path, "read-write"], "verbose", "rooted", 'rooted in "/a\xff" read-write', {
		path,
		access: "read-write",
	}),
	row(server.rootFailed, [path, "No"], "fatal", "root-failed", 'unable to root the session in "/a\xff": No', {
		path,
		reason: "No",
	}),
	row(server.signalReceived, ["SIGTERM"], "info", "signal-received", "received signal SIGTERM", {
		signal: "SIGTERM",
	}),
	row(server.unknownRequestName, ["x"], "fatal", "unknown-request-name", 'no request matches "x"', {
		item: Buffer.from("x"),
	}),
]);
