/* test_scrape.c - whom to ask, what an answer holds, and who is left alone. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "caps.h"
#include "check.h"
#include "exclude.h"
#include "history.h"
#include "intake.h"
#include "target.h"

#define TS "2025-08-31T12:00:10Z"

/* ---- intake ---- */

static const struct {
	const char *what, *answer;
	size_t len;
	bool whole;
	const char *lines; /* without stamp and name, "|" for LF */
	size_t rejected;
	enum mon_target_result result; /* from MON_TARGET_OK, or _TIMEOUT if not whole */
	enum mon_wire_err reason;
} answers[] = {
	{ "two lines", L("conn: 1,2\nalert: a\n"), true, "conn: 1,2|alert: a|", 0, MON_TARGET_OK, MON_WIRE_OK },
	{ "nothing", L(""), true, "", 0, MON_TARGET_FAILED, MON_WIRE_OK },
	{ "no good line", L("x\n"), true, "", 1, MON_TARGET_FAILED, MON_WIRE_KIND },
	{ "cut off", L("conn: 1,2\nconn: 3,4"), true, "conn: 1,2|", 1, MON_TARGET_OK, MON_WIRE_CUT },
	{ "broken off: no alerts", L("alert: a\nconn: 1,2\n"), false, "conn: 1,2|", 0, MON_TARGET_TIMEOUT, MON_WIRE_OK },
	{ "forged kinds", L("state: Running\nscrape: ok,1,1,1,1\nconn: 1,2\n"), true, "conn: 1,2|", 2, MON_TARGET_OK, MON_WIRE_KIND },
	{ "a forged stamp", L(TS " dom0 conn: 1,2\nconn: 1,2\n"), true, "conn: 1,2|", 1, MON_TARGET_OK, MON_WIRE_KIND },
	{ "our mark", L("alert: ! all is well\n"), true, "alert: ? all is well|", 0, MON_TARGET_OK, MON_WIRE_OK },
	{ "a comma before our mark", L("alert: ,!x\n"), true, "alert: ?x|", 0, MON_TARGET_OK, MON_WIRE_OK },
	{ "the first reason", L("conn: 1\nx\nconn: 1,2\n"), true, "conn: 1,2|", 2, MON_TARGET_OK, MON_WIRE_COLUMNS },
	{ "NUL and empty lines", L("\n\0\nconn: 1,2\n\n"), true, "conn: 1,2|", 3, MON_TARGET_OK, MON_WIRE_KIND },
	{ "carriage returns", L("conn: 1,2\r\nconn: 1,2\n"), true, "conn: 1,2|", 1, MON_TARGET_OK, MON_WIRE_FIELD },
};

/* Static for their size. */
static char out[MON_INTAKE_MAX], want[MON_INTAKE_MAX];

static void
takes_good_lines_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(answers); i++) {
		char *exact = check_dup(answers[i].answer, answers[i].len);
		struct mon_target t = { .vm = "work",
			.result = answers[i].whole ? MON_TARGET_OK : MON_TARGET_TIMEOUT,
			.allowed = MON_INTAKE_MAX };
		enum mon_wire_err reason = MON_WIRE_ERRS;
		const char *const what = answers[i].what;
		size_t n, wantlen = 0, lines = 0;

		for (const char *p = answers[i].lines; *p != '\0'; lines++) {
			size_t len = strcspn(p, "|");

			wantlen += (size_t)sprintf(want + wantlen, TS " work %.*s\n", (int)len, p);
			p += len + 1;
		}
		n = mon_intake_lines(exact, answers[i].len, answers[i].whole, TS, &t, out, &reason);
		CHECK(n == wantlen && memcmp(out, want, n) == 0, "%s: '%.*s'", what, (int)n, out);
		CHECK_EQ(t.lines, lines, "%s", what);
		CHECK_EQ(t.rejected, answers[i].rejected, "%s", what);
		CHECK_EQ(t.result, answers[i].result, "%s", what);
		CHECK_EQ(reason, answers[i].reason, "%s", what);
		CHECK_EQ(t.filed, n, "%s", what);
		CHECK(!t.over_quota, "%s", what);
		free(exact);
	}
	check_done();
}

/*
 * ${n} times ${line} is one answer that ended with ${result}, or was "ok" if that is TOO_BIG: how
 * many are taken, how many rejected?
 */
