/*
 * mon-prune - read days on stdin, delete those that are past the retention.
 *
 * mon-archive names the days that are safe in the vault; nothing else is ever deleted.  As a
 * second lock, the ledger itself must vouch for the day at its present size, whoever named it.
 * Today and yesterday always stay.  What is today is a question to the clock and to the record: a
 * clock that runs away for a night deletes nothing that a right one would keep.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "day.h"
#include "dir.h"
#include "days.h"
#include "human.h"
#include "ledger.h"
#include "caps.h"
#include "remove.h"
#include "schema.h"
#include "stamp.h"
#include "zone.h"
#include "tool.h"

static const char HELP[] =
    "Usage: mon-prune [OPTION]... [DAY]...\n"
    "Delete the days named on stdin (or as arguments) that are past the retention,\n"
    "and print them.  A day stays unless archives.csv says that it is safe elsewhere:\n"
    "in the present vault [BACKUP_VAULT, or the one that took the newest copy].\n"
    "\n"
    "  -k, --keep DAYS    delete what is older than this; today and yesterday always\n"
    "                     stay [MON_KEEP, or 14]\n"
    "  -b, --budget SIZE  also delete the oldest days until the folder is under SIZE\n"
    "                     bytes, or K, M, G of 1024 [MON_BUDGET, or three eighths of\n"
    "                     the volume that it lies on]\n"
    "  -d, --dir DIR      the folder of the day folders [MON_DIR, or ~/Monitor]\n"
    "  -n, --dry-run      only print the days that would be deleted\n"
    "      --now TS       the time, like 2025-08-31T12:00:10Z [the clock]\n"
    "  -h, --help         print this help, and exit\n"
    "  -V, --version      print the version, and exit\n"
    "\n"
    "Exit status: 0 done; 1 a day could not be deleted; 2 wrong usage; 3 done, but a\n"
    "day was left because it is not safe or holds files that are not ours, a line was\n"
    "no day, or the folder is still over the budget.\n"
    "\n"
    "Example: mon-archive | mon-prune --keep 30 --budget 1500M\n";

struct options {
	const char *dir, *keep, *budget, *now;
	bool dry_run;
};

/* One run. */
struct run {
	int basefd;
	const char *dir;   /* its path */
	const char *vault; /* the present one; NULL: that which took the newest copy */
	long clock;        /* the day that the clock shows */
	long today; /* the same, or, where that cannot be, the newest day of the record before it */
	long keep;
	uint64_t budget, usage; /* bytes on the disk */
	uint64_t other;         /* of the usage: what is no day */
	bool budget_set;        /* else it is a part of the volume */
	bool dry_run, by_hand;
	bool unsure;      /* how long days are to stay */
	bool failed, odd; /* for the exit code */
};

static struct mon_days named; /* static: 290 KB */

/* The day is gone, or would be: say so at once, in case the next one fails. */
static void
print_day(struct run *run, long day)
{
	char line[MON_DAY_LEN + 2] = "";

	mon_stamp_format_day(day, line);
	strcat(line, "\n"); /* room for it: MON_DAY_LEN + 2 */
	if (mon_tool_write(line, strlen(line)) < 0)
		run->failed = true;
}

static void
tell_error(struct run *run, const char *day, int r)
{
	run->failed = true;
	if (r == -ENOTDIR || r == -ELOOP)
		mon_tool_error(0,
		    "%s is a symlink or no folder, and left alone: put the folder itself in its "
		    "place, or delete it by hand",
		    day);
	else if (r == -ETIMEDOUT)
		mon_tool_error(0, "%s is locked by another program: left for the next run", day);
	else if (r == -ENOTEMPTY || r == -EEXIST)
		mon_tool_error(0,
		    "something that is not ours is in .pruned-%s, the rest of a deleted day: move "
		    "it away",
		    day);
	else
		mon_tool_error(r, "cannot delete %s%s", day, mon_tool_own(r, run->dir));
}

/* Delete the day if it is safe to, and count what that frees. */
static void
prune_day(struct run *run, const struct mon_ledger_day *d)
{
	char day[MON_DAY_LEN + 1] = "";
	struct mon_remove found;
	int r = mon_remove_day(run->basefd, d, run->dry_run, &found);

	mon_stamp_format_day(d->day, day);
	if (r < 0) {
		tell_error(run, day, r);
		return;
	}
	switch ((enum mon_remove_answer)r) {
	case MON_REMOVE_DONE:
		run->usage -= found.content.disk < run->usage ? found.content.disk : run->usage;
		print_day(run, d->day);
		return;
	case MON_REMOVE_ABSENT:
		if (!run->by_hand)
			return; /* deleted since it was named */
		mon_tool_warn(0, "there is no folder for %s", day);
		break;
	case MON_REMOVE_FOREIGN:
		mon_tool_warn(0,
		    "%s left: it holds %zu %s not ours (%s); move what is not ours away", day,
		    found.content.foreign,
		    found.content.foreign == 1 ? "file that is" : "files that are",
		    found.content.name);
		break;
	case MON_REMOVE_UNVOUCHED:
		mon_tool_warn(0, "%s left: %s", day, mon_ledger_reason(found.ledger));
		break;
	}
	run->odd = true;
}

