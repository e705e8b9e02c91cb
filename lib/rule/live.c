/* live.c - the rules run by run; see live.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "day.h"
#include "dir.h"
#include "incidents.h"
#include "io.h"
#include "kept.h"
#include "line.h"
#include "live.h"
#include "number.h"
#include "reader.h"
#include "shape.h"
#include "stamp.h"
#include "text.h"
#include "zone.h"

#define NEVER MON_JUDGE_NEVER
#define HEAD "mon-rule 1"

static const char *const pipe_names[] = { "poll", "qubes" };
static const char *const state_names[] = { "ok", "pending", "FIRING" };

/* Static: MiB that a run touches as far as it needs them. */
static char text[MON_RULE_STATE_MAX + 1];
static char later[MON_RULE_STATE_MAX + 1]; /* lines of the state to retire at a later run */
static struct mon_reader file;
static struct mon_reader_day day_files;

static int
fail(struct mon_live *live, int r, const char *what, const char *name)
{
	live->what = what;
	live->file = name;
	return r;
}

/* ---- gathering ---- */

static enum mon_live_pipe
pipe_of(enum mon_kind kind)
{
	return kind == MON_KIND_STATE || kind == MON_KIND_XEN ? MON_LIVE_QUBES : MON_LIVE_POLL;
}

/* Does a rule read it, or tell it what is there at all? */
static bool
matters(const struct mon_judge *judge, enum mon_kind kind)
{
	return judge->n_of_table[kind] > 0 || kind == MON_KIND_STATE || kind == MON_KIND_SCRAPE;
}

void
mon_live_take(struct mon_live *live, const char *line, size_t len, const struct mon_rec *rec)
{
	const enum mon_kind kind = mon_schema_kind(rec->payload.table);

	live->of[pipe_of(kind)] = true;
	live->xen = live->xen || kind == MON_KIND_XEN;
	if (!matters(live->judge, kind))
		return;
	if (len + 1 > sizeof(live->lines) - live->len) {
		live->cut++;
		return;
	}
	memcpy(live->lines + live->len, line, len);
	live->lines[live->len + len] = '\n';
	live->len += len + 1;
}

/* The line that begins ${at} bytes behind the first: parse it again, and move on. */
static bool
next_line(const struct mon_live *live, size_t *at, struct mon_rec *rec)
{
	const char *line = live->lines + *at, *lf;

	if (*at == live->len)
		return false;
	lf = memchr(line, '\n', live->len - *at);
	*at += (size_t)(lf - line) + 1;
	return mon_wire_parse(line, (size_t)(lf - line), rec) ==
	       MON_WIRE_OK; /* it was checked before */
}

/* ---- rows ---- */

/* Put a row into the outbox; see struct mon_judge. */
static bool
put_row(int64_t ts, const char *vm, const char *msg, void *ctx)
{
	struct mon_live *live = ctx;
	struct mon_live_row *row;
	size_t about = 0;

	if (live->hold)
		return false;
	for (size_t i = 0; i < live->nrows; i++)
		about += strcmp(live->rows[i].vm, vm) == 0;
	if (about == MON_RULE_OUTBOX_QUBE || live->nrows == MON_RULE_OUTBOX_MAX) {
		if (live->waiting++ == 0)
			stpncpy(live->waiting_vm, vm, MON_VM_MAX);
		return false;
	}
	row = &live->rows[live->nrows++];
	*row =
	    (struct mon_live_row){ .pipe = live->of[MON_LIVE_POLL] ? MON_LIVE_POLL : MON_LIVE_QUBES,
		    .fresh = true,
		    .ts = ts };
	stpncpy(row->vm, vm, MON_VM_MAX);
	row->msg[mon_text_clean(row->msg, msg, strlen(msg), true)] = '\0';
	return true;
}

