// What this machine can do with nothing but the copying, in the shapes an SFTP
// server has: no packets, no replies, no paths. Prints JSON as load.c does; the
// "server" is the process between the file and the pipe.
//
//   limit copy FILE LENGTH TOTAL     pread and write, LENGTH bytes at a time,
//                                    into a pipe of the default size
//   limit splice FILE LENGTH TOTAL   splice into a pipe of 1 MiB
//   limit store FILE LENGTH TOTAL    read from a pipe of 1 MiB, pwrite to a new FILE
//
// The other end reads into, or writes from, one buffer, as load.c does.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 18, LARGE_PIPE = 1 << 20 };

static uint8_t buffer[BUFFER];

static void fail(const char *what)
{
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t time_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

static void copy_down(int file, int pipe, size_t length, uint64_t total, uint64_t size)
{
	for (uint64_t done = 0; done < total;) {
		ssize_t got = pread(file, buffer, length, (off_t)(done % size));
		if (got <= 0 || write(pipe, buffer, (size_t)got) != got)
			fail("copy");
		done += (uint64_t)got;
	}
}

static void splice_down(int file, int pipe, size_t length, uint64_t total, uint64_t size)
{
	fcntl(pipe, F_SETPIPE_SZ, LARGE_PIPE);
	for (uint64_t done = 0; done < total;) {
		off_t offset = (off_t)(done % size);
		ssize_t got = splice(file, &offset, pipe, NULL, length, 0);
		if (got <= 0)
			fail("splice");
		done += (uint64_t)got;
	}
}

static void store_up(int file, int pipe, size_t length, uint64_t total)
{
	fcntl(pipe, F_SETPIPE_SZ, LARGE_PIPE);
	for (uint64_t done = 0; done < total;) {
		ssize_t got = read(pipe, buffer, length);
		if (got <= 0 || pwrite(file, buffer, (size_t)got, (off_t)done) != got)
			fail("store");
		done += (uint64_t)got;
	}
}

static void other_end(int pipe, uint64_t total, int up)
{
	for (uint64_t done = 0; done < total;) {
		size_t length = total - done < BUFFER ? (size_t)(total - done) : BUFFER;
		ssize_t moved = up ? write(pipe, buffer, length) : read(pipe, buffer, length);
		if (moved <= 0)
			fail("pipe");
		done += (uint64_t)moved;
	}
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return fputs("usage: limit copy|splice|store FILE LENGTH TOTAL\n", stderr), 1;
	int up = strcmp(argv[1], "store") == 0, ends[2];
	size_t length = strtoul(argv[3], NULL, 10);
	uint64_t total = strtoull(argv[4], NULL, 10) / (length == 0 ? 1 : length) * length;
	int file = open(argv[2], up ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0644);
	struct stat attributes;
	if (file < 0 || fstat(file, &attributes) < 0 || length == 0 || length > BUFFER)
		fail(argv[2]);
	uint64_t size = (uint64_t)attributes.st_size / length * length;
	memset(buffer, 'x', sizeof buffer);
	if (pipe(ends) < 0)
		fail("pipe");
	uint64_t started_ns = now_ns();
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		close(ends[up ? 1 : 0]);
		if (up)
			store_up(file, ends[0], length, total);
		else if (strcmp(argv[1], "splice") == 0)
			splice_down(file, ends[1], length, total, size);
		else
			copy_down(file, ends[1], length, total, size);
		_exit(0);
	}
	close(ends[up ? 0 : 1]);
	other_end(ends[up ? 1 : 0], total, up);
	struct rusage usage, own;
	int status;
	if (wait4(pid, &status, 0, &usage) < 0 || status != 0)
		return 1;
	uint64_t wall_ns = now_ns() - started_ns;
	getrusage(RUSAGE_SELF, &own);
	uint64_t user_ns = time_ns(usage.ru_utime), system_ns = time_ns(usage.ru_stime);
	printf("{\"workload\":\"limit\",\"wallNs\":%llu,\"cpuNs\":%llu,\"userNs\":%llu,\"systemNs\":%llu,"
		"\"switches\":%llu,\"loadCpuNs\":%llu,\"peakKiB\":%llu,\"requests\":%llu,\"bytes\":%llu}\n",
		(unsigned long long)wall_ns, (unsigned long long)(user_ns + system_ns), (unsigned long long)user_ns,
		(unsigned long long)system_ns, (unsigned long long)usage.ru_nvcsw,
		(unsigned long long)(time_ns(own.ru_utime) + time_ns(own.ru_stime)),
		(unsigned long long)usage.ru_maxrss, (unsigned long long)(total / length), (unsigned long long)total);
	return 0;
}
