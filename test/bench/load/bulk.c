/* READ and WRITE of large files. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct bulk {
	struct handle handle;
	uint32_t length;        // of each request's data
	uint64_t per_file;      // requests until the file starts again
	uint64_t request_bytes; // of each packet
	const uint8_t *file;    // its content, with --verify
};

static uint64_t bulk_end(const struct pipeline *pipeline, uint64_t n)
{
	const struct bulk *bulk = pipeline->workload;
	return (n + 1) * bulk->request_bytes;
}

static void check_data(const struct pipeline *pipeline, uint64_t n, const uint8_t *reply, size_t length)
{
	const struct bulk *bulk = pipeline->workload;
	(void)n;
	if (reply[0] == FXP_STATUS)
		fail("READ was answered by status %u", get_u32(reply + 5));
	if (reply[0] != FXP_DATA || get_u32(reply + 5) != bulk->length || length != 9u + bulk->length)
		fail("READ of %u bytes was answered by type %u and %u", bulk->length, reply[0], get_u32(reply + 5));
}

static void compare_data(const struct pipeline *pipeline, uint64_t n, uint64_t at, const uint8_t *data, size_t length)
{
	const struct bulk *bulk = pipeline->workload;
	if (memcmp(bulk->file + n % bulk->per_file * bulk->length + at, data, length) != 0)
		fail("READ %llu brought other bytes than the file's", (unsigned long long)n);
}

static uint64_t size_of(const char *path)
{
	struct stat attributes;
	if (stat(path, &attributes) < 0)
		fail("%s: %s", path, strerror(errno));
	return (uint64_t)attributes.st_size;
}

static const uint8_t *map(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, size_of(path), PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		fail("%s: %s", path, strerror(errno));
	close(fd);
	return at;
}

void run_read(struct server *server, const struct options *options, char **arguments, struct result *result)
{
	struct bulk bulk = {.length = (uint32_t)number(arguments[1])};
	uint64_t count = number(arguments[2]) / bulk.length;
	bulk.per_file = size_of(arguments[0]) / bulk.length;
	if (bulk.per_file == 0 || count == 0)
		fail("%s is shorter than one READ", arguments[0]);
	bulk.file = options->verify && !options->discard ? map(arguments[0]) : NULL;
	server_spawn(server, options->socket);
	talk_init(server);
	talk_open(server, arguments[0], FXF_READ, &bulk.handle);
	bulk.request_bytes = 9 + 4 + bulk.handle.length + 12;
	struct packet packet = {.at = malloc(count * bulk.request_bytes)};
	uint8_t *bytes = packet.at;
	for (uint64_t n = 0; n < count; n++) {
		packet_begin(&packet, FXP_READ, (uint32_t)n);
		put_u32(&packet, bulk.handle.length);
		put_bytes(&packet, bulk.handle.bytes, bulk.handle.length);
		put_u64(&packet, n % bulk.per_file * bulk.length);
		put_u32(&packet, bulk.length);
		packet_end(&packet);
	}
	struct pipeline pipeline = {
		.bytes = bytes, .size = count * bulk.request_bytes, .count = count, .end = bulk_end,
		.check = check_data, .data = bulk.file == NULL ? NULL : compare_data, .workload = &bulk,
	};
	pipeline_run(server, options, &pipeline, result);
	result->bytes = count * bulk.length;
	talk_close(server, &bulk.handle);
	server_end(server, result);
}

// The id and the offset of a request whose place in the ring is free again.
static void prepare_write(const struct pipeline *pipeline, uint64_t n)
{
	const struct bulk *bulk = pipeline->workload;
	uint8_t *start = pipeline->bytes + n * bulk->request_bytes % pipeline->size;
	struct packet id = {.at = start + 5}, offset = {.at = start + 9 + 4 + bulk->handle.length};
	put_u32(&id, (uint32_t)n);
	put_u64(&offset, n * bulk->length);
}

static void check_written(const struct pipeline *pipeline, uint64_t n, const uint8_t *reply, size_t length)
{
	(void)pipeline;
	(void)n;
	struct reply status = {.type = reply[0], .body = reply + 5, .length = length - 5};
	expect_status(&status, FX_OK, "WRITE");
}

static void compare_file(const char *path, const struct pipeline *pipeline)
{
	const struct bulk *bulk = pipeline->workload;
	uint64_t slots = pipeline->size / bulk->request_bytes;
	const uint8_t *file = map(path);
	for (uint64_t n = 0; n < pipeline->count; n++) {
		const uint8_t *slot = pipeline->bytes + n % slots * bulk->request_bytes;
		const uint8_t *data = slot + bulk->request_bytes - bulk->length;
		if (memcmp(file + n * bulk->length, data, bulk->length) != 0)
			fail("WRITE %llu left other bytes in the file", (unsigned long long)n);
	}
}

void run_write(struct server *server, const struct options *options, char **arguments, struct result *result)
{
	struct bulk bulk = {.length = (uint32_t)number(arguments[1])};
	uint64_t count = number(arguments[2]) / bulk.length;
	if (count == 0)
		fail("not one WRITE in so few bytes");
	server_spawn(server, options->socket);
	talk_init(server);
	talk_open(server, arguments[0], FXF_WRITE | FXF_CREAT | FXF_TRUNC, &bulk.handle);
	bulk.request_bytes = 9 + 4 + bulk.handle.length + 12 + bulk.length;
	struct pipeline pipeline = {
		.bytes = malloc(options->window * bulk.request_bytes), .size = options->window * bulk.request_bytes,
		.count = count, .end = bulk_end, .prepare = prepare_write, .check = check_written, .workload = &bulk,
	};
	struct packet packet = {.at = pipeline.bytes};
	for (uint64_t slot = 0; slot < options->window; slot++) {
		packet_begin(&packet, FXP_WRITE, 0);
		put_u32(&packet, bulk.handle.length);
		put_bytes(&packet, bulk.handle.bytes, bulk.handle.length);
		put_u64(&packet, 0);
		put_u32(&packet, bulk.length);
		for (uint32_t i = 0; i < bulk.length; i++)
			*packet.at++ = (uint8_t)(i * 31 + slot * 7 + (i >> 8));
		packet_end(&packet);
	}
	pipeline_run(server, options, &pipeline, result);
	result->bytes = count * bulk.length;
	talk_close(server, &bulk.handle);
	server_end(server, result);
	if (size_of(arguments[0]) != result->bytes)
		fail("%s has not the size that was written", arguments[0]);
	if (options->verify)
		compare_file(arguments[0], &pipeline);
}
