/* Calls that name a file by path or describe an open one. */
#include "addon.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <unistd.h>

#define ARG_FD(c, i) arg_int((c), (i), -1, INT32_MAX)
#define TOO_LONG(env) result_int((env), -ENAMETOOLONG)

static void
put_u64(uint32_t *words, uint64_t value)
{
	words[0] = (uint32_t)(value >> 32);
	words[1] = (uint32_t)value;
}

/* The first seven words are the attributes in SFTP's wire order. */
void
stat_to_words(const struct stat *st, uint32_t *words)
{
	put_u64(words, (uint64_t)st->st_size);
	words[2] = st->st_uid;
	words[3] = st->st_gid;
	words[4] = st->st_mode;
	words[5] = (uint32_t)st->st_atime;
	words[6] = (uint32_t)st->st_mtime;
	words[7] = (uint32_t)((uint64_t)st->st_mtime >> 32);
	words[8] = (uint32_t)st->st_nlink;
	put_u64(words + 9, (uint64_t)st->st_dev);
	put_u64(words + 11, (uint64_t)st->st_ino);
}

/* One path, nothing more. */
static napi_value
with_path(napi_env env, napi_callback_info info, int (*system_call)(const char *))
{
	struct call c;
	struct path path;

	call_begin(&c, env, info, 3);
	arg_path(&c, 0, &path);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) : result_call(env, system_call(path.text));
}

/* Two paths: six arguments. */
static napi_value
with_two_paths(napi_env env, napi_callback_info info,
    int (*system_call)(const char *, const char *))
{
	struct call c;
	struct path from, to;

	call_begin(&c, env, info, 6);
	arg_path(&c, 0, &from);
	arg_path(&c, 3, &to);
	if (c.failed)
		return NULL;
	/* One that is too long is the kernel's to find: the other may be wrong as well. */
	return result_call(env, system_call(from.text, to.text));
}

/* Path and mode. */
static napi_value
with_mode(napi_env env, napi_callback_info info, int (*system_call)(const char *, mode_t))
{
	struct call c;
	struct path path;
	mode_t mode;

	call_begin(&c, env, info, 4);
	arg_path(&c, 0, &path);
	mode = arg_uint(&c, 3);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) : result_call(env, system_call(path.text, mode));
}

/* open(path, flags, mode) */
static napi_value
do_open(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path path;
	int flags;
	mode_t mode;

	call_begin(&c, env, info, 5);
	arg_path(&c, 0, &path);
	flags = arg_int(&c, 3, 0, INT32_MAX);
	mode = arg_uint(&c, 4);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) :
	    result_call(env, open(path.text, flags | O_CLOEXEC, mode));
}

/*
 * Opens without waiting for the other end of a FIFO or for a device, and without
 * taking a terminal. What is no regular file stays non-blocking. A regular file
 * does not: most file systems do not care, but some refuse what they would have to
 * wait for (Lustre), or hand the flag on.
 */
int
open_now(const char *path, int flags, mode_t mode)
{
	struct stat st;
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		(void)fcntl(fd, F_SETFL, flags);
	return fd;
}

/* openWithoutWaiting(path, flags, mode) */
static napi_value
open_without_waiting(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path path;
	int flags;
	mode_t mode;

	call_begin(&c, env, info, 5);
	arg_path(&c, 0, &path);
	flags = arg_int(&c, 3, 0, INT32_MAX);
	mode = arg_uint(&c, 4);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) : result_call(env, open_now(path.text, flags, mode));
}

static napi_value
stat_result(napi_env env, int r, const struct stat *st)
{
	if (r == 0)
		stat_to_words(st, registers);
	return result_call(env, r);
}

/* stat(path): the words in the registers. */
static napi_value
do_stat(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path path;
	struct stat st;

	call_begin(&c, env, info, 3);
	arg_path(&c, 0, &path);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) : stat_result(env, stat(path.text, &st), &st);
}

