// The options that OpenSSH's server has: each row of arguments is given to it and
// to parseCommandLine, and exit status, stdout, stderr and syslog are the same.
// What a session writes that starts and ends at once shows level, facility,
// stderr and start directory.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { before, describe, it } from "node:test";
import { parseCommandLine } from "../../src/cli/command-line.ts";
import { chdirFailed, readEof, sessionClosed, sessionOpened } from "../../src/log/events/session.ts";
import { FACILITY_AUTH, Level } from "../../src/log/levels.ts";
import { Logger } from "../../src/log/logger.ts";
import { StderrSink } from "../../src/log/stderr.ts";
import { SyslogSink } from "../../src/log/syslog.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { type Outcome, runOpenssh } from "../log/openssh.ts";
import { commandLineContext, requestNames } from "./context.ts";
import { rows } from "./openssh-rows.ts";

/** What this program does with the arguments, a session included that ends at once. */
function outcomeHere(args: readonly string[]): Outcome {
	const datagrams: string[] = [];
	let stderr = "";
	const syslog = (facility: number) =>
		new SyslogSink({
			ident: "sftp-server",
			facility,
			pid: 1,
			send: (datagram) => datagrams.push(datagram.toString("latin1")),
			localTime: () => ({ month: 0, day: 1, hour: 0, minute: 0, second: 0 }),
		});
	const context = commandLineContext(new Logger(Level.ERROR, syslog(FACILITY_AUTH)));
	const commandLine = parseCommandLine(args, context);
	if (commandLine.kind === "exit") {
		return { status: commandLine.status, stdout: commandLine.stdout, stderr: commandLine.stderr, datagrams };
	}
	const { options } = commandLine;
	const toStderr = new StderrSink((bytes) => {
		stderr += bytes.toString("latin1");
		return bytes.length;
	});
	const log = new Logger(options.logLevel, options.logToStderr ? toStderr : syslog(options.facility));
	log.log(sessionOpened, context.user.name, "UNKNOWN");
	const directory = options.startDirectory;
	if (directory !== undefined && !existsSync(Buffer.from(directory, "latin1"))) {
		const reason = directory.length > 255 ? "File name too long" : "No such file or directory";
		log.log(chdirFailed, directory, reason);
	}
	log.log(readEof);
	log.log(sessionClosed, context.user.name, "UNKNOWN");
	return { status: 0, stdout: "", stderr, datagrams };
}

/* Root, since the home of a user namespace's root is nobody's to enter. */
const skip = unlessInstalled("openssh-sftp-server") || unlessRoot();

describe("the command line", { skip }, () => {
	let openssh: readonly Outcome[] = [];
	before(async () => {
		openssh = await runOpenssh(rows.map((args) => ({ args })));
	});

	for (const [i, args] of rows.entries()) {
		const shown = args.map((arg) => JSON.stringify(arg.length > 40 ? `${arg.slice(0, 40)}...` : arg));
		it(`does what OpenSSH does with ${shown.join(" ") || "no arguments"}`, () => {
			assert.deepEqual(outcomeHere(args), openssh[i]);
		});
	}

	it("lists the requests that OpenSSH lists", () => {
		const names = execFileSync("/usr/lib/openssh/sftp-server", ["-Q", "requests"], { encoding: "latin1" });
		assert.deepEqual(names.trimEnd().split("\n"), requestNames);
	});
});
