/*
 * The calls that a session makes for each request. Passing arguments from JavaScript
 * takes longer than such a call itself, so these take none: arguments and results are
 * words in pinned memory, and byte ranges are in pinned Buffers. Otherwise they are the
 * addon's calls of the same names; posix/fast-calls.ts wraps them.
 */
#include "addon.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The argument words, as in posix/fast-calls.ts. */
enum {
	ARG_FD_WORD,	 /* of a descriptor, or of a directory */
	ARG_START,	 /* of a range in a pinned Buffer */
	ARG_LENGTH,
	ARG_FLAGS,	 /* of open; of stat: 1 to follow a link */
	ARG_MODE,	 /* of open */
	ARG_HIGH,	 /* of a position in a file */
	ARG_LOW,
	ARG_RESOLVE,	 /* of openat2 */
	ARG_LINKS,	 /* a descriptor of /proc/self/fd */
	ARG_RESULT,	 /* an int32: the longest range is the longest that Linux reads or writes */
	ARG_WORDS,
};
#define RANGE_MAX 0x7ffff000
/* The result for a path that contains a NUL, not an errno; as in posix/fast-calls.ts. */
#define PATH_HAS_NUL (-0x10000)

/* The slots of pinned memory, as in posix/fast-calls.ts. */
enum {
	PIN_ARGUMENTS,
	PIN_INPUT,  /* ranges of read, and paths */
	PIN_OUTPUT, /* ranges of write, send and pread */
	PIN_STAT,
	PIN_SIGNAL,
	PIN_LOCATION, /* a path that statLocated reads */
	PINS,
};

static struct pin {
	unsigned char *data;
	size_t length; /* bytes */
	napi_ref reference;
} pins[PINS];

static const size_t pin_words[PINS] = {
	[PIN_ARGUMENTS] = ARG_WORDS,
	[PIN_STAT] = STAT_WORDS,
	[PIN_SIGNAL] = 1,
};

static uint32_t *
words_of(int slot)
{
	return (uint32_t *)(void *)pins[slot].data;
}

/*
 * pin(slot, array): a Buffer for the slots of bytes, a Uint32Array for the others. The
 * addon holds a reference until another array takes the slot; until then, the array's
 * memory must not be transferred or detached.
 */
static napi_value
do_pin(napi_env env, napi_callback_info info)
{
	struct call c;
	napi_typedarray_type type;
	napi_ref reference;
	size_t length, width;
	void *data;
	int slot;

	call_begin(&c, env, info, 2);
	slot = arg_int(&c, 0, 0, PINS - 1);
	if (c.failed)
		return NULL;
	width = pin_words[slot] == 0 ? 1 : 4;
	if (napi_get_typedarray_info(env, c.argv[1], &type, &length, &data, NULL, NULL) != napi_ok ||
	    type != (width == 1 ? napi_uint8_array : napi_uint32_array)) {
		napi_throw_type_error(env, NULL, "another array is needed");
		return NULL;
	}
	if (length < pin_words[slot] || (data == NULL && length > 0)) {
		napi_throw_range_error(env, NULL, "the array is too short");
		return NULL;
	}
	if (napi_create_reference(env, c.argv[1], 1, &reference) != napi_ok)
		return NULL;
	if (pins[slot].reference != NULL)
		napi_delete_reference(env, pins[slot].reference);
	pins[slot] = (struct pin){ data, width * length, reference };
	if (slot == PIN_SIGNAL)
		signal_word = words_of(slot);
	return NULL;
}

static napi_value
answer(int64_t value)
{
	words_of(PIN_ARGUMENTS)[ARG_RESULT] = (uint32_t)(int32_t)(value == -1 ? -errno : value);
	return NULL;
}

