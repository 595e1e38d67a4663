/*
 * A directory's entries, each with its lstat, many in one call. Keeps no state:
 * the position in the block that getdents64 filled lives in the caller's Buffer.
 */
#include "addon.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The block: two uint32 (position, end), then the bytes of getdents64. */
#define BLOCK_HEADER 8
/* One record in the output: the stat's words, the name's length, the name, and
 * padding to a multiple of 4. */
#define RECORD_WORDS (STAT_WORDS + 1)
#define RECORD_MAX (4 * RECORD_WORDS + 256)

struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t length;
	unsigned char type;
	char name[];
};

/* The next entry of the block, read anew when it is used up; NULL at the end or
 * on an error, as readdir(3) has it for a caller that does not look at errno. */
static const struct entry *
next_entry(int fd, struct bytes block)
{
	uint32_t at[2];
	const struct entry *entry;

	memcpy(at, block.data, sizeof(at));
	if (at[0] >= at[1] || at[1] > block.length - BLOCK_HEADER) {
		long n = syscall(SYS_getdents64, fd, block.data + BLOCK_HEADER,
		    block.length - BLOCK_HEADER);

		at[0] = 0;
		at[1] = n > 0 ? (uint32_t)n : 0;
		if (n <= 0) {
			memcpy(block.data, at, sizeof(at));
			return NULL;
		}
	}
	entry = (const struct entry *)(const void *)(block.data + BLOCK_HEADER + at[0]);
	at[0] += entry->length;
	memcpy(block.data, at, sizeof(at));
	return entry;
}

/*
 * readDirectory(fd, path, offset, length, block, out, count): up to `count`
 * entries. With a path of length 0 each name is looked up in the directory `fd`
 * itself, else at the path followed by the name (the path ends in a slash).
 * Entries whose lstat fails are left out. Returns the number of records in `out`.
 */
static napi_value
read_directory(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path path;
	struct bytes block, out;
	const struct entry *entry;
	size_t prefix, used = 0;
	uint32_t count, n = 0;
	int fd;

	call_begin(&c, env, info, 7);
	fd = arg_int(&c, 0, -1, INT32_MAX);
	arg_path(&c, 1, &path);
	block = arg_buffer(&c, 4);
	out = arg_buffer(&c, 5);
	count = arg_uint(&c, 6);
	if (c.failed)
		return NULL;
	if (path.too_long || block.length < BLOCK_HEADER + 1024 || (uintptr_t)block.data % 8 != 0 ||
	    (uintptr_t)out.data % 4 != 0 || count > out.length / RECORD_MAX) {
		napi_throw_range_error(env, NULL, "buffers do not fit");
		return NULL;
	}
	prefix = strlen(path.text);
	while (n < count && (entry = next_entry(fd, block)) != NULL) {
		size_t length = strlen(entry->name);
		uint32_t name_length = (uint32_t)length;
		struct stat st;
		int r;

		if (length > 255)
			continue;
		if (prefix == 0) {
			r = fstatat(fd, entry->name, &st, AT_SYMLINK_NOFOLLOW);
		} else {
			/* Cut as snprintf into a buffer of PATH_MAX cuts it. */
			snprintf(path.text + prefix, sizeof(path.text) - prefix, "%s", entry->name);
			r = lstat(path.text, &st);
		}
		if (r == -1)
			continue;
		stat_to_words(&st, (uint32_t *)(void *)(out.data + used));
		memcpy(out.data + used + 4 * STAT_WORDS, &name_length, 4);
		memcpy(out.data + used + 4 * RECORD_WORDS, entry->name, length);
		used += 4 * RECORD_WORDS + ((length + 3) & ~(size_t)3);
		n++;
	}
	return result_int(env, n);
}

const struct export directory_exports[] = {
	{ "readDirectory", read_directory },
	{ NULL, NULL },
};
