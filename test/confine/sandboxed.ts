// A program that enters the sandbox and then tries what it should not be able to
// do, and what it must still be able to do. Prints what came of it as JSON.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeSync } from "node:fs";
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { addon } from "../../src/posix/addon.ts";
import { enterSandbox } from "../../src/posix/sandbox.ts";

/** What the program prints. Errors are their codes, successes "ok". */
export interface SandboxReport {
	readonly entered: number;
	/** The result of each system call, or -errno. */
	readonly calls: Readonly<Record<string, number>>;
	readonly node: Readonly<Record<string, string>>;
	/** Of each thread: whether it has a filter, and no_new_privs. */
	readonly threads: readonly string[];
}

type Args = readonly number[];

/** Arguments by which each call fails, or does nothing, where it is not refused. */
const CALLS: readonly (readonly [label: string, name: string, args: Args])[] = [
	...[
		...["execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_open"],
		...["pidfd_getfd", "process_madvise", "process_mrelease", "pidfd_send_signal", "bind", "listen"],
		...["accept", "accept4", "mount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr"],
		...["move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns"],
		...["name_to_handle_at", "open_by_handle_at", "mknodat", "fanotify_init", "setuid", "setgid"],
		...["setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "capset"],
		...["personality", "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd"],
		...["io_uring_setup", "io_uring_enter", "io_uring_register", "lookup_dcookie", "init_module"],
		...["finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff"],
		...["acct", "syslog", "vhangup", "quotactl", "quotactl_fd", "sethostname", "setdomainname"],
		...["settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "clone3", "unknown", "unknown-later"],
		...(process.arch === "x64"
			? ["fork", "vfork", "ioperm", "iopl", "mknod", "modify_ldt", "x32-getpid"]
			: []),
	].map((name) => [name, name, [-1, -1, -1, -1, -1]] as const),
	["clone of a process", "clone", [17]],
	["clone with a namespace", "clone", [0x10000 | 0x40000000]],
	["clone of a thread", "clone", [0x10000]],
	...[1, 2, 10, 16, 17, 40].map((family) => [`socket ${family}`, "socket", [family, 2, 0]] as const),
	["socketpair 1", "socketpair", [1, 2, 0, 0]],
	["socketpair 2", "socketpair", [2, 2, 0, 0]],
	["kill self", "kill", [process.pid, 0]],
	["kill parent", "kill", [process.ppid, 0]],
	["kill all", "kill", [-1, 0]],
	["kill group", "kill", [0, 0]],
	["tgkill self", "tgkill", [process.pid, process.pid, 0]],
	["tgkill parent", "tgkill", [process.ppid, process.ppid, 0]],
	["tkill parent", "tkill", [process.ppid, 0]],
	["queue parent", "rt_sigqueueinfo", [process.ppid, 0, 0]],
	["tgqueue parent", "rt_tgsigqueueinfo", [process.ppid, process.ppid, 0, 0]],
	["set dumpable", "prctl", [4, 1, 0, 0, 0]],
	["get dumpable", "prctl", [3, 0, 0, 0, 0]],
	["set ptracer", "prctl", [0x59616d61, -1, 0, 0, 0]],
	["set mm", "prctl", [35, 0, 0, 0, 0]],
	["ioctl TIOCSTI", "ioctl", [-1, 0x5412, 0]],
	["ioctl TIOCLINUX", "ioctl", [-1, 0x541c, 0]],
	["ioctl FIONREAD", "ioctl", [-1, 0x541b, 0]],
	["getpid", "getpid", []],
];

function codeOf(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** "ok", or the code of what was thrown. */
async function attempt(action: () => unknown): Promise<string> {
	try {
		await action();
		return "ok";
	} catch (error) {
		return codeOf(error);
	}
}

function runWorker(): Promise<void> {
	return new Promise((resolve, reject) => {
		const worker = new Worker("process.exit(process.pid > 0 ? 0 : 1)", { eval: true });
		worker.on("exit", (status) => (status === 0 ? resolve() : reject(new Error(String(status)))));
		worker.on("error", reject);
	});
}

function connectTcp(): Promise<void> {
	return new Promise((resolve, reject) => {
		connect(9, "127.0.0.1").on("connect", resolve).on("error", reject);
	});
}

async function main(modulePath: string): Promise<SandboxReport> {
	const { call }: { call: (name: string, ...args: Args) => number } = require(modulePath);
	/* Threads that exist before: those of V8 do, these are libuv's. */
	await stat("/");
	const entered = enterSandbox();
	const calls = Object.fromEntries(CALLS.map(([label, name, args]) => [label, call(name, ...args)]));
	const node = {
		"child process": codeOf(spawnSync("/bin/true").error),
		"TCP connection": await attempt(connectTcp),
		setuid: await attempt(() => process.setuid?.(12345)),
		setgid: await attempt(() => process.setgid?.(12345)),
		"signal to the parent": await attempt(() => process.kill(process.ppid, 0)),
		"signal to itself": await attempt(() => process.kill(process.pid, 0)),
		"worker thread": await attempt(runWorker),
		"file system in threads": await attempt(() => Promise.all(Array.from({ length: 8 }, () => stat("/")))),
		"compiled code": await attempt(() => {
			for (let i = 0; i < 1e5; i++) new Function("a", `return a + ${i % 7}`)(i);
		}),
	};
	const threads = readdirSync("/proc/self/task").map((tid) =>
		readFileSync(`/proc/self/task/${tid}/status`, "latin1").replace(
			/^.*NoNewPrivs:\s*(\d).*Seccomp:\s*(\d).*$/s,
			"$1 $2",
		),
	);
	return { entered, calls, node, threads };
}

void main(process.argv[2] ?? "").then((report) => {
	// As the server writes and ends, past the event loop: node 26 watches descriptors with an io_uring, which is
	// refused here by now, and aborts when it begins or ends to watch one.
	writeSync(1, JSON.stringify(report));
	addon.exit(0);
});
