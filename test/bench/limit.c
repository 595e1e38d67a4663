/*
 * What this machine can do with nothing but the work itself, in the shapes an
 * SFTP server has: no packets, no replies. Prints JSON as load.c does; the
 * "server" is the process that does the work.
 *
 * limit copy FILE LENGTH TOTAL     pread and write, LENGTH bytes at a time,
 * into a pipe of the default size
 * limit splice FILE LENGTH TOTAL   splice into a pipe of 1 MiB
 * limit store FILE LENGTH TOTAL    read from a pipe of 1 MiB, pwrite to a new FILE
 * limit stat DIR COUNT FILES       one stat after the other, of the names that
 * `load make` made
 * limit rename DIR COUNT FILES     lstat, link and unlink, the names of `load make`
 * there and back
 * limit list DIR TIMES [awake]     a directory's entries, and fstatat of each, in
 * turns as READDIR has them: for each 100 a
 * request comes and as many bytes go back as a
 * reply has, which are the same each time; with
 * `awake` the client never sleeps: see awake.h
 * limit clone FROM TO              copy_file_range of a whole file into a new one
 *
 * The other end of a pipe reads into, or writes from, one buffer, as load.c does.
 */
#include "awake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
// Sizes of a READDIR request and its reply with names of 7 bytes, and the number of names.
enum { READDIR_BYTES = 17, NAMES_BYTES = 11000, NAMES = 100 };

static uint8_t buffer[BUFFER];

