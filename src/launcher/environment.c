/*
 * The environment of a session. With AcceptEnv and PermitUserEnvironment, sshd lets
 * clients and users set variables, and many of these make node and its libraries run
 * code or read files (NODE_OPTIONS, OPENSSL_CONF, LD_PRELOAD). So this is a list of the
 * variables to pass on, not of those to drop.
 */
#include "launcher.h"

#include <stddef.h>
#include <string.h>

extern char **environ;

/*
 * The variables that OpenSSH's server reads: SSH_CONNECTION (sftp-server.c main), and
 * the C library's for local time.
 */
static const char *const passed[] = { "SSH_CONNECTION", "TZ", "TZDIR" };
#define PASSED (sizeof(passed) / sizeof(passed[0]))

/* One heap for all of node's threads; otherwise each reserves 64 MiB (mallopt(3)). */
static char one_arena[] = "MALLOC_ARENA_MAX=1";

char **
session_environment(void)
{
	static char *kept[PASSED + 2];
	size_t count = 0;

	for (size_t i = 0; i < PASSED; i++) {
		size_t length = strlen(passed[i]);

		/* If a variable occurs twice, the first is used, as in getenv(3). */
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
