/* Start-up, and programs that are measured as a whole. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void run_start(struct server *server, const struct options *options, char **arguments, struct result *result)
{
	(void)arguments;
	server_spawn(server, options->socket);
	server->before.wall_ns = server->spawned_ns;
	talk_init(server);
	server_stop_meters(server, result);
	result->requests = 1;
	server_end(server, result);
}

static uint64_t time_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

// Counts the program's own children too, where it has waited for them: of
// `sftp -D SERVER` that is the server.
static void run_whole(struct server *server, struct result *result, bool is_wrapped)
{
	struct rusage usage;
	int status;
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	if (!is_wrapped)
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	uint64_t started_ns = now_ns();
	int error = posix_spawnp(&server->pid, server->argv[0], &actions, NULL, server->argv, environ);
	if (error != 0) {
		server->pid = 0;
		fail("%s: %s", server->argv[0], strerror(error));
	}
	if (is_wrapped) {
		// The server's end of the pipes is the only one that may keep them open.
		close(0);
		close(1);
		signal(SIGHUP, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
	}
	while (wait4(server->pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			fail("wait4: %s", strerror(errno));
	server->pid = 0;
	server->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	result->wall_ns = now_ns() - started_ns;
	result->user_ns = time_ns(usage.ru_utime);
	result->system_ns = time_ns(usage.ru_stime);
	result->cpu_ns = result->user_ns + result->system_ns;
	result->switches = (uint64_t)usage.ru_nvcsw;
	result->peak_kib = (uint64_t)usage.ru_maxrss;
	result->requests = 1;
}

void run_program(struct server *server, const struct options *options, char **arguments, struct result *result)
{
	(void)options;
	(void)arguments;
	run_whole(server, result, false);
}

void run_wrapped(struct server *server, const struct options *options, char **arguments, struct result *result)
{
	(void)options;
	(void)arguments;
	run_whole(server, result, true);
}
