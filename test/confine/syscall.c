/*
 * For the sandbox's tests only: system calls by name, made as they are, without
 * the C library in between. A module of node's, because the sandbox lets a process
 * start no other.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <node_api.h>

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct call {
	const char *name;
	long number;
};

#define CALL(name) { #name, SYS_##name },
static const struct call calls[] = {
	CALL(accept) CALL(accept4) CALL(acct) CALL(add_key) CALL(adjtimex) CALL(bind) CALL(bpf)
	CALL(capset) CALL(chroot) CALL(clock_adjtime) CALL(clock_settime) CALL(clone)
	CALL(delete_module) CALL(execve) CALL(execveat) CALL(fanotify_init) CALL(finit_module)
	CALL(getpid) CALL(gettid) CALL(init_module) CALL(io_uring_enter) CALL(io_uring_register)
	CALL(io_uring_setup) CALL(ioctl) CALL(kcmp) CALL(kexec_file_load) CALL(kexec_load)
	CALL(keyctl) CALL(kill) CALL(listen) CALL(lookup_dcookie) CALL(mknodat) CALL(mount)
	CALL(name_to_handle_at) CALL(open_by_handle_at) CALL(perf_event_open) CALL(personality)
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
	/* Younger than some headers. */
	{ "pidfd_send_signal", 424 }, { "open_tree", 428 }, { "move_mount", 429 },
	{ "fsopen", 430 }, { "fsconfig", 431 }, { "fsmount", 432 }, { "fspick", 433 },
	{ "pidfd_open", 434 }, { "clone3", 435 }, { "pidfd_getfd", 438 },
	{ "process_madvise", 440 }, { "mount_setattr", 442 }, { "quotactl_fd", 443 },
	{ "process_mrelease", 448 }, { "open_tree_attr", 467 },
	/* What nobody has heard of yet, and x32's getpid. */
	{ "unknown", 470 }, { "unknown-later", 600 }, { "x32-getpid", 0x40000000 | 39 },
};

/* call(name, a, b, c, d, e): the result, or -errno. */
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
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		r = syscall(calls[i].number, args[0], args[1], args[2], args[3], args[4]);
		napi_create_int64(env, r == -1 ? -errno : r, &result);
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
	return exports;
}
