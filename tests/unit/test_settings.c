/* test_settings.c - the settings file line by line, its values, and the drop-ins made of them. */
#include <stdio.h>

#include "check.h"
#include "unitfile.h"
#include "settings.h"

#define OVER "0123456789012345678901234567890123456789012345678901234567890123" /* 64 */
#define OVER_512 OVER OVER OVER OVER OVER OVER OVER OVER

/* What one line says.  value: of a faulty line what stands behind the '='. */
/* clang-format off */
static const struct {
	const char *what, *line;
	size_t len;
	enum mon_settings_fault want;
	enum mon_setting key; /* MON_SETTINGS: none is near */
	const char *value;
} lines[] = {
	{ "plain", L("MON_EXCLUDE=a*"), MON_SETTINGS_GOOD, MON_SETTING_EXCLUDE, "a*" },
	{ "double quotes", L("MON_EXCLUDE=\"a* b?\""), MON_SETTINGS_GOOD, MON_SETTING_EXCLUDE, "a* b?" },
	{ "single quotes", L("MON_EXCLUDE='a,b'"), MON_SETTINGS_GOOD, MON_SETTING_EXCLUDE, "a,b" },
	{ "empty", L("MON_EXCLUDE="), MON_SETTINGS_GOOD, MON_SETTING_EXCLUDE, "" },
	{ "empty in quotes", L("MON_KEEP=\"\""), MON_SETTINGS_GOOD, MON_SETTING_KEEP, "" },
	{ "spaces at both ends", L(" \tMON_KEEP=3 \t"), MON_SETTINGS_GOOD, MON_SETTING_KEEP, "3" },
	{ "too long", L("MON_EXCLUDE=" OVER_512 OVER_512 OVER_512 OVER_512), MON_SETTINGS_LONG, MON_SETTING_EXCLUDE, NULL },
	{ "two words", L("MON_EXCLUDE=a b"), MON_SETTINGS_QUOTES, MON_SETTING_EXCLUDE, "a b" },
	{ "open quote", L("MON_EXCLUDE=\"a"), MON_SETTINGS_QUOTES, MON_SETTING_EXCLUDE, "\"a" },
	{ "one quote", L("MON_EXCLUDE=\""), MON_SETTINGS_QUOTES, MON_SETTING_EXCLUDE, "\"" },
	{ "another quote at the end", L("MON_EXCLUDE=\"a'"), MON_SETTINGS_QUOTES, MON_SETTING_EXCLUDE, "\"a'" },
	{ "something behind quotes", L("MON_EXCLUDE=\"a\"b"), MON_SETTINGS_QUOTES, MON_SETTING_EXCLUDE, "\"a\"b" },
	{ "a comment behind", L("MON_KEEP=3 # days"), MON_SETTINGS_COMMENT, MON_SETTING_KEEP, "3 # days" },
	{ "a comment behind a tab", L("MON_KEEP=3\t# days"), MON_SETTINGS_COMMENT, MON_SETTING_KEEP, "3\t# days" },
	{ "a comment behind quotes", L("MON_EXCLUDE=\"a b\" # c"), MON_SETTINGS_COMMENT, MON_SETTING_EXCLUDE, "\"a b\" # c" },
	{ "a space before =", L("MON_KEEP =1"), MON_SETTINGS_SPACES, MON_SETTING_KEEP, "1" },
	{ "a space behind =", L("MON_KEEP= 1"), MON_SETTINGS_SPACES, MON_SETTING_KEEP, " 1" },
	{ "spaces around =", L("MON_KEEP = 1"), MON_SETTINGS_SPACES, MON_SETTING_KEEP, " 1" },
	{ "export", L("export MON_KEEP=1"), MON_SETTINGS_EXPORT, MON_SETTING_KEEP, "1" },
	{ "quote inside", L("MON_EXCLUDE=a\"b"), MON_SETTINGS_BYTES, MON_SETTING_EXCLUDE, "a\"b" },
	{ "backslash", L("MON_EXCLUDE=a\\"), MON_SETTINGS_BYTES, MON_SETTING_EXCLUDE, "a\\" },
	{ "variable", L("MON_DIR=$HOME/x"), MON_SETTINGS_BYTES, MON_SETTING_DIR, "$HOME/x" },
	{ "command", L("MON_EXCLUDE=`a`"), MON_SETTINGS_BYTES, MON_SETTING_EXCLUDE, "`a`" },
	{ "a DOS line end", L("MON_KEEP=1\r"), MON_SETTINGS_GOOD, MON_SETTING_KEEP, "1" },
	{ "a CR elsewhere", L("MON_KEEP=1\r2"), MON_SETTINGS_BYTES, MON_SETTING_KEEP, "1\r2" },
	{ "two CR", L("MON_KEEP=1\r\r"), MON_SETTINGS_BYTES, MON_SETTING_KEEP, "1\r" },
	{ "NUL", L("MON_EXCLUDE=a\0b"), MON_SETTINGS_BYTES, MON_SETTING_EXCLUDE, "a" },
	{ "bad UTF-8", L("MON_EXCLUDE=\xff"), MON_SETTINGS_BYTES, MON_SETTING_EXCLUDE, "\xff" },
	{ "no =", L("MON_KEEP"), MON_SETTINGS_SHAPE, MON_SETTING_KEEP, "" },
	{ "a space for =", L("MON_EXCLUDE a*"), MON_SETTINGS_SHAPE, MON_SETTING_EXCLUDE, " a*" },
	{ "a colon for =", L("MON_KEEP: 3"), MON_SETTINGS_SHAPE, MON_SETTING_KEEP, ": 3" },
	{ "no key", L("=a"), MON_SETTINGS_SHAPE, MON_SETTINGS, "" },
	{ "another comment sign", L("; a"), MON_SETTINGS_SHAPE, MON_SETTINGS, "" },
	{ "a letter too few", L("MON_EXCLUD=a"), MON_SETTINGS_UNKNOWN, MON_SETTING_EXCLUDE, "a" },
	{ "a letter too many", L("MON_EXCLUDES=a"), MON_SETTINGS_UNKNOWN, MON_SETTING_EXCLUDE, "a" },
	{ "two letters changed places", L("MON_KEPE=90"), MON_SETTINGS_UNKNOWN, MON_SETTING_KEEP, "90" },
	{ "lower case", L("mon_keep=90"), MON_SETTINGS_UNKNOWN, MON_SETTING_KEEP, "90" },
	{ "no prefix", L("KEEP=90"), MON_SETTINGS_UNKNOWN, MON_SETTING_KEEP, "90" },
	{ "the other prefix", L("MON_VAULT=v"), MON_SETTINGS_UNKNOWN, MON_SETTING_VAULT, "v" },
	{ "the other prefix again", L("BACKUP_TIME=03:50"), MON_SETTINGS_UNKNOWN, MON_SETTING_BACKUP_TIME, "03:50" },
	{ "another key", L("PATH=/a"), MON_SETTINGS_UNKNOWN, MON_SETTINGS, "" },
	{ "a key of another kind", L("MON_COLOUR=1"), MON_SETTINGS_UNKNOWN, MON_SETTINGS, "" },
	{ "half of a key is no key", L("MON_DI=/a"), MON_SETTINGS_UNKNOWN, MON_SETTING_DIR, "/a" },
	{ "a very long key", L(OVER_512 "=1"), MON_SETTINGS_UNKNOWN, MON_SETTINGS, "" },
	{ "NUL in the key", L("MON_KEEP\0=1"), MON_SETTINGS_UNKNOWN, MON_SETTING_KEEP, "1" },
	{ "no size", L("MON_QUOTA=16MB"), MON_SETTINGS_VALUE, MON_SETTING_QUOTA, "16MB" },
	{ "no seconds", L("MON_TIMEOUT=3s"), MON_SETTINGS_VALUE, MON_SETTING_TIMEOUT, "3s" },
	{ "no interval", L("MON_INTERVAL=10s"), MON_SETTINGS_VALUE, MON_SETTING_INTERVAL, "10s" },
	{ "no path", L("MON_DIR=~/x"), MON_SETTINGS_VALUE, MON_SETTING_DIR, "~/x" },
	{ "no glob", L("MON_EXCLUDE=\"a b;c\""), MON_SETTINGS_VALUE, MON_SETTING_EXCLUDE, "a b;c" },
	{ "no time", L("MON_BACKUP_TIME=3:50"), MON_SETTINGS_VALUE, MON_SETTING_BACKUP_TIME, "3:50" },
};
/* clang-format on */

