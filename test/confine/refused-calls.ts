// The system calls that are tried in the sandbox (syscall.c makes them): nearly all
// of them have to be refused; sandbox.test.ts has the others.

/** Numbers for the registers. */
export type Args = readonly number[];
/** What it is called in a report, its name in syscall.c, and its arguments. */
export type Call = readonly [label: string, name: string, args: Args];

const IS_X64 = process.arch === "x64";

/** Arguments by which each call fails, or does nothing, where it is not refused. */
export const CALLS: readonly Call[] = [
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
	["ioctl TIOCSTI", "ioctl", [-1, 0x5412, 0]],
	["ioctl TIOCLINUX", "ioctl", [-1, 0x541c, 0]],
	["ioctl FIONREAD", "ioctl", [-1, 0x541b, 0]],
	["getpid", "getpid", []],
];

/** The same by the numbers of programs for 32-bit machines. */
export const FOREIGN_CALLS: readonly Call[] = [
	...["getpid", "execve", "fork", "ptrace", "mount", "setuid", "socketcall", "clone", "unshare", "socket"],
	...["clone3", "pidfd_getfd"],
].map((name) => withoutUse(`int80-${name}`));

/** The call with arguments that are of no use to anybody. */
function withoutUse(name: string): Call {
	return [name, name, [-1, -1, -1, -1, -1]];
}
