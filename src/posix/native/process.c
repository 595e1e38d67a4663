/* The process itself: tracing, limits, signals, the syslog socket, the end. */
#include "addon.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* After this many closed descriptors in a row, no further open ones are expected. */
#define LONG_GAP 32

/* setUndumpable(): only root may trace this process or open its /proc/PID/mem. */
static napi_value
set_undumpable(napi_env env, napi_callback_info info)
{
	struct call c;

	call_begin(&c, env, info, 0);
	return c.failed ? NULL : result_call(env, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

/* nofileLimit(words): soft and hard RLIMIT_NOFILE, high word first. */
static napi_value
nofile_limit(napi_env env, napi_callback_info info)
{
	struct call c;
	uint32_t *words;
	struct rlimit limit;

	call_begin(&c, env, info, 1);
	words = arg_words(&c, 0, 4);
	if (c.failed)
		return NULL;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return result_call(env, -1);
	words[0] = (uint32_t)((uint64_t)limit.rlim_cur >> 32);
	words[1] = (uint32_t)limit.rlim_cur;
	words[2] = (uint32_t)((uint64_t)limit.rlim_max >> 32);
	words[3] = (uint32_t)limit.rlim_max;
	return result_int(env, 0);
}

/* endLaunch(): cancels the launcher's alarm, and lets the kernel reap the launcher's
 * watch, a child of this process, when it ends. */
static napi_value
end_launch(napi_env env, napi_callback_info info)
{
	const struct sigaction forgets = { .sa_handler = SIG_IGN };
	struct call c;

	call_begin(&c, env, info, 0);
	if (c.failed)
		return NULL;
	(void)alarm(0);
	return result_call(env, sigaction(SIGCHLD, &forgets, NULL));
}

/* isListening(): 1 if a socket of this process accepts connections, which a file
 * server never needs; otherwise 0. node's descriptors have consecutive numbers, so the
 * search ends at the first long gap. */
static napi_value
is_listening(napi_env env, napi_callback_info info)
{
	struct call c;
	int listening = 0;

	call_begin(&c, env, info, 0);
	if (c.failed)
		return NULL;
	for (int fd = STDERR_FILENO + 1, missing = 0; missing < LONG_GAP && !listening; fd++) {
		socklen_t size = sizeof(listening);

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == -1) {
			listening = 0;
			missing = errno == EBADF ? missing + 1 : 0;
		} else
			missing = 0;
	}
	return result_int(env, listening != 0);
}

/* strerror(errno): the C library's message. */
static napi_value
do_strerror(napi_env env, napi_callback_info info)
{
	struct call c;
	napi_value text;
	int number;

	call_begin(&c, env, info, 1);
	number = arg_int(&c, 0, 0, INT32_MAX);
	if (c.failed ||
	    napi_create_string_latin1(env, strerror(number), NAPI_AUTO_LENGTH, &text) != napi_ok)
		return NULL;
	return text;
}

static int null_fd = -1;
static uint32_t unwatched_signal;
volatile uint32_t *signal_word = &unwatched_signal;

/*
 * The server waits in a blocking read of standard input. A signal that arrives just
 * before the read would go unnoticed until the next input. Replacing the input with
 * /dev/null makes the read return at once, whether it has begun (EINTR) or not (end of
 * file).
 */
static void
on_signal(int number)
{
	int saved = errno;

	*signal_word = (uint32_t)number;
	if (null_fd != -1)
		(void)dup2(null_fd, STDIN_FILENO);
	errno = saved;
}

/* catchSignals(): records SIGHUP and SIGTERM in the signal word (fast.c pin). Signals
 * that the parent ignored stay ignored. SIGUSR1 ends the process, as it ends OpenSSH's:
 * node's own handler would open its debugger on a TCP port, to every user of the
 * machine. */
static napi_value
catch_signals(napi_env env, napi_callback_info info)
{
	static const int numbers[] = { SIGHUP, SIGTERM };
	const struct sigaction ends = { .sa_handler = SIG_DFL };
	struct call c;

	call_begin(&c, env, info, 0);
	if (c.failed)
		return NULL;
	if (null_fd == -1 && (null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) == -1)
		return result_call(env, -1);
	/*
	 * sftp -D starts a server with SIGINT ignored, so that an interrupt at the
	 * prompt ends a transfer but not the session. node resets that.
	 */
	if (!isatty(STDIN_FILENO) && signal(SIGINT, SIG_IGN) == SIG_ERR)
		return result_call(env, -1);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction action;

		if (sigaction(numbers[i], NULL, &action) == -1)
			return result_call(env, -1);
		if (action.sa_handler == SIG_IGN)
			continue;
		memset(&action, 0, sizeof(action));
		action.sa_handler = on_signal;
		if (sigaction(numbers[i], &action, NULL) == -1)
			return result_call(env, -1);
	}
	/* Does not ask for the old action, which the launcher's filter would not return. */
	if (sigaction(SIGUSR1, &ends, NULL) == -1)
		return result_call(env, -1);
	return result_int(env, 0);
}

/* exit(status): exits at once, without node's clean-up. */
static napi_value
do_exit(napi_env env, napi_callback_info info)
{
	struct call c;
	int status;

	call_begin(&c, env, info, 1);
	status = arg_int(&c, 0, 0, 255);
	if (!c.failed)
		_exit(status);
	return NULL;
}

/* exitBySignal(number): dies of the signal as if it were not caught. */
static napi_value
exit_by_signal(napi_env env, napi_callback_info info)
{
	struct call c;
	sigset_t only;
	int number;

	call_begin(&c, env, info, 1);
	number = arg_int(&c, 0, 1, SIGRTMIN - 1);
	if (c.failed)
		return NULL;
	signal(number, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	_exit(128 + number);
}

static int syslog_fd = -1;

/* Connects the syslog socket unless it is connected; returns 0 or -1. */
static int
syslog_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int saved;

	if (syslog_fd != -1)
		return 0;
	syslog_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (syslog_fd == -1)
		return -1;
	if (connect(syslog_fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	saved = errno;
	close(syslog_fd);
	syslog_fd = -1;
	errno = saved;
	return -1;
}

/* syslogSend(buffer, offset, length): sends one datagram without blocking. If the other
 * end of the socket has gone, connects again once. */
static napi_value
syslog_send(napi_env env, napi_callback_info info)
{
	struct call c;
	struct bytes message;
	ssize_t n = -1;

	call_begin(&c, env, info, 3);
	message = arg_range(&c, 0);
	if (c.failed)
		return NULL;
	for (int attempt = 0; attempt < 2; attempt++) {
		if (syslog_connect() == -1)
			return result_call(env, -1);
		n = send(syslog_fd, message.data, message.length, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n != -1 || errno == EAGAIN || errno == ENOBUFS || errno == EMSGSIZE)
			break;
		int saved = errno;
		close(syslog_fd);
		syslog_fd = -1;
		errno = saved;
	}
	return result_call(env, n);
}

const struct export process_exports[] = {
	{ "setUndumpable", set_undumpable },
	{ "nofileLimit", nofile_limit },
	{ "endLaunch", end_launch },
	{ "isListening", is_listening },
	{ "strerror", do_strerror },
	{ "catchSignals", catch_signals },
	{ "exit", do_exit },
	{ "exitBySignal", exit_by_signal },
	{ "syslogSend", syslog_send },
	{ NULL, NULL },
};
