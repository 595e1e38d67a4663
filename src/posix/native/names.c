/*
 * Names: creating, removing, linking and renaming them; the targets of links; and the
 * working directory.
 */
#include "addon.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

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

/* linkAt(from, to): does not follow a symbolic link, as link(2). */
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

/* linkFollowingAt(from, to): follows a symbolic link. */
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

/* renameToFreeAt(from, to): renameat2(2), never replacing a file. */
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
	/* If the file is not a link, the kernel returns EINVAL for a path but ENOENT for a descriptor. */
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
	return with_fd(env, info, fchdir);
}

const struct export name_exports[] = {
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
	{ NULL, NULL },
};
