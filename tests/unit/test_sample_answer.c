/* test_sample_answer.c - the answer's bounds, the text of an alert, what is left out. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "check.h"
#include "dropin.h"
#include "journal.h"
#include "wire.h"

static struct mon_answer answer;

/* Are these the lines between begin and end? */
static void
check_text(const char *what, const char *want)
{
	CHECK(answer.len == strlen(want) && memcmp(answer.buf, want, answer.len) == 0,
	    "%s: got %.*s", what, (int)answer.len, answer.buf);
}

static void
frames_the_lines(void **state)
{
	static const char want[] = "begin: 1\nconn: 1,2\nalert: c\nend: 2\n";
	struct mon_answer_mark mark;
	const char *whole;
	size_t end, len;

	(void)state;
	mon_answer_reset(&answer);
	mon_answer_payload(&answer, L("conn: 1,2"));
	mark = mon_answer_mark(&answer);
	mon_answer_payload(&answer, L("alert: a"));
	mon_answer_payload(&answer, L("alert: b"));
	CHECK_EQ(answer.rows[MON_KIND_ALERT], 2, "two alerts");
	mon_answer_back(&answer, &mark);
	CHECK_EQ(answer.rows[MON_KIND_ALERT], 0, "taken back");
	mon_answer_payload(&answer, L("alert: c"));
	end = mon_answer_close(&answer);
	CHECK_EQ(end, strlen("end: 2\n"), "the end");
	whole = mon_answer_whole(&answer, &len);
	CHECK(len == strlen(want) && memcmp(whole, want, len) == 0, "got %.*s", (int)len, whole);
	mon_answer_reset(&answer);
	mon_answer_close(&answer);
	check_text("none", "end: 0\n");
	check_done();
}

/* However full it is, its end has room, and the collector reads it. */
static void
ends_what_is_full(void **state)
{
	static char text[MON_MSG_MAX];
	uint64_t lines = 0;
	size_t end, len;

	(void)state;
	memset(text, 't', sizeof(text));
	mon_answer_reset(&answer);
	for (int i = 0; i < 2 * MON_ANSWER_LINES; i++) {
		mon_answer_begin(&answer, MON_KIND_CUSTOM);
		mon_answer_name(&answer, text, 200);
		mon_answer_number(&answer, 1);
		mon_answer_end(&answer);
		mon_answer_alert(&answer, text, sizeof(text));
	}
	end = mon_answer_close(&answer);
	mon_answer_whole(&answer, &len);
	CHECK(len <= MON_ANSWER_MAX, "%zu bytes", len);
	CHECK(mon_wire_end(answer.buf + answer.len - end, end - 1, &lines) && lines == answer.lines,
	    "%zu lines, the end says %zu", answer.lines, (size_t)lines);
	check_done();
}

static void
adds_fields(void **state)
{
	(void)state;
	mon_answer_reset(&answer);
	mon_answer_begin(&answer, MON_KIND_CONN);
	mon_answer_number(&answer, 0);
	mon_answer_number(&answer, INT64_MAX);
	CHECK(mon_answer_end(&answer), "numbers");
	mon_answer_begin(&answer, MON_KIND_DISK);
	mon_answer_name(&answer, L("=a,b \"c\""));
	mon_answer_name(&answer, L("/"));
	mon_answer_bytes(&answer, L("1"));
	mon_answer_number(&answer, 2);
	mon_answer_number(&answer, 3);
	mon_answer_percent(&answer, 100);
	CHECK(mon_answer_end(&answer), "names and percent");
	mon_answer_begin(&answer, MON_KIND_CUSTOM);
	mon_answer_name(&answer, L("x"));
	mon_answer_tenths(&answer, 1005);
	CHECK(mon_answer_end(&answer), "tenths");
	check_text("all", "conn: 0,9223372036854775807\n"
			  "disk: \\075a\\054b\\040\\042c\\042,/,1,2,3,100%\ncustom: x,100.5\n");
	check_done();
}

