/* language.c - the rules file; see language.h. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "exclude.h"
#include "language.h"
#include "lie.h"
#include "number.h"
#include "qubes.h"
#include "result.h"
#include "shape.h"
#include "text.h"

#define BLANKS " \t"
#define WORD_SHOWN 40 /* bytes of a word in a message */

/* One line that is being read. */
struct source {
	const char *begin, *p, *end;
	struct mon_rule_mistake *mistake;
};

const char *const mon_rule_urgencies[MON_URGENCIES] = { "low", "normal", "critical" };
static const char *const op_names[] = { ">", ">=", "<", "<=", "=", "!=" };

/* ---- reading a line ---- */

/* Say what is wrong at ${at}; always false. */
__attribute__((format(printf, 3, 4))) static bool
wrong(struct source *s, const char *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->mistake->text, sizeof(s->mistake->text), format, args);
	va_end(args);
	s->mistake->column = (unsigned)(at - s->begin) + 1;
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void
skip_blanks(struct source *s)
{
	while (s->p < s->end && is_blank(*s->p))
		s->p++;
	if (s->p < s->end && *s->p == '#')
		s->end = s->p; /* a comment */
}

/* The bytes up to a blank or one of ${stops}; maybe none. */
static struct mon_str
take(struct source *s, const char *stops)
{
	struct mon_str word;

	skip_blanks(s);
	word.p = s->p;
	while (s->p < s->end && !is_blank(*s->p) && strchr(stops, *s->p) == NULL)
		s->p++;
	word.n = (size_t)(s->p - word.p);
	return word;
}

/* The same without moving on. */
static struct mon_str
look(const struct source *s, const char *stops)
{
	struct source ahead = *s;

	return take(&ahead, stops);
}

/* Take ${word}, if it comes next. */
static bool
took(struct source *s, const char *word)
{
	struct mon_str next = look(s, "");

	if (!mon_str_is(next, word))
		return false;
	take(s, "");
	return true;
}

/* How a word is shown in a message: never more than WORD_SHOWN bytes. */
#define SHOWN(w) (int)((w).n < WORD_SHOWN ? (w).n : WORD_SHOWN), (w).n > 0 ? (w).p : ""

/* ---- did you mean ---- */

/* How many letters must be changed, added or left out: Levenshtein's distance, at most 255. */
static size_t
distance(struct mon_str a, const char *b)
{
	unsigned char row[64];
	const size_t n = strlen(b);

	if (a.n >= sizeof(row) || n >= sizeof(row))
		return 255;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned char)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned char corner = row[0];

		row[0] = (unsigned char)i;
		for (size_t j = 1; j <= n; j++) {
			const unsigned char above = row[j];
			unsigned char best =
			    (unsigned char)(corner + (a.p[i - 1] != b[j - 1] ? 1 : 0));

			if (above + 1 < best)
				best = (unsigned char)(above + 1);
			if (row[j - 1] + 1 < best)
				best = (unsigned char)(row[j - 1] + 1);
			corner = above;
			row[j] = best;
		}
	}
	return row[n];
}

/* Keep ${candidate} in ${best} if it is nearer to what was written. */
static void
consider(struct mon_str written, const char *candidate, const char **best, size_t *nearest)
{
	const size_t d = distance(written, candidate);

	if (d < *nearest && d <= 1 + written.n / 3) {
		*best = candidate;
		*nearest = d;
	}
}

/* ---- times and limits ---- */

/* The whole of ${word} as a time: "90s", "1h30m". */
static bool
parse_time(struct source *s, struct mon_str word, time_t *ret)
{
	static const char units[] = "smhd";
	static const time_t seconds[] = { 1, 60, 3600, 86400 };
	time_t total = 0, last = MON_RULE_HOLD_MAX_S + 1;

	for (const char *p = word.p, *end = word.p + word.n; p < end;) {
		const char *digits = p, *unit;
		uint64_t n = 0;

		p = mon_shape_skip_digits(p, end);
		if (!mon_shape_number(digits, (size_t)(p - digits), &n))
			return wrong(s, word.p, "'%.*s' is no time; write it like 90s, 5m or 1h30m",
			    SHOWN(word));
		if (p == end)
			return wrong(
			    s, p, "a unit is missing behind '%.*s': s, m, h or d", SHOWN(word));
		unit = memchr(units, *p++, sizeof(units) - 1);
		if (unit == NULL || seconds[unit - units] >= last || n > MON_RULE_HOLD_MAX_S)
			return wrong(s, word.p, "'%.*s' is no time; write it like 90s, 5m or 1h30m",
			    SHOWN(word));
		last = seconds[unit - units];
		total += (time_t)n * last;
		if (total > MON_RULE_HOLD_MAX_S)
			return wrong(s, word.p, "'%.*s' is longer than %d days", SHOWN(word),
			    MON_RULE_HOLD_MAX_S / 86400);
	}
	*ret = total;
	return true;
}

