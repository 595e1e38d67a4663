/* Users, groups and local time from the C library, which node does not provide. */
#include "addon.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <time.h>

/* The local files of the user database, once holdUserDatabase has opened them. */
static FILE *held_passwd, *held_group;

/* A matching entry of the held file, or NULL. */
static const struct passwd *
held_user(const char *name, uid_t uid)
{
	const struct passwd *pw;

	if (held_passwd == NULL)
		return NULL;
	rewind(held_passwd);
	while ((pw = fgetpwent(held_passwd)) != NULL) {
		/* "+name" and "-name" are not users but directives for NIS. */
		if (pw->pw_name[0] == '+' || pw->pw_name[0] == '-')
			continue;
		if (name != NULL ? strcmp(pw->pw_name, name) == 0 : pw->pw_uid == uid)
			return pw;
	}
	return NULL;
}

static const struct group *
held_group_entry(gid_t gid)
{
	const struct group *gr;

	if (held_group == NULL)
		return NULL;
	rewind(held_group);
	while ((gr = fgetgrent(held_group)) != NULL)
		if (gr->gr_name[0] != '+' && gr->gr_name[0] != '-' && gr->gr_gid == gid)
			return gr;
	return NULL;
}

/*
 * holdUserDatabase(): opens /etc/passwd and /etc/group, and keeps them open, for lookups
 * after the session is confined. Also looks up missing entries, so that the C library
 * loads the modules of all other databases.
 */
static napi_value
hold_user_database(napi_env env, napi_callback_info info)
{
	struct call c;

	call_begin(&c, env, info, 0);
	if (c.failed)
		return NULL;
	(void)getpwuid((uid_t)-2);
	(void)getgrgid((gid_t)-2);
	held_passwd = fopen("/etc/passwd", "re");
	held_group = fopen("/etc/group", "re");
	return result_int(env, 0);
}

static void
set_text(napi_env env, napi_value object, const char *name, const char *text)
{
	napi_value value;

	if (napi_create_string_latin1(env, text == NULL ? "" : text, NAPI_AUTO_LENGTH, &value) == napi_ok)
		napi_set_named_property(env, object, name, value);
}

static void
set_id(napi_env env, napi_value object, const char *name, uint32_t id)
{
	napi_value value;

	if (napi_create_uint32(env, id, &value) == napi_ok)
		napi_set_named_property(env, object, name, value);
}

static napi_value
passwd_result(napi_env env, const struct passwd *pw)
{
	napi_value object;

	if (pw == NULL) {
		napi_get_null(env, &object);
		return object;
	}
	if (napi_create_object(env, &object) != napi_ok)
		return NULL;
	set_text(env, object, "name", pw->pw_name);
	set_text(env, object, "dir", pw->pw_dir);
	set_id(env, object, "uid", pw->pw_uid);
	set_id(env, object, "gid", pw->pw_gid);
	return object;
}

/* getpwuid(uid): { name, dir, uid, gid } with one character per byte, or null. */
static napi_value
do_getpwuid(napi_env env, napi_callback_info info)
{
	const struct passwd *pw;
	struct call c;
	uid_t uid;

	call_begin(&c, env, info, 1);
	uid = arg_uint(&c, 0);
	if (c.failed)
		return NULL;
	pw = held_user(NULL, uid);
	return passwd_result(env, pw != NULL ? pw : getpwuid(uid));
}

/* getpwnam(name, offset, length): like getpwuid. */
static napi_value
do_getpwnam(napi_env env, napi_callback_info info)
{
	const struct passwd *pw = NULL;
	struct call c;
	struct path name;

	call_begin(&c, env, info, 3);
	arg_path(&c, 0, &name);
	if (c.failed)
		return NULL;
	if (!name.too_long && (pw = held_user(name.text, 0)) == NULL)
		pw = getpwnam(name.text);
	return passwd_result(env, pw);
}

/* getgrgid(gid): its name with one character per byte, or null. */
static napi_value
do_getgrgid(napi_env env, napi_callback_info info)
{
	struct call c;
	const struct group *gr;
	napi_value result;
	gid_t gid;

	call_begin(&c, env, info, 1);
	gid = arg_uint(&c, 0);
	if (c.failed)
		return NULL;
	if ((gr = held_group_entry(gid)) == NULL && (gr = getgrgid(gid)) == NULL)
		napi_get_null(env, &result);
	else if (napi_create_string_latin1(env, gr->gr_name, NAPI_AUTO_LENGTH, &result) != napi_ok)
		return NULL;
	return result;
}

/* getgrnam(name, offset, length): its id, or null. */
static napi_value
do_getgrnam(napi_env env, napi_callback_info info)
{
	const struct group *gr = NULL;
	struct call c;
	struct path name;
	napi_value result;

	call_begin(&c, env, info, 3);
	arg_path(&c, 0, &name);
	if (c.failed)
		return NULL;
	if (!name.too_long)
		gr = getgrnam(name.text);
	if (gr == NULL)
		napi_get_null(env, &result);
	else if (napi_create_uint32(env, gr->gr_gid, &result) != napi_ok)
		return NULL;
	return result;
}

/* time(): seconds since 1970. */
static napi_value
do_time(napi_env env, napi_callback_info info)
{
	struct call c;

	call_begin(&c, env, info, 0);
	return c.failed ? NULL : result_int(env, time(NULL));
}

/* localTime(secondsHigh, secondsLow, fields): year, month (0-11), day, hour, minute
 * and second; -1 for a time that has no such fields. */
static napi_value
local_time(napi_env env, napi_callback_info info)
{
	struct call c;
	struct tm tm;
	time_t seconds;
	uint32_t *fields;

	call_begin(&c, env, info, 3);
	seconds = (time_t)arg_u64(&c, 0);
	fields = arg_words(&c, 2, 6);
	if (c.failed)
		return NULL;
	if (localtime_r(&seconds, &tm) == NULL)
		return result_int(env, -1);
	fields[0] = (uint32_t)(tm.tm_year + 1900);
	fields[1] = (uint32_t)tm.tm_mon;
	fields[2] = (uint32_t)tm.tm_mday;
	fields[3] = (uint32_t)tm.tm_hour;
	fields[4] = (uint32_t)tm.tm_min;
	fields[5] = (uint32_t)tm.tm_sec;
	return result_int(env, 0);
}

const struct export user_exports[] = {
	{ "getpwuid", do_getpwuid },
	{ "getpwnam", do_getpwnam },
	{ "getgrgid", do_getgrgid },
	{ "getgrnam", do_getgrnam },
	{ "time", do_time },
	{ "localTime", local_time },
	{ "holdUserDatabase", hold_user_database },
	{ NULL, NULL },
};
