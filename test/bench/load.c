/*
 * The load generator: starts one SFTP server, gives it one workload, checks
 * every reply, and prints one line of JSON with what that took. To build it:
 *
 * cc -O2 -D_GNU_SOURCE -o dist/test/bench/load test/bench/load.c test/bench/load/*.c
 *
 * load [OPTION ...] WORKLOAD ARGUMENT ... -- SERVER [ARGUMENT ...]
 *
 * Options
 * --socket     one socket pair, as `sftp -D` uses, in place of three pipes of
 * the default size, as sshd uses
 * --window N   requests in flight, for the workloads marked *; 64 if not given
 * --awake      never sleep while the server is to answer, but look again and
 * again: awake.h says why
 * --discard    READ's data goes to /dev/null by splice, not through memory
 * --verify     also compare what was read, or written, byte by byte, and what
 * STAT said (slower: not for timing)
 * --seconds N  give up after this time; 300 if not given
 *
 * Workloads
 * start                      from spawn to VERSION received
 * run                        from spawn to exit; SERVER may be any program,
 * which writes its stdout to /dev/null
 * read* FILE LENGTH TOTAL    READs of LENGTH bytes, TOTAL bytes, again from
 * the start of FILE when its end is reached
 * write* FILE LENGTH TOTAL   WRITEs into a new FILE
 * stat* lstat* missing* setstat* mkdir* rename* readlink* realpath*
 * ... DIR COUNT FILES      requests for the names that `make` made
 * open DIR COUNT FILES       COUNT times OPEN and CLOSE, one at a time
 * readdir DIR ENTRIES TIMES  OPENDIR, READDIR until EOF, CLOSE
 * session DIR ENTRIES STATS FILE
 * one listing, STATS STATs, all of FILE, and the
 * server's end, which counts
 * copy FROM TO               copy-data of a whole file into a new one
 * wrap OUT                   runs SERVER on this program's own stdin, stdout
 * and stderr; the JSON goes to OUT (for sshd)
 * make DIR FILES LINKS       (no server) makes DIR with f000000, f000001 ...
 * of 0, 1, ... bytes and links l000000 ... to them
 *
 * JSON: wallNs; cpuNs, userNs, systemNs of the server (all threads); switches,
 * how often it slept; loadCpuNs and loadSwitches of this program; peakKiB, the
 * server's peak resident set over its whole life; requests, bytes. The timed
 * section starts after VERSION and after what the workload needs open, except for
 * start, run and wrap. Exit status: 0, or 1 with the reason on stderr.
 *
 * READ's data is read into one small buffer: sshd too copies what it takes from
 * the pipe, so no server gets less time than it would have there. --discard
 * shows what the copy hides.
 */
#include "load/load.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct server server;

void fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fputs("load: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	server_abandon(&server);
	exit(1);
}

static void too_late(int signal)
{
	(void)signal;
	fail("no end in sight: gave up");
}

uint64_t number(const char *text)
{
	char *end;
	errno = 0;
	uint64_t value = strtoull(text, &end, 10);
	if (errno != 0 || *text == '\0' || *end != '\0')
		fail("not a number: %s", text);
	return value;
}

static void make(const char *dir, uint64_t files, uint64_t links)
{
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		fail("mkdir %s: %s", dir, strerror(errno));
	for (uint64_t i = 0; i < files; i++) {
		char name[MAX_PATH];
		path_of(name, dir, 'f', i);
		FILE *file = fopen(name, "w");
		if (file == NULL || ftruncate(fileno(file), (off_t)i) < 0 || fclose(file) != 0)
			fail("%s: %s", name, strerror(errno));
	}
	for (uint64_t i = 0; i < links; i++) {
		char name[MAX_PATH], target[24];
		path_of(name, dir, 'l', i);
		snprintf(target, sizeof target, "f%06llu", (unsigned long long)i);
		if (symlink(target, name) < 0 && errno != EEXIST)
			fail("%s: %s", name, strerror(errno));
	}
}

