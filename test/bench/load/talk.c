/*
 * One request, one reply: for the setup of a pipelined run, and for the workloads in which
 * each request waits for its reply.
 */
#include "../awake.h"
#include "load.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static uint8_t input[MAX_PACKET + 4];
static uint32_t last_id;

static void send_all(struct server *server, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = write(server->to, bytes, length);
		if (sent < 0)
			fail("write: %s", strerror(errno));
		bytes += sent;
		length -= (size_t)sent;
	}
}

// A reply is read with one call where it comes in one piece: nothing else can
// follow it.
static size_t receive(struct server *server)
{
	size_t have = 0, want = 4;
	struct pollfd polled = {.fd = server->from, .events = POLLIN};
	while (have < want) {
		if (server->awake && poll_awake(&polled, 1) < 0)
			fail("poll: %s", strerror(errno));
		ssize_t got = read(server->from, input + have, sizeof input - have);
		if (got == 0)
			server_hung_up(server);
		if (got < 0)
			fail("read: %s", strerror(errno));
		have += (size_t)got;
		if (want == 4 && have >= 4)
			want = 4 + get_u32(input);
		if (want < 5 || want > sizeof input)
			fail("a reply of %zu bytes", want);
	}
	if (have != want)
		fail("%zu bytes after the reply", have - want);
	return want;
}

void talk_init(struct server *server)
{
	static const uint8_t hello[] = {0, 0, 0, 5, FXP_INIT, 0, 0, 0, 3};
	send_all(server, hello, sizeof hello);
	size_t length = receive(server);
	if (length < 9 || input[4] != FXP_VERSION || get_u32(input + 5) != 3)
		fail("INIT was not answered by VERSION 3");
}

// Ids from here on start high, so that they are never one of a pipelined run.
static uint32_t next_id(void)
{
	return 0xf0000000u + last_id++;
}

struct reply talk(struct server *server, struct packet *packet)
{
	uint32_t id = next_id();
	struct packet head = {.at = packet->start + 5};
	put_u32(&head, id);
	send_all(server, packet->start, packet_end(packet));
	size_t length = receive(server);
	if (length < 9 || get_u32(input + 5) != id)
		fail("a reply with another request's id");
	return (struct reply){.type = input[4], .body = input + 9, .length = length - 9};
}

void expect_status(const struct reply *reply, uint32_t code, const char *what)
{
	if (reply->type != FXP_STATUS || reply->length < 4)
		fail("%s was answered by type %u", what, reply->type);
	if (get_u32(reply->body) != code)
		fail("%s was answered by status %u, not %u", what, get_u32(reply->body), code);
}

static void take_handle(const struct reply *reply, struct handle *handle, const char *path)
{
	if (reply->type == FXP_STATUS && reply->length >= 4)
		fail("%s: status %u", path, get_u32(reply->body));
	if (reply->type != FXP_HANDLE || reply->length < 4)
		fail("%s: no handle but type %u", path, reply->type);
	handle->length = get_u32(reply->body);
	if (handle->length > MAX_HANDLE || handle->length != reply->length - 4)
		fail("%s: a handle of %u bytes", path, handle->length);
	memcpy(handle->bytes, reply->body + 4, handle->length);
}

void talk_open(struct server *server, const char *path, uint32_t flags, struct handle *handle)
{
	uint8_t bytes[MAX_PATH + 64];
	struct packet packet = {.at = bytes};
	packet_begin(&packet, FXP_OPEN, 0);
	put_string(&packet, path);
	put_u32(&packet, flags);
	put_u32(&packet, flags & FXF_CREAT ? ATTR_PERMISSIONS : 0);
	if (flags & FXF_CREAT)
		put_u32(&packet, 0644);
	struct reply reply = talk(server, &packet);
	take_handle(&reply, handle, path);
}

void talk_opendir(struct server *server, const char *path, struct handle *handle)
{
	uint8_t bytes[MAX_PATH + 64];
	struct packet packet = {.at = bytes};
	packet_begin(&packet, FXP_OPENDIR, 0);
	put_string(&packet, path);
	struct reply reply = talk(server, &packet);
	take_handle(&reply, handle, path);
}

void talk_close(struct server *server, const struct handle *handle)
{
	uint8_t bytes[MAX_HANDLE + 64];
	struct packet packet = {.at = bytes};
	packet_begin(&packet, FXP_CLOSE, 0);
	put_u32(&packet, handle->length);
	put_bytes(&packet, handle->bytes, handle->length);
	struct reply reply = talk(server, &packet);
	expect_status(&reply, FX_OK, "CLOSE");
}