static void
test_lines(void **state)
{
	static struct mon_settings_line got;
	char why[MON_SETTINGS_EXPLAIN_MAX];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(lines); i++) {
		char *exact = check_dup(lines[i].line, lines[i].len);
		struct mon_settings_file file = { .text = exact, .len = lines[i].len };

		check_fill(&got, sizeof(got));
		CHECK(mon_settings_next(&file, &got), "%s: a line", lines[i].what);
		CHECK_EQ(got.fault, lines[i].want, "%s", lines[i].what);
		CHECK_EQ(got.key, lines[i].key, "%s", lines[i].what);
		CHECK_EQ(got.number, 1, "%s", lines[i].what);
		CHECK(lines[i].value == NULL || strcmp(got.value, lines[i].value) == 0, "%s: '%s'",
		    lines[i].what, got.value);
		mon_settings_explain(&got, why);
		CHECK(got.fault == MON_SETTINGS_GOOD || got.key == MON_SETTINGS ||
			  got.fault == MON_SETTINGS_LONG || got.fault == MON_SETTINGS_BYTES ||
			  got.fault == MON_SETTINGS_COMMENT ||
			  strstr(why, mon_settings_keys[got.key].key) != NULL,
		    "%s: the key is named: %s", lines[i].what, why);
		CHECK(!mon_settings_next(&file, &got), "%s: one line", lines[i].what);
		free(exact);
	}
	check_done();
}

