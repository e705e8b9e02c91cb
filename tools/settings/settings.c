/* settings.c - the settings file; see settings.h. */
#include <stdio.h>
#include <string.h>

#include "settings.h"
#include "str.h"
#include "text.h"

const struct mon_setting_key mon_settings_keys[MON_SETTINGS] = {
	[MON_SETTING_DIR] = { "MON_DIR", "/home/user/Monitor",
	    "The folder of the record. It must exist, be owned by the user \"user\", and be an\n"
	    "absolute path of letters, digits and ._-+@ only.\n" },
	[MON_SETTING_INTERVAL] = { "MON_INTERVAL", "10",
	    "Seconds between two polls: 5, 6, 10, 12, 15, 20 or 30, or 60, 120, 180, 240, 300,\n"
	    "360, 600, 720, 900, 1200, 1800 or 3600.\n" },
	[MON_SETTING_TIMEOUT] = { "MON_TIMEOUT", "3",
	    "Seconds for the answer of one qube, and for the list of dom0.\n" },
	[MON_SETTING_DEADLINE] = { "MON_DEADLINE", "8",
	    "Seconds for one poll of all qubes, at most MON_INTERVAL less 2.\n" },
	[MON_SETTING_PARALLEL] = { "MON_PARALLEL", "8", "Calls that start at a time, 1 to 64.\n" },
	[MON_SETTING_EXCLUDE] = { "MON_EXCLUDE", "",
	    "Qubes that are left out: names with * and ?, separated by spaces, in quotes, like\n"
	    "\"personal* disp*\".\n" },
	[MON_SETTING_QUOTA] = { "MON_QUOTA", "16M",
	    "Bytes that each qube may have filed a day, like 500000, 16M or 1G; what is more is\n"
	    "dropped. An honest qube needs 3 to 5 MB at an interval of 10 seconds.\n" },
	[MON_SETTING_SELF] = { "MON_SELF", "",
	    "The name of this qube, which never asks itself. Default: the host name.\n" },
	[MON_SETTING_BACKUP_TIME] = { "MON_BACKUP_TIME", "03:50",
	    "When the backup runs, HH:MM, local time. It also runs some minutes after the start\n"
	    "of the qube, for what was missed.\n" },
	[MON_SETTING_VAULT] = { "BACKUP_VAULT", "secrets-vault",
	    "The qube that takes the archives. dom0's policy must allow the copy.\n" },
	[MON_SETTING_KEEP] = { "MON_KEEP", "14",
	    "Days that stay here after they are safe in the vault.\n" },
	[MON_SETTING_BUDGET] = { "MON_BUDGET", "",
	    "Size of the folder, like 1500M or 2G, over which days that are safe in the vault are\n"
	    "deleted before MON_KEEP is over, the oldest first. Default: three eighths of the\n"
	    "volume that the folder lies on.\n" },
};

static bool
find_key(const char *p, size_t n, enum mon_setting *ret)
{
	for (size_t i = 0; i < MON_SETTINGS; i++) {
		if (strlen(mon_settings_keys[i].key) == n &&
		    memcmp(mon_settings_keys[i].key, p, n) == 0) {
			*ret = (enum mon_setting)i;
			return true;
		}
	}
	return false;
}

/* Check the value, and take its quotes off. */
static enum mon_settings_err
check_value(struct mon_str *v)
{
	bool quoted = v->n > 0 && (v->p[0] == '"' || v->p[0] == '\'');

	if (quoted) {
		if (v->n < 2 || v->p[v->n - 1] != v->p[0])
			return MON_SETTINGS_BYTES;
		v->p++;
		v->n -= 2;
	}
	if (v->n > MON_SETTING_MAX)
		return MON_SETTINGS_LONG;
	for (size_t i = 0, len; i < v->n; i += len) {
		len = mon_text_rune(v->p + i, v->n - i);
		if (!quoted && memchr(" ;&|<>()~", v->p[i], 9) != NULL)
			return MON_SETTINGS_PLAIN;
		if (len == 0 || memchr("\"'\\$`", v->p[i], 5) != NULL)
			return MON_SETTINGS_BYTES;
	}
	return MON_SETTINGS_OK;
}

enum mon_settings_err
mon_settings_line(struct mon_settings *settings, const char *untrusted, size_t len, unsigned number)
{
	const char *equals = len > 0 ? memchr(untrusted, '=', len) : NULL;
	enum mon_settings_err err;
	enum mon_setting key;
	struct mon_str value;

	if (len == 0)
		return MON_SETTINGS_OK;
	if (untrusted[0] == '#')
		return untrusted[len - 1] == '\\' ? MON_SETTINGS_BYTES : MON_SETTINGS_OK;
	if (equals == NULL || equals == untrusted)
		return MON_SETTINGS_SHAPE;
	if (memchr(untrusted, ' ', (size_t)(equals - untrusted)) != NULL)
		return MON_SETTINGS_PLAIN;
	if (!find_key(untrusted, (size_t)(equals - untrusted), &key))
		return MON_SETTINGS_KEY;
	if (settings->line[key] != 0)
		return MON_SETTINGS_TWICE;
	value = (struct mon_str){ equals + 1, len - (size_t)(equals + 1 - untrusted) };
	err = check_value(&value);
	if (err != MON_SETTINGS_OK)
		return err;
	*(char *)mempcpy(settings->value[key], value.p, value.n) = '\0';
	settings->line[key] = number;
	return MON_SETTINGS_OK;
}

const char *
mon_settings_reason(enum mon_settings_err err)
{
	static const char *const reasons[MON_SETTINGS_ERRS] = {
		[MON_SETTINGS_OK] = "nothing is wrong",
		[MON_SETTINGS_SHAPE] = "expected KEY=value, or # and a comment",
		[MON_SETTINGS_PLAIN] =
		    "no space around the '=', and \"quotes\" around odd values, please",
		[MON_SETTINGS_BYTES] =
		    "there is a quote too many, a backslash, a '$' or an odd character",
		[MON_SETTINGS_LONG] = "the value is too long",
		[MON_SETTINGS_KEY] = "there is no such key; mon-settings --example shows them all",
		[MON_SETTINGS_TWICE] = "the key is set twice",
	};

	return reasons[err];
}

bool
mon_settings_interval(long seconds, char ret[MON_CALENDAR_MAX + 1])
{
	if (seconds < 5 || seconds > 3600)
		return false;
	if (seconds == 3600)
		strcpy(ret, "*:00:00");
	else if (seconds % 60 == 0 && 3600 % seconds == 0)
		snprintf(ret, MON_CALENDAR_MAX + 1, "*:0/%ld:00", seconds / 60);
	else if (60 % seconds == 0)
		snprintf(ret, MON_CALENDAR_MAX + 1, "*:*:0/%ld", seconds);
	else
		return false;
	return true;
}

bool
mon_settings_time(const char *text)
{
	for (size_t i = 0; i < 5; i++)
		if (i == 2 ? text[i] != ':' : text[i] < '0' || text[i] > '9')
			return false;
	return text[5] == '\0' && (text[0] < '2' || (text[0] == '2' && text[1] <= '3')) &&
	       text[3] <= '5';
}

bool
mon_settings_path(const char *text)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@";
	bool named = false; /* is there anything but slashes? */

	if (text[0] != '/' || text[strspn(text, plain)] != '\0')
		return false;
	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(++p, "/");

		if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		named = named || n > 0;
		p += n;
	}
	return named;
}
