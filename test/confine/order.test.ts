/*
 * The guards are in place before the first byte is read, as the order of the server's
 * system calls shows when its input is ready from the start.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { FXP, INIT } from "../helpers/packets.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { OURS, type Program, request, ServerSession } from "../helpers/server-session.ts";
import { Jail } from "./jail.ts";

const GUARDS: Readonly<Record<string, RegExp>> = {
	"no core and no tracing": /\bprctl\(PR_SET_DUMPABLE, (0|SUID_DUMP_DISABLE)/,
	"no new privileges": /\bprctl\(PR_SET_NO_NEW_PRIVS, 1/,
	"the filter of system calls": /\bseccomp\(SECCOMP_SET_MODE_FILTER/,
	Landlock: /\blandlock_restrict_self\(/,
};

for (const option of ["--confine", "--root"])
	it(`all guards of ${option} are in place before the first byte is read`, {
		skip: unlessInstalled("strace"),
	}, async (test) => {
		const jail = await Jail.make(test, { name: "the tests' own" });
		const record = join(jail.base, "record");
		const calls = "trace=prctl,seccomp,landlock_restrict_self,read,readv,recvfrom,recvmsg,splice";
		const strace: Program = ["strace", "-f", "-qq", "-o", record, "-e", calls, ...OURS];
		const session = new ServerSession(strace, { args: ["-e", option, jail.inside] });
		test.after(() => session.kill("SIGKILL"));
		await session.send(Buffer.concat([INIT, request(FXP.STAT, 1, option === "--root" ? "/" : jail.inside)]));
		assert.equal((await session.next())?.[4], 2);
		assert.equal((await session.reply())?.kind, "attrs");
		const { status, stderr } = await session.stop();
		assert.deepEqual([status, stderr], [0, ""]);

		const lines = readFileSync(record, "latin1").split("\n");
		const firstRead = lines.findIndex((line) => /\b(read|readv|recvfrom|recvmsg|splice)\(0,/.test(line));
		assert.ok(firstRead > 0);
		for (const [guard, call] of Object.entries(GUARDS)) {
			const at = lines.findLastIndex((line) => call.test(line));
			assert.ok(at >= 0 && at < firstRead, `${guard}: line ${at} of the record, and ${firstRead} reads`);
		}
	});