/* Which keys a faulty line is about: nothing may be deleted because of a line that meant to keep it. */
static const struct {
	const char *line;
	size_t len;
	uint32_t want; /* bits */
} meant[] = {
#define OF(key) (UINT32_C(1) << MON_SETTING_##key)
#define CAREFUL (OF(KEEP) | OF(BUDGET))
	{ L("MON_KEEP=60"), OF(KEEP) },
	{ L("\xef\xbb\xbfMON_KEEP=60"), OF(KEEP) },
	{ L("set MON_KEEP=60"), OF(KEEP) },
	{ L("declare -x MON_KEEP=60"), OF(KEEP) },
	{ L("Environment=MON_KEEP=60"), OF(KEEP) },
	{ L("\"MON_KEEP=60\""), OF(KEEP) },
	{ L("MONKEEP=60"), OF(KEEP) },
	{ L("mon-keep=60"), OF(KEEP) },
	{ L("MON_KEEP_DAYS=60"), OF(KEEP) },
	{ L("MON_RETENTION=60"), OF(KEEP) },
	{ L("retention: 60"), OF(KEEP) },
	{ L("MON_KEEP_BUDGET=60"), OF(KEEP) | OF(BUDGET) },
	{ L("MON_QUOTA=1G; MON_KEEP=60"), OF(QUOTA) | OF(KEEP) },
	{ L("MON_QUOTA=1G\rMON_KEEP=60\r"), OF(QUOTA) | OF(KEEP) },
	{ L("# sys-monitor\rMON_KEEP=60\r"), OF(KEEP) },
	{ L("Environment=MON_EXCLUDE=a*"), OF(EXCLUDE) },
	{ L("MON_EXCLUDE=my-vault keep*"), OF(EXCLUDE) }, /* names of qubes */
	{ L("PATH=/bin"), CAREFUL },
	{ L("; a comment"), CAREFUL },
	{ L("=60"), CAREFUL },
};

