/*
 * The seccomp filter: permanently limits the system calls of every thread to a list.
 * All others fail with EPERM.
 *
 * The list is longer than what sessions were seen to call (some fifty calls under node
 * 20 to 26, which differ by a dozen). It contains what node, V8, the C libraries and the
 * name services may call on their own process and on files by name or descriptor. It
 * excludes calls that act on other processes, reach files without Landlock's checks, or
 * belong to a part of the kernel that a file server does not need. Every number up to
 * NR_NEWEST was considered; test/confine/allowed-calls.ts has the same list by number.
 */
#include "addon.h"
#include "bpf.h"
#include "syscall-numbers.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* setNoNewPrivileges(): no program that this process starts gains privileges. */
static napi_value
set_no_new_privileges(napi_env env, napi_callback_info info)
{
	struct call c;

	call_begin(&c, env, info, 0);
	return c.failed ? NULL : result_call(env, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifndef ARCHITECTURE

static napi_value
filter_system_calls(napi_env env, napi_callback_info info)
{
	struct call c;

	call_begin(&c, env, info, 0);
	return c.failed ? NULL : result_int(env, -ENOSYS);
}

#else

/* The newest call considered (Linux 6.18, file_setattr). */
#define NR_NEWEST 469
/* Set in the numbers of x86-64's second set of calls, x32. */
#define X32_BIT 0x40000000u

static const uint16_t allowed[] = {
	/* Descriptors. */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev,
	SYS_preadv2, SYS_pwritev2, SYS_close, NR_CLOSE_RANGE, SYS_lseek, SYS_dup, SYS_dup3, SYS_pipe2,
	SYS_splice, SYS_sendfile, SYS_copy_file_range, SYS_fsync, SYS_fdatasync, SYS_sync_file_range,
	SYS_syncfs, SYS_sync, SYS_ftruncate, SYS_fallocate, SYS_fadvise64, SYS_readahead, NR_CACHESTAT,
	SYS_flock, SYS_getdents64, SYS_fstat, SYS_fstatfs, SYS_fchmod, SYS_fchown, SYS_fchdir,
	SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, NR_EPOLL_PWAIT2,
	SYS_eventfd2, SYS_signalfd4, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
	/* Files by name. */
	SYS_openat, NR_OPENAT2, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_faccessat, NR_FACCESSAT2,
	SYS_truncate, SYS_chdir, SYS_getcwd, SYS_readlinkat, SYS_mkdirat, SYS_unlinkat, SYS_linkat,
	SYS_symlinkat, SYS_renameat, SYS_renameat2, SYS_fchmodat, NR_FCHMODAT2, SYS_fchownat,
	SYS_utimensat, SYS_umask, SYS_name_to_handle_at,
	/* Local sockets, for syslog and name services. */
	SYS_connect, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg,
	SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_setsockopt, SYS_getsockopt,
	/* Memory. */
	SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_msync, SYS_mincore,
	SYS_mlock, SYS_mlock2, SYS_munlock, SYS_mlockall, SYS_munlockall, SYS_memfd_create,
	SYS_pkey_mprotect, SYS_pkey_alloc, SYS_pkey_free, NR_MSEAL, NR_MAP_SHADOW_STACK, SYS_membarrier,
	/* Threads, and the end. */
	SYS_exit, SYS_exit_group, SYS_futex, NR_FUTEX_WAITV, NR_FUTEX_WAKE, NR_FUTEX_WAIT, NR_FUTEX_REQUEUE,
	SYS_set_robust_list, SYS_set_tid_address, SYS_rseq, SYS_gettid, SYS_getcpu, SYS_sched_yield,
	SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_getattr,
	SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_sched_rr_get_interval,
	SYS_restart_syscall, SYS_wait4, SYS_waitid,
	/* Signals that the process receives. */
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigsuspend,
	SYS_rt_sigtimedwait, SYS_sigaltstack,
	/* Time; a timer's signal can't go to another process. */
	SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
	SYS_getitimer, SYS_setitimer, SYS_times, SYS_timer_create, SYS_timer_settime, SYS_timer_gettime,
	SYS_timer_getoverrun, SYS_timer_delete,
	/* The process's identity and limits. */
	SYS_getpid, SYS_getppid, SYS_getpgid, SYS_getsid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
	SYS_getresuid, SYS_getresgid, SYS_getgroups, SYS_capget, SYS_getpriority, SYS_getrusage,
	SYS_getrlimit, SYS_setrlimit, SYS_uname, SYS_sysinfo, SYS_getrandom,
	/* Giving up further rights. */
	SYS_seccomp, NR_LANDLOCK_CREATE_RULESET, NR_LANDLOCK_ADD_RULE, NR_LANDLOCK_RESTRICT_SELF,
#ifdef __x86_64__
	/* Older calls that the C libraries still use. */
	SYS_open, SYS_creat, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_mkdir, SYS_rmdir, SYS_unlink,
	SYS_link, SYS_symlink, SYS_rename, SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes,
	SYS_futimesat, SYS_getdents, SYS_pipe, SYS_dup2, SYS_poll, SYS_select, SYS_epoll_create,
	SYS_epoll_wait, SYS_eventfd, SYS_signalfd, SYS_pause, SYS_alarm, SYS_time, SYS_getpgrp,
	SYS_arch_prctl,
#endif
};

/* The decision about a call whose arguments matter; a label of the program. */
enum action {
	FAIL_EPERM,
	FAIL_ENOSYS, /* callers fall back to another call */
	UNIX_FAMILY, /* allowed if the first argument is AF_UNIX */
	NEW_THREAD,  /* allowed if the flags ask for a thread and no namespace */
	OWN_PROCESS, /* allowed if the first argument is this process */
	OWN_LIMITS,  /* the same, or if it is 0 */
	FCNTL,	     /* allowed for some of its commands */
	IOCTL,	     /* allowed for some of its requests */
	PRCTL,	     /* refused for some of its options */
};

static const struct {
	uint16_t number;
	uint16_t action;
} checked[] = {
	{ SYS_clone, NEW_THREAD },
	/* Its flags are in memory, which a filter can't read; the C library falls back to clone. */
	{ NR_CLONE3, FAIL_ENOSYS },
	{ SYS_socket, UNIX_FAMILY },
	{ SYS_socketpair, UNIX_FAMILY },
	{ SYS_kill, OWN_PROCESS },
	{ SYS_tkill, OWN_PROCESS },
	{ SYS_tgkill, OWN_PROCESS },
	{ SYS_rt_sigqueueinfo, OWN_PROCESS },
	{ SYS_rt_tgsigqueueinfo, OWN_PROCESS },
	{ SYS_prlimit64, OWN_LIMITS },
	{ SYS_fcntl, FCNTL },
	{ SYS_ioctl, IOCTL },
	{ SYS_prctl, PRCTL },
};

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
    CLONE_NEWPID | CLONE_NEWNET)

/* Without those that cause signals (F_SETOWN, F_SETSIG, F_NOTIFY) or make others wait (F_SETLEASE). */
static const uint32_t fcntl_commands[] = { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_GETLK,
	F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_SETPIPE_SZ, F_GETPIPE_SZ, F_ADD_SEALS,
	F_GET_SEALS };

/* Numbers of waiting bytes, isatty, and flags that fcntl can also set. TIOCOUTQ equals
 * SIOCOUTQ. Newer C libraries use TCGETS2 in isatty. */
#define REQUEST_TCGETS2 0x802c542a
static const uint32_t ioctl_requests[] = { FIONREAD, TIOCOUTQ, TCGETS, REQUEST_TCGETS2, TIOCGWINSZ,
	FIONBIO, FIOCLEX, FIONCLEX };

/* Becoming dumpable again, changing privileges, and scheduling other processes. All other
 * options concern only the thread itself, and differ between machines. */
#define OPTION_SCHED_CORE 62
static const uint32_t prctl_options[] = { PR_SET_DUMPABLE, PR_SET_PTRACER, PR_SET_MM, PR_SET_KEEPCAPS,
	PR_SET_SECUREBITS, PR_CAP_AMBIENT, OPTION_SCHED_CORE };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The allowed calls as bits: 32 of them to a word. */
#define WORDS ((NR_NEWEST + 32) / 32)

/* Allows the calls of the list and refuses all others. The number must be loaded. */
static void
emit_allowed_calls(struct program *p)
{
	uint32_t bits[WORDS] = { 0 };

	for (size_t i = 0; i < LENGTH(allowed); i++)
		bits[allowed[i] / 32] |= 1u << (allowed[i] % 32);
	emit_decision(p, bits, WORDS);
}

/* The jump targets; each ends with a decision. */
static void
emit_actions(struct program *p)
{
	const uint32_t unix_family = AF_UNIX, self = (uint32_t)getpid(), own_limits[] = { 0, self };

	emit_label(p, UNIX_FAMILY);
	emit_load_argument(p, 0);
	emit_allow(p, &unix_family, 1);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);

	emit_label(p, NEW_THREAD);
	emit_load_argument(p, 0);
	emit_if(p, BPF_JSET, NAMESPACES, FAIL_EPERM);
	emit(p, BPF_JMP | BPF_K | BPF_JSET, CLONE_THREAD, 0, 1);
	emit_return(p, SECCOMP_RET_ALLOW);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);

	emit_label(p, OWN_PROCESS);
	emit_load_argument(p, 0);
	emit_allow(p, &self, 1);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);

	emit_label(p, OWN_LIMITS);
	emit_load_argument(p, 0);
	emit_allow(p, own_limits, LENGTH(own_limits));
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);

	emit_label(p, FCNTL);
	emit_load_argument(p, 1);
	emit_allow(p, fcntl_commands, LENGTH(fcntl_commands));
	/* F_SETFL, except to request a signal for each input. */
	emit(p, BPF_JMP | BPF_K | BPF_JEQ, F_SETFL, 1, 0);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
	emit_load_argument(p, 2);
	emit_if(p, BPF_JSET, O_ASYNC, FAIL_EPERM);
	emit_return(p, SECCOMP_RET_ALLOW);

	emit_label(p, IOCTL);
	emit_load_argument(p, 1);
	emit_allow(p, ioctl_requests, LENGTH(ioctl_requests));
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);

	emit_label(p, PRCTL);
	emit_load_argument(p, 0);
	for (size_t i = 0; i < LENGTH(prctl_options); i++)
		emit_if(p, BPF_JEQ, prctl_options[i], FAIL_EPERM);
	emit_return(p, SECCOMP_RET_ALLOW);

	emit_label(p, FAIL_EPERM);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
	emit_label(p, FAIL_ENOSYS);
	emit_return(p, SECCOMP_RET_ERRNO | ENOSYS);
}

