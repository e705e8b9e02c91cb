/*
 * mon-settings - check the settings file, and make systemd follow it.
 *
 * The tools take their settings from the environment, and check them.  What systemd itself must
 * know (how often, when, which folder the sandbox opens) stands in units, which an AppVM forgets
 * at every boot: monitor-settings.service runs this before the timers start.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "unitfile.h"
#include "io.h"
#include "settings.h"
#include "shape.h"
#include "str.h"
#include "tool.h"

#define UNIT_DIR "/run/systemd/system"
#define DEFAULT_INTERVAL_S 10 /* what systemd/monitor-poll.timer says */
#define SPARE_S 2             /* of the interval: to ask dom0, to file the answers, and to stop */

static const char HELP[] =
    "Usage: mon-settings [OPTION]...\n"
    "Check the settings file, and make systemd follow it.\n"
    "\n"
    "Writes drop-ins for the units of sys-monitor, or removes those it wrote before.\n"
    "They count after `systemctl daemon-reload`. A wrong setting changes nothing.\n"
    "After you changed the file: systemctl restart monitor-settings\n"
    "\n"
    "  -f, --file FILE     the settings; a missing file is an empty one\n"
    "                      [" MON_SETTINGS_FILE "]\n"
    "      --unit-dir DIR  where the drop-ins go [" UNIT_DIR "]\n"
    "  -n, --dry-run       check, and print the drop-ins instead\n"
    "      --example       print a settings file with every key and its default\n"
    "  -h, --help          print this help, and exit\n"
    "  -V, --version       print the version, and exit\n"
    "\n"
    "Exit status: 0 done; 1 a file could not be read or written; 2 wrong usage or\n"
    "settings.\n"
    "\n"
    "Example: mon-settings --dry-run --file my.conf\n";

struct options {
	const char *file, *unit_dir;
	bool dry_run, example;
};

/* One run; static for its size. */
static struct {
	const char *file;
	struct mon_settings settings;
	bool wrong; /* something was, and was told */
} run;

static void
print_example(void)
{
	printf("# %s - the settings of sys-monitor.\n"
	       "#\n"
	       "# KEY=value, in quotes where there is a space; a line with # is a comment. Then:\n"
	       "#     mon-settings --dry-run                 # is it right?\n"
	       "#     systemctl restart monitor-settings     # now; else it counts at the next "
	       "start\n",
	    MON_SETTINGS_FILE);
	for (size_t i = 0; i < MON_SETTINGS; i++) {
		const struct mon_setting_key *k = &mon_settings_keys[i];

		printf("\n");
		for (const char *p = k->about; *p != '\0'; p += strcspn(p, "\n") + 1)
			printf("# %.*s\n", (int)strcspn(p, "\n"), p);
		printf("#%s=%s\n", k->key, k->fallback);
	}
}

/* Read the file into ${run.settings}, and tell of each bad line.  Return an exit code. */
static int
read_settings(void)
{
	static char buf[MON_SETTINGS_BYTES_MAX + 1];
	size_t len = 0;
	unsigned number = 0;
	int r = mon_io_slurp(AT_FDCWD, run.file, buf, sizeof(buf), &len);

	if (r == -ENOENT)
		return MON_EX_OK;
	if (r < 0) {
		mon_tool_error(r, "cannot read the settings %s", run.file);
		return MON_EX_FAIL;
	}
	for (size_t start = 0; start < len;) {
		const char *lf = memchr(buf + start, '\n', len - start);
		size_t n = lf != NULL ? (size_t)(lf - (buf + start)) : len - start;
		enum mon_settings_err err =
		    mon_settings_line(&run.settings, buf + start, n, ++number);

		if (err != MON_SETTINGS_OK) {
			mon_tool_error(0, "%s:%u: %s", run.file, number, mon_settings_reason(err));
			run.wrong = true;
		}
		start += n + 1;
	}
	return MON_EX_OK;
}

