/*
 * settings.h - the settings file: which keys there are, and the lines that set them.
 *
 * systemd reads the file too (EnvironmentFile= of the units, systemd.exec(5)), and so may a
 * shell.  Only lines that all of them understand alike are taken:
 *
 *	line  = "" | "#" any | KEY "=" value
 *	value = plain | '"' plain '"' | "'" plain "'"
 *
 * where plain is harmless characters (text.h) without quotes, "\", "$" and "`".  Without quotes
 * it has no space and none of ;&|<>()~ either.  A comment does not end with "\", because systemd
 * would take the next line for its rest.  An empty value is the default.
 *
 * No I/O, no malloc, no locale.  Defined for every (buf, len), NULs included.
 */
#ifndef MON_SETTINGS_H
#define MON_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"

#define MON_SETTINGS_FILE "/rw/config/sys-monitor.conf" /* where the units read it */

enum mon_setting {
	MON_SETTING_DIR,
	MON_SETTING_INTERVAL,
	MON_SETTING_TIMEOUT,
	MON_SETTING_DEADLINE,
	MON_SETTING_PARALLEL,
	MON_SETTING_EXCLUDE,
	MON_SETTING_QUOTA,
	MON_SETTING_SELF,
	MON_SETTING_BACKUP_TIME,
	MON_SETTING_VAULT,
	MON_SETTING_KEEP,
	MON_SETTING_BUDGET,
	MON_SETTINGS
};

struct mon_setting_key {
	const char *key;
	const char *fallback; /* what counts when it is not set; "" for nothing */
	const char *about;    /* lines for the example, each ended by LF */
};

/* Indexed by enum mon_setting. */
extern const struct mon_setting_key mon_settings_keys[MON_SETTINGS];

struct mon_settings {
	char value[MON_SETTINGS][MON_SETTING_MAX + 1]; /* "": the default */
	unsigned line[MON_SETTINGS];                   /* that set it; 0: none did */
};

/* Why a line is no good. */
enum mon_settings_err {
	MON_SETTINGS_OK = 0,
	MON_SETTINGS_SHAPE, /* no KEY=value */
	MON_SETTINGS_PLAIN, /* something that needs quotes, or a space before the '=' */
	MON_SETTINGS_BYTES, /* a character that is not taken, or an open quote */
	MON_SETTINGS_LONG,  /* over MON_SETTING_MAX */
	MON_SETTINGS_KEY,   /* no key of ours */
	MON_SETTINGS_TWICE, /* a line before this one set it */
	MON_SETTINGS_ERRS
};

/*
 * mon_settings_line(settings, untrusted, len, number):
 * Take the line of ${len} bytes, without its LF; it is line ${number}, from 1, of its file.
 * Return MON_SETTINGS_OK, or the reason with ${settings} untouched.
 */
enum mon_settings_err mon_settings_line(
    struct mon_settings *settings, const char *untrusted, size_t len, unsigned number);

/*
 * mon_settings_reason(err):
 * Return what is wrong, in words that end a sentence; static storage.
 */
const char *mon_settings_reason(enum mon_settings_err err);

/*
 * mon_settings_interval(seconds, ret):
 * Write the calendar expression (systemd.time(7)) that comes every ${seconds}, evenly over the
 * day.  Return false, ${ret} untouched, if there is none: the seconds must be 5 to 3600 and
 * divide a minute, or be whole minutes that divide an hour.
 */
bool mon_settings_interval(long seconds, char ret[MON_CALENDAR_MAX + 1]);

/*
 * mon_settings_time(text):
 * Is it a time of the day, "00:00" to "23:59"?
 */
bool mon_settings_time(const char *text);

/*
 * mon_settings_path(text):
 * Is it an absolute path that a unit file can hold as it stands: "/", letters, digits, and
 * "._-+@", no "." or ".." as a folder, and not "/" itself?
 */
bool mon_settings_path(const char *text);

#endif /* !MON_SETTINGS_H */
