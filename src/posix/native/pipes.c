/* Pipes, and bytes that the kernel moves from one descriptor to another. */
#include "addon.h"

#include <unistd.h>

/* pipe(ends): both ends non-blocking and close-on-exec; ends[0] reads, ends[1] writes. */
static napi_value
do_pipe(napi_env env, napi_callback_info info)
{
	struct call c;
	uint32_t *ends;
	int fds[2];

	call_begin(&c, env, info, 1);
	ends = arg_words(&c, 0, 2);
	if (c.failed)
		return NULL;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == -1)
		return result_call(env, -1);
	ends[0] = (uint32_t)fds[0];
	ends[1] = (uint32_t)fds[1];
	return result_int(env, 0);
}

/* spliceFromFile(fd, positionHigh, positionLow, pipeFd, length): moves pages of the
 * file without copying them; never waits for room in the pipe. */
static napi_value
splice_from_file(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd, pipe_fd;
	off_t position;
	uint32_t length;

	call_begin(&c, env, info, 5);
	fd = arg_fd(&c, 0);
	position = (off_t)arg_u64(&c, 1);
	pipe_fd = arg_fd(&c, 3);
	length = arg_uint(&c, 4);
	if (c.failed)
		return NULL;
	return result_call(env,
	    splice(fd, &position, pipe_fd, NULL, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

/* splicePipe(fromPipe, to, length): never blocks. */
static napi_value
splice_pipe(napi_env env, napi_callback_info info)
{
	struct call c;
	int from, to;
	uint32_t length;

	call_begin(&c, env, info, 3);
	from = arg_fd(&c, 0);
	to = arg_fd(&c, 1);
	length = arg_uint(&c, 2);
	if (c.failed)
		return NULL;
	return result_call(env,
	    splice(from, NULL, to, NULL, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

/* copyFileRange(fromFd, fromHigh, fromLow, toFd, toHigh, toLow, length) */
static napi_value
do_copy_file_range(napi_env env, napi_callback_info info)
{
	struct call c;
	int from, to;
	off_t from_position, to_position;
	uint32_t length;

	call_begin(&c, env, info, 7);
	from = arg_fd(&c, 0);
	from_position = (off_t)arg_u64(&c, 1);
	to = arg_fd(&c, 3);
	to_position = (off_t)arg_u64(&c, 4);
	length = arg_uint(&c, 6);
	if (c.failed)
		return NULL;
	return result_call(env, copy_file_range(from, &from_position, to, &to_position, length, 0));
}

const struct export pipe_exports[] = {
	{ "pipe", do_pipe },
	{ "spliceFromFile", splice_from_file },
	{ "splicePipe", splice_pipe },
	{ "copyFileRange", do_copy_file_range },
	{ NULL, NULL },
};