static void
test_about(void **state)
{
	static struct mon_settings_line got;

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(meant); i++) {
		char *exact = check_dup(meant[i].line, meant[i].len);
		struct mon_settings_file file = { .text = exact, .len = meant[i].len };

		check_fill(&got, sizeof(got));
		CHECK(mon_settings_next(&file, &got), "%s: a line", meant[i].line);
		for (enum mon_setting key = 0; key < MON_SETTINGS; key++)
			CHECK_EQ(mon_settings_about(&got, key), (meant[i].want >> key) & 1,
			    "%s: %s", meant[i].line, mon_settings_keys[key].key);
		CHECK_EQ(got.fault == MON_SETTINGS_GOOD, i < 2, "%s", meant[i].line);
		CHECK(meant[i].want != OF(EXCLUDE) || strncmp(got.value, "MON", 3) != 0, "%s: '%s'",
		    meant[i].line, got.value);
		free(exact);
	}
	check_done();
}

static void
test_files(void **state)
{
	static const char text[] =
	    "\n# a\n  # b\n \nMON_KEEP=1\nMON_KEEP=2\n\nMON_KEEP=x\nMON_KEPE=4";
	static const struct {
		unsigned number;
		enum mon_settings_fault fault;
	} want[] = { { 5, MON_SETTINGS_GOOD }, { 6, MON_SETTINGS_TWICE }, { 8, MON_SETTINGS_TWICE },
		{ 9, MON_SETTINGS_UNKNOWN } };
	char *exact = check_dup(text, sizeof(text) - 1);
	struct mon_settings_file file = { .text = exact, .len = sizeof(text) - 1 };
	static struct mon_settings_line got;

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(want); i++) {
		assert_true(mon_settings_next(&file, &got));
		CHECK_EQ(got.number, want[i].number, "row %zu", i);
		CHECK_EQ(got.fault, want[i].fault, "row %zu", i);
		CHECK_EQ(got.key, MON_SETTING_KEEP, "row %zu", i);
	}
	CHECK(!mon_settings_next(&file, &got), "the end");
	free(exact);
	check_done();
}

/* Whatever the bytes are: no read past them, and what is taken is what was said to be taken. */
static void
test_random_lines(void **state)
{
	static const char alphabet[] = "MON_KEEP=\"' #\\$a1\n\r\t\0\xc3\xa9\xff;~";
	static struct mon_settings_line got;
	char why[MON_SETTINGS_EXPLAIN_MAX];
	uint64_t seed = 20250831;
	size_t taken = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		size_t len = check_below(&seed, 24);
		char line[64] = "MON_SELF=", *exact;
		struct mon_settings_file file = { .len = len };

		for (size_t k = check_below(&seed, 10); k < len; k++)
			line[k] = alphabet[check_below(&seed, sizeof(alphabet) - 1)];
		file.text = exact = check_dup(line, len);
		while (mon_settings_next(&file, &got)) {
			mon_settings_explain(&got, why);
			CHECK(got.fault >= 0 && got.fault < MON_SETTINGS_FAULTS &&
				  got.key <= MON_SETTINGS &&
				  strnlen(got.value, sizeof(got.value)) < sizeof(got.value),
			    "%s", check_hex(line, len));
			if (got.fault != MON_SETTINGS_GOOD || got.key != MON_SETTING_SELF)
				continue;
			taken++;
			CHECK(strpbrk(got.value, "\"'\\$`\n\r\t\xff;~") == NULL, "%s",
			    check_hex(line, len));
		}
		free(exact);
	}
	CHECK(taken > 1000, "only %zu lines were taken: the test tests nothing", taken);
	check_done();
}

