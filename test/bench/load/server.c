/*
 * The server's process: its start, the resources it has used, and its end. CPU time comes
 * from the kernel's clock of the process, which counts all its threads in nanoseconds. The
 * split into user and system time is only in /proc, which other users can't read for a
 * process that isn't dumpable.
 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec time;
	if (clock_gettime(clock, &time) < 0)
		fail("clock_gettime: %s", strerror(errno));
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static void new_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe: %s", strerror(errno));
}

void server_spawn(struct server *server, bool on_socket)
{
	int input[2], output[2], errors[2];
	if (on_socket) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) < 0)
			fail("socketpair: %s", strerror(errno));
		output[1] = input[0];
		output[0] = input[1];
	} else {
		new_pipe(input);
		new_pipe(output);
	}
	new_pipe(errors);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input[0], 0);
	posix_spawn_file_actions_adddup2(&actions, output[1], 1);
	posix_spawn_file_actions_adddup2(&actions, errors[1], 2);
	posix_spawnattr_t attributes;
	posix_spawnattr_init(&attributes);
	sigset_t defaults;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	server->spawned_ns = now_ns();
	int error = posix_spawnp(&server->pid, server->argv[0], &actions, &attributes, server->argv, environ);
	if (error != 0) {
		server->pid = 0;
		fail("%s: %s", server->argv[0], strerror(error));
	}
	close(input[0]);
	if (!on_socket)
		close(output[1]);
	close(errors[1]);
	server->to = input[1];
	server->from = output[0];
	server->errors = errors[0];
}

static bool in_proc(const struct server *server, const char *name, char *text, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)server->pid, name);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return false;
	size_t length = fread(text, 1, size - 1, file);
	text[length] = '\0';
	fclose(file);
	return length > 0;
}

static uint64_t status_number(const char *status, const char *label)
{
	const char *line = strstr(status, label);
	return line == NULL ? 0 : strtoull(line + strlen(label), NULL, 10);
}

static void read_meters(const struct server *server, struct result *meters)
{
	clockid_t clock;
	if (clock_getcpuclockid(server->pid, &clock) == 0)
		meters->cpu_ns = clock_ns(clock);
	meters->load_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct rusage own;
	getrusage(RUSAGE_SELF, &own);
	meters->load_switches = (uint64_t)own.ru_nvcsw;
	char text[4096];
	unsigned long long user, system;
	if (in_proc(server, "stat", text, sizeof text) && strrchr(text, ')') != NULL &&
		sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) == 2) {
		uint64_t tick_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
		meters->user_ns = user * tick_ns;
		meters->system_ns = system * tick_ns;
	}
	if (in_proc(server, "status", text, sizeof text)) {
		meters->switches = status_number(text, "\nvoluntary_ctxt_switches:");
		meters->peak_kib = status_number(text, "\nVmHWM:");
	}
	meters->wall_ns = now_ns();
}

void server_start_meters(struct server *server)
{
	read_meters(server, &server->before);
}

void server_stop_meters(struct server *server, struct result *result)
{
	uint64_t stopped_ns = now_ns();
	struct result after = {0};
	read_meters(server, &after);
	result->wall_ns = stopped_ns - server->before.wall_ns;
	result->cpu_ns = after.cpu_ns - server->before.cpu_ns;
	result->user_ns = after.user_ns - server->before.user_ns;
	result->system_ns = after.system_ns - server->before.system_ns;
	result->load_cpu_ns = after.load_cpu_ns - server->before.load_cpu_ns;
	result->switches = after.switches - server->before.switches;
	result->load_switches = after.load_switches - server->before.load_switches;
	result->peak_kib = after.peak_kib;
}

static uint64_t time_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

void server_stop_at_end(struct server *server, struct result *result)
{
	const struct result before = server->before;
	struct result stopped = *result;
	struct rusage usage;
	server_stop_meters(server, &stopped);
	usage = server_end(server, &stopped);
	stopped.wall_ns = now_ns() - before.wall_ns;
	stopped.cpu_ns = time_ns(usage.ru_utime) + time_ns(usage.ru_stime) - before.cpu_ns;
	*result = stopped;
}

struct rusage server_end(struct server *server, struct result *result)
{
	close(server->to);
	struct rusage usage;
	int status;
	while (wait4(server->pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			fail("wait4: %s", strerror(errno));
	// Not every server thinks that the end of its input is a success.
	if (WIFSIGNALED(status))
		fail("signal %d ended the server", WTERMSIG(status));
	server->pid = 0;
	// If /proc can't be read. This also counts the child before its exec.
	if (result->peak_kib == 0)
		result->peak_kib = (uint64_t)usage.ru_maxrss;
	return usage;
}

void server_hung_up(struct server *server)
{
	int status;
	if (waitpid(server->pid, &status, 0) != server->pid)
		fail("the server hung up");
	server->pid = 0;
	bool by_signal = WIFSIGNALED(status);
	fail("the server hung up: %s %d", by_signal ? "signal" : "exit status",
		by_signal ? WTERMSIG(status) : WEXITSTATUS(status));
}

void server_abandon(struct server *server)
{
	if (server->pid != 0)
		kill(server->pid, SIGKILL);
	server->pid = 0;
	if (server->errors == 0)
		return;
	// What it started itself may live on, with all of its descriptors.
	close(server->to);
	close(server->from);
	fcntl(server->errors, F_SETFL, O_NONBLOCK);
	char text[4096];
	ssize_t length = read(server->errors, text, sizeof text);
	if (length > 0)
		fwrite(text, 1, (size_t)length, stderr);
}
