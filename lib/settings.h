/*
 * settings.h - the one table of settings, and the file that sets them.
 *
 * A value comes from the option, else the environment, else the file, else the default: see
 * mon_tool_setting().  Each line of the file stands for itself:
 *
 *	line  = "" | "#" any | KEY "=" value
 *	value = plain | '"' plain '"' | "'" plain "'"
 *
 * where plain is harmless characters (text.h) without quotes, "\", "$" and "`", and without
 * spaces where there are no quotes: a shell reads such a file alike.  Spaces at both ends of a line
 * do not count, nor does a byte order mark before the first.  An empty value is the default.  A line
 * that is wrong counts as not set.
 *
 * No malloc, no locale.  Only mon_settings_read() does I/O, and mon_settings_next() for what it
 * has read.
 */
#ifndef MON_SETTINGS_H
#define MON_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caps.h"

#define MON_SETTINGS_FILE "/rw/config/sys-monitor.conf" /* unless MON_SETTINGS names another */

enum mon_setting {
	MON_SETTING_DIR,
	MON_SETTING_INTERVAL,
	MON_SETTING_TIMEOUT,
	MON_SETTING_DEADLINE,
	MON_SETTING_PARALLEL,
	MON_SETTING_EXCLUDE,
	MON_SETTING_NO_HANDLER,
	MON_SETTING_XEN,
	MON_SETTING_QUOTA,
	MON_SETTING_SELF,
	MON_SETTING_BACKUP_TIME,
	MON_SETTING_VAULT,
	MON_SETTING_KEEP,
	MON_SETTING_BUDGET,
	MON_SETTING_RULES,
	MON_SETTINGS
};

/* What a value is, and which number it means. */
enum mon_setting_kind {
	MON_SETTING_PATH,    /* mon_settings_path(); 0 */
	MON_SETTING_PERIOD,  /* mon_settings_interval(); seconds */
	MON_SETTING_SECONDS, /* at most three decimals, 0.001 to 86400; milliseconds */
	MON_SETTING_COUNT,   /* a whole number within the key's bounds */
	MON_SETTING_SIZE,    /* a whole number, not 0, of bytes or K, M, G of 1024; bytes */
	MON_SETTING_GLOBS,   /* mon_exclude_next(), at most MON_EXCLUDES_MAX; how many */
	MON_SETTING_QUBE,    /* MON_VM (shape.h), not dom0; 0 */
	MON_SETTING_TIME,    /* "00:00" to "23:59"; minutes */
	MON_SETTING_SWITCH,  /* "yes" or "no"; 1 or 0 */
};

struct mon_setting_key {
	const char *key;
	const char *option; /* of the tools that have one, else NULL */
	const char *pillar; /* its key in dom0's pillar "sys-monitor" */
	enum mon_setting_kind kind;
	uint64_t min, max;    /* of a MON_SETTING_COUNT */
	const char *fallback; /* what counts when it is not set; "" for nothing */
	const char *wanted;   /* ends the sentence "it must be ..." */
	const char *about;    /* lines for the example, each ended by LF */
};

/* Indexed by enum mon_setting. */
extern const struct mon_setting_key mon_settings_keys[MON_SETTINGS];

/* Why a line does not count. */
enum mon_settings_fault {
	MON_SETTINGS_GOOD = 0,
	MON_SETTINGS_SHAPE,   /* no KEY=value */
	MON_SETTINGS_EXPORT,  /* export KEY=value */
	MON_SETTINGS_SPACES,  /* around the '=' */
	MON_SETTINGS_UNKNOWN, /* no key of ours */
	MON_SETTINGS_TWICE,   /* a good line before this one is about the same key */
	MON_SETTINGS_COMMENT, /* behind the value */
	MON_SETTINGS_QUOTES,  /* a space without quotes, a quote that is open or inside */
	MON_SETTINGS_BYTES,   /* a character that is not taken */
	MON_SETTINGS_LONG,    /* over MON_SETTING_MAX */
	MON_SETTINGS_VALUE,   /* no value of this key */
	MON_SETTINGS_MISSING, /* MON_DIR is no folder */
	MON_SETTINGS_FAULTS
};