#define REFUSED UINT64_MAX
static const struct {
	enum mon_setting key;
	const char *text;
	uint64_t want; /* REFUSED, or what it means */
} meanings[] = {
	{ MON_SETTING_TIMEOUT, "3", 3000 },
	{ MON_SETTING_TIMEOUT, "0.5", 500 },
	{ MON_SETTING_TIMEOUT, "0", REFUSED },
	{ MON_SETTING_TIMEOUT, "3s", REFUSED },
	{ MON_SETTING_TIMEOUT, "86401", REFUSED },
	{ MON_SETTING_INTERVAL, "10", 10 },
	{ MON_SETTING_INTERVAL, "7", REFUSED },
	{ MON_SETTING_INTERVAL, "10s", REFUSED },
	{ MON_SETTING_INTERVAL, "99999999999", REFUSED },
	{ MON_SETTING_PARALLEL, "1", 1 },
	{ MON_SETTING_PARALLEL, "0", REFUSED },
	{ MON_SETTING_PARALLEL, "64", 64 },
	{ MON_SETTING_PARALLEL, "65", REFUSED },
	{ MON_SETTING_KEEP, "0", 0 },
	{ MON_SETTING_KEEP, "36525", 36525 },
	{ MON_SETTING_KEEP, "36526", REFUSED },
	{ MON_SETTING_KEEP, "-1", REFUSED },
	{ MON_SETTING_KEEP, "14d", REFUSED },
	{ MON_SETTING_QUOTA, "16M", 16 << 20 },
	{ MON_SETTING_QUOTA, "16MB", REFUSED },
	{ MON_SETTING_QUOTA, "0", REFUSED },
	{ MON_SETTING_BUDGET, "2G", UINT64_C(2) << 30 },
	{ MON_SETTING_BUDGET, "2X", REFUSED },
	{ MON_SETTING_VAULT, "secrets-vault", 0 },
	{ MON_SETTING_VAULT, "../v", REFUSED },
	{ MON_SETTING_VAULT, "dom0", REFUSED },
	{ MON_SETTING_VAULT, "dom0-vault", 0 },
	{ MON_SETTING_SELF, "dom0", REFUSED },
	{ MON_SETTING_SELF, "1a", REFUSED },
	{ MON_SETTING_EXCLUDE, "a", 1 },
	{ MON_SETTING_EXCLUDE, "a* b,c, [d-f]?", 4 },
	{ MON_SETTING_EXCLUDE, " , ", 0 },
	{ MON_SETTING_EXCLUDE, "a/b", REFUSED },
	{ MON_SETTING_EXCLUDE, "[a", REFUSED },
	{ MON_SETTING_EXCLUDE, OVER, REFUSED },
	{ MON_SETTING_BACKUP_TIME, "03:50", 230 },
	{ MON_SETTING_BACKUP_TIME, "00:00", 0 },
	{ MON_SETTING_BACKUP_TIME, "23:59", 1439 },
	{ MON_SETTING_BACKUP_TIME, "24:00", REFUSED },
	{ MON_SETTING_BACKUP_TIME, "20:60", REFUSED },
	{ MON_SETTING_BACKUP_TIME, "29:00", REFUSED },
	{ MON_SETTING_BACKUP_TIME, "3:50", REFUSED },
	{ MON_SETTING_BACKUP_TIME, "03-50", REFUSED },
	{ MON_SETTING_BACKUP_TIME, "03:500", REFUSED },
	{ MON_SETTING_BACKUP_TIME, "a3:50", REFUSED },
	{ MON_SETTING_BACKUP_TIME, "", REFUSED },
	{ MON_SETTING_XEN, "yes", 1 },
	{ MON_SETTING_XEN, "no", 0 },
	{ MON_SETTING_XEN, "", REFUSED },
	{ MON_SETTING_XEN, "true", REFUSED },
	{ MON_SETTING_XEN, "yess", REFUSED },
	{ MON_SETTING_DIR, "/a-b_c.d+e@f", 0 },
	{ MON_SETTING_DIR, "Monitor", REFUSED },
	{ MON_SETTING_DIR, "~/Monitor", REFUSED },
};

static void
test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(meanings); i++) {
		char *exact = check_dup(meanings[i].text, strlen(meanings[i].text) + 1);
		uint64_t got = 77;
		const bool right = mon_settings_check(meanings[i].key, exact, &got);

		CHECK_EQ(right, meanings[i].want != REFUSED, "%s", exact);
		CHECK_EQ(got, right ? meanings[i].want : 77, "%s", exact);
		free(exact);
	}
	check_done();
}

