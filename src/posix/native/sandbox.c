/*
 * The seccomp filter: system calls that a file server never makes, refused for
 * good and in every thread. A list of what is refused, not of what is allowed:
 * what node, V8 and the C library need differs from version to version, and a
 * call too many in such a list would end a session. Plain BPF, no library.
 */
#include "addon.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* setNoNewPrivileges(): no program that this process starts gets more rights. */
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

/* Numbers that older headers do not have; from 424 on all machines share them. */
#define NR_PIDFD_SEND_SIGNAL 424
#define NR_OPEN_TREE 428
#define NR_MOVE_MOUNT 429
#define NR_FSOPEN 430
#define NR_FSCONFIG 431
#define NR_FSMOUNT 432
#define NR_FSPICK 433
#define NR_PIDFD_OPEN 434
#define NR_CLONE3 435
#define NR_PIDFD_GETFD 438
#define NR_PROCESS_MADVISE 440
#define NR_MOUNT_SETATTR 442
#define NR_QUOTACTL_FD 443
#define NR_PROCESS_MRELEASE 448
#define NR_OPEN_TREE_ATTR 467
/* The newest call that was looked at for this list (Linux 6.18, file_setattr). */
#define NR_NEWEST 469
/* Set in the numbers of x86-64's second set of calls, x32. */
#define X32_BIT 0x40000000u

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
    CLONE_NEWPID | CLONE_NEWNET)

/* What becomes of a call: a place in the program. */
enum action {
	ALLOW,
	REFUSE,	     /* EPERM */
	NOT_THERE,   /* ENOSYS: callers have another way */
	UNIX_FAMILY, /* allowed if the first argument is AF_UNIX */
	NEW_THREAD,  /* allowed if the flags ask for a thread and no namespace */
	OWN_PROCESS, /* allowed if the first argument is this process */
	PRCTL,	     /* refused for three of its options */
	IOCTL,	     /* refused for two of its requests */
	ACTIONS,
};

struct rule {
	uint16_t number;
	uint16_t action;
};

