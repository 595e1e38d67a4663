/*
 * The agent runs one server at a time inside namespaces of its own and reports
 * what the server did. It knows nothing of SFTP: bytes in, bytes out. Their
 * meaning is left to the TypeScript side.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* A growing byte array; data is owned by the struct. */
struct bytes {
	uint8_t *data;
	size_t length, capacity;
};

void bytes_put(struct bytes *, const void *, size_t);
void bytes_printf(struct bytes *, const char *, ...) __attribute__((format(printf, 2, 3)));

/* Reports what failed, with errno's message, and ends the agent. */
void die(const char *what) __attribute__((noreturn));

/* The running server, or the last one. */
struct child {
	pid_t pid; /* 0 when none runs */
	int in, out; /* our ends of its stdin and stdout; -1 when closed */
	int log; /* the bound /dev/log, for the agent's whole life */
	int errors; /* a memory file that is its stderr */
	int held; /* nonzero: leave its output in the pipe for now */
	size_t read_size; /* most bytes taken from its stdout at once */
	char state[32]; /* "alive", "exit N", "signal N", "did not end" */
	time_t deadline; /* of the session */
	struct bytes output, datagrams;
};

void child_start(struct child *, const char *fields, size_t length);
/* Ends the server, if one runs, and what it has started. */
void child_kill(struct child *);
void child_write(struct child *, const uint8_t *, size_t);
void child_wait_idle(struct child *);
void child_close_input(struct child *);
void child_wait_exit(struct child *);
void child_take_errors(struct child *, struct bytes *);

void tree_build(const char *root, const char *entries, size_t length);
void tree_dump(const char *root, struct bytes *);

#endif
