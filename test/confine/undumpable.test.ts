/*
 * A server's memory and environment are inaccessible to its client and to other
 * processes of its user.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { runCommand } from "../helpers/run-command.ts";
import { status } from "../helpers/server-replies.ts";
import { Jail, USERS } from "./jail.ts";

const user = USERS.at(-1);
assert.ok(user !== undefined);

/** Files in /proc/PID that do not belong to the process's user. */
const OWN = ["mem", "environ", "auxv"];
/** Files that the process itself may open, and others only if they may trace it. */
const TRACED = ["maps", "fd/0", "root/etc/passwd", "cwd/file"];

/** Prints the error of opening each path; traces the process in the last argument. */
const PROBE = `
import ctypes, errno, os, sys
*paths, pid = sys.argv[1:]
for path in paths:
    try:
        os.close(os.open(path, os.O_RDONLY))
        print("opened", path)
    except OSError as error:
        print(errno.errorcode[error.errno])
libc = ctypes.CDLL(None, use_errno=True)
for request in (16, 0x4206):  # PTRACE_ATTACH, PTRACE_SEIZE
    print(errno.errorcode[ctypes.get_errno()] if libc.ptrace(request, int(pid), None, None) == -1 else "traced")
`;

it("the client can't open its server's memory, environment or auxiliary vector", {
	skip: user.skip,
}, async (test) => {
	const jail = await Jail.make(test, user);
	const session = await jail.start([]);
	for (const name of OWN)
		for (const process of ["self", "thread-self", session.pid])
			assert.deepEqual(
				await session.ask(FXP.OPEN, `/proc/${process}/${name}`, FXF.READ, attrs()),
				status(3),
				`${process}/${name}`,
			);
	const write = await session.ask(FXP.OPEN, "/proc/self/mem", FXF.READ | FXF.WRITE, attrs());
	assert.deepEqual(write, status(3));
	assert.equal((await session.stop()).status, 0);
});

it("a process of the same user can't read a server's memory or trace it", {
	skip: unlessInstalled("python3"),
}, async (test) => {
	const jail = await Jail.make(test, user);
	const session = await jail.start([]);
	const paths = [...OWN, ...TRACED].map((name) => `/proc/${session.pid}/${name}`);
	const { uid, gid } = user;
	const as = uid === undefined ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
	const [program = "", ...args] = [...as, "python3", "-c", PROBE, ...paths, `${session.pid}`];
	const { status: exit, stdout, stderr } = await runCommand(program, args);
	assert.equal(exit, 0, stderr.toString());
	const outcomes = stdout.toString().trimEnd().split("\n");
	assert.deepEqual(outcomes, [...paths.map(() => "EACCES"), "EPERM", "EPERM"]);
	assert.equal((await session.stop()).status, 0);
});
