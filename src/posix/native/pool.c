/*
 * Threads for calls that wait for storage: `pool_run` does n pieces of work in parallel
 * and returns when all are done. The threads are started on first use, so a session on
 * fast storage never has them.
 */
#define _GNU_SOURCE
#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

/* A call that takes longer counts as slow. */
#define SLOW_MICROSECONDS 300

/* The most calls that can wait at the same time. */
#define THREADS_MAX 64
#define STACK_BYTES (128 * 1024)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_there = PTHREAD_COND_INITIALIZER;
static pthread_cond_t work_done = PTHREAD_COND_INITIALIZER;

/* The work, protected by the lock. */
static void (*work)(void *context, size_t i);
static void *work_context;
static size_t next_piece, pieces, pieces_done;
static size_t threads;

/* Does pieces of work until none is left. The lock is held before and after. */
static void
run_tasks(void)
{
	while (next_piece < pieces) {
		size_t i = next_piece++;

		pthread_mutex_unlock(&lock);
		work(work_context, i);
		pthread_mutex_lock(&lock);
		if (++pieces_done == pieces)
			pthread_cond_signal(&work_done);
	}
}

static void *
thread_main(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	for (;;) {
		run_tasks();
		pthread_cond_wait(&work_there, &lock);
	}
	return NULL;
}

/* Starts threads up to `wanted`, as far as the system permits. */
static void
start_threads(size_t wanted)
{
	pthread_attr_t attributes;
	sigset_t all, before;

	if (threads >= wanted || pthread_attr_init(&attributes) != 0)
		return;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	/* The main thread handles signals, since it waits for input. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	while (threads < wanted) {
		pthread_t thread;

		if (pthread_create(&thread, &attributes, thread_main, NULL) != 0)
			break;
		threads++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
}

void
pool_run(void (*function)(void *context, size_t i), void *context, size_t count)
{
	if (count > 1)
		start_threads(count - 1 < THREADS_MAX - 1 ? count - 1 : THREADS_MAX - 1);
	pthread_mutex_lock(&lock);
	work = function;
	work_context = context;
	next_piece = pieces_done = 0;
	pieces = count;
	if (count > 1)
		pthread_cond_broadcast(&work_there);
	run_tasks();
	while (pieces_done < pieces)
		pthread_cond_wait(&work_done, &lock);
	pieces = 0;
	pthread_mutex_unlock(&lock);
}

void
pool_stopwatch_start(struct stopwatch *watch)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	watch->waits = usage.ru_nvcsw;
	clock_gettime(CLOCK_MONOTONIC, &watch->start);
}

bool
pool_stopwatch_waited(struct stopwatch *watch, size_t calls)
{
	struct timespec now;
	struct rusage usage;
	long waits = watch->waits;
	int64_t microseconds;

	clock_gettime(CLOCK_MONOTONIC, &now);
	microseconds = (int64_t)(now.tv_sec - watch->start.tv_sec) * 1000000 +
	    (now.tv_nsec - watch->start.tv_nsec) / 1000;
	watch->start = now;
	if (microseconds <= (int64_t)(SLOW_MICROSECONDS * calls))
		return false;
	/* A thread that was only preempted did not wait. */
	getrusage(RUSAGE_THREAD, &usage);
	watch->waits = usage.ru_nvcsw;
	return usage.ru_nvcsw > waits;
}
