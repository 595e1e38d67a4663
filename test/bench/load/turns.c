/* The workloads in which each request waits for the reply to the one before. */
#include "load.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void run_open(struct server *server, const struct options *options, char **arguments, struct result *result)
{
	uint64_t count = number(arguments[1]), files = number(arguments[2]);
	server_spawn(server, options->socket);
	talk_init(server);
	server_start_meters(server);
	for (uint64_t n = 0; n < count; n++) {
		char path[MAX_PATH];
		struct handle handle;
		path_of(path, arguments[0], 'f', n % files);
		talk_open(server, path, FXF_READ, &handle);
		talk_close(server, &handle);
	}
	server_stop_meters(server, result);
	result->requests = 2 * count;
	server_end(server, result);
}

static const uint8_t *skip_string(const uint8_t *at, const uint8_t *end)
{
	if (end - at < 4 || (size_t)(end - at) - 4 < get_u32(at))
		fail("NAME ends within a string");
	return at + 4 + get_u32(at);
}

// Every entry: name, long name, attributes with all of the four groups.
static void walk_names(const struct reply *reply, uint32_t count)
{
	const uint8_t *at = reply->body + 4, *end = reply->body + reply->length;
	for (uint32_t i = 0; i < count; i++) {
		at = skip_string(skip_string(at, end), end);
		if (end - at < 32 || get_u32(at) != 0xf)
			fail("an entry of NAME without its attributes");
		at += 32;
	}
	if (at != end)
		fail("NAME has more than its entries");
}

static uint64_t read_directory(struct server *server, const char *path, uint64_t entries, bool verify)
{
	struct handle handle;
	uint64_t requests = 2, names = 0;
	talk_opendir(server, path, &handle);
	for (;; requests++) {
		uint8_t bytes[MAX_HANDLE + 64];
		struct packet packet = {.at = bytes};
		packet_begin(&packet, FXP_READDIR, 0);
		put_u32(&packet, handle.length);
		put_bytes(&packet, handle.bytes, handle.length);
		struct reply reply = talk(server, &packet);
		if (reply.type != FXP_NAME) {
			expect_status(&reply, FX_EOF, "READDIR");
			break;
		}
		names += get_u32(reply.body);
		if (verify)
			walk_names(&reply, get_u32(reply.body));
	}
	// "." and ".." are listed, or not, as the server likes.
	if (names != entries && names != entries + 2)
		fail("%s: %llu names", path, (unsigned long long)names);
	talk_close(server, &handle);
	return requests + 1;
}

void run_readdir(struct server *server, const struct options *options, char **arguments, struct result *result)
{
	uint64_t entries = number(arguments[1]), times = number(arguments[2]), requests = 0;
	server_spawn(server, options->socket);
	talk_init(server);
	server_start_meters(server);
	for (uint64_t n = 0; n < times; n++)
		requests += read_directory(server, arguments[0], entries, options->verify);
	server_stop_meters(server, result);
	result->requests = requests;
	server_end(server, result);
}

static void stat_file(struct server *server, const char *path)
{
	uint8_t bytes[MAX_PATH + 64];
	struct packet packet = {.at = bytes};
	packet_begin(&packet, FXP_STAT, 0);
	put_string(&packet, path);
	struct reply reply = talk(server, &packet);
	if (reply.type != FXP_ATTRS)
		fail("STAT was answered by type %u", reply.type);
}

// To the end of the file, as clients read it. Returns the number of requests.
static uint64_t read_file(struct server *server, const char *path, uint64_t *size)
{
	enum { LENGTH = 32768 };
	struct handle handle;
	uint64_t requests = 2;
	talk_open(server, path, FXF_READ, &handle);
	for (*size = 0;; requests++) {
		uint8_t bytes[MAX_HANDLE + 64];
		struct packet packet = {.at = bytes};
		packet_begin(&packet, FXP_READ, 0);
		put_u32(&packet, handle.length);
		put_bytes(&packet, handle.bytes, handle.length);
		put_u64(&packet, *size);
		put_u32(&packet, LENGTH);
		struct reply reply = talk(server, &packet);
		if (reply.type != FXP_DATA) {
			expect_status(&reply, FX_EOF, "READ");
			break;
		}
		*size += get_u32(reply.body);
	}
	talk_close(server, &handle);
	return requests + 1;
}

void run_session(struct server *server, const struct options *options, char **arguments, struct result *result)
{
	uint64_t entries = number(arguments[1]), stats = number(arguments[2]), size;
	struct stat file;
	if (stat(arguments[3], &file) < 0)
		fail("%s: %s", arguments[3], strerror(errno));
	server_spawn(server, options->socket);
	talk_init(server);
	server_start_meters(server);
	result->requests = read_directory(server, arguments[0], entries, options->verify) + stats;
	for (uint64_t n = 0; n < stats; n++) {
		char path[MAX_PATH];
		path_of(path, arguments[0], 'f', n % entries);
		stat_file(server, path);
	}
	result->requests += read_file(server, arguments[3], &size);
	if (size != (uint64_t)file.st_size)
		fail("%s: read %llu bytes", arguments[3], (unsigned long long)size);
	result->bytes = size;
	server_stop_at_end(server, result);
}

void run_copy(struct server *server, const struct options *options, char **arguments, struct result *result)
{
	struct handle from, to;
	struct stat source, target;
	uint8_t bytes[2 * MAX_HANDLE + 128];
	struct packet packet = {.at = bytes};
	server_spawn(server, options->socket);
	talk_init(server);
	talk_open(server, arguments[0], FXF_READ, &from);
	talk_open(server, arguments[1], FXF_WRITE | FXF_CREAT | FXF_TRUNC, &to);
	packet_begin(&packet, FXP_EXTENDED, 0);
	put_string(&packet, "copy-data");
	put_u32(&packet, from.length);
	put_bytes(&packet, from.bytes, from.length);
	put_u64(&packet, 0);
	put_u64(&packet, 0);
	put_u32(&packet, to.length);
	put_bytes(&packet, to.bytes, to.length);
	put_u64(&packet, 0);
	server_start_meters(server);
	struct reply reply = talk(server, &packet);
	server_stop_meters(server, result);
	expect_status(&reply, FX_OK, "copy-data");
	talk_close(server, &from);
	talk_close(server, &to);
	if (stat(arguments[0], &source) < 0 || stat(arguments[1], &target) < 0)
		fail("stat: %s", strerror(errno));
	if (source.st_size != target.st_size)
		fail("%s has not the size of %s", arguments[1], arguments[0]);
	result->requests = 1;
	result->bytes = (uint64_t)source.st_size;
	server_end(server, result);
}
