/* settings.c - the one table of settings, and the file that sets them; see settings.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exclude.h"
#include "io.h"
#include "qubes.h"
#include "settings.h"
#include "shape.h"
#include "str.h"
#include "text.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define BIT(key) (UINT32_C(1) << (key))
#define FOUND_MAX 80 /* bytes of a faulty line that are told */

#define WANT_GLOBS                                                                                 \
	"at most " TEXT(MON_EXCLUDES_MAX) " names of qubes with * and ?, in quotes, like "         \
					  "\"personal* disp*\""
#define WANT_QUBE                                                                                  \
	"the name of a qube: a letter, then letters, digits, '_', '-' or '.', at most 31; not dom0"
#define WANT_SECONDS "seconds like 3 or 0.5, without a unit, at most 86400"
#define WANT_SIZE "a size like 500000, 1500M or 2G"

const struct mon_setting_key mon_settings_keys[MON_SETTINGS] = {
	[MON_SETTING_DIR] = { "MON_DIR", "--dir", "dir", MON_SETTING_PATH, 0, 0,
	    "/home/user/Monitor",
	    "an absolute path of letters, digits and ._-+@, like /rw/record; ~ is not expanded",
	    "The folder of the record. It must exist, be owned by the user \"user\", and be an\n"
	    "absolute path of letters, digits and ._-+@ only.\n" },
	[MON_SETTING_INTERVAL] = { "MON_INTERVAL", NULL, "interval", MON_SETTING_PERIOD, 0, 0, "10",
	    "one of these numbers, without a unit: 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, "
	    "300, 360, 600, 720, 900, 1200, 1800, 3600",
	    "Seconds between two polls: 5, 6, 10, 12, 15, 20 or 30, or 60, 120, 180, 240, 300,\n"
	    "360, 600, 720, 900, 1200, 1800 or 3600.\n" },
	[MON_SETTING_TIMEOUT] = { "MON_TIMEOUT", "--timeout", "timeout", MON_SETTING_SECONDS, 0, 0,
	    "3", WANT_SECONDS, "Seconds for the answer of one qube, and for the list of dom0.\n" },
	[MON_SETTING_DEADLINE] = { "MON_DEADLINE", "--deadline", "deadline", MON_SETTING_SECONDS, 0,
	    0, "8", WANT_SECONDS,
	    "Seconds for one poll of all qubes, at most MON_INTERVAL less 2; it is that where\n"
	    "MON_INTERVAL is shorter than 10.\n" },
	[MON_SETTING_PARALLEL] = { "MON_PARALLEL", "--parallel", "parallel", MON_SETTING_COUNT, 1,
	    MON_CALLS_OPEN, "8", "a whole number from 1 to " TEXT(MON_CALLS_OPEN),
	    "Calls that start at a time, 1 to " TEXT(MON_CALLS_OPEN) ".\n" },
	[MON_SETTING_EXCLUDE] = { "MON_EXCLUDE", "--exclude", "exclude", MON_SETTING_GLOBS, 0, 0,
	    "", WANT_GLOBS,
	    "Qubes that are left out: names with * and ?, separated by spaces or commas, in\n"
	    "quotes, like \"personal* disp*\".\n" },
	[MON_SETTING_NO_HANDLER] = { "MON_NO_HANDLER", NULL, "no_handler", MON_SETTING_GLOBS, 0, 0,
	    "", WANT_GLOBS,
	    "Qubes that can never answer (Windows, unikernels), written like MON_EXCLUDE: they\n"
	    "are listed, but mon-doctor does not complain of them.\n" },
	[MON_SETTING_XEN] = { "MON_XEN", "--xen", "xen", MON_SETTING_SWITCH, 0, 0, "no",
	    "yes or no",
	    "Whether dom0 also tells what Xen sees of each qube, once a minute: yes or no. dom0's\n"
	    "policy must allow admin.vm.Stats for it, as the pillar's key does.\n" },
	[MON_SETTING_QUOTA] = { "MON_QUOTA", "--quota", "quota", MON_SETTING_SIZE, 0, 0, "128M",
	    WANT_SIZE,
	    "Bytes that each qube may have filed a day, like 500000, 128M or 1G; what is more is\n"
	    "dropped. An honest qube needs 5 MB at an interval of 10 seconds, a large router 50.\n" },
	[MON_SETTING_SELF] = { "MON_SELF", "--self", "self", MON_SETTING_QUBE, 0, 0, "", WANT_QUBE,
	    "The name of this qube, which never asks itself. Default: the host name.\n" },
	[MON_SETTING_BACKUP_TIME] = { "MON_BACKUP_TIME", NULL, "backup_time", MON_SETTING_TIME, 0,
	    0, "03:50", "a time of the day as HH:MM, like 03:50",
	    "When the backup runs, HH:MM, local time. It also runs some minutes after the start\n"
	    "of the qube, for what was missed.\n" },
	[MON_SETTING_VAULT] = { "BACKUP_VAULT", "--vault", "vault", MON_SETTING_QUBE, 0, 0,
	    "secrets-vault", WANT_QUBE,
	    "The qube that takes the archives. dom0's policy must allow the copy. Where the name\n"
	    "is wrong, nothing is copied.\n" },
	[MON_SETTING_KEEP] = { "MON_KEEP", "--keep", "retention", MON_SETTING_COUNT, 0,
	    MON_DAYS_MAX, "14", "a number of days from 0 to " TEXT(MON_DAYS_MAX) ", without a unit",
	    "Days that stay here after they are safe in the vault, 0 to " TEXT(
		MON_DAYS_MAX) "; today and\n"
			      "yesterday always stay. Where the number is wrong, nothing is "
			      "deleted.\n" },
	[MON_SETTING_BUDGET] = { "MON_BUDGET", "--budget", "budget", MON_SETTING_SIZE, 0, 0, "",
	    WANT_SIZE,
	    "Size of the folder, like 1500M or 2G, over which days that are safe in the vault are\n"
	    "deleted before MON_KEEP is over, the oldest first. Default: three eighths of the\n"
	    "volume that the folder lies on. Where the size is wrong, nothing is deleted.\n" },
	[MON_SETTING_RULES] = { "MON_RULES", "--rules", "rules_file", MON_SETTING_PATH, 0, 0,
	    "/rw/config/sys-monitor.rules", "an absolute path of letters, digits and ._-+@",
	    "The file of the rules that make alerts. Default: this one, or, where it is not there,\n"
	    "the rules that mon-rule --example prints. Not below /home: there the units see\n"
	    "nothing but MON_DIR.\n" },
};

