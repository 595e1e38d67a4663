/* Descriptors: waiting, reading, writing, positions, pipes. */
#include "addon.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ARG_FD(c, i) arg_int((c), (i), -1, INT32_MAX)

/* nanosleep(microseconds): -EINTR when a signal ends the sleep. */
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
	pfd[0].fd = ARG_FD(&c, 0);
	pfd[0].events = (short)arg_int(&c, 1, 0, INT16_MAX);
	pfd[1].fd = ARG_FD(&c, 2);
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
	fd = ARG_FD(&c, 0);
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
	fd = ARG_FD(&c, 0);
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
	fd = ARG_FD(&c, 0);
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
	fd = ARG_FD(&c, 0);
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
	fd = ARG_FD(&c, 0);
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
	fd = ARG_FD(&c, 0);
	size = arg_u64(&c, 1);
	return c.failed ? NULL : result_call(env, ftruncate(fd, (off_t)size));
}

/* fsync(fd) */
static napi_value
do_fsync(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	return c.failed ? NULL : result_call(env, fsync(fd));
}

/* close(fd) */
static napi_value
do_close(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	return c.failed ? NULL : result_call(env, close(fd));
}

/* descriptorType(fd): the S_IFMT bits of its mode. */
static napi_value
descriptor_type(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;
	struct stat st;

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	if (c.failed)
		return NULL;
	return result_call(env, fstat(fd, &st) == -1 ? -1 : (int64_t)(st.st_mode & S_IFMT));
}

/* setNonBlocking(fd, on): 1 if that changed the flag, otherwise 0. */
static napi_value
set_non_blocking(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd, on, flags, wanted;

	call_begin(&c, env, info, 2);
	fd = ARG_FD(&c, 0);
	on = arg_int(&c, 1, 0, 1);
	if (c.failed)
		return NULL;
	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return result_call(env, -1);
	wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	if (wanted == flags)
		return result_int(env, 0);
	return result_call(env, fcntl(fd, F_SETFL, wanted) == -1 ? -1 : 1);
}

/* setPipeSize(fd, bytes): the size the kernel gave. */
static napi_value
set_pipe_size(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd, size;

	call_begin(&c, env, info, 2);
	fd = ARG_FD(&c, 0);
	size = arg_int(&c, 1, 1, 1 << 30);
	return c.failed ? NULL : result_call(env, fcntl(fd, F_SETPIPE_SZ, size));
}

/* pipeSize(fd) */
static napi_value
pipe_size(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd;

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	return c.failed ? NULL : result_call(env, fcntl(fd, F_GETPIPE_SZ));
}

/* bytesReadable(fd): FIONREAD. */
static napi_value
bytes_readable(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd, count = 0;

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	if (c.failed)
		return NULL;
	return result_call(env, ioctl(fd, FIONREAD, &count) == -1 ? -1 : count);
}

/* bytesUnread(fd): bytes sent to a socket that its peer has not read. */
static napi_value
bytes_unread(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd, count = 0;

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	if (c.failed)
		return NULL;
	return result_call(env, ioctl(fd, SIOCOUTQ, &count) == -1 ? -1 : count);
}

/* isLocalSocket(fd): 1 for AF_UNIX, else 0. */
static napi_value
is_local_socket(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd, domain = 0;
	socklen_t length = sizeof(domain);

	call_begin(&c, env, info, 1);
	fd = ARG_FD(&c, 0);
	if (c.failed)
		return NULL;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == -1)
		return result_call(env, -1);
	return result_int(env, domain == AF_UNIX);
}

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
	fd = ARG_FD(&c, 0);
	position = (off_t)arg_u64(&c, 1);
	pipe_fd = ARG_FD(&c, 3);
	length = arg_uint(&c, 4);
	if (c.failed)
		return NULL;
	return result_call(env,
	    splice(fd, &position, pipe_fd, NULL, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

/* splicePipe(fromPipe, to, length): never waits. */
static napi_value
splice_pipe(napi_env env, napi_callback_info info)
{
	struct call c;
	int from, to;
	uint32_t length;

	call_begin(&c, env, info, 3);
	from = ARG_FD(&c, 0);
	to = ARG_FD(&c, 1);
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
	from = ARG_FD(&c, 0);
	from_position = (off_t)arg_u64(&c, 1);
	to = ARG_FD(&c, 3);
	to_position = (off_t)arg_u64(&c, 4);
	length = arg_uint(&c, 6);
	if (c.failed)
		return NULL;
	return result_call(env, copy_file_range(from, &from_position, to, &to_position, length, 0));
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
	{ "descriptorType", descriptor_type },
	{ "setNonBlocking", set_non_blocking },
	{ "setPipeSize", set_pipe_size },
	{ "pipeSize", pipe_size },
	{ "bytesReadable", bytes_readable },
	{ "bytesUnread", bytes_unread },
	{ "isLocalSocket", is_local_socket },
	{ "pipe", do_pipe },
	{ "spliceFromFile", splice_from_file },
	{ "splicePipe", splice_pipe },
	{ "copyFileRange", do_copy_file_range },
	{ NULL, NULL },
};