/* The value of ${key}, or NULL if it is not set. */
static const char *
value_of(enum mon_setting key)
{
	return run.settings.value[key][0] != '\0' ? run.settings.value[key] : NULL;
}

/* FILE:LINE: KEY, for messages about its value. */
static const char *
place_of(enum mon_setting key)
{
	static char text[4200];

	snprintf(text, sizeof(text), "%s:%u: %s", run.file, run.settings.line[key],
	    mon_settings_keys[key].key);
	return text;
}

static void
wrong(enum mon_setting key, const char *what)
{
	mon_tool_error(0, "%s '%s' %s", place_of(key), run.settings.value[key], what);
	run.wrong = true;
}

/* By the very functions with which the tools will read these. */
static void
check_number(enum mon_setting key, long min, long max)
{
	long ignored;

	if (value_of(key) != NULL &&
	    !mon_tool_number(place_of(key), value_of(key), min, max, &ignored))
		run.wrong = true;
}

static void
check_size(enum mon_setting key)
{
	uint64_t ignored;

	if (value_of(key) != NULL && !mon_tool_size(place_of(key), value_of(key), &ignored))
		run.wrong = true;
}

/* Return the milliseconds, 0 if ${key} is not set or wrong. */
static unsigned
check_seconds(enum mon_setting key)
{
	unsigned ms = 0;

	if (value_of(key) != NULL && !mon_tool_seconds(place_of(key), value_of(key), &ms))
		run.wrong = true;
	return ms;
}

static void
check_vm(enum mon_setting key)
{
	const char *vm = value_of(key);

	if (vm != NULL && !mon_shape_check(MON_VM, vm, strlen(vm)))
		wrong(key, "is no name of a qube");
}

static void
check_exclude(void)
{
	static char list[MON_SETTING_MAX + 1];
	struct mon_exclude exclude = { 0 };

	strcpy(list, run.settings.value[MON_SETTING_EXCLUDE]); /* the same size */
	if (!mon_exclude_add_list(&exclude, list))
		wrong(MON_SETTING_EXCLUDE, "has too many names");
}

static const char *
check_dir(void)
{
	const char *dir = value_of(MON_SETTING_DIR);
	struct stat st;

	if (dir == NULL)
		return NULL;
	if (!mon_settings_path(dir))
		wrong(MON_SETTING_DIR, "is no absolute path of letters, digits and ._-+@");
	/* Not to be allowed to look is no error: in its unit this program has no rights at all. */
	else if (stat(dir, &st) < 0 ? errno != EACCES : !S_ISDIR(st.st_mode))
		wrong(MON_SETTING_DIR, "is no folder; make it: install -d -m 700 -o user -g user");
	return strcmp(dir, mon_settings_keys[MON_SETTING_DIR].fallback) == 0 ? NULL : dir;
}

/* The interval and the deadline: one must leave time for the other. */
static void
check_times(struct mon_unitfile_values *ret)
{
	const char *text = value_of(MON_SETTING_INTERVAL);
	const unsigned deadline_ms = check_seconds(MON_SETTING_DEADLINE);
	char calendar[MON_CALENDAR_MAX + 1];
	uint64_t n = DEFAULT_INTERVAL_S;

	check_seconds(MON_SETTING_TIMEOUT);
	if (text != NULL && (!mon_shape_number(text, strlen(text), &n) || n > LONG_MAX ||
				!mon_settings_interval((long)n, calendar))) {
		wrong(MON_SETTING_INTERVAL, "does not divide a minute or an hour into 5 s or more");
		return;
	}
	if (deadline_ms > (n - SPARE_S) * 1000)
		wrong(MON_SETTING_DEADLINE, "is longer than MON_INTERVAL less 2");
	if (n != DEFAULT_INTERVAL_S)
		ret->interval_s = (long)n;
	if (deadline_ms > 0 || (n - SPARE_S) * 1000 >= MON_RUN_MS)
		return;
	ret->deadline_s = (long)n - SPARE_S;
	if (run.settings.line[MON_SETTING_DEADLINE] > 0 && !run.wrong)
		wrong(MON_SETTING_DEADLINE, "hides what MON_INTERVAL needs; remove the line");
}

