/*
 * mon-split - check stamped lines on stdin and append them to the CSV files of their days.
 *
 * Each good line becomes one row of one file in DIR/YYYY-MM-DD/ (the local date of its own
 * stamp, or that of --day).  Bad lines are dropped and counted; rows are filed whole or not at all.
 * With --pass each line is printed once its row is on the disk.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "dir.h"
#include "caps.h"
#include "human.h"
#include "io.h"
#include "line.h"
#include "pass.h"
#include "recorder.h"
#include "stamp.h"
#include "tool.h"

#define IDLE_MS 1000 /* file what came when the input pauses for this long: a qube may hang */

static const char HELP[] =
    "Usage: mon-split [OPTION]...\n"
    "Check stamped lines on stdin, append each to the CSV file of its kind and day.\n"
    "\n"
    "  -d, --dir DIR    the folder of the day folders [MON_DIR, or ~/Monitor]\n"
    "      --day DAY    one day for all rows, like 2025-08-31, whatever their time\n"
    "      --pass       print each line once its row is on the disk\n"
    "      --no-sync    do not wait until the rows are on the disk (for imports)\n"
    "      --schema     print the files and their columns, and exit\n"
    "  -h, --help       print this help, and exit\n"
    "  -V, --version    print the version, and exit\n"
    "\n"
    "Exit status: 0 all filed; 1 rows were lost; 2 wrong usage; 3 filed, but some\n"
    "lines broke the format and were dropped, or the reader of --pass was left\n"
    "behind.\n"
    "\n"
    "Example: mon-vmstate | mon-scrape - | mon-split\n";

struct options {
	const char *dir, *day;
	bool no_sync, pass, schema;
};

/* What came in that was not filed. */
struct dropped {
	size_t lines, first; /* that broke the format: how many; the number of the first */
	const char *why;     /* of the first */
	size_t unknown, first_unknown; /* of kinds that a later version has */
};

/* Static: 4 MiB of buffers, of which a poll touches a few pages. */
static struct mon_recorder recorder;
static struct mon_pass pass;
static char input[MON_READ_BUF];
static const char *monitor_dir; /* its path, for messages */

static void
print_columns(const struct mon_col *cols, size_t ncols)
{
	printf("\n| column | shape | unit | origin |\n|---|---|---|---|\n");
	for (const struct mon_col *c = cols; c < cols + ncols; c++)
		printf("| %s | %s | %s | %s |\n", c->name, mon_schema_shape_name(c->shape), c->unit,
		    c->origin);
}

static void
print_schema(void)
{
	mon_tool_let_go();
	printf(
	    "# Files and columns\n\n"
	    "Made by `mon-split --schema`. Each file begins with its header, then one row a line:\n"
	    "LF, no quotes, no commas but those between the columns. A line of a kind that is not\n"
	    "listed here, as a newer guest may send it, is no error: it is left out, and reported\n"
	    "once. In every file, these columns come first:\n");
	print_columns(mon_schema_lead, 2);
	for (const struct mon_table *t = mon_schema; t < mon_schema + MON_KINDS; t++) {
		printf("\n## %s\n\nKind `%s`, from %s: %s.\n", t->file, t->kind,
		    t->sender == MON_FROM_GUEST ? "the qubes" : "the collector alone", t->about);
		print_columns(t->cols, t->ncols);
	}
}

