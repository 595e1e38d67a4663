/*
 * The watch over a start: a process that waits until the server runs its first line, and
 * logs why a session ended or hung before that. node logs nothing to syslog, and under
 * some limits prints nothing at all.
 */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define REASON_BYTES 512
#define MIB (1024 * 1024)

/* " (limits: ...)", or empty if no limit can be the reason. */
static void
describe_limits(char *text, size_t size)
{
	static const struct {
		int resource;
		const char *name, *unit;
		rlim_t divisor, plenty;
	} kinds[] = {
		{ RLIMIT_AS, "address space", " MiB", MIB, 4096 },
		{ RLIMIT_DATA, "data", " MiB", MIB, 4096 },
		{ RLIMIT_NPROC, "processes", "", 1, 1024 },
		{ RLIMIT_NOFILE, "open files", "", 1, 64 },
	};
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct rlimit limit;

		if (getrlimit(kinds[i].resource, &limit) == -1 || limit.rlim_cur == RLIM_INFINITY ||
		    limit.rlim_cur / kinds[i].divisor > kinds[i].plenty)
			continue;
		length += (size_t)snprintf(text + length, size - length, "%s%s %llu%s",
		    length == 0 ? " (limits: " : ", ", kinds[i].name,
		    (unsigned long long)(limit.rlim_cur / kinds[i].divisor), kinds[i].unit);
	}
	if (length != 0)
		snprintf(text + length, size - length, ")");
}

/* Reads what the server writes until it closes the pipe; "." means that it runs. -1 if time runs out. */
static int
read_report(int fd, char *report, size_t size)
{
	size_t length = 0;

	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int count = poll(&ready, 1, START_SECONDS * 1000);
		ssize_t n;

		if (count == -1 && errno == EINTR)
			continue;
		if (count == 0)
			return -1;
		n = read(fd, report + length, size - 1 - length);
		if (n == -1 && errno == EINTR)
			continue;
		if (n > 0)
			length += (size_t)n;
		report[length] = '\0';
		if (n <= 0 || length == size - 1 || report[0] == '.')
			return 0;
	}
}

static void
watch(int fd)
{
	char report[REASON_BYTES], limits[256];

	describe_limits(limits, sizeof(limits));
	if (read_report(fd, report, sizeof(report)) == -1) {
		complain("cannot start: node hangs and was killed after %d s%s", START_SECONDS, limits);
		/* The parent still has the pipe's other end, so the process id is still its own. */
		kill(session_pid, SIGKILL);
	} else if (report[0] == '\0')
		complain("cannot start: node ended before it ran the server%s", limits);
	else if (report[0] != '.')
		complain("cannot start: %s", report);
}

int
start_watch(void)
{
	pid_t child;
	int ends[2];

	if (pipe(ends) == -1)
		return -1;
	/* A child of the future server, which lets the kernel reap it (takeOver). */
	child = fork();
	if (child == 0) {
		close(ends[1]);
		close(STDIN_FILENO);
		close(STDOUT_FILENO);
		watch(ends[0]);
		_exit(0);
	}
	close(ends[0]);
	if (child != -1)
		return ends[1];
	close(ends[1]);
	return -1;
}
