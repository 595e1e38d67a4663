/*
 * Many requests in flight: writes as many as the window allows with one call, reads as
 * many replies as there are with one call, and waits only when it can do neither. Each
 * request must be answered once, in any order.
 */
#include "../awake.h"
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INPUT_SIZE = 1 << 18, DATA_HEAD = 9 };

struct run {
	struct server *server;
	const struct options *options;
	const struct pipeline *pipeline;
	uint64_t prepared, sent_bytes; // requests, and bytes of them
	uint64_t done;
	bool *answered;
	uint8_t *input;
	size_t have;
	// The reply whose data is being taken, and how much of it is left.
	uint64_t reading, data_at, data_left;
	int null;
	int relay[2]; // a pipe between a socket, which can't be spliced to a file, and `null`
};

static bool send_some(struct run *run)
{
	const struct pipeline *pipeline = run->pipeline;
	uint64_t limit = run->done + run->options->window;
	if (limit > pipeline->count)
		limit = pipeline->count;
	for (; run->prepared < limit; run->prepared++)
		if (pipeline->prepare != NULL)
			pipeline->prepare(pipeline, run->prepared);
	uint64_t ready = limit == 0 ? 0 : pipeline->end(pipeline, limit - 1);
	if (run->sent_bytes == ready)
		return false;
	uint64_t at = run->sent_bytes % pipeline->size, length = ready - run->sent_bytes;
	if (length > pipeline->size - at)
		length = pipeline->size - at;
	ssize_t sent = write(run->server->to, pipeline->bytes + at, length);
	if (sent < 0 && errno != EAGAIN)
		fail("write: %s", strerror(errno));
	if (sent > 0)
		run->sent_bytes += (uint64_t)sent;
	return sent > 0;
}

static uint64_t answer(struct run *run, uint32_t id)
{
	if (id >= run->prepared || run->answered[id])
		fail("a reply with the id of no request: %u", id);
	run->answered[id] = true;
	return id;
}

static size_t take_data(struct run *run, const uint8_t *bytes, size_t length)
{
	if (length > run->data_left)
		length = run->data_left;
	if (run->pipeline->data != NULL)
		run->pipeline->data(run->pipeline, run->reading, run->data_at, bytes, length);
	run->data_at += length;
	run->data_left -= length;
	if (run->data_left == 0)
		run->done++;
	return length;
}

// Takes what it can of the bytes; returns how many that were.
static size_t take_replies(struct run *run, const uint8_t *bytes, size_t length)
{
	size_t at = run->data_left > 0 ? take_data(run, bytes, length) : 0;
	while (length - at >= 4 + DATA_HEAD) {
		const uint8_t *reply = bytes + at + 4;
		size_t size = get_u32(reply - 4);
		if (size < DATA_HEAD || size > MAX_PACKET)
			fail("a reply of %zu bytes", size);
		if (reply[0] == FXP_DATA) {
			run->reading = answer(run, get_u32(reply + 1));
			run->pipeline->check(run->pipeline, run->reading, reply, size);
			run->data_at = 0;
			run->data_left = size - DATA_HEAD;
			at += 4 + DATA_HEAD;
			at += take_data(run, bytes + at, length - at);
			continue;
		}
		// With --discard no more than a head is ever read; check() refuses it.
		if (length - at < 4 + size && !run->options->discard)
			break;
		run->pipeline->check(run->pipeline, answer(run, get_u32(reply + 1)), reply, size);
		run->done++;
		at += 4 + size;
	}
	return at;
}

static bool discard_some(struct run *run)
{
	int to = run->options->socket ? run->relay[1] : run->null;
	ssize_t gone = splice(run->server->from, NULL, to, NULL, run->data_left, SPLICE_F_NONBLOCK);
	if (gone < 0 && errno != EAGAIN)
		fail("splice: %s", strerror(errno));
	if (gone == 0)
		server_hung_up(run->server);
	if (gone > 0)
		take_data(run, NULL, (size_t)gone);
	for (ssize_t left = gone; run->options->socket && left > 0;) {
		ssize_t passed = splice(run->relay[0], NULL, run->null, NULL, (size_t)left, 0);
		if (passed <= 0)
			fail("splice to /dev/null: %s", strerror(errno));
		left -= passed;
	}
	return gone > 0;
}

static bool receive_some(struct run *run)
{
	if (run->options->discard && run->data_left > 0)
		return discard_some(run);
	size_t room = run->options->discard ? 4 + DATA_HEAD - run->have : INPUT_SIZE - run->have;
	ssize_t got = read(run->server->from, run->input + run->have, room);
	if (got < 0 && errno == EAGAIN)
		return false;
	if (got == 0)
		server_hung_up(run->server);
	if (got < 0)
		fail("read: %s", strerror(errno));
	run->have += (size_t)got;
	size_t taken = take_replies(run, run->input, run->have);
	run->have -= taken;
	memmove(run->input, run->input + taken, run->have);
	return true;
}

static void wait_for_either(struct run *run)
{
	const struct pipeline *pipeline = run->pipeline;
	bool unsent = run->prepared > 0 && run->sent_bytes < pipeline->end(pipeline, run->prepared - 1);
	struct pollfd polled[2] = {
		{.fd = run->server->from, .events = POLLIN},
		{.fd = unsent ? run->server->to : -1, .events = POLLOUT},
	};
	if ((run->server->awake ? poll_awake(polled, 2) : poll(polled, 2, -1)) < 0 && errno != EINTR)
		fail("poll: %s", strerror(errno));
}

static void set_blocking(int fd, bool blocking)
{
	int flags = fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

void pipeline_run(struct server *server, const struct options *options, const struct pipeline *pipeline,
	struct result *result)
{
	struct run run = {.server = server, .options = options, .pipeline = pipeline};
	run.answered = calloc(pipeline->count, sizeof *run.answered);
	run.input = malloc(INPUT_SIZE);
	run.null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (run.answered == NULL || run.input == NULL || run.null < 0 || pipe2(run.relay, O_CLOEXEC) < 0)
		fail("not enough memory for %llu requests", (unsigned long long)pipeline->count);
	fcntl(run.relay[1], F_SETPIPE_SZ, 1 << 20);
	memset(run.input, 0, INPUT_SIZE);
	set_blocking(server->to, false);
	set_blocking(server->from, false);
	server_start_meters(server);
	while (run.done < pipeline->count) {
		bool sent = send_some(&run);
		if (!receive_some(&run) && !sent)
			wait_for_either(&run);
	}
	server_stop_meters(server, result);
	result->requests = pipeline->count;
	set_blocking(server->to, true);
	set_blocking(server->from, true);
	close(run.null);
	close(run.relay[0]);
	close(run.relay[1]);
	free(run.input);
	free(run.answered);
}