/* Each row of the table is whole, and its default is a right value. */
static void
test_table(void **state)
{
	uint64_t quota = 0;

	(void)state;
	for (size_t i = 0; i < MON_SETTINGS; i++) {
		const struct mon_setting_key *k = &mon_settings_keys[i];
		uint64_t ignored;

		CHECK(k->key != NULL && k->pillar != NULL && k->fallback != NULL &&
			  k->wanted != NULL && k->about != NULL,
		    "row %zu", i);
		CHECK(*k->fallback == '\0' ||
			  mon_settings_check((enum mon_setting)i, k->fallback, &ignored),
		    "%s", k->key);
		CHECK(k->about[strlen(k->about) - 1] == '\n', "%s", k->key);
	}
	/* What others take from caps.h. */
	CHECK_EQ(
	    MON_ANSWER_MS / 1000, atoi(mon_settings_keys[MON_SETTING_TIMEOUT].fallback), "timeout");
	CHECK_EQ(
	    MON_RUN_MS / 1000, atoi(mon_settings_keys[MON_SETTING_DEADLINE].fallback), "deadline");
	CHECK_EQ(
	    MON_CALLS_FRESH, atoi(mon_settings_keys[MON_SETTING_PARALLEL].fallback), "parallel");
	CHECK(mon_settings_check(
		  MON_SETTING_QUOTA, mon_settings_keys[MON_SETTING_QUOTA].fallback, &quota) &&
		  quota == MON_QUOTA_DAY,
	    "quota");
	check_done();
}

static const struct {
	long seconds;
	const char *want; /* NULL: refused */
} intervals[] = {
	{ 5, "*:*:0/5" },
	{ 6, "*:*:0/6" },
	{ 10, "*:*:0/10" },
	{ 12, "*:*:0/12" },
	{ 15, "*:*:0/15" },
	{ 20, "*:*:0/20" },
	{ 30, "*:*:0/30" },
	{ 60, "*:0/1:00" },
	{ 120, "*:0/2:00" },
	{ 300, "*:0/5:00" },
	{ 1800, "*:0/30:00" },
	{ 3600, "*:00:00" },
	{ 0, NULL },
	{ -10, NULL },
	{ 1, NULL },
	{ 4, NULL },
	{ 7, NULL },
	{ 8, NULL },
	{ 25, NULL },
	{ 45, NULL },
	{ 61, NULL },
	{ 90, NULL },
	{ 420, NULL },
	{ 2400, NULL },
	{ 3599, NULL },
	{ 7200, NULL },
	{ 86400, NULL },
};

static void
test_intervals(void **state)
{
	char got[MON_CALENDAR_MAX + 1];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(intervals); i++) {
		bool ok;

		check_fill(got, sizeof(got));
		ok = mon_settings_interval(intervals[i].seconds, got);
		CHECK_EQ(ok, intervals[i].want != NULL, "%ld", intervals[i].seconds);
		if (!ok)
			CHECK(check_untouched(got, sizeof(got)), "%ld", intervals[i].seconds);
		else if (intervals[i].want != NULL)
			CHECK(strcmp(got, intervals[i].want) == 0, "%ld: %s", intervals[i].seconds,
			    got);
	}
	check_done();
}

static const struct {
	const char *text;
	bool path;
} paths[] = {
	{ "/home/user/Monitor", true },
	{ "/a", true },
	{ "/a/", true },
	{ "//a", true },
	{ "/a/...", true },
	{ "/a-b_c.d+e@f", true },
	{ "/", false },
	{ "//", false },
	{ "", false },
	{ "a", false },
	{ "a/b", false },
	{ "/a/..", false },
	{ "/../a", false },
	{ "/a/./b", false },
	{ "/a b", false },
	{ "/a%h", false },
	{ "/a:b", false },
	{ "/a\"", false },
	{ "/a\n", false },
	{ "/\xc3\xa9", false },
};