/* ---- values ---- */

bool
mon_settings_interval(long seconds, char ret[MON_CALENDAR_MAX + 1])
{
	if (seconds < 5 || seconds > 3600)
		return false;
	if (seconds == 3600)
		strcpy(ret, "*:00:00");
	else if (seconds % 60 == 0 && 3600 % seconds == 0)
		snprintf(ret, MON_CALENDAR_MAX + 1, "*:0/%ld:00", seconds / 60);
	else if (60 % seconds == 0)
		snprintf(ret, MON_CALENDAR_MAX + 1, "*:*:0/%ld", seconds);
	else
		return false;
	return true;
}

bool
mon_settings_path(const char *text)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@";
	bool named = false; /* is there anything but slashes? */

	if (text[0] != '/' || text[strspn(text, plain)] != '\0')
		return false;
	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(++p, "/");

		if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		named = named || n > 0;
		p += n;
	}
	return named;
}

static bool
is_time(const char *text)
{
	for (size_t i = 0; i < 5; i++)
		if (i == 2 ? text[i] != ':' : text[i] < '0' || text[i] > '9')
			return false;
	return text[5] == '\0' && (text[0] < '2' || (text[0] == '2' && text[1] <= '3')) &&
	       text[3] <= '5';
}

static bool
read_time(const char *text, uint64_t *ret)
{
	if (!is_time(text))
		return false;
	*ret = (mon_shape_value(text, 2) * 60) + mon_shape_value(text + 3, 2);
	return true;
}

bool
mon_settings_size(const char *text, uint64_t *ret)
{
	static const char units[] = "KMG";
	size_t len = strlen(text);
	const char *unit = len > 0 ? strchr(units, text[len - 1]) : NULL;
	const unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t n;

	if (unit != NULL)
		len--;
	if (!mon_shape_number(text, len, &n) || n == 0 || n > (UINT64_MAX >> shift))
		return false;
	*ret = n << shift;
	return true;
}