static void
check_bound(const char *line, size_t n, size_t lines, size_t rejected, enum mon_target_result result)
{
	enum mon_target_result before = result == MON_TARGET_TOO_BIG ? MON_TARGET_OK : result;
	size_t len = strlen(line);
	char *answer = malloc(n * len);
	struct mon_target t = { .vm = "work", .result = before, .allowed = MON_INTAKE_MAX };
	enum mon_wire_err reason = MON_WIRE_OK;

	assert_non_null(answer);
	for (size_t i = 0; i < n; i++)
		memcpy(answer + i * len, line, len);
	(void)mon_intake_lines(answer, n * len, true, TS, &t, out, &reason);
	CHECK_EQ(t.lines, lines, "%zu x %s", n, line);
	CHECK_EQ(t.rejected, rejected, "%zu x %s", n, line);
	CHECK_EQ(t.result, result, "%zu x %s", n, line);
	free(answer);
}

static void
bounds_lines_and_rows(void **state)
{
	(void)state;
	check_bound("conn: 1,2\n", MON_KIND_ROWS, MON_KIND_ROWS, 0, MON_TARGET_OK);
	check_bound("conn: 1,2\n", MON_KIND_ROWS + 1, MON_KIND_ROWS, 1, MON_TARGET_OK);
	check_bound("alert: x\n", MON_ALERTS_MAX, MON_ALERTS_MAX, 0, MON_TARGET_OK);
	check_bound("alert: x\n", MON_ALERTS_MAX + 5, MON_ALERTS_MAX, 5, MON_TARGET_OK);
	check_bound("conn: 1,2\n", MON_ANSWER_LINES, MON_KIND_ROWS, MON_ANSWER_LINES - MON_KIND_ROWS,
	    MON_TARGET_OK);
	check_bound("conn: 1,2\n", MON_ANSWER_LINES + 1, MON_KIND_ROWS,
	    MON_ANSWER_LINES + 1 - MON_KIND_ROWS, MON_TARGET_TOO_BIG);
	check_bound("x\n", 10000, 0, MON_ANSWER_LINES + 1, MON_TARGET_TOO_BIG);
	/* One that hangs is left alone for a while, whatever it sent before. */
	check_bound("x\n", 10000, 0, MON_ANSWER_LINES + 1, MON_TARGET_TIMEOUT);
	check_bound("x\n", 10000, 0, MON_ANSWER_LINES + 1, MON_TARGET_FAILED);
	check_done();
}

/* The fullest answer there can be fits in MON_INTAKE_MAX: ASan watches the heap block. */
static void
fits_the_fullest_answer(void **state)
{
	static char answer[MON_ANSWER_MAX + 1];
	struct mon_target t = { .vm = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.result = MON_TARGET_OK,
		.allowed = MON_INTAKE_MAX };
	enum mon_wire_err reason = MON_WIRE_OK;
	char *exact = malloc(MON_INTAKE_MAX);
	size_t at = 0, n;

	(void)state;
	assert_non_null(exact);
	for (int i = 0; i < 64; i++) { /* names as long as 64 lines allow */
		at += (size_t)sprintf(answer + at, "custom: ");
		memset(answer + at, 'x', 1013);
		at += 1013;
		at += (size_t)sprintf(answer + at, ",1\n");
	}
	assert_true(at <= MON_ANSWER_MAX);
	n = mon_intake_lines(answer, at, true, TS, &t, exact, &reason);
	CHECK_EQ(t.lines, 64, "all taken");
	CHECK(n <= MON_INTAKE_MAX, "%zu bytes", n);
	free(exact);
	check_done();
}

/* The bytes of "work conn: 1,2" with its stamp and LF. */
#define ONE (MON_STAMP_LEN + 16)

