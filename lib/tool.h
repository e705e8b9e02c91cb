/*
 * tool.h - what every tool does alike: start, options, messages, exit codes, the end.
 *
 * Only tools call these; nothing else in lib prints or exits.
 */
#ifndef MON_TOOL_H
#define MON_TOOL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "caps.h"
#include "exclude.h"
#include "settings.h"

#define MON_TOOL_LOCALTIME "/etc/localtime"

/* Exit codes are API.  125 to 127 are left to qrexec. */
enum mon_exit {
	MON_EX_OK = 0,      /* done */
	MON_EX_FAIL = 1,    /* the system failed, and something was not done */
	MON_EX_USAGE = 2,   /* wrong options, arguments or settings; nothing was done */
	MON_EX_PARTIAL = 3, /* done, but some input was dropped or some qube did not answer */
};

/*
 * mon_tool_init(name, help):
 * Call first.  ${name} leads every message, ${help} is what --help prints; both must last.
 * Descriptors 0 to 2 that are closed are taken by ones that fail with EBADF when used, umask
 * becomes 077, SIGPIPE is ignored (a lost reader is an error that can be told), SIGCHLD is not
 * (else exit codes are lost), and stderr is checked for being the journal.
 */
void mon_tool_init(const char *name, const char *help);

/*
 * mon_tool_let_go():
 * For a tool that only prints: a reader of stdout that has enough ends it without a word, as it
 * ends cat(1), so that "mon-report | head" is no error.
 */
void mon_tool_let_go(void);

/*
 * mon_tool_getopt(argc, argv, shorts, longs, repeatable):
 * getopt_long(3) that takes long options only when spelt in full, refuses a second use of an
 * option that is not in the string ${repeatable} (the first would be ignored in silence), and
 * names what is wrong.  Unless ${shorts} begins with "+", options may stand behind words, too; at
 * the end all words are behind optind.  Return the option, -1 at the end, or '?' after the message
 * was printed: then return MON_EX_USAGE.
 */
int mon_tool_getopt(
    int argc, char *argv[], const char *shorts, const struct option *longs, const char *repeatable);

/*
 * mon_tool_help(), mon_tool_version():
 * Print the help or the version on stdout; return the exit code.
 */
int mon_tool_help(void);
int mon_tool_version(void);

/*
 * mon_tool_misuse(format, ...):
 * Say on stderr what is wrong with the call and where help is; return MON_EX_USAGE.
 */
int mon_tool_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * mon_tool_warn(err, format, ...), mon_tool_error(err, format, ...):
 * Print one line on stderr: the tool, the message, and the text of errno ${err} (either
 * sign; 0 for none).  In the journal they have the priorities warning and err.
 */