bool
mon_settings_seconds(const char *text, uint64_t *ret_ms)
{
	const size_t len = strlen(text), whole = strcspn(text, ".");
	const size_t decimals = whole < len ? len - whole - 1 : 0;
	uint64_t ms = 0;

	if (!mon_shape_check(MON_DECIMAL, text, len) || decimals > 3 ||
	    !mon_shape_number(text, whole, &ms) || ms > 86400)
		return false;
	ms *= 1000;
	for (size_t i = 0, scale = 100; i < decimals; i++, scale /= 10)
		ms += (uint64_t)(text[whole + 1 + i] - '0') * scale;
	if (ms < 1 || ms > 86400000)
		return false;
	*ret_ms = ms;
	return true;
}

static bool
read_switch(const char *text, uint64_t *ret)
{
	const bool yes = strcmp(text, "yes") == 0;

	if (!yes && strcmp(text, "no") != 0)
		return false;
	*ret = yes;
	return true;
}

static bool
read_globs(const char *text, uint64_t *ret)
{
	struct mon_str glob;
	uint64_t n = 0;

	while (mon_exclude_next(&text, &glob))
		if (!mon_exclude_is_glob(glob.p, glob.n) || ++n > MON_EXCLUDES_MAX)
			return false;
	*ret = n;
	return true;
}

static bool
read_count(const struct mon_setting_key *k, const char *text, uint64_t *ret)
{
	uint64_t n;

	if (!mon_shape_number(text, strlen(text), &n) || n < k->min || n > k->max)
		return false;
	*ret = n;
	return true;
}

static bool
read_period(const char *text, uint64_t *ret)
{
	char calendar[MON_CALENDAR_MAX + 1];
	uint64_t n;

	if (!mon_shape_number(text, strlen(text), &n) || n > 86400 ||
	    !mon_settings_interval((long)n, calendar))
		return false;
	*ret = n;
	return true;
}

bool
mon_settings_check(enum mon_setting key, const char *text, uint64_t *ret)
{
	const struct mon_setting_key *k = &mon_settings_keys[key];

	switch (k->kind) {
	case MON_SETTING_PERIOD: return read_period(text, ret);
	case MON_SETTING_SECONDS: return mon_settings_seconds(text, ret);
	case MON_SETTING_COUNT: return read_count(k, text, ret);
	case MON_SETTING_SIZE: return mon_settings_size(text, ret);
	case MON_SETTING_GLOBS: return read_globs(text, ret);
	case MON_SETTING_TIME: return read_time(text, ret);
	case MON_SETTING_SWITCH: return read_switch(text, ret);
	case MON_SETTING_PATH:
	case MON_SETTING_QUBE: break;
	}
	if (k->kind == MON_SETTING_PATH
		? !mon_settings_path(text)
		: !mon_shape_check(MON_VM, text, strlen(text)) || strcmp(text, MON_QUBES_DOM0) == 0)
		return false;
	*ret = 0;
	return true;
}

/* ---- keys ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
find_key(struct mon_str word, enum mon_setting *ret)
{
	for (size_t i = 0; i < MON_SETTINGS; i++) {
		if (mon_str_is(word, mon_settings_keys[i].key)) {
			*ret = (enum mon_setting)i;
			return true;
		}
	}
	return false;
}

/* Without MON_ and BACKUP_, which are easily mixed up. */
static struct mon_str
strip(struct mon_str word)
{
	static const char *const prefixes[] = { "MON_", "BACKUP_" };

	for (size_t i = 0; i < 2; i++) {
		const size_t n = strlen(prefixes[i]);

		if (word.n > n && strncasecmp(word.p, prefixes[i], n) == 0)
			word = (struct mon_str){ word.p + n, word.n - n };
	}
	return word;
}

/*
 * How many letters must change, go, come, or change places with the next, to make ${a} of ${b}
 * (optimal string alignment), at most ${most} + 1?
 */
#define WORD_MAX 24
static size_t
distance(struct mon_str a, struct mon_str b, size_t most)
{
	size_t d[3][WORD_MAX + 1];

	if (a.n > WORD_MAX || b.n > WORD_MAX)
		return most + 1;
	for (size_t j = 0; j <= b.n; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *row = d[i % 3], *above = d[(i + 2) % 3], *over = d[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			row[j] = above[j - 1] + ((a.p[i - 1] | 32) != (b.p[j - 1] | 32));
			if (above[j] + 1 < row[j])
				row[j] = above[j] + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			if (i > 1 && j > 1 && (a.p[i - 1] | 32) == (b.p[j - 2] | 32) &&
			    (a.p[i - 2] | 32) == (b.p[j - 1] | 32) && over[j - 2] + 1 < row[j])
				row[j] = over[j - 2] + 1;
		}
	}
	return d[a.n % 3][b.n];
}

