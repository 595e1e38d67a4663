/*
 * agent SIZE [FROM TO ...]: SIZE is that of the tree's file system; each FROM, a
 * folder of the machine, is shown to the servers as TO.
 *
 * Reads jobs from stdin, does them, answers on stdout. A job is a u32 length and
 * a row of operations (a letter, a u32 length, a payload); an answer is a u32
 * length and a row of sections of the same shape. Integers are big-endian.
 *
 *	F path NUL content	write a file		Y target NUL path	make a symlink
 *	B root NUL entries	build the tree
 *	S fields	start a server			W bytes		write to its stdin
 *	I		wait until it waits for input	H		leave its output unread until I or X
 *	R number	take output in pieces of that size	C	close its stdin
 *	X		wait for its end		D root		dump the tree
 *	L		lock the world: only the tree stays writable
 *
 * Sections: O stdout, E stderr (once the server has ended), L datagrams (each
 * with a u32 length), X state, D the tree.
 */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* Where the new root is assembled. */
#define WORLD "/mnt"

void die(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

void bytes_put(struct bytes *b, const void *data, size_t length)
{
	if (b->length + length > b->capacity) {
		b->capacity = (b->length + length) * 2;
		if ((b->data = realloc(b->data, b->capacity)) == NULL)
			die("realloc");
	}
	if (length > 0)
		memcpy(b->data + b->length, data, length);
	b->length += length;
}

void bytes_printf(struct bytes *b, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	int length = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	bytes_put(b, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

static void put_section(struct bytes *b, char letter, const void *data, size_t length)
{
	uint8_t head[5] = { (uint8_t)letter, (uint8_t)(length >> 24), (uint8_t)(length >> 16),
		(uint8_t)(length >> 8), (uint8_t)length };

	bytes_put(b, head, sizeof head);
	bytes_put(b, data, length);
}

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int read_fully(uint8_t *data, size_t length)
{
	for (size_t have = 0; have < length;) {
		ssize_t n = read(0, data + have, length - have);
		if (n <= 0)
			return 0;
		have += (size_t)n;
	}
	return 1;
}

static void write_file(const char *path, const void *content, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, content, length) != (ssize_t)length)
		die(path);
	close(fd);
}

/* Creates the folder and those above it. */
static void make_folder(const char *path)
{
	char part[4096];

	for (size_t i = 1; path[i - 1] != 0 && i < sizeof part; i++)
		if (path[i] == '/' || path[i] == 0) {
			snprintf(part, sizeof part, "%.*s", (int)i, path);
			mkdir(part, 0755);
		}
}

static void make_symlink(const char *target, const char *path)
{
	char folder[4096];

	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	make_folder(folder);
	if (symlink(target, path) < 0)
		die(path);
}

/* Bind-mounts a file or folder at another path, which is created as a folder if missing. */
static void bind_mount(const char *from, const char *to)
{
	if (access(to, F_OK) < 0)
		make_folder(to);
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		die(to);
}

static void set_read_only(const char *path, unsigned flags)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attr, sizeof attr) < 0)
		die("mount_setattr");
}

/* Puts the machine's folder, or the same symlink if it is one, into the new root. */
static void show_folder(const char *path)
{
	char target[4096], to[4096];
	ssize_t n = readlink(path, target, sizeof target - 1);

	snprintf(to, sizeof to, WORLD "%s", path);
	if (n >= 0) {
		target[n] = 0;
		if (symlink(target, to) < 0)
			die(to);
	} else if (access(path, F_OK) == 0) {
		bind_mount(path, to);
	}
}

static void copy_file(const char *from, const char *to)
{
	static char content[1 << 20];
	int fd = open(from, O_RDONLY);

	if (fd < 0)
		return;
	ssize_t n = read(fd, content, sizeof content);
	close(fd);
	if (n >= 0)
		write_file(to, content, (size_t)n);
}

static void make_devices(void)
{
	static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom" };
	char to[64];

	make_folder(WORLD "/dev");
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
		snprintf(to, sizeof to, WORLD "%s", devices[i]);
		write_file(to, "", 0);
		bind_mount(devices[i], to);
	}
}

static int bind_log(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
		die("/dev/log");
	chmod("/dev/log", 0666);
	return fd;
}