struct mon_settings_line {
	unsigned number;      /* from 1 */
	enum mon_setting key; /* also the key that was probably meant; MON_SETTINGS: none */
	enum mon_settings_fault fault;
	const char *text; /* the line as found, and its length; borrowed */
	size_t len;
	char value[MON_SETTING_MAX + 1]; /* of a faulty line: what stands behind the '=', cut */
	uint64_t meaning;                /* of a good value that is not empty: see the kinds */
	uint32_t about;                  /* see mon_settings_about() */
};

/* A settings file in memory.  { .text = p, .len = n } is all that there must be. */
struct mon_settings_file {
	const char *text; /* borrowed */
	size_t len, at;
	unsigned number;
	bool seen[MON_SETTINGS];
	bool look; /* at MON_DIR, whether it is there */
};

/*
 * mon_settings_path_of(option):
 * Return the name of the settings file: ${option} if not NULL, else MON_SETTINGS, else the default.
 * ${ret_named} tells whether somebody named it: then it is to be there.
 */
const char *mon_settings_path_of(const char *option, bool *ret_named);

/*
 * mon_settings_read(path, buf, ret):
 * Read the file ${path} into ${buf}, which ${ret} borrows.  Return 0; -EFBIG if it is longer than
 * MON_SETTINGS_BYTES_MAX; or another -errno.  On failure ${ret} holds no lines.
 */
int mon_settings_read(
    const char *path, char buf[MON_SETTINGS_BYTES_MAX + 1], struct mon_settings_file *ret);

/*
 * mon_settings_next(file, ret):
 * Take the next line that is no comment and not empty.  Return false at the end of the file.
 */
bool mon_settings_next(struct mon_settings_file *file, struct mon_settings_line *ret);

/*
 * mon_settings_about(line, key):
 * Is the line about ${key}?  A faulty line may be about several: all whose names stand in its key,
 * or, with MON_ or BACKUP_ before them, anywhere in it.  One that names no key at all may be about
 * MON_KEEP and MON_BUDGET, by which days are deleted; dom0's policy refuses a wrong vault.
 */
bool mon_settings_about(const struct mon_settings_line *line, enum mon_setting key);

/*
 * mon_settings_explain(line, ret):
 * Write what was found in a faulty line and what is wanted there, one sentence.
 */
#define MON_SETTINGS_EXPLAIN_MAX 512
const char *mon_settings_explain(
    const struct mon_settings_line *line, char ret[MON_SETTINGS_EXPLAIN_MAX]);

/*
 * mon_settings_check(key, text, ret):
 * Is ${text} a right value of the key?  Set ${ret} to what it means (see the kinds), or return
 * false with ${ret} untouched.
 */
bool mon_settings_check(enum mon_setting key, const char *text, uint64_t *ret);

/*
 * mon_settings_interval(seconds, ret):
 * Write the calendar expression (systemd.time(7)) that comes every ${seconds}, evenly over the
 * day.  Return false, ${ret} untouched, if there is none: the seconds must be 5 to 3600 and
 * divide a minute, or be whole minutes that divide an hour.
 */
bool mon_settings_interval(long seconds, char ret[MON_CALENDAR_MAX + 1]);

/*
 * mon_settings_size(text, ret), mon_settings_seconds(text, ret_ms):
 * Read a MON_SETTING_SIZE or MON_SETTING_SECONDS.  Return false, ${ret} untouched, if it is none.
 */
bool mon_settings_size(const char *text, uint64_t *ret);
bool mon_settings_seconds(const char *text, uint64_t *ret_ms);

/*
 * mon_settings_path(text):
 * Is it an absolute path that a unit file can hold as it stands: "/", letters, digits, and
 * "._-+@", no "." or ".." as a folder, and not "/" itself?
 */
bool mon_settings_path(const char *text);

#endif /* !MON_SETTINGS_H */