static bool
is_prefixed(const char *start, const char *name)
{
	return (name - start >= 4 && strncasecmp(name - 4, "MON_", 4) == 0) ||
	       (name - start >= 7 && strncasecmp(name - 7, "BACKUP_", 7) == 0);
}

/*
 * Where does the name of ${key}, or that of the pillar, end in ${text}?  If ${prefixed}, only one
 * behind MON_ or BACKUP_: in a value, "vault" alone is rather the name of a qube.  NULL: nowhere.
 */
static const char *
find_name(struct mon_str text, enum mon_setting key, bool prefixed)
{
	const char *const names[] = { mon_settings_keys[key].key, mon_settings_keys[key].pillar };

	for (size_t k = 0; k < 2; k++) {
		const struct mon_str name = strip((struct mon_str){ names[k], strlen(names[k]) });

		for (size_t i = 0; i + name.n <= text.n; i++)
			if (strncasecmp(text.p + i, name.p, name.n) == 0 &&
			    (!prefixed || is_prefixed(text.p, text.p + i)))
				return text.p + i + name.n;
	}
	return NULL;
}

/*
 * The key that was probably meant by ${word}, which is none, or else by another part of its line:
 * "set MON_KEEP=3"; then ${ret_value} is what stands behind it.  A mistyped MON_KEEP must not be as
 * if nobody had written it: nothing may be deleted then.
 */
static enum mon_setting
guess_key(struct mon_str word, struct mon_str line, struct mon_str *ret_value)
{
	enum mon_setting best = MON_SETTINGS;
	size_t least = 3; /* two letters, and one in three, may be wrong */

	for (size_t i = 0; i < MON_SETTINGS; i++) {
		const char *key = mon_settings_keys[i].key;
		const struct mon_str want = strip((struct mon_str){ key, strlen(key) });
		const size_t n = distance(strip(word), want, least);

		if (n < least && n <= want.n / 3) {
			least = n;
			best = (enum mon_setting)i;
		}
	}
	for (enum mon_setting i = 0; i < MON_SETTINGS && best == MON_SETTINGS; i++)
		if (find_name(word, i, false) != NULL)
			best = i;
	for (enum mon_setting i = 0; i < MON_SETTINGS && best == MON_SETTINGS; i++) {
		const char *end = find_name(line, i, true);

		if (end == NULL)
			continue;
		best = i;
		*ret_value = (struct mon_str){ end, (size_t)(line.p + line.n - end) };
		if (ret_value->n > 0 && *end == '=')
			*ret_value = (struct mon_str){ end + 1, ret_value->n - 1 };
	}
	return best;
}

/*
 * Which keys is the faulty line about?  One that tells no key at all must not be as if nobody had
 * written it, either.
 */
static uint32_t
find_about(const struct mon_settings_line *line, struct mon_str word, bool exact)
{
	const struct mon_str all = { line->text, line->len };
	uint32_t about = line->key < MON_SETTINGS ? BIT(line->key) : 0;

	for (enum mon_setting i = 0; i < MON_SETTINGS; i++)
		if (find_name(all, i, true) != NULL ||
		    (!exact && find_name(word, i, false) != NULL))
			about |= BIT(i);
	return about != 0 ? about : BIT(MON_SETTING_KEEP) | BIT(MON_SETTING_BUDGET);
}

/* ---- lines ---- */