/* Is the row in alerts.csv of ${day}?  1, 0 or -errno. */
static int
is_in(int basefd, long day, const struct mon_live_row *row)
{
	const struct mon_table *alerts = &mon_schema[MON_KIND_ALERT];
	const struct mon_reader_filter at = { .from = (time_t)row->ts, .to = (time_t)row->ts + 1 };
	cleanup_fd int dayfd = mon_day_open(basefd, day);
	struct mon_rec rec;
	int r;

	if (dayfd < 0)
		/* EINVAL: there is no such day, before 1970 begins. */
		return dayfd == -ENOENT || dayfd == -ENOTDIR || dayfd == -EINVAL ? 0 : dayfd;
	r = mon_reader_open(&file, dayfd, alerts->file, alerts);
	if (r < 0)
		return r == -ENOENT || r == -EBADMSG || r == -ELOOP || r == -ENXIO ? 0 : r;
	r = mon_reader_want(&file, &at);
	if (r == 0)
		while ((r = mon_reader_next(&file, &rec)) == 1)
			if (mon_str_is(rec.vm, row->vm) &&
			    mon_str_is(rec.payload.untrusted_text, row->msg))
				break;
	mon_reader_close(&file);
	return r;
}

/* Is the row in the record?  The zone may have changed since it was filed. */
static int
is_recorded(int basefd, const struct mon_live_row *row)
{
	long day = 0;
	int r = 0;

	if (!mon_zone_day((time_t)row->ts, &day))
		return 0;
	for (long d = day - 1; r == 0 && d <= day + 1; d++)
		r = is_in(basefd, d, row);
	return r;
}

/* Take what is in the record out of the outbox: of the rows from ${first} on. */
static int
confirm(struct mon_live *live, int basefd, size_t first)
{
	size_t n = first;

	for (size_t i = first; i < live->nrows; i++) {
		int r = is_recorded(basefd, &live->rows[i]);

		if (r < 0)
			return fail(live, r, "read back", mon_schema[MON_KIND_ALERT].file);
		if (r == 0 && n++ != i)
			live->rows[n - 1] = live->rows[i];
	}
	live->nrows = n;
	return 0;
}

/*
 * Put the new rows into the file that mon-notify shows: the last ones, each once.  Before the state
 * is kept: a row that is in the file already is the same row, of a run that was killed.
 */
static int
show_rows(struct mon_live *live, int basefd)
{
	static char told[MON_RULE_TOLD_BYTES + MON_ROW_MAX + 1];
	char line[MON_ROW_MAX];
	size_t len = 0;
	bool changed = false;
	int r = mon_io_slurp_file(basefd, MON_RULE_TOLD, told, MON_RULE_TOLD_BYTES + 1, &len);

	if (r < 0 && r != -ENOENT && r != -EFBIG)
		return fail(live, r, "read", MON_RULE_TOLD);
	if (r < 0)
		len = 0;
	for (size_t i = 0; i < live->nrows; i++) {
		const struct mon_live_row *row = &live->rows[i];
		size_t n;

		if (!row->fresh)
			continue;
		n = mon_judge_stamp(row->ts, row->vm, row->msg, line);
		if (memmem(told, len, line, n) != NULL)
			continue;
		memcpy(told + len, line, n);
		len += n;
		changed = true;
		while (len > MON_RULE_TOLD_BYTES) {
			const char *lf = memchr(told, '\n', len);

			len -= (size_t)(lf + 1 - told);
			memmove(told, lf + 1, len);
		}
	}
	r = changed ? mon_kept_replace(basefd, MON_RULE_TOLD, told, len, false) : 0;
	return r < 0 ? fail(live, r, "write", MON_RULE_TOLD) : 0;
}

/* Write what this pipe owes. */
static int
send_rows(struct mon_live *live, bool fresh)
{
	char line[MON_ROW_MAX];
	int r = 0;

	for (size_t i = 0; i < live->nrows && r == 0; i++) {
		const struct mon_live_row *row = &live->rows[i];

		if (live->of[row->pipe] && (fresh || !row->fresh))
			r = mon_io_write(
			    STDOUT_FILENO, line, mon_judge_stamp(row->ts, row->vm, row->msg, line));
	}
	return r;
}