/* Today, yesterday, and the future: the clock may have been wrong when they were made, or be so now. */
static bool
is_recent(const struct run *run, long day)
{
	return day >= run->today - 1;
}

/* A person who names a day wants to hear why it stays. */
static void
tell_kept(const struct run *run, long day)
{
	char count[MON_HUMAN_MAX];
	char name[MON_DAY_LEN + 1] = "";

	if (!run->by_hand)
		return;
	mon_stamp_format_day(day, name);
	if (day > run->clock)
		mon_tool_warn(0,
		    "%s left: it is in the future; was the clock wrong when it was made? Then move "
		    "it away",
		    name);
	else if ((is_recent(run, day) && day < run->clock - 1) || run->clock - day > run->keep)
		mon_tool_warn(0,
		    "%s left: the days just before today are not recorded, so the clock may be "
		    "wrong; it can go when the next two are",
		    name);
	else if (is_recent(run, day))
		mon_tool_warn(0, "%s left: today and yesterday always stay", name);
	else
		mon_tool_warn(0, "%s left: it is not older than %s (--keep)", name,
		    mon_human_plural((uint64_t)run->keep, "day", count));
}

/* First what is too old, then the oldest of the rest while the folder is too large. */
static void
prune_days(struct run *run, const struct mon_ledger_day *days, size_t n)
{
	char taken[MON_HUMAN_MAX], budget[MON_HUMAN_MAX];
	size_t i = 0;

	for (; i < n && !is_recent(run, days[i].day) && run->today - days[i].day > run->keep; i++)
		prune_day(run, &days[i]);
	for (; i < n && !is_recent(run, days[i].day) && run->usage >= run->budget &&
	       run->other < run->budget;
	     i++)
		prune_day(run, &days[i]);
	for (; i < n; i++)
		tell_kept(run, days[i].day);
	if (run->other >= run->budget) {
		mon_tool_warn(0,
		    "what is no day takes %s of the folder, and the budget is %s%s: no day is deleted "
		    "for it; move other files away, or raise the budget",
		    mon_human_bytes(run->other, taken), mon_human_bytes(run->budget, budget),
		    run->budget_set ? "" : ", three eighths of the volume");
		run->odd = true;
	} else if (run->usage >= run->budget) {
		mon_tool_warn(0,
		    "the folder holds %s, over the budget of %s%s, and no other day may be deleted: is "
		    "the backup working, is the budget too small?",
		    mon_human_bytes(run->usage, taken), mon_human_bytes(run->budget, budget),
		    run->budget_set ? "" : ", three eighths of the volume");
		run->odd = true;
	}
}

static void
tell_leftover(void *ctx, long day, int r)
{
	struct run *run = ctx;
	char name[MON_DAY_LEN + 1] = "";

	mon_stamp_format_day(day, name);
	if (r < 0)
		tell_error(run, name, r);
	else
		print_day(run, day);
}

/* Ask the ledger about the named days, and prune.  Return an exit code. */
static int
prune_named(struct run *run)
{
	cleanup_free struct mon_ledger_day *days = calloc(named.n + 1, sizeof(*days));
	size_t bad = 0;
	int r;

	if (days == NULL) {
		mon_tool_error(ENOMEM, "cannot work on %zu days", named.n);
		return MON_EX_FAIL;
	}
	for (size_t i = 0; i < named.n; i++)
		days[i].day = named.day[i];
	r = mon_ledger_read(run->basefd, run->vault, days, named.n, &bad);
	if (r < 0) {
		mon_tool_error(r == -EBADMSG ? 0 : r, "cannot use %s%s; nothing is deleted",
		    mon_schema_ledger.file,
		    r == -EBADMSG ? ", which does not begin with the expected header" : "");
		return MON_EX_FAIL;
	}
	if (bad > 0) {
		mon_tool_warn(0, "%s: ignored %zu %s of the ledger", mon_schema_ledger.file, bad,
		    bad == 1 ? "line that is no row" : "lines that are no rows");
		run->odd = true;
	}
	prune_days(run, days, named.n);
	if (run->failed)
		return MON_EX_FAIL;
	return run->odd ? MON_EX_PARTIAL : MON_EX_OK;
}

/* Where no budget is set. */
static int
take_budget_of_volume(struct run *run)
{
	struct statvfs fs;

	if (fstatvfs(run->basefd, &fs) < 0)
		return -errno;
	run->budget = (uint64_t)fs.f_blocks * fs.f_frsize / 8 * MON_BUDGET_EIGHTHS;
	if (run->budget == 0) /* a file system without a size of its own */
		run->budget = UINT64_MAX;
	return 0;
}

/*
 * Believe the clock's today if one of the MON_GAP_DAYS before yesterday is recorded: the last of
 * them if yesterday is recorded, and yesterday if today is.  A clock that ran away has made a day
 * where it is now, or two over midnight, but alone; then the newest of the others is today.  After a
 * pause that is so for two days with a right clock as well: days go later then.
 */
