/*
 * Preloaded into OpenSSH's server: when the server looks up its user, which it does once
 * and first, the process calls chroot(2) with the directory CHROOTED_IN and becomes the
 * user and group CHROOTED_AS. The chroot needs no files of its own: by then the libraries
 * are loaded, the time zone is read and the log is connected, and users and groups come
 * from the files outside.
 */
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define NR_FCHMODAT2 452 /* Linux 6.6 */

struct text {
	char bytes[65536];
	size_t length;
};

static struct text users, groups;

static void
fail(const char *what)
{
	perror(what);
	_exit(127);
}

static void
take_along(const char *path, struct text *text)
{
	FILE *file = fopen(path, "re");

	if (file == NULL)
		fail(path);
	text->length = fread(text->bytes, 1, sizeof(text->bytes), file);
	fclose(file);
}

static void
enter(void)
{
	const char *directory = getenv("CHROOTED_IN"), *id = getenv("CHROOTED_AS");

	if (directory == NULL || id == NULL) {
		fputs("CHROOTED_IN and CHROOTED_AS are needed\n", stderr);
		_exit(127);
	}
	gid_t gid;
	uid_t uid;

	if (sscanf(id, "%u:%u", &uid, &gid) != 2)
		fail(id);
	take_along("/etc/passwd", &users);
	take_along("/etc/group", &groups);
	tzset();
	openlog(NULL, LOG_NDELAY, LOG_AUTH);
	if (chroot(directory) == -1 || chdir("/") == -1)
		fail(directory);
	if (setgroups(1, &gid) == -1 || setgid(gid) == -1 || setuid(uid) == -1)
		fail("setuid");
	unsetenv("LD_PRELOAD");
	unsetenv("CHROOTED_IN");
	unsetenv("CHROOTED_AS");
}

/* The connection could not be opened again. */
void
closelog(void)
{
}

/* The C library does this without following links by way of /proc. */
int
fchmodat(int directory, const char *path, mode_t mode, int flags)
{
	return (int)syscall(NR_FCHMODAT2, directory, path, mode, flags);
}

static struct passwd *
find_user(const char *name, uid_t uid)
{
	FILE *file = fmemopen(users.bytes, users.length, "r");
	struct passwd *entry;

	while ((entry = fgetpwent(file)) != NULL)
		if (name != NULL ? strcmp(entry->pw_name, name) == 0 : entry->pw_uid == uid)
			break;
	fclose(file);
	return entry;
}

struct passwd *
getpwuid(uid_t uid)
{
	static bool entered;

	if (!entered) {
		enter();
		entered = true;
		uid = getuid();
	}
	return find_user(NULL, uid);
}

struct passwd *
getpwnam(const char *name)
{
	return find_user(name, 0);
}

struct group *
getgrgid(gid_t gid)
{
	FILE *file = fmemopen(groups.bytes, groups.length, "r");
	struct group *entry;

	while ((entry = fgetgrent(file)) != NULL)
		if (entry->gr_gid == gid)
			break;
	fclose(file);
	return entry;
}
