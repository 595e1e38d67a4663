// What this machine can do with nothing but the work itself, in the shapes an
// SFTP server has: no packets, no replies. Prints JSON as load.c does; the
// "server" is the process that does the work.
//
//   limit copy FILE LENGTH TOTAL     pread and write, LENGTH bytes at a time,
//                                    into a pipe of the default size
//   limit splice FILE LENGTH TOTAL   splice into a pipe of 1 MiB
//   limit store FILE LENGTH TOTAL    read from a pipe of 1 MiB, pwrite to a new FILE
//   limit stat DIR COUNT FILES       one stat after the other, of the names that
//                                    `load make` made
//   limit list DIR TIMES             a directory's entries, and fstatat of each
//
// The other end of a pipe reads into, or writes from, one buffer, as load.c does.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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

struct work {
	const char *mode;
	int file; // of the bulk modes
	size_t length;
	uint64_t total, size;
	const char *dir; // of the others
	uint64_t count, files;
};

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

static void copy_down(const struct work *work, int pipe)
{
	for (uint64_t done = 0; done < work->total;) {
		ssize_t got = pread(work->file, buffer, work->length, (off_t)(done % work->size));
		if (got <= 0 || write(pipe, buffer, (size_t)got) != got)
			fail("copy");
		done += (uint64_t)got;
	}
}

static void splice_down(const struct work *work, int pipe)
{
	fcntl(pipe, F_SETPIPE_SZ, LARGE_PIPE);
	for (uint64_t done = 0; done < work->total;) {
		off_t offset = (off_t)(done % work->size);
		ssize_t got = splice(work->file, &offset, pipe, NULL, work->length, 0);
		if (got <= 0)
			fail("splice");
		done += (uint64_t)got;
	}
}

static void store_up(const struct work *work, int pipe)
{
	fcntl(pipe, F_SETPIPE_SZ, LARGE_PIPE);
	for (uint64_t done = 0; done < work->total;) {
		ssize_t got = read(pipe, buffer, work->length);
		if (got <= 0 || pwrite(work->file, buffer, (size_t)got, (off_t)done) != got)
			fail("store");
		done += (uint64_t)got;
	}
}

static void stat_all(const struct work *work)
{
	struct stat attributes;
	char name[512];
	for (uint64_t n = 0; n < work->count; n++) {
		snprintf(name, sizeof name, "%s/f%06llu", work->dir, (unsigned long long)(n % work->files));
		if (stat(name, &attributes) < 0)
			fail(name);
	}
}

static void list_all(const struct work *work)
{
	for (uint64_t n = 0; n < work->count; n++) {
		DIR *dir = opendir(work->dir);
		struct stat attributes;
		if (dir == NULL)
			fail(work->dir);
		for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
			if (fstatat(dirfd(dir), entry->d_name, &attributes, AT_SYMLINK_NOFOLLOW) < 0)
				fail(entry->d_name);
		closedir(dir);
	}
}

static void other_end(const struct work *work, int pipe, bool up)
{
	for (uint64_t done = 0; done < work->total;) {
		size_t length = work->total - done < BUFFER ? (size_t)(work->total - done) : BUFFER;
		ssize_t moved = up ? write(pipe, buffer, length) : read(pipe, buffer, length);
		if (moved <= 0)
			fail("pipe");
		done += (uint64_t)moved;
	}
}

static void do_it(const struct work *work, int ends[2], bool up)
{
	if (work->dir == NULL)
		close(ends[up ? 1 : 0]);
	if (strcmp(work->mode, "copy") == 0)
		copy_down(work, ends[1]);
	else if (strcmp(work->mode, "splice") == 0)
		splice_down(work, ends[1]);
	else if (strcmp(work->mode, "store") == 0)
		store_up(work, ends[0]);
	else if (strcmp(work->mode, "stat") == 0)
		stat_all(work);
	else
		list_all(work);
}

static struct work parse(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	uint64_t last = argc > 3 ? strtoull(argv[argc - 1], NULL, 10) : 0;
	bool of_names = strcmp(mode, "stat") == 0 || strcmp(mode, "list") == 0;
	if (argc != (strcmp(mode, "list") == 0 ? 4 : 5) || last == 0) {
		fputs("usage: limit copy|splice|store|stat|list ...; limit.c says what\n", stderr);
		exit(1);
	}
	struct work work = {.mode = mode};
	if (of_names) {
		work.dir = argv[2];
		work.count = strtoull(argv[3], NULL, 10);
		work.files = last;
		return work;
	}
	work.length = strtoul(argv[3], NULL, 10);
	work.file = open(argv[2], strcmp(mode, "store") == 0 ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0644);
	struct stat attributes;
	if (work.file < 0 || fstat(work.file, &attributes) < 0 || work.length == 0 || work.length > BUFFER)
		fail(argv[2]);
	work.total = last / work.length * work.length;
	work.size = (uint64_t)attributes.st_size / work.length * work.length;
	return work;
}

int main(int argc, char **argv)
{
	struct work work = parse(argc, argv);
	bool up = strcmp(work.mode, "store") == 0;
	int ends[2], status;
	memset(buffer, 'x', sizeof buffer);
	if (pipe(ends) < 0)
		fail("pipe");
	uint64_t started_ns = now_ns();
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		do_it(&work, ends, up);
		_exit(0);
	}
	close(ends[up ? 0 : 1]);
	other_end(&work, ends[up ? 1 : 0], up);
	struct rusage usage, own;
	if (wait4(pid, &status, 0, &usage) < 0 || status != 0)
		return 1;
	uint64_t wall_ns = now_ns() - started_ns;
	getrusage(RUSAGE_SELF, &own);
	uint64_t user_ns = time_ns(usage.ru_utime), system_ns = time_ns(usage.ru_stime);
	uint64_t requests = work.dir == NULL ? work.total / work.length : work.count;
	printf("{\"workload\":\"limit\",\"wallNs\":%llu,\"cpuNs\":%llu,\"userNs\":%llu,\"systemNs\":%llu,"
		"\"switches\":%llu,\"loadCpuNs\":%llu,\"peakKiB\":%llu,\"requests\":%llu,\"bytes\":%llu}\n",
		(unsigned long long)wall_ns, (unsigned long long)(user_ns + system_ns), (unsigned long long)user_ns,
		(unsigned long long)system_ns, (unsigned long long)usage.ru_nvcsw,
		(unsigned long long)(time_ns(own.ru_utime) + time_ns(own.ru_stime)),
		(unsigned long long)usage.ru_maxrss, (unsigned long long)requests, (unsigned long long)work.total);
	return 0;
}
