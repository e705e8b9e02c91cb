/* test_rule_language.c - the rules file: what a rule means, and what is said of a bad one. */
#include <stdio.h>

#include "check.h"
#include "language.h"

static struct mon_rule rule;
static struct mon_rule_mistake mistake;

static int
read_line(const char *text, size_t len)
{
	char *exact = check_dup(text, len);
	int r;

	check_fill(&mistake, sizeof(mistake));
	r = mon_language_line(exact, len, 7, &rule, &mistake);
	free(exact);
	return r;
}

/* The rules of the design, and each thing that a rule can say. */
static const struct {
	const char *text;
	const char *table, *col;
	enum mon_rule_op op;
	double limit;
	time_t hold;
	enum mon_rule_op until_op;
	double until;
	time_t until_hold;
} good[] = {
	{ "cpu-hot: cpu > 90% for 5m until < 70% for 1m on * except sys-usb", "sys", "cpu_idle",
	    MON_OP_GT, 90, 300, MON_OP_LT, 70, 60 },
	{ "rw-full: disk.pct_used >= 90% where mount=/rw until < 85% on *", "disk", "pct_used",
	    MON_OP_GE, 90, 0, MON_OP_LT, 85, 0 },
	{ "mem-tight: mem_avail_kb < 150MiB for 2m until > 250MiB on work, dev-*", "sys",
	    "mem_avail_kb", MON_OP_LT, 153600, 120, MON_OP_GT, 256000, 0 },
	{ "exfil: rate(network.tx_bytes) > 1MiB/s where if!=lo for 2m on vault, secrets-*", "net",
	    "tx_bytes", MON_OP_GT, 1048576, 120, MON_OP_LE, 1048576, 0 },
	{ "stalled: rate(pressure.mem_full_us) > 20% for 1m on *", "pressure", "mem_full_us",
	    MON_OP_GT, 200000, 60, MON_OP_LE, 200000, 0 },
	{ "a: cpu.busy_cpus >= 2.5 on *", "cpu", "busy_cpus", MON_OP_GE, 2.5, 0, MON_OP_LT, 2.5,
	    0 },
	{ "a: custom.value < -5.5 until >= -5 on *", "custom", "value", MON_OP_LT, -5.5, 0,
	    MON_OP_GE, -5, 0 },
	{ "a: rate(io.busy_ms) > 80% on *", "io", "busy_ms", MON_OP_GT, 800, 0, MON_OP_LE, 800, 0 },
	{ "a: used_kb > 1GB on *", "disk", "used_kb", MON_OP_GT, 1e9 / 1024, 0, MON_OP_LE,
	    1e9 / 1024, 0 },
	{ "a: rate(rx_errs) > 5/s on *", "net", "rx_errs", MON_OP_GT, 5, 0, MON_OP_LE, 5, 0 },
	{ "a: rate(rx_bytes) > 5 kB/s for 1h30m on *", "net", "rx_bytes", MON_OP_GT, 5000, 5400,
	    MON_OP_LE, 5000, 0 },
	{ "a:cpu>90 % for 1d on *", "sys", "cpu_idle", MON_OP_GT, 90, 86400, MON_OP_LE, 90, 0 },
	{ "a: scrape.ms > 2000 on *", "scrape", "ms", MON_OP_GT, 2000, 0, MON_OP_LE, 2000, 0 },
	{ "a: load1 != 0 until = 0 on *\r", "sys", "load1", MON_OP_NE, 0, 0, MON_OP_EQ, 0, 0 },
	{ "\t a:\tload1 != 0 until = 0 on\t*  # why", "sys", "load1", MON_OP_NE, 0, 0, MON_OP_EQ, 0,
	    0 },
};

static void
good_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(good); i++) {
		const char *text = good[i].text;

		CHECK_EQ(read_line(text, strlen(text)), 1, "%s: %s", text, mistake.text);
		CHECK(strcmp(rule.table->kind, good[i].table) == 0, "%s", text);
		CHECK(strcmp(rule.table->cols[rule.col].name, good[i].col) == 0, "%s", text);
		CHECK_EQ(rule.when.op, good[i].op, "%s", text);
		CHECK(rule.when.limit == good[i].limit, "%s: %f", text, rule.when.limit);
		CHECK_EQ(rule.hold, good[i].hold, "%s", text);
		CHECK_EQ(rule.until.op, good[i].until_op, "%s", text);
		CHECK(rule.until.limit == good[i].until, "%s: %f", text, rule.until.limit);
		CHECK_EQ(rule.until_hold, good[i].until_hold, "%s", text);
		CHECK_EQ(rule.line, 7, "%s", text);
	}
	check_done();
}