/* ---- the state, written ---- */

struct writer {
	size_t len, lines, left_out;
	bool full;
};

/* Add one line to ${text}, or none of it. */
__attribute__((format(printf, 2, 3))) static void
put(struct writer *w, const char *format, ...)
{
	const size_t room = sizeof(text) - 64 - w->len; /* the last line fits always */
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text + w->len, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room) {
		w->left_out++;
		return;
	}
	w->len += (size_t)n;
	w->lines++;
}

/* A time as a stamp, or "-". */
static const char *
stamp(int64_t ts, char ret[MON_STAMP_LEN + 1])
{
	if (ts == NEVER || !mon_stamp_format((time_t)ts, ret))
		strcpy(ret, "-");
	return ret;
}

static void
put_series(struct writer *w, const struct mon_live *live, const struct mon_series *s)
{
	const struct mon_rule *rule = &live->judge->rules->list[s->rule];
	char t[5][MON_STAMP_LEN + 1], last[MON_JUDGE_NUMBER_LEN], worst[MON_JUDGE_NUMBER_LEN];

	mon_judge_number(s->last, 9, last);
	mon_judge_number(s->worst, 9, worst);
	put(w, "series %s %s %s%s%s %s %s %s %s %s %s %s %s\n", rule->name,
	    live->judge->qubes[s->qube].vm,
	    s->instance[0] != '\0' ? rule->table->cols[rule->instance].name : "-",
	    s->instance[0] != '\0' ? "=" : "", s->instance, state_names[s->state],
	    stamp(s->since, t[0]), stamp(s->seen, t[1]), stamp(s->clear, t[2]), stamp(s->row, t[3]),
	    stamp(s->last_ts, t[4]), last, worst);
}

/*
 * Is there nothing to go on from?  What is FIRING stays; all else ends with a gap.  The clock is that
 * of the pipe: one whose runs failed will catch up.
 */
static bool
is_stale(const struct mon_live *live, const struct mon_series *s)
{
	const struct mon_table *table = live->judge->rules->list[s->rule].table;
	const int64_t last = s->state == MON_SERIES_OK ? s->last_ts : s->seen;
	const int64_t now = live->seen[pipe_of(mon_schema_kind(table))];

	return s->state != MON_SERIES_FIRING &&
	       (last == NEVER || last > now ||
		   now - last > MON_RULE_GAPS * (int64_t)mon_judge_interval(live->judge, table));
}

/* FIRING first: where there is no room it is the least that is left out. */
static size_t
format(struct mon_live *live)
{
	static const enum mon_series_state order[] = { MON_SERIES_FIRING, MON_SERIES_PENDING,
		MON_SERIES_OK };
	struct writer w = { 0 };
	char ts[MON_STAMP_LEN + 1];

	put(&w, HEAD "\n");
	for (int p = 0; p < MON_LIVE_PIPES; p++)
		put(&w, "seen %s %s\n", pipe_names[p], stamp(live->seen[p], ts));
	put(&w, "bad %s\n", stamp(live->bad_since, ts));
	for (size_t i = 0; i < live->nrows; i++)
		put(&w, "send %s %s %s %s\n", pipe_names[live->rows[i].pipe],
		    stamp(live->rows[i].ts, ts), live->rows[i].vm, live->rows[i].msg);
	for (size_t at = 0, n; at < live->nlater; at += n + 1) {
		n = (size_t)((char *)memchr(later + at, '\n', live->nlater - at) - (later + at));
		put(&w, "series %.*s\n", (int)n, later + at);
	}
	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (size_t i = 1; i <= live->judge->nseries; i++) {
			const struct mon_series *s = &live->judge->series[i];

			if (s->used && s->state == order[o] && !is_stale(live, s))
				put_series(&w, live, s);
		}
	}
	live->cut += w.left_out;
	w.len += (size_t)snprintf(text + w.len, sizeof(text) - w.len, "end %zu\n", w.lines);
	return w.len;
}

