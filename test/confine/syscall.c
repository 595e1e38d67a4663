/*
 * System calls by name, for the sandbox's tests only, made without the C
 * library. It is a module of node's, because the sandbox lets a process start no
 * other program.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <node_api.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
	const char *name;
	long number;
	bool by_int80; /* as a program for 32-bit machines asks */
};

#define CALL(name) { #name, SYS_##name, false },
#define NUMBER(name, number) { name, number, false },
#define INT80(name, number) { "int80-" name, number, true },
static const struct call calls[] = {
	CALL(accept) CALL(accept4) CALL(acct) CALL(add_key) CALL(adjtimex) CALL(bind) CALL(bpf)
	CALL(capset) CALL(chroot) CALL(clock_adjtime) CALL(clock_settime) CALL(clone)
	CALL(delete_module) CALL(execve) CALL(fcntl) CALL(prlimit64) CALL(execveat) CALL(fanotify_init) CALL(finit_module)
	CALL(getpid) CALL(gettid) CALL(init_module) CALL(io_uring_enter) CALL(io_uring_register)
	CALL(io_uring_setup) CALL(ioctl) CALL(kcmp) CALL(kexec_file_load) CALL(kexec_load)
	CALL(keyctl) CALL(kill) CALL(listen) CALL(lookup_dcookie) CALL(mknodat) CALL(mount)
	CALL(open_by_handle_at) CALL(perf_event_open) CALL(personality)
	CALL(pivot_root) CALL(prctl) CALL(process_vm_readv) CALL(process_vm_writev) CALL(ptrace)
	CALL(quotactl) CALL(reboot) CALL(request_key) CALL(rt_sigqueueinfo)
	CALL(rt_tgsigqueueinfo) CALL(setdomainname) CALL(setfsgid) CALL(setfsuid) CALL(setgid)
	CALL(setgroups) CALL(sethostname) CALL(setns) CALL(setregid) CALL(setresgid)
	CALL(setresuid) CALL(setreuid) CALL(settimeofday) CALL(setuid) CALL(socket)
	CALL(socketpair) CALL(swapoff) CALL(swapon) CALL(syslog) CALL(tgkill) CALL(tkill)
	CALL(umount2) CALL(unshare) CALL(userfaultfd) CALL(vhangup)
#ifdef __x86_64__
	CALL(fork) CALL(vfork) CALL(ioperm) CALL(iopl) CALL(mknod) CALL(modify_ldt)
#endif
	/* Newer than some headers. */
	NUMBER("pidfd_send_signal", 424) NUMBER("open_tree", 428) NUMBER("move_mount", 429)
	NUMBER("fsopen", 430) NUMBER("fsconfig", 431) NUMBER("fsmount", 432) NUMBER("fspick", 433)
	NUMBER("pidfd_open", 434) NUMBER("clone3", 435) NUMBER("pidfd_getfd", 438)
	NUMBER("process_madvise", 440) NUMBER("mount_setattr", 442) NUMBER("quotactl_fd", 443)
	NUMBER("process_mrelease", 448) NUMBER("open_tree_attr", 467)
	/* Not assigned yet. */
	NUMBER("unknown", 470) NUMBER("unknown-later", 600)
	/* x32: with its bit, and one of its own numbers without. */
	NUMBER("x32-getpid", 0x40000000 | 39) NUMBER("x32-socket", 0x40000000 | 41)
	NUMBER("x32-execve", 0x40000000 | 520) NUMBER("x32-ptrace", 0x40000000 | 521)
	NUMBER("x32-execve-without-bit", 520)
	/* i386. */
	INT80("getpid", 20) INT80("execve", 11) INT80("fork", 2) INT80("ptrace", 26) INT80("mount", 21)
	INT80("setuid", 23) INT80("socketcall", 102) INT80("clone", 120) INT80("unshare", 310)
	INT80("socket", 359) INT80("clone3", 435) INT80("pidfd_getfd", 438)
};

/* The result, or -errno. */
static long
int80(long number, const int64_t *args)
{
#ifdef __x86_64__
	long r = number;

	__asm__ volatile("int $0x80"
	    : "+a"(r)
	    : "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]), "D"(args[4])
	    : "memory", "r8", "r9", "r10", "r11");
	return r;
#else
	(void)number;
	(void)args;
	return -ENOSYS;
#endif
}

/* hasInt80(): whether the kernel has calls for 32-bit programs. Without them, such a call kills the process. */
static napi_value
has_int80(napi_env env, napi_callback_info info)
{
	static const int64_t none[5];
	napi_value result;
	int status = -1;
	pid_t child = fork();

	(void)info;
	if (child == 0)
		_exit(int80(20, none) == getpid() ? 0 : 1);
	waitpid(child, &status, 0);
	napi_get_boolean(env, status == 0, &result);
	return result;
}

/* call(name, a, b, c, d, e): the result, or -errno. A name may be # and a number. */
static napi_value
do_call(napi_env env, napi_callback_info info)
{
	napi_value argv[6], result;
	size_t argc = 6, length;
	int64_t args[5] = { 0 };
	char name[32];
	long r;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_value_string_latin1(env, argv[0], name, sizeof(name), &length);
	for (size_t i = 1; i < argc; i++)
		napi_get_value_int64(env, argv[i], &args[i - 1]);
	if (name[0] == '#') {
		r = syscall(atol(name + 1), args[0], args[1], args[2], args[3], args[4]);
		napi_create_int64(env, r == -1 ? -errno : r, &result);
		return result;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		if (calls[i].by_int80) {
			r = int80(calls[i].number, args);
		} else {
			r = syscall(calls[i].number, args[0], args[1], args[2], args[3], args[4]);
			r = r == -1 ? -errno : r;
		}
		napi_create_int64(env, r, &result);
		return result;
	}
	napi_throw_range_error(env, NULL, name);
	return NULL;
}

NAPI_MODULE_INIT()
{
	napi_value function;

	napi_create_function(env, "call", NAPI_AUTO_LENGTH, do_call, NULL, &function);
	napi_set_named_property(env, exports, "call", function);
	napi_create_function(env, "hasInt80", NAPI_AUTO_LENGTH, has_int80, NULL, &function);
	napi_set_named_property(env, exports, "hasInt80", function);
	return exports;
}