static int
find_today(struct run *run)
{
	cleanup_free long *days = NULL;
	bool today = false, yesterday = false;
	size_t n = 0;
	int r = mon_day_list(run->basefd, &days, &n);

	if (r < 0)
		return r;
	run->today = run->clock;
	for (; n > 0 && days[n - 1] >= run->clock - 1; n--) {
		today |= days[n - 1] == run->clock;
		yesterday |= days[n - 1] == run->clock - 1;
	}
	if (n > 0 && (run->clock - days[n - 1] > MON_GAP_DAYS || (today && !yesterday) ||
			 (yesterday && days[n - 1] != run->clock - 2)))
		run->today = days[n - 1];
	return 0;
}

/* The folder is open, the days are not yet known: a killed run is finished, the folder measured. */
static int
prepare(struct run *run)
{
	int r = run->dry_run ? 0 : mon_remove_leftovers(run->basefd, tell_leftover, run);

	if (r == 0 && !run->budget_set)
		r = take_budget_of_volume(run);
	if (r == 0)
		r = mon_remove_usage(run->basefd, &run->usage, &run->other);
	if (r == 0)
		r = find_today(run);
	if (r < 0)
		mon_tool_error(r, "cannot read the Monitor folder; nothing is deleted%s",
		    mon_tool_own(r, run->dir));
	return r;
}

/* The days from stdin, to its end: mon-archive is done by then.  Return 0 or -errno. */
static int
read_days(struct run *run)
{
	size_t bad = 0;
	int r;

	mon_tool_tell_terminal("days, one a line,");
	r = mon_days_read(STDIN_FILENO, &named, &bad);
	if (r < 0)
		mon_tool_error(r, "cannot read the days from stdin; nothing is deleted");
	if (bad > 0) {
		mon_tool_warn(0, "ignored %zu %s like 2025-08-31", bad,
		    bad == 1 ? "line on stdin that is no day" : "lines on stdin that are no days");
		run->odd = true;
	}
	return r;
}

static int
prune(const struct options *o, struct run *run)
{
	cleanup_fd int basefd = -1;
	char dir[4096];

	if (!mon_tool_dir(o->dir, dir, sizeof(dir)))
		return MON_EX_USAGE;
	run->dir = dir;
	basefd = run->basefd = mon_dir_open(dir, false);
	if (basefd < 0) {
		mon_tool_no_dir(basefd, o->dir, dir);
		return MON_EX_FAIL;
	}
	if (!run->by_hand && read_days(run) < 0)
		return MON_EX_FAIL;
	if (run->unsure) {
		mon_tool_warn(0,
		    "nothing is deleted while MON_KEEP, MON_BUDGET or BACKUP_VAULT is wrong, "
		    "or may be meant by a wrong line");
		return MON_EX_PARTIAL;
	}
	mon_days_sort(&named);
	if (prepare(run) < 0)
		return MON_EX_FAIL;
	return prune_named(run);
}

/* Values that are none.  Return 0, or an exit code. */
static int
check(const struct options *o, struct run *run)
{
	struct mon_tool_setting keep, budget, vault;
	time_t now;

	if (!mon_tool_setting(MON_SETTING_KEEP, o->keep, &keep) ||
	    !mon_tool_setting(MON_SETTING_BUDGET, o->budget, &budget) ||
	    !mon_tool_setting(MON_SETTING_VAULT, NULL, &vault) || !mon_tool_now(o->now, &now))
		return MON_EX_USAGE;
	run->keep = (long)keep.number;
	run->budget = budget.number;
	run->budget_set = budget.set;
	run->vault = vault.set ? vault.text : NULL;
	run->unsure = keep.wrong || budget.wrong || vault.wrong;
	if (mon_zone_day(now, &run->clock))
		return 0;
	/* West of Greenwich the first hours of 1970 are in 1969, where no day is. */
	if (now < 0 || now > MON_EPOCH_S)
		return mon_tool_misuse(
		    "the time is outside the years 1970 to 9999: set the clock or --now");
	run->clock = 0;
	return 0;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "keep", required_argument, NULL, 'k' },
		{ "budget", required_argument, NULL, 'b' },
		{ "dir", required_argument, NULL, 'd' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "now", required_argument, NULL, 'N' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	struct run run = { .basefd = -1 };
	int c, r;

	mon_tool_init("mon-prune", HELP);
	while ((c = mon_tool_getopt(argc, argv, "+k:b:d:nhV", longs, "")) != -1) {
		switch (c) {
		case 'k': o.keep = optarg; break;
		case 'b': o.budget = optarg; break;
		case 'd': o.dir = optarg; break;
		case 'n': o.dry_run = true; break;
		case 'N': o.now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	run.by_hand = optind < argc;
	run.dry_run = o.dry_run;
	for (; optind < argc; optind++)
		if (!mon_days_add(&named, argv[optind], strlen(argv[optind])))
			return mon_tool_misuse("'%s' is no day like 2025-08-31", argv[optind]);
	r = check(&o, &run);
	return r != 0 ? r : mon_tool_finish(prune(&o, &run));
}