/* ---- the state, read ---- */

static bool
parse_time(struct mon_str word, int64_t *ret)
{
	time_t t = 0;

	*ret = NEVER;
	if (mon_str_is(word, "-"))
		return true;
	if (!mon_stamp_parse(word.p, word.n, &t))
		return false;
	*ret = (int64_t)t;
	return true;
}

static bool
parse_number(struct mon_str word, double *ret)
{
	if (!mon_shape_check(MON_SIGNED, word.p, word.n))
		return false;
	*ret = mon_number_value(word);
	return true;
}

/* Which of ${n} ${names} is it?  ${n}: none. */
static size_t
find_name(struct mon_str word, const char *const *names, size_t n)
{
	size_t i = 0;

	while (i < n && !mon_str_is(word, names[i]))
		i++;
	return i;
}

/* What is FIRING, but no rule looks at it any more: it is over.  Return false where it must wait. */
static bool
retire(struct mon_live *live, struct mon_str rule, struct mon_str vm, struct mon_str instance,
    int64_t since)
{
	char msg[MON_MSG_MAX + 1], after[MON_DURATION_LEN], name[MON_VM_MAX + 1];

	mon_language_duration((time_t)(live->ts - since), after);
	snprintf(msg, sizeof(msg), "!%.*s RESOLVED %.*s%safter=%s reason=removed", (int)rule.n,
	    rule.p, mon_str_is(instance, "-") ? 0 : (int)instance.n, instance.p,
	    mon_str_is(instance, "-") ? "" : " ", after);
	*(char *)mempcpy(name, vm.p, vm.n) = '\0';
	return put_row(live->ts, name, msg, live);
}

/* "COLUMN=INSTANCE" or "-" of a rule: the instance alone; false: of another column. */
static bool
cut_instance(const struct mon_rule *rule, struct mon_str word, struct mon_str *ret)
{
	const char *equals = word.n > 0 ? memchr(word.p, '=', word.n) : NULL;

	*ret = (struct mon_str){ "", 0 };
	if (mon_str_is(word, "-"))
		return rule->instance == rule->table->ncols;
	if (equals == NULL || rule->instance == rule->table->ncols ||
	    !mon_str_is((struct mon_str){ word.p, (size_t)(equals - word.p) },
		rule->table->cols[rule->instance].name))
		return false;
	*ret = (struct mon_str){ equals + 1, word.n - (size_t)(equals + 1 - word.p) };
	return ret->n > 0 && ret->n <= MON_RULE_INSTANCE_MAX;
}

static bool
parse_series(struct mon_live *live, struct mon_str rest)
{
	const struct mon_str line = rest;
	struct mon_str name = mon_str_word(&rest), vm = mon_str_word(&rest);
	struct mon_str word = mon_str_word(&rest), instance;
	struct mon_series kept = { 0 }, *s = NULL;
	size_t state, rule;

	state = find_name(mon_str_word(&rest), state_names, 3);
	if (!mon_shape_check(MON_VM, name.p, name.n) || !mon_shape_check(MON_VM, vm.p, vm.n) ||
	    word.n == 0 || word.n > MON_RULE_INSTANCE_MAX + MON_WORD_MAX || state == 3 ||
	    !parse_time(mon_str_word(&rest), &kept.since) ||
	    !parse_time(mon_str_word(&rest), &kept.seen) ||
	    !parse_time(mon_str_word(&rest), &kept.clear) ||
	    !parse_time(mon_str_word(&rest), &kept.row) ||
	    !parse_time(mon_str_word(&rest), &kept.last_ts) ||
	    !parse_number(mon_str_word(&rest), &kept.last) ||
	    !parse_number(mon_str_word(&rest), &kept.worst) || rest.n > 0 ||
	    (state != MON_SERIES_OK && kept.since == NEVER))
		return false;
	rule = mon_language_find(live->judge->rules, name);
	if (rule < live->judge->rules->n &&
	    cut_instance(&live->judge->rules->list[rule], word, &instance))
		s = mon_judge_put(live->judge, (unsigned)rule, vm, instance);
	if (s == NULL) {
		if (state == MON_SERIES_FIRING && !retire(live, name, vm, word, kept.since)) {
			memcpy(later + live->nlater, line.p, line.n);
			later[live->nlater + line.n] = '\n';
			live->nlater += line.n + 1;
		}
		return true;
	}
	s->state = (enum mon_series_state)state;
	s->since = kept.since;
	s->seen = kept.seen;
	s->clear = kept.clear;
	s->row = kept.row;
	s->last_ts = kept.last_ts;
	s->last = kept.last;
	s->worst = kept.worst;
	return true;
}