static struct mon_str
str(const char *text)
{
	return (struct mon_str){ text, strlen(text) };
}

static void
words_and_names(void **state)
{
	static const char text[] =
	    "down: state != Running for 2m until = Running for 1m on sys-net, dev-* except dev-old";
	static const char disk[] = "a: disk.pct_used > 5% where mount=/rw* and fs!=/dev/xvd? on *";
	struct mon_str row[6] = { str("/dev/sda"), str("/rw/home"), str("1"), str("1"), str("1"),
		str("9%") };

	(void)state;
	CHECK_EQ(read_line(L(text)), 1, "%s", mistake.text);
	CHECK(strcmp(rule.when.word, "Running") == 0 && rule.when.op == MON_OP_NE, "%s", text);
	CHECK(mon_language_holds(&rule.when, 0, str("Halted")), "another word");
	CHECK(!mon_language_holds(&rule.when, 0, str("Running")), "the word");
	CHECK(mon_language_holds(&rule.until, 0, str("Running")), "the word ends it");
	CHECK_EQ(rule.until_hold, 60, "its time");
	CHECK(
	    mon_language_covers(&rule, str("sys-net")) && mon_language_covers(&rule, str("dev-x")),
	    "on");
	CHECK(!mon_language_covers(&rule, str("sys-net2")) &&
		  !mon_language_covers(&rule, str("dev-old")),
	    "not on");

	CHECK_EQ(rule.urgency, MON_URGENCY_NORMAL, "urgency, where none is said");
	CHECK_EQ(read_line(L("a: cpu > 5 on as, b except c as critical")), 1, "%s", mistake.text);
	CHECK_EQ(rule.urgency, MON_URGENCY_CRITICAL, "urgency");
	CHECK(mon_language_covers(&rule, str("as")), "a qube may be named so");

	CHECK_EQ(read_line(L("silent: missing on *")), 1, "%s", mistake.text);
	CHECK(rule.missing && mon_language_holds(&rule.when, 0, str("backoff")), "not ok");
	CHECK(!mon_language_holds(&rule.when, 0, str("ok")), "ok");

	CHECK_EQ(read_line(L(disk)), 1, "%s", mistake.text);
	CHECK(strcmp(rule.table->cols[rule.instance].name, "mount") == 0,
	    "the mount is the instance");
	CHECK(mon_language_where(&rule, row), "both");
	row[0] = str("/dev/xvdb");
	CHECK(!mon_language_where(&rule, row), "fs");
	row[0] = str("/dev/sda");
	row[1] = str("/home/rw");
	CHECK(!mon_language_where(&rule, row), "mount");
	check_done();
}