static void
test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(paths); i++) {
		char *exact = check_dup(paths[i].text, strlen(paths[i].text) + 1);

		CHECK_EQ(mon_settings_path(exact), paths[i].path, "%s", exact);
		free(exact);
	}
	check_done();
}

static const struct {
	const char *what;
	struct mon_unitfile_values values;
	const char *want[MON_UNITFILES]; /* behind the comment; NULL: nothing */
} dropins[] = {
	{ "all by default", { 0 }, { NULL } },
	{ "interval", { .interval_s = 60 },
	    { [MON_UNITFILE_POLL_TIMER] = "[Timer]\nOnCalendar=\nOnCalendar=*:0/1:00\n",
		[MON_UNITFILE_POLL_SERVICE] = "[Service]\nTimeoutStartSec=59s\n" } },
	{ "interval and deadline", { .interval_s = 5, .deadline_ms = 3000 },
	    { [MON_UNITFILE_POLL_TIMER] = "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/5\n",
		[MON_UNITFILE_POLL_SERVICE] =
		    "[Service]\nTimeoutStartSec=4s\nEnvironment=MON_DEADLINE=3.000\n" } },
	{ "time", { .backup_time = "22:15" },
	    { [MON_UNITFILE_BACKUP_TIMER] =
		    "[Timer]\nOnCalendar=\nOnCalendar=*-*-* 22:15:00\nOnBootSec=2min\n" } },
	{ "folder", { .dir = "/rw/record" },
	    { [MON_UNITFILE_POLL_SERVICE] =
		    "[Service]\nBindPaths=\nBindPaths=/rw/record\nEnvironment=MON_DIR=/rw/record\n",
		[MON_UNITFILE_QUBES_SERVICE] =
		    "[Service]\nBindPaths=\nBindPaths=/rw/record\nEnvironment=MON_DIR=/rw/record\n",
		[MON_UNITFILE_BACKUP_SERVICE] =
		    "[Service]\nBindPaths=\nBindPaths=/rw/record\nEnvironment=MON_DIR=/rw/record\n" } },
};

static void
test_dropins(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(dropins); i++) {
		for (enum mon_unitfile d = 0; d < MON_UNITFILES; d++) {
			const char *want = dropins[i].want[d];
			char *text = malloc(MON_UNIT_TEXT_MAX);
			size_t n;

			assert_non_null(text);
			n = mon_unitfile_format(d, &dropins[i].values, text);
			CHECK_EQ(strlen(text), n, "%s, %s", dropins[i].what, mon_unitfile_unit(d));
			CHECK_EQ(
			    n > 0, want != NULL, "%s, %s", dropins[i].what, mon_unitfile_unit(d));
			if (n > 0 && want != NULL)
				CHECK(text[0] == '#' && strcmp(strchr(text, '\n') + 1, want) == 0,
				    "%s, %s: %s", dropins[i].what, mon_unitfile_unit(d), text);
			free(text);
		}
	}
	check_done();
}

/* The longest folder there can be. */
static void
test_longest_dropin(void **state)
{
	char dir[MON_SETTING_MAX + 1], *text = malloc(MON_UNIT_TEXT_MAX);
	struct mon_unitfile_values values = { .dir = dir, .interval_s = 5, .deadline_ms = 3000 };

	(void)state;
	assert_non_null(text);
	memset(dir, 'a', sizeof(dir));
	dir[0] = '/';
	dir[MON_SETTING_MAX] = '\0';
	CHECK(mon_settings_path(dir), "a long path");
	mon_unitfile_format(MON_UNITFILE_POLL_SERVICE, &values, text);
	CHECK(strstr(text, "MON_DEADLINE=3.000\n") != NULL, "cut: %s", text);
	free(text);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(test_lines),
		CHECK_TEST(test_about),
		CHECK_TEST(test_files),
		CHECK_TEST(test_random_lines),
		CHECK_TEST(test_intervals),
		CHECK_TEST(test_values),
		CHECK_TEST(test_table),
		CHECK_TEST(test_paths),
		CHECK_TEST(test_dropins),
		CHECK_TEST(test_longest_dropin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
