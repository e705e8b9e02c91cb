/*
 * mon-report - what happened: a day on one screen, several days in a line each, or one page of HTML.
 *
 * It reads the record alone (lib/reader), and answers first what stands out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "human.h"
#include "report.h"
#include "source.h"
#include "tool.h"
#include "when.h"
#include "zone.h"

static const char HELP[] =
    "Usage: mon-report [OPTION]... [DAY|ARCHIVE|FOLDER]...\n"
    "Tell what happened: a day on one screen, several days in a line each.\n"
    "\n"
    "DAY is a day of the Monitor folder, like 2025-08-31, today or yesterday.\n"
    "Without one: the days between --from and --to, else today.\n"
    "\n"
    "      --html         print one day as a page for a browser\n"
    "      --from TIME    only from this time on: 14:30, '2025-08-31 14:30' or\n"
    "                     2025-08-31 in local time, yesterday, -15m, or a stamp\n"
    "      --to TIME      only before it (of a day: to its end)\n"
    "      --around TIME  show ten minutes around it, sample by sample, and the\n"
    "                     alerts [--html: those before each end of the recording]\n"
    "      --vm GLOB      only qubes with such a name; may be repeated\n"
    "      --utc          times in UTC [local time]\n"
    "      --ascii        no character outside ASCII; not for a page, which is UTF-8\n"
    "  -d, --dir DIR      the folder of the day folders [MON_DIR, or ~/Monitor]\n"
    "      --now TS       the time it is, like 2025-08-31T12:00:10Z [the clock's]\n"
    "  -h, --help         print this help, and exit\n"
    "  -V, --version      print the version, and exit\n"
    "\n"
    "Exit status: 0 done; 1 something could not be read; 2 wrong usage; 3 done,\n"
    "but some lines of the files were no rows.\n"
    "\n"
    "Example: mon-report --html yesterday >day.html\n";

struct options {
	const char *dir, *from, *to, *around, *now;
	bool html, utc, ascii;
	char **words;
	size_t nwords;
};

/* Static, for their sizes. */
static struct mon_source source = { .basefd = -1 };
static struct mon_report report;
static time_t around;
static bool one, html, began;

/* The first and the last time of the rows that are looked at; false: there are none. */
static bool
find_span(struct mon_reader_day *day, time_t *ret_first, time_t *ret_last)
{
	static const enum mon_kind kinds[] = { MON_KIND_SYS, MON_KIND_SCRAPE };
	struct mon_rec rec;
	bool found = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct mon_reader *file = &day->file[kinds[i]];

		if (file->fd < 0 || mon_reader_next(file, &rec) != 1)
			continue;
		if (!found || rec.t < *ret_first)
			*ret_first = rec.t;
		if (mon_reader_end(file) == 0)
			mon_reader_prev(file, &rec); /* if there is none, it is still the first */
		if (!found || rec.t > *ret_last)
			*ret_last = rec.t;
		found = true;
	}
	/* Back to the first wanted row of each; what was no row is met again, and counted then. */
	for (size_t i = 0; i < MON_KINDS; i++)
		day->file[i].bad = 0;
	mon_reader_day_want(day, &source.filter);
	return found;
}

/*
 * The axis: the local day, or what --from and --to leave of it.  A day of another time zone, as in
 * an archive from elsewhere, reaches over it: then the full hours around its rows.
 */
static void
find_axis(struct mon_reader_day *day, time_t *ret_from, time_t *ret_to)
{
	time_t first = 0, last = 0;
	bool found = find_span(day, &first, &last);
	long number = day->day;

	if (number < 0 && !mon_zone_day(found ? first : source.now, &number))
		number = 0;
	if (!mon_when_begin(number, ret_from) || !mon_when_begin(number + 1, ret_to))
		*ret_from = 0, *ret_to = 86400;
	if (found && (first < *ret_from || last >= *ret_to)) {
		*ret_from = first / 3600 * 3600;
		*ret_to = last / 3600 * 3600 + 3600;
	}
	if (source.filter.from > *ret_from && source.filter.from < *ret_to)
		*ret_from = source.filter.from;
	if (source.filter.to != 0 && source.filter.to < *ret_to && source.filter.to > *ret_from)
		*ret_to = source.filter.to;
}

/* "Sunday, 31 August 2025", or in a line a day "2025-08-31". */
static void
set_title(char *dst, size_t cap, const char *name)
{
	/* Noon: the day of the axis, whatever hour it begins at. */
	mon_report_time(&report, report.sum.from + (report.sum.to - report.sum.from) / 2,
	    one ? "%A, %-d %B %Y" : "%Y-%m-%d", dst, cap);
	if (dst[0] == '\0')
		snprintf(dst, cap, "%s", name);
	report.title = dst;
}

