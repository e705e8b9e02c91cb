/*
 * mon-settings - check the settings file, and make systemd follow it.
 *
 * The tools read their settings themselves.  What systemd must know (how often, when, by when a
 * poll is over, which folder the sandbox opens) stands in units, which an AppVM forgets at every
 * boot: monitor-settings.service runs this before the timers start.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "io.h"
#include "settings.h"
#include "tool.h"
#include "unitfile.h"

#define UNIT_DIR "/run/systemd/system"
#define DEFAULT_INTERVAL_S 10 /* what systemd/monitor-poll.timer says */
#define SPARE_S 2             /* of the interval: to ask dom0, to file the answers, and to stop */

static const char HELP[] =
    "Usage: mon-settings [OPTION]...\n"
    "Check the settings file, and make systemd follow it.\n"
    "\n"
    "Writes drop-ins for the units of sys-monitor, or removes those it wrote before.\n"
    "They count after `systemctl daemon-reload`. A wrong line is reported, and\n"
    "counts as not set. After you changed the file:\n"
    "    sudo systemctl restart monitor-settings\n"
    "\n"
    "  -f, --file FILE     the settings [MON_SETTINGS, or\n"
    "                      " MON_SETTINGS_FILE ", if it is there]\n"
    "      --unit-dir DIR  where the drop-ins go [" UNIT_DIR "]\n"
    "  -n, --dry-run       check, and print the drop-ins instead\n"
    "      --check         check, and print the units that do not follow the file\n"
    "      --example       print a settings file with every key and its default\n"
    "  -h, --help          print this help, and exit\n"
    "  -V, --version       print the version, and exit\n"
    "\n"
    "Exit status: 0 done; 1 a file could not be read or written; 2 wrong usage;\n"
    "3 done, but a line does not count, or, with --check, a unit does not follow.\n"
    "\n"
    "Example: mon-settings --dry-run --file my.conf\n";

struct options {
	const char *file, *unit_dir;
	bool dry_run, check, example;
};

/* One run; static for its size. */
static struct {
	const char *file;
	char value[MON_SETTINGS][MON_SETTING_MAX + 1]; /* "": not set */
	uint64_t meaning[MON_SETTINGS];                /* of those that are set */
	unsigned line[MON_SETTINGS];
	bool wrong; /* something was, and was told */
} run;

static void
print_example(void)
{
	printf(
	    "# %s - the settings of sys-monitor.\n"
	    "#\n"
	    "# KEY=value, in quotes where there is a space; a line with # is a comment. Then:\n"
	    "#     mon-settings --dry-run                      # is it right?\n"
	    "#     sudo systemctl restart monitor-settings     # for the units; else at the next start\n"
	    "# Each line has its key in the pillar of dom0, too: there below \"sys-monitor\".\n",
	    MON_SETTINGS_FILE);
	for (size_t i = 0; i < MON_SETTINGS; i++) {
		const struct mon_setting_key *k = &mon_settings_keys[i];

		printf("\n");
		for (const char *p = k->about; *p != '\0'; p += strcspn(p, "\n") + 1)
			printf("# %.*s\n", (int)strcspn(p, "\n"), p);
		printf("# Pillar: %s\n#%s=%s\n", k->pillar, k->key, k->fallback);
	}
}

/* Take what the file sets, and tell of each line that does not count.  Return an exit code. */
static int
read_settings(const char *option)
{
	static char buf[MON_SETTINGS_BYTES_MAX + 1];
	char why[MON_SETTINGS_EXPLAIN_MAX];
	struct mon_settings_file file;
	struct mon_settings_line line;
	bool named = false;
	int r;

	run.file = mon_settings_path_of(option, &named);
	r = mon_settings_read(run.file, buf, &file);
	if (r < 0 && (r != -ENOENT || named)) {
		mon_tool_error(r, "cannot read the settings %s", run.file);
		return MON_EX_FAIL;
	}
	while (mon_settings_next(&file, &line)) {
		if (line.fault != MON_SETTINGS_GOOD) {
			mon_tool_warn(0, "%s:%u: %s", run.file, line.number,
			    mon_settings_explain(&line, why));
			run.wrong = true;
			continue;
		}
		strcpy(run.value[line.key], line.value); /* the same size */
		run.meaning[line.key] = line.meaning;
		run.line[line.key] = line.number;
	}
	return MON_EX_OK;
}

static bool
is_set(enum mon_setting key)
{
	return run.value[key][0] != '\0';
}