static bool
take_time(struct source *s, time_t *ret)
{
	struct mon_str word = take(s, "");

	if (word.n == 0)
		return wrong(s, word.p, "a time is missing behind 'for', such as 5m");
	return parse_time(s, word, ret);
}

static bool
take_op(struct source *s, enum mon_rule_op *ret)
{
	struct mon_str word;

	skip_blanks(s);
	word.p = s->p;
	while (s->p < s->end && strchr("<>=!", *s->p) != NULL && *s->p != '\0')
		s->p++;
	word.n = (size_t)(s->p - word.p);
	for (size_t i = 0; i < sizeof(op_names) / sizeof(op_names[0]); i++) {
		if (mon_str_is(word, op_names[i])) {
			*ret = (enum mon_rule_op)i;
			return true;
		}
	}
	if (mon_str_is(word, "=="))
		return wrong(s, word.p, "'==' is written '=' here");
	if (word.n > 0)
		return wrong(
		    s, word.p, "'%.*s' compares nothing; write >, >=, <, <=, = or !=", SHOWN(word));
	word = take(s, "");
	if (word.n == 0)
		return wrong(s, word.p, "a comparison is missing: >, >=, <, <=, = or !=");
	return wrong(s, word.p, "expected >, >=, <, <=, = or !=, found '%.*s'", SHOWN(word));
}

static bool
ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* Sizes, in bytes. */
static const struct {
	const char *name;
	double bytes;
} sizes[] = {
	{ "B", 1 },
	{ "kB", 1e3 },
	{ "MB", 1e6 },
	{ "GB", 1e9 },
	{ "TB", 1e12 },
	{ "KiB", 1024 },
	{ "MiB", 1048576 },
	{ "GiB", 1073741824 },
	{ "TiB", 1099511627776 },
};

/* Is the word, which stands behind a number and a blank, its unit? */
static bool
is_unit(struct mon_str word)
{
	if (word.n > 2 && memcmp(word.p + word.n - 2, "/s", 2) == 0)
		word.n -= 2;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (mon_str_is(word, sizes[i].name))
			return true;
	return mon_str_is(word, "%");
}

/* Bring ${limit}, which stands before ${unit}, into the unit of the rule's column. */
static bool
apply_unit(struct source *s, struct mon_rule *rule, struct mon_str unit, double *limit)
{
	const struct mon_col *col = &rule->table->cols[rule->col];
	const bool kib = strcmp(col->unit, "KiB") == 0;

	if (unit.n >= 2 && memcmp(unit.p + unit.n - 2, "/s", 2) == 0) {
		if (!rule->rate)
			return wrong(s, unit.p + unit.n - 2,
			    "'/s' fits a rate only, such as rate(network.tx_bytes) > 1MiB/s");
		unit.n -= 2;
	}
	if (unit.n == 0)
		return true;
	if (mon_str_is(unit, "%")) {
		if (rule->rate && (ends_with(col->name, "_us") || ends_with(col->name, "_ms"))) {
			rule->shown_per = ends_with(col->name, "_us") ? 1e4 : 10;
			*limit *= rule->shown_per;
			return true;
		}
		if (!rule->rate && (col->shape == MON_PERCENT || strcmp(col->unit, "%") == 0))
			return true;
		return wrong(s, unit.p, "'%%' does not fit %s: it is no percentage", rule->shown);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (!mon_str_is(unit, sizes[i].name))
			continue;
		if (!kib && strcmp(col->unit, "B") != 0)
			return wrong(s, unit.p, "'%s' does not fit %s: it is no number of bytes",
			    sizes[i].name, rule->shown);
		*limit *= kib ? sizes[i].bytes / 1024 : sizes[i].bytes;
		return true;
	}
	return wrong(s, unit.p,
	    "'%.*s' is no unit; there are %%, B, kB, MB, GB, TB, KiB, MiB, GiB and TiB, "
	    "and /s behind one of a rate",
	    SHOWN(unit));
}

