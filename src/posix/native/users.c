/* Users, groups and local time: what the C library knows and Node does not ask it. */
#include "addon.h"

#include <grp.h>
#include <pwd.h>
#include <time.h>

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

/* getpwuid(uid): { name, dir, uid, gid } with one character a byte, or null. */
static napi_value
do_getpwuid(napi_env env, napi_callback_info info)
{
	struct call c;
	uid_t uid;

	call_begin(&c, env, info, 1);
	uid = arg_uint(&c, 0);
	return c.failed ? NULL : passwd_result(env, getpwuid(uid));
}

/* getpwnam(name, offset, length): as getpwuid. */
static napi_value
do_getpwnam(napi_env env, napi_callback_info info)
{
	struct call c;
	struct path name;

	call_begin(&c, env, info, 3);
	arg_path(&c, 0, &name);
	if (c.failed)
		return NULL;
	return passwd_result(env, name.too_long ? NULL : getpwnam(name.text));
}

/* getgrgid(gid): its name with one character a byte, or null. */
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
	if ((gr = getgrgid(gid)) == NULL)
		napi_get_null(env, &result);
	else if (napi_create_string_latin1(env, gr->gr_name, NAPI_AUTO_LENGTH, &result) != napi_ok)
		return NULL;
	return result;
}

/* localTime(secondsHigh, secondsLow): year, month (0-11), day, hour, minute and
 * second in the six registers from TIME_REGISTERS on; -1 for a time that has
 * no such fields. */
static napi_value
local_time(napi_env env, napi_callback_info info)
{
	struct call c;
	struct tm tm;
	time_t seconds;

	call_begin(&c, env, info, 2);
	seconds = (time_t)arg_u64(&c, 0);
	if (c.failed)
		return NULL;
	if (localtime_r(&seconds, &tm) == NULL)
		return result_int(env, -1);
	uint32_t *fields = registers + TIME_REGISTERS;
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
	{ "localTime", local_time },
	{ NULL, NULL },
};