/* The interval and the deadline: one must leave time for the other. */
static void
settle_times(struct mon_unitfile_values *ret)
{
	const long interval = is_set(MON_SETTING_INTERVAL) ? (long)run.meaning[MON_SETTING_INTERVAL]
							   : DEFAULT_INTERVAL_S;
	const uint64_t most_ms = (uint64_t)(interval - SPARE_S) * 1000;

	if (interval != DEFAULT_INTERVAL_S)
		ret->interval_s = interval;
	if (is_set(MON_SETTING_DEADLINE) && run.meaning[MON_SETTING_DEADLINE] > most_ms) {
		mon_tool_warn(0,
		    "%s:%u: '%s=%s' does not count: a poll every %ld s must be over after %ld s",
		    run.file, run.line[MON_SETTING_DEADLINE],
		    mon_settings_keys[MON_SETTING_DEADLINE].key, run.value[MON_SETTING_DEADLINE],
		    interval, interval - SPARE_S);
		run.wrong = true;
		run.value[MON_SETTING_DEADLINE][0] = '\0';
	}
	if (is_set(MON_SETTING_DEADLINE))
		ret->deadline_ms = (long)run.meaning[MON_SETTING_DEADLINE];
	else if (most_ms < MON_RUN_MS)
		ret->deadline_ms = (long)most_ms;
	if (ret->deadline_ms == MON_RUN_MS)
		ret->deadline_ms = 0;
}

/* What ${key} sets, or NULL where that is the default, which the units themselves have. */
static const char *
changed(enum mon_setting key)
{
	return is_set(key) && strcmp(run.value[key], mon_settings_keys[key].fallback) != 0
		   ? run.value[key]
		   : NULL;
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

/* Print the units whose drop-ins are others than ${values} wants.  Return an exit code. */
static int
compare(const char *unit_dir, const struct mon_unitfile_values *values)
{
	char want[MON_UNIT_TEXT_MAX], have[MON_UNIT_TEXT_MAX], path[128];
	cleanup_fd int dirfd = open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool differ = false;

	if (dirfd < 0 && errno != ENOENT) {
		mon_tool_error(errno, "cannot open %s, where the drop-ins are", unit_dir);
		return MON_EX_FAIL;
	}
	for (enum mon_unitfile d = 0; d < MON_UNITFILES; d++) {
		int r = -ENOENT;

		mon_unitfile_format(d, values, want);
		snprintf(path, sizeof(path), "%s.d/%s", mon_unitfile_unit(d), MON_UNITFILE_FILE);
		*have = '\0';
		if (dirfd >= 0)
			r = mon_io_slurp(dirfd, path, have, sizeof(have), NULL);
		if (r < 0 && r != -ENOENT && r != -EFBIG) {
			mon_tool_error(r, "cannot read %s/%s", unit_dir, path);
			return MON_EX_FAIL;
		}
		if (strcmp(want, have) == 0)
			continue;
		printf("%s\n", mon_unitfile_unit(d));
		differ = true;
	}
	return differ ? MON_EX_PARTIAL : MON_EX_OK;
}

static int
settle(const struct options *o)
{
	const char *unit_dir = o->unit_dir != NULL ? o->unit_dir : UNIT_DIR;
	struct mon_unitfile_values values = { 0 };
	int code = read_settings(o->file);

	if (code != MON_EX_OK)
		return code;
	mon_tool_zone(); /* of MON_BACKUP_TIME */
	settle_times(&values);
	values.dir = changed(MON_SETTING_DIR);
	values.backup_time = changed(MON_SETTING_BACKUP_TIME);
	if (o->dry_run)
		print_unitfiles(&values);
	else
		code = o->check ? compare(unit_dir, &values) : apply(unit_dir, &values);
	return code == MON_EX_OK && run.wrong ? MON_EX_PARTIAL : code;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "unit-dir", required_argument, NULL, 'u' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "check", no_argument, NULL, 'c' },
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
		case 'c': o.check = true; break;
		case 'e': o.example = true; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (optind != argc)
		return mon_tool_misuse("unexpected argument '%s'", argv[optind]);
	if (o.dry_run && o.check)
		return mon_tool_misuse("--dry-run and --check exclude each other");
	if (o.example && (o.file != NULL || o.unit_dir != NULL || o.dry_run || o.check))
		return mon_tool_misuse("--example goes with no other option");
	if (o.example)
		print_example();
	return mon_tool_finish(o.example ? MON_EX_OK : settle(&o));
}
