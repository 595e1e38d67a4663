/*
 * Calls that name a file or describe an open one. A file is named by a target: a
 * directory's descriptor and a path from there. An empty path names what the
 * descriptor itself stands for, which may be open for nothing (O_PATH): nothing
 * can be exchanged between looking a file up and acting on it.
 */
#include "addon.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#define NR_FCHMODAT2 452
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200 /* Linux 6.5 */
#endif

/* musl has statx(2) from 1.2.5 on. */
#ifndef STATX_BTIME
#include <linux/stat.h>
static int
statx(int directory, const char *path, int flags, unsigned mask, struct statx *stx)
{
	return (int)syscall(SYS_statx, directory, path, flags, mask, stx);
}
#endif

#define ARG_FD(c, i) arg_int((c), (i), -1, INT32_MAX)
#define ARG_FOLLOW(c, i) (arg_int((c), (i), 0, 1) == 1 ? 0 : AT_SYMLINK_NOFOLLOW)
#define STATVFS_WORDS 22
#define IDENTITY_WORDS 8

/* The kernel's struct open_how, which older headers lack. */
struct how {
	uint64_t flags, mode, resolve;
};

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

/*
 * Opens without waiting for the other end of a FIFO or for a device, and without
 * taking a terminal. Anything but a regular file stays non-blocking. A regular file
 * does not: most file systems ignore the flag, but some refuse what they would have
 * to wait for (Lustre), or hand the flag on.
 */
int
open_now(int directory, const char *path, int flags, mode_t mode)
{
	struct stat st;
	int fd = openat(directory, path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		(void)fcntl(fd, F_SETFL, flags);
	return fd;
}

int
open_beneath(int directory, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct how how = { (uint64_t)flags | O_CLOEXEC, mode, resolve };

	return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}

/* Target, flags, mode: six arguments. */
static napi_value
with_flags(napi_env env, napi_callback_info info, int (*call)(int, const char *, int, mode_t))
{
	struct target target;
	struct call c;
	mode_t mode;
	int flags;

	call_begin(&c, env, info, 6);
	arg_target(&c, 0, &target);
	flags = arg_int(&c, 4, 0, INT32_MAX);
	mode = arg_uint(&c, 5);
	return c.failed ? NULL : result_call(env, call(target.directory, target.path.text, flags, mode));
}

static int
open_cloexec(int directory, const char *path, int flags, mode_t mode)
{
	return openat(directory, path, flags | O_CLOEXEC, mode);
}

/* openAt(target, flags, mode): openat(2). */
static napi_value
open_at(napi_env env, napi_callback_info info)
{
	return with_flags(env, info, open_cloexec);
}

/* openWithoutWaitingAt(target, flags, mode): open_now. */
static napi_value
open_without_waiting_at(napi_env env, napi_callback_info info)
{
	return with_flags(env, info, open_now);
}

/* openat2(target, flags, mode, resolve) */
static napi_value
do_openat2(napi_env env, napi_callback_info info)
{
	struct target target;
	struct call c;
	uint32_t resolve;
	mode_t mode;
	int flags;

	call_begin(&c, env, info, 7);
	arg_target(&c, 0, &target);
	flags = arg_int(&c, 4, 0, INT32_MAX);
	mode = arg_uint(&c, 5);
	resolve = arg_uint(&c, 6);
	return c.failed ? NULL :
	    result_call(env, open_beneath(target.directory, target.path.text, flags, mode, resolve));
}

/* statAt(target, follow, words): STAT_WORDS of the file. */
static napi_value
stat_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct call c;
	struct stat st;
	uint32_t *words;
	int flags, r;

	call_begin(&c, env, info, 6);
	arg_target(&c, 0, &target);
	flags = ARG_FOLLOW(&c, 4);
	words = arg_words(&c, 5, STAT_WORDS);
	if (c.failed)
		return NULL;
	r = target.itself ? fstat(target.directory, &st) :
			    fstatat(target.directory, target.path.text, &st, flags);
	if (r == 0)
		stat_to_words(&st, words);
	return result_call(env, r);
}

