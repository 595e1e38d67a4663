/*
 * The calls that a session makes for each request. To fetch arguments from
 * JavaScript takes longer than such a call itself, the more so when the processor
 * has slept meanwhile: so these have none. They find numbers in registers, leave
 * their result in one, and bytes are in an area, a Buffer named before. Nothing
 * is returned, and nothing else is different: hot-calls.ts says what each takes.
 */
#include "addon.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The registers used; posix/hot-calls.ts has the same. */
enum {
	HOT_FD = HOT_REGISTERS,
	HOT_START, /* of a range in the area, and its length */
	HOT_LENGTH,
	HOT_FLAGS, /* of open */
	HOT_MODE,
	HOT_HIGH, /* of a position in a file */
	HOT_LOW,
	HOT_RESULT, /* as an int32: the longest range is the longest that Linux reads or writes */
};
#define HOT_LENGTH_MAX 0x7ffff000
/* The result for such a path: no errno. posix/hot-calls.ts has the same. */
#define PATH_HAS_NUL (-0x10000)

/* What the ranges lie in: those of read and of paths, those of write, send and pread. */
enum { AREA_INPUT, AREA_OUTPUT, AREAS };
static struct bytes areas[AREAS];

/* useArea(area, buffer): the caller keeps the Buffer alive, and its memory where
 * it is, until it names another one. */
static napi_value
use_area(napi_env env, napi_callback_info info)
{
	struct call c;
	int32_t area;
	struct bytes bytes;

	call_begin(&c, env, info, 2);
	area = arg_int(&c, 0, 0, AREAS - 1);
	bytes = arg_buffer(&c, 1);
	if (!c.failed)
		areas[area] = bytes;
	return NULL;
}

static napi_value
answer(int64_t value)
{
	registers[HOT_RESULT] = (uint32_t)(int32_t)(value == -1 ? -errno : value);
	return NULL;
}

/* False, with an exception pending, when it is not within the area. */
static bool
range_in(napi_env env, int area, struct bytes *range)
{
	uint32_t start = registers[HOT_START], length = registers[HOT_LENGTH];

	*range = areas[area];
	if (start > range->length || length > range->length - start || length > HOT_LENGTH_MAX) {
		napi_throw_range_error(env, NULL, "range outside the Buffer");
		return false;
	}
	range->data += start;
	range->length = length;
	return true;
}

static int
hot_fd(void)
{
	return (int)registers[HOT_FD];
}

static napi_value
hot_read(napi_env env, napi_callback_info info)
{
	struct bytes to;

	(void)info;
	return range_in(env, AREA_INPUT, &to) ? answer(read(hot_fd(), to.data, to.length)) : NULL;
}

static napi_value
hot_write(napi_env env, napi_callback_info info)
{
	struct bytes from;

	(void)info;
	return range_in(env, AREA_OUTPUT, &from) ? answer(write(hot_fd(), from.data, from.length)) : NULL;
}

static napi_value
hot_send(napi_env env, napi_callback_info info)
{
	struct bytes from;

	(void)info;
	return range_in(env, AREA_OUTPUT, &from) ?
	    answer(send(hot_fd(), from.data, from.length, MSG_DONTWAIT | MSG_NOSIGNAL)) : NULL;
}

static napi_value
hot_pread(napi_env env, napi_callback_info info)
{
	struct bytes to;

	(void)info;
	return range_in(env, AREA_OUTPUT, &to) ?
	    answer(read_at(hot_fd(), to, (uint64_t)registers[HOT_HIGH] << 32 | registers[HOT_LOW])) : NULL;
}

/* False, with the answer given, when there is no such path. */
static bool
hot_path(napi_env env, struct path *path)
{
	struct bytes bytes;

	if (!range_in(env, AREA_INPUT, &bytes))
		return false;
	if (!path_of(bytes, path)) {
		answer(PATH_HAS_NUL);
		return false;
	}
	if (path->too_long)
		answer(-ENAMETOOLONG);
	return !path->too_long;
}

static napi_value
stat_by(napi_env env, int (*call)(const char *, struct stat *))
{
	struct path path;
	struct stat st;
	int r;

	if (!hot_path(env, &path))
		return NULL;
	if ((r = call(path.text, &st)) == 0)
		stat_to_words(&st, registers);
	return answer(r);
}

static napi_value
hot_stat(napi_env env, napi_callback_info info)
{
	(void)info;
	return stat_by(env, stat);
}

static napi_value
hot_lstat(napi_env env, napi_callback_info info)
{
	(void)info;
	return stat_by(env, lstat);
}

static napi_value
hot_open(napi_env env, napi_callback_info info)
{
	struct path path;

	(void)info;
	return hot_path(env, &path) ?
	    answer(open_now(path.text, (int)registers[HOT_FLAGS], registers[HOT_MODE])) : NULL;
}

static napi_value
hot_close(napi_env env, napi_callback_info info)
{
	(void)env;
	(void)info;
	return answer(close(hot_fd()));
}

const struct export area_exports[] = {
	{ "useArea", use_area },
	{ NULL, NULL },
};

const struct export hot_exports[] = {
	{ "read", hot_read },
	{ "write", hot_write },
	{ "send", hot_send },
	{ "pread", hot_pread },
	{ "stat", hot_stat },
	{ "lstat", hot_lstat },
	{ "openWithoutWaiting", hot_open },
	{ "close", hot_close },
	{ NULL, NULL },
};
