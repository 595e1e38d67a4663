/*
 * The system calls that are tried in the sandbox (syscall.c makes them). Nearly
 * all must be refused; sandbox.test.ts lists the exceptions.
 */
import { ALLOWED_CALLS, CHECKED_CALLS, NEWEST_CALL } from "./allowed-calls.ts";

/** Arguments as register values. */
export type Args = readonly number[];
/** Its name in a report, its name in syscall.c (or # and its number), and its arguments. */
export type Call = readonly [label: string, name: string, args: Args];

const IS_X64 = process.arch === "x64";

/** uretprobe and uprobe, which the kernel exempts from every filter: they kill their caller. */
const PROBES: ReadonlySet<number> = new Set([335, 336]);

/** Requests that send signals, inject terminal input, or reach drivers. */
const REFUSED_REQUESTS = {
	TIOCSTI: 0x5412,
	TIOCLINUX: 0x541c,
	TIOCSCTTY: 0x540e,
	TIOCSPGRP: 0x5410,
	TIOCNOTTY: 0x5422,
	FIOASYNC: 0x5452,
	FIOSETOWN: 0x8901,
	SIOCSPGRP: 0x8902,
	FICLONE: 0x40049409,
	FS_IOC_SETFLAGS: 0x40086602,
	"a driver's": 0xae01,
};

/** Commands that cause signals or make other processes wait. */
const REFUSED_COMMANDS = {
	F_SETOWN: 8,
	F_GETOWN: 9,
	F_SETSIG: 10,
	F_SETOWN_EX: 15,
	F_SETLEASE: 1024,
	F_NOTIFY: 1026,
	F_SETDELEG: 1040,
};

/** Arguments with which each call fails or does nothing if it is not refused. */
export const CALLS: readonly Call[] = [
	...[
		...["execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_open"],
		...["pidfd_getfd", "process_madvise", "process_mrelease", "pidfd_send_signal", "bind", "listen"],
		...["accept", "accept4", "mount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr"],
		...["move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns"],
		...["open_by_handle_at", "mknodat", "fanotify_init", "setuid", "setgid"],
		...["setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "capset"],
		...["personality", "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd"],
		...["io_uring_setup", "io_uring_enter", "io_uring_register", "lookup_dcookie", "init_module"],
		...["finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff"],
		...["acct", "syslog", "vhangup", "quotactl", "quotactl_fd", "sethostname", "setdomainname"],
		...["settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "clone3", "unknown", "unknown-later"],
		...(IS_X64 ? ["fork", "vfork", "ioperm", "iopl", "mknod", "modify_ldt"] : []),
		...(IS_X64 ? ["x32-getpid", "x32-socket", "x32-execve", "x32-ptrace", "x32-execve-without-bit"] : []),
	].map(withoutUse),
	["clone of a process", "clone", [17]],
	/* Mount, control group, UTS, IPC, user, process and network namespaces. */
	...[17, 25, 26, 27, 28, 29, 30].flatMap((bit): Call[] => [
		[`clone of a thread with namespace ${bit}`, "clone", [0x10000 | (1 << bit)]],
		[`clone of a process with namespace ${bit}`, "clone", [17 | (1 << bit)]],
	]),
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
	["keep capabilities", "prctl", [8, 1, 0, 0, 0]],
	["set securebits", "prctl", [28, 0, 0, 0, 0]],
	["raise ambient capabilities", "prctl", [47, 2, 0, 0, 0]],
	["share a core's schedule", "prctl", [62, 2, process.ppid, 0, 0]],
	...Object.entries(REFUSED_REQUESTS).map(
		([name, request]): Call => [`ioctl ${name}`, "ioctl", [-1, request, 0]],
	),
	["ioctl FIONREAD", "ioctl", [-1, 0x541b, 0]],
	["ioctl SIOCOUTQ", "ioctl", [-1, 0x5411, 0]],
	["ioctl TCGETS", "ioctl", [-1, 0x5401, 0]],
	...Object.entries(REFUSED_COMMANDS).map(
		([name, command]): Call => [`fcntl ${name}`, "fcntl", [0, command, process.ppid]],
	),
	["fcntl F_GETFL", "fcntl", [-1, 3, 0]],
	["fcntl F_SETFL", "fcntl", [-1, 4, 0]],
	["fcntl F_SETFL O_ASYNC", "fcntl", [0, 4, 0o20000]],
	["limits of the parent", "prlimit64", [process.ppid, 7, 0, 0]],
	["limits of itself", "prlimit64", [0, 7, 0, 0]],
	["limits of itself by number", "prlimit64", [process.pid, 7, 0, 0]],
	...(IS_X64 ? otherNumbers() : []),
	["getpid", "getpid", []],
];

/** The same with the numbers that 32-bit programs use. */
export const FOREIGN_CALLS: readonly Call[] = [
	...["getpid", "execve", "fork", "ptrace", "mount", "setuid", "socketcall", "clone", "unshare", "socket"],
	...["clone3", "pidfd_getfd"],
].map((name) => withoutUse(`int80-${name}`));

/** Every call that the sandbox neither allows nor checks. */
function otherNumbers(): Call[] {
	return Array.from({ length: NEWEST_CALL + 1 }, (_, number) => number)
		.filter((number) => !ALLOWED_CALLS.has(number) && !CHECKED_CALLS.has(number))
		.filter((number) => !PROBES.has(number))
		.map((number) => withoutUse(`#${number}`));
}

/** The call with meaningless arguments. */
function withoutUse(name: string): Call {
	return [name, name, [-1, -1, -1, -1, -1]];
}