/* fstat(fd, words) */
static napi_value
do_fstat(napi_env env, napi_callback_info info)
{
	struct call c;
	struct stat st;
	uint32_t *words;
	int fd, r;

	call_begin(&c, env, info, 2);
	fd = ARG_FD(&c, 0);
	words = arg_words(&c, 1, STAT_WORDS);
	if (c.failed)
		return NULL;
	if ((r = fstat(fd, &st)) == 0)
		stat_to_words(&st, words);
	return result_call(env, r);
}

/* For calls that take a path and no directory: of a descriptor by /proc. */
static int
truncate_target(const struct target *target, off_t size)
{
	if (target->itself)
		return truncate(proc_name(target->directory).text, size);
	if (target->directory == AT_FDCWD)
		return truncate(target->path.text, size);
	errno = ENOSYS;
	return -1;
}

/* identityAt(target, words): what tells a file from all that ever had its name or
 * number, by statx(2), a link's own: device (two words), inode, birth time in
 * seconds, its nanoseconds, and whether the file system keeps birth times. */
static napi_value
identity_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct call c;
	struct statx stx;
	uint32_t *words;
	int flags, r;

	call_begin(&c, env, info, 5);
	arg_target(&c, 0, &target);
	words = arg_words(&c, 4, IDENTITY_WORDS);
	if (c.failed)
		return NULL;
	flags = AT_SYMLINK_NOFOLLOW | (target.itself ? AT_EMPTY_PATH : 0);
	r = statx(target.directory, target.path.text, flags, STATX_INO | STATX_BTIME, &stx);
	if (r == 0) {
		words[0] = stx.stx_dev_major;
		words[1] = stx.stx_dev_minor;
		put_u64(words + 2, stx.stx_ino);
		put_u64(words + 4, (uint64_t)stx.stx_btime.tv_sec);
		words[6] = stx.stx_btime.tv_nsec;
		words[7] = (stx.stx_mask & STATX_BTIME) != 0;
	}
	return result_call(env, r);
}

/* handleAt(target, buffer, offset, length): name_to_handle_at(2), a link's own: the length
 * of the handle, which holds the inode's generation too. */
static napi_value
handle_at(napi_env env, napi_callback_info info)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} found;
	struct target target;
	struct bytes to;
	struct call c;
	int flags, mount, r;

	call_begin(&c, env, info, 7);
	arg_target(&c, 0, &target);
	to = arg_range(&c, 4);
	if (c.failed)
		return NULL;
	flags = target.itself ? AT_EMPTY_PATH : 0;
	found.handle.handle_bytes = to.length < MAX_HANDLE_SZ ? (unsigned int)to.length : MAX_HANDLE_SZ;
	r = name_to_handle_at(target.directory, target.path.text, &found.handle, &mount, flags | AT_HANDLE_FID);
	/* Before Linux 6.5 there are only handles by which files can be opened, of fewer file systems. */
	if (r == -1 && errno == EINVAL)
		r = name_to_handle_at(target.directory, target.path.text, &found.handle, &mount, flags);
	if (r == -1)
		return result_call(env, r);
	memcpy(to.data, found.handle.f_handle, found.handle.handle_bytes);
	return result_int(env, (int32_t)found.handle.handle_bytes);
}

/* truncateAt(target, sizeHigh, sizeLow): truncate(2), which opens nothing and treats
 * times unlike ftruncate(2). */
static napi_value
truncate_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct call c;
	uint64_t size;

	call_begin(&c, env, info, 6);
	arg_target(&c, 0, &target);
	size = arg_u64(&c, 4);
	return c.failed ? NULL : result_call(env, truncate_target(&target, (off_t)size));
}

/* Kernels before 6.6 have no chmod of a descriptor that is open for nothing. */
static int
chmod_descriptor(int fd, mode_t mode)
{
	if (syscall(NR_FCHMODAT2, fd, "", mode, AT_EMPTY_PATH) == 0)
		return 0;
	return errno == ENOSYS ? chmod(proc_name(fd).text, mode) : -1;
}

/* chmodAt(target, mode, follow) */
static napi_value
chmod_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct call c;
	mode_t mode;
	int flags;

	call_begin(&c, env, info, 6);
	arg_target(&c, 0, &target);
	mode = arg_uint(&c, 4);
	flags = ARG_FOLLOW(&c, 5);
	if (c.failed)
		return NULL;
	return result_call(env, target.itself ? chmod_descriptor(target.directory, mode) :
	    fchmodat(target.directory, target.path.text, mode, flags));
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