/* lstat(path): the words in the registers. */
static napi_value
do_lstat(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path path;
	struct stat st;

	call_begin(&c, env, info, 3);
	arg_path(&c, 0, &path);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) : stat_result(env, lstat(path.text, &st), &st);
}

/* fstat(fd): the words in the registers. */
static napi_value
do_fstat(napi_env env, napi_callback_info info)
{
	struct call c;
	struct stat st;
	int fd;

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	return c.failed ? NULL : stat_result(env, fstat(fd, &st), &st);
}

/* truncate(path, sizeHigh, sizeLow) */
static napi_value
do_truncate(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path path;
	uint64_t size;

	call_begin(&c, env, info, 5);
	arg_path(&c, 0, &path);
	size = arg_u64(&c, 3);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) : result_call(env, truncate(path.text, (off_t)size));
}

static napi_value
do_chmod(napi_env env, napi_callback_info info)
{
	return with_mode(env, info, chmod);
}

static int
chmod_no_follow(const char *path, mode_t mode)
{
	return fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW);
}

static napi_value
do_lchmod(napi_env env, napi_callback_info info)
{
	return with_mode(env, info, chmod_no_follow);
}

/* fchmod(fd, mode) */
static napi_value
do_fchmod(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;
	mode_t mode;

	call_begin(&c, env, info, 2);
	fd = ARG_FD(&c, 0);
	mode = arg_uint(&c, 1);
	return c.failed ? NULL : result_call(env, fchmod(fd, mode));
}

/* Access and modification time in whole seconds. */
static void
arg_times(struct call *c, size_t i, struct timespec times[2])
{
	times[0] = (struct timespec){ .tv_sec = arg_uint(c, i) };
	times[1] = (struct timespec){ .tv_sec = arg_uint(c, i + 1) };
}

static napi_value
set_times(napi_env env, napi_callback_info info, int flags)
{
	struct call c;
	struct path path;
	struct timespec times[2];

	call_begin(&c, env, info, 5);
	arg_path(&c, 0, &path);
	arg_times(&c, 3, times);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) :
	    result_call(env, utimensat(AT_FDCWD, path.text, times, flags));
}

/* utimes(path, atime, mtime) */
static napi_value
do_utimes(napi_env env, napi_callback_info info)
{
	return set_times(env, info, 0);
}

/* lutimes(path, atime, mtime) */
static napi_value
do_lutimes(napi_env env, napi_callback_info info)
{
	return set_times(env, info, AT_SYMLINK_NOFOLLOW);
}

/* futimes(fd, atime, mtime) */
static napi_value
do_futimes(napi_env env, napi_callback_info info)
{
	struct call c;
	struct timespec times[2];
	int fd;

	call_begin(&c, env, info, 3);
	fd = ARG_FD(&c, 0);
	arg_times(&c, 1, times);
	return c.failed ? NULL : result_call(env, futimens(fd, times));
}

static napi_value
set_owner(napi_env env, napi_callback_info info, int (*system_call)(const char *, uid_t, gid_t))
{
	struct call c;
	struct path path;
	uid_t uid;
	gid_t gid;

	call_begin(&c, env, info, 5);
	arg_path(&c, 0, &path);
	uid = arg_uint(&c, 3);
	gid = arg_uint(&c, 4);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) : result_call(env, system_call(path.text, uid, gid));
}

/* chown(path, uid, gid): 0xffffffff leaves the one or the other. */
static napi_value
do_chown(napi_env env, napi_callback_info info)
{
	return set_owner(env, info, chown);
}

static napi_value
do_lchown(napi_env env, napi_callback_info info)
{
	return set_owner(env, info, lchown);
}

/* fchown(fd, uid, gid) */
static napi_value
do_fchown(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;
	uid_t uid;
	gid_t gid;

	call_begin(&c, env, info, 3);
	fd = ARG_FD(&c, 0);
	uid = arg_uint(&c, 1);
	gid = arg_uint(&c, 2);
	return c.failed ? NULL : result_call(env, fchown(fd, uid, gid));
}