/* Each mistake: where it is, and words that say what was meant. */
static const struct {
	const char *text;
	unsigned column;
	const char *said;
} bad[] = {
	{ "a: mem_avial_kb < 5 on *", 4, "did you mean mem_avail_kb?" },
	{ "a: net.tx_bytes > 5 on *", 4, "did you mean network.tx_bytes?" },
	{ "a: netwrk.tx_bytes > 5 on *", 4, "did you mean network.tx_bytes?" },
	{ "a: disk.tx_bytes > 5 on *", 9, "did you mean network.tx_bytes?" },
	{ "a: disk.sise_kb > 5 on *", 9, "did you mean size_kb?" },
	{ "a: sys.cpu_idle > 5 on *", 4, "did you mean system.cpu_idle?" },
	{ "a: network.if = 5 on *", 12, "no column 'if'" },
	{ "a: alerts.msg = 5 on *", 11, "no column 'msg'" },
	{ "a: xyz.abc > 5 on *", 4, "no file 'xyz.csv'" },
	{ "a: cpu > 90% fro 5m on *", 14, "did you mean 'for'?" },
	{ "a: cpu > 90% for 5 on *", 19, "a unit is missing" },
	{ "a: cpu > 90% for 5x on *", 18, "write it like 90s, 5m or 1h30m" },
	{ "a: cpu > 90% for 5m1h on *", 18, "write it like" },
	{ "a: cpu > 90% for 05m on *", 18, "write it like" },
	{ "a: cpu > 90% for 8d on *", 18, "longer than 7 days" },
	{ "a: cpu > 90% for 99999999999999999999s on *", 18, "write it like" },
	{ "a: cpu > 90% for", 17, "a time is missing" },
	{ "a: cpu > 90% for 5m", 20, "such as: on *" },
	{ "a: cpu > 90%", 13, "such as: on *" },
	{ "a: cpu > 90% on", 16, "the name of a qube is missing" },
	{ "a: cpu > 90% on *, ", 20, "the name of a qube is missing" },
	{ "a: cpu > 90% on * except", 25, "the name of a qube is missing" },
	{ "a: cpu > 90% on \"work\"", 17, "'\"work\"' can be no qube" },
	{ "a: cpu > 90% on work;dev", 17, "'work;dev' can be no qube" },
	{ "a: cpu > 90% on a, !work", 20, "behind 'except'" },
	{ "a: cpu > 90% on [ab]", 17, "'[ab]' can be no qube" },
	{ "a: cpu > 90% on * except 'work'", 26, "can be no qube" },
	{ "a: cpu > 90% on caf\xc3\xa9", 17, "can be no qube" },
	{ "a: cpu >> 90% on *", 8, "'>>' compares nothing" },
	{ "a: cpu == 5 on *", 8, "written '='" },
	{ "a: cpu 90% on *", 8, "expected >, >=" },
	{ "a: cpu", 7, "a comparison is missing" },
	{ "a: cpu > ", 10, "a limit is missing" },
	{ "a: cpu > ninety on *", 10, "'ninety' is no number" },
	{ "a: cpu > 1e3 on *", 11, "no unit" },
	{ "a: cpu > 0x1 on *", 11, "no unit" },
	{ "a: cpu > 007 on *", 10, "no number" },
	{ "a: cpu > 1.5.5 on *", 13, "no unit" },
	{ "a: cpu > 99999999999999999999 on *", 10, "no number" },
	{ "a: mem_avail_kb < 5% on *", 20, "no percentage" },
	{ "a: rate(rx_bytes) < 5% on *", 22, "no percentage" },
	{ "a: cpu > 5MiB on *", 11, "no number of bytes" },
	{ "a: cpu > 5parsecs on *", 11, "B, kB, MB, GB, TB, KiB, MiB, GiB and TiB" },
	{ "a: cpu > 90%/s on *", 13, "fits a rate only" },
	{ "a: rate(cpu) > 5 on *", 9, "no counter" },
	{ "a: rate(load1) > 5 on *", 9, "no counter" },
	{ "a: rate(rx_bytes > 5 on *", 17, "a ')' is missing" },
	{ "a: rate( > 5 on *", 9, "a ')' is missing" },
	{ "a: sin(cpu) > 5 on *", 4, "only rate(COLUMN)" },
	{ "a: > 5 on *", 4, "a condition is missing" },
	{ "a: state > Running on *", 12, "compare it with = or !=" },
	{ "a: state = 5 on *", 12, "'5' is no state; there are Running, Halted, Paused," },
	{ "a: state = running on *", 12, "'running' is no state" },
	{ "a: state != Runing on *", 13, "'Runing' is no state" },
	{ "a: state = ok on *", 12, "Suspended, NA" },
	{ "a: scrape.result = timeuot on *", 20, "'timeuot' is no result; there are ok, timeout," },
	{ "a: scrape.result != none on *", 21, "'none' is no result" },
	{ "a: scrape.result != ok until = OK on *", 32, "'OK' is no result" },
	{ "a: scrape.result = Running on *", 20, "backoff, skipped" },
	{ "a: missing until = ok on *", 17, "leave 'until' out" },
	{ "a: cpu > 90% until > 95% on *", 20, "on its other side" },
	{ "a: cpu > 90% until < 95% on *", 20, "on its other side" },
	{ "a: cpu >= 90% until <= 90% on *", 21, "on its other side" },
	{ "a: cpu < 9% until > 5% on *", 19, "on its other side" },
	{ "a: state != Running until = Halted on *", 27, "on its other side" },
	{ "a: cpu > 90% where mount=/rw on *", 20, "no column for 'where'" },
	{ "a: disk.pct_used > 90% where moun=/rw on *", 30, "did you mean mount?" },
	{ "a: disk.pct_used > 90% where mount>/rw on *", 35, "compared with = or !=" },
	{ "a: disk.pct_used > 90% where mount= on *", 40, "expected" },
	{ "a: disk.pct_used > 9% where", 28, "a test is missing" },
	{ "a: disk.pct_used > 9% for 5m where mount=/ on *", 30, "the order is" },
	{ "a: cpu > 90% on a b", 19, "expected a comma" },
	{ "a: cpu > 90% on a as urgent", 22, "low, normal or critical" },
	{ "a: cpu > 90% on a as", 21, "low, normal or critical" },
	{ "a: cpu > 90% as low on a", 14, "the order is" },
	{ "rules: cpu > 90% on *", 1, "is taken" },
	{ "q cpu > 90% on *", 2, "a ':' is missing" },
	{ "5q: cpu > 90% on *", 1, "begins with its name" },
	{ ": cpu > 90% on *", 1, "begins with its name" },
	{ "a.b: cpu > 90% on *", 1, "begins with its name" },
	{ "a: cpu > 90% on *\r\r", 18, "odd byte" },
	{ "a: cpu > 90% on \r*", 17, "odd byte" },
	{ "a: cpu > 90% on \xff", 17, "odd byte" },
};

