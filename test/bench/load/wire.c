/* Numbers and strings as the SFTP draft packs them (draft-ietf-secsh-filexfer-02). */
#include "load.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

void put_bytes(struct packet *packet, const void *bytes, size_t length)
{
	memcpy(packet->at, bytes, length);
	packet->at += length;
}

void put_u32(struct packet *packet, uint32_t value)
{
	value = htobe32(value);
	put_bytes(packet, &value, sizeof value);
}

void put_u64(struct packet *packet, uint64_t value)
{
	value = htobe64(value);
	put_bytes(packet, &value, sizeof value);
}

void put_string(struct packet *packet, const char *text)
{
	put_u32(packet, (uint32_t)strlen(text));
	put_bytes(packet, text, strlen(text));
}

void packet_begin(struct packet *packet, uint8_t type, uint32_t id)
{
	packet->start = packet->at;
	packet->at += 4;
	*packet->at++ = type;
	put_u32(packet, id);
}

size_t packet_end(struct packet *packet)
{
	size_t length = (size_t)(packet->at - packet->start);
	struct packet head = {.at = packet->start};
	put_u32(&head, (uint32_t)(length - 4));
	return length;
}

uint32_t get_u32(const uint8_t *at)
{
	uint32_t value;
	memcpy(&value, at, sizeof value);
	return be32toh(value);
}

uint64_t get_u64(const uint8_t *at)
{
	uint64_t value;
	memcpy(&value, at, sizeof value);
	return be64toh(value);
}

void path_of(char name[MAX_PATH], const char *dir, char letter, uint64_t number)
{
	int length = snprintf(name, MAX_PATH, "%s/%c%06llu", dir, letter, (unsigned long long)number);
	if (length >= MAX_PATH)
		fail("%s: too long a name for this program", dir);
}
