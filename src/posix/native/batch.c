/*
 * Makes many read-only calls in parallel, for storage on which each one waits. The calls
 * are rows of a table, and each row gets its result.
 */
#include "addon.h"
#include "pool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* A row: a call, then its results. */
enum {
	ROW_KIND,
	ROW_FD,		 /* of a read */
	ROW_START,	 /* of a path in the input, or of a read's bytes in the data */
	ROW_LENGTH,
	ROW_OFFSET_HIGH, /* of a read */
	ROW_OFFSET_LOW,
	ROW_RESULT,	 /* as the call's own function gives it */
	ROW_WAITED,	 /* whether the call was slow because it waited */
	ROW_STAT,	 /* STAT_WORDS */
	ROW_WORDS = ROW_STAT + STAT_WORDS,
};

enum { KIND_READ, KIND_STAT, KIND_LSTAT, KINDS };

#define ROWS_MAX 64

struct batch {
	uint32_t *rows;
	struct bytes input, data;
	char *paths[ROWS_MAX];
	uint32_t left[ROWS_MAX]; /* rows that may have to wait */
};

static void
finish(uint32_t *row, int64_t result, struct stopwatch *watch)
{
	row[ROW_RESULT] = (uint32_t)(int32_t)(result == -1 ? -errno : result); /* before errno changes */
	row[ROW_WAITED] = pool_stopwatch_waited(watch, 1);
}

static off_t
row_offset(const uint32_t *row)
{
	return (off_t)((uint64_t)row[ROW_OFFSET_HIGH] << 32 | row[ROW_OFFSET_LOW]);
}

/* preadv2(2) that reads only what is available without waiting. */
static ssize_t
pread_now(int fd, const struct iovec *to, off_t offset)
{
#ifdef RWF_NOWAIT
	return preadv2(fd, to, 1, offset, RWF_NOWAIT);
#else
	/* musl has the function and the flag from 1.2.5 on; the kernel takes the offset in two words. */
	return syscall(SYS_preadv2, fd, to, 1L, (long)offset, (long)(offset >> 32), 0x8);
#endif
}

/* Whether a read could be served at once, from the page cache. */
static bool
read_cached(struct batch *batch, uint32_t *row)
{
	struct iovec to = { batch->data.data + row[ROW_START], row[ROW_LENGTH] };
	ssize_t n = pread_now((int)row[ROW_FD], &to, row_offset(row));

	if (n != (ssize_t)row[ROW_LENGTH])
		return false;
	row[ROW_RESULT] = (uint32_t)n;
	row[ROW_WAITED] = 0;
	return true;
}

static void
do_row(void *context, size_t i)
{
	struct batch *batch = context;
	uint32_t index = batch->left[i];
	uint32_t *row = batch->rows + (size_t)index * ROW_WORDS;
	struct stopwatch watch;
	struct stat st;
	int64_t r;

	pool_stopwatch_start(&watch);
	if (row[ROW_KIND] == KIND_READ) {
		r = pread((int)row[ROW_FD], batch->data.data + row[ROW_START], row[ROW_LENGTH],
		    row_offset(row));
	} else if (batch->paths[index] == NULL) {
		r = -1;
		errno = ENAMETOOLONG;
	} else {
		r = row[ROW_KIND] == KIND_STAT ? stat(batch->paths[index], &st) :
						 lstat(batch->paths[index], &st);
		if (r == 0)
			stat_to_words(&st, row + ROW_STAT);
	}
	finish(row, r, &watch);
}

/* Whether the range of a row lies in its buffer. */
static bool
row_fits(const struct batch *batch, const uint32_t *row)
{
	const struct bytes *in = row[ROW_KIND] == KIND_READ ? &batch->data : &batch->input;

	return row[ROW_KIND] < KINDS && row[ROW_START] <= in->length &&
	    row[ROW_LENGTH] <= in->length - row[ROW_START] && row[ROW_FD] <= INT32_MAX;
}

/* The path of a row, NUL-terminated; NULL if it is too long for any call. */
static char *
row_path(const struct batch *batch, const uint32_t *row, char **space)
{
	char *path = *space;

	if (row[ROW_LENGTH] >= PATH_MAX)
		return NULL;
	memcpy(path, batch->input.data + row[ROW_START], row[ROW_LENGTH]);
	path[row[ROW_LENGTH]] = '\0';
	*space += row[ROW_LENGTH] + 1;
	return path;
}

/* runBatch(rows: Buffer, count, input: Buffer, data: Buffer) */
static napi_value
run_batch(napi_env env, napi_callback_info info)
{
	struct call c;
	struct batch batch;
	struct bytes rows;
	uint32_t count, left = 0;
	size_t path_bytes = 1;
	char *space, *paths;

	call_begin(&c, env, info, 4);
	rows = arg_buffer(&c, 0);
	count = arg_uint(&c, 1);
	batch.input = arg_buffer(&c, 2);
	batch.data = arg_buffer(&c, 3);
	if (c.failed)
		return NULL;
	batch.rows = (uint32_t *)(void *)rows.data;
	/* Reads must not overwrite the rows. */
	if (count > ROWS_MAX || count > rows.length / (4 * ROW_WORDS) ||
	    (uintptr_t)rows.data % 4 != 0 || overlap(rows, batch.data)) {
		napi_throw_range_error(env, NULL, "rows do not fit");
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t *row = batch.rows + (size_t)i * ROW_WORDS;

		if (!row_fits(&batch, row)) {
			napi_throw_range_error(env, NULL, "row outside its buffer");
			return NULL;
		}
		if (row[ROW_KIND] != KIND_READ && row[ROW_LENGTH] < PATH_MAX)
			path_bytes += row[ROW_LENGTH] + 1;
	}
	if ((space = paths = malloc(path_bytes)) == NULL)
		return result_call(env, -1);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t *row = batch.rows + (size_t)i * ROW_WORDS;

		if (row[ROW_KIND] == KIND_READ && read_cached(&batch, row))
			continue;
		batch.paths[i] = row[ROW_KIND] == KIND_READ ? NULL : row_path(&batch, row, &space);
		batch.left[left++] = i;
	}
	pool_run(do_row, &batch, left);
	free(paths);
	return result_int(env, left);
}

static struct stopwatch stopwatch;

/* stopwatchStart() */
static napi_value
stopwatch_start(napi_env env, napi_callback_info info)
{
	struct call c;

	call_begin(&c, env, info, 0);
	if (c.failed)
		return NULL;
	pool_stopwatch_start(&stopwatch);
	return result_int(env, 0);
}

/* stopwatchWaited(calls): 1 if the calls since were slow because they waited. */
static napi_value
stopwatch_waited(napi_env env, napi_callback_info info)
{
	struct call c;
	uint32_t calls;

	call_begin(&c, env, info, 1);
	calls = arg_uint(&c, 0);
	return c.failed ? NULL : result_int(env, pool_stopwatch_waited(&stopwatch, calls));
}

const struct export batch_exports[] = {
	{ "runBatch", run_batch },
	{ "stopwatchStart", stopwatch_start },
	{ "stopwatchWaited", stopwatch_waited },
	{ NULL, NULL },
};
