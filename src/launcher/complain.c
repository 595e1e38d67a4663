/* Logs one line about a failed start to the places of the server's own errors. */
#include "launcher.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 1024

const char *program_name = "sftp-server";
pid_t session_pid;

/* syslog(3) can wait for a full socket; this drops the line instead. */
static void
send_to_syslog(const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	char line[LINE_BYTES + 128], when[32] = "";
	time_t now = time(NULL);
	struct tm fields;
	int fd, length;

	if (localtime_r(&now, &fields) != NULL)
		strftime(when, sizeof(when), "%h %e %T", &fields);
	length = snprintf(line, sizeof(line), "<%d>%s %.64s[%d]: %s", LOG_AUTH | LOG_CRIT, when,
	    program_name, (int)session_pid, text);
	if (length < 0)
		return;
	if ((size_t)length >= sizeof(line))
		length = sizeof(line) - 1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		(void)!send(fd, line, (size_t)length, MSG_NOSIGNAL);
	close(fd);
}

void
complain(const char *format, ...)
{
	char text[LINE_BYTES];
	va_list list;
	int flags;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	send_to_syslog(text);
	/* A pipe that nobody reads must not block the process. */
	flags = fcntl(STDERR_FILENO, F_GETFL);
	if (flags != -1 && fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK) == 0) {
		dprintf(STDERR_FILENO, "%s: %s\r\n", program_name, text);
		(void)fcntl(STDERR_FILENO, F_SETFL, flags);
	}
}
