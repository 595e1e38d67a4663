/*
 * What the parts of the load generator share. Names follow the SFTP draft,
 * version 3; see load.c for the program as a whole.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum {
	FXP_INIT = 1, FXP_VERSION = 2, FXP_OPEN = 3, FXP_CLOSE = 4, FXP_READ = 5, FXP_WRITE = 6,
	FXP_LSTAT = 7, FXP_SETSTAT = 9, FXP_OPENDIR = 11, FXP_READDIR = 12, FXP_MKDIR = 14,
	FXP_RMDIR = 15, FXP_REALPATH = 16, FXP_STAT = 17, FXP_RENAME = 18, FXP_READLINK = 19,
	FXP_STATUS = 101, FXP_HANDLE = 102, FXP_DATA = 103, FXP_NAME = 104, FXP_ATTRS = 105,
	FXP_EXTENDED = 200,
};
enum { FX_OK = 0, FX_EOF = 1, FX_NO_SUCH_FILE = 2 };
enum { FXF_READ = 1, FXF_WRITE = 2, FXF_CREAT = 8, FXF_TRUNC = 16 };
enum { ATTR_PERMISSIONS = 4, ATTR_ACMODTIME = 8 };

enum { MAX_PATH = 512, MAX_PACKET = 1 << 18, MAX_HANDLE = 256 };

struct options {
	uint64_t window;
	bool socket, discard, verify;
};

struct result {
	uint64_t wall_ns, cpu_ns, user_ns, system_ns, load_cpu_ns;
	uint64_t switches, load_switches, peak_kib, requests, bytes;
};

// load.c
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);
uint64_t number(const char *text);

// server.c: the server's process and what it has used
struct server {
	char **argv;
	pid_t pid;
	int to, from, errors; // our ends of its stdin, stdout and stderr
	int exit_status;
	bool awake; // whether we wait for it without sleep
	uint64_t spawned_ns;
	struct result before; // the meters when the timed section began
};
uint64_t now_ns(void);
void server_spawn(struct server *, bool on_socket);
void server_start_meters(struct server *);
void server_stop_meters(struct server *, struct result *);
struct rusage server_end(struct server *, struct result *); // closes its stdin, waits, adds peak_kib
void server_stop_at_end(struct server *, struct result *); // ends it; its end counts
__attribute__((noreturn)) void server_hung_up(struct server *); // for an end of file
void server_abandon(struct server *);              // what it said on stderr to ours; kills it

// wire.c: numbers and strings as the draft packs them
struct packet {
	uint8_t *at, *start;
};
void put_u32(struct packet *, uint32_t);
void put_u64(struct packet *, uint64_t);
void put_string(struct packet *, const char *);
void put_bytes(struct packet *, const void *, size_t);
void packet_begin(struct packet *, uint8_t type, uint32_t id);
size_t packet_end(struct packet *); // fills in the length; returns it with its own 4 bytes
uint32_t get_u32(const uint8_t *);
uint64_t get_u64(const uint8_t *);
void path_of(char name[MAX_PATH], const char *dir, char letter, uint64_t number);

// talk.c: one request, one reply, on blocking descriptors
struct handle {
	uint8_t bytes[MAX_HANDLE];
	uint32_t length;
};
struct reply {
	uint8_t type;
	const uint8_t *body; // after the id; valid until the next reply
	size_t length;
};
void talk_init(struct server *);
struct reply talk(struct server *, struct packet *); // ends the packet, checks the reply's id
void talk_open(struct server *, const char *path, uint32_t flags, struct handle *);
void talk_opendir(struct server *, const char *path, struct handle *);
void talk_close(struct server *, const struct handle *);
void expect_status(const struct reply *, uint32_t code, const char *what);

// pipeline.c: many requests in flight
struct pipeline {
	// The requests' bytes. Request n ends at byte end(p, n); what lies beyond
	// `size` stands at the beginning again, and prepare() writes it there when
	// its turn has come.
	uint8_t *bytes;
	uint64_t size, count;
	uint64_t (*end)(const struct pipeline *, uint64_t n);
	void (*prepare)(const struct pipeline *, uint64_t n); // may be NULL
	// Reply n, whole, from its type on; of a DATA only the part before the data.
	void (*check)(const struct pipeline *, uint64_t n, const uint8_t *reply, size_t length);
	// Some of the data of reply n; NULL if nobody looks at it.
	void (*data)(const struct pipeline *, uint64_t n, uint64_t at, const uint8_t *, size_t length);
	const void *workload;
};
void pipeline_run(struct server *, const struct options *, const struct pipeline *, struct result *);

// start.c
void run_start(struct server *, const struct options *, char **, struct result *);
void run_program(struct server *, const struct options *, char **, struct result *);
void run_wrapped(struct server *, const struct options *, char **, struct result *);
// bulk.c
void run_read(struct server *, const struct options *, char **, struct result *);
void run_write(struct server *, const struct options *, char **, struct result *);
// paths.c
void run_stat(struct server *, const struct options *, char **, struct result *);
void run_lstat(struct server *, const struct options *, char **, struct result *);
void run_missing(struct server *, const struct options *, char **, struct result *);
void run_setstat(struct server *, const struct options *, char **, struct result *);
void run_mkdir(struct server *, const struct options *, char **, struct result *);
void run_rename(struct server *, const struct options *, char **, struct result *);
void run_readlink(struct server *, const struct options *, char **, struct result *);
void run_realpath(struct server *, const struct options *, char **, struct result *);
// turns.c
void run_open(struct server *, const struct options *, char **, struct result *);
void run_readdir(struct server *, const struct options *, char **, struct result *);
void run_session(struct server *, const struct options *, char **, struct result *);
void run_copy(struct server *, const struct options *, char **, struct result *);