static void
takes_bad_lines_back(void **state)
{
	(void)state;
	mon_answer_reset(&answer);
	mon_answer_begin(&answer, MON_KIND_CONN);
	mon_answer_number(&answer, 1);
	CHECK(!mon_answer_end(&answer), "a field is missing");
	mon_answer_begin(&answer, MON_KIND_STATE);
	mon_answer_bytes(&answer, L("Running"));
	CHECK(!mon_answer_end(&answer), "a kind of the collector");
	mon_answer_begin(&answer, MON_KIND_CUSTOM);
	mon_answer_name(&answer, L(""));
	mon_answer_number(&answer, 1);
	CHECK(!mon_answer_end(&answer), "an empty name");
	CHECK_EQ(answer.lines, 0, "none of them");
	mon_answer_begin(&answer, MON_KIND_CONN);
	mon_answer_number(&answer, 1);
	mon_answer_number(&answer, 2);
	CHECK(mon_answer_end(&answer), "a good one behind them");
	check_text("only that", "conn: 1,2\n");
	check_done();
}

/* A counter below zero does not cost the line. */
static void
takes_a_number_too_large(void **state)
{
	(void)state;
	mon_answer_reset(&answer);
	mon_answer_payload(&answer, L("conn: 9223372036854775807,9223372036854775807"));
	CHECK(!answer.large, "the largest that a column takes");
	mon_answer_reset(&answer);
	mon_answer_begin(&answer, MON_KIND_CONN);
	mon_answer_number(&answer, (uint64_t)INT64_MAX + 1);
	mon_answer_number(&answer, 2);
	CHECK(mon_answer_end(&answer), "one more");
	CHECK(answer.large, "it can be told");
	check_text("the other figure is as it was", "conn: 9223372036854775807,2\n");
	mon_answer_reset(&answer);
	CHECK(!answer.large, "reset");
	mon_answer_begin(&answer, MON_KIND_CPU);
	mon_answer_number(&answer, 4);
	mon_answer_hundredths(&answer, 1907);
	mon_answer_tenths(&answer, 0);
	mon_answer_tenths(&answer, 1000);
	CHECK(mon_answer_end(&answer), "points");
	check_text("points", "cpu: 4,19.07,0.0,100.0\n");
	check_done();
}

/* However long the other lines are, there is room for every alert. */
static void
keeps_room_for_alerts(void **state)
{
	static char name[3000], text[4 * MON_MSG_MAX];
	int disks = 0, alerts = 0;

	(void)state;
	memset(name, 'n', sizeof(name));
	memset(text, 't', sizeof(text));
	mon_answer_reset(&answer);
	for (int i = 0; i < MON_KIND_ROWS; i++) {
		mon_answer_begin(&answer, MON_KIND_DISK);
		mon_answer_name(&answer, name, sizeof(name));
		mon_answer_name(&answer, name, 900);
		mon_answer_number(&answer, 1);
		mon_answer_number(&answer, 1);
		mon_answer_number(&answer, 1);
		mon_answer_percent(&answer, 1);
		disks += mon_answer_end(&answer);
	}
	CHECK(disks > 5 && disks < MON_KIND_ROWS, "%d disks", disks);
	for (int i = 0; i < MON_ALERTS_MAX + 5; i++)
		alerts += mon_answer_alert(&answer, text, sizeof(text));
	CHECK_EQ(alerts, MON_ALERTS_MAX, "alerts");
	CHECK(answer.len <= MON_ANSWER_MAX, "%zu bytes", answer.len);
	check_done();
}

/* However many lines there are of all other kinds, there is one for every alert. */
static void
keeps_lines_for_alerts(void **state)
{
	static const char *const lines[] = { "net: e,1,1,1,1,1,1", "io: sda,1,1,1,1,1,1,1",
		"disk: /dev/a,/,1,1,1,1%", "custom: a,1" };
	static char text[] = "t";
	size_t len, others = 0;

	(void)state;
	mon_answer_reset(&answer);
	CHECK(mon_answer_alert(&answer, text, 1), "an alert before all others");
	for (size_t i = 0; i < CHECK_LEN(lines); i++)
		for (int n = 0; n < MON_KIND_ROWS; n++)
			others += mon_answer_payload(&answer, lines[i], strlen(lines[i]));
	CHECK_EQ(others, MON_ANSWER_LINES - MON_ALERTS_MAX, "other lines");
	for (int i = 1; i < MON_ALERTS_MAX; i++)
		CHECK(mon_answer_alert(&answer, text, 1), "alert %d", i);
	CHECK(!mon_answer_alert(&answer, text, 1), "one too many");
	mon_answer_close(&answer);
	mon_answer_whole(&answer, &len);
	CHECK_EQ(answer.lines, MON_ANSWER_LINES, "as many as a collector takes");
	CHECK(len <= MON_ANSWER_MAX, "%zu bytes", len);
	check_done();
}