/* Sum up the open ${day}, and print it. */
static int
visit(void *ctx, struct mon_reader_day *day, const char *name)
{
	char count[MON_HUMAN_MAX];
	char title[64];
	time_t from = 0, to = 0;
	int r;

	(void)ctx;
	find_axis(day, &from, &to);
	mon_sum_begin(&report.sum, from, to, source.now);
	if (source.basefd >= 0 && day->dirfd >= 0 && day->day >= 0)
		mon_sum_recall(&report.sum, source.basefd, day->day, &source.vms);
	r = mon_sum_day(&report.sum, day);
	if (r == 0)
		mon_sum_end(&report.sum);
	/* On a screen the ten minutes before each end of the recording would push the day out. */
	if (r == 0 && one && (html || around != 0))
		report.nzooms = mon_zoom_find(&report.sum, around, report.zooms);
	for (size_t i = 0; i < report.nzooms && r == 0; i++)
		r = mon_zoom_read(&report.zooms[i], day);
	if (r == 0) {
		set_title(title, sizeof(title), name);
		if (html)
			mon_report_html(&report);
		else if (one)
			mon_report_text(&report);
		else if (!began)
			mon_report_text_head(&report);
		if (!one)
			mon_report_text_day(&report);
		began = true;
	} else {
		mon_tool_error(r, "cannot sum up '%s'", name);
	}
	if (report.sum.left_out > 0)
		mon_tool_warn(0, "%s: more than %d qubes; left out %s of others", name, MON_VMS_MAX,
		    mon_human_plural(report.sum.left_out, "row", count));
	for (size_t i = 0; i < report.nzooms; i++)
		mon_zoom_free(&report.zooms[i]);
	report.nzooms = 0;
	mon_sum_free(&report.sum);
	return r;
}

/* The width of the screen; of a pipe, what a mail or a terminal shows. */
static unsigned
find_width(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		return size.ws_col;
	return 100;
}

/* Report what is named, or the days of the times that are. */
static int
tell(const struct options *o)
{
	cleanup_free long *days = NULL;
	long day = 0;
	size_t n = 0;
	int r = 0;

	if (o->nwords == 0 && o->around != NULL && mon_zone_day(around, &day)) {
		one = true;
		return mon_source_day(&source, day);
	}
	if (o->nwords == 0 && o->from == NULL && o->to == NULL) {
		one = true;
		return mon_source_take(&source, "today");
	}
	if (o->nwords == 0 && !mon_source_days(&source, false, &days, &n))
		return 0;
	one = o->nwords + n == 1;
	if (html && !one)
		return mon_tool_misuse("--html shows one day; %zu are named", o->nwords + n);
	for (size_t i = 0; i < o->nwords && r == 0; i++)
		r = mon_source_take(&source, o->words[i]);
	for (size_t i = 0; i < n && r == 0; i++)
		r = mon_source_day(&source, days[i]);
	return r;
}

static int
run(const struct options *o)
{
	char dir[4096];
	long day = 0;
	int r;

	if (!mon_tool_now(o->now, &source.now) ||
	    !mon_source_times(&source, o->words, o->nwords, o->from, o->to, &day) ||
	    !mon_source_time(&source, "--around", o->around, day, false, &around) ||
	    !mon_tool_dir(o->dir, dir, sizeof(dir)))
		return MON_EX_USAGE;
	mon_tool_let_go();
	source.dir = dir;
	source.filter.kinds = MON_SUM_KINDS;
	source.filter.vms = &source.vms;
	source.visit = visit;
	html = o->html;
	report.utc = o->utc;
	report.ascii = o->ascii;
	report.width = find_width();
	r = tell(o);
	if (r != 0)
		return r > 0 ? r : MON_EX_FAIL;
	return source.missed ? MON_EX_FAIL : source.odd ? MON_EX_PARTIAL : MON_EX_OK;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "html", no_argument, NULL, 'H' },
		{ "from", required_argument, NULL, 'F' },
		{ "to", required_argument, NULL, 'T' },
		{ "around", required_argument, NULL, 'A' },
		{ "vm", required_argument, NULL, 'v' },
		{ "utc", no_argument, NULL, 'u' },
		{ "ascii", no_argument, NULL, 'a' },
		{ "dir", required_argument, NULL, 'd' },
		{ "now", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	int c;

	mon_tool_init("mon-report", HELP);
	while ((c = mon_tool_getopt(argc, argv, "d:hV", longs, "v")) != -1) {
		switch (c) {
		case 'H': o.html = true; break;
		case 'F': o.from = optarg; break;
		case 'T': o.to = optarg; break;
		case 'A': o.around = optarg; break;
		case 'v':
			if (!mon_tool_vm(optarg, &source.vms))
				return MON_EX_USAGE;
			break;
		case 'u': o.utc = true; break;
		case 'a': o.ascii = true; break;
		case 'd': o.dir = optarg; break;
		case 'n': o.now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (o.html && o.ascii)
		return mon_tool_misuse(
		    "--ascii is for a terminal: a page (--html) is always UTF-8");
	o.words = argv + optind;
	o.nwords = (size_t)(argc - optind);
	return mon_tool_finish(run(&o));
}
