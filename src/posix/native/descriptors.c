/* Properties of descriptors: types, flags, sizes of pipes, waiting bytes. */
#include "addon.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int
type_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == -1 ? -1 : (int)(st.st_mode & S_IFMT);
}

/* descriptorType(fd): the S_IFMT bits of its mode. */
static napi_value
descriptor_type(napi_env env, napi_callback_info info)
{
	return with_fd(env, info, type_of);
}

/* setNonBlocking(fd, on): 1 if that changed the flag, otherwise 0. */
static napi_value
set_non_blocking(napi_env env, napi_callback_info info)
{
	struct call c;
	int fd, on, flags, wanted;

	call_begin(&c, env, info, 2);
	fd = arg_fd(&c, 0);
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
	fd = arg_fd(&c, 0);
	size = arg_int(&c, 1, 1, 1 << 30);
	return c.failed ? NULL : result_call(env, fcntl(fd, F_SETPIPE_SZ, size));
}

static int
size_of_pipe(int fd)
{
	return fcntl(fd, F_GETPIPE_SZ);
}

/* pipeSize(fd) */
static napi_value
pipe_size(napi_env env, napi_callback_info info)
{
	return with_fd(env, info, size_of_pipe);
}

static int
readable(int fd)
{
	int count = 0;

	return ioctl(fd, FIONREAD, &count) == -1 ? -1 : count;
}

/* bytesReadable(fd): FIONREAD. */
static napi_value
bytes_readable(napi_env env, napi_callback_info info)
{
	return with_fd(env, info, readable);
}

static int
unread(int fd)
{
	int count = 0;

	return ioctl(fd, SIOCOUTQ, &count) == -1 ? -1 : count;
}

/* bytesUnread(fd): bytes sent to a socket that its peer has not read. */
static napi_value
bytes_unread(napi_env env, napi_callback_info info)
{
	return with_fd(env, info, unread);
}

static int
is_unix(int fd)
{
	int domain = 0;
	socklen_t length = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == -1 ? -1 : domain == AF_UNIX;
}

/* isLocalSocket(fd): 1 for AF_UNIX, else 0. */
static napi_value
is_local_socket(napi_env env, napi_callback_info info)
{
	return with_fd(env, info, is_unix);
}

const struct export descriptor_exports[] = {
	{ "descriptorType", descriptor_type },
	{ "setNonBlocking", set_non_blocking },
	{ "setPipeSize", set_pipe_size },
	{ "pipeSize", pipe_size },
	{ "bytesReadable", bytes_readable },
	{ "bytesUnread", bytes_unread },
	{ "isLocalSocket", is_local_socket },
	{ NULL, NULL },
};