/*
 * The caps fit each other: an answer with as many interfaces, disks and devices as a kind may
 * have, counters of some TB, and the longest alerts, is sent whole.
 */
static void
holds_what_the_caps_promise(void **state)
{
	static const struct {
		enum mon_kind kind;
		const char *line;
	} lines[] = {
		{ MON_KIND_NET, "net: vif1234.12-emu,8796093022208,0,1000000,8796093022208,0,0" },
		{ MON_KIND_DISK,
		    "disk: /dev/mapper/vg-volume12345678,/var/lib/docker/overlay/12345678,4294967296,2147483648,2147483648,50%" },
		{ MON_KIND_IO,
		    "io: nvme0n12,1000000000,8796093022208,100000000,1000000000,8796093022208,100000000,1000000000" },
	};
	static char text[MON_MSG_MAX];
	size_t len, want = 4;

	(void)state;
	memset(text, 't', sizeof(text));
	mon_answer_reset(&answer);
	CHECK(
	    mon_answer_payload(&answer,
		L("sys: 100.0,0.0,0.0,1000.00,1000.00,1000.00,1099511627776,1099511627776,1099511627776,1099511627776,1099511627776,10000,10000")),
	    "sys");
	CHECK(mon_answer_payload(&answer, L("cpu: 256,256.00,100.0,100.0")), "cpu");
	CHECK(mon_answer_payload(&answer, L("conn: 1000000,1000000")), "conn");
	CHECK(
	    mon_answer_payload(&answer,
		L("pressure: 8796093022208,8796093022208,8796093022208,8796093022208,8796093022208")),
	    "pressure");
	for (size_t i = 0; i < CHECK_LEN(lines); i++)
		for (size_t n = 0; n < mon_schema[lines[i].kind].rows_max; n++, want++)
			CHECK(mon_answer_payload(&answer, lines[i].line, strlen(lines[i].line)),
			    "%s, row %zu", lines[i].line, n);
	for (int i = 0; i < MON_ALERTS_MAX; i++, want++)
		CHECK(mon_answer_alert(&answer, text, sizeof(text)), "alert %d", i);
	mon_answer_close(&answer);
	mon_answer_whole(&answer, &len);
	CHECK_EQ(answer.lines, want, "lines");
	CHECK(len <= MON_ANSWER_MAX && want <= MON_ANSWER_LINES, "%zu bytes, %zu lines", len, want);
	check_done();
}

static const struct {
	const char *what, *line;
	size_t len;
	const char *want;
} payloads[] = {
	{ "custom", L("custom: nft_drops,42"), "custom: nft_drops,42\n" },
	{ "a decimal", L("custom: t,0.25"), "custom: t,0.25\n" },
	{ "an alert is cleaned", L("alert: =a,b\033\"c\""), "alert: ?ab?'c'\n" },
	{ "another kind of the guest", L("conn: 1,2"), "conn: 1,2\n" },
	{ "a kind of the collector", L("state: Running"), "" },
	{ "a forged stamp", L("2025-08-31T12:00:10Z work conn: 1,2"), "" },
	{ "no number", L("custom: a,b"), "" },
	{ "a NUL", L("custom: a\0,1"), "" },
	{ "empty", L(""), "" },
};

static void
takes_foreign_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(payloads); i++) {
		char *exact = check_dup(payloads[i].line, payloads[i].len);

		mon_answer_reset(&answer);
		CHECK_EQ(mon_answer_payload(&answer, exact, payloads[i].len),
		    *payloads[i].want != '\0', "%s", payloads[i].what);
		check_text(payloads[i].what, payloads[i].want);
		free(exact);
	}
	mon_answer_reset(&answer);
	for (int i = 0; i < MON_KIND_ROWS; i++)
		CHECK(mon_answer_payload(&answer, L("custom: a,1")), "line %d", i);
	CHECK(!mon_answer_payload(&answer, L("custom: a,1")), "one too many");
	CHECK(mon_answer_payload(&answer, L("conn: 1,2")), "another kind has room");
	check_done();
}

/* ---- alerts ---- */

#define S(s)                                                                                       \
	{                                                                                          \
		(s), sizeof(s) - 1                                                                 \
	}
#define NONE                                                                                       \
	{                                                                                          \
		NULL, 0                                                                            \
	}
#define NOON 1756641609123456u /* 2025-08-31T12:00:09Z */

