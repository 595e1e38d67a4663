/* The addon's entry: argument checks, results, and the list of exports. */
#include "addon.h"

#include <malloc.h>

static _Alignas(8) unsigned char nowhere[8];

static void
fail(struct call *c, bool range, const char *message)
{
	if (c->failed)
		return;
	c->failed = true;
	if (range)
		napi_throw_range_error(c->env, NULL, message);
	else
		napi_throw_type_error(c->env, NULL, message);
}

void
call_begin(struct call *c, napi_env env, napi_callback_info info, size_t count)
{
	size_t given = MAX_ARGS;

	c->env = env;
	c->failed = false;
	if (napi_get_cb_info(env, info, &given, c->argv, NULL, NULL) != napi_ok || given != count)
		fail(c, false, "wrong number of arguments");
}

int32_t
arg_int(struct call *c, size_t i, int32_t min, int32_t max)
{
	double value;

	if (c->failed)
		return min;
	if (napi_get_value_double(c->env, c->argv[i], &value) != napi_ok) {
		fail(c, false, "an integer is needed");
		return min;
	}
	if (!(value >= min && value <= max) || value != (double)(int32_t)value) {
		fail(c, true, "integer out of range");
		return min;
	}
	return (int32_t)value;
}

int
arg_fd(struct call *c, size_t i)
{
	return arg_int(c, i, -1, INT32_MAX);
}

int
arg_follow(struct call *c, size_t i)
{
	return arg_int(c, i, 0, 1) == 1 ? 0 : AT_SYMLINK_NOFOLLOW;
}

uint32_t
arg_uint(struct call *c, size_t i)
{
	double value;

	if (c->failed)
		return 0;
	if (napi_get_value_double(c->env, c->argv[i], &value) != napi_ok) {
		fail(c, false, "an unsigned integer is needed");
		return 0;
	}
	if (!(value >= 0 && value <= UINT32_MAX) || value != (double)(uint32_t)value) {
		fail(c, true, "unsigned integer out of range");
		return 0;
	}
	return (uint32_t)value;
}

uint64_t
arg_u64(struct call *c, size_t high)
{
	uint64_t word = arg_uint(c, high);

	return word << 32 | arg_uint(c, high + 1);
}

struct bytes
arg_buffer(struct call *c, size_t i)
{
	struct bytes bytes = { NULL, 0 };
	void *data;

	if (c->failed)
		return bytes;
	if (napi_get_buffer_info(c->env, c->argv[i], &data, &bytes.length) != napi_ok) {
		bytes.length = 0;
		fail(c, false, "a Buffer is needed");
		return bytes;
	}
	/* An empty Buffer may have no memory, but C's functions need a valid pointer even for 0 bytes. */
	bytes.data = data == NULL ? nowhere : data;
	return bytes;
}

struct bytes
arg_range(struct call *c, size_t i)
{
	struct bytes bytes = arg_buffer(c, i);
	uint32_t offset = arg_uint(c, i + 1);
	uint32_t length = arg_uint(c, i + 2);

	if (!c->failed && (offset > bytes.length || length > bytes.length - offset))
		fail(c, true, "range outside the Buffer");
	if (c->failed)
		return (struct bytes){ NULL, 0 };
	bytes.data += offset;
	bytes.length = length;
	return bytes;
}

bool
path_of(struct bytes bytes, struct path *path)
{
	path->text[0] = '\0';
	path->too_long = bytes.length >= PATH_MAX;
	if (path->too_long)
		bytes.length = PATH_MAX;
	if (bytes.length == 0)
		return true;
	if (memchr(bytes.data, '\0', bytes.length) != NULL)
		return false;
	memcpy(path->text, bytes.data, bytes.length);
	path->text[bytes.length] = '\0';
	return true;
}

void
arg_path(struct call *c, size_t i, struct path *path)
{
	struct bytes bytes = arg_range(c, i);

	if (!path_of(bytes, path))
		fail(c, false, "a path holds a NUL");
}

uint32_t *
arg_words(struct call *c, size_t i, size_t count)
{
	napi_typedarray_type type;
	size_t length;
	void *data;

	if (c->failed)
		return NULL;
	if (napi_get_typedarray_info(c->env, c->argv[i], &type, &length, &data, NULL, NULL) != napi_ok ||
	    type != napi_uint32_array) {
		fail(c, false, "a Uint32Array is needed");
		return NULL;
	}
	if (length < count || data == NULL) {
		fail(c, true, "the Uint32Array is too short");
		return NULL;
	}
	return data;
}

void
arg_target(struct call *c, size_t i, struct target *target)
{
	target->directory = arg_int(c, i, AT_FDCWD, INT32_MAX);
	arg_path(c, i + 1, &target->path);
	target->itself = !c->failed && target->directory != AT_FDCWD && target->path.text[0] == '\0';
}

bool
overlap(struct bytes a, struct bytes b)
{
	uintptr_t a_start = (uintptr_t)a.data, b_start = (uintptr_t)b.data;
	uintptr_t a_end = a_start + a.length, b_end = b_start + b.length;

	return (a_start > b_start ? a_start : b_start) < (a_end < b_end ? a_end : b_end);
}

napi_value
result_int(napi_env env, int64_t value)
{
	napi_value result = NULL;

	napi_create_int64(env, value, &result);
	return result;
}

napi_value
result_call(napi_env env, int64_t value)
{
	return result_int(env, value == -1 ? -errno : value);
}

napi_value
with_fd(napi_env env, napi_callback_info info, int (*call)(int))
{
	struct call c;
	int fd;

	call_begin(&c, env, info, 1);
	fd = arg_fd(&c, 0);
	return c.failed ? NULL : result_call(env, call(fd));
}

void
export_all(napi_env env, napi_value exports, const struct export *list)
{
	for (; list->name != NULL; list++) {
		napi_value value;

		if (napi_create_function(env, list->name, NAPI_AUTO_LENGTH,
		    (napi_callback)list->function, NULL, &value) == napi_ok)
			napi_set_named_property(env, exports, list->name, value);
	}
}

NAPI_MODULE_INIT()
{
	napi_value fast;

#ifdef M_ARENA_MAX
	/* One heap for all threads, so that V8's compiler threads reuse memory that others
	 * freed: saves up to 3 MiB per session (glibc; musl always has one heap). */
	mallopt(M_ARENA_MAX, 1);
#endif
	export_all(env, exports, process_exports);
	export_all(env, exports, pin_exports);
	export_all(env, exports, io_exports);
	export_all(env, exports, descriptor_exports);
	export_all(env, exports, pipe_exports);
	export_all(env, exports, open_exports);
	export_all(env, exports, stat_exports);
	export_all(env, exports, attribute_exports);
	export_all(env, exports, name_exports);
	export_all(env, exports, directory_exports);
	export_all(env, exports, user_exports);
	export_all(env, exports, landlock_exports);
	export_all(env, exports, sandbox_exports);
	export_all(env, exports, batch_exports);
	if (napi_create_object(env, &fast) == napi_ok) {
		export_all(env, fast, fast_exports);
		napi_set_named_property(env, exports, "fast", fast);
	}
	return exports;
}