static bool
parse_send(struct mon_live *live, struct mon_str rest)
{
	const size_t pipe = find_name(mon_str_word(&rest), pipe_names, MON_LIVE_PIPES);
	struct mon_str ts = mon_str_word(&rest), vm = mon_str_word(&rest);
	struct mon_live_row row = { .pipe = (enum mon_live_pipe)pipe };
	char clean[MON_MSG_MAX];

	if (pipe == MON_LIVE_PIPES || !parse_time(ts, &row.ts) || row.ts == NEVER ||
	    !mon_shape_check(MON_VM, vm.p, vm.n) || rest.n == 0 || rest.n > MON_MSG_MAX ||
	    rest.p[0] != '!' || mon_text_clean(clean, rest.p, rest.n, true) != rest.n ||
	    memcmp(clean, rest.p, rest.n) != 0 || live->nrows == MON_RULE_OUTBOX_MAX)
		return false;
	memcpy(row.vm, vm.p, vm.n);
	memcpy(row.msg, rest.p, rest.n);
	live->rows[live->nrows++] = row;
	return true;
}

static bool
parse_line(struct mon_live *live, struct mon_str line)
{
	struct mon_str key = mon_str_word(&line);
	size_t pipe;

	if (mon_str_is(key, "series"))
		return parse_series(live, line);
	if (mon_str_is(key, "send"))
		return parse_send(live, line);
	if (mon_str_is(key, "bad"))
		return parse_time(line, &live->bad_since);
	if (!mon_str_is(key, "seen"))
		return false;
	pipe = find_name(mon_str_word(&line), pipe_names, MON_LIVE_PIPES);
	return pipe < MON_LIVE_PIPES && parse_time(line, &live->seen[pipe]);
}

/* Read the state.  Return 1, 0 if there is no good one, -ENOENT if there is none, or -errno. */
static int
load(struct mon_live *live, int basefd)
{
	struct mon_str line = { NULL, 0 };
	struct mon_line lines;
	size_t len = 0, n = 0;
	uint64_t said = 0;
	int r = mon_io_slurp_file(basefd, MON_LIVE_STATE, text, sizeof(text), &len);

	if (r < 0)
		return r == -EFBIG ? 0 : r;
	mon_line_memory(&lines, text, len, MON_STAMPED_MAX);
	for (; (r = mon_line_next(&lines, &line.p, &line.n)) == MON_LINE_OK; n++) {
		if (n == 0 ? !mon_str_is(line, HEAD) : mon_str_begins(line, "end "))
			break;
		if (n > 0 && !parse_line(live, line))
			return 0;
	}
	/* The last line says how many there are: half a file is none. */
	return r == MON_LINE_OK && n > 0 && mon_str_begins(line, "end ") &&
	       mon_shape_number(line.p + 4, line.n - 4, &said) && said == n;
}

/* ---- the record ---- */

