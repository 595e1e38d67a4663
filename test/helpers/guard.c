/*
 * guard SECONDS PROGRAM [ARGUMENT ...]: runs the program. When it has ended or the time
 * is over, ends everything that it has started and that still runs.
 *
 * It is a child subreaper (prctl(2)), so orphans become its children, whatever session or
 * process group they have moved to. Reports on stderr what it had to end. Its status is
 * the program's, 124 if the time was over, or 128 plus the signal's number if the program
 * died by a signal. It ends with its own parent. As root it gives the program a mount
 * namespace, so that mounts that were left behind disappear, too.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIME_IS_OVER 124
#define COMMAND_SHOWN 120
#define GRACE_SECONDS 2

static void die(const char *what)
{
	fprintf(stderr, "guard: %s: %s\n", what, strerror(errno));
	exit(125);
}

/* Reads a small file of procfs completely and adds a NUL. Returns its length, or -1. */
static ssize_t read_proc(long pid, const char *name, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, text, size - 1);
	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return n;
}

/* The parent of a process that is not a zombie, or 0. */
static long parent_of(long pid)
{
	char text[1024], state;
	long parent;

	if (read_proc(pid, "stat", text, sizeof text) <= 0)
		return 0;
	char *name_end = strrchr(text, ')');
	if (name_end == NULL || sscanf(name_end + 1, " %c %ld", &state, &parent) != 2)
		return 0;
	return state == 'Z' ? 0 : parent;
}

static void tell(long pid)
{
	char command[COMMAND_SHOWN];
	ssize_t n = read_proc(pid, "cmdline", command, sizeof command);

	for (ssize_t i = 0; i + 1 < n; i++)
		if (command[i] == 0 || command[i] == '\n')
			command[i] = ' ';
	fprintf(stderr, "guard: ended process %ld, left running: %s\n", pid, n > 0 ? command : "?");
}

/* Kills this process's present children and reports them. Returns their number. */
static int kill_children(void)
{
	DIR *dir = opendir("/proc");
	int count = 0;

	if (dir == NULL)
		die("/proc");
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		long pid = atol(e->d_name);
		if (pid <= 0 || parent_of(pid) != (long)getpid())
			continue;
		tell(pid);
		kill((pid_t)pid, SIGKILL);
		count++;
	}
	closedir(dir);
	return count;
}

/* Waits up to GRACE_SECONDS until no child is left, since some may still be ending. */
static void await_last(const sigset_t *set)
{
	struct timespec grace = { GRACE_SECONDS, 0 };
	pid_t pid;

	do {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
	} while (pid == 0 && sigtimedwait(set, NULL, &grace) == SIGCHLD);
}

/* Ends all descendants: each round makes the orphans of the last one children. */
static void end_all(void)
{
	for (int count; (count = kill_children()) > 0;)
		while (count-- > 0)
			waitpid(-1, NULL, 0);
}

/* Without the privilege, the program stays in the present namespace. */
static void enter_mount_namespace(void)
{
	if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0)
		mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
}

int main(int argc, char **argv)
{
	struct timespec left = { 0 };
	sigset_t set, before;
	pid_t parent = getppid();
	int status = 0, result = TIME_IS_OVER, is_over = 0;

	if (argc < 3 || (left.tv_sec = atol(argv[1])) <= 0) {
		fprintf(stderr, "usage: guard SECONDS PROGRAM [ARGUMENT ...]\n");
		return 125;
	}
	sigemptyset(&set);
	const int handled[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP };
	for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++)
		sigaddset(&set, handled[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		die("prctl");
	if (getppid() != parent)
		return 125;
	enter_mount_namespace();
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(argv[2], argv + 2);
		die(argv[2]);
	}
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	const time_t end = now.tv_sec + left.tv_sec;
	while (!is_over) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = (struct timespec) { end > now.tv_sec ? end - now.tv_sec : 0, 0 };
		int signal = sigtimedwait(&set, NULL, &left);
		if (signal < 0 && errno == EAGAIN) {
			fprintf(stderr, "guard: still running after %s seconds, and ended: %s\n", argv[1], argv[argc - 1]);
			break;
		}
		if (signal > 0 && signal != SIGCHLD) {
			result = 128 + signal;
			break;
		}
		for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
			if (pid == child) {
				result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
				is_over = 1;
			}
	}
	if (is_over)
		await_last(&set);
	end_all();
	return result;
}