/* One message a file and run: a full disk would else repeat itself for every buffer. */
static void
tell(void *ctx, const struct mon_recorder_event *e)
{
	char rows[MON_HUMAN_MAX];
	static bool told[MON_KINDS];

	(void)ctx;
	if (e->what == MON_RECORDER_HEALED) {
		mon_tool_tell_cut(e->day, e->file, (uint64_t)e->bytes);
		return;
	}
	if (e->what == MON_RECORDER_UNHEALED) {
		mon_tool_warn(e->err,
		    "cannot look for torn rows in the day before (%s%s%s): there may be some "
		    "until mon-archive heals it",
		    e->day[0] != '\0' ? e->day : "not found", e->file != NULL ? "/" : "",
		    e->file != NULL ? e->file : "");
		return;
	}
	for (size_t i = 0; i < MON_KINDS; i++) {
		if (strcmp(mon_schema[i].file, e->file) != 0)
			continue;
		if (told[i])
			return;
		told[i] = true;
	}
	mon_human_plural(e->rows, "row", rows);
	if (e->what == MON_RECORDER_UNSURE)
		mon_tool_error(
		    e->err, "cannot bring %s of %s/%s to the disk", rows, e->day, e->file);
	else if (e->err == -ERANGE)
		mon_tool_error(0,
		    "%s: %s lost, because the local date of a row lies outside the years 1970 "
		    "to 9999; check the clock",
		    e->file, rows);
	else if (e->err == -EBADMSG)
		mon_tool_error(0,
		    "%s/%s does not begin with the expected header: %s lost, the file "
		    "untouched; move it away to go on",
		    e->day, e->file, rows);
	else if (mon_io_is_no_file(e->err))
		mon_tool_error(0, "%s/%s " MON_IO_NO_FILE ": %s lost; move it away to go on",
		    e->day, e->file, rows);
	else if (e->err == -ENOTDIR)
		mon_tool_error(0, "'%s' " MON_IO_NO_FOLDER ": %s of %s lost; move it away to go on",
		    e->day, rows, e->file);
	else if (e->err == -ENOSPC || e->err == -EDQUOT)
		mon_tool_error(e->err, "cannot append to %s/%s: %s lost; free some space", e->day,
		    e->file, rows);
	else if (e->err == -EACCES || e->err == -EPERM)
		mon_tool_error(e->err, "cannot append to %s/%s: %s lost%s", e->day, e->file, rows,
		    mon_tool_own(e->err, monitor_dir));
	else if (e->err == -ETIMEDOUT)
		mon_tool_error(
		    0, "%s is locked by another program: %s of %s lost", e->day, rows, e->file);
	else
		mon_tool_error(e->err, "cannot append to %s/%s: %s lost", e->day, e->file, rows);
}

static void
drop(struct dropped *d, size_t number, const char *why)
{
	if (d->lines++ == 0) {
		d->first = number;
		d->why = why;
	}
}

static void
print_passed(void *ctx, unsigned failed)
{
	mon_pass_print(ctx, failed);
}

/* File ${rec}; with --pass its line is printed when that is done. */
static void
file(struct mon_recorder *to, const struct mon_rec *rec)
{
	struct mon_pass *passed = to->ctx;

	if (passed != NULL && !mon_pass_has_room(passed))
		mon_recorder_flush(to);
	if (mon_recorder_add(to, rec) && passed != NULL)
		mon_pass_add(passed, rec);
}

/* File stdin.  Return 0 at its end, or -errno. */
static int
split(struct mon_recorder *rec, struct dropped *d)
{
	struct mon_rec parsed;
	const char *untrusted = NULL;
	struct mon_line lines;
	enum mon_wire_err err;
	size_t len = 0;
	int r;

	mon_line_init(&lines, STDIN_FILENO, input, sizeof(input), MON_STAMPED_MAX);
	lines.idle_ms = IDLE_MS;
	for (size_t number = 1;; number++) {
		r = mon_line_next(&lines, &untrusted, &len);
		switch (r) {
		case MON_LINE_OK:
			err = mon_wire_parse(untrusted, len, &parsed);
			if (err == MON_WIRE_OK)
				file(rec, &parsed);
			else if (err != MON_WIRE_UNKNOWN)
				drop(d, number, mon_wire_reason(err));
			else if (d->unknown++ == 0)
				d->first_unknown = number;
			break;
		case MON_LINE_LONG: drop(d, number, mon_wire_reason(MON_WIRE_LONG)); break;
		case MON_LINE_CUT: drop(d, number, mon_wire_reason(MON_WIRE_CUT)); break;
		case MON_LINE_IDLE:
			mon_recorder_flush(rec);
			number--;
			break;
		default: /* the end, or an error: either way, file what came */
			mon_recorder_flush(rec);
			return r;
		}
	}
}