/* One row of ours, as tell_firing() or tell_resolved() wrote it. */
static void
apply_row(void *ctx, const struct mon_rec *rec)
{
	struct mon_live *live = ctx;
	const struct mon_rule *rule;
	struct mon_str msg = rec->payload.untrusted_text;
	struct mon_str name = mon_str_word(&msg), what = mon_str_word(&msg), word, instance;
	struct mon_series *s;
	bool firing = mon_str_is(what, "FIRING");
	size_t index;

	if (name.n < 2 || name.p[0] != '!' || (!firing && !mon_str_is(what, "RESOLVED")))
		return;
	name = (struct mon_str){ name.p + 1, name.n - 1 };
	if (mon_str_is(name, MON_RULE_OWN))
		live->bad_since = firing ? rec->t : NEVER;
	index = mon_language_find(live->judge->rules, name);
	if (index == live->judge->rules->n)
		return;
	rule = &live->judge->rules->list[index];
	word =
	    rule->instance < rule->table->ncols ? mon_str_word(&msg) : (struct mon_str){ "-", 1 };
	if (!cut_instance(rule, word, &instance))
		return;
	s = mon_judge_put(live->judge, (unsigned)index, rec->vm, instance);
	if (s == NULL)
		return;
	s->state = firing ? MON_SERIES_FIRING : MON_SERIES_OK;
	s->since = s->seen = s->row = rec->t;
	s->clear = NEVER;
	while (firing && msg.n > 0) {
		const size_t n = strlen(rule->shown);

		word = mon_str_word(&msg);
		if (mon_str_begins(word, "since="))
			parse_time((struct mon_str){ word.p + 6, word.n - 6 }, &s->since);
		else if (word.n > n && mon_str_begins(word, rule->shown) && word.p[n] == '=' &&
			 parse_number(
			     (struct mon_str){ word.p + n + 1, word.n - n - 1 }, &s->worst))
			s->worst *= rule->shown_per;
	}
	if (s->since == NEVER)
		s->since = rec->t;
}

/* Is ${err} that of a file which is none of ours, and will not be at the next run, either? */
static bool
is_not_ours(int err)
{
	return err == -EBADMSG || mon_io_is_no_file(err);
}

/* Judge the rows of the open ${day_files}; those of a kind that is not in ${kinds} are witnesses.
   Return 0, or -errno: some were not read. */
static int
replay_day(struct mon_live *live, unsigned kinds)
{
	struct mon_rec rec;
	int r = 0;

	while (mon_reader_day_next(&day_files, &rec) == 1) {
		if ((kinds >> mon_schema_kind(rec.payload.table) & 1) == 0)
			mon_judge_witness(live->judge, &rec);
		else if (mon_schema_kind(rec.payload.table) != MON_KIND_ALERT)
			mon_judge_line(live->judge, &rec);
		else if (live->hold)
			apply_row(live, &rec);
	}
	for (size_t k = 0; k < MON_KINDS; k++)
		if ((kinds >> k & 1) != 0 && day_files.err[k] < 0 && !is_not_ours(day_files.err[k]))
			r = fail(live, day_files.err[k], "read", mon_schema[k].file);
	return r;
}

/*
 * Judge what the record has from ${from} to before ${to}, of the kinds in ${kinds}.  Where a rule asks
 * whether a qube lies, what the judge compares is read with Xen's figures; with no kinds it alone.
 * Return 0, or -errno: then not all was read, and a later run shall do it.
 */
static int
replay(struct mon_live *live, int basefd, int64_t from, int64_t to, unsigned kinds)
{
	const bool lies =
	    live->judge->lies && live->xen && (kinds == 0 || (kinds >> MON_KIND_XEN & 1) != 0);
	const struct mon_reader_filter filter = {
		.from = (time_t)from, .to = (time_t)to, .kinds = kinds | (lies ? MON_LIE_KINDS : 0)
	};
	long first = 0, last = 0;
	int r = 0;

	if (filter.kinds == 0)
		return 0;
	if (from >= to || !mon_zone_day((time_t)from, &first) || !mon_zone_day((time_t)to, &last))
		return 0;
	for (long day = first; day <= last && r == 0; day++) {
		r = mon_reader_day_open(&day_files, basefd, day, &filter);
		if (r == -ENOENT || r == -ENOTDIR) {
			r = 0;
			continue;
		}
		if (r < 0)
			return fail(live, r, "read", "a day");
		r = replay_day(live, kinds);
		mon_reader_day_close(&day_files);
	}
	return r;
}

