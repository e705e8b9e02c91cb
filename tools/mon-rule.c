/*
 * mon-rule - look at stamped lines on stdin by the rules, print a line where an incident begins or ends.
 *
 * Without --live it is a pure filter: it begins from nothing and leaves nothing, to try rules on
 * history.  With --live it goes on from the state in the Monitor folder, and tells each incident
 * exactly once: see lib/rule/live.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "defaults.h"
#include "dir.h"
#include "human.h"
#include "judge.h"
#include "language.h"
#include "line.h"
#include "live.h"
#include "rulefile.h"
#include "stamp.h"
#include "tool.h"

#define RULES_FILE "/rw/config/sys-monitor.rules"

static const char HELP[] =
    "Usage: mon-rule [OPTION]...\n"
    "Look at stamped lines on stdin by rules such as 'cpu > 90% for 5m', and print an\n"
    "alert line where an incident begins (FIRING) or ends (RESOLVED).\n"
    "\n"
    "      --rules FILE       the rules [MON_RULES, or " RULES_FILE ",\n"
    "                         or, where that is missing, those of --example]\n"
    "      --live             go on from the state in the Monitor folder; for units\n"
    "  -d, --dir DIR          the Monitor folder of --live [MON_DIR, or ~/Monitor]\n"
    "      --interval SECONDS between two polls [MON_INTERVAL, or 10]\n"
    "      --check FILE       only say what is wrong with these rules, and exit\n"
    "      --example          print the rules that are shipped, and exit\n"
    "  -h, --help             print this help, and exit\n"
    "  -V, --version          print the version, and exit\n"
    "\n"
    "Exit status: 0 done; 1 the input or a file could not be read or written; 2 wrong\n"
    "usage; 3 done, but a rule or a line is bad, or a cap was met.\n"
    "\n"
    "Example: mon-cat 2025-08-31 | mon-rule --rules my.rules\n";

struct options {
	const char *dir, *rules, *check, *interval;
	bool live, example;
};

/* What came in that is not judged. */
struct dropped {
	size_t lines, first; /* bad ones; the number of the first */
	const char *why;     /* of the first */
	size_t unknown;      /* of a kind of a later version */
};

/* Static: MiB, of which a poll touches a few pages. */
static struct mon_rules rules;
static struct mon_judge judge;
static struct mon_live live;
static char input[MON_READ_BUF];

static const char *rules_path; /* in messages */

static void
tell_mistake(const struct mon_rule_mistake *m)
{
	mon_tool_warn(0, "%s:%u:%u: %s", rules_path, m->line, m->column, m->text);
}

/* Read the file ${path} into ${rules}.  One that somebody ${named} must be there. */
static bool
read_rules(const char *path, bool named)
{
	int r;

	rules_path = path;
	r = mon_rulefile_read(path, named, &rules, tell_mistake);
	if (r == -EFBIG)
		mon_tool_error(
		    0, "the rules '%s' are longer than %d bytes", path, MON_RULE_FILE_MAX);
	else if (r < 0)
		mon_tool_error(r, "cannot read the rules '%s'", path);
	return r >= 0;
}

static int
check(const char *path)
{
	if (!read_rules(path, true))
		return MON_EX_FAIL;
	return rules.bad > 0 ? MON_EX_PARTIAL : MON_EX_OK;
}

/* The rules of this run. */
static bool
load_rules(const char *option)
{
	struct mon_tool_setting path;

	return mon_tool_setting(MON_SETTING_RULES, option, &path) &&
	       read_rules(path.text, path.set);
}

/* One row, at once: who looks at the end of a pipe wants to see it. */
static bool
print_row(int64_t ts, const char *vm, const char *msg, void *ctx)
{
	char line[MON_ROW_MAX];

	(void)ctx;
	fwrite(line, 1, mon_judge_stamp(ts, vm, msg, line), stdout);
	fflush(stdout); /* mon_tool_finish() tells what failed */
	return true;
}

/* Judge one good line, or gather it. */
static void
take(const struct options *o, const char *line, size_t len, const struct mon_rec *rec)
{
	static bool begun;

	if (o->live) {
		mon_live_take(&live, line, len, rec);
		return;
	}
	if (!begun && rules.bad > 0)
		mon_judge_tell_bad(&judge, rec->t);
	begun = true;
	mon_judge_line(&judge, rec);
}

/* Read stdin to its end.  Return 0 or -errno. */
static int
read_lines(const struct options *o, struct dropped *d)
{
	const char *untrusted = NULL;
	struct mon_line lines;
	struct mon_rec rec;
	enum mon_wire_err err;
	size_t len = 0;
	int r;

	mon_tool_tell_terminal("stamped lines");
	mon_line_init(&lines, STDIN_FILENO, input, sizeof(input), MON_STAMPED_MAX);
	for (size_t number = 1; (r = mon_line_next(&lines, &untrusted, &len)) > 0; number++) {
		err = r == MON_LINE_LONG  ? MON_WIRE_LONG
		      : r == MON_LINE_CUT ? MON_WIRE_CUT
					  : mon_wire_parse(untrusted, len, &rec);
		if (err == MON_WIRE_OK) {
			take(o, untrusted, len, &rec);
		} else if (err == MON_WIRE_UNKNOWN) {
			d->unknown++;
		} else if (d->lines++ == 0) {
			d->first = number;
			d->why = mon_wire_reason(err);
		}
	}
	return r;
}