/* Check every value, and tell of each that is wrong. */
static void
check_settings(struct mon_unitfile_values *ret)
{
	const char *time = value_of(MON_SETTING_BACKUP_TIME);

	ret->dir = check_dir();
	check_times(ret);
	check_number(MON_SETTING_PARALLEL, 1, MON_CALLS_OPEN);
	check_exclude();
	check_size(MON_SETTING_QUOTA);
	check_vm(MON_SETTING_SELF);
	check_vm(MON_SETTING_VAULT);
	check_number(MON_SETTING_KEEP, 0, MON_DAYS_MAX);
	check_size(MON_SETTING_BUDGET);
	if (time != NULL && !mon_settings_time(time))
		wrong(MON_SETTING_BACKUP_TIME, "is no time of the day from 00:00 to 23:59");
	else if (time != NULL &&
		 strcmp(time, mon_settings_keys[MON_SETTING_BACKUP_TIME].fallback) != 0)
		ret->backup_time = time;
}

static int
apply(const char *unit_dir, const struct mon_unitfile_values *values)
{
	char text[MON_UNIT_TEXT_MAX];
	cleanup_fd int dirfd = open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0) {
		mon_tool_error(errno, "cannot open %s, where the drop-ins go%s", unit_dir,
		    errno == ENOENT ? "; is this a system run by systemd?" : "");
		return MON_EX_FAIL;
	}
	umask(022); /* units are for everybody to read */
	for (enum mon_unitfile d = 0; d < MON_UNITFILES; d++) {
		size_t len = mon_unitfile_format(d, values, text);
		int r = mon_unitfile_put(dirfd, d, text, len);

		if (r < 0) {
			mon_tool_error(r, "cannot write %s/%s.d/%s%s", unit_dir,
			    mon_unitfile_unit(d), MON_UNITFILE_FILE,
			    r == -EACCES ? "; are you root?" : "");
			return MON_EX_FAIL;
		}
	}
	return MON_EX_OK;
}

static void
print_unitfiles(const struct mon_unitfile_values *values)
{
	char text[MON_UNIT_TEXT_MAX];

	for (enum mon_unitfile d = 0; d < MON_UNITFILES; d++)
		if (mon_unitfile_format(d, values, text) > 0)
			printf("## %s.d/%s\n%s\n", mon_unitfile_unit(d), MON_UNITFILE_FILE, text);
}

static int
settle(const struct options *o)
{
	struct mon_unitfile_values values = { 0 };
	int code;

	run.file = o->file != NULL ? o->file : MON_SETTINGS_FILE;
	code = read_settings();
	if (code != MON_EX_OK)
		return code;
	check_settings(&values);
	if (run.wrong)
		return MON_EX_USAGE;
	if (o->dry_run)
		print_unitfiles(&values);
	else
		code = apply(o->unit_dir != NULL ? o->unit_dir : UNIT_DIR, &values);
	return code;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "unit-dir", required_argument, NULL, 'u' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "example", no_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	int c;

	mon_tool_init("mon-settings", HELP);
	while ((c = mon_tool_getopt(argc, argv, "+f:nhV", longs, "")) != -1) {
		switch (c) {
		case 'f': o.file = optarg; break;
		case 'u': o.unit_dir = optarg; break;
		case 'n': o.dry_run = true; break;
		case 'e': o.example = true; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (optind != argc)
		return mon_tool_misuse("unexpected argument '%s'", argv[optind]);
	if (o.example && (o.file != NULL || o.unit_dir != NULL || o.dry_run))
		return mon_tool_misuse("--example goes with no other option");
	if (o.example)
		print_example();
	return mon_tool_finish(o.example ? MON_EX_OK : settle(&o));
}