/* The kinds whose lines come in ${pipe}, as a mask. */
static unsigned
kinds_of(const struct mon_live *live, enum mon_live_pipe pipe)
{
	unsigned kinds = 0;

	for (unsigned k = 0; k < MON_KINDS; k++)
		if (pipe_of((enum mon_kind)k) == pipe && matters(live->judge, (enum mon_kind)k))
			kinds |= 1u << k;
	return kinds;
}

/* What is FIRING, by the rows of ours in the record from ${from} to before ${to} (0: no end). */
static void
recall(struct mon_live *live, int basefd, int64_t from, int64_t to)
{
	const struct mon_reader_filter filter = { .from = (time_t)from, .to = (time_t)to };

	mon_incidents_read(&file, basefd, LONG_MAX, &filter, apply_row, live);
}

/*
 * There is no good state: make it anew from the record.  Which incidents there are say the rows of
 * ours; the samples of the last while say only what is pending, and how long it is clear.
 */
static int
rebuild(struct mon_live *live, int basefd)
{
	const struct mon_rules *rules = live->judge->rules;
	int64_t span = MON_RULE_GONE_S;
	int r;

	for (size_t i = 0; i < rules->n; i++) {
		if (rules->list[i].hold > span)
			span = rules->list[i].hold;
		if (rules->list[i].until_hold > span)
			span = rules->list[i].until_hold;
	}
	span += MON_RULE_GAPS * MON_RULE_LIST_S;
	if (span > MON_RULE_CATCH_UP_S)
		span = MON_RULE_CATCH_UP_S;
	live->nrows = 0;
	live->bad_since = NEVER;
	live->hold = true;
	recall(live, basefd, 0, live->ts - span);
	r = replay(live, basefd, live->ts - span, live->ts,
	    kinds_of(live, MON_LIVE_POLL) | kinds_of(live, MON_LIVE_QUBES) | 1u << MON_KIND_ALERT);
	/* What the other pipe did in this very second, or before the clock was set back, counts. */
	for (int p = 0; p < MON_LIVE_PIPES && r == 0; p++)
		if (!live->of[p])
			r = replay(live, basefd, live->ts, live->ts + 1,
			    kinds_of(live, (enum mon_live_pipe)p));
	recall(live, basefd, live->ts, 0);
	live->hold = false;
	for (int p = 0; p < MON_LIVE_PIPES; p++)
		live->seen[p] = live->ts; /* the other pipe has nothing to catch up with, either */
	return r;
}

/*
 * Up to where the record may have lines that no run of pipe ${p} has seen.  Where the clock was set back
 * since the last one, only what follows at once: behind a gap there may be lines of another time at which
 * it was ahead.
 */
static int64_t
unseen_until(const struct mon_live *live, int p)
{
	const int64_t every =
	    p == MON_LIVE_QUBES ? MON_RULE_LIST_S : (int64_t)live->judge->interval;
	const int64_t seen = live->seen[p];

	if (!live->of[p] || seen == NEVER || live->ts == seen)
		return NEVER;
	if (live->ts < seen)
		return seen + MON_RULE_GAPS * every + 1;
	if (live->ts - seen <= every + every / 2)
		return NEVER; /* none is missing */
	return live->ts - seen <= MON_RULE_CATCH_UP_S ? live->ts : seen + MON_RULE_CATCH_UP_S;
}

/* The lines that the runs of this pipe did not see, because there were none, or they failed. */
static int
catch_up(struct mon_live *live, int basefd)
{
	const size_t first = live->nrows;
	int r = 0;

	for (int p = 0; p < MON_LIVE_PIPES && r == 0; p++) {
		const int64_t until = unseen_until(live, p);

		if (until != NEVER)
			r = replay(live, basefd, live->seen[p] + 1, until,
			    kinds_of(live, (enum mon_live_pipe)p));
	}
	/* A clock that went back and forth makes them twice. */
	return r < 0 ? r : confirm(live, basefd, first);
}