/* utimesAt(target, atime, mtime, follow) */
static napi_value
utimes_at(napi_env env, napi_callback_info info)
{
	struct timespec times[2];
	struct target target;
	struct call c;
	int flags;

	call_begin(&c, env, info, 7);
	arg_target(&c, 0, &target);
	arg_times(&c, 4, times);
	flags = ARG_FOLLOW(&c, 6);
	if (c.failed)
		return NULL;
	return result_call(env, utimensat(target.directory, target.path.text, times,
	    target.itself ? AT_EMPTY_PATH : flags));
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

/* chownAt(target, uid, gid, follow): 0xffffffff leaves the one or the other. */
static napi_value
chown_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct call c;
	uid_t uid;
	gid_t gid;
	int flags;

	call_begin(&c, env, info, 7);
	arg_target(&c, 0, &target);
	uid = arg_uint(&c, 4);
	gid = arg_uint(&c, 5);
	flags = ARG_FOLLOW(&c, 6);
	if (c.failed)
		return NULL;
	return result_call(env, fchownat(target.directory, target.path.text, uid, gid,
	    target.itself ? AT_EMPTY_PATH : flags));
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

/* mkdirAt(target, mode) */
static napi_value
mkdir_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct call c;
	mode_t mode;

	call_begin(&c, env, info, 5);
	arg_target(&c, 0, &target);
	mode = arg_uint(&c, 4);
	return c.failed ? NULL : result_call(env, mkdirat(target.directory, target.path.text, mode));
}

/* unlinkAt(target, isDirectory): as rmdir(2) if the last is 1. */
static napi_value
unlink_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct call c;
	int flags;

	call_begin(&c, env, info, 5);
	arg_target(&c, 0, &target);
	flags = arg_int(&c, 4, 0, 1) == 1 ? AT_REMOVEDIR : 0;
	return c.failed ? NULL : result_call(env, unlinkat(target.directory, target.path.text, flags));
}

/* Two targets: eight arguments. */
static napi_value
with_two_targets(napi_env env, napi_callback_info info,
    int (*call)(int, const char *, int, const char *))
{
	struct target from, to;
	struct call c;

	call_begin(&c, env, info, 8);
	arg_target(&c, 0, &from);
	arg_target(&c, 4, &to);
	if (c.failed)
		return NULL;
	return result_call(env, call(from.directory, from.path.text, to.directory, to.path.text));
}

static int
link_no_follow(int from_directory, const char *from, int to_directory, const char *to)
{
	return linkat(from_directory, from, to_directory, to, 0);
}

/* linkAt(from, to): a symbolic link is linked itself, as by link(2). */
static napi_value
link_at(napi_env env, napi_callback_info info)
{
	return with_two_targets(env, info, link_no_follow);
}

static int
link_follow(int from_directory, const char *from, int to_directory, const char *to)
{
	return linkat(from_directory, from, to_directory, to, AT_SYMLINK_FOLLOW);
}

/* linkFollowingAt(from, to): what a link leads to is linked. */
static napi_value
link_following_at(napi_env env, napi_callback_info info)
{
	return with_two_targets(env, info, link_follow);
}

/* renameAt(from, to) */
static napi_value
rename_at(napi_env env, napi_callback_info info)
{
	return with_two_targets(env, info, renameat);
}

/* renameToFreeAt(from, to): renameat2(2) that replaces nothing. */
static int
rename_noreplace(int from_directory, const char *from, int to_directory, const char *to)
{
	return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, RENAME_NOREPLACE);
}

static napi_value
rename_to_free_at(napi_env env, napi_callback_info info)
{
	return with_two_targets(env, info, rename_noreplace);
}

/* symlinkAt(text, offset, length, target) */
static napi_value
symlink_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct path text;
	struct call c;

	call_begin(&c, env, info, 7);
	arg_path(&c, 0, &text);
	arg_target(&c, 3, &target);
	return c.failed ? NULL :
	    result_call(env, symlinkat(text.text, target.directory, target.path.text));
}