struct work {
	const char *mode;
	int file; // of the bulk modes
	size_t length;
	uint64_t total, size;
	const char *dir; // of the others
	uint64_t count, files;
	bool awake;       // of list's client
	const char *copy; // of the mode that has one
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

static void rename_all(const struct work *work)
{
	struct stat attributes;
	char names[2][512];
	for (uint64_t n = 0; n < work->count; n++) {
		for (int i = 0; i < 2; i++)
			snprintf(names[i], sizeof names[i], "%s/%c%06llu", work->dir, "fg"[i],
				(unsigned long long)(n / 2 % work->files));
		const char *from = names[n % 2], *to = names[1 - n % 2];
		if (lstat(from, &attributes) < 0 || link(from, to) < 0 || unlink(from) < 0)
			fail(from);
	}
}

static void await_request(int requests)
{
	if (read(requests, buffer, READDIR_BYTES) != READDIR_BYTES)
		fail("request");
}

static void list_all(const struct work *work, int requests, int replies)
{
	for (uint64_t n = 0; n < work->count; n++) {
		DIR *dir = opendir(work->dir);
		struct stat attributes;
		uint64_t names = 0;
		if (dir == NULL)
			fail(work->dir);
		for (struct dirent *entry; (entry = readdir(dir)) != NULL; names++) {
			if (names % NAMES == 0)
				await_request(requests);
			if (fstatat(dirfd(dir), entry->d_name, &attributes, AT_SYMLINK_NOFOLLOW) < 0)
				fail(entry->d_name);
			if (names % NAMES == NAMES - 1 && write(replies, buffer, NAMES_BYTES) != NAMES_BYTES)
				fail("reply");
		}
		/* The last names, as those before them. */
		if (names % NAMES != 0 && write(replies, buffer, NAMES_BYTES) != NAMES_BYTES)
			fail("reply");
		closedir(dir);
	}
}

static void clone_file(const struct work *work)
{
	int to = open(work->copy, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (to < 0)
		fail(work->copy);
	for (ssize_t done; (done = copy_file_range(work->file, NULL, to, NULL, LARGE_PIPE, 0)) != 0;)
		if (done < 0)
			fail("copy_file_range");
}

// The client of list_all, until the server has gone.
static void ask_in_turns(int requests, int replies, bool awake)
{
	struct pollfd polled = {.fd = replies, .events = POLLIN};
	while (write(requests, buffer, READDIR_BYTES) == READDIR_BYTES)
		for (size_t have = 0; have < NAMES_BYTES;) {
			if (awake)
				poll_awake(&polled, 1);
			ssize_t got = read(replies, buffer, BUFFER);
			if (got <= 0)
				return;
			have += (size_t)got;
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

// In the child. `data` is the pipe of the bulk modes, or of list's replies.
static void do_it(const struct work *work, int data[2], int requests[2])
{
	const char *mode = work->mode;
	if (strcmp(mode, "copy") == 0)
		copy_down(work, data[1]);
	else if (strcmp(mode, "splice") == 0)
		splice_down(work, data[1]);
	else if (strcmp(mode, "store") == 0) {
		close(data[1]);
		store_up(work, data[0]);
	} else if (strcmp(mode, "stat") == 0)
		stat_all(work);
	else if (strcmp(mode, "rename") == 0)
		rename_all(work);
	else if (strcmp(mode, "clone") == 0)
		clone_file(work);
	else {
		close(requests[1]);
		close(data[0]);
		list_all(work, requests[0], data[1]);
	}
}

static int open_source(const char *path, struct work *work)
{
	struct stat attributes;
	int file = open(path, strcmp(work->mode, "store") == 0 ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0644);
	if (file < 0 || fstat(file, &attributes) < 0)
		fail(path);
	work->size = (uint64_t)attributes.st_size;
	return file;
}

static bool one_of(const char *mode, const char *const *modes)
{
	while (*modes != NULL && strcmp(mode, *modes) != 0)
		modes++;
	return *modes != NULL;
}

static struct work parse(int argc, char **argv)
{
	static const char *const bulk[] = {"copy", "splice", "store", NULL};
	static const char *const named[] = {"stat", "rename", NULL};
	struct work work = {.mode = argc > 1 ? argv[1] : ""};
	if (argc == 5 && one_of(work.mode, bulk)) {
		work.file = open_source(argv[2], &work);
		work.length = strtoul(argv[3], NULL, 10);
		if (work.length > 0 && work.length <= BUFFER) {
			work.total = strtoull(argv[4], NULL, 10) / work.length * work.length;
			work.size = work.size / work.length * work.length;
			return work;
		}
	} else if (argc == 5 && one_of(work.mode, named)) {
		work.dir = argv[2];
		work.count = strtoull(argv[3], NULL, 10);
		work.files = strtoull(argv[4], NULL, 10);
		if (work.files > 0)
			return work;
	} else if ((argc == 4 || argc == 5) && strcmp(work.mode, "list") == 0) {
		work.dir = argv[2];
		work.count = strtoull(argv[3], NULL, 10);
		work.awake = argc == 5;
		if (argc == 4 || strcmp(argv[4], "awake") == 0)
			return work;
	} else if (argc == 4 && strcmp(work.mode, "clone") == 0) {
		work.file = open_source(argv[2], &work);
		work.copy = argv[3];
		return work;
	}
	fputs("usage: limit copy|splice|store|stat|rename|list|clone ...; limit.c says what\n", stderr);
	exit(1);
}

// In the parent: whatever is at the other end of the pipes.
static void be_client(const struct work *work, int data[2], int requests[2])
{
	bool up = strcmp(work->mode, "store") == 0;
	close(data[up ? 0 : 1]);
	close(requests[0]);
	if (strcmp(work->mode, "list") == 0)
		ask_in_turns(requests[1], data[0], work->awake);
	else
		other_end(work, data[up ? 1 : 0], up);
}

int main(int argc, char **argv)
{
	struct work work = parse(argc, argv);
	int data[2], requests[2], status;
	memset(buffer, 'x', sizeof buffer);
	signal(SIGPIPE, SIG_IGN);
	if (pipe(data) < 0 || pipe(requests) < 0)
		fail("pipe");
	uint64_t started_ns = now_ns();
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		do_it(&work, data, requests);
		_exit(0);
	}
	be_client(&work, data, requests);
	struct rusage usage, own;
	if (wait4(pid, &status, 0, &usage) < 0 || status != 0)
		return 1;
	uint64_t wall_ns = now_ns() - started_ns;
	getrusage(RUSAGE_SELF, &own);
	uint64_t user_ns = time_ns(usage.ru_utime), system_ns = time_ns(usage.ru_stime);
	uint64_t bytes = work.copy != NULL ? work.size : work.total;
	uint64_t requested = work.dir != NULL ? work.count : work.copy != NULL ? 1 : work.total / work.length;
	printf("{\"workload\":\"limit\",\"wallNs\":%llu,\"cpuNs\":%llu,\"userNs\":%llu,\"systemNs\":%llu,"
		"\"switches\":%llu,\"loadCpuNs\":%llu,\"loadSwitches\":%llu,\"peakKiB\":%llu,\"requests\":%llu,"
		"\"bytes\":%llu}\n",
		(unsigned long long)wall_ns, (unsigned long long)(user_ns + system_ns), (unsigned long long)user_ns,
		(unsigned long long)system_ns, (unsigned long long)usage.ru_nvcsw,
		(unsigned long long)(time_ns(own.ru_utime) + time_ns(own.ru_stime)), (unsigned long long)own.ru_nvcsw,
		(unsigned long long)usage.ru_maxrss, (unsigned long long)requested, (unsigned long long)bytes);
	return 0;
}