/* Say what was left out.  Return the exit code that it makes. */
static int
tell_left_out(const struct dropped *d)
{
	char count[MON_HUMAN_MAX];

	if (d->unknown > 0)
		mon_tool_warn(0, "left out %s of kinds that this version does not know",
		    mon_human_plural(d->unknown, "line", count));
	if (d->lines > 0)
		mon_tool_warn(0, "dropped %s; the first was line %zu: %s",
		    mon_human_plural(d->lines, "line", count), d->first, d->why);
	if (judge.refused > 0)
		mon_tool_warn(0,
		    "did not judge %s, because a rule takes %d instances of a qube, and all rules "
		    "%d; the first was one of %s",
		    mon_human_plural(judge.refused, "figure", count), MON_RULE_INSTANCES_MAX,
		    MON_RULE_QUBE_SERIES_MAX, judge.refused_vm);
	if (live.cut > 0)
		mon_tool_warn(0,
		    "left out %zu of the lines and series, because there were more than fit",
		    live.cut);
	if (live.waiting > 0)
		mon_tool_warn(0,
		    "kept %s back for a later run, because %d rows about a qube are filed at once; "
		    "the first was about %s",
		    mon_human_plural(live.waiting, "row", count), MON_RULE_OUTBOX_QUBE,
		    live.waiting_vm);
	return d->lines > 0 || live.cut > 0 || live.waiting > 0 || judge.refused > 0 ||
		       rules.bad > 0
		   ? MON_EX_PARTIAL
		   : MON_EX_OK;
}

/* The end of a run with --live.  Return false after the message was printed. */
static bool
finish_live(const char *dir)
{
	cleanup_fd int basefd = mon_dir_open(dir, true);
	int r;

	if (basefd < 0) {
		mon_tool_error(
		    basefd, "cannot open the folder '%s'; give one by --dir or MON_DIR", dir);
		return false;
	}
	r = mon_live_finish(&live, basefd);
	if (r == -ETIMEDOUT)
		mon_tool_error(0, "%s of %s is locked by another mon-rule; a later run catches up",
		    live.file, dir);
	else if (r < 0)
		mon_tool_error(r, "cannot %s %s of %s; a later run reports the rest", live.what,
		    live.file, dir);
	if (live.damaged)
		mon_tool_warn(
		    0, "%s was damaged; it was made anew from the record", MON_LIVE_STATE);
	return r == 0;
}

static int
run(const struct options *o)
{
	struct dropped d = { 0 };
	struct mon_tool_setting interval, self;
	unsigned interval_ms = 0;
	char dir[4096];
	int r, left_out;

	(void)mon_tool_setting(MON_SETTING_INTERVAL, NULL, &interval);
	(void)mon_tool_setting(MON_SETTING_SELF, NULL, &self);
	interval_ms = (unsigned)interval.number * 1000;
	/* By hand it need not be one that systemd can keep. */
	if ((o->interval != NULL && !mon_tool_seconds("--interval", o->interval, &interval_ms)) ||
	    (o->live && !mon_tool_dir(o->dir, dir, sizeof(dir))))
		return MON_EX_USAGE;
	if (!load_rules(o->rules))
		return MON_EX_FAIL;
	judge.rules = &rules;
	judge.interval = (interval_ms + 999) / 1000;
	judge.tell = print_row;
	judge.self = self.set ? self.text : "sys-monitor";
	mon_judge_init(&judge);
	live.judge = &judge;
	r = read_lines(o, &d);
	if (r < 0)
		mon_tool_error(r, "cannot read stdin");
	/* What came before the input failed is in the record, and counts. */
	if (o->live && !finish_live(dir))
		r = -1;
	else if (!o->live)
		mon_judge_end(&judge);
	left_out = tell_left_out(&d);
	return r < 0 ? MON_EX_FAIL : left_out;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "rules", required_argument, NULL, 'r' },
		{ "live", no_argument, NULL, 'l' },
		{ "dir", required_argument, NULL, 'd' },
		{ "interval", required_argument, NULL, 'i' },
		{ "check", required_argument, NULL, 'c' },
		{ "example", no_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	int c;

	mon_tool_init("mon-rule", HELP);
	while ((c = mon_tool_getopt(argc, argv, "+d:hV", longs, "")) != -1) {
		switch (c) {
		case 'r': o.rules = optarg; break;
		case 'l': o.live = true; break;
		case 'd': o.dir = optarg; break;
		case 'i': o.interval = optarg; break;
		case 'c': o.check = optarg; break;
		case 'e': o.example = true; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (optind != argc)
		return mon_tool_misuse(
		    "unexpected argument '%s': the lines come on stdin", argv[optind]);
	if (o.dir != NULL && !o.live)
		return mon_tool_misuse("--dir goes with --live: without it no state is kept");
	if (o.check != NULL || o.example) {
		if (o.live || o.rules != NULL || o.interval != NULL ||
		    (o.check != NULL && o.example))
			return mon_tool_misuse("--check and --example go with no other option");
		if (o.example)
			fputs(mon_rule_defaults, stdout);
		return mon_tool_finish(o.example ? MON_EX_OK : check(o.check));
	}
	return mon_tool_finish(run(&o));
}
