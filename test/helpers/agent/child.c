/*
 * Starts a server on real pipes, feeds it, and knows when it has nothing left to do: it
 * sleeps waiting for input, its stdin pipe is empty and its stdout pipe is drained. A
 * clock only matters if a server hangs: each session has a time limit, after which the
 * agent ends it.
 */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Far longer than a session takes on a slow machine: the tester's longest take a few seconds. */
#define SESSION_SECONDS 60
#define ARGUMENTS_MAX 64
#define FILES 1024

struct plan {
	const char *exec, *cwd;
	char *argv[ARGUMENTS_MAX], *env[ARGUMENTS_MAX];
	int argc, envc;
	long uid, gid, file_size, files, seconds;
	int closed[3];
};

/* The fields are NUL-terminated texts: a letter, then its value. */
static void read_plan(struct plan *p, const char *fields, size_t length)
{
	*p = (struct plan) { .uid = -1, .gid = -1, .file_size = -1, .files = -1, .seconds = SESSION_SECONDS };
	for (const char *f = fields; f < fields + length; f += strlen(f) + 1) {
		char *value = (char *)f + 1;
		switch (*f) {
		case 'x': p->exec = value; break;
		case 'd': p->cwd = value; break;
		case 'a': if (p->argc < ARGUMENTS_MAX - 1) p->argv[p->argc++] = value; break;
		case 'e': if (p->envc < ARGUMENTS_MAX - 1) p->env[p->envc++] = value; break;
		case 'u': p->uid = atol(value); break;
		case 'g': p->gid = atol(value); break;
		case 's': p->file_size = atol(value); break;
		case 'n': p->files = atol(value); break;
		case 't': p->seconds = atol(value); break;
		case 'c': p->closed[atoi(value) % 3] = 1; break;
		}
	}
}

static void limit_file_size(long size)
{
	struct rlimit r = { (rlim_t)size, (rlim_t)size };

	/* Ignored, so that the limit shows as an errno and not as a signal. */
	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &r) < 0)
		die("setrlimit");
}

/* The soft limit: not everybody who may enter a mount namespace may raise the hard limit again. */
static void limit_files(long count)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		die("getrlimit");
	r.rlim_cur = (rlim_t)count;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		die("setrlimit");
}

static void become(struct plan *p, int in, int out, int errors) __attribute__((noreturn));
static void become(struct plan *p, int in, int out, int errors)
{
	gid_t group = (gid_t)p->gid;
	const int fds[3] = { in, out, errors };

	for (int fd = 0; fd < 3; fd++)
		if (dup2(fds[fd], fd) < 0)
			die("dup2");
	for (int fd = 0; fd < 3; fd++)
		if (p->closed[fd])
			close(fd);
	umask(022);
	signal(SIGPIPE, SIG_DFL);
	if (p->file_size >= 0)
		limit_file_size(p->file_size);
	if (chdir(p->cwd) < 0)
		die(p->cwd);
	if (p->gid >= 0 && (setgroups(1, &group) < 0 || setgid(group) < 0))
		die("setgid");
	if (p->uid >= 0 && setuid((uid_t)p->uid) < 0)
		die("setuid");
	execve(p->exec, p->argv, p->env);
	die(p->exec);
}

