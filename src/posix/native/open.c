/* Opening files: by a target, without blocking, and beneath a directory. */
#include "addon.h"
#include "syscall-numbers.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's struct open_how, which older headers lack. */
struct how {
	uint64_t flags, mode, resolve;
};

/*
 * Opens without waiting for the other end of a FIFO or for a device, and without
 * acquiring a terminal. Files except regular ones stay non-blocking. Regular files
 * become blocking: most file systems ignore the flag, but some fail where they would
 * have to wait (Lustre), or pass the flag on.
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

	return (int)syscall(NR_OPENAT2, directory, path, &how, sizeof(how));
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

const struct export open_exports[] = {
	{ "openAt", open_at },
	{ "openWithoutWaitingAt", open_without_waiting_at },
	{ "openat2", do_openat2 },
	{ NULL, NULL },
};