static napi_value
do_mkdir(napi_env env, napi_callback_info info)
{
	return with_mode(env, info, mkdir);
}

static napi_value
do_rmdir(napi_env env, napi_callback_info info)
{
	return with_path(env, info, rmdir);
}

static napi_value
do_unlink(napi_env env, napi_callback_info info)
{
	return with_path(env, info, unlink);
}

static napi_value
do_chdir(napi_env env, napi_callback_info info)
{
	return with_path(env, info, chdir);
}

static napi_value
do_link(napi_env env, napi_callback_info info)
{
	return with_two_paths(env, info, link);
}

static napi_value
do_rename(napi_env env, napi_callback_info info)
{
	return with_two_paths(env, info, rename);
}

/* symlink(target, linkPath) */
static napi_value
do_symlink(napi_env env, napi_callback_info info)
{
	return with_two_paths(env, info, symlink);
}

/* readlink(path, buffer, offset, length): the length of the target. */
static napi_value
do_readlink(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path path;
	struct bytes to;

	call_begin(&c, env, info, 6);
	arg_path(&c, 0, &path);
	to = arg_range(&c, 3);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) :
	    result_call(env, readlink(path.text, (char *)to.data, to.length));
}

/* getcwd(buffer, offset, length): the length without the NUL. */
static napi_value
do_getcwd(napi_env env, napi_callback_info info)
{
	struct call c;
	struct bytes to;

	call_begin(&c, env, info, 3);
	to = arg_range(&c, 0);
	if (c.failed)
		return NULL;
	if (getcwd((char *)to.data, to.length) == NULL)
		return result_call(env, -1);
	return result_int(env, (int64_t)strlen((char *)to.data));
}

static napi_value
statvfs_result(napi_env env, int r, const struct statvfs *st)
{
	if (r == 0) {
		const uint64_t fields[11] = { st->f_bsize, st->f_frsize, st->f_blocks, st->f_bfree,
		    st->f_bavail, st->f_files, st->f_ffree, st->f_favail, st->f_fsid, st->f_flag,
		    st->f_namemax };

		for (size_t i = 0; i < 11; i++)
			put_u64(registers + 2 * i, fields[i]);
	}
	return result_call(env, r);
}

/* statvfs(path): eleven u64 in the registers, in the order of POSIX's struct. */
static napi_value
do_statvfs(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path path;
	struct statvfs st;

	call_begin(&c, env, info, 3);
	arg_path(&c, 0, &path);
	if (c.failed)
		return NULL;
	return path.too_long ? TOO_LONG(env) : statvfs_result(env, statvfs(path.text, &st), &st);
}

/* fstatvfs(fd): as statvfs. */
static napi_value
do_fstatvfs(napi_env env, napi_callback_info info)
{
	struct call c;
	struct statvfs st;
	int fd;

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	return c.failed ? NULL : statvfs_result(env, fstatvfs(fd, &st), &st);
}

const struct export file_exports[] = {
	{ "open", do_open },
	{ "openWithoutWaiting", open_without_waiting },
	{ "stat", do_stat },
	{ "lstat", do_lstat },
	{ "fstat", do_fstat },
	{ "truncate", do_truncate },
	{ "chmod", do_chmod },
	{ "lchmod", do_lchmod },
	{ "fchmod", do_fchmod },
	{ "utimes", do_utimes },
	{ "lutimes", do_lutimes },
	{ "futimes", do_futimes },
	{ "chown", do_chown },
	{ "lchown", do_lchown },
	{ "fchown", do_fchown },
	{ "mkdir", do_mkdir },
	{ "rmdir", do_rmdir },
	{ "unlink", do_unlink },
	{ "chdir", do_chdir },
	{ "link", do_link },
	{ "rename", do_rename },
	{ "symlink", do_symlink },
	{ "readlink", do_readlink },
	{ "getcwd", do_getcwd },
	{ "statvfs", do_statvfs },
	{ "fstatvfs", do_fstatvfs },
	{ NULL, NULL },
};
