/*
 * Landlock: limits what the process may do to files to what a set of rules grants,
 * whatever path, link or race leads to them. The caller chooses directories and rights
 * and checks that the kernel supports them.
 */
#include "addon.h"
#include "syscall-numbers.h"

#include <dirent.h>
#include <linux/landlock.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * A signal that both C libraries reserve (glibc for setuid, musl for cancelling), so no
 * thread can block it through them; node has a thread that blocks all others. It is
 * borrowed before the session serves anything.
 */
#define BORROWED_SIGNAL 33
/* The kernel's struct sigaction; its layout depends on the machine. */
#define KERNEL_SIGACTION_BYTES 64
#define KERNEL_SIGSET_BYTES 8
#define THREADS_MAX 1024

/* The kernel's struct landlock_ruleset_attr, of which older headers have only a part. */
struct ruleset {
	uint64_t files;
	uint64_t network; /* since ABI 4 */
	uint64_t scopes;  /* since ABI 6 */
};

/* landlockAbi(): the kernel's version of Landlock. */
static napi_value
landlock_abi(napi_env env, napi_callback_info info)
{
	struct call c;

	call_begin(&c, env, info, 0);
	if (c.failed)
		return NULL;
	return result_call(env,
	    syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

/*
 * landlockCreate(files, network, scopes): returns the descriptor of a set that denies
 * these rights, and limits to the process what the scopes name. Rights that the kernel's
 * ABI lacks must be 0.
 */
static napi_value
landlock_create(napi_env env, napi_callback_info info)
{
	struct ruleset rules = { 0 };
	struct call c;
	size_t size;

	call_begin(&c, env, info, 3);
	rules.files = arg_uint(&c, 0);
	rules.network = arg_uint(&c, 1);
	rules.scopes = arg_uint(&c, 2);
	if (c.failed)
		return NULL;
	/* Older kernels refuse a larger struct than they know. */
	size = rules.scopes != 0 ? sizeof(rules) :
	    rules.network != 0	 ? offsetof(struct ruleset, scopes) :
				   offsetof(struct ruleset, network);
	return result_call(env, syscall(NR_LANDLOCK_CREATE_RULESET, &rules, size, 0));
}

/* landlockAllow(set, directory, rights): grants the rights beneath an open directory. */
static napi_value
landlock_allow(napi_env env, napi_callback_info info)
{
	struct landlock_path_beneath_attr rule = { 0 };
	struct call c;
	int set;

	call_begin(&c, env, info, 3);
	set = arg_int(&c, 0, -1, INT32_MAX);
	rule.parent_fd = arg_int(&c, 1, -1, INT32_MAX);
	rule.allowed_access = arg_uint(&c, 2);
	if (c.failed)
		return NULL;
	return result_call(env,
	    syscall(NR_LANDLOCK_ADD_RULE, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0));
}

static int rules_fd;
static int thread_errno;
static sem_t thread_done;

static int
restrict_this_thread(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    syscall(NR_LANDLOCK_RESTRICT_SELF, rules_fd, 0) == -1)
		return errno;
	return 0;
}

static void
on_borrowed_signal(int number)
{
	int saved = errno;

	(void)number;
	thread_errno = restrict_this_thread();
	sem_post(&thread_done);
	errno = saved;
}

/* Makes the thread restrict itself and waits for it; returns 0 or an errno. */
static int
restrict_thread(pid_t tid)
{
	if (syscall(SYS_tgkill, getpid(), tid, BORROWED_SIGNAL) == -1)
		return errno == ESRCH ? 0 : errno;
	for (;;) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 10 * 1000 * 1000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (sem_timedwait(&thread_done, &until) == 0)
			return thread_errno;
		/* A thread that has ended never receives the signal. */
		if (syscall(SYS_tgkill, getpid(), tid, 0) == -1 && errno == ESRCH)
			return 0;
	}
}

/* Restricts the threads that are not among `done`; returns their number, or -errno. */
static int
restrict_new_threads(pid_t *done, size_t *count)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *entry;
	int found = 0, error = 0;

	if (tasks == NULL)
		return -errno;
	while (error == 0 && (entry = readdir(tasks)) != NULL) {
		pid_t tid = atoi(entry->d_name);
		size_t i = 0;

		while (i < *count && done[i] != tid)
			i++;
		if (tid == 0 || i < *count)
			continue;
		if (*count == THREADS_MAX) {
			error = E2BIG;
			break;
		}
		done[(*count)++] = tid;
		found++;
		error = restrict_thread(tid);
	}
	closedir(tasks);
	return error != 0 ? -error : found;
}

/* Repeats until it finds no new thread. Threads started by a restricted one are
 * restricted from the beginning. */
static int
restrict_other_threads(void)
{
	static pid_t done[THREADS_MAX];
	size_t count = 0;
	int found;

	done[count++] = (pid_t)syscall(SYS_gettid);
	do
		found = restrict_new_threads(done, &count);
	while (found > 0);
	return found;
}

static long
kernel_sigaction(int number, const void *set, void *old)
{
	return syscall(SYS_rt_sigaction, number, set, old, KERNEL_SIGSET_BYTES);
}

/*
 * Installs the handler for the borrowed signal, which the C library's sigaction refuses.
 * So the handler is first installed for another signal; then the action is read back
 * from the kernel and installed for the borrowed one. `old` gets the previous action.
 */
static int
borrow_signal(void *old)
{
	unsigned char in_kernel[KERNEL_SIGACTION_BYTES];
	struct sigaction action, before;
	long r;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_borrowed_signal;
	action.sa_flags = SA_RESTART;
	sigfillset(&action.sa_mask);
	if (sigaction(SIGRTMAX, &action, &before) == -1)
		return -1;
	r = kernel_sigaction(SIGRTMAX, NULL, in_kernel);
	if (sigaction(SIGRTMAX, &before, NULL) == -1 || r == -1)
		return -1;
	return (int)kernel_sigaction(BORROWED_SIGNAL, in_kernel, old);
}

/*
 * landlockRestrict(set): every thread gives up the handled rights that the set does not
 * grant. landlock_restrict_self(2) restricts one thread, and V8's threads already exist,
 * so each of them is made to call it, as the C library does for setuid.
 */
static napi_value
landlock_restrict(napi_env env, napi_callback_info info)
{
	unsigned char before[KERNEL_SIGACTION_BYTES];
	struct call c;
	int r;

	call_begin(&c, env, info, 1);
	rules_fd = arg_int(&c, 0, -1, INT32_MAX);
	if (c.failed)
		return NULL;
	if (sem_init(&thread_done, 0, 0) == -1 || borrow_signal(before) == -1)
		return result_call(env, -1);
	r = restrict_other_threads();
	kernel_sigaction(BORROWED_SIGNAL, before, NULL);
	if (r == 0)
		r = -restrict_this_thread();
	return result_int(env, r);
}

const struct export landlock_exports[] = {
	{ "landlockAbi", landlock_abi },
	{ "landlockCreate", landlock_create },
	{ "landlockAllow", landlock_allow },
	{ "landlockRestrict", landlock_restrict },
	{ NULL, NULL },
};