/* ---- one run ---- */

static void
judge_lines(struct mon_live *live)
{
	struct mon_rec rec;
	size_t at = 0;

	while (next_line(live, &at, &rec))
		mon_judge_line(live->judge, &rec);
	mon_judge_end(live->judge);
}

/* What is wrong with the rules is an incident, too. */
static void
judge_rules(struct mon_live *live)
{
	char msg[MON_MSG_MAX + 1], after[MON_DURATION_LEN];

	if (live->judge->rules->bad > 0 && live->bad_since == NEVER) {
		if (mon_judge_tell_bad(live->judge, live->ts))
			live->bad_since = live->ts;
	} else if (live->judge->rules->bad == 0 && live->bad_since != NEVER) {
		mon_language_duration((time_t)(live->ts - live->bad_since), after);
		snprintf(msg, sizeof(msg), "!" MON_RULE_OWN " RESOLVED after=%s", after);
		if (put_row(live->ts, live->judge->self, msg, live))
			live->bad_since = NEVER;
	}
}

/* Begin from nothing. */
static void
reset(struct mon_live *live)
{
	live->nrows = live->nlater = 0;
	live->bad_since = NEVER;
	for (int p = 0; p < MON_LIVE_PIPES; p++)
		live->seen[p] = NEVER;
	mon_judge_reset(live->judge);
}

static int
judge_all(struct mon_live *live, int basefd)
{
	int r;

	reset(live);
	r = load(live, basefd);
	if (r < 0 && r != -ENOENT)
		return fail(live, r, "read", MON_LIVE_STATE);
	live->damaged = r == 0;
	if (r <= 0) {
		reset(live); /* of what half of it said */
		r = rebuild(live, basefd);
	} else {
		r = confirm(live, basefd, 0);
		if (r == 0)
			r = catch_up(live, basefd);
	}
	if (r < 0)
		return r;
	/* What the qubes said in the minute of Xen's figures; where it cannot be read, nobody lies. */
	if (live->xen)
		(void)replay(live, basefd, live->ts - MON_LIE_GAP_S, live->ts, 0);
	judge_lines(live);
	judge_rules(live);
	for (int p = 0; p < MON_LIVE_PIPES; p++)
		if (live->of[p])
			live->seen[p] = live->ts;
	return 0;
}

static int
locked(struct mon_live *live, int basefd)
{
	int r = judge_all(live, basefd), sent;

	if (r == 0)
		r = show_rows(live, basefd);
	if (r < 0)
		return r;
	/* Only what is sent must not be forgotten; what is pending can be found in the record. */
	r = mon_kept_replace(basefd, MON_LIVE_STATE, text, format(live), live->nrows > 0);
	sent = send_rows(live, r == 0);
	if (r < 0)
		return fail(live, r, "write", MON_LIVE_STATE);
	return sent < 0 ? fail(live, sent, "write to", "stdout") : 0;
}

int
mon_live_finish(struct mon_live *live, int basefd)
{
	cleanup_fd int lockfd = -1;
	struct mon_rec rec;
	size_t at = 0;
	int r;

	live->judge->tell = put_row;
	live->judge->ctx = live;
	if (!next_line(live, &at, &rec))
		return 0; /* nothing was asked, so nothing is known */
	live->ts = rec.t;
	lockfd = openat(basefd, MON_LIVE_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lockfd < 0)
		return fail(live, -errno, "open", MON_LIVE_LOCK);
	r = mon_dir_lock(lockfd, MON_LOCK_MS);
	if (r < 0)
		return fail(live, r, "lock", MON_LIVE_LOCK);
	return locked(live, basefd);
}

int
mon_live_look(struct mon_live *live, int basefd)
{
	reset(live);
	return load(live, basefd); /* without the lock: it is replaced as a whole */
}