/*
 * From Linux 5.11 on, the kernel tries the filter once for each number and does not run it
 * for calls that are allowed with any arguments. This works for filters of comparisons and
 * jumps, but not of arithmetic or memory. Measured alternately with a filter for which it
 * did not work: each system call takes 70 ns less.
 */
static void
make_program(struct program *p)
{
	size_t search;

	p->length = 0;
	emit_load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_K | BPF_JEQ, ARCHITECTURE, 1, 0);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
	emit_load(p, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	emit_if(p, BPF_JGE, X32_BIT, FAIL_EPERM);
#endif
	/* Callers of newer calls fall back on older ones. */
	emit_if(p, BPF_JGT, NR_NEWEST, FAIL_ENOSYS);
	for (size_t i = 0; i < LENGTH(checked); i++)
		emit_if(p, BPF_JEQ, checked[i].number, checked[i].action);
	search = emit_jump(p);
	emit_actions(p);
	end_jump(p, search);
	emit_allowed_calls(p);
	resolve_labels(p);
}

/*
 * filterSystemCalls(): limits all threads to the calls of the list. SPEC_ALLOW: on
 * kernels before 5.16 a filter otherwise slows down the whole process, to protect
 * programs that run foreign code, which this one does not.
 */
static napi_value
filter_system_calls(napi_env env, napi_callback_info info)
{
	static struct program program;
	struct sock_fprog fprog;
	struct call c;
	long r;

	call_begin(&c, env, info, 0);
	if (c.failed)
		return NULL;
	make_program(&program);
	fprog.len = (unsigned short)program.length;
	fprog.filter = program.code;
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &fprog);
	/* A positive result is a thread that could not get the filter. */
	return r > 0 ? result_int(env, -EBUSY) : result_call(env, r);
}

#endif

const struct export sandbox_exports[] = {
	{ "setNoNewPrivileges", set_no_new_privileges },
	{ "filterSystemCalls", filter_system_calls },
	{ NULL, NULL },
};
