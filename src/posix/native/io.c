/* Descriptors: waiting, reading, writing, positions. */
#include "addon.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

/* nanosleep(microseconds): -EINTR if a signal ends the sleep. */
static napi_value
do_nanosleep(napi_env env, napi_callback_info info)
{
	struct call c;
	struct timespec time = { 0, 0 };

	call_begin(&c, env, info, 1);
	time.tv_nsec = 1000L * arg_int(&c, 0, 0, 999999);
	if (c.failed)
		return NULL;
	return result_call(env, nanosleep(&time, NULL));
}

/* poll(inFd, inEvents, outFd, outEvents, timeoutMs): the input's revents in bits
 * 0-15, the output's in bits 16-30. A descriptor of -1 is not watched. */
static napi_value
do_poll(napi_env env, napi_callback_info info)
{
	struct call c;
	struct pollfd pfd[2];
	int timeout, r;

	call_begin(&c, env, info, 5);
	pfd[0].fd = arg_fd(&c, 0);
	pfd[0].events = (short)arg_int(&c, 1, 0, INT16_MAX);
	pfd[1].fd = arg_fd(&c, 2);
	pfd[1].events = (short)arg_int(&c, 3, 0, INT16_MAX);
	timeout = arg_int(&c, 4, -1, INT32_MAX);
	if (c.failed)
		return NULL;
	pfd[0].revents = pfd[1].revents = 0;
	r = poll(pfd, 2, timeout);
	if (r == -1)
		return result_call(env, -1);
	return result_int(env, (pfd[0].revents & 0xffff) | (pfd[1].revents & 0x7fff) << 16);
}

/* read(fd, buffer, offset, length) */
static napi_value
do_read(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;
	struct bytes to;

	call_begin(&c, env, info, 4);
	fd = arg_fd(&c, 0);
	to = arg_range(&c, 1);
	return c.failed ? NULL : result_call(env, read(fd, to.data, to.length));
}

/* write(fd, buffer, offset, length) */
static napi_value
do_write(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;
	struct bytes from;

	call_begin(&c, env, info, 4);
	fd = arg_fd(&c, 0);
	from = arg_range(&c, 1);
	return c.failed ? NULL : result_call(env, write(fd, from.data, from.length));
}

/*
 * OpenSSH's server seeks, then reads or writes at the file's position. Some files
 * allow that and refuse pread and pwrite: devices that ignore a seek (/dev/full),
 * offsets beyond 2^63 (/proc/PID/mem), and most writable files in /proc.
 */
static bool
takes_seek(int fd, uint64_t position)
{
	return (errno == EINVAL || errno == ESPIPE) && lseek(fd, (off_t)position, SEEK_SET) != -1;
}

ssize_t
read_at(int fd, struct bytes to, uint64_t position)
{
	ssize_t n = pread(fd, to.data, to.length, (off_t)position);

	return n == -1 && takes_seek(fd, position) ? read(fd, to.data, to.length) : n;
}

/* pread(fd, buffer, offset, length, positionHigh, positionLow) */
static napi_value
do_pread(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;
	struct bytes to;
	uint64_t position;

	call_begin(&c, env, info, 6);
	fd = arg_fd(&c, 0);
	to = arg_range(&c, 1);
	position = arg_u64(&c, 4);
	return c.failed ? NULL : result_call(env, read_at(fd, to, position));
}

/* pwrite(fd, buffer, offset, length, positionHigh, positionLow) */
static napi_value
do_pwrite(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;
	struct bytes from;
	uint64_t position;
	ssize_t n;

	call_begin(&c, env, info, 6);
	fd = arg_fd(&c, 0);
	from = arg_range(&c, 1);
	position = arg_u64(&c, 4);
	if (c.failed)
		return NULL;
	n = pwrite(fd, from.data, from.length, (off_t)position);
	if (n == -1 && takes_seek(fd, position))
		n = write(fd, from.data, from.length);
	return result_call(env, n);
}

/* lseek(fd, positionHigh, positionLow): from the start; 0, not the position. */
static napi_value
do_lseek(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;
	uint64_t position;

	call_begin(&c, env, info, 3);
	fd = arg_fd(&c, 0);
	position = arg_u64(&c, 1);
	if (c.failed)
		return NULL;
	return result_call(env, lseek(fd, (off_t)position, SEEK_SET) == -1 ? -1 : 0);
}

/* ftruncate(fd, sizeHigh, sizeLow) */
static napi_value
do_ftruncate(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;
	uint64_t size;

	call_begin(&c, env, info, 3);
	fd = arg_fd(&c, 0);
	size = arg_u64(&c, 1);
	return c.failed ? NULL : result_call(env, ftruncate(fd, (off_t)size));
}

/* fsync(fd) */
static napi_value
do_fsync(napi_env env, napi_callback_info info)
{
	return with_fd(env, info, fsync);
}

/* close(fd) */
static napi_value
do_close(napi_env env, napi_callback_info info)
{
	return with_fd(env, info, close);
}

const struct export io_exports[] = {
	{ "nanosleep", do_nanosleep },
	{ "poll", do_poll },
	{ "read", do_read },
	{ "write", do_write },
	{ "pread", do_pread },
	{ "pwrite", do_pwrite },
	{ "lseek", do_lseek },
	{ "ftruncate", do_ftruncate },
	{ "fsync", do_fsync },
	{ "close", do_close },
	{ NULL, NULL },
};