/* The value, without its quotes, into ${line}; return what is wrong with it. */
static enum mon_settings_fault
take_value(struct mon_settings_line *line, struct mon_str v)
{
	const bool quoted = v.n > 0 && (v.p[0] == '"' || v.p[0] == '\'');
	const char *end = quoted ? memchr(v.p + 1, v.p[0], v.n - 1) : NULL;
	size_t cut = v.n < MON_SETTING_MAX ? v.n : MON_SETTING_MAX;

	while (cut < v.n && cut > 0 && mon_exclude_is_glob(v.p + cut - 1, 1))
		cut--; /* half a glob would be another one */
	*(char *)mempcpy(line->value, v.p, cut) = '\0';
	if (quoted) {
		if (end == NULL)
			return MON_SETTINGS_QUOTES;
		if (end + 1 < v.p + v.n) /* is it a comment that follows? */
			return is_blank(end[1]) &&
				       memchr(end, '#', (size_t)(v.p + v.n - end)) != NULL
				   ? MON_SETTINGS_COMMENT
				   : MON_SETTINGS_QUOTES;
		v = (struct mon_str){ v.p + 1, v.n - 2 };
	}
	if (v.n > MON_SETTING_MAX)
		return MON_SETTINGS_LONG;
	for (size_t i = 0, len; i < v.n; i += len) {
		len = mon_text_rune(v.p + i, v.n - i);
		if (!quoted && is_blank(v.p[i]))
			return memmem(v.p + i, v.n - i, " #", 2) != NULL ||
				       memmem(v.p + i, v.n - i, "\t#", 2) != NULL
				   ? MON_SETTINGS_COMMENT
				   : MON_SETTINGS_QUOTES;
		if (len == 0 || memchr("\"'\\$`", v.p[i], 5) != NULL)
			return MON_SETTINGS_BYTES;
	}
	*(char *)mempcpy(line->value, v.p, v.n) = '\0';
	if (v.n > 0 && !mon_settings_check(line->key, line->value, &line->meaning))
		return MON_SETTINGS_VALUE;
	return MON_SETTINGS_GOOD;
}

/* Find out which key a line is about, as far as ${ret->key}; the value into ${ret_value}. */
static enum mon_settings_fault
take_key(struct mon_settings_line *line, struct mon_str rest, struct mon_str *ret_value)
{
	enum mon_settings_fault fault = MON_SETTINGS_GOOD;
	const char *equals = memchr(rest.p, '=', rest.n);
	struct mon_str word = rest;
	bool exact;

	*ret_value = (struct mon_str){ "", 0 };
	if (mon_str_begins(rest, "export ")) {
		fault = MON_SETTINGS_EXPORT;
		word = (struct mon_str){ rest.p + 7, rest.n - 7 };
	}
	if (equals != NULL) {
		*ret_value = (struct mon_str){ equals + 1, (size_t)(rest.p + rest.n - equals) - 1 };
		word.n = equals > word.p ? (size_t)(equals - word.p) : 0;
	}
	if ((word.n > 0 && equals != NULL && is_blank(word.p[word.n - 1])) ||
	    (ret_value->n > 0 && is_blank(ret_value->p[0])))
		fault = fault != MON_SETTINGS_GOOD ? fault : MON_SETTINGS_SPACES;
	for (size_t i = 0; i < word.n; i++)
		if (is_blank(word.p[i]) || (equals == NULL && word.p[i] == ':'))
			word.n = i;
	if (equals == NULL || word.n == 0)
		fault = MON_SETTINGS_SHAPE;
	if (equals == NULL) /* what was probably meant: KEY: value, KEY value */
		*ret_value = (struct mon_str){ word.p + word.n,
			(size_t)(rest.p + rest.n - (word.p + word.n)) };
	exact = find_key(word, &line->key);
	if (!exact)
		line->key = guess_key(word, rest, ret_value);
	line->about = find_about(line, word, exact);
	return fault == MON_SETTINGS_GOOD && !exact ? MON_SETTINGS_UNKNOWN : fault;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	/* Not to be allowed to look is no error: in its unit a program may have no rights at all. */
	return stat(path, &st) < 0 ? errno == EACCES : S_ISDIR(st.st_mode);
}

static void
take_line(struct mon_settings_file *file, struct mon_settings_line *line)
{
	struct mon_str value = { 0 };
	enum mon_settings_fault fault;

	line->key = MON_SETTINGS;
	line->meaning = 0;
	line->fault = take_key(line, (struct mon_str){ line->text, line->len }, &value);
	if (line->key == MON_SETTINGS) {
		line->value[0] = '\0';
		return;
	}
	fault = take_value(line, value);
	if (line->fault == MON_SETTINGS_GOOD)
		line->fault = file->seen[line->key] ? MON_SETTINGS_TWICE : fault;
	if (line->fault == MON_SETTINGS_GOOD && line->key == MON_SETTING_DIR && file->look &&
	    line->value[0] != '\0' && !is_folder(line->value))
		line->fault = MON_SETTINGS_MISSING;
	if (line->fault != MON_SETTINGS_GOOD)
		return;
	line->about = BIT(line->key);
	file->seen[line->key] = true;
}

