/* Properties of files: attributes, identities, file systems. */
#include "addon.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

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

#define STATVFS_WORDS 22
#define IDENTITY_WORDS 8

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
	flags = arg_follow(&c, 4);
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
	fd = arg_fd(&c, 0);
	words = arg_words(&c, 1, STAT_WORDS);
	if (c.failed)
		return NULL;
	if ((r = fstat(fd, &st)) == 0)
		stat_to_words(&st, words);
	return result_call(env, r);
}

/* identityAt(target, words): what distinguishes a file from others that had its name or
 * inode before, by statx(2) without following a link: device (two words), inode, birth
 * time in seconds, its nanoseconds, and whether the file system keeps birth times. */
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

/* handleAt(target, buffer, offset, length): name_to_handle_at(2) without following a link.
 * Returns the length of the handle, which contains the inode's generation. */
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
	/* Before Linux 6.5 all handles can be used to open files, and fewer file systems have them. */
	if (r == -1 && errno == EINVAL)
		r = name_to_handle_at(target.directory, target.path.text, &found.handle, &mount, flags);
	if (r == -1)
		return result_call(env, r);
	memcpy(to.data, found.handle.f_handle, found.handle.handle_bytes);
	return result_int(env, (int32_t)found.handle.handle_bytes);
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

/* statvfsAt(target, words): eleven u64, high word first, in the order of struct statvfs. */
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
	fd = arg_fd(&c, 0);
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
	fd = arg_fd(&c, 0);
	if (c.failed)
		return NULL;
	return fstatfs(fd, &st) == -1 ? result_call(env, -1) : result_int(env, (uint32_t)st.f_type);
}

const struct export stat_exports[] = {
	{ "statAt", stat_at },
	{ "fstat", do_fstat },
	{ "identityAt", identity_at },
	{ "handleAt", handle_at },
	{ "statvfsAt", statvfs_at },
	{ "fstatvfs", do_fstatvfs },
	{ "fileSystemType", file_system_type },
	{ NULL, NULL },
};