static void reap(struct child *c)
{
	int status;

	if (waitpid(c->pid, &status, 0) < 0)
		die("waitpid");
	c->pid = 0;
	if (strcmp(c->state, "alive") == 0)
		snprintf(c->state, sizeof c->state, WIFEXITED(status) ? "exit %d" : "signal %d",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

void child_kill(struct child *c)
{
	if (c->pid == 0)
		return;
	kill(-c->pid, SIGKILL);
	reap(c);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void child_start(struct child *c, const char *fields, size_t length)
{
	struct plan plan;
	int in[2], out[2];

	child_kill(c);
	close_fd(&c->in);
	close_fd(&c->out);
	close_fd(&c->errors);
	read_plan(&plan, fields, length);
	/* The agent takes the limit too: a child of sshd has the limits of its parent. */
	limit_files(plan.files >= 0 ? plan.files : FILES);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		die("pipe2");
	if ((c->errors = memfd_create("stderr", MFD_CLOEXEC)) < 0)
		die("memfd_create");
	fcntl(c->errors, F_SETFL, O_APPEND);
	if ((c->pid = fork()) < 0)
		die("fork");
	/* A process group of its own, in which its children are too; both set it, since either may run first. */
	setpgid(c->pid, c->pid);
	if (c->pid == 0)
		become(&plan, in[0], out[1], c->errors);
	close(in[0]);
	close(out[1]);
	c->in = in[1];
	c->out = out[0];
	fcntl(c->in, F_SETFL, O_NONBLOCK);
	fcntl(c->out, F_SETFL, O_NONBLOCK);
	strcpy(c->state, "alive");
	c->deadline = time(NULL) + plan.seconds;
	c->held = 0;
	c->read_size = 65536;
	c->output.length = c->datagrams.length = 0;
}

static void take_datagrams(struct child *c)
{
	uint8_t text[8192];
	ssize_t n;

	while ((n = recv(c->log, text, sizeof text, 0)) >= 0) {
		uint8_t head[4] = { 0, 0, (uint8_t)(n >> 8), (uint8_t)n };
		bytes_put(&c->datagrams, head, sizeof head);
		bytes_put(&c->datagrams, text, (size_t)n);
	}
}

/* Reads what is available. Returns nonzero when there was something, or when the server has ended. */
static int pump(struct child *c)
{
	uint8_t piece[65536];

	take_datagrams(c);
	if (c->out < 0 || c->held)
		return 0;
	ssize_t n = read(c->out, piece, c->read_size);
	if (n > 0) {
		bytes_put(&c->output, piece, (size_t)n);
		return 1;
	}
	if (n == 0) {
		/* The server's stdout is closed only when it ends. */
		close_fd(&c->out);
		if (c->pid > 0)
			reap(c);
		take_datagrams(c);
		return 1;
	}
	return 0;
}

/* Whether the session's time is over; if so, ends the server and reads what it wrote. */
static int has_hung(struct child *c)
{
	if (time(NULL) <= c->deadline)
		return 0;
	strcpy(c->state, "did not end");
	c->held = 0;
	child_kill(c);
	while (pump(c))
		;
	return 1;
}

static int read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/run/p/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, size - 1);
	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return n > 0;
}

/* Whether the server waits for input without a timeout: in poll, or in a read of stdin. */
static int in_waiting_call(pid_t pid)
{
	char text[128];
	unsigned long first, timeout;
	int number;

	if (!read_proc(pid, "syscall", text, sizeof text) ||
	    sscanf(text, "%d %lx %*x %lx", &number, &first, &timeout) != 3)
		return 0;
#ifdef SYS_poll
	if (number == SYS_poll)
		return (int)timeout < 0;
#endif
	return (number == SYS_ppoll && timeout == 0) || (number == SYS_read && first == 0);
}

static int is_asleep(pid_t pid)
{
	char text[512];
	const char *name_end;

	if (!read_proc(pid, "stat", text, sizeof text) || (name_end = strrchr(text, ')')) == NULL)
		return 0;
	return name_end[1] == ' ' && name_end[2] == 'S';
}

/*
 * A task that was woken but has not run yet still shows the call in which it slept
 * but is no longer asleep, so check for sleep first and then for the call. The
 * first check only saves work.
 */
static int awaits_input(pid_t pid)
{
	return in_waiting_call(pid) && is_asleep(pid) && in_waiting_call(pid);
}

static int is_idle(struct child *c)
{
	int waiting_in = 0, waiting_out = 0;

	/* Checked first, so that what the server wrote before it slept is in the pipe. */
	if (!awaits_input(c->pid))
		return 0;
	if (c->in >= 0)
		ioctl(c->in, FIONREAD, &waiting_in);
	ioctl(c->out, FIONREAD, &waiting_out);
	return waiting_in == 0 && waiting_out == 0;
}

static void wait_for(struct child *c, int want_idle)
{
	struct timespec pause = { 0, 20000 };

	c->held = 0;
	while (c->pid > 0 && !has_hung(c)) {
		if (pump(c)) {
			pause.tv_nsec = 20000;
			continue;
		}
		if (want_idle && is_idle(c))
			return;
		struct pollfd fds[2] = { { c->out, POLLIN, 0 }, { c->log, POLLIN, 0 } };
		ppoll(fds, 2, &pause, NULL);
		if (pause.tv_nsec < 1000000)
			pause.tv_nsec *= 2;
	}
}

void child_wait_idle(struct child *c)
{
	wait_for(c, 1);
}

void child_wait_exit(struct child *c)
{
	wait_for(c, 0);
}

void child_write(struct child *c, const uint8_t *data, size_t length)
{
	for (size_t sent = 0; sent < length && c->in >= 0 && c->pid > 0 && !has_hung(c);) {
		ssize_t n = write(c->in, data + sent, length - sent);
		if (n > 0) {
			sent += (size_t)n;
			continue;
		}
		if (errno == EPIPE)
			return;
		if (pump(c))
			continue;
		struct pollfd fds[3] = { { c->in, POLLOUT, 0 }, { c->held ? -1 : c->out, POLLIN, 0 }, { c->log, POLLIN, 0 } };
		/* A server that waits for its reader reads no more: end the hold then. */
		if (poll(fds, 3, 20) == 0)
			c->held = 0;
	}
}

void child_close_input(struct child *c)
{
	close_fd(&c->in);
}

void child_take_errors(struct child *c, struct bytes *to)
{
	struct stat st;

	if (c->errors < 0 || fstat(c->errors, &st) < 0 || st.st_size == 0)
		return;
	uint8_t *text = malloc((size_t)st.st_size);
	if (text == NULL || pread(c->errors, text, (size_t)st.st_size, 0) != st.st_size)
		die("stderr");
	bytes_put(to, text, (size_t)st.st_size);
	free(text);
}