static const struct {
	const char *what;
	struct mon_journal_entry entry;
	const char *want;
} texts[] = {
	{ "the kernel", { NOON, S("kernel"), NONE, S("NET: eth0"), NONE },
	    "Aug 31 12:00:09 kernel: NET: eth0" },
	{ "a process", { NOON, S("sudo"), S("12"), S("x"), NONE }, "Aug 31 12:00:09 sudo[12]: x" },
	{ "the first of a month", { 1756684800000000u, S("a"), NONE, S("x"), NONE },
	    "Sep 01 00:00:00 a: x" },
	{ "nobody", { NOON, NONE, NONE, S("x"), NONE }, "Aug 31 12:00:09 unknown: x" },
	{ "nothing", { NOON, S("a"), NONE, NONE, NONE }, "Aug 31 12:00:09 a: " },
};

static void
prints_as_journalctl(void **state)
{
	char dst[64];

	(void)state;
	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < CHECK_LEN(texts); i++) {
		size_t n = mon_journal_text(&texts[i].entry, dst, sizeof(dst));

		CHECK(n == strlen(texts[i].want) && memcmp(dst, texts[i].want, n) == 0,
		    "%s: got %.*s", texts[i].what, (int)n, dst);
	}
	setenv("TZ", "Europe/Berlin", 1);
	mon_journal_text(&texts[0].entry, dst, sizeof(dst));
	CHECK(memcmp(dst, "Aug 31 14:00:09", 15) == 0, "local time: got %.15s", dst);
	setenv("TZ", "UTC", 1);
	check_done();
}

static void
cuts_long_entries(void **state)
{
	(void)state;
	for (size_t cap = 0; cap < 40; cap++) {
		char *exact = malloc(cap);

		CHECK_EQ(mon_journal_text(&texts[1].entry, exact, cap), cap < 27 ? cap : 27,
		    "%zu bytes", cap);
		free(exact);
	}
	check_done();
}

static const struct {
	const char *what, *a, *b;
	bool same;
} cursors[] = {
	{ "the same", "s=1;i=2;b=3;m=4;t=5;x=6", "s=1;i=2;b=3;m=4;t=5;x=6", true },
	{ "a copy in another file", "s=1;i=2;b=3;m=4;t=5;x=6", "s=9;i=8;b=3;m=4;t=5;x=6", true },
	{ "another message at that time", "s=1;i=2;b=3;m=4;t=5;x=6", "s=1;i=3;b=3;m=4;t=5;x=7",
	    false },
	{ "another boot", "s=1;i=2;b=3;m=4;t=5;x=6", "s=1;i=2;b=4;m=4;t=5;x=6", false },
	{ "none yet", "s=1;i=2;b=3;m=4;t=5;x=6", "", false },
	{ "both of a form not known", "z=1", "z=1", false },
};

static void
knows_an_entry_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cursors); i++)
		CHECK_EQ(mon_journal_same_entry(cursors[i].a, cursors[i].b), cursors[i].same, "%s",
		    cursors[i].what);
	check_done();
}

static const struct {
	const char *name;
	bool good;
} names[] = {
	{ "nft-drops", true },
	{ "10_disk.sh", true },
	{ "A", true },
	{ "", false },
	{ ".hidden", false },
	{ "backup~", false },
	{ "a b", false },
	{ "a.dpkg-old", false },
	{ "a.dpkg-new", false },
	{ "a.rpmsave", false },
	{ "a.rpmnew", false },
	{ "a.rpmorig", false },
	{ "a/b", false },
	{ "#a#", false },
	{ "\303\274", false },
};

static void
knows_names_of_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(names); i++)
		CHECK_EQ(mon_dropin_is_name(names[i].name), names[i].good, "'%s'", names[i].name);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(adds_fields),
		CHECK_TEST(frames_the_lines),
		CHECK_TEST(ends_what_is_full),
		CHECK_TEST(takes_bad_lines_back),
		CHECK_TEST(takes_a_number_too_large),
		CHECK_TEST(keeps_room_for_alerts),
		CHECK_TEST(keeps_lines_for_alerts),
		CHECK_TEST(holds_what_the_caps_promise),
		CHECK_TEST(takes_foreign_lines),
		CHECK_TEST(prints_as_journalctl),
		CHECK_TEST(cuts_long_entries),
		CHECK_TEST(knows_an_entry_again),
		CHECK_TEST(knows_names_of_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
