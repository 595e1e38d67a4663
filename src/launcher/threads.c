/*
 * Checks whether threads can be started: under a limit of processes (RLIMIT_NPROC or a
 * control group's), node waits forever for a thread that it could not start. Only
 * starting threads tests all such limits.
 */
#include "launcher.h"

#include <pthread.h>

#define THREADS_MAX 4
#define STACK_BYTES (64 * 1024)

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
wait_at_gate(void *unused)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return unused;
}

bool
threads_available(int count)
{
	pthread_t threads[THREADS_MAX];
	pthread_attr_t attributes;
	int started = 0;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	/* The threads wait until all are started, so that they exist at the same time. */
	pthread_mutex_lock(&gate);
	while (started < count && started < THREADS_MAX &&
	    pthread_create(&threads[started], &attributes, wait_at_gate, NULL) == 0)
		started++;
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_attr_destroy(&attributes);
	return started == count;
}
