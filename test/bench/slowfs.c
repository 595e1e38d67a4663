/*
 * A file system, on FUSE, in which everything is slow: slowfs DIR
 * MICROSECONDS. Each request that a system call has to wait for is answered that
 * much later; any number of them may wait at once, as on a network file system.
 *
 * /direct      64 MiB, never in the page cache: one READ, one delay
 * /cached      the same bytes through the page cache and the kernel's read-ahead
 * /many/f000000 ... f000999   files of 0, 1, ... 999 bytes
 *
 * What a name means is looked up each time (one lstat, one delay); only the
 * directories are remembered, and an open file's attributes. There is no
 * readdir-plus: a listing doesn't bring the attributes along.
 */
#define FUSE_USE_VERSION 312
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { DIRECT = 2, CACHED = 3, MANY = 4, FIRST_FILE = 100, FILES = 1000 };
static const off_t LARGE = 64 << 20;
static const double LONG = 3600;
static struct timespec delay;

static void wait_a_while(void)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0, &delay, NULL);
}

static int is_directory(fuse_ino_t inode)
{
	return inode == FUSE_ROOT_ID || inode == MANY;
}

static int attributes_of(fuse_ino_t inode, struct stat *attributes)
{
	*attributes = (struct stat){.st_ino = inode, .st_nlink = 1, .st_mode = S_IFREG | 0644, .st_mtime = 1700000000};
	if (is_directory(inode))
		attributes->st_mode = S_IFDIR | 0755;
	else if (inode == DIRECT || inode == CACHED)
		attributes->st_size = LARGE;
	else if (inode >= FIRST_FILE && inode < FIRST_FILE + FILES)
		attributes->st_size = (off_t)(inode - FIRST_FILE);
	else
		return ENOENT;
	return 0;
}

static fuse_ino_t inode_of(fuse_ino_t parent, const char *name)
{
	if (parent == MANY) {
		char *end;
		unsigned long file = name[0] == 'f' ? strtoul(name + 1, &end, 10) : FILES;
		return file < FILES && *end == '\0' ? FIRST_FILE + file : 0;
	}
	return strcmp(name, "direct") == 0 ? DIRECT : strcmp(name, "cached") == 0 ? CACHED
		: strcmp(name, "many") == 0 ? MANY : 0;
}

static void slow_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = {.ino = inode_of(parent, name), .attr_timeout = LONG};
	wait_a_while();
	if (entry.ino == 0 || attributes_of(entry.ino, &entry.attr) != 0) {
		fuse_reply_err(request, ENOENT);
		return;
	}
	entry.entry_timeout = is_directory(entry.ino) ? LONG : 0;
	fuse_reply_entry(request, &entry);
}

static void slow_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct stat attributes;
	(void)file;
	wait_a_while();
	int error = attributes_of(inode, &attributes);
	if (error != 0)
		fuse_reply_err(request, error);
	else
		fuse_reply_attr(request, &attributes, LONG);
}

static void slow_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	wait_a_while();
	file->direct_io = inode == DIRECT;
	file->keep_cache = 0;
	fuse_reply_open(request, file);
}

static void slow_read(fuse_req_t request, fuse_ino_t inode, size_t length, off_t offset, struct fuse_file_info *file)
{
	static const char zeros[1 << 20];
	struct stat attributes;
	(void)file;
	wait_a_while();
	int error = attributes_of(inode, &attributes);
	if (error != 0) {
		fuse_reply_err(request, error);
		return;
	}
	off_t left = offset < attributes.st_size ? attributes.st_size - offset : 0;
	if ((off_t)length > left)
		length = (size_t)left;
	fuse_reply_buf(request, zeros, length < sizeof zeros ? length : sizeof zeros);
}

static void slow_readdir(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *file)
{
	char *page = malloc(size);
	size_t used = 0;
	(void)file;
	wait_a_while();
	for (off_t next = offset; page != NULL && next < (inode == MANY ? FILES : 0) + 2; next++) {
		char name[24];
		struct stat attributes = {.st_ino = inode, .st_mode = S_IFDIR};
		if (next < 2) {
			strcpy(name, next == 0 ? "." : "..");
		} else {
			snprintf(name, sizeof name, "f%06lld", (long long)next - 2);
			attributes = (struct stat){.st_ino = FIRST_FILE + (fuse_ino_t)next - 2, .st_mode = S_IFREG};
		}
		size_t length = fuse_add_direntry(request, page + used, size - used, name, &attributes, next + 1);
		if (length > size - used)
			break;
		used += length;
	}
	if (page == NULL)
		fuse_reply_err(request, ENOMEM);
	else
		fuse_reply_buf(request, page, used);
	free(page);
}

int main(int argc, char **argv)
{
	static const struct fuse_lowlevel_ops operations = {
		.lookup = slow_lookup, .getattr = slow_getattr, .open = slow_open, .read = slow_read, .readdir = slow_readdir,
	};
	if (argc != 3)
		return fputs("usage: slowfs DIR MICROSECONDS\n", stderr), 1;
	long microseconds = strtol(argv[2], NULL, 10);
	delay = (struct timespec){.tv_sec = microseconds / 1000000, .tv_nsec = microseconds % 1000000 * 1000};
	char *options[] = {argv[0], "-o", "fsname=slowfs"};
	struct fuse_args arguments = FUSE_ARGS_INIT(3, options);
	struct fuse_session *session = fuse_session_new(&arguments, &operations, sizeof operations, NULL);
	if (session == NULL || fuse_set_signal_handlers(session) != 0 || fuse_session_mount(session, argv[1]) != 0)
		return 1;
	struct fuse_loop_config *loop = fuse_loop_cfg_create();
	fuse_loop_cfg_set_max_threads(loop, 128);
	fuse_loop_cfg_set_idle_threads(loop, 128);
	int status = fuse_session_loop_mt(session, loop);
	fuse_loop_cfg_destroy(loop);
	fuse_session_unmount(session);
	fuse_remove_signal_handlers(session);
	fuse_session_destroy(session);
	fuse_opt_free_args(&arguments);
	return status < 0 ? 1 : 0;
}
