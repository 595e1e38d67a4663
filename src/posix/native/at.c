/*
 * Calls on what lies beneath an open directory, or on what an O_PATH descriptor
 * stands for: the same files as files.c has by path, but with nothing in between
 * that could be exchanged for something else.
 */
#include "addon.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#define NR_FCHMODAT2 452

#define ARG_FD(c, i) arg_int((c), (i), -1, INT32_MAX)
#define TOO_LONG(env) result_int((env), -ENAMETOOLONG)

/* The kernel's struct open_how, which older headers do not have. */
struct how {
	uint64_t flags, mode, resolve;
};

/* openBeneath(directory, path, flags, mode, resolve): openat2(2). */
static napi_value
open_beneath(napi_env env, napi_callback_info info)
{
	struct how how = { 0 };
	struct path path;
	struct call c;
	int directory;

	call_begin(&c, env, info, 7);
	directory = ARG_FD(&c, 0);
	arg_path(&c, 1, &path);
	how.flags = (uint64_t)arg_int(&c, 4, 0, INT32_MAX) | O_CLOEXEC;
	how.mode = arg_uint(&c, 5);
	how.resolve = arg_uint(&c, 6);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) :
	    result_call(env, syscall(SYS_openat2, directory, path.text, &how, sizeof(how)));
}

/* readlinkOf(link, buffer, offset, length): of an O_PATH descriptor. */
static napi_value
readlink_of(napi_env env, napi_callback_info info)
{
	struct bytes to;
	struct call c;
	ssize_t n;
	int fd;

	call_begin(&c, env, info, 4);
	fd = ARG_FD(&c, 0);
	to = arg_range(&c, 1);
	if (c.failed)
		return NULL;
	n = readlinkat(fd, "", (char *)to.data, to.length);
	/* What is no link has ENOENT here and EINVAL from readlink(2). */
	return n == -1 && errno == ENOENT ? result_int(env, -EINVAL) : result_call(env, n);
}

/* A path to what a descriptor stands for, for calls that take nothing else. It
 * can't be made to lead anywhere else. */
struct proc_name {
	char text[32];
};

static struct proc_name
proc_name(int fd)
{
	struct proc_name name;

	snprintf(name.text, sizeof(name.text), "/proc/self/fd/%d", fd);
	return name;
}

/* truncateOf(fd, sizeHigh, sizeLow): truncate(2), which opens nothing and treats
 * times unlike ftruncate(2). */
static napi_value
truncate_of(napi_env env, napi_callback_info info)
{
	struct call c;
	uint64_t size;
	int fd;

	call_begin(&c, env, info, 3);
	fd = ARG_FD(&c, 0);
	size = arg_u64(&c, 1);
	return c.failed ? NULL : result_call(env, truncate(proc_name(fd).text, (off_t)size));
}

/* Kernels before 6.6 have no chmod of a descriptor that is open for nothing. */
static int
chmod_descriptor(int fd, mode_t mode)
{
	if (syscall(NR_FCHMODAT2, fd, "", mode, AT_EMPTY_PATH) == 0)
		return 0;
	return errno == ENOSYS ? chmod(proc_name(fd).text, mode) : -1;
}

/* chmodOf(fd, mode) */
static napi_value
chmod_of(napi_env env, napi_callback_info info)
{
	struct call c;
	mode_t mode;
	int fd;

	call_begin(&c, env, info, 2);
	fd = ARG_FD(&c, 0);
	mode = arg_uint(&c, 1);
	return c.failed ? NULL : result_call(env, chmod_descriptor(fd, mode));
}

/* utimesOf(fd, atime, mtime): whole seconds. */
static napi_value
utimes_of(napi_env env, napi_callback_info info)
{
	struct timespec times[2] = { 0 };
	struct call c;
	int fd;

	call_begin(&c, env, info, 3);
	fd = ARG_FD(&c, 0);
	times[0].tv_sec = arg_uint(&c, 1);
	times[1].tv_sec = arg_uint(&c, 2);
	return c.failed ? NULL : result_call(env, utimensat(fd, "", times, AT_EMPTY_PATH));
}