/* False, with an exception pending, if the range is not within the pinned Buffer. */
static bool
range_in(napi_env env, int slot, struct bytes *range)
{
	const uint32_t *arguments = words_of(PIN_ARGUMENTS);

	if (arguments == NULL) {
		napi_throw_type_error(env, NULL, "nothing is pinned");
		return false;
	}
	uint32_t start = arguments[ARG_START], length = arguments[ARG_LENGTH];
	if (start > pins[slot].length || length > pins[slot].length - start || length > RANGE_MAX) {
		napi_throw_range_error(env, NULL, "range outside the Buffer");
		return false;
	}
	range->data = pins[slot].data == NULL ? (unsigned char *)"" : pins[slot].data + start;
	range->length = length;
	return true;
}

static uint32_t
argument(int word)
{
	return words_of(PIN_ARGUMENTS)[word];
}

static napi_value
fast_read(napi_env env, napi_callback_info info)
{
	struct bytes to;

	(void)info;
	return range_in(env, PIN_INPUT, &to) ?
	    answer(read((int)argument(ARG_FD_WORD), to.data, to.length)) : NULL;
}

static napi_value
fast_write(napi_env env, napi_callback_info info)
{
	struct bytes from;

	(void)info;
	return range_in(env, PIN_OUTPUT, &from) ?
	    answer(write((int)argument(ARG_FD_WORD), from.data, from.length)) : NULL;
}

static napi_value
fast_send(napi_env env, napi_callback_info info)
{
	struct bytes from;

	(void)info;
	return range_in(env, PIN_OUTPUT, &from) ?
	    answer(send((int)argument(ARG_FD_WORD), from.data, from.length, MSG_DONTWAIT | MSG_NOSIGNAL)) : NULL;
}

static napi_value
fast_pread(napi_env env, napi_callback_info info)
{
	struct bytes to;

	(void)info;
	return range_in(env, PIN_OUTPUT, &to) ?
	    answer(read_at((int)argument(ARG_FD_WORD), to,
		(uint64_t)argument(ARG_HIGH) << 32 | argument(ARG_LOW))) : NULL;
}

/* False, with the result set, if the range is not a path. */
static bool
path_in_input(napi_env env, struct path *path)
{
	struct bytes bytes;

	if (!range_in(env, PIN_INPUT, &bytes))
		return false;
	if (!path_of(bytes, path)) {
		answer(PATH_HAS_NUL);
		return false;
	}
	return true;
}

static napi_value
answer_stat(napi_env env, int r, const struct stat *st)
{
	if (pins[PIN_STAT].data == NULL) {
		napi_throw_type_error(env, NULL, "nothing is pinned");
		return NULL;
	}
	if (r == 0)
		stat_to_words(st, words_of(PIN_STAT));
	return answer(r);
}

/* stat(2) or lstat(2) from the working directory. */
static napi_value
fast_stat(napi_env env, napi_callback_info info)
{
	struct path path;
	struct stat st;

	(void)info;
	if (!path_in_input(env, &path))
		return NULL;
	return answer_stat(env,
	    fstatat(AT_FDCWD, path.text, &st, argument(ARG_FLAGS) != 0 ? 0 : AT_SYMLINK_NOFOLLOW), &st);
}

/* lstat(2) of a path from a directory. */
static napi_value
fast_lstat_in(napi_env env, napi_callback_info info)
{
	struct path path;
	struct stat st;

	(void)info;
	if (!path_in_input(env, &path))
		return NULL;
	return answer_stat(env,
	    fstatat((int)argument(ARG_FD_WORD), path.text, &st, AT_SYMLINK_NOFOLLOW), &st);
}

/* Opens a path with openat2(2) and O_PATH, reads its stat, and closes it. */
static napi_value
fast_stat_beneath(napi_env env, napi_callback_info info)
{
	struct path path;
	struct stat st;
	int fd, r, saved;

	(void)info;
	if (!path_in_input(env, &path))
		return NULL;
	fd = open_beneath((int)argument(ARG_FD_WORD), path.text[0] == '\0' ? "." : path.text,
	    O_PATH | (argument(ARG_FLAGS) != 0 ? 0 : O_NOFOLLOW), 0, argument(ARG_RESOLVE));
	if (fd == -1)
		return answer(-1);
	r = fstat(fd, &st);
	saved = errno;
	close(fd);
	errno = saved;
	return answer_stat(env, r, &st);
}

