/*
 * On SIGUSR1, node opens its debugger, a TCP port that every user of the machine can
 * connect to. It installs the handler before any script runs and resets ignored signals,
 * so setting the signal's disposition here would not last. A filter makes the kernel
 * keep it.
 */
#include "launcher.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

/* Both machines are little-endian: the lower half of an argument comes first. */
#define ARGUMENT(i) (offsetof(struct seccomp_data, args) + 8 * (i))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define EQUAL(value, jt, jf) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), jt, jf)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))

/* rt_sigaction(SIGUSR1, anything but NULL, ...) does nothing and returns 0. */
static struct sock_filter filter[] = {
	LOAD(offsetof(struct seccomp_data, arch)), EQUAL(ARCHITECTURE, 0, 8),
	LOAD(offsetof(struct seccomp_data, nr)), EQUAL(SYS_rt_sigaction, 0, 6),
	LOAD(ARGUMENT(0)), EQUAL(SIGUSR1, 0, 4),
	LOAD(ARGUMENT(1)), EQUAL(0, 0, 3),
	LOAD(ARGUMENT(1) + 4), EQUAL(0, 0, 1),
	RETURN(SECCOMP_RET_ALLOW),
	RETURN(SECCOMP_RET_ERRNO | 0),
};

void
fix_sigusr1(void)
{
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};
	unsigned flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	/* On a kernel without filters, the server itself refuses to run with an open debugger. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == -1 && errno == EINVAL)
		(void)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

#else

void
fix_sigusr1(void)
{
}

#endif