/* chownOf(fd, uid, gid): 0xffffffff leaves the one or the other. */
static napi_value
chown_of(napi_env env, napi_callback_info info)
{
	struct call c;
	uid_t uid;
	gid_t gid;
	int fd;

	call_begin(&c, env, info, 3);
	fd = ARG_FD(&c, 0);
	uid = arg_uint(&c, 1);
	gid = arg_uint(&c, 2);
	return c.failed ? NULL : result_call(env, fchownat(fd, "", uid, gid, AT_EMPTY_PATH));
}

/* mkdirAt(directory, name, mode) */
static napi_value
mkdir_at(napi_env env, napi_callback_info info)
{
	struct path name;
	struct call c;
	mode_t mode;
	int directory;

	call_begin(&c, env, info, 5);
	directory = ARG_FD(&c, 0);
	arg_path(&c, 1, &name);
	mode = arg_uint(&c, 4);
	if (c.failed)
		return NULL;
	return name.too_long ? TOO_LONG(env) : result_call(env, mkdirat(directory, name.text, mode));
}

/* unlinkAt(directory, name, isDirectory): as rmdir(2) if the last is 1. */
static napi_value
unlink_at(napi_env env, napi_callback_info info)
{
	struct path name;
	struct call c;
	int directory, flags;

	call_begin(&c, env, info, 5);
	directory = ARG_FD(&c, 0);
	arg_path(&c, 1, &name);
	flags = arg_int(&c, 4, 0, 1) == 1 ? AT_REMOVEDIR : 0;
	if (c.failed)
		return NULL;
	return name.too_long ? TOO_LONG(env) : result_call(env, unlinkat(directory, name.text, flags));
}

/* Two directories and a name in each: eight arguments. */
static napi_value
with_two_names(napi_env env, napi_callback_info info,
    int (*system_call)(int, const char *, int, const char *))
{
	struct path from, to;
	struct call c;
	int from_directory, to_directory;

	call_begin(&c, env, info, 8);
	from_directory = ARG_FD(&c, 0);
	arg_path(&c, 1, &from);
	to_directory = ARG_FD(&c, 4);
	arg_path(&c, 5, &to);
	if (c.failed)
		return NULL;
	if (from.too_long || to.too_long)
		return TOO_LONG(env);
	return result_call(env, system_call(from_directory, from.text, to_directory, to.text));
}

static int
link_no_follow(int from_directory, const char *from, int to_directory, const char *to)
{
	return linkat(from_directory, from, to_directory, to, 0);
}

/* linkAt(fromDirectory, from, toDirectory, to) */
static napi_value
link_at(napi_env env, napi_callback_info info)
{
	return with_two_names(env, info, link_no_follow);
}

/* renameAt(fromDirectory, from, toDirectory, to) */
static napi_value
rename_at(napi_env env, napi_callback_info info)
{
	return with_two_names(env, info, renameat);
}

/* symlinkAt(target, directory, name) */
static napi_value
symlink_at(napi_env env, napi_callback_info info)
{
	struct path target, name;
	struct call c;
	int directory;

	call_begin(&c, env, info, 7);
	arg_path(&c, 0, &target);
	directory = ARG_FD(&c, 3);
	arg_path(&c, 4, &name);
	if (c.failed)
		return NULL;
	if (target.too_long || name.too_long)
		return TOO_LONG(env);
	return result_call(env, symlinkat(target.text, directory, name.text));
}

/* fchdir(directory) */
static napi_value
do_fchdir(napi_env env, napi_callback_info info)
{
	struct call c;
	int directory;

	call_begin(&c, env, info, 1);
	directory = ARG_FD(&c, 0);
	return c.failed ? NULL : result_call(env, fchdir(directory));
}

const struct export at_exports[] = {
	{ "openBeneath", open_beneath },
	{ "readlinkOf", readlink_of },
	{ "truncateOf", truncate_of },
	{ "chmodOf", chmod_of },
	{ "utimesOf", utimes_of },
	{ "chownOf", chown_of },
	{ "mkdirAt", mkdir_at },
	{ "unlinkAt", unlink_at },
	{ "linkAt", link_at },
	{ "renameAt", rename_at },
	{ "symlinkAt", symlink_at },
	{ "fchdir", do_fchdir },
	{ NULL, NULL },
};