static const struct rule rules[] = {
	/* Other programs. */
	{ SYS_execve, REFUSE }, { SYS_execveat, REFUSE }, { SYS_clone, NEW_THREAD },
	/* Its flags lie in memory, where a filter can't look; the C library falls back on clone. */
	{ NR_CLONE3, NOT_THERE },
#ifdef SYS_fork
	{ SYS_fork, REFUSE }, { SYS_vfork, REFUSE },
#endif
	/* Other processes: their memory, descriptors, and signals to them. */
	{ SYS_ptrace, REFUSE }, { SYS_process_vm_readv, REFUSE },
	{ SYS_process_vm_writev, REFUSE }, { SYS_kcmp, REFUSE }, { NR_PIDFD_OPEN, REFUSE },
	{ NR_PIDFD_GETFD, REFUSE }, { NR_PROCESS_MADVISE, REFUSE },
	{ NR_PROCESS_MRELEASE, REFUSE }, { SYS_kill, OWN_PROCESS }, { SYS_tkill, OWN_PROCESS },
	{ SYS_tgkill, OWN_PROCESS }, { SYS_rt_sigqueueinfo, OWN_PROCESS },
	{ SYS_rt_tgsigqueueinfo, OWN_PROCESS }, { NR_PIDFD_SEND_SIGNAL, REFUSE },
	/* The way back to a process that others may look into. */
	{ SYS_prctl, PRCTL },
	/* The network. AF_UNIX stays for syslog and for name services, as a client. */
	{ SYS_socket, UNIX_FAMILY }, { SYS_socketpair, UNIX_FAMILY }, { SYS_bind, REFUSE },
	{ SYS_listen, REFUSE }, { SYS_accept, REFUSE }, { SYS_accept4, REFUSE },
	/* Another view of the file system. */
	{ SYS_mount, REFUSE }, { SYS_umount2, REFUSE }, { SYS_pivot_root, REFUSE },
	{ SYS_chroot, REFUSE }, { NR_OPEN_TREE, REFUSE }, { NR_OPEN_TREE_ATTR, REFUSE },
	{ NR_MOVE_MOUNT, REFUSE }, { NR_FSOPEN, REFUSE }, { NR_FSCONFIG, REFUSE },
	{ NR_FSMOUNT, REFUSE }, { NR_FSPICK, REFUSE }, { NR_MOUNT_SETATTR, REFUSE },
	{ SYS_unshare, REFUSE }, { SYS_setns, REFUSE },
	/* Files by other ways than their names. */
	{ SYS_name_to_handle_at, REFUSE }, { SYS_open_by_handle_at, REFUSE },
	{ SYS_mknodat, REFUSE }, { SYS_fanotify_init, REFUSE },
#ifdef SYS_mknod
	{ SYS_mknod, REFUSE },
#endif
	/* Other identities and rights. */
	{ SYS_setuid, REFUSE }, { SYS_setgid, REFUSE }, { SYS_setreuid, REFUSE },
	{ SYS_setregid, REFUSE }, { SYS_setresuid, REFUSE }, { SYS_setresgid, REFUSE },
	{ SYS_setgroups, REFUSE }, { SYS_setfsuid, REFUSE }, { SYS_setfsgid, REFUSE },
	{ SYS_capset, REFUSE }, { SYS_personality, REFUSE }, { SYS_keyctl, REFUSE },
	{ SYS_add_key, REFUSE }, { SYS_request_key, REFUSE },
	/* Large doors into the kernel. */
	{ SYS_bpf, REFUSE }, { SYS_perf_event_open, REFUSE }, { SYS_userfaultfd, REFUSE },
	{ SYS_io_uring_setup, REFUSE }, { SYS_io_uring_enter, REFUSE },
	{ SYS_io_uring_register, REFUSE }, { SYS_ioctl, IOCTL },
#ifdef SYS_lookup_dcookie
	{ SYS_lookup_dcookie, REFUSE },
#endif
#ifdef __x86_64__
	{ SYS_modify_ldt, REFUSE }, { SYS_iopl, REFUSE }, { SYS_ioperm, REFUSE },
#endif
	/* The machine. */
	{ SYS_init_module, REFUSE }, { SYS_finit_module, REFUSE }, { SYS_delete_module, REFUSE },
	{ SYS_kexec_load, REFUSE }, { SYS_kexec_file_load, REFUSE }, { SYS_reboot, REFUSE },
	{ SYS_swapon, REFUSE }, { SYS_swapoff, REFUSE }, { SYS_acct, REFUSE },
	{ SYS_syslog, REFUSE }, { SYS_vhangup, REFUSE }, { SYS_quotactl, REFUSE },
	{ NR_QUOTACTL_FD, REFUSE }, { SYS_sethostname, REFUSE }, { SYS_setdomainname, REFUSE },
	{ SYS_settimeofday, REFUSE }, { SYS_clock_settime, REFUSE }, { SYS_adjtimex, REFUSE },
	{ SYS_clock_adjtime, REFUSE },
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

/* Numbers compared one after the other at the end of a search. */
#define LEAF 4
/* Jumps reach 255 instructions, which the program stays below. */
#define PROGRAM_MAX 250

/* A program in the making: a jump to an action gets its distance at the end. */
struct program {
	struct sock_filter code[PROGRAM_MAX];
	uint8_t jump[PROGRAM_MAX]; /* the action that the instruction jumps to when true, if not ALLOW */
	uint8_t start[ACTIONS];
	size_t length;
};

static size_t
emit(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (p->length == PROGRAM_MAX)
		abort();
	p->code[p->length] = (struct sock_filter){ code, jt, jf, k };
	p->jump[p->length] = ALLOW;
	return p->length++;
}

static void
emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The lower half of an argument: all that the kernel looks at of those judged here. */
static void
emit_load_argument(struct program *p, size_t index)
{
	emit_load(p, offsetof(struct seccomp_data, args) + 8 * index);
}

static void
emit_return(struct program *p, uint32_t value)
{
	emit(p, BPF_RET | BPF_K, value, 0, 0);
}

/* Jumps to the action if the comparison holds, else goes on. */
static void
emit_if(struct program *p, uint16_t comparison, uint32_t k, enum action action)
{
	p->jump[emit(p, BPF_JMP | BPF_K | comparison, k, 0, 0)] = (uint8_t)action;
}

/* A binary search: the kernel runs the program for every number at once when it
 * takes it, to know which calls are always allowed, and that is most of the cost. */
static void
emit_search(struct program *p, const struct rule *sorted, size_t count)
{
	size_t branch, left = count / 2;

	if (count <= LEAF) {
		for (size_t i = 0; i < count; i++)
			emit_if(p, BPF_JEQ, sorted[i].number, sorted[i].action);
		emit_return(p, SECCOMP_RET_ALLOW);
		return;
	}
	branch = emit(p, BPF_JMP | BPF_K | BPF_JGE, sorted[left].number, 0, 0);
	emit_search(p, sorted, left);
	p->code[branch].jt = (uint8_t)(p->length - branch - 1);
	emit_search(p, sorted + left, count - left);
}

/* What follows is jumped to; it ends with an answer. */
static void
emit_actions(struct program *p)
{
	p->start[UNIX_FAMILY] = (uint8_t)p->length;
	emit_load_argument(p, 0);
	emit(p, BPF_JMP | BPF_K | BPF_JEQ, AF_UNIX, 0, 1);
	emit_return(p, SECCOMP_RET_ALLOW);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);

	p->start[NEW_THREAD] = (uint8_t)p->length;
	emit_load_argument(p, 0);
	emit_if(p, BPF_JSET, NAMESPACES, REFUSE);
	emit(p, BPF_JMP | BPF_K | BPF_JSET, CLONE_THREAD, 0, 1);
	emit_return(p, SECCOMP_RET_ALLOW);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);

	p->start[OWN_PROCESS] = (uint8_t)p->length;
	emit_load_argument(p, 0);
	emit(p, BPF_JMP | BPF_K | BPF_JEQ, (uint32_t)getpid(), 0, 1);
	emit_return(p, SECCOMP_RET_ALLOW);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);

	p->start[PRCTL] = (uint8_t)p->length;
	emit_load_argument(p, 0);
	emit_if(p, BPF_JEQ, PR_SET_DUMPABLE, REFUSE);
	emit_if(p, BPF_JEQ, PR_SET_PTRACER, REFUSE);
	emit_if(p, BPF_JEQ, PR_SET_MM, REFUSE);
	emit_return(p, SECCOMP_RET_ALLOW);

	/* Typing into a terminal that others read. */
	p->start[IOCTL] = (uint8_t)p->length;
	emit_load_argument(p, 1);
	emit_if(p, BPF_JEQ, TIOCSTI, REFUSE);
	emit_if(p, BPF_JEQ, TIOCLINUX, REFUSE);
	emit_return(p, SECCOMP_RET_ALLOW);

	p->start[REFUSE] = (uint8_t)p->length;
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
	p->start[NOT_THERE] = (uint8_t)p->length;
	emit_return(p, SECCOMP_RET_ERRNO | ENOSYS);
}

