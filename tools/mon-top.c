/*
 * mon-top - the terminal view: how all qubes are now, and how they were at any moment.
 *
 * A frame is computed from the record alone (lib/reader): nothing runs while nobody looks, and
 * the past looks as the present did.  With -b one frame is printed, for scripts.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "day.h"
#include "draw.h"
#include "human.h"
#include "keys.h"
#include "screen.h"
#include "source.h"
#include "stamp.h"
#include "tool.h"
#include "view.h"
#include "when.h"
#include "zone.h"

static const char HELP[] =
    "Usage: mon-top [OPTION]... [DAY|ARCHIVE|FOLDER]\n"
    "Show how all qubes are, now and at any moment of the record.\n"
    "\n"
    "DAY is a day of the Monitor folder, like 2025-08-31, today or yesterday: its\n"
    "end is shown first. Without one: now. The key ? shows the keys.\n"
    "\n"
    "  -b, --batch        print one frame as text, and exit\n"
    "      --at TIME      show this moment: 14:30, '2025-08-31 14:30' in local time,\n"
    "                     yesterday, -15m, 2025-08-31T12:30:00Z\n"
    "      --vm GLOB      only qubes with such a name; may be repeated\n"
    "      --sort COLUMN  order by it, like cpu, mem, rx or qube [cpu]\n"
    "      --ascii        no character outside ASCII\n"
    "      --utc          times in UTC, not in local time\n"
    "  -d, --dir DIR      the folder of the day folders [MON_DIR, or ~/Monitor]\n"
    "      --now TS       the time it is, like 2025-08-31T12:00:10Z [the clock's]\n"
    "  -h, --help         print this help, and exit\n"
    "  -V, --version      print the version, and exit\n"
    "\n"
    "A qube without an answer for 3 intervals [MON_INTERVAL, or 10 s] has no figures.\n"
    "\n"
    "Exit status: 0 done; 1 something could not be read, or the terminal cannot be\n"
    "used; 2 wrong usage; 3 done, but some lines of the files were no rows.\n"
    "\n"
    "Example: mon-top --at 10:03 yesterday\n";

struct options {
	const char *dir, *at, *sort, *now, *word;
	bool batch, ascii, utc;
};

/* Static: large. */
static struct top_view view = { .sort = TOP_COL_CPU };
static struct top_record record;
static struct mon_source source = { .basefd = -1 };
static const struct options *chosen;

static void
print_line(void *ctx, size_t y, const struct top_line *line)
{
	size_t n = line->n;

	(void)ctx;
	(void)y;
	while (n > 0 && strcmp(line->cell[n - 1].text, " ") == 0)
		n--;
	for (size_t i = 0; i < n; i++)
		fputs(line->cell[i].text, stdout);
	putchar('\n');
}

/* Show ${record} at ${view.at}.  Return an exit code. */
static int
show(void)
{
	const char *why;

	if (!chosen->batch) {
		if (top_screen_run(&view, &record, &why) == 0)
			return MON_EX_OK;
		mon_tool_error(0, "%s", why);
		return MON_EX_FAIL;
	}
	top_view_update(&view, &record);
	top_draw_batch(&view, print_line, NULL);
	return MON_EX_OK;
}

/* The moment that --at names, of ${day} where it names none; else ${otherwise}. */
static bool
read_at(long day, time_t otherwise)
{
	view.at = otherwise;
	if (chosen->at == NULL || mon_when_time(chosen->at, source.now, day, false, &view.at))
		return true;
	mon_tool_misuse("--at '%s' is no time like " MON_WHEN_TIMES, chosen->at);
	return false;
}

/* An archive, a folder or a file: a day that has an end. */
static int
visit(void *ctx, struct mon_reader_day *day, const char *name)
{
	int *code = ctx;
	time_t first = 0, last = 0;
	long number = day->day;

	top_record_day(&record, day);
	if (!top_record_ends(&record, &first, &last)) {
		if (!source.missed)
			mon_tool_error(0, "there is no row in '%s'", name);
		*code = MON_EX_FAIL;
		return 0;
	}
	/* A name need not tell the day, and mon_zone_day() holds for what was filed here. */
	if (number < 0)
		mon_zone_day(last, &number);
	*code = read_at(number, last) ? show() : MON_EX_USAGE;
	return 0;
}

/* Tell which files of the days that were looked at could not be read; bad lines are told elsewhere. */
static void
tell_left_out(void)
{
	for (size_t i = 0; i < TOP_DAYS; i++) {
		const struct top_day *d = &record.days[i];
		unsigned told = 0;

		for (unsigned kind = 0; d->used && kind < MON_KINDS; kind++)
			if (d->day->err[kind] == 0)
				told |= 1u << kind;
		if (d->used)
			mon_source_tell(&source, d->day, "", &told);
	}
}

