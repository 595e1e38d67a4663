/*
 * A module of nsswitch.conf for name-service.test.ts: one user and one group
 * that are in none of the machine's files.
 */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <string.h>

enum { NUMBER = 71234 };

static char nothing[] = "";
static char user_name[] = "elsewhere";
static char group_name[] = "elsewheres";
static char home[] = "/usr/lib";
static char shell[] = "/bin/sh";
static char *no_members[] = {0};

static enum nss_status give_user(struct passwd *result)
{
	*result = (struct passwd){
		.pw_name = user_name, .pw_passwd = nothing, .pw_uid = NUMBER, .pw_gid = NUMBER,
		.pw_gecos = nothing, .pw_dir = home, .pw_shell = shell,
	};
	return NSS_STATUS_SUCCESS;
}

static enum nss_status not_found(int *error)
{
	*error = ENOENT;
	return NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_sftptest_getpwnam_r(const char *name, struct passwd *result, char *buffer,
                                         size_t length, int *error)
{
	(void)buffer, (void)length;
	return strcmp(name, user_name) == 0 ? give_user(result) : not_found(error);
}

enum nss_status _nss_sftptest_getpwuid_r(uid_t uid, struct passwd *result, char *buffer, size_t length,
                                         int *error)
{
	(void)buffer, (void)length;
	return uid == NUMBER ? give_user(result) : not_found(error);
}

enum nss_status _nss_sftptest_getgrgid_r(gid_t gid, struct group *result, char *buffer, size_t length,
                                         int *error)
{
	(void)buffer, (void)length;
	if (gid != NUMBER)
		return not_found(error);
	*result = (struct group){
		.gr_name = group_name, .gr_passwd = nothing, .gr_gid = NUMBER, .gr_mem = no_members,
	};
	return NSS_STATUS_SUCCESS;
}
