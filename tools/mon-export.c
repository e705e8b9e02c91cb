/*
 * mon-export - print stamped lines from stdin in the format of another program.
 *
 * A filter behind mon-cat: it opens no file of the record.  What comes out has the names and the
 * values of the record; see tools/export/export.h.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "export.h"
#include "human.h"
#include "line.h"
#include "repeat.h"
#include "shape.h"
#include "stamp.h"
#include "text.h"
#include "tool.h"
#include "wire.h"

static const char HELP[] =
    "Usage: mon-export FORMAT [OPTION]... [COMMAND [ARGUMENT]...]\n"
    "Print stamped lines from stdin, as mon-cat prints them, in another format.\n"
    "\n"
    "  lp       InfluxDB's line protocol (VictoriaMetrics, Telegraf)\n"
    "  jsonl    JSON lines, an object a row\n"
    "  om       OpenMetrics text (promtool tsdb create-blocks-from)\n"
    "  sql      tables and rows for PostgreSQL and SQLite\n"
    "\n"
    "      --tag TAG      add KEY=VALUE, such as machine=laptop, to every row; may be\n"
    "                     given again\n"
    "      --chunk SIZE   run COMMAND once for each SIZE bytes (10M, 1G) of the\n"
    "                     output, which it reads on stdin; only lp and jsonl\n"
    "  -h, --help         print this help, and exit\n"
    "  -V, --version      print the version, and exit\n"
    "\n"
    "Exit status: 0 done; 1 the output could not be written; 2 wrong usage; 3 done,\n"
    "but some lines were dropped because they broke the format.\n"
    "\n"
    "Example: mon-cat yesterday | mon-export lp --tag machine=laptop >day.lp\n";

struct options {
	const struct mon_export_format *format;
	struct mon_tags tags;
	const char *chunk;
	char *const *command;
};

/* What came in that is not in the output. */
struct dropped {
	size_t bad, first, unknown; /* lines; the number of the first bad one */
	const char *why;            /* of the first */
};

static struct mon_out out;
static char input[MON_READ_BUF];

