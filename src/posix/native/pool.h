/* Work done in parallel by a few threads. Called only by the main thread. */
#ifndef SFTP_POOL_H
#define SFTP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Calls function(context, i) for each i below `count`, in any order and in any
 * thread, and returns when all have returned. */
void pool_run(void (*function)(void *context, size_t i), void *context, size_t count);

/* Determines whether calls wait for storage, from the clock and the scheduler's counts. */
struct stopwatch {
	struct timespec start;
	long waits;
};

void pool_stopwatch_start(struct stopwatch *watch);

/* Whether the `calls` since the start, or since the last time this was asked,
 * were slow because they waited. */
bool pool_stopwatch_waited(struct stopwatch *watch, size_t calls);

#endif
