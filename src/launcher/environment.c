/*
 * The environment of a session. sshd lets clients and users set variables where
 * AcceptEnv or PermitUserEnvironment say so, and node and its libraries run code
 * or read files because of many of them (NODE_OPTIONS, OPENSSL_CONF, LD_PRELOAD).
 * So this is a list of what is passed on, not of what is dropped.
 */
#include "launcher.h"

#include <stddef.h>
#include <string.h>

extern char **environ;

/*
 * What OpenSSH's server reads: SSH_CONNECTION (sftp-server.c main), and the C
 * library's variables for local time.
 */
static const char *const passed[] = { "SSH_CONNECTION", "TZ", "TZDIR" };
#define PASSED (sizeof(passed) / sizeof(passed[0]))

/* One heap for all of node's threads: each other one would reserve 64 MiB (mallopt(3)). */
static char one_arena[] = "MALLOC_ARENA_MAX=1";

char **
session_environment(void)
{
	static char *kept[PASSED + 2];
	size_t count = 0;

	for (size_t i = 0; i < PASSED; i++) {
		size_t length = strlen(passed[i]);

		/* The first counts, as it does for getenv(3). */
		for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
			if (strncmp(*entry, passed[i], length) == 0 && (*entry)[length] == '=') {
				kept[count++] = *entry;
				break;
			}
	}
	kept[count++] = one_arena;
	kept[count] = NULL;
	return kept;
}