struct workload {
	const char *name;
	int arguments;
	void (*run)(struct server *, const struct options *, char **, struct result *);
};

static const struct workload workloads[] = {
	{"start", 0, run_start},      {"run", 0, run_program},      {"read", 3, run_read},
	{"write", 3, run_write},      {"stat", 3, run_stat},        {"lstat", 3, run_lstat},
	{"missing", 3, run_missing},  {"setstat", 3, run_setstat},  {"mkdir", 3, run_mkdir},
	{"rename", 3, run_rename},    {"readlink", 3, run_readlink},{"realpath", 3, run_realpath},
	{"open", 3, run_open},        {"readdir", 3, run_readdir},  {"copy", 2, run_copy},
	{"session", 4, run_session},
	{"wrap", 1, run_wrapped},
};

static void report(FILE *to, const char *workload, const struct result *result)
{
	fprintf(to,
		"{\"workload\":\"%s\",\"wallNs\":%llu,\"cpuNs\":%llu,\"userNs\":%llu,\"systemNs\":%llu,"
		"\"switches\":%llu,\"loadCpuNs\":%llu,\"loadSwitches\":%llu,\"peakKiB\":%llu,\"requests\":%llu,"
		"\"bytes\":%llu}\n",
		workload, (unsigned long long)result->wall_ns, (unsigned long long)result->cpu_ns,
		(unsigned long long)result->user_ns, (unsigned long long)result->system_ns,
		(unsigned long long)result->switches, (unsigned long long)result->load_cpu_ns,
		(unsigned long long)result->load_switches, (unsigned long long)result->peak_kib,
		(unsigned long long)result->requests, (unsigned long long)result->bytes);
}

int main(int argc, char **argv)
{
	struct options options = {.window = 64};
	unsigned seconds = 300;
	int at = 1;
	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
		if (strcmp(argv[at], "--socket") == 0)
			options.socket = true;
		else if (strcmp(argv[at], "--awake") == 0)
			server.awake = true;
		else if (strcmp(argv[at], "--discard") == 0)
			options.discard = true;
		else if (strcmp(argv[at], "--verify") == 0)
			options.verify = true;
		else if (strcmp(argv[at], "--window") == 0 && at + 1 < argc)
			options.window = number(argv[++at]);
		else if (strcmp(argv[at], "--seconds") == 0 && at + 1 < argc)
			seconds = (unsigned)number(argv[++at]);
		else
			fail("unknown option %s; load.c says how to use it", argv[at]);
	}
	if (options.window == 0)
		fail("a window of 0 lets nothing through");
	if (argc - at == 4 && strcmp(argv[at], "make") == 0) {
		make(argv[at + 1], number(argv[at + 2]), number(argv[at + 3]));
		return 0;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, too_late);
	alarm(seconds);
	unsetenv("NODE_EXTRA_CA_CERTS");
	for (size_t i = 0; at < argc && i < sizeof workloads / sizeof *workloads; i++) {
		const struct workload *workload = &workloads[i];
		if (strcmp(argv[at], workload->name) != 0)
			continue;
		int dashes = at + 1 + workload->arguments;
		if (dashes + 1 >= argc || strcmp(argv[dashes], "--") != 0)
			fail("%s takes %d arguments, then -- and a server", workload->name, workload->arguments);
		server.argv = argv + dashes + 1;
		struct result result = {0};
		workload->run(&server, &options, argv + at + 1, &result);
		FILE *to = workload->run == run_wrapped ? fopen(argv[at + 1], "a") : stdout;
		if (to == NULL)
			fail("%s: %s", argv[at + 1], strerror(errno));
		report(to, workload->name, &result);
		return fclose(to) == 0 ? server.exit_status : 1;
	}
	fail("unknown workload; load.c says what there is");
	return 1;
}