static int
by_number(const void *a, const void *b)
{
	return ((const struct rule *)a)->number - ((const struct rule *)b)->number;
}

static void
make_program(struct program *p)
{
	struct rule sorted[RULES];

	memcpy(sorted, rules, sizeof(rules));
	qsort(sorted, RULES, sizeof(sorted[0]), by_number);
	p->length = 0;
	emit_load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_K | BPF_JEQ, ARCHITECTURE, 1, 0);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
	emit_load(p, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	emit_if(p, BPF_JGE, X32_BIT, REFUSE);
#endif
	/* Calls younger than this list may be ways around it. */
	emit_if(p, BPF_JGT, NR_NEWEST, NOT_THERE);
	emit_search(p, sorted, RULES);
	emit_actions(p);
	for (size_t i = 0; i < p->length; i++)
		if (p->jump[i] != ALLOW)
			p->code[i].jt = (uint8_t)(p->start[p->jump[i]] - i - 1);
}

/*
 * filterSystemCalls(): from now on, and in all threads, the calls of the list
 * fail. SPEC_ALLOW: on kernels before 5.16 a filter slows the whole process
 * down, as a guard against programs that run code of strangers, which this is not.
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
	/* A positive result is a thread that could not be given the filter. */
	return r > 0 ? result_int(env, -EBUSY) : result_call(env, r);
}

#endif

const struct export sandbox_exports[] = {
	{ "setNoNewPrivileges", set_no_new_privileges },
	{ "filterSystemCalls", filter_system_calls },
	{ NULL, NULL },
};