static const struct {
	const char *what, *answer;
	size_t allowed, filed, lines, rejected;
	enum mon_target_result before, after;
	bool over;
} allowances[] = {
	{ "nothing", "conn: 1,2\n", 0, 0, 0, 1, MON_TARGET_OK, MON_TARGET_TOO_BIG, true },
	{ "a byte too few", "conn: 1,2\n", ONE - 1, 0, 0, 1, MON_TARGET_OK, MON_TARGET_TOO_BIG, true },
	{ "one line", "conn: 1,2\n", ONE, ONE, 1, 0, MON_TARGET_OK, MON_TARGET_OK, false },
	{ "one of two", "conn: 1,2\nconn: 1,2\n", 2 * ONE - 1, ONE, 1, 1, MON_TARGET_OK, MON_TARGET_TOO_BIG, true },
	{ "two of two", "conn: 1,2\nconn: 1,2\n", 2 * ONE, 2 * ONE, 2, 0, MON_TARGET_OK, MON_TARGET_OK, false },
	{ "a shorter one behind is not taken", "conn: 1,2\nconn: 11,22\nconn: 1,2\n", 2 * ONE, ONE, 1, 2, MON_TARGET_OK,
	    MON_TARGET_TOO_BIG, true },
	{ "bad lines cost nothing", "x\nconn: 1\nconn: 1,2\n", ONE, ONE, 1, 2, MON_TARGET_OK, MON_TARGET_OK, false },
	{ "what leaves counts, not what came: a comma before our mark goes", "alert: ,!x\n", ONE, ONE, 1, 0, MON_TARGET_OK,
	    MON_TARGET_OK, false },
	{ "a broken answer stays what it was", "conn: 1,2\n", 0, 0, 0, 1, MON_TARGET_TIMEOUT, MON_TARGET_TIMEOUT, true },
	{ "alerts that come again are not counted", "alert: a\n", 0, 0, 0, 0, MON_TARGET_TIMEOUT, MON_TARGET_TIMEOUT, false },
	{ "only bad lines", "x\n", 0, 0, 0, 1, MON_TARGET_OK, MON_TARGET_FAILED, false },
};

static void
files_no_more_than_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(allowances); i++) {
		const char *const what = allowances[i].what;
		size_t len = strlen(allowances[i].answer);
		char *exact = check_dup(allowances[i].answer, len);
		struct mon_target t = { .vm = "work",
			.result = allowances[i].before,
			.allowed = allowances[i].allowed };
		enum mon_wire_err reason = MON_WIRE_OK;

		CHECK_EQ(mon_intake_lines(exact, len, t.result == MON_TARGET_OK, TS, &t, out, &reason),
		    allowances[i].filed, "%s", what);
		CHECK_EQ(t.filed, allowances[i].filed, "%s", what);
		CHECK_EQ(t.lines, allowances[i].lines, "%s", what);
		CHECK_EQ(t.rejected, allowances[i].rejected, "%s", what);
		CHECK_EQ(t.result, allowances[i].after, "%s", what);
		CHECK_EQ(t.over_quota, allowances[i].over, "%s", what);
		CHECK(t.lines == 0 || memcmp(out, L(TS " work ")) == 0, "%s", what);
		free(exact);
	}
	check_done();
}

/* What an honest qube sends first survives, whatever comes behind it, and for every allowance. */
static void
files_a_beginning_of_whole_lines(void **state)
{
	static const char answer[] = "sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\n"
				     "net: eth0,1,0,0,2,0,0\nconn: 12,4\nalert: a\nalert: bb\n";
	char *exact = check_dup(answer, sizeof(answer) - 1);
	struct mon_target t = { .vm = "work", .result = MON_TARGET_OK, .allowed = MON_INTAKE_MAX };
	enum mon_wire_err reason = MON_WIRE_OK;
	size_t whole = mon_intake_lines(exact, sizeof(answer) - 1, true, TS, &t, want, &reason), last = 0;

	(void)state;
	for (size_t allowed = 0; allowed <= whole + 1; allowed++) {
		size_t n;

		t = (struct mon_target){ .vm = "work", .result = MON_TARGET_OK, .allowed = allowed };
		n = mon_intake_lines(exact, sizeof(answer) - 1, true, TS, &t, out, &reason);
		CHECK(n <= allowed && n >= last && memcmp(out, want, n) == 0, "%zu", allowed);
		CHECK(n == 0 || out[n - 1] == '\n', "%zu", allowed);
		CHECK(n == last || n == allowed, "%zu: a line is taken as soon as it fits", allowed);
		CHECK_EQ(t.lines + t.rejected, 5, "%zu", allowed);
		last = n;
	}
	CHECK_EQ(last, whole, "all of it");
	free(exact);
	check_done();
}

static void
reports_every_result(void **state)
{
	(void)state;
	for (int r = MON_TARGET_OK; r < MON_TARGET_RESULTS; r++) {
		struct mon_target t = { .vm = "work", .result = (enum mon_target_result)r, .ms = 41,
			.bytes = 1183, .lines = 13, .rejected = 2 };
		char line[MON_ROW_MAX];
		size_t n = mon_intake_report(TS, &t, line);
		struct mon_rec rec;
		const char *name = mon_target_result_name((enum mon_target_result)r);

		CHECK_EQ(mon_wire_parse(line, n - 1, &rec), MON_WIRE_OK, "%s", name);
		CHECK_EQ(mon_target_result_find(name, strlen(name)), r, "%s", name);
		if (r == MON_TARGET_OK)
			CHECK(memcmp(line, L(TS " work scrape: ok,41,1183,13,2\n")) == 0, "%.*s", (int)n, line);
	}
	CHECK_EQ(mon_target_result_find("nope", 4), MON_TARGET_NONE, "no such word");
	check_done();
}

