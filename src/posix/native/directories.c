/*
 * Reads many entries of a directory with their lstats in one call. Keeps no state: the
 * position in the block that getdents64 filled is in the caller's Buffer.
 */
#include "addon.h"
#include "pool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The block: two uint32 (position, end), then the bytes of getdents64. */
#define BLOCK_HEADER 8
/* One record in the output: the stat's words, the name's length, the name, and
 * padding to a multiple of 4. */
#define RECORD_WORDS (STAT_WORDS + 1)
#define RECORD_MAX (4 * RECORD_WORDS + 256)
#define ENTRIES_MAX 128

struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t length;
	unsigned char type;
	char name[];
};

/* Whether there is a whole entry at position at[0] of the block, before its end at[1]. */
static bool
holds_entry(struct bytes block, const uint32_t at[2])
{
	const size_t header = offsetof(struct entry, name);
	const struct entry *entry;

	if (at[1] > block.length - BLOCK_HEADER || at[0] >= at[1] || at[0] % 8 != 0 ||
	    at[1] - at[0] <= header)
		return false;
	entry = (const struct entry *)(const void *)(block.data + BLOCK_HEADER + at[0]);
	return entry->length > header && entry->length <= at[1] - at[0] &&
	    memchr(entry->name, '\0', entry->length - header) != NULL;
}

/* The next entry of the block, which is refilled when it is used up or does not contain
 * valid entries. NULL at the end and on an error, as from readdir(3) for a caller that
 * ignores errno. */
static const struct entry *
next_entry(int fd, struct bytes block)
{
	uint32_t at[2];
	const struct entry *entry;

	memcpy(at, block.data, sizeof(at));
	if (!holds_entry(block, at)) {
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

struct listing {
	int fd;
	int place; /* the directory in which names are looked up, unless there is a prefix */
	const char *prefix;
	size_t prefix_length;
	unsigned char *records[ENTRIES_MAX];
	bool found[ENTRIES_MAX];
};

static uint32_t
name_length(const unsigned char *record)
{
	uint32_t length;

	memcpy(&length, record + 4 * STAT_WORDS, sizeof(length));
	return length;
}

static size_t
record_bytes(const unsigned char *record)
{
	return 4 * RECORD_WORDS + ((name_length(record) + 3) & ~(size_t)3);
}

/* Fills in the stat of record i, whose name is set. */
static void
look_up(void *context, size_t i)
{
	struct listing *listing = context;
	unsigned char *record = listing->records[i];
	char path[PATH_MAX + 256];
	struct stat st;
	size_t length = name_length(record);
	int r;

	memcpy(path, listing->prefix, listing->prefix_length);
	memcpy(path + listing->prefix_length, record + 4 * RECORD_WORDS, length);
	path[listing->prefix_length + length] = '\0';
	if (listing->prefix_length == 0) {
		r = fstatat(listing->place, path, &st, AT_SYMLINK_NOFOLLOW);
	} else {
		/* Truncated as by snprintf into a buffer of PATH_MAX. */
		path[PATH_MAX - 1] = '\0';
		r = lstat(path, &st);
	}
	if ((listing->found[i] = r == 0))
		stat_to_words(&st, (uint32_t *)(void *)record);
}

/* Looks up the records one by one; if that turns out to be slow, the rest in parallel. */
static void
look_up_all(struct listing *listing, size_t count)
{
	struct stopwatch watch;
	size_t i = 0;

	pool_stopwatch_start(&watch);
	while (i < count) {
		/* The clock is read after 1, 2, 4, 8 ... records. */
		size_t until = i == 0 ? 1 : 2 * i, from = i;

		for (; i < until && i < count; i++)
			look_up(listing, i);
		if (pool_stopwatch_waited(&watch, i - from))
			break;
	}
	if (i == count)
		return;
	struct listing rest = *listing;

	memmove(rest.records, listing->records + i, (count - i) * sizeof(rest.records[0]));
	pool_run(look_up, &rest, count - i);
	memcpy(listing->found + i, rest.found, (count - i) * sizeof(rest.found[0]));
}

/* Writes up to `count` entries to `to`, as records without stats. */
static size_t
gather(struct listing *listing, struct bytes block, unsigned char *to, size_t count)
{
	const struct entry *entry;
	size_t n = 0;

	while (n < count && (entry = next_entry(listing->fd, block)) != NULL) {
		size_t length = strlen(entry->name);
		uint32_t stored = (uint32_t)length;

		if (length > NAME_MAX)
			continue;
		memcpy(to + 4 * STAT_WORDS, &stored, sizeof(stored));
		memcpy(to + 4 * RECORD_WORDS, entry->name, length);
		listing->records[n++] = to;
		to += record_bytes(to);
	}
	return n;
}

/*
 * readDirectory(fd, place, path, offset, length, block, out, count): up to `count`
 * entries of the directory `fd`. With a path of length 0 each name is looked up in
 * the directory `place`, otherwise at the path followed by the name (the path ends in
 * a slash).
 * Entries whose lstat fails are left out. Returns the number of records in `out`.
 */
static napi_value
read_directory(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path path;
	struct bytes block, out;
	struct listing listing;
	unsigned char *end;
	uint32_t count, n = 0;

	call_begin(&c, env, info, 8);
	listing.fd = arg_int(&c, 0, -1, INT32_MAX);
	listing.place = arg_int(&c, 1, -1, INT32_MAX);
	arg_path(&c, 2, &path);
	block = arg_buffer(&c, 5);
	out = arg_buffer(&c, 6);
	count = arg_uint(&c, 7);
	if (c.failed)
		return NULL;
	/* The longest path that can be opened fits with its slash; look_up truncates it. */
	if (block.length < BLOCK_HEADER + 1024 || (uintptr_t)block.data % 8 != 0 ||
	    (uintptr_t)out.data % 4 != 0 || count > ENTRIES_MAX || count > out.length / RECORD_MAX ||
	    overlap(block, out)) {
		napi_throw_range_error(env, NULL, "buffers do not fit");
		return NULL;
	}
	listing.prefix = path.text;
	listing.prefix_length = strlen(path.text);
	end = out.data;
	while (n < count) {
		size_t gathered = gather(&listing, block, end, count - n);

		if (gathered == 0)
			break;
		look_up_all(&listing, gathered);
		for (size_t i = 0; i < gathered; i++) {
			unsigned char *record = listing.records[i];
			size_t bytes = record_bytes(record);

			if (!listing.found[i])
				continue;
			if (end != record)
				memmove(end, record, bytes);
			end += bytes;
			n++;
		}
	}
	return result_int(env, n);
}

const struct export directory_exports[] = {
	{ "readDirectory", read_directory },
	{ NULL, NULL },
};
