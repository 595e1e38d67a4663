/*
 * Requests that name a path, many in flight. Each kind says how to put its
 * request and what the reply must be.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kind {
	void (*put)(struct packet *, uint32_t n, const char *dir, uint64_t files);
	void (*check)(const struct pipeline *, uint64_t n, const uint8_t *reply, size_t length);
};

struct paths {
	const char *dir;
	uint64_t files;
	uint64_t *ends;
	bool verify;
};

static uint64_t path_end(const struct pipeline *pipeline, uint64_t n)
{
	const struct paths *paths = pipeline->workload;
	return paths->ends[n];
}

static void run_paths(struct server *server, const struct options *options, char **arguments,
	struct result *result, const struct kind *kind)
{
	uint64_t count = number(arguments[1]);
	struct paths paths = {.dir = arguments[0], .files = number(arguments[2]), .verify = options->verify};
	if (count == 0 || paths.files == 0)
		fail("no requests, or no files to name in them");
	uint64_t largest = 2 * strlen(paths.dir) + 96;
	paths.ends = malloc(count * sizeof *paths.ends);
	struct packet packet = {.at = malloc(count * largest)};
	struct pipeline pipeline = {
		.bytes = packet.at, .count = count, .end = path_end, .check = kind->check, .workload = &paths,
	};
	for (uint64_t n = 0; n < count; n++) {
		kind->put(&packet, (uint32_t)n, paths.dir, paths.files);
		packet_end(&packet);
		paths.ends[n] = (uint64_t)(packet.at - pipeline.bytes);
	}
	pipeline.size = paths.ends[count - 1];
	server_spawn(server, options->socket);
	talk_init(server);
	pipeline_run(server, options, &pipeline, result);
	server_end(server, result);
}

static void put_path(struct packet *packet, uint8_t type, uint32_t n, const char *dir, char letter, uint64_t file)
{
	char path[MAX_PATH];
	path_of(path, dir, letter, file);
	packet_begin(packet, type, n);
	put_string(packet, path);
}

static void put_stat(struct packet *packet, uint32_t n, const char *dir, uint64_t files)
{
	put_path(packet, FXP_STAT, n, dir, 'f', n % files);
}

static void put_lstat(struct packet *packet, uint32_t n, const char *dir, uint64_t files)
{
	put_path(packet, FXP_LSTAT, n, dir, 'f', n % files);
}

// Size, owner, permissions and times; the files that `make` made are as long
// as their numbers say.
static void check_attrs(const struct pipeline *pipeline, uint64_t n, const uint8_t *reply, size_t length)
{
	const struct paths *paths = pipeline->workload;
	if (reply[0] != FXP_ATTRS || length != 5 + 4 + 8 + 8 + 4 + 8 || get_u32(reply + 5) != 0xf)
		fail("STAT was answered by type %u, %zu bytes", reply[0], length);
	if (paths->verify && get_u64(reply + 9) != n % paths->files)
		fail("STAT of file %llu gave another's size", (unsigned long long)(n % paths->files));
}

static void put_missing(struct packet *packet, uint32_t n, const char *dir, uint64_t files)
{
	put_path(packet, FXP_STAT, n, dir, 'x', n % files);
}

static void check_missing(const struct pipeline *pipeline, uint64_t n, const uint8_t *reply, size_t length)
{
	(void)pipeline;
	(void)n;
	struct reply status = {.type = reply[0], .body = reply + 5, .length = length - 5};
	expect_status(&status, FX_NO_SUCH_FILE, "STAT of a missing file");
}

// Permissions and times, as `put -p` sends them, each time other ones.
static void put_setstat(struct packet *packet, uint32_t n, const char *dir, uint64_t files)
{
	put_path(packet, FXP_SETSTAT, n, dir, 'f', n % files);
	put_u32(packet, ATTR_PERMISSIONS | ATTR_ACMODTIME);
	put_u32(packet, n / files % 2 == 0 ? 0640 : 0644);
	put_u32(packet, 1500000000u + n);
	put_u32(packet, 1600000000u + n);
}

static void put_mkdir(struct packet *packet, uint32_t n, const char *dir, uint64_t files)
{
	(void)files;
	put_path(packet, n % 2 == 0 ? FXP_MKDIR : FXP_RMDIR, n, dir, 'm', n / 2);
	if (n % 2 == 0)
		put_u32(packet, 0);
}

// There and back, so that the files have their old names in the end.
static void put_rename(struct packet *packet, uint32_t n, const char *dir, uint64_t files)
{
	char path[MAX_PATH];
	uint64_t file = n / 2 % files;
	put_path(packet, FXP_RENAME, n, dir, n % 2 == 0 ? 'f' : 'g', file);
	path_of(path, dir, n % 2 == 0 ? 'g' : 'f', file);
	put_string(packet, path);
}

static void check_ok(const struct pipeline *pipeline, uint64_t n, const uint8_t *reply, size_t length)
{
	(void)pipeline;
	(void)n;
	struct reply status = {.type = reply[0], .body = reply + 5, .length = length - 5};
	expect_status(&status, FX_OK, "a change");
}

static void put_readlink(struct packet *packet, uint32_t n, const char *dir, uint64_t files)
{
	put_path(packet, FXP_READLINK, n, dir, 'l', n % files);
}

static void put_realpath(struct packet *packet, uint32_t n, const char *dir, uint64_t files)
{
	put_path(packet, FXP_REALPATH, n, dir, 'f', n % files);
}

// One name, which ends as the file's does.
static void check_name(const struct pipeline *pipeline, uint64_t n, const uint8_t *reply, size_t length)
{
	const struct paths *paths = pipeline->workload;
	if (reply[0] != FXP_NAME || length < 5 + 4 + 4 || get_u32(reply + 5) != 1)
		fail("a path was answered by type %u, %zu bytes", reply[0], length);
	char name[32];
	snprintf(name, sizeof name, "f%06llu", (unsigned long long)(n % paths->files));
	uint32_t size = get_u32(reply + 9);
	if (size < 7 || 13u + size > length || memcmp(reply + 13 + size - 7, name, 7) != 0)
		fail("a path was answered by another's name than %s", name);
}

#define WORKLOAD(NAME, CHECK)                                                                          \
	void run_##NAME(struct server *server, const struct options *options, char **arguments,        \
		struct result *result)                                                                 \
	{                                                                                              \
		static const struct kind kind = {put_##NAME, CHECK};                                   \
		run_paths(server, options, arguments, result, &kind);                                  \
	}

WORKLOAD(stat, check_attrs)
WORKLOAD(lstat, check_attrs)
WORKLOAD(missing, check_missing)
WORKLOAD(setstat, check_ok)
WORKLOAD(mkdir, check_ok)
WORKLOAD(rename, check_ok)
WORKLOAD(readlink, check_name)
WORKLOAD(realpath, check_name)