/* ---- targets ---- */

static const struct {
	const char *line;
	enum mon_target_err want;
	bool asked; /* is "work" to be asked afterwards? */
} lines[] = {
	{ "work", MON_TARGET_ADDED, true },
	{ TS " work state: Running", MON_TARGET_ADDED, true },
	{ TS " work state: Halted", MON_TARGET_ADDED, false },
	{ TS " work state: running", MON_TARGET_ADDED, false },
	{ TS " work state: RunningX", MON_TARGET_ADDED, false },
	{ TS " work conn: 1,2", MON_TARGET_BAD, false },
	{ "work Running", MON_TARGET_BAD, false },
	{ "work ", MON_TARGET_BAD, false },
	{ "", MON_TARGET_BAD, false },
	{ "--help", MON_TARGET_BAD, false },
	{ "/work", MON_TARGET_BAD, false },
	{ "dom0", MON_TARGET_LEFT_OUT, false },
	{ "me", MON_TARGET_LEFT_OUT, false },
	{ "disp123", MON_TARGET_LEFT_OUT, false },
	{ TS " dom0 state: Running", MON_TARGET_LEFT_OUT, false },
};

static struct mon_targets targets;

static void
start_over(const struct mon_exclude *exclude)
{
	memset(&targets, 0, sizeof(targets));
	targets.self = "me";
	targets.exclude = exclude;
	targets.quota = MON_QUOTA_DAY;
}

static void
chooses_whom_to_ask(void **state)
{
	const struct mon_exclude exclude = { .globs = { "disp*" }, .n = 1 };

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(lines); i++) {
		size_t len = strlen(lines[i].line);
		char *exact = check_dup(lines[i].line, len);

		start_over(&exclude);
		CHECK_EQ(mon_target_add_line(&targets, exact, len), lines[i].want, "%s", lines[i].line);
		CHECK_EQ(targets.n, lines[i].want == MON_TARGET_ADDED, "%s", lines[i].line);
		CHECK_EQ(targets.n == 1 && targets.list[0].ask, lines[i].asked, "%s", lines[i].line);
		free(exact);
	}
	start_over(&exclude);
	for (int i = 0; i < MON_VMS_MAX + 1; i++) {
		char name[16];
		int n = snprintf(name, sizeof(name), "q%d", i);

		CHECK_EQ(mon_target_add(&targets, name, (size_t)n, true),
		    i < MON_VMS_MAX ? MON_TARGET_ADDED : MON_TARGET_FULL, "%s", name);
	}
	CHECK_EQ(mon_target_add(&targets, "q5", 2, false), MON_TARGET_ADDED, "known ones still count");
	CHECK(!targets.list[5].ask, "the last word on its state counts");
	check_done();
}

static void
asks_who_answered_first(void **state)
{
	static const enum mon_target_result last[] = { MON_TARGET_TIMEOUT, MON_TARGET_NONE,
		MON_TARGET_OK, MON_TARGET_REFUSED, MON_TARGET_SKIPPED, MON_TARGET_OK };
	char order[CHECK_LEN(last) + 1] = "";

	(void)state;
	start_over(NULL);
	for (size_t i = 0; i < CHECK_LEN(last); i++) {
		targets.list[i].vm[0] = (char)('a' + i);
		targets.list[i].last = last[i];
	}
	targets.n = CHECK_LEN(last);
	mon_target_sort(&targets);
	for (size_t i = 0; i < targets.n; i++)
		order[i] = targets.list[i].vm[0];
	assert_string_equal(order, "cfbead");
}

/* ---- history ---- */

static int
fresh_folder(char *path)
{
	int fd;

	strcpy(path, "/tmp/mon-history.XXXXXX");
	assert_non_null(mkdtemp(path));
	fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	return fd;
}

static void
drop_folder(int fd, const char *path)
{
	unlinkat(fd, "scrape-history", 0);
	close(fd);
	assert_int_equal(rmdir(path), 0); /* nothing else is left in it */
}

