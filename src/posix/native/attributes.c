/* Changing attributes of files: size, mode, times, owner and group. */
#include "addon.h"
#include "syscall-numbers.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The path in /proc of a descriptor's file, for calls that take only paths. It always
 * leads to that file. */
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

/* For calls that take a path but no directory: a descriptor's path in /proc. */
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

/* truncateAt(target, sizeHigh, sizeLow): truncate(2), which opens no file and changes
 * times in other cases than ftruncate(2). */
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

/* Kernels before 6.6 have no chmod of an O_PATH descriptor. */
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
	flags = arg_follow(&c, 5);
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
	fd = arg_fd(&c, 0);
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
	flags = arg_follow(&c, 6);
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
	fd = arg_fd(&c, 0);
	arg_times(&c, 1, times);
	return c.failed ? NULL : result_call(env, futimens(fd, times));
}

/* chownAt(target, uid, gid, follow): 0xffffffff leaves the user or the group unchanged. */
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
	flags = arg_follow(&c, 6);
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
	fd = arg_fd(&c, 0);
	uid = arg_uint(&c, 1);
	gid = arg_uint(&c, 2);
	return c.failed ? NULL : result_call(env, fchown(fd, uid, gid));
}

const struct export attribute_exports[] = {
	{ "truncateAt", truncate_at },
	{ "chmodAt", chmod_at },
	{ "fchmod", do_fchmod },
	{ "utimesAt", utimes_at },
	{ "futimes", do_futimes },
	{ "chownAt", chown_at },
	{ "fchown", do_fchown },
	{ NULL, NULL },
};
