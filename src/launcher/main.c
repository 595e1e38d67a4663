/*
 * The executable of an installed sftp-server: prepares the process and executes node.
 *
 * node obeys environment variables, opens a debugger on a signal, raises a limit that
 * the server must report, starts more threads than a session needs, and hangs silently
 * if it can't start them. This program prevents all of that before node runs.
 *
 * NODE is the absolute path of node, SCRIPT that of the server's first script, and
 * NODE_FLAGS a list of further strings, each followed by a comma.
 */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* install-system.cjs looks for it in files that it replaces or removes. */
__attribute__((used)) static const char mark[] = "sftp-subsystem";

/* The scheduler of delayed tasks and one worker, without which node hangs. */
#define THREADS_NEEDED 2
/* With one that waits for SIGUSR1, which node does not need. */
#define THREADS_WANTED 3
/* With at least this limit of processes, threads are not tried. */
#define PLENTY_OF_PROCESSES 4096
/* Descriptors that node 26 has open when its first script runs, and a few for the server. */
#define DESCRIPTORS_NEEDED 26
/* V8 reserves address space for compiled code; less than this is too little. */
#define COMPILER_BYTES ((rlim_t)1280 * 1024 * 1024)

/* Opens descriptors 0, 1 and 2 if necessary, like OpenSSH's sanitise_stdfd(), and closes all others. */
static void
settle_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
#ifdef SYS_close_range
	(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
#else
	close(fd);
#endif
}

/* The soft limit of open files, which node will raise to the hard one. */
static unsigned long long
check_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 0;
	if (limit.rlim_max < DESCRIPTORS_NEEDED) {
		complain("cannot start: %d open files are needed, but the hard limit is %llu",
		    DESCRIPTORS_NEEDED, (unsigned long long)limit.rlim_max);
		_exit(EXIT_FATAL);
	}
	return (unsigned long long)limit.rlim_cur;
}

/*
 * Returns the watch's descriptor, or -1; ends the program if node would hang. Threads
 * are tried only if few processes are permitted, since that costs more than the watch.
 */
static int
check_processes(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NPROC, &limit) == -1 || limit.rlim_cur >= PLENTY_OF_PROCESSES)
		return start_watch();
	/* One more, for the watching process. */
	if (threads_available(THREADS_WANTED + 1))
		return start_watch();
	if (threads_available(THREADS_NEEDED))
		return -1;
	complain("cannot start: %d threads are needed, but the limit of processes is reached",
	    THREADS_NEEDED + 1);
	_exit(EXIT_FATAL);
}

static bool
has_room_for_compiler(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_AS, &limit) == -1 || limit.rlim_cur >= COMPILER_BYTES;
}

int
main(int argc, char **argv)
{
	static const char *const flags[] = { "--v8-pool-size=0", NODE_FLAGS };
	size_t flag_count = sizeof(flags) / sizeof(flags[0]), count = 0;
	char launched[64];
	char **arguments;
	unsigned long long open_files;
	int watch;

	session_pid = getpid();
	if (argc > 0 && argv[0][0] != '\0') {
		const char *slash = strrchr(argv[0], '/');

		program_name = slash == NULL ? argv[0] : slash + 1;
	}
	settle_descriptors();
	/* The last resort. The server cancels it first. */
	alarm(START_SECONDS + 1);
	open_files = check_descriptor_limit();
	arguments = calloc((size_t)argc + flag_count + 5, sizeof(*arguments));
	if (arguments == NULL) {
		complain("cannot start: out of memory");
		return EXIT_FATAL;
	}
	watch = check_processes();
	snprintf(launched, sizeof(launched), "--launched=%llu,%d", open_files, watch);
	fix_sigusr1();

	arguments[count++] = argc > 0 ? argv[0] : (char *)program_name;
	for (size_t i = 0; i < flag_count; i++)
		arguments[count++] = (char *)flags[i];
	if (!has_room_for_compiler())
		arguments[count++] = (char *)"--jitless";
	arguments[count++] = (char *)SCRIPT;
	arguments[count++] = launched;
	for (int i = 1; i < argc; i++)
		arguments[count++] = argv[i];
	execve(NODE, arguments, session_environment());
	if (watch == -1)
		complain("cannot start: %s: %s", NODE, strerror(errno));
	else
		dprintf(watch, "%s: %s", NODE, strerror(errno));
	_exit(EXIT_FATAL);
}