/* Can a row have ${word} in the rule's column of words?  If not, say which words there are. */
static bool
is_in_rows(struct source *s, const struct mon_rule *rule, struct mon_str word)
{
	const bool state = rule->table == &mon_schema[MON_KIND_STATE];
	const int first = state ? 0 : MON_RESULT_OK, end = state ? MON_QUBES_STATES : MON_RESULTS;
	char all[MON_RULE_MISTAKE_MAX] = "";
	size_t n = 0;

	for (int i = first; i < end; i++) {
		const char *one = state ? mon_qubes_states[i] : mon_result_name((enum mon_result)i);

		if (mon_str_is(word, one))
			return true;
		if (n < sizeof(all))
			n += (size_t)snprintf(
			    all + n, sizeof(all) - n, "%s%s", i > first ? ", " : "", one);
	}
	return wrong(s, word.p, "'%.*s' is no %s; there are %s", SHOWN(word),
	    rule->table->cols[rule->col].name, all);
}

/* A limit, of words or of numbers as the rule's column is. */
static bool
take_limit(struct source *s, struct mon_rule *rule, struct mon_rule_level *level)
{
	const struct mon_col *col = &rule->table->cols[rule->col];
	struct mon_str word = take(s, ""), number = word;
	const char *p;

	if (word.n == 0)
		return wrong(s, word.p, "a limit is missing behind '%s'", op_names[level->op]);
	if (col->shape == MON_WORD) {
		if (!is_in_rows(s, rule, word))
			return false;
		if (level->op != MON_OP_EQ && level->op != MON_OP_NE)
			return wrong(
			    s, word.p, "%s is a word: compare it with = or !=", rule->shown);
		*(char *)mempcpy(level->word, word.p, word.n) = '\0';
		return true;
	}
	p = word.p + (*word.p == '-');
	p = mon_shape_skip_digits(p, s->p);
	if (p < s->p && *p == '.')
		p = mon_shape_skip_digits(p + 1, s->p);
	number.n = (size_t)(p - word.p);
	if (!mon_shape_check(MON_SIGNED, number.p, number.n))
		return wrong(s, word.p, "'%.*s' is no number", SHOWN(word));
	level->limit = mon_number_value(number);
	word = (struct mon_str){ p, word.n - number.n };
	if (word.n == 0 && is_unit(look(s, "")))
		word = take(s, "");
	return apply_unit(s, rule, word, &level->limit);
}

/* ---- columns ---- */

static bool
is_figure(const struct mon_col *col)
{
	return col->shape == MON_INT || col->shape == MON_DECIMAL || col->shape == MON_SIGNED ||
	       col->shape == MON_PERCENT || col->shape == MON_WORD;
}

/* The name of a table's file without ".csv", for "%.*s". */
#define STEM(table) (int)strcspn((table)->file, "."), (table)->file

/* Does ${stem} name the file of ${table}, without its ".csv"? */
static bool
is_stem(const struct mon_table *table, struct mon_str stem)
{
	const size_t n = strlen(table->file) - strlen(".csv");

	return stem.n == n && memcmp(table->file, stem.p, n) == 0;
}