/* Say what was not filed, and who did not read what was. */
static void
report(const struct dropped *d)
{
	char lines[MON_HUMAN_MAX], rows[MON_HUMAN_MAX];

	if (d->lines > 0)
		mon_tool_warn(0, "dropped %s, filed %s; the first was line %zu: %s",
		    mon_human_plural(d->lines, "line", lines),
		    mon_human_plural(recorder.filed, "row", rows), d->first, d->why);
	if (d->unknown > 0)
		mon_tool_warn(0,
		    "left out %s of kinds that only a later version knows; the first was "
		    "line %zu",
		    mon_human_plural(d->unknown, "line", lines), d->first_unknown);
	if (pass.left == -ETIMEDOUT)
		mon_tool_warn(0,
		    "the reader of --pass did not take all within %d ms: it is left behind; the "
		    "rows are filed",
		    MON_PASS_MS);
	else if (pass.left < 0)
		mon_tool_warn(
		    pass.left, "cannot write to the reader of --pass; the rows are filed");
}

static int
record(const struct options *o)
{
	char rows[MON_HUMAN_MAX];
	char dir[4096];
	cleanup_fd int basefd = -1;
	struct dropped d = { 0 };
	int r;

	if (!mon_tool_dir(o->dir, dir, sizeof(dir)))
		return MON_EX_USAGE;
	if (o->day != NULL && !mon_stamp_parse_day(o->day, strlen(o->day), &recorder.day))
		return mon_tool_misuse("--day '%s' is no day like 2025-08-31", o->day);
	mon_tool_zone();
	basefd = mon_dir_open(dir, true);
	if (basefd == -ENOENT) {
		mon_tool_error(
		    0, "cannot make the folder '%s': the folder above it is missing", dir);
		return MON_EX_FAIL;
	}
	if (basefd < 0) {
		mon_tool_error(
		    basefd, "cannot open the folder '%s'%s", dir, mon_tool_own(basefd, dir));
		return MON_EX_FAIL;
	}
	mon_tool_tell_terminal("stamped lines");
	monitor_dir = dir;
	recorder.basefd = basefd;
	recorder.sync = !o->no_sync;
	recorder.one_day = o->day != NULL;
	recorder.tell = tell;
	if (o->pass) {
		recorder.filed_all = print_passed;
		recorder.ctx = &pass;
	}
	r = split(&recorder, &d);
	if (r < 0)
		mon_tool_error(r, "cannot read stdin; %s filed before",
		    mon_human_plural(recorder.filed, "row", rows));
	report(&d);
	if (r < 0 || recorder.lost > 0)
		return MON_EX_FAIL;
	return d.lines > 0 || pass.left < 0 ? MON_EX_PARTIAL : MON_EX_OK;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "day", required_argument, NULL, 'D' },
		{ "pass", no_argument, NULL, 'p' },
		{ "no-sync", no_argument, NULL, 'n' },
		{ "schema", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	int c;

	mon_tool_init("mon-split", HELP);
	while ((c = mon_tool_getopt(argc, argv, "+d:hV", longs, "")) != -1) {
		switch (c) {
		case 'd': o.dir = optarg; break;
		case 'D': o.day = optarg; break;
		case 'p': o.pass = true; break;
		case 'n': o.no_sync = true; break;
		case 's': o.schema = true; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (optind != argc)
		return mon_tool_misuse(
		    "unexpected argument '%s': the lines come on stdin", argv[optind]);
	if (o.schema && (o.dir != NULL || o.day != NULL || o.no_sync || o.pass))
		return mon_tool_misuse("--schema goes with no other option");
	if (o.schema)
		print_schema();
	return mon_tool_finish(o.schema ? MON_EX_OK : record(&o));
}