/* One run at ${now} in which "work" is to be asked and ends with ${result}; was it left alone? */
static bool
run_at(int fd, time_t now, enum mon_target_result result)
{
	const struct mon_exclude exclude = { 0 };
	bool alone;

	start_over(&exclude);
	assert_int_equal(mon_target_add(&targets, "work", 4, true), MON_TARGET_ADDED);
	assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
	alone = targets.list[0].result == MON_TARGET_BACKOFF;
	if (!alone)
		targets.list[0].result = result;
	assert_int_equal(mon_history_keep(fd, now, &targets), 0);
	return alone;
}

static void
leaves_the_silent_alone(void **state)
{
	static const struct {
		time_t at;
		enum mon_target_result result;
		bool alone;
	} runs[] = {
		{ 1000, MON_TARGET_TIMEOUT, false }, { 1010, MON_TARGET_OK, true },
		{ 1020, MON_TARGET_TIMEOUT, false }, { 1050, MON_TARGET_OK, true },
		{ 1060, MON_TARGET_SKIPPED, false }, /* its turn, but the run was over: no new pause */
		{ 1061, MON_TARGET_TIMEOUT, false }, { 1140, MON_TARGET_OK, true },
		{ 1141, MON_TARGET_OK, false },	     { 1142, MON_TARGET_TIMEOUT, false },
		{ 1161, MON_TARGET_OK, true },	     { 1162, MON_TARGET_OK, false }, /* anew: 20 s */
		{ 1163, MON_TARGET_REFUSED, false }, { 1164, MON_TARGET_FAILED, false },
	};
	char path[64];
	int fd = fresh_folder(path);

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(runs); i++)
		CHECK_EQ(run_at(fd, runs[i].at, runs[i].result), runs[i].alone, "at %lld",
		    (long long)runs[i].at);
	drop_folder(fd, path);
	check_done();
}

static const struct {
	const char *what, *file;
	bool alone; /* at the time 1000 */
} files[] = {
	{ "a good line", "work timeout 1 1020 1000 86400\n", true },
	{ "among others", "a ok 0 0 1\nwork timeout 1 1020 1000\nb ok 0 0 1\n", true },
	{ "over", "work timeout 1 1000 980\n", false },
	{ "too far away: the clock was set back", "work timeout 1 99999 1000\n", false },
	{ "... by minutes: a first pause is 20 seconds long", "work timeout 1 1021 2000\n", false },
	{ "the second is 40", "work timeout 2 1040 1000\n", true },
	{ "... and no longer", "work timeout 2 1041 2000\n", false },
	{ "the longest", "work timeout 64 2800 1000\n", true },
	{ "... and no longer", "work timeout 64 2801 1000\n", false },
	{ "no number of timeouts", "work timeout 0 1020 1000\n", true },
	{ "empty", "", false },
	{ "cut off", "work timeout 1 10", false },
	{ "a number too few", "work timeout 1 1020\n", false },
	{ "of an older version: without OWED", "work timeout 1 1020 1000\n", true },
	{ "a number too many", "work timeout 1 1020 1000 7 7\n", false },
	{ "no number behind", "work timeout 1 1020 1000 x\n", false },
	{ "no number", "work timeout 1 x 1000\n", false },
	{ "negative", "work timeout -1 1020 1000\n", false },
	{ "another qube", "work2 timeout 1 1020 1000\n", false },
	{ "bytes", "\x00\xff\x01 \n\nwork timeout 1 1020 1000\n", false },
};

static void
survives_an_odd_history(void **state)
{
	char path[64];
	int fd = fresh_folder(path);

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(files); i++) {
		int file = openat(fd, "scrape-history", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		ssize_t n = (ssize_t)strlen(files[i].file);

		assert_true(file >= 0 && write(file, files[i].file, (size_t)n) == n);
		close(file);
		CHECK_EQ(run_at(fd, 1000, MON_TARGET_OK), files[i].alone, "%s", files[i].what);
	}
	drop_folder(fd, path);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(takes_good_lines_only),
		CHECK_TEST(bounds_lines_and_rows),
		CHECK_TEST(fits_the_fullest_answer),
		CHECK_TEST(files_no_more_than_allowed),
		CHECK_TEST(files_a_beginning_of_whole_lines),
		CHECK_TEST(reports_every_result),
		CHECK_TEST(chooses_whom_to_ask),
		CHECK_TEST(asks_who_answered_first),
		CHECK_TEST(leaves_the_silent_alone),
		CHECK_TEST(survives_an_odd_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