/*
 * Like fast_stat_beneath, and also reads the file's location from its link in
 * /proc/self/fd. The result is the location's length, truncated to the pinned Buffer's.
 */
static napi_value
fast_stat_located(napi_env env, napi_callback_info info)
{
	struct path path;
	struct stat st;
	char name[16];
	ssize_t n = -1;
	int fd, saved;

	(void)info;
	if (!path_in_input(env, &path))
		return NULL;
	if (pins[PIN_LOCATION].data == NULL || pins[PIN_STAT].data == NULL) {
		napi_throw_type_error(env, NULL, "nothing is pinned");
		return NULL;
	}
	fd = open_beneath((int)argument(ARG_FD_WORD), path.text,
	    O_PATH | (argument(ARG_FLAGS) != 0 ? 0 : O_NOFOLLOW), 0, argument(ARG_RESOLVE));
	if (fd == -1)
		return answer(-1);
	if (fstat(fd, &st) == 0) {
		snprintf(name, sizeof(name), "%d", fd);
		n = readlinkat((int)argument(ARG_LINKS), name, (char *)pins[PIN_LOCATION].data,
		    pins[PIN_LOCATION].length);
	}
	saved = errno;
	close(fd);
	errno = saved;
	if (n != -1)
		stat_to_words(&st, words_of(PIN_STAT));
	return answer(n);
}

static napi_value
fast_open(napi_env env, napi_callback_info info)
{
	struct path path;

	(void)info;
	return path_in_input(env, &path) ?
	    answer(open_now(AT_FDCWD, path.text, (int)argument(ARG_FLAGS), argument(ARG_MODE))) : NULL;
}

/* Like open_now, but by openat2(2), and also reads the opened file's stat. */
static napi_value
fast_open_beneath(napi_env env, napi_callback_info info)
{
	struct path path;
	struct stat st;
	int fd, flags;

	(void)info;
	if (!path_in_input(env, &path))
		return NULL;
	flags = (int)argument(ARG_FLAGS);
	if (pins[PIN_STAT].data == NULL) {
		napi_throw_type_error(env, NULL, "nothing is pinned");
		return NULL;
	}
	fd = open_beneath((int)argument(ARG_FD_WORD), path.text, flags | O_NONBLOCK | O_NOCTTY,
	    argument(ARG_MODE), argument(ARG_RESOLVE));
	if (fd == -1)
		return answer(-1);
	if (fstat(fd, &st) == -1) {
		int saved = errno;

		close(fd);
		errno = saved;
		return answer(-1);
	}
	if (S_ISREG(st.st_mode))
		(void)fcntl(fd, F_SETFL, flags);
	stat_to_words(&st, words_of(PIN_STAT));
	return answer(fd);
}

static napi_value
fast_close(napi_env env, napi_callback_info info)
{
	(void)env;
	(void)info;
	return pins[PIN_ARGUMENTS].data == NULL ? NULL : answer(close((int)argument(ARG_FD_WORD)));
}

const struct export pin_exports[] = {
	{ "pin", do_pin },
	{ NULL, NULL },
};

const struct export fast_exports[] = {
	{ "read", fast_read },
	{ "write", fast_write },
	{ "send", fast_send },
	{ "pread", fast_pread },
	{ "stat", fast_stat },
	{ "statBeneath", fast_stat_beneath },
	{ "statLocated", fast_stat_located },
	{ "lstatIn", fast_lstat_in },
	{ "openBeneath", fast_open_beneath },
	{ "openWithoutWaiting", fast_open },
	{ "close", fast_close },
	{ NULL, NULL },
};
