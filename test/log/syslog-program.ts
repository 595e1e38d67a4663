/*
 * A program for syslog.test.ts. Logs the given number of lines through the addon
 * to /dev/log, sends its process ID in a packet on stdout, and logs one more
 * line when stdin ends.
 */
import { readSync, writeSync } from "node:fs";
import { FACILITY_AUTH, Level } from "../../src/log/levels.ts";
import { SyslogSink } from "../../src/log/syslog.ts";
import { addon } from "../../src/posix/addon.ts";
import { localTime } from "../../src/posix/local-date.ts";

const sink = new SyslogSink({
	ident: "test",
	facility: FACILITY_AUTH,
	pid: process.pid,
	send: (datagram) => addon.syslogSend(datagram, 0, datagram.length),
	localTime: (epochSeconds) => {
		const time = localTime(epochSeconds);
		if (time === undefined) throw new Error("no local time");
		return time;
	},
});

const count = Number(process.argv[2]);
for (let i = 1; i <= count; i++) sink.write(Level.INFO, "line", { text: `line ${i}`, fields: {} });
const pid = Buffer.from(String(process.pid));
writeSync(1, Buffer.concat([Buffer.from([0, 0, 0, pid.length]), pid]));
readSync(0, Buffer.alloc(1));
sink.write(Level.INFO, "end", { text: "end", fields: {} });