/*
 * As show(), of the Monitor folder.  Of an archive mon_source_tell() names the lines that are no
 * rows; here nobody reads whole files.
 */
static int
show_live(void)
{
	char count[MON_HUMAN_MAX];
	const int code = show();

	if (code == MON_EX_OK)
		tell_left_out();
	if (code != MON_EX_OK || view.frame.bad == 0)
		return code;
	mon_tool_warn(0, "skipped %s of the files; mon-cat DAY names them",
	    mon_human_plural(view.frame.bad, "bad line", count));
	return MON_EX_PARTIAL;
}

/* The Monitor folder; ${day}: that which was named, or -1. */
static int
show_folder(long day)
{
	time_t at = source.now, first, last;
	cleanup_fd int fd = -1;
	long shown = 0;

	if (mon_source_base(&source) < 0)
		return MON_EX_FAIL;
	top_record_folder(&record, source.basefd, source.dir);
	view.can_live = true;
	view.live = day < 0 && chosen->at == NULL;
	mon_zone_day(source.now, &shown);
	if (day >= 0)
		shown = day;
	fd = mon_day_open(source.basefd, shown);
	if (fd < 0 && (day >= 0 || fd != -ENOENT)) {
		mon_source_no_day(&source, shown, fd);
		return MON_EX_FAIL;
	}
	if (day >= 0 && !top_record_last(&record, day, &at)) {
		mon_source_no_day(&source, day, -ENOENT);
		return MON_EX_FAIL;
	}
	if (!top_record_ends(&record, &first, &last)) {
		mon_tool_error(0, "there is no record in '%s' yet: see mon-doctor", source.dir);
		return MON_EX_FAIL;
	}
	return read_at(shown, at) ? show_live() : MON_EX_USAGE;
}

static int
no_column(const char *name)
{
	char all[16 * TOP_COLUMNS];
	size_t n = 0;

	all[0] = '\0';
	for (int i = 0; i < TOP_COLUMNS; i++)
		if (*top_view_name((enum top_column)i) != '\0')
			n += (size_t)snprintf(
			    all + n, sizeof(all) - n, " %s", top_view_name((enum top_column)i));
	return mon_tool_misuse("--sort '%s' is no column; there are%s", name, all);
}

static int
run(const struct options *o)
{
	struct mon_tool_setting interval;
	char dir[4096];
	int code = MON_EX_FAIL;
	long day;

	chosen = o;
	if (!mon_tool_now(o->now, &source.now) || !mon_tool_dir(o->dir, dir, sizeof(dir)))
		return MON_EX_USAGE;
	if (o->sort != NULL && !top_view_column(o->sort, &view.sort))
		return no_column(o->sort);
	(void)mon_tool_setting(MON_SETTING_INTERVAL, NULL, &interval);
	view.frame.interval = (time_t)interval.number;
	view.now = o->now != NULL ? source.now : 0;
	view.utc = o->utc;
	view.utf8 = top_screen_locale() && !o->ascii;
	source.dir = dir;
	source.visit = visit;
	source.ctx = &code;
	if (o->word == NULL)
		code = show_folder(-1);
	else if (mon_when_day(o->word, source.now, &day))
		code = show_folder(day);
	else
		mon_source_take(&source, o->word);
	if (code != MON_EX_OK)
		return code;
	return source.missed ? MON_EX_FAIL : source.odd ? MON_EX_PARTIAL : MON_EX_OK;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "batch", no_argument, NULL, 'b' },
		{ "at", required_argument, NULL, 'a' },
		{ "vm", required_argument, NULL, 'v' },
		{ "sort", required_argument, NULL, 's' },
		{ "ascii", no_argument, NULL, 'A' },
		{ "utc", no_argument, NULL, 'u' },
		{ "dir", required_argument, NULL, 'd' },
		{ "now", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	int c;

	mon_tool_init("mon-top", HELP);
	while ((c = mon_tool_getopt(argc, argv, "bd:hV", longs, "v")) != -1) {
		switch (c) {
		case 'b': o.batch = true; break;
		case 'a': o.at = optarg; break;
		case 'v':
			if (!mon_tool_vm(optarg, &view.vms))
				return MON_EX_USAGE;
			break;
		case 's': o.sort = optarg; break;
		case 'A': o.ascii = true; break;
		case 'u': o.utc = true; break;
		case 'd': o.dir = optarg; break;
		case 'n': o.now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (argc - optind > 1)
		return mon_tool_misuse("one day or archive at a time");
	o.word = argv[optind];
	return mon_tool_finish(run(&o));
}