static bool
find_in(const struct mon_table *table, struct mon_str name, size_t *ret)
{
	for (size_t i = 0; i < table->ncols; i++) {
		if (mon_str_is(name, table->cols[i].name) && is_figure(&table->cols[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* There is no such column in ${table} (NULL: in any): say which is near, or where it stands. */
static bool
no_column(struct source *s, struct mon_str name, const struct mon_table *table)
{
	const struct mon_table *other = NULL;
	const char *best = NULL;
	size_t nearest = 255, col;

	for (size_t i = 0; i < MON_KINDS; i++) {
		if (other == NULL && find_in(&mon_schema[i], name, &col))
			other = &mon_schema[i];
		for (size_t c = 0; c < mon_schema[i].ncols; c++)
			if ((table == NULL || table == &mon_schema[i]) &&
			    is_figure(&mon_schema[i].cols[c]))
				consider(name, mon_schema[i].cols[c].name, &best, &nearest);
	}
	if (table == NULL)
		consider(name, "cpu", &best, &nearest);
	else if (other != NULL)
		return wrong(s, name.p, "%s has no column '%.*s'; did you mean %.*s.%.*s?",
		    table->file, SHOWN(name), STEM(other), SHOWN(name));
	return wrong(s, name.p, "there is no column '%.*s'%s%s to compare%s%s%s", SHOWN(name),
	    table != NULL ? " in " : "", table != NULL ? table->file : "",
	    best != NULL ? "; did you mean " : "", best != NULL ? best : "",
	    best != NULL ? "?" : "; mon-split --schema prints all");
}

/* A bare column must stand in one file only. */
static bool
find_bare(struct source *s, struct mon_str name, struct mon_rule *rule)
{
	const struct mon_table *found = NULL;
	size_t col = 0;

	if (mon_str_is(name, "cpu")) {
		rule->table = &mon_schema[MON_KIND_SYS];
		rule->busy = true;
		return find_in(rule->table, (struct mon_str){ "cpu_idle", 8 }, &rule->col);
	}
	for (size_t i = 0; i < MON_KINDS; i++) {
		const struct mon_table *table = &mon_schema[i];

		if (!find_in(table, name, &col))
			continue;
		if (found != NULL)
			return wrong(s, name.p,
			    "'%.*s' is a column of %s and of %s; write %.*s.%.*s or %.*s.%.*s",
			    SHOWN(name), found->file, table->file, STEM(found), SHOWN(name),
			    STEM(table), SHOWN(name));
		found = table;
		rule->col = col;
	}
	if (found == NULL)
		return no_column(s, name, NULL);
	rule->table = found;
	return true;
}

/* There is no file of the name ${stem}: say which is near. */
static bool
no_file(struct source *s, struct mon_str stem, struct mon_str col)
{
	char stems[MON_KINDS][MON_NAME_MAX + 1];
	const char *best = NULL;
	size_t nearest = 255;

	for (size_t i = 0; i < MON_KINDS; i++) {
		snprintf(stems[i], sizeof(stems[i]), "%.*s", STEM(&mon_schema[i]));
		/* Who writes a kind means its file. */
		if (mon_str_is(stem, mon_schema[i].kind)) {
			best = stems[i];
			nearest = 0;
		}
		consider(stem, stems[i], &best, &nearest);
	}
	if (best == NULL)
		return wrong(s, stem.p,
		    "there is no file '%.*s.csv'; mon-split --schema prints all", SHOWN(stem));
	return wrong(s, stem.p, "there is no file '%.*s.csv'; did you mean %s.%.*s?", SHOWN(stem),
	    best, SHOWN(col));
}

/* FILE.COLUMN, the file by its name without ".csv". */
static bool
find_column(struct source *s, struct mon_str name, struct mon_rule *rule)
{
	const char *dot = name.n > 0 ? memchr(name.p, '.', name.n) : NULL;
	struct mon_str stem, col;

	if (dot == NULL)
		return find_bare(s, name, rule);
	stem = (struct mon_str){ name.p, (size_t)(dot - name.p) };
	col = (struct mon_str){ dot + 1, name.n - stem.n - 1 };
	for (size_t i = 0; i < MON_KINDS; i++) {
		if (!is_stem(&mon_schema[i], stem))
			continue;
		rule->table = &mon_schema[i];
		return find_in(rule->table, col, &rule->col) || no_column(s, col, rule->table);
	}
	return no_file(s, stem, col);
}

/* The column that names what a row is of: the last name before the figures. */
static size_t
instance_of(const struct mon_table *table)
{
	size_t found = table->ncols;

	for (size_t i = 0; i < table->ncols; i++)
		if (table->cols[i].shape == MON_NAME)
			found = i;
	return found;
}

/* ---- the clauses ---- */

static enum mon_rule_op
negate(enum mon_rule_op op)
{
	switch (op) {
	case MON_OP_GT: return MON_OP_LE;
	case MON_OP_GE: return MON_OP_LT;
	case MON_OP_LT: return MON_OP_GE;
	case MON_OP_LE: return MON_OP_GT;
	case MON_OP_EQ: return MON_OP_NE;
	case MON_OP_NE: return MON_OP_EQ;
	}
	return op;
}

static bool
take_value(struct source *s, struct mon_rule *rule)
{
	struct mon_str name = take(s, "<>=!");
	const char *at = name.p;

	if (name.n == 0)
		return wrong(s, at, "a condition is missing, such as cpu > 90%%");
	if (mon_str_begins(name, "rate(")) {
		rule->rate = true;
		if (name.p[name.n - 1] != ')')
			return wrong(s, at + name.n, "a ')' is missing behind the column");
		name = (struct mon_str){ name.p + 5, name.n - 6 };
	} else if (memchr(name.p, '(', name.n) != NULL) {
		return wrong(s, at, "there is only rate(COLUMN); other functions are not known");
	}
	if (!find_column(s, name, rule))
		return false;
	if (rule->rate && (rule->busy || rule->table->cols[rule->col].shape != MON_INT))
		return wrong(s, name.p, "'%.*s' is no counter, so it has no rate", SHOWN(name));
	snprintf(rule->shown, sizeof(rule->shown), "%.*s", (int)(s->p - at), at);
	if (strlen(rule->shown) != (size_t)(s->p - at))
		return wrong(s, at, "the value is longer than %d bytes", MON_RULE_SHOWN_MAX);
	return true;
}

static bool
take_condition(struct source *s, struct mon_rule *rule)
{
	if (took(s, "missing")) {
		rule->missing = true;
		rule->table = &mon_schema[MON_KIND_SCRAPE];
		rule->when = (struct mon_rule_level){ .op = MON_OP_NE };
		strcpy(rule->when.word, mon_result_name(MON_RESULT_OK));
		strcpy(rule->shown, "result");
		return find_in(rule->table, (struct mon_str){ "result", 6 }, &rule->col);
	}
	if (took(s, "lies")) {
		/* The judge gives 1 where the figures differ, else 0; it reads xen.csv, and asks the rest. */
		rule->lies = true;
		rule->table = &mon_schema[MON_KIND_XEN];
		rule->when = (struct mon_rule_level){ .op = MON_OP_GT, .limit = 0 };
		rule->hold = rule->until_hold = MON_LIE_FOR_S;
		strcpy(rule->shown, "lies");
		return true;
	}
	return take_value(s, rule) && take_op(s, &rule->when.op) &&
	       take_limit(s, rule, &rule->when);
}

/* A glob: bytes that a name can have, and "*" and "?". */
static bool
take_glob(struct source *s, const char *stops, const char *of, char ret[MON_RULE_GLOB_MAX + 1])
{
	struct mon_str word = take(s, stops);

	if (word.n == 0)
		return wrong(s, word.p, "%s is missing", of);
	if (word.n > MON_RULE_GLOB_MAX)
		return wrong(s, word.p, "%s is longer than %d bytes", of, MON_RULE_GLOB_MAX);
	for (size_t i = 0, n; i < word.n; i += n) {
		n = mon_text_rune(word.p + i, word.n - i);
		if (n == 0)
			return wrong(s, word.p + i, "an odd byte; write it as \\ooo");
	}
	*(char *)mempcpy(ret, word.p, word.n) = '\0';
	return true;
}

static bool
take_test(struct source *s, struct mon_rule *rule)
{
	struct mon_rule_test *t = &rule->test[rule->tests];
	struct mon_str name = take(s, "=!<>");
	enum mon_rule_op op = MON_OP_EQ;
	const char *at;

	if (rule->tests == MON_RULE_TESTS_MAX)
		return wrong(s, name.p, "more than %d tests behind 'where'", MON_RULE_TESTS_MAX);
	if (name.n == 0)
		return wrong(s, name.p, "a test is missing, such as where mount=/rw");
	t->col = rule->table->ncols;
	for (size_t i = 0; i < rule->table->ncols; i++)
		if (mon_str_is(name, rule->table->cols[i].name) &&
		    (rule->table->cols[i].shape == MON_NAME ||
			rule->table->cols[i].shape == MON_WORD))
			t->col = i;
	if (t->col == rule->table->ncols && rule->instance == rule->table->ncols)
		return wrong(
		    s, name.p, "%s has no column for 'where': one row a qube", rule->table->file);
	if (t->col == rule->table->ncols)
		return wrong(s, name.p, "'%.*s' is no name in %s; did you mean %s?", SHOWN(name),
		    rule->table->file, rule->table->cols[rule->instance].name);
	skip_blanks(s);
	at = s->p;
	if (!take_op(s, &op))
		return false;
	if (op != MON_OP_EQ && op != MON_OP_NE)
		return wrong(s, at, "a name is compared with = or !=");
	t->unlike = op == MON_OP_NE;
	if (!take_glob(s, "", "a name", t->glob))
		return false;
	rule->tests++;
	return true;
}

static bool
take_where(struct source *s, struct mon_rule *rule)
{
	do {
		if (!take_test(s, rule))
			return false;
	} while (took(s, "and"));
	return true;
}

/* Would ${until} be true where ${when} is? */
static bool
overlaps(const struct mon_rule_level *when, const struct mon_rule_level *until)
{
	const bool up = when->op == MON_OP_GT || when->op == MON_OP_GE;
	const bool down = when->op == MON_OP_LT || when->op == MON_OP_LE;

	if (up && until->op != MON_OP_LT && until->op != MON_OP_LE)
		return true;
	if (down && until->op != MON_OP_GT && until->op != MON_OP_GE)
		return true;
	if (up || down) {
		/* At the same number one of the two must leave it to the other. */
		if (until->limit == when->limit)
			return (when->op == MON_OP_GE || when->op == MON_OP_LE) &&
			       (until->op == MON_OP_LE || until->op == MON_OP_GE);
		return up ? until->limit > when->limit : until->limit < when->limit;
	}
	if (when->word[0] != '\0')
		return mon_language_holds(
			   until, 0, (struct mon_str){ when->word, strlen(when->word) }) ==
		       (when->op == MON_OP_EQ);
	return mon_language_holds(until, when->limit, (struct mon_str){ NULL, 0 }) ==
	       (when->op == MON_OP_EQ);
}

static bool
take_until(struct source *s, struct mon_rule *rule)
{
	const char *at;

	if (rule->missing)
		return wrong(s, s->p, "'missing' ends when the qube answers; leave 'until' out");
	if (rule->lies)
		return wrong(s, s->p, "'lies' ends after %d minutes without; leave 'until' out",
		    MON_LIE_FOR_S / 60);
	skip_blanks(s);
	at = s->p;
	if (!take_op(s, &rule->until.op) || !take_limit(s, rule, &rule->until))
		return false;
	if (overlaps(&rule->when, &rule->until))
		return wrong(s, at,
		    "'until' would be true while the condition is; give a level on "
		    "its other side");
	return !took(s, "for") || take_time(s, &rule->until_hold);
}

static bool
take_globs(struct source *s, struct mon_rule_globs *ret)
{
	do {
		struct mon_str word = look(s, ",");

		if (ret->n == MON_RULE_GLOBS_MAX)
			return wrong(s, s->p, "more than %d names of qubes", MON_RULE_GLOBS_MAX);
		if (!take_glob(s, ",", "the name of a qube", ret->list[ret->n]))
			return false;
		/* Of fnmatch(3) there are only "*" and "?" here. */
		if (!mon_exclude_is_glob(word.p, word.n) ||
		    strpbrk(ret->list[ret->n], "[]!^") != NULL)
			return wrong(s, word.p,
			    "'%.*s' can be no qube: write letters, digits, '_', '-', '.', and * and "
			    "? for any; who is left out stands behind 'except'",
			    SHOWN(word));
		ret->n++;
		skip_blanks(s);
	} while (s->p < s->end && *s->p == ',' && s->p++ != NULL);
	return true;
}

/* The time of the condition itself. */
static bool
take_hold(struct source *s, struct mon_rule *rule)
{
	const char *at;

	skip_blanks(s);
	at = s->p;
	if (!take_time(s, &rule->hold))
		return false;
	return !rule->lies || rule->hold >= MON_LIE_FOR_S ||
	       wrong(s, at, "'lies' needs %dm at least: an honest qube differs for a minute or two",
		   MON_LIE_FOR_S / 60);
}

/* What stands where a clause should begin. */
static bool
no_clause(struct source *s, const char *could_be)
{
	static const char *const words[] = { "where", "for", "until", "on", "except", "as", "and" };
	struct mon_str word = take(s, "");
	const char *best = NULL;
	size_t nearest = 255;

	if (word.n == 0)
		return wrong(s, word.p, "'on' and the qubes are missing at the end, such as: on *");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (mon_str_is(word, words[i]))
			return wrong(s, word.p,
			    "'%s' stands at a wrong place; the order is: "
			    "condition, where, for, until, on, except, as",
			    words[i]);
		consider(word, words[i], &best, &nearest);
	}
	return wrong(s, word.p, "expected %s, found '%.*s'%s%s%s", could_be, SHOWN(word),
	    best != NULL ? "; did you mean '" : "", best != NULL ? best : "",
	    best != NULL ? "'?" : "");
}

static bool
take_name(struct source *s, struct mon_rule *rule)
{
	struct mon_str name = take(s, ":");

	if (!mon_shape_check(MON_VM, name.p, name.n) || memchr(name.p, '.', name.n) != NULL)
		return wrong(s, name.p,
		    "a rule begins with its name, letters, digits, - and _, "
		    "and a colon");
	if (s->p == s->end || *s->p != ':')
		return wrong(s, s->p, "a ':' is missing behind the name '%.*s'", SHOWN(name));
	if (mon_str_is(name, MON_RULE_OWN))
		return wrong(s, name.p, "the name '%s' is taken: bad rules are reported by it",
		    MON_RULE_OWN);
	s->p++;
	*(char *)mempcpy(rule->name, name.p, name.n) = '\0';
	return true;
}

static bool
take_urgency(struct source *s, struct mon_rule *rule)
{
	struct mon_str word = take(s, "");

	for (size_t i = 0; i < MON_URGENCIES; i++)
		if (mon_str_is(word, mon_rule_urgencies[i])) {
			rule->urgency = (enum mon_rule_urgency)i;
			return true;
		}
	return wrong(s, word.p, "behind 'as' stands low, normal or critical");
}

static bool
take_rule(struct source *s, struct mon_rule *rule)
{
	if (!take_name(s, rule) || !take_condition(s, rule))
		return false;
	rule->instance = instance_of(rule->table);
	rule->until = rule->when;
	rule->until.op = negate(rule->when.op);
	if (took(s, "where") && !take_where(s, rule))
		return false;
	if (took(s, "for") && !take_hold(s, rule))
		return false;
	if (took(s, "until") && !take_until(s, rule))
		return false;
	if (!took(s, "on"))
		return no_clause(s, "'where', 'for', 'until' or 'on'");
	if (!take_globs(s, &rule->on) || (took(s, "except") && !take_globs(s, &rule->except)))
		return false;
	if (took(s, "as") && !take_urgency(s, rule))
		return false;
	skip_blanks(s);
	return s->p == s->end || no_clause(s, "a comma, 'except', 'as' or the end of the line");
}

int
mon_language_line(const char *untrusted, size_t len, unsigned number, struct mon_rule *ret,
    struct mon_rule_mistake *ret_mistake)
{
	struct source s = { untrusted, untrusted, untrusted + len, ret_mistake };

	/* An editor of Windows ends lines with CR LF. */
	if (len > 0 && untrusted[len - 1] == '\r')
		s.end = untrusted + --len;
	ret_mistake->line = number;
	if (len > MON_RULE_LINE_MAX) {
		wrong(&s, untrusted + MON_RULE_LINE_MAX, "the line is longer than %d bytes",
		    MON_RULE_LINE_MAX);
		return -1;
	}
	/* strchr() below would find a NUL in every list of stops. */
	if (len > 0 && memchr(untrusted, '\0', len) != NULL) {
		wrong(&s, memchr(untrusted, '\0', len), "a NUL byte");
		return -1;
	}
	skip_blanks(&s);
	if (s.p == s.end)
		return 0;
	*ret = (struct mon_rule){ .line = number, .shown_per = 1, .urgency = MON_URGENCY_NORMAL };
	return take_rule(&s, ret) ? 1 : -1;
}

/* ---- the file ---- */

size_t
mon_language_find(const struct mon_rules *rules, struct mon_str name)
{
	size_t i = 0;

	while (i < rules->n && !mon_str_is(name, rules->list[i].name))
		i++;
	return i;
}

static void
add_line(struct mon_rules *rules, const char *line, size_t len, unsigned number,
    void (*tell)(const struct mon_rule_mistake *))
{
	static struct mon_rule rule;
	struct mon_rule_mistake mistake = { .column = 1 };
	int r = mon_language_line(line, len, number, &rule, &mistake);

	if (r > 0) {
		const size_t same =
		    mon_language_find(rules, (struct mon_str){ rule.name, strlen(rule.name) });

		if (same < rules->n) {
			snprintf(mistake.text, sizeof(mistake.text),
			    "line %u has a rule '%s' already", rules->list[same].line, rule.name);
			r = -1;
		} else if (rules->n == MON_RULES_MAX) {
			snprintf(mistake.text, sizeof(mistake.text), "more than %d rules",
			    MON_RULES_MAX);
			r = -1;
		}
		if (r < 0)
			mistake.column = (unsigned)strspn(line, BLANKS) + 1;
	}
	if (r > 0)
		rules->list[rules->n++] = rule;
	if (r >= 0)
		return;
	if (rules->bad++ == 0)
		rules->first = mistake;
	if (tell != NULL)
		tell(&mistake);
}

void
mon_language_file(const char *untrusted, size_t len, struct mon_rules *ret,
    void (*tell)(const struct mon_rule_mistake *mistake))
{
	unsigned number = 1;

	ret->n = 0;
	ret->bad = 0;
	for (size_t at = mon_text_mark(untrusted, len); at < len; number++) {
		const char *lf = memchr(untrusted + at, '\n', len - at);
		/* A person's editor may leave the LF of the last line out. */
		size_t n = lf != NULL ? (size_t)(lf - untrusted) - at : len - at;

		add_line(ret, untrusted + at, n, number, tell);
		at += n + 1;
	}
}

/* ---- asking a rule ---- */

/* Does the whole of ${text} match?  "*" is any bytes, "?" one.  Linear steps for each star. */
static bool
matches(const char *glob, struct mon_str text)
{
	const char *star = NULL;
	size_t i = 0, mark = 0;

	while (i < text.n) {
		if (*glob == '*') {
			star = glob++;
			mark = i;
		} else if (*glob != '\0' && (*glob == '?' || *glob == text.p[i])) {
			glob++;
			i++;
		} else if (star != NULL) {
			glob = star + 1;
			i = ++mark;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

static bool
any_matches(const struct mon_rule_globs *globs, struct mon_str text)
{
	for (size_t i = 0; i < globs->n; i++)
		if (matches(globs->list[i], text))
			return true;
	return false;
}

bool
mon_language_covers(const struct mon_rule *rule, struct mon_str vm)
{
	return any_matches(&rule->on, vm) && !any_matches(&rule->except, vm);
}

bool
mon_language_where(const struct mon_rule *rule, const struct mon_str *fields)
{
	for (size_t i = 0; i < rule->tests; i++)
		if (matches(rule->test[i].glob, fields[rule->test[i].col]) == rule->test[i].unlike)
			return false;
	return true;
}

bool
mon_language_holds(const struct mon_rule_level *level, double value, struct mon_str word)
{
	if (level->word[0] != '\0')
		return mon_str_is(word, level->word) == (level->op == MON_OP_EQ);
	switch (level->op) {
	case MON_OP_GT: return value > level->limit;
	case MON_OP_GE: return value >= level->limit;
	case MON_OP_LT: return value < level->limit;
	case MON_OP_LE: return value <= level->limit;
	case MON_OP_EQ: return value == level->limit;
	case MON_OP_NE: return value != level->limit;
	}
	return false;
}

void
mon_language_duration(time_t seconds, char ret[MON_DURATION_LEN])
{
	const long long s = seconds > 0 ? (long long)seconds : 0;
	const struct {
		long long n;
		char unit;
	} parts[] = { { s / 86400, 'd' }, { s / 3600 % 24, 'h' }, { s / 60 % 60, 'm' },
		{ s % 60, 's' } };
	size_t n = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < 4; i++)
		if (parts[i].n > 0 || (i == 3 && n == 0))
			n += (size_t)snprintf(
			    ret + n, MON_DURATION_LEN - n, "%lld%c", parts[i].n, parts[i].unit);
}