bool
mon_settings_about(const struct mon_settings_line *line, enum mon_setting key)
{
	return (line->about & BIT(key)) != 0;
}

/* Is there nothing on the line?  A comment with a CR in it may be a whole file of an old Mac. */
static bool
is_comment(const char *p, const char *end)
{
	return p == end || (*p == '#' && memchr(p, '\r', (size_t)(end - p)) == NULL);
}

bool
mon_settings_next(struct mon_settings_file *file, struct mon_settings_line *ret)
{
	if (file->at == 0)
		file->at = mon_text_mark(file->text, file->len);
	while (file->at < file->len) {
		const char *p = file->text + file->at, *end = file->text + file->len;
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (lf != NULL)
			end = lf;
		file->at += (size_t)(end - p) + 1;
		file->number++;
		if (p < end && end[-1] == '\r') /* an editor of Windows ends lines with CR LF */
			end--;
		while (p < end && is_blank(*p))
			p++;
		while (p < end && is_blank(end[-1]))
			end--;
		if (is_comment(p, end))
			continue;
		ret->number = file->number;
		ret->text = p;
		ret->len = (size_t)(end - p);
		take_line(file, ret);
		return true;
	}
	return false;
}

const char *
mon_settings_explain(const struct mon_settings_line *line, char ret[MON_SETTINGS_EXPLAIN_MAX])
{
	const bool known = line->key < MON_SETTINGS;
	const struct mon_setting_key *k = &mon_settings_keys[known ? line->key : 0];
	const char *key = known ? k->key : "KEY";
	const char *must = known && line->fault == MON_SETTINGS_VALUE ? k->wanted : "";
	const char *dots = line->len > FOUND_MAX ? "..." : "";
	const struct {
		const char *before, *name, *after;
	} words[MON_SETTINGS_FAULTS] = {
		[MON_SETTINGS_GOOD] = { "nothing is wrong", "", "" },
		[MON_SETTINGS_SHAPE] = { "write ", key, "=value, or # and a comment" },
		[MON_SETTINGS_EXPORT] = { "write ", key, "=value, without export" },
		[MON_SETTINGS_SPACES] = { "write ", key, "=value, without a space beside the '='" },
		[MON_SETTINGS_UNKNOWN] = { "there is no such key; ",
		    known ? key : "mon-settings --example",
		    known ? " may be meant" : " prints all keys" },
		[MON_SETTINGS_TWICE] = { "", key, " is already set above" },
		[MON_SETTINGS_COMMENT] = { "a comment needs a line of its own", "", "" },
		[MON_SETTINGS_QUOTES] = { "quotes are needed around a value with spaces, and only "
					  "there: ",
		    key, "=\"a b\"" },
		[MON_SETTINGS_BYTES] = { "a value takes no quote, no backslash, no $, no ` and no "
					 "control character",
		    "", "" },
		[MON_SETTINGS_LONG] = { "the value is longer than " TEXT(MON_SETTING_MAX) " bytes",
		    "", "" },
		[MON_SETTINGS_VALUE] = { "", key, " must be " },
		[MON_SETTINGS_MISSING] = { "there is no such folder; make it: sudo install -d -m 700 "
					   "-o user -g user ",
		    line->value, "" },
	};

	snprintf(ret, MON_SETTINGS_EXPLAIN_MAX, "'%.*s%s' does not count: %s%s%s%s",
	    (int)(line->len < FOUND_MAX ? line->len : FOUND_MAX), line->text, dots,
	    words[line->fault].before, words[line->fault].name, words[line->fault].after, must);
	return ret;
}

/* ---- the file ---- */

const char *
mon_settings_path_of(const char *option, bool *ret_named)
{
	const char *named = option != NULL ? option : getenv("MON_SETTINGS");

	*ret_named = named != NULL && *named != '\0';
	return *ret_named ? named : MON_SETTINGS_FILE;
}

int
mon_settings_read(
    const char *path, char buf[MON_SETTINGS_BYTES_MAX + 1], struct mon_settings_file *ret)
{
	size_t len = 0;
	int r = mon_io_slurp(AT_FDCWD, path, buf, MON_SETTINGS_BYTES_MAX + 1, &len);

	*ret = (struct mon_settings_file){ .text = buf, .len = r < 0 ? 0 : len, .look = true };
	return r;
}
