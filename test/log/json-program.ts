/*
 * A program for json.test.ts. `lazy` reports whether making the sink loads pino.
 * `fill FILE BALLAST` writes to a log file until its disk is full, removes the
 * ballast to make room, and writes one more line.
 */
import { rmSync, writeSync } from "node:fs";
import { remove } from "../../src/log/events/paths.ts";
import { JsonSink } from "../../src/log/json.ts";
import { Level } from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";

const [task, file = "", ballast = ""] = process.argv.slice(2);

function createLogger(fd: number, failed?: (errno: number) => void): Logger {
	const sink = new JsonSink({
		pid: process.pid,
		user: Buffer.from("user"),
		address: Buffer.from("::1"),
		write: (bytes) => {
			try {
				return writeSync(fd, bytes);
			} catch (error) {
				return error instanceof Error && "errno" in error ? Number(error.errno) : -1;
			}
		},
		...(failed === undefined ? {} : { failed }),
	});
	return new Logger(Level.INFO, sink);
}

/** Only pino loads node's worker_threads. */
function pinoIsLoaded(): boolean {
	const list: unknown = Reflect.get(process, "moduleLoadList");
	return Array.isArray(list) && list.includes("NativeModule worker_threads");
}

if (task === "lazy") {
	const before = pinoIsLoaded();
	const logger = createLogger(1);
	logger.log(remove, Buffer.from(`${before} ${pinoIsLoaded()}`));
}
if (task === "fill") {
	let full = false;
	/* Imported here because the bundle of `lazy` has no addon. */
	const { openLogFile }: typeof import("../../src/log/log-file.ts") = require("../../src/log/log-file.ts");
	const opened = openLogFile(Buffer.from(file));
	if (typeof opened === "string") throw new Error(opened);
	const logger = createLogger(opened, () => {
		full = true;
	});
	for (let i = 0; !full; i++) logger.log(remove, Buffer.from(`/before ${i} ${"x".repeat(1000)}`));
	for (let i = 0; i < 9; i++) logger.log(remove, Buffer.from("/lost"));
	rmSync(ballast);
	logger.log(remove, Buffer.from("/after"));
}