/* readlinkAt(target, buffer, offset, length): the length of the link's text. */
static napi_value
readlink_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct bytes to;
	struct call c;
	ssize_t n;

	call_begin(&c, env, info, 7);
	arg_target(&c, 0, &target);
	to = arg_range(&c, 4);
	if (c.failed)
		return NULL;
	n = readlinkat(target.directory, target.path.text, (char *)to.data, to.length);
	/* For a descriptor of something else than a link the kernel says ENOENT, for a path EINVAL. */
	return n == -1 && target.itself && errno == ENOENT ? result_int(env, -EINVAL) : result_call(env, n);
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

/* chdir(path) */
static napi_value
do_chdir(napi_env env, napi_callback_info info)
{
	struct path path;
	struct call c;

	call_begin(&c, env, info, 3);
	arg_path(&c, 0, &path);
	return c.failed ? NULL : result_call(env, chdir(path.text));
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

static int
statvfs_target(const struct target *target, struct statvfs *st)
{
	if (target->itself)
		return fstatvfs(target->directory, st);
	if (target->directory == AT_FDCWD)
		return statvfs(target->path.text, st);
	errno = ENOSYS;
	return -1;
}

static napi_value
statvfs_result(napi_env env, int r, const struct statvfs *st, uint32_t *words)
{
	if (r == 0) {
		const uint64_t fields[STATVFS_WORDS / 2] = { st->f_bsize, st->f_frsize, st->f_blocks,
		    st->f_bfree, st->f_bavail, st->f_files, st->f_ffree, st->f_favail, st->f_fsid, st->f_flag,
		    st->f_namemax };

		for (size_t i = 0; i < STATVFS_WORDS / 2; i++)
			put_u64(words + 2 * i, fields[i]);
	}
	return result_call(env, r);
}

/* statvfsAt(target, words): eleven u64, high word first, in the order of POSIX's struct. */
static napi_value
statvfs_at(napi_env env, napi_callback_info info)
{
	struct target target;
	struct statvfs st;
	struct call c;
	uint32_t *words;

	call_begin(&c, env, info, 5);
	arg_target(&c, 0, &target);
	words = arg_words(&c, 4, STATVFS_WORDS);
	return c.failed ? NULL : statvfs_result(env, statvfs_target(&target, &st), &st, words);
}

/* fstatvfs(fd, words): as statvfsAt. */
static napi_value
do_fstatvfs(napi_env env, napi_callback_info info)
{
	struct call c;
	struct statvfs st;
	uint32_t *words;
	int fd;

	call_begin(&c, env, info, 2);
	fd = ARG_FD(&c, 0);
	words = arg_words(&c, 1, STATVFS_WORDS);
	return c.failed ? NULL : statvfs_result(env, fstatvfs(fd, &st), &st, words);
}

/* fileSystemType(fd): statfs(2)'s f_type. */
static napi_value
file_system_type(napi_env env, napi_callback_info info)
{
	struct statfs st;
	struct call c;
	int fd;

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	if (c.failed)
		return NULL;
	return fstatfs(fd, &st) == -1 ? result_call(env, -1) : result_int(env, (uint32_t)st.f_type);
}

const struct export file_exports[] = {
	{ "openAt", open_at },
	{ "openWithoutWaitingAt", open_without_waiting_at },
	{ "openat2", do_openat2 },
	{ "statAt", stat_at },
	{ "fstat", do_fstat },
	{ "identityAt", identity_at },
	{ "handleAt", handle_at },
	{ "truncateAt", truncate_at },
	{ "chmodAt", chmod_at },
	{ "fchmod", do_fchmod },
	{ "utimesAt", utimes_at },
	{ "futimes", do_futimes },
	{ "chownAt", chown_at },
	{ "fchown", do_fchown },
	{ "mkdirAt", mkdir_at },
	{ "unlinkAt", unlink_at },
	{ "linkAt", link_at },
	{ "linkFollowingAt", link_following_at },
	{ "renameAt", rename_at },
	{ "renameToFreeAt", rename_to_free_at },
	{ "symlinkAt", symlink_at },
	{ "readlinkAt", readlink_at },
	{ "getcwd", do_getcwd },
	{ "chdir", do_chdir },
	{ "fchdir", do_fchdir },
	{ "statvfsAt", statvfs_at },
	{ "fstatvfs", do_fstatvfs },
	{ "fileSystemType", file_system_type },
	{ NULL, NULL },
};
