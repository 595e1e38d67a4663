/*
 * Waiting without sleep. On a virtual machine an idle core is halted, and waking it costs
 * an exit to the host, as much as a dozen STATs. If the client sleeps, the server pays for
 * that, and the benchmark measures how often it wakes the client.
 */
#pragma once

#include <poll.h>
#include <stdint.h>
#include <time.h>

// A pause between two checks, so that they don't contend with the server for its pipe.
enum { LOOK_EVERY_NS = 1000 };

static inline uint64_t awake_now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// As poll() without a timeout; a hangup ends it, too.
static inline int poll_awake(struct pollfd *polled, nfds_t count)
{
	int ready;
	while ((ready = poll(polled, count, 0)) == 0)
		for (uint64_t until = awake_now_ns() + LOOK_EVERY_NS; awake_now_ns() < until;) {
#if defined(__x86_64__) || defined(__i386__)
			__builtin_ia32_pause();
#endif
		}
	return ready;
}
