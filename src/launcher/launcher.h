/*
 * The parts of the launcher, which sshd starts in an installed server and which then
 * executes node. It reads nothing from the client.
 */
#ifndef SFTP_LAUNCHER_H
#define SFTP_LAUNCHER_H

#define _GNU_SOURCE
#include <stdbool.h>
#include <sys/types.h>

/* OpenSSH's exit status after a fatal error (log.c cleanup_exit). */
#define EXIT_FATAL 255

/* A server that has not run its first line by then hangs. */
#ifndef START_SECONDS
#define START_SECONDS 30
#endif

/* The name and process id in log lines: the session's. */
extern const char *program_name;
extern pid_t session_pid;

/* Logs one line to syslog (auth.crit) and standard error without blocking. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* environ for node: the variables that OpenSSH's server reads, and the allocator's. */
char **session_environment(void);

/* Makes the kernel keep SIGUSR1's disposition, so that it can't open node's debugger. */
void fix_sigusr1(void);

/* Whether `count` more threads can be started now. */
bool threads_available(int count);

/*
 * Starts a process that waits until the server runs, and logs a line if it does not.
 * Returns the descriptor to which the server writes "." when it runs, or else the
 * reason; -1 if the process can't be started.
 */
int start_watch(void);

#endif
