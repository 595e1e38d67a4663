/*
 * Shared by the addon's parts: reading arguments from JavaScript and returning results.
 * Every function checks the number, type, range and bounds of its arguments and throws
 * a TypeError or RangeError if they are invalid, so no call can make it read or write
 * outside a buffer. System calls return a number >= 0 on success and a negative errno on
 * failure.
 */
#ifndef SFTP_ADDON_H
#define SFTP_ADDON_H

#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <node_api.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#define MAX_ARGS 10

/* One call's arguments. After the first invalid argument `failed` is set and an
 * exception is pending. */
struct call {
	napi_env env;
	napi_value argv[MAX_ARGS];
	bool failed;
};

/* A byte range inside a Buffer; valid until the call returns. */
struct bytes {
	unsigned char *data;
	size_t length;
};

/* A NUL-terminated copy of a path. */
struct path {
	char text[PATH_MAX + 1]; /* of a longer path as much as the kernel finds too long */
	bool too_long; /* 4096 bytes or more: the kernel's ENAMETOOLONG */
};

void call_begin(struct call *c, napi_env env, napi_callback_info info, size_t count);
int32_t arg_int(struct call *c, size_t i, int32_t min, int32_t max);
int arg_fd(struct call *c, size_t i); /* a descriptor, or -1 */
int arg_follow(struct call *c, size_t i); /* 0 or 1: AT_SYMLINK_NOFOLLOW, or no flag */
uint32_t arg_uint(struct call *c, size_t i);
uint64_t arg_u64(struct call *c, size_t high); /* two arguments: high and low word */
struct bytes arg_buffer(struct call *c, size_t i);
struct bytes arg_range(struct call *c, size_t i); /* three arguments: Buffer, offset, length */
void arg_path(struct call *c, size_t i, struct path *path); /* three arguments, as arg_range */
bool path_of(struct bytes bytes, struct path *path); /* false when there is a NUL in it */
bool overlap(struct bytes a, struct bytes b); /* whether a byte lies in both */

/* A Uint32Array of the caller's with room for `count` words; NULL when the call failed. */
uint32_t *arg_words(struct call *c, size_t i, size_t count);

/*
 * A file as the *At calls take it: a path and the directory that it starts in. An empty
 * path names the descriptor's own file, even one opened with O_PATH, so nothing can
 * change between looking a file up and using it.
 */
struct target {
	int directory; /* AT_FDCWD: the working directory */
	struct path path;
	bool itself; /* the path is empty: the descriptor's own file (never for AT_FDCWD) */
};
void arg_target(struct call *c, size_t i, struct target *target); /* four: descriptor, then as arg_range */

napi_value result_int(napi_env env, int64_t value);
napi_value result_call(napi_env env, int64_t value); /* -1 becomes -errno */

/* The body of a function that takes one descriptor and returns the result of `call`. */
napi_value with_fd(napi_env env, napi_callback_info info, int (*call)(int));

typedef napi_value (*function)(napi_env env, napi_callback_info info);
struct export {
	const char *name;
	function function;
};
void export_all(napi_env env, napi_value exports, const struct export *list);

extern const struct export process_exports[];
extern const struct export pin_exports[];
extern const struct export fast_exports[]; /* of an object of their own, `fast` */
extern const struct export io_exports[];
extern const struct export descriptor_exports[];
extern const struct export pipe_exports[];
extern const struct export open_exports[];
extern const struct export stat_exports[];
extern const struct export attribute_exports[];
extern const struct export name_exports[];
extern const struct export directory_exports[];
extern const struct export user_exports[];
extern const struct export landlock_exports[];
extern const struct export sandbox_exports[];
extern const struct export batch_exports[];

/* Shared by several parts: pread with OpenSSH's fallback (io.c), and opening without
 * blocking and beneath a directory (open.c). */
ssize_t read_at(int fd, struct bytes to, uint64_t position);
int open_now(int directory, const char *path, int flags, mode_t mode);
int open_beneath(int directory, const char *path, int flags, mode_t mode, uint64_t resolve);

/* Where the signal handler leaves the number of the last signal caught. */
extern volatile uint32_t *signal_word;

struct stat;
/* Writes the 13 words of posix/stat.ts to `words` (stat.c). */
#define STAT_WORDS 13
void stat_to_words(const struct stat *st, uint32_t *words);

#endif