void mon_tool_warn(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mon_tool_error(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * mon_tool_finish(code):
 * Flush stdout and check that all of it was written; return ${code}, or MON_EX_FAIL.
 */
int mon_tool_finish(int code);

/*
 * mon_tool_write(buf, len):
 * Write to stdout, past stdio.  Return 0, or -errno after the message was printed.
 */
int mon_tool_write(const char *buf, size_t len);

/*
 * mon_tool_value(option, variable, fallback):
 * For what is no setting.  Return the value from the option if not NULL, else from the environment if not empty, else
 * ${fallback}.
 */
const char *mon_tool_value(const char *option, const char *variable, const char *fallback);

struct mon_tool_setting {
	const char *text; /* "": not set, and there is no default */
	uint64_t number;  /* what it means: see enum mon_setting_kind */
	bool set;         /* no default */
	bool wrong;       /* a value was set that does not count, and that was told */
};

/*
 * mon_tool_setting(key, option, ret):
 * Set ${ret} to the value of the setting ${key}: ${option} if not NULL, else the environment, else
 * the settings file, else the default.  A value that is wrong in the environment or in the file
 * is told and counts as not set; where that would do harm, look at ${ret->wrong}, which is also
 * set where the file cannot be read.  Return false, after the message was printed, if the option
 * itself is wrong.  The file is read at the first call that gets that far.  Not for MON_SETTING_DIR
 * and the lists, see mon_tool_dir() and mon_tool_globs().
 */
bool mon_tool_setting(enum mon_setting key, const char *option, struct mon_tool_setting *ret);

/*
 * mon_tool_settings(file, quiet):
 * Take ${file} for the settings file if it is not NULL, in the place of MON_SETTINGS and
 * MON_SETTINGS_FILE; if ${quiet}, tell nothing of it, because the caller does.
 */
void mon_tool_settings(const char *file, bool quiet);

/*
 * mon_tool_dir(option, ret, cap):
 * Set ${ret} to the Monitor folder: --dir, the setting MON_DIR, or ~/Monitor.  Return false, after
 * the message was printed, if there is none or it does not fit.
 */
bool mon_tool_dir(const char *option, char *ret, size_t cap);

/*
 * mon_tool_own(err, dir):
 * Return what to type if ${err} (either sign) says that we may not, as the end of a message about
 * something in the Monitor folder ${dir}; else "".  Static storage, overwritten by the next call.
 */
const char *mon_tool_own(int err, const char *dir);

/*
 * mon_tool_tell_terminal(what):
 * Tell a person at a terminal that stdin is read, and ${what} is wanted there; else do nothing.
 */
void mon_tool_tell_terminal(const char *what);

/*
 * mon_tool_tell_cut(day, file, bytes):
 * Warn that a torn end of ${bytes} was cut off the file of the day ("": the file is in no day's
 * folder).
 */
void mon_tool_tell_cut(const char *day, const char *file, uint64_t bytes);

/*
 * mon_tool_no_dir(err, option, dir):
 * Say that the Monitor folder ${dir}, from ${option} (NULL: not from --dir), could not be opened
 * because of ${err}, and what to do.
 */
void mon_tool_no_dir(int err, const char *option, const char *dir);

/*
 * mon_tool_now(option, ret):
 * Set ${ret} to the time that --now gives, or to the clock's.  Return false, after the
 * message was printed, if it is no stamp.
 */
bool mon_tool_now(const char *option, time_t *ret);

/*
 * mon_tool_zone():
 * Tell if there is no such time zone as TZ or /etc/localtime names: days are those of UTC then.
 */
void mon_tool_zone(void);

/*
 * mon_tool_size(what, text, ret):
 * Read ${text}, the value of ${what}, as a size: a whole number of bytes, or of K, M or G (1024
 * times as much each).  Return false, ${ret} untouched, after the message was printed, if it is
 * none, is 0, or does not fit.
 */
bool mon_tool_size(const char *what, const char *text, uint64_t *ret);

/*
 * mon_tool_seconds(what, text, ret_ms):
 * Read ${text}, the value of ${what}, as seconds with at most three decimals ("3", "0.5"),
 * from 0.001 to 86400, into milliseconds.  Return false, after the message was printed, if
 * it is none.
 */
bool mon_tool_seconds(const char *what, const char *text, unsigned *ret_ms);

/*
 * mon_tool_stamp(option, ret, ret_ts):
 * The time of mon_tool_now(), also as a stamp, NUL-terminated.
 */
bool mon_tool_stamp(const char *option, time_t *ret, char ret_ts[MON_STAMP_LEN + 1]);

/*
 * mon_tool_globs(key, ret):
 * Add the globs of a setting that is a list.  Of a list that is wrong the good ones count, too.
 */
void mon_tool_globs(enum mon_setting key, struct mon_exclude *ret);

/*
 * mon_tool_exclude(glob, exclude):
 * Add the value of one --exclude, or, with NULL and none added, the globs of MON_EXCLUDE.
 * Return false, after the message was printed, if that is no glob or there are too many.
 */
bool mon_tool_exclude(const char *glob, struct mon_exclude *exclude);

/*
 * mon_tool_vm(glob, vms):
 * Add the value of an option --vm.  Return false after the message was printed.
 */
bool mon_tool_vm(const char *glob, struct mon_exclude *vms);

/*
 * mon_tool_self(option, ret):
 * Set ${ret} to the name of this qube, zero-padded: --self, the setting MON_SELF, or the host name
 * up to its first dot, or "localhost" if that is no name that a qube could have.  Return false,
 * after the message was printed, if the option is no name of a qube.
 */
bool mon_tool_self(const char *option, char ret[MON_VM_MAX + 1]);

#endif /* !MON_TOOL_H */
