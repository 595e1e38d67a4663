/*
 * Builds the tree that a server works in, always the same from the same text,
 * and describes afterwards everything visible in it.
 */
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define BLOCK 4096
#define FIFOS_MAX 16
#define ENTRIES_MAX 1024
#define CONTENTS_MAX 512

struct entry {
	char type;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	long mtime;
	const char *argument, *path;
};

static int fifos[FIFOS_MAX];
static int fifo_count;

static void wipe(int parent)
{
	DIR *dir = fdopendir(parent);
	struct dirent *e;

	if (dir == NULL)
		die("fdopendir");
	while ((e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(parent, e->d_name, 0) == 0)
			continue;
		int fd = openat(parent, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			die(e->d_name);
		wipe(fd);
		if (unlinkat(parent, e->d_name, AT_REMOVEDIR) < 0)
			die(e->d_name);
	}
	closedir(dir);
}

/* Content that does not repeat at a power of two, so that a misplaced block shows. Cached, since it is needed often. */
static const uint8_t *content(size_t size, unsigned seed)
{
	static struct { size_t size; unsigned seed; uint8_t *data; } kept[CONTENTS_MAX];
	static int count;

	for (int i = 0; i < count; i++)
		if (kept[i].size == size && kept[i].seed == seed)
			return kept[i].data;
	if (count == CONTENTS_MAX)
		count = 0;
	free(kept[count].data);
	uint8_t *data = malloc(size + 1);
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(i * 131 + (i / 251) * 17 + seed);
	kept[count].size = size;
	kept[count].seed = seed;
	kept[count].data = data;
	count++;
	return data;
}

static void fill(int fd, size_t size, unsigned seed)
{
	if (write(fd, content(size, seed), size) != (ssize_t)size)
		die("fill");
}

static void hold_fifo(const char *path)
{
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	/* With both ends held, a server that opens it does not wait for a peer. */
	if (fd < 0 || fifo_count == FIFOS_MAX)
		die(path);
	/* OpenSSH's server waits forever to append to a full one; this size is enough for most sessions. */
	if (fcntl(fd, F_SETPIPE_SZ, 1 << 20) < 0)
		die("F_SETPIPE_SZ");
	fifos[fifo_count++] = fd;
}

static void make(const struct entry *e)
{
	unsigned major = 0, minor = 0, seed = 0;
	size_t size = 0;
	int fd;

	switch (e->type) {
	case 'd':
		if (mkdir(e->path, 0700) < 0)
			die(e->path);
		break;
	case 'f':
		sscanf(e->argument, "%zu %u", &size, &seed);
		if ((fd = open(e->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
			die(e->path);
		fill(fd, size, seed);
		close(fd);
		break;
	case 'l':
		if (symlink(e->argument, e->path) < 0)
			die(e->path);
		break;
	case 'h':
		if (link(e->argument, e->path) < 0)
			die(e->path);
		break;
	case 'p':
		if (mkfifo(e->path, 0600) < 0)
			die(e->path);
		hold_fifo(e->path);
		break;
	case 's':
		if (mknod(e->path, S_IFSOCK | 0600, 0) < 0)
			die(e->path);
		break;
	case 'z':
		if ((fd = open(e->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0 || ftruncate(fd, atoll(e->argument)) < 0)
			die(e->path);
		close(fd);
		break;
	case 'c':
		sscanf(e->argument, "%u:%u", &major, &minor);
		if (mknod(e->path, S_IFCHR | 0600, makedev(major, minor)) < 0)
			die(e->path);
		break;
	default:
		errno = EINVAL;
		die("entry type");
	}
}

static void dress(const struct entry *e)
{
	struct timespec times[2] = { { e->mtime - 100, 0 }, { e->mtime, 0 } };

	if (e->type == 'h')
		return;
	if (fchownat(AT_FDCWD, e->path, e->uid, e->gid, AT_SYMLINK_NOFOLLOW) < 0)
		die(e->path);
	if (e->type != 'l' && chmod(e->path, e->mode) < 0)
		die(e->path);
	if (utimensat(AT_FDCWD, e->path, times, AT_SYMLINK_NOFOLLOW) < 0)
		die(e->path);
}

/* type TAB mode TAB uid TAB gid TAB mtime TAB argument TAB path */
static void read_entry(struct entry *e, char *text)
{
	char *field[7] = { text };

	for (int i = 1; i < 7; i++) {
		if ((field[i] = strchr(field[i - 1], '\t')) == NULL)
			die("entry");
		*field[i]++ = 0;
	}
	*e = (struct entry) { *field[0], (mode_t)strtol(field[1], NULL, 8), (uid_t)strtoul(field[2], NULL, 10),
		(gid_t)strtoul(field[3], NULL, 10), atol(field[4]), field[5], field[6] };
}

void tree_build(const char *root, const char *text, size_t length)
{
	char *copy = malloc(length + 1);
	struct entry entries[ENTRIES_MAX];
	int count = 0;

	while (fifo_count > 0)
		close(fifos[--fifo_count]);
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fchdir(fd) < 0)
		die(root);
	wipe(fd);
	memcpy(copy, text, length);
	copy[length] = 0;
	for (char *e = copy, *next; e < copy + length && count < ENTRIES_MAX; e = next) {
		next = e + strlen(e) + 1;
		read_entry(&entries[count], e);
		if (strcmp(entries[count].path, ".") != 0)
			make(&entries[count]);
		count++;
	}
	/* In reverse: a directory's time and mode are set after its content. */
	while (count > 0)
		dress(&entries[--count]);
	free(copy);
	if (chdir("/") < 0)
		die("/");
}

static void put_name(struct bytes *to, const char *name)
{
	for (const char *p = name; *p != 0; p++)
		if ((uint8_t)*p <= 0x20 || (uint8_t)*p >= 0x7f || *p == '\\')
			bytes_printf(to, "\\x%02x", (uint8_t)*p);
		else
			bytes_put(to, p, 1);
}

static uint64_t mix(uint64_t hash, const uint8_t *data, size_t length)
{
	for (; length >= sizeof hash; data += sizeof hash, length -= sizeof hash) {
		uint64_t word;
		memcpy(&word, data, sizeof word);
		hash = (hash ^ word) * 0x9fb21c651e98df25u;
		hash ^= hash >> 32;
	}
	for (; length > 0; data++, length--)
		hash = (hash ^ *data) * 0x100000001b3u;
	return hash;
}

/* A hash of the file's offsets and bytes, without blocks of zeros: a hole and zeros are the same content. */
static uint64_t content_hash(int fd)
{
	static const uint8_t zeros[BLOCK];
	uint8_t block[BLOCK];
	uint64_t hash = 0xcbf29ce484222325u;
	off_t at = 0, end;

	while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
		if ((end = lseek(fd, at, SEEK_HOLE)) < 0)
			break;
		while (at < end) {
			ssize_t n = pread(fd, block, BLOCK, at);
			if (n <= 0)
				return hash;
			if (memcmp(block, zeros, (size_t)n) != 0) {
				hash = mix(hash, (uint8_t *)&at, sizeof at);
				hash = mix(hash, block, (size_t)n);
			}
			at += n;
		}
	}
	return hash;
}

static void dump_one(int parent, const char *name, const char *path, struct bytes *to)
{
	char target[4096];
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		die(path);
	put_name(to, path);
	bytes_printf(to, "\tmode=%06o links=%lu uid=%u gid=%u size=%lld mtime=%lld.%09ld atime=%lld.%09ld", st.st_mode,
	    (unsigned long)st.st_nlink, st.st_uid, st.st_gid, (long long)st.st_size, (long long)st.st_mtim.tv_sec,
	    st.st_mtim.tv_nsec, (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec);
	if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlinkat(parent, name, target, sizeof target - 1);
		target[n < 0 ? 0 : n] = 0;
		bytes_put(to, " target=", 8);
		put_name(to, target);
	} else if (S_ISREG(st.st_mode)) {
		int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC);
		if (fd < 0)
			die(path);
		bytes_printf(to, " content=%016llx", (unsigned long long)content_hash(fd));
		close(fd);
	}
	bytes_put(to, "\n", 1);
}

static void dump_directory(int fd, const char *path, struct bytes *to)
{
	struct dirent **names;
	char child[8192];
	int count;

	if ((count = scandirat(fd, ".", &names, NULL, alphasort)) < 0)
		die(path);
	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name;
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			snprintf(child, sizeof child, "%s/%s", path, name);
			dump_one(fd, name, child, to);
			int down = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (down >= 0) {
				dump_directory(down, child, to);
				close(down);
			}
		}
		free(names[i]);
	}
	free(names);
}

void tree_dump(const char *root, struct bytes *to)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die(root);
	dump_one(fd, ".", ".", to);
	dump_directory(fd, ".", to);
	close(fd);
}