static int make_old(const char *path, const struct stat *st, int type, struct FTW *at)
{
	static const struct timespec times[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	(void)type;
	(void)at;
	if (S_ISDIR(st->st_mode) && utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0)
		die(path);
	return 0;
}

/*
 * A world for the server: a root of its own with the machine's programs, read-only, so
 * that no sequence can harm the machine and a listing of / does not change (procfs, whose
 * link count counts processes, is at /run/p; /proc has the server and its parent); a file
 * system at /mnt/t for the tree alone; a /dev with the agent's own log socket; and an
 * empty network, whose sockets queue any number of datagrams.
 */
static int enter_world(const char *size, char *const *shown)
{
	static const char *const folders[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64" };
	char options[64], from[64], to[64];

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
		die("unshare (a mount namespace needs root; `unshare -rm` gives an unprivileged user one)");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("mount /");
	write_file("/proc/sys/net/unix/max_dgram_qlen", "100000", 6);
	set_read_only("/", AT_RECURSIVE);
	snprintf(options, sizeof options, "size=%s,mode=0755", size);
	if (mount("tmpfs", WORLD, "tmpfs", MS_NOATIME, options) < 0)
		die("mount " WORLD);
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
		show_folder(folders[i]);
	for (; shown[0] != NULL && shown[1] != NULL; shown += 2) {
		char path[4096];
		snprintf(path, sizeof path, WORLD "%s", shown[1]);
		bind_mount(shown[0], path);
	}
	/* Copies, because a mount on the machine's /etc/passwd disappears when another process replaces that file. */
	make_folder(WORLD "/etc");
	copy_file("/etc/ld.so.cache", WORLD "/etc/ld.so.cache");
	copy_file("/etc/localtime", WORLD "/etc/localtime");
	bind_mount("/proc", WORLD "/run/p");
	make_folder(WORLD "/proc");
	make_devices();
	make_folder(WORLD "/mnt/t");
	if (mount("tmpfs", WORLD "/mnt/t", "tmpfs", MS_NOATIME, options) < 0)
		die("mount the tree");
	if (chroot(WORLD) < 0 || chdir("/") < 0)
		die("chroot");
	snprintf(from, sizeof from, "/run/p/%d", (int)getpid());
	snprintf(to, sizeof to, "/proc/%d", (int)getpid());
	if (symlink("/run/p/self", "/proc/self") < 0 || symlink(from, to) < 0)
		die("/proc");
	int log = bind_log();
	/* The two worlds of a pair may be made in different seconds. */
	if (nftw("/", make_old, 16, FTW_PHYS | FTW_MOUNT) < 0)
		die("times");
	return log;
}

static void run_operation(struct child *c, char letter, const uint8_t *payload, size_t length, struct bytes *answer)
{
	struct bytes text = { 0 };
	const char *first = (const char *)payload;
	size_t split = strnlen(first, length);
	const char *second = first + (split < length ? split + 1 : split);
	size_t rest = length - (size_t)(second - first);

	switch (letter) {
	case 'F': write_file(first, second, rest); break;
	case 'Y': make_symlink(first, second); break;
	case 'B': tree_build(first, second, rest); break;
	case 'S': child_start(c, first, length); break;
	case 'W': child_write(c, payload, length); break;
	case 'I': child_wait_idle(c); break;
	case 'H': c->held = 1; break;
	case 'R': c->read_size = get_u32(payload); break;
	case 'C': child_close_input(c); break;
	case 'X': child_wait_exit(c); break;
	case 'L':
		set_read_only("/", 0);
		break;
	case 'D':
		tree_dump(first, &text);
		put_section(answer, 'D', text.data, text.length);
		break;
	default: errno = EINVAL; die("operation");
	}
	free(text.data);
}

static void answer_job(struct child *c, struct bytes *answer)
{
	struct bytes errors = { 0 };

	put_section(answer, 'O', c->output.data, c->output.length);
	put_section(answer, 'L', c->datagrams.data, c->datagrams.length);
	put_section(answer, 'X', c->state, strlen(c->state));
	if (c->pid == 0) {
		child_take_errors(c, &errors);
		put_section(answer, 'E', errors.data, errors.length);
	}
	free(errors.data);
	c->output.length = c->datagrams.length = 0;
	uint8_t head[4] = { (uint8_t)(answer->length >> 24), (uint8_t)(answer->length >> 16),
		(uint8_t)(answer->length >> 8), (uint8_t)answer->length };
	struct { const uint8_t *data; size_t length; } parts[2] = { { head, 4 }, { answer->data, answer->length } };
	for (int i = 0; i < 2; i++)
		for (size_t sent = 0; sent < parts[i].length;) {
			ssize_t n = write(1, parts[i].data + sent, parts[i].length - sent);
			if (n < 0)
				exit(0);
			sent += (size_t)n;
		}
}

int main(int argc, char **argv)
{
	struct child c = { .in = -1, .out = -1, .errors = -1, .state = "none", .read_size = 65536 };
	struct bytes answer = { 0 };
	uint8_t head[4];

	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		fprintf(stderr, "usage: agent SIZE [FROM TO ...]\n");
		return 2;
	}
	c.log = enter_world(argv[1], argv + 2);
	while (read_fully(head, sizeof head)) {
		size_t length = get_u32(head);
		/* One byte more, zero, so that every payload ends as a C string. */
		uint8_t *job = calloc(1, length + 1);
		if (job == NULL || !read_fully(job, length))
			break;
		answer.length = 0;
		for (size_t at = 0; at + 5 <= length;) {
			size_t size = get_u32(job + at + 1);
			/* The byte after a payload is the next letter: replace it by a NUL while this operation runs. */
			uint8_t next = job[at + 5 + size];
			job[at + 5 + size] = 0;
			run_operation(&c, (char)job[at], job + at + 5, size, &answer);
			job[at + 5 + size] = next;
			at += 5 + size;
		}
		free(job);
		answer_job(&c, &answer);
	}
	child_kill(&c);
	return 0;
}