static const struct mon_export_format *
find_format(const char *name)
{
	static const struct mon_export_format *const formats[] = { &mon_export_lp,
		&mon_export_jsonl, &mon_export_om, &mon_export_sql };

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

/* Is ${key} a name that every format takes, and that no column has? */
static bool
key_is_free(struct mon_str key)
{
	/* InfluxDB drops a tag "time"; what begins with "_" is a database's own: __name__ */
	static const char *const taken[] = { "ts", "vm", "kind", "n", "value", "time" };

	if (key.n == 0 || key.n > MON_TAG_MAX || mon_shape_is_digit(key.p[0]) || key.p[0] == '_')
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (!(key.p[i] >= 'a' && key.p[i] <= 'z') && !mon_shape_is_digit(key.p[i]) &&
		    key.p[i] != '_')
			return false;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (mon_str_is(key, taken[i]))
			return false;
	for (size_t i = 0; i < MON_KINDS; i++)
		for (size_t j = 0; j < mon_schema[i].ncols; j++)
			if (mon_str_is(key, mon_schema[i].cols[j].name))
				return false;
	return true;
}

static bool
add_tag(struct mon_tags *tags, const char *text)
{
	const char *equals = strchr(text, '=');
	struct mon_tag tag;

	if (equals == NULL) {
		mon_tool_misuse(
		    "--tag '%s' has no '='; give KEY=VALUE, such as machine=laptop", text);
		return false;
	}
	tag = (struct mon_tag){ { text, (size_t)(equals - text) }, mon_str(equals + 1) };
	if (!key_is_free(tag.key)) {
		mon_tool_misuse(
		    "--tag '%s': the key must be lower-case letters, digits and '_', at most %d, "
		    "not '_' or a digit first, and no name of a column",
		    text, MON_TAG_MAX);
		return false;
	}
	/* A name's shape: no space, comma or quote, so that every format can hold it. */
	if (tag.value.n > MON_NAME_MAX || !mon_shape_check(MON_NAME, tag.value.p, tag.value.n)) {
		mon_tool_misuse(
		    "--tag '%s': the value must be 1 to %d visible characters without space, "
		    "comma, quote or backslash",
		    text, MON_NAME_MAX);
		return false;
	}
	for (size_t i = 0; i < tags->n; i++)
		if (mon_str_same(tags->list[i].key, tag.key)) {
			mon_tool_misuse("--tag: '%.*s' is given twice", (int)tag.key.n, tag.key.p);
			return false;
		}
	if (tags->n == MON_TAGS_MAX) {
		mon_tool_misuse("more than %d --tag", MON_TAGS_MAX);
		return false;
	}
	tags->list[tags->n++] = tag;
	return true;
}

/* Give the row of ${rec} to the format. */
static int
put(const struct options *o, const struct mon_rec *rec)
{
	struct mon_export_row row = {
		.table = rec->payload.table, .ts = rec->ts, .vm = rec->vm, .t = rec->t
	};
	char clean[MON_MSG_MAX];

	mon_wire_split(&rec->payload, row.fields);
	for (size_t i = 0; i < row.table->ncols; i++)
		if (row.table->cols[i].shape == MON_TEXT)
			row.fields[i] =
			    (struct mon_str){ clean, mon_text_clean(clean, row.fields[i].p,
							 row.fields[i].n, rec->payload.own) };
	row.repeat = o->format->repeats ? mon_repeat_count(&row) : 1;
	return o->format->row(&out, &o->tags, &row);
}

static void
drop(struct dropped *d, size_t number, const char *why)
{
	if (d->bad++ > 0)
		return;
	d->first = number;
	d->why = why;
}

/* Read all lines.  Return 0, or -errno: of ${*ret_read}, reading failed, else writing. */
static int
convert(const struct options *o, struct dropped *d, bool *ret_read)
{
	const char *untrusted = NULL;
	struct mon_line lines;
	struct mon_rec rec;
	enum mon_wire_err err;
	size_t len = 0;
	int r = o->format->begin != NULL ? o->format->begin(&out, &o->tags) : 0, got;

	mon_tool_tell_terminal("stamped lines");
	mon_line_init(&lines, STDIN_FILENO, input, sizeof(input), MON_STAMPED_MAX);
	lines.idle_ms = MON_EXPORT_IDLE_MS;
	for (size_t number = 1; r == 0; number++) {
		got = mon_line_next(&lines, &untrusted, &len);
		if (got ==
		    MON_LINE_IDLE) { /* behind mon-cat --follow: what has come goes on its way */
			number--;
			r = mon_out_end(&out);
			continue;
		}
		if (got < 0) {
			*ret_read = true;
			return got;
		}
		if (got == MON_LINE_EOF)
			break;
		err = got == MON_LINE_LONG  ? MON_WIRE_LONG
		      : got == MON_LINE_CUT ? MON_WIRE_CUT
					    : mon_wire_parse(untrusted, len, &rec);
		if (err == MON_WIRE_UNKNOWN)
			d->unknown++;
		else if (err != MON_WIRE_OK)
			drop(d, number, mon_wire_reason(err));
		else if (o->format->t_max > 0 && rec.t > o->format->t_max)
			drop(d, number, "a time later than the format can hold");
		else
			r = put(o, &rec);
	}
	if (r == 0 && o->format->end != NULL)
		r = o->format->end(&out, &o->tags);
	return r < 0 ? r : mon_out_end(&out);
}

static int export(const struct options *o)
{
	char count[MON_HUMAN_MAX];
	struct dropped d = { 0 };
	bool reading = false;
	int r = convert(o, &d, &reading);

	if (r < 0 && reading)
		mon_tool_error(r, "cannot read stdin");
	else if (r < 0 && out.failed != NULL)
		mon_tool_error(r, "cannot %s", out.failed);
	else if (r == -EPIPE && out.code != 0)
		mon_tool_error(0, "'%s' failed with exit code %d; the chunks before were taken",
		    o->command[0], out.code);
	else if (r < 0 && o->command != NULL)
		mon_tool_error(r, "cannot run '%s' and write to it", o->command[0]);
	else if (r < 0)
		mon_tool_error(r, "cannot write the output");
	if (d.unknown > 0)
		mon_tool_warn(0, "left out %s of kinds that this version does not know",
		    mon_human_plural(d.unknown, "line", count));
	if (d.bad > 0)
		mon_tool_warn(0, "dropped %s; the first was line %zu: %s",
		    mon_human_plural(d.bad, "bad line", count), d.first, d.why);
	if (r < 0)
		return MON_EX_FAIL;
	return d.bad > 0 ? MON_EX_PARTIAL : MON_EX_OK;
}

static bool
check(struct options *o, const char *name)
{
	if (name == NULL) {
		mon_tool_misuse("no FORMAT: lp, jsonl, om or sql");
		return false;
	}
	o->format = find_format(name);
	if (o->format == NULL) {
		mon_tool_misuse("'%s' is no format; there are lp, jsonl, om and sql", name);
		return false;
	}
	if ((o->chunk != NULL) != (o->command != NULL)) {
		mon_tool_misuse(o->chunk != NULL ? "--chunk needs a COMMAND that takes the chunks"
						 : "a COMMAND needs --chunk SIZE");
		return false;
	}
	if (o->chunk != NULL && !o->format->chunks) {
		mon_tool_misuse("--chunk: %s cannot be cut; lp and jsonl can", name);
		return false;
	}
	out.command = (const char *const *)o->command;
	return o->chunk == NULL || mon_tool_size("--chunk", o->chunk, &out.chunk_max);
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "tag", required_argument, NULL, 't' },
		{ "chunk", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	const char *format = NULL;
	int c;

	mon_tool_init("mon-export", HELP);
	/* Options may stand before the format and behind it; a command ends them. */
	for (;;) {
		c = mon_tool_getopt(argc, argv, "+hV", longs, "t");
		if (c == -1 && format == NULL && optind < argc)
			format = argv[optind++];
		else if (c == -1)
			break;
		else if (c == 't' && !add_tag(&o.tags, optarg))
			return MON_EX_USAGE;
		else if (c == 'c')
			o.chunk = optarg;
		else if (c == 'h')
			return mon_tool_help();
		else if (c == 'V')
			return mon_tool_version();
		else if (c == '?')
			return MON_EX_USAGE;
	}
	o.command = optind < argc ? argv + optind : NULL;
	if (o.command == NULL)
		mon_tool_let_go();
	return check(&o, format) ? mon_tool_finish(export(&o)) : MON_EX_USAGE;
}
