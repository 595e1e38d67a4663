/*
 * Replaces dist/sftp-server.cjs in a copy of the checkout and runs the real
 * server: V8 counts what that executes, and the counts are written when the
 * server exits. The server leaves by _exit, so nothing else would write them.
 * Nothing is counted where the directory for them is hidden (the differential
 * tester's world).
 */
"use strict";
const { existsSync, openSync, writeSync } = require("node:fs");
const { Session } = require("node:inspector");

/* The build inserts the directory. */
const DIRECTORY = COVERAGE_DIRECTORY;
const SERVER = "./server-coverage.cjs";

if (existsSync(DIRECTORY)) record();
require(SERVER);

function record() {
	// Opened now, since the server may later be confined or out of descriptors.
	const file = openSync(`${DIRECTORY}/${process.pid}-${process.hrtime.bigint()}.json`, "wx", 0o644);
	const session = new Session();
	session.connect();
	session.post("Profiler.enable");
	session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
	const addon = require("./posix.node");
	for (const name of ["exit", "exitBySignal"]) {
		const end = addon[name];
		addon[name] = (number) => {
			session.post("Profiler.takePreciseCoverage", (_error, coverage) => keep(file, coverage));
			end(number);
		};
	}
}

function keep(file, coverage) {
	const server = coverage?.result.filter(({ url }) => url.endsWith("server-coverage.cjs")) ?? [];
	try {
		writeSync(file, JSON.stringify({ result: server }));
	} catch {
		// A limit on the size of files: this run is not counted.
	}
}