static void
bad_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(bad); i++) {
		CHECK_EQ(read_line(bad[i].text, strlen(bad[i].text)), -1, "%s", bad[i].text);
		CHECK_EQ(mistake.line, 7, "%s", bad[i].text);
		CHECK_EQ(mistake.column, bad[i].column, "%s: %s", bad[i].text, mistake.text);
		CHECK(
		    strstr(mistake.text, bad[i].said) != NULL, "%s: %s", bad[i].text, mistake.text);
	}
	check_done();
}

static void
bounds(void **state)
{
	char text[MON_RULE_LINE_MAX + 2];
	size_t n;

	(void)state;
	memset(text, 'a', sizeof(text));
	CHECK_EQ(read_line(text, sizeof(text) - 1), -1, "no rule");
	CHECK_EQ(read_line(text, sizeof(text)), -1, "a long line");
	CHECK(strstr(mistake.text, "longer than") != NULL, "%s", mistake.text);
	CHECK_EQ(read_line("a: cpu > 5 on *\0", 16), -1, "a NUL");
	CHECK_EQ(read_line("", 0), 0, "an empty line");
	CHECK_EQ(read_line(L(" \t # a: b")), 0, "a comment");
	n = (size_t)snprintf(text, sizeof(text), "a: cpu > 5 on ");
	for (int i = 0; i <= MON_RULE_GLOBS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%sa%d", i > 0 ? "," : "", i);
	CHECK_EQ(read_line(text, n), -1, "too many qubes");
	CHECK(strstr(mistake.text, "more than 16") != NULL, "%s", mistake.text);
	check_done();
}

static unsigned told[4];
static size_t ntold;

static void
tell(const struct mon_rule_mistake *m)
{
	if (ntold < CHECK_LEN(told))
		told[ntold] = m->line;
	ntold++;
}

static void
a_bad_line_disables_its_rule_alone(void **state)
{
	static struct mon_rules rules;
	static const char text[] =
	    "# head\na: cpu > 5 on *\nb: cpu\nc: cpu > 5 on *\n\na: cpu > 6 on *\n"
	    "d: cpu > 5 on *";
	char *exact = check_dup(L(text));

	(void)state;
	mon_language_file(exact, sizeof(text) - 1, &rules, tell);
	free(exact);
	CHECK_EQ(rules.n, 3, "a, c and d, which has no LF");
	CHECK_EQ(rules.bad, 2, "b and the second a");
	CHECK_EQ(rules.first.line, 3, "b first");
	CHECK_EQ(ntold, 2, "each is told");
	CHECK_EQ(told[1], 6, "the second a");
	CHECK(rules.list[0].when.limit == 5, "the first a counts");
	check_done();
}

static void
a_byte_order_mark_is_no_part_of_the_first_rule(void **state)
{
	static struct mon_rules rules;
	static const char text[] = "\xef\xbb\xbf"
				   "a: cpu > 5 on *\nb: cpu > 5 on *\n";
	char *exact = check_dup(L(text));

	(void)state;
	mon_language_file(exact, sizeof(text) - 1, &rules, NULL);
	free(exact);
	CHECK_EQ(rules.n, 2, "a and b");
	CHECK_EQ(rules.bad, 0, "none is wrong");
	CHECK(rules.n > 0 && strcmp(rules.list[0].name, "a") == 0, "a is called so");
	check_done();
}

static void
durations(void **state)
{
	static const struct {
		time_t s;
		const char *text;
	} cases[] = { { 0, "0s" }, { -5, "0s" }, { 59, "59s" }, { 300, "5m" }, { 880, "14m40s" },
		{ 3600, "1h" }, { 90061, "1d1h1m1s" } };
	char text[MON_DURATION_LEN];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		mon_language_duration(cases[i].s, text);
		CHECK(strcmp(text, cases[i].text) == 0, "%s is not %s", text, cases[i].text);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(good_rules),
		CHECK_TEST(words_and_names),
		CHECK_TEST(bad_rules),
		CHECK_TEST(bounds),
		CHECK_TEST(a_bad_line_disables_its_rule_alone),
		CHECK_TEST(a_byte_order_mark_is_no_part_of_the_first_rule),
		CHECK_TEST(durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
