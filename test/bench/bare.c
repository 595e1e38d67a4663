/*
 * A lower bound for the time of STATs, LSTATs, OPENs and CLOSEs of short paths: frames
 * packets, makes the call, writes replies 32 at a time, and nothing else. It checks
 * nothing and reports every failed call as "no such file": a yardstick, not a server.
 * bare-stat.cjs is the same on node, for STAT and LSTAT.
 */
#include "load/load.h"

#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTES = 1 << 19, REPLIES_AT_ONCE = 32, ATTR_ALL = 15 };

// One more byte, for the NUL after a path that ends with the last packet.
static uint8_t input[BYTES + 1], output[BYTES];
static size_t taken, filled, position;
static int replies;

// Not load/wire.c's, because function calls would show here.
static inline uint32_t word_at(const uint8_t *at)
{
	uint32_t word;
	memcpy(&word, at, sizeof word);
	return be32toh(word);
}

static inline void tell_word(uint32_t word)
{
	word = htobe32(word);
	memcpy(output + position, &word, sizeof word);
	position += sizeof word;
}

static inline void tell_bytes(const void *bytes, size_t length)
{
	memcpy(output + position, bytes, length);
	position += length;
}

// The head of a reply whose type, ID and content are `length` bytes.
static inline void tell_head(uint32_t length, uint8_t type, uint32_t id)
{
	tell_word(length);
	output[position++] = type;
	tell_word(id);
}

static inline void tell_status(uint32_t id, uint32_t code, const char *message)
{
	uint32_t length = (uint32_t)strlen(message);
	tell_head(17 + length, FXP_STATUS, id);
	tell_word(code);
	tell_word(length);
	tell_bytes(message, length);
	tell_word(0); // no language
}

static inline void tell_missing(uint32_t id)
{
	tell_status(id, FX_NO_SUCH_FILE, "No such file");
}

static inline void tell_attributes(uint32_t id, const struct stat *attributes)
{
	tell_head(37, FXP_ATTRS, id);
	tell_word(ATTR_ALL);
	tell_word((uint32_t)((uint64_t)attributes->st_size >> 32));
	tell_word((uint32_t)attributes->st_size);
	tell_word(attributes->st_uid);
	tell_word(attributes->st_gid);
	tell_word(attributes->st_mode);
	tell_word((uint32_t)attributes->st_atime);
	tell_word((uint32_t)attributes->st_mtime);
}

static void flush(void)
{
	for (size_t sent = 0; sent < position;) {
		ssize_t written = write(1, output + sent, position - sent);
		if (written < 0)
			_exit(1);
		sent += (size_t)written;
	}
	position = 0;
	replies = 0;
}

static void serve_path(uint8_t type, uint32_t id, char *path, uint32_t length)
{
	struct stat attributes;
	int file = -1, found;
	char next = path[length];
	path[length] = '\0';
	if (type == FXP_OPEN)
		found = file = open(path, O_RDONLY);
	else
		found = type == FXP_STAT ? stat(path, &attributes) : lstat(path, &attributes);
	path[length] = next;
	if (found < 0)
		tell_missing(id);
	else if (type != FXP_OPEN)
		tell_attributes(id, &attributes);
	else {
		tell_head(13, FXP_HANDLE, id);
		tell_word(sizeof file);
		tell_word((uint32_t)file);
	}
}

static void serve(uint8_t *packet)
{
	static const uint8_t version[] = {0, 0, 0, 5, FXP_VERSION, 0, 0, 0, 3};
	uint8_t type = packet[0];
	if (type == FXP_INIT) {
		tell_bytes(version, sizeof version);
		return;
	}
	uint32_t id = word_at(packet + 1);
	if (type == FXP_STAT || type == FXP_LSTAT || type == FXP_OPEN)
		serve_path(type, id, (char *)packet + 9, word_at(packet + 5));
	else if (type != FXP_CLOSE)
		_exit(1);
	else if (close((int)word_at(packet + 9)) < 0)
		tell_missing(id);
	else
		tell_status(id, FX_OK, "Success");
	if (++replies == REPLIES_AT_ONCE)
		flush();
}

static void serve_buffered(void)
{
	while (filled - taken > 4) {
		uint8_t *packet = input + taken + 4;
		size_t length = word_at(packet - 4);
		if (filled - taken - 4 < length)
			return;
		taken += 4 + length;
		serve(packet);
	}
}

int main(void)
{
	for (;;) {
		serve_buffered();
		if (position > 0)
			flush();
		memmove(input, input + taken, filled - taken);
		filled -= taken;
		taken = 0;
		ssize_t got = read(0, input + filled, BYTES - filled);
		if (got <= 0)
			return 0;
		filled += (size_t)got;
	}
}
