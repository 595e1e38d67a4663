// The built program's command line: each row of openssh-rows.ts is run by it and
// by OpenSSH's server, in a session that ends at once, and exit status, stdout,
// stderr and syslog are the same.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { needsOpenssh } from "../helpers/server-session.ts";
import { runOpenssh, runWithSyslog, withoutMoment } from "../log/openssh.ts";
import { rows } from "./openssh-rows.ts";

describe("the program", needsOpenssh, () => {
	it("does what OpenSSH's server does with every command line", async () => {
		const program = resolve("bin/sftp-server");
		const [ours, theirs] = await Promise.all([
			runWithSyslog(rows.map((args) => ({ args: [process.execPath, program, ...args] }))),
			runOpenssh(rows.map((args) => ({ args }))),
		]);
		for (const [i, args] of rows.entries()) {
			const outcome = ours[i];
			assert.ok(outcome !== undefined);
			assert.deepEqual(
				{ args, ...outcome, datagrams: outcome.datagrams.map(withoutMoment) },
				{ args, ...theirs[i] },
			);
		}
	});
});
