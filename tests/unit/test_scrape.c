/* test_scrape.c - whom to ask, what an answer holds, and who is left alone. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "caps.h"
#include "check.h"
#include "exclude.h"
#include "history.h"
#include "intake.h"
#include "known.h"
#include "target.h"

#define TS "2025-08-31T12:00:10Z"

/* ---- intake ---- */

static const struct {
	const char *what, *answer;
	size_t len;
	bool whole;
	const char *lines; /* without stamp and name, "|" for LF */
	size_t rejected;
	enum mon_result result; /* from MON_RESULT_OK, or _TIMEOUT if not whole */
	enum mon_wire_err reason;
} answers[] = {
	{ "two lines", L("conn: 1,2\nalert: a\n"), true, "conn: 1,2|alert: a|", 0, MON_RESULT_OK,
	    MON_WIRE_OK },
	{ "nothing", L(""), true, "", 0, MON_RESULT_FAILED, MON_WIRE_OK },
	{ "no good line", L("x\n"), true, "", 1, MON_RESULT_FAILED, MON_WIRE_KIND },
	{ "cut off", L("conn: 1,2\nconn: 3,4"), true, "conn: 1,2|", 1, MON_RESULT_OK,
	    MON_WIRE_CUT },
	{ "broken off: no alerts", L("alert: a\nconn: 1,2\n"), false, "conn: 1,2|", 0,
	    MON_RESULT_TIMEOUT, MON_WIRE_OK },
	{ "forged kinds", L("state: Running\nscrape: ok,1,1,1,1\nconn: 1,2\n"), true, "conn: 1,2|",
	    2, MON_RESULT_OK, MON_WIRE_KIND },
	{ "a forged stamp", L(TS " dom0 conn: 1,2\nconn: 1,2\n"), true, "conn: 1,2|", 1,
	    MON_RESULT_OK, MON_WIRE_KIND },
	{ "our mark", L("alert: ! all is well\n"), true, "alert: ? all is well|", 0, MON_RESULT_OK,
	    MON_WIRE_OK },
	{ "a comma before our mark", L("alert: ,!x\n"), true, "alert: ?x|", 0, MON_RESULT_OK,
	    MON_WIRE_OK },
	{ "the first reason", L("conn: 1\nx\nconn: 1,2\n"), true, "conn: 1,2|", 2, MON_RESULT_OK,
	    MON_WIRE_COLUMNS },
	{ "NUL and empty lines", L("\n\0\nconn: 1,2\n\n"), true, "conn: 1,2|", 3, MON_RESULT_OK,
	    MON_WIRE_KIND },
	{ "carriage returns", L("conn: 1,2\r\nconn: 1,2\n"), true, "conn: 1,2|", 1, MON_RESULT_OK,
	    MON_WIRE_FIELD },
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
			.result = answers[i].whole ? MON_RESULT_OK : MON_RESULT_TIMEOUT,
			.allowed = MON_INTAKE_MAX,
			.allowed_figures = MON_INTAKE_MAX };
		enum mon_wire_err reason = MON_WIRE_ERRS;
		const char *const what = answers[i].what;
		size_t n, wantlen = 0, lines = 0;

		for (const char *p = answers[i].lines; *p != '\0'; lines++) {
			size_t len = strcspn(p, "|");

			wantlen += (size_t)sprintf(want + wantlen, TS " work %.*s\n", (int)len, p);
			p += len + 1;
		}
		n = mon_intake_lines(exact, answers[i].len, true, TS, &t, out, &reason);
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

/* ---- the frame ---- */

static const struct {
	const char *what, *answer;
	size_t len;
	enum mon_result before, after;
	enum mon_frame frame;
	size_t alerts, lines, rejected, unknown;
} framed[] = {
	{ "whole, exit 0", L("begin: 1\nconn: 1,2\nalert: a\nend: 2\n"), MON_RESULT_OK,
	    MON_RESULT_OK, MON_FRAME_WHOLE, 1, 2, 0, 0 },
	{ "whole, another exit code", L("begin: 1\nconn: 1,2\nalert: a\nend: 2\n"),
	    MON_RESULT_FAILED, MON_RESULT_OK, MON_FRAME_WHOLE, 1, 2, 0, 0 },
	{ "whole, exit code 126", L("begin: 1\nconn: 1,2\nend: 1\n"), MON_RESULT_REFUSED,
	    MON_RESULT_OK, MON_FRAME_WHOLE, 0, 1, 0, 0 },
	{ "whole, then it hangs", L("begin: 1\nconn: 1,2\nalert: a\nend: 2\n"), MON_RESULT_TIMEOUT,
	    MON_RESULT_TIMEOUT, MON_FRAME_WHOLE, 1, 2, 0, 0 },
	{ "whole, and the run is over", L("begin: 1\nconn: 1,2\nalert: a\nend: 2\n"),
	    MON_RESULT_SKIPPED, MON_RESULT_SKIPPED, MON_FRAME_WHOLE, 1, 2, 0, 0 },
	{ "a later version", L("begin: 2\nconn: 1,2\nalert: a\nend: 2\n"), MON_RESULT_OK,
	    MON_RESULT_OK, MON_FRAME_WHOLE, 1, 2, 0, 0 },
	{ "bad lines and unknown ones count for the number",
	    L("begin: 1\nx\ngpu: 1\nconn: 1,2\nend: 3\n"), MON_RESULT_OK, MON_RESULT_OK,
	    MON_FRAME_WHOLE, 0, 1, 1, 1 },
	{ "no end", L("begin: 1\nconn: 1,2\nalert: a\n"), MON_RESULT_OK, MON_RESULT_FAILED,
	    MON_FRAME_CUT, 0, 1, 0, 0 },
	{ "no end, and it hangs", L("begin: 1\nconn: 1,2\nalert: a\n"), MON_RESULT_TIMEOUT,
	    MON_RESULT_TIMEOUT, MON_FRAME_CUT, 0, 1, 0, 0 },
	{ "cut inside a line", L("begin: 1\nconn: 1,2\nconn: 3"), MON_RESULT_OK, MON_RESULT_FAILED,
	    MON_FRAME_CUT, 0, 1, 1, 0 },
	{ "cut inside the end", L("begin: 1\nconn: 1,2\nalert: a\nend: 2"), MON_RESULT_OK,
	    MON_RESULT_FAILED, MON_FRAME_CUT, 0, 1, 1, 0 },
	{ "a line too few", L("begin: 1\nalert: a\nconn: 1,2\nend: 3\n"), MON_RESULT_OK,
	    MON_RESULT_FAILED, MON_FRAME_CUT, 0, 1, 0, 0 },
	{ "a line too many", L("begin: 1\nalert: a\nconn: 1,2\nend: 1\n"), MON_RESULT_OK,
	    MON_RESULT_FAILED, MON_FRAME_CUT, 0, 1, 0, 0 },
	{ "something behind the end", L("begin: 1\nalert: a\nconn: 1,2\nend: 2\nconn: 3,4\n"),
	    MON_RESULT_OK, MON_RESULT_FAILED, MON_FRAME_CUT, 0, 2, 1, 0 },
	{ "an end that is no number", L("begin: 1\nconn: 1,2\nend: -1\n"), MON_RESULT_OK,
	    MON_RESULT_FAILED, MON_FRAME_CUT, 0, 1, 0, 1 },
	{ "the beginning alone", L("begin: 1\n"), MON_RESULT_OK, MON_RESULT_FAILED, MON_FRAME_CUT,
	    0, 0, 0, 0 },
	{ "nothing between", L("begin: 1\nend: 0\n"), MON_RESULT_OK, MON_RESULT_FAILED,
	    MON_FRAME_WHOLE, 0, 0, 0, 0 },
	{ "the beginning twice", L("begin: 1\nbegin: 1\nconn: 1,2\nend: 2\n"), MON_RESULT_OK,
	    MON_RESULT_OK, MON_FRAME_WHOLE, 0, 1, 1, 0 },
	{ "a beginning behind something", L("conn: 1,2\nbegin: 1\nalert: a\nend: 1\n"),
	    MON_RESULT_OK, MON_RESULT_OK, MON_FRAME_NONE, 1, 2, 2, 0 },
	{ "without a frame, exit 0", L("conn: 1,2\nalert: a\n"), MON_RESULT_OK, MON_RESULT_OK,
	    MON_FRAME_NONE, 1, 2, 0, 0 },
	{ "without a frame, it failed", L("conn: 1,2\nalert: a\n"), MON_RESULT_FAILED,
	    MON_RESULT_FAILED, MON_FRAME_NONE, 0, 1, 0, 0 },
	{ "only unknown kinds", L("gpu: 1\ntemperature: 2\n"), MON_RESULT_OK, MON_RESULT_OK,
	    MON_FRAME_NONE, 0, 0, 0, 2 },
	{ "kinds of ours are not unknown", L("state: Running\nxen: 1,2\nconn: 1,2\n"),
	    MON_RESULT_OK, MON_RESULT_OK, MON_FRAME_NONE, 0, 1, 2, 0 },
	{ "too big: its frame was cut", L("begin: 1\nconn: 1,2\nalert: a\n"), MON_RESULT_TOO_BIG,
	    MON_RESULT_TOO_BIG, MON_FRAME_CUT, 0, 1, 0, 0 },
};

static void
believes_the_frame(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(framed); i++) {
		for (int alerts = 0; alerts <= 1; alerts++) { /* whether they are asked for */
			const char *const what = framed[i].what;
			char *exact = check_dup(framed[i].answer, framed[i].len);
			struct mon_target t = { .vm = "work",
				.result = framed[i].before,
				.allowed = MON_INTAKE_MAX,
				.allowed_figures = MON_INTAKE_MAX };
			enum mon_wire_err reason;
			size_t n, got = 0, fewer = alerts ? 0 : framed[i].alerts;

			CHECK_EQ(
			    mon_intake_frame(exact, framed[i].len), framed[i].frame, "%s", what);
			n = mon_intake_lines(exact, framed[i].len, alerts, TS, &t, out, &reason);
			for (size_t at = 0; at < n; at++)
				got += n - at > 7 && memcmp(out + at, " alert:", 7) == 0;
			CHECK_EQ(t.frame, framed[i].frame, "%s", what);
			CHECK_EQ(t.result, framed[i].after, "%s", what);
			CHECK_EQ(got, framed[i].alerts - fewer, "%s", what);
			CHECK_EQ(t.lines, framed[i].lines - fewer, "%s", what);
			CHECK_EQ(t.rejected, framed[i].rejected, "%s", what);
			CHECK_EQ(t.unknown, framed[i].unknown, "%s", what);
			free(exact);
		}
	}
	check_done();
}

/*
 * ${n} times ${line} is one answer that ended with ${result}, or was "ok" if that is TOO_BIG: how
 * many are taken, how many rejected?
 */
static void
check_bound(const char *line, size_t n, size_t lines, size_t rejected, enum mon_result result)
{
	enum mon_result before = result == MON_RESULT_TOO_BIG ? MON_RESULT_OK : result;
	size_t len = strlen(line);
	char *answer = malloc(n * len);
	struct mon_target t = { .vm = "work",
		.result = before,
		.allowed = MON_INTAKE_MAX,
		.allowed_figures = MON_INTAKE_MAX };
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
	check_bound("conn: 1,2\n", MON_KIND_ROWS, MON_KIND_ROWS, 0, MON_RESULT_OK);
	check_bound("conn: 1,2\n", MON_KIND_ROWS + 1, MON_KIND_ROWS, 1, MON_RESULT_OK);
	check_bound("alert: x\n", MON_ALERTS_MAX, MON_ALERTS_MAX, 0, MON_RESULT_OK);
	check_bound("alert: x\n", MON_ALERTS_MAX + 5, MON_ALERTS_MAX, 5, MON_RESULT_OK);
	check_bound("conn: 1,2\n", MON_ANSWER_LINES, MON_KIND_ROWS,
	    MON_ANSWER_LINES - MON_KIND_ROWS, MON_RESULT_OK);
	check_bound("conn: 1,2\n", MON_ANSWER_LINES + 1, MON_KIND_ROWS,
	    MON_ANSWER_LINES + 1 - MON_KIND_ROWS, MON_RESULT_TOO_BIG);
	check_bound("x\n", 10000, 0, MON_ANSWER_LINES + 1, MON_RESULT_TOO_BIG);
	/* One that hangs is left alone for a while, whatever it sent before. */
	check_bound("x\n", 10000, 0, MON_ANSWER_LINES + 1, MON_RESULT_TIMEOUT);
	check_bound("x\n", 10000, 0, MON_ANSWER_LINES + 1, MON_RESULT_FAILED);
	check_done();
}

/* The fullest answer there can be fits in MON_INTAKE_MAX: ASan watches the heap block. */
static void
fits_the_fullest_answer(void **state)
{
	static char answer[MON_ANSWER_MAX + 1];
	struct mon_target t = { .vm = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.result = MON_RESULT_OK,
		.allowed = MON_INTAKE_MAX,
		.allowed_figures = MON_INTAKE_MAX };
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
	enum mon_result before, after;
	bool over;
} allowances[] = {
	{ "nothing", "conn: 1,2\n", 0, 0, 0, 1, MON_RESULT_OK, MON_RESULT_TOO_BIG, true },
	{ "a byte too few", "conn: 1,2\n", ONE - 1, 0, 0, 1, MON_RESULT_OK, MON_RESULT_TOO_BIG,
	    true },
	{ "one line", "conn: 1,2\n", ONE, ONE, 1, 0, MON_RESULT_OK, MON_RESULT_OK, false },
	{ "one of two", "conn: 1,2\nconn: 1,2\n", 2 * ONE - 1, ONE, 1, 1, MON_RESULT_OK,
	    MON_RESULT_TOO_BIG, true },
	{ "two of two", "conn: 1,2\nconn: 1,2\n", 2 * ONE, 2 * ONE, 2, 0, MON_RESULT_OK,
	    MON_RESULT_OK, false },
	{ "a shorter one behind is not taken", "conn: 1,2\nconn: 11,22\nconn: 1,2\n", 2 * ONE, ONE,
	    1, 2, MON_RESULT_OK, MON_RESULT_TOO_BIG, true },
	{ "bad lines cost nothing", "x\nconn: 1\nconn: 1,2\n", ONE, ONE, 1, 2, MON_RESULT_OK,
	    MON_RESULT_OK, false },
	{ "what leaves counts, not what came: a comma before our mark goes", "alert: ,!x\n", ONE,
	    ONE, 1, 0, MON_RESULT_OK, MON_RESULT_OK, false },
	{ "a broken answer stays what it was", "conn: 1,2\n", 0, 0, 0, 1, MON_RESULT_TIMEOUT,
	    MON_RESULT_TIMEOUT, true },
	{ "alerts that come again are not counted", "alert: a\n", 0, 0, 0, 0, MON_RESULT_TIMEOUT,
	    MON_RESULT_TIMEOUT, false },
	{ "only bad lines", "x\n", 0, 0, 0, 1, MON_RESULT_OK, MON_RESULT_FAILED, false },
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
			.allowed = allowances[i].allowed,
			.allowed_figures = allowances[i].allowed };
		enum mon_wire_err reason = MON_WIRE_OK;

		CHECK_EQ(mon_intake_lines(exact, len, true, TS, &t, out, &reason),
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
	static const char answer[] =
	    "sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\n"
	    "net: eth0,1,0,0,2,0,0\nconn: 12,4\nalert: a\nalert: bb\n";
	char *exact = check_dup(answer, sizeof(answer) - 1);
	struct mon_target t = { .vm = "work",
		.result = MON_RESULT_OK,
		.allowed = MON_INTAKE_MAX,
		.allowed_figures = MON_INTAKE_MAX };
	enum mon_wire_err reason = MON_WIRE_OK;
	size_t whole = mon_intake_lines(exact, sizeof(answer) - 1, true, TS, &t, want, &reason),
	       last = 0;

	(void)state;
	for (size_t allowed = 0; allowed <= whole + 1; allowed++) {
		size_t n;

		t = (struct mon_target){ .vm = "work",
			.result = MON_RESULT_OK,
			.allowed = allowed,
			.allowed_figures = allowed };
		n = mon_intake_lines(exact, sizeof(answer) - 1, true, TS, &t, out, &reason);
		CHECK(n <= allowed && n >= last && memcmp(out, want, n) == 0, "%zu", allowed);
		CHECK(n == 0 || out[n - 1] == '\n', "%zu", allowed);
		CHECK(
		    n == last || n == allowed, "%zu: a line is taken as soon as it fits", allowed);
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
	for (int r = MON_RESULT_OK; r < MON_RESULTS; r++) {
		struct mon_target t = { .vm = "work",
			.result = (enum mon_result)r,
			.ms = 41,
			.bytes = 1183,
			.lines = 13,
			.rejected = 2 };
		char line[MON_ROW_MAX];
		size_t n = mon_intake_report(TS, &t, line);
		struct mon_rec rec;
		const char *name = mon_result_name((enum mon_result)r);

		CHECK_EQ(mon_wire_parse(line, n - 1, &rec), MON_WIRE_OK, "%s", name);
		CHECK_EQ(mon_result_find(name, strlen(name)), r, "%s", name);
		if (r == MON_RESULT_OK)
			CHECK(memcmp(line, L(TS " work scrape: ok,41,1183,13,2\n")) == 0, "%.*s",
			    (int)n, line);
	}
	CHECK_EQ(mon_result_find("nope", 4), MON_RESULT_NONE, "no such word");
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
	{ TS " work conn: 1,2", MON_TARGET_IGNORED, false },
	{ TS " work xen: 1,2", MON_TARGET_IGNORED, false },
	{ TS " work gpu: 1", MON_TARGET_IGNORED, false },
	{ TS " work state: a b", MON_TARGET_BAD, false },
	{ TS " never state: Running", MON_TARGET_ADDED, false },
	{ "never", MON_TARGET_ADDED, false },
	{ "work Running", MON_TARGET_BAD, false },
	{ "work ", MON_TARGET_BAD, false },
	{ "", MON_TARGET_BAD, false },
	{ "--help", MON_TARGET_BAD, false },
	{ "/work", MON_TARGET_BAD, false },
	{ "dom0", MON_TARGET_NEVER, false },
	{ "me", MON_TARGET_NEVER, false },
	{ "disp123", MON_TARGET_EXCLUDED, false },
	{ TS " dom0 state: Running", MON_TARGET_NEVER, false },
};

static struct mon_targets targets;

static void
start_over(const struct mon_exclude *exclude)
{
	memset(&targets, 0, sizeof(targets));
	targets.self = "me";
	targets.exclude = exclude;
	targets.quota = (struct mon_quota){ .most = MON_QUOTA_DAY, .free = UINT64_MAX };
}

static void
chooses_whom_to_ask(void **state)
{
	const struct mon_exclude exclude = { .globs = { "disp*" }, .n = 1 };
	const struct mon_exclude no_handler = { .globs = { "nev*" }, .n = 1 };

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(lines); i++) {
		size_t len = strlen(lines[i].line);
		char *exact = check_dup(lines[i].line, len);

		start_over(&exclude);
		targets.no_handler = &no_handler;
		CHECK_EQ(
		    mon_target_add_line(&targets, exact, len), lines[i].want, "%s", lines[i].line);
		CHECK_EQ(targets.n, lines[i].want == MON_TARGET_ADDED, "%s", lines[i].line);
		CHECK_EQ(
		    targets.n == 1 && targets.list[0].ask, lines[i].asked, "%s", lines[i].line);
		free(exact);
	}
	start_over(&exclude);
	for (int i = 0; i < MON_VMS_MAX + 1; i++) {
		char name[16];
		int n = snprintf(name, sizeof(name), "q%d", i);

		CHECK_EQ(mon_target_add(&targets, name, (size_t)n, true),
		    i < MON_VMS_MAX ? MON_TARGET_ADDED : MON_TARGET_FULL, "%s", name);
	}
	CHECK_EQ(
	    mon_target_add(&targets, "q5", 2, false), MON_TARGET_ADDED, "known ones still count");
	CHECK(!targets.list[5].ask, "the last word on its state counts");
	check_done();
}

static void
asks_who_answered_first(void **state)
{
	static const enum mon_result last[] = { MON_RESULT_TIMEOUT, MON_RESULT_NONE, MON_RESULT_OK,
		MON_RESULT_REFUSED, MON_RESULT_SKIPPED, MON_RESULT_OK };
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

/* ---- what dom0's list knows ---- */

static void
learns_from_the_list(void **state)
{
	static const struct {
		const char *what, *list;
		size_t len;
		enum mon_known want; /* of "work" */
	} lists[] = {
		{ "running", L("0\0dom0 state=Running\nwork state=Running\n"), MON_KNOWN_RUNNING },
		{ "halted", L("0\0dom0 state=Running\nwork class=AppVM state=Halted\n"),
		    MON_KNOWN_NOT_RUNNING },
		{ "of another machine",
		    L("0\0dom0 state=Running\nwork class=RemoteVM state=Running\n"),
		    MON_KNOWN_REMOTE },
		{ "not there", L("0\0dom0 state=Running\nworks state=Running\n"),
		    MON_KNOWN_ABSENT },
		{ "the policy hides all", L("0\0dom0 state=Running\n"), MON_KNOWN_NOT },
		{ "an exception", L("2\0QubesException\0"), MON_KNOWN_NOT },
		{ "nothing", L(""), MON_KNOWN_NOT },
	};

	const struct mon_exclude none = { 0 };

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(lists); i++) {
		char *exact = check_dup(lists[i].list, lists[i].len);

		start_over(&none);
		assert_int_equal(mon_target_add(&targets, "work", 4, true), MON_TARGET_ADDED);
		mon_known_learn(&targets, exact, lists[i].len);
		CHECK_EQ(targets.list[0].known, lists[i].want, "%s", lists[i].what);
		CHECK_EQ(
		    targets.list[0].ask, lists[i].want != MON_KNOWN_REMOTE, "%s", lists[i].what);
		free(exact);
	}
	check_done();
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
run_at(int fd, time_t now, enum mon_result result)
{
	const struct mon_exclude exclude = { 0 };
	bool alone;

	start_over(&exclude);
	assert_int_equal(mon_target_add(&targets, "work", 4, true), MON_TARGET_ADDED);
	assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
	alone = targets.list[0].result == MON_RESULT_BACKOFF;
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
		enum mon_result result;
		bool alone;
	} runs[] = {
		{ 1000, MON_RESULT_TIMEOUT, false },
		{ 1010, MON_RESULT_OK, true },
		{ 1020, MON_RESULT_TIMEOUT, false },
		{ 1039, MON_RESULT_OK, true },
		{ 1040, MON_RESULT_SKIPPED,
		    false }, /* its turn, but the run was over: no new pause */
		/* An eighth of the silence, from the first timeout on. */
		{ 1320, MON_RESULT_TIMEOUT, false },
		{ 1359, MON_RESULT_OK, true },
		{ 1360, MON_RESULT_OK, false },
		{ 1361, MON_RESULT_TIMEOUT, false },
		{ 1380, MON_RESULT_OK, true },
		{ 1381, MON_RESULT_OK, false }, /* anew: 20 s */
		{ 1382, MON_RESULT_REFUSED, false },
		{ 1383, MON_RESULT_FAILED, false },
		/* A silence of ten hours: a quarter of an hour at most. */
		{ 2000, MON_RESULT_TIMEOUT, false },
		{ 38000, MON_RESULT_TIMEOUT, false },
		{ 38899, MON_RESULT_OK, true },
		{ 38900, MON_RESULT_OK, false },
		/* Seen in another state: it starts anew. */
		{ 39000, MON_RESULT_TIMEOUT, false },
		{ 50000, MON_RESULT_NONE, false },
		{ 50001, MON_RESULT_TIMEOUT, false },
		{ 50020, MON_RESULT_OK, true },
		{ 50021, MON_RESULT_OK, false },
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

/* A frozen qube has 160 ports, and each call that is killed costs one: how long do they last? */
static void
spares_a_frozen_qube(void **state)
{
	char path[64];
	time_t now = 1000;
	int calls = 0, fd = fresh_folder(path);

	(void)state;
	for (; calls < 160; now += 10)
		calls += !run_at(fd, now, MON_RESULT_TIMEOUT);
	printf("160 calls of a frozen qube in %.1f hours\n", (double)(now - 1000) / 3600);
	CHECK(now > 1000 + 24 * 3600, "%lld s", (long long)now);
	drop_folder(fd, path);
	check_done();
}

static const struct {
	const char *what, *file;
	bool alone; /* at the time 1000 */
} files[] = {
	{ "a good line", "work timeout 990 1020 1000 0 take 0\n", true },
	{ "among others",
	    "* 5 7\na ok 0 0 1 0 take 0\nwork timeout 990 1020 1000 0 take 0\nb ok 0 0 1 0 take 0\n",
	    true },
	{ "over", "work timeout 980 1000 980 0 take 0\n", false },
	{ "too far away: the clock was set back", "work timeout 980 99999 1000 0 take 0\n", false },
	{ "the longest", "work timeout 1 1900 1000 0 take 0\n", true },
	{ "... and no longer", "work timeout 1 1901 1000 0 take 0\n", false },
	{ "an unknown word for the way of asking", "work timeout 990 1020 1000 0 other 0\n", true },
	{ "empty", "", false },
	{ "cut off", "work timeout 990 1020 1000 0 take", false },
	{ "a number too few", "work timeout 990 1020 1000 0 take\n", false },
	{ "of an older version", "work timeout 1 1020 1000 0\n", false },
	{ "a word too many", "work timeout 990 1020 1000 0 take 0 7\n", false },
	{ "no number", "work timeout 990 x 1000 0 take 0\n", false },
	{ "negative", "work timeout -1 1020 1000 0 take 0\n", false },
	{ "another qube", "work2 timeout 990 1020 1000 0 take 0\n", false },
	{ "bytes", "\x00\xff\x01 \n\nwork timeout 990 1020 1000 0 take 0\n", false },
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
		CHECK_EQ(run_at(fd, 1000, MON_RESULT_OK), files[i].alone, "%s", files[i].what);
	}
	drop_folder(fd, path);
	check_done();
}

static void
count_older(const char *vm, enum mon_older older, void *cookie)
{
	int *seen = cookie;

	CHECK(strcmp(vm, "work") == 0, "%s", vm);
	*seen = (int)older;
}

/* One run at ${now}: in which way is "work" asked?  Then it is to be asked in the way ${after}. */
static enum mon_older
ask_at(int fd, time_t now, enum mon_older after)
{
	const struct mon_exclude none = { 0 };
	enum mon_older how;

	start_over(&none);
	assert_int_equal(mon_target_add(&targets, "work", 4, true), MON_TARGET_ADDED);
	assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
	how = targets.list[0].older;
	targets.list[0].older = after;
	targets.list[0].result = MON_RESULT_OK;
	assert_int_equal(mon_history_keep(fd, now, &targets), 0);
	return how;
}

static void
remembers_how_to_ask(void **state)
{
	char path[64];
	int fd = fresh_folder(path), seen = -1;

	(void)state;
	CHECK_EQ(ask_at(fd, 5000, MON_OLDER_SAMPLER), MON_OLDER_NONE, "a new name");
	CHECK_EQ(ask_at(fd, 5010, MON_OLDER_SAMPLER), MON_OLDER_SAMPLER, "it is remembered");
	assert_int_equal(mon_history_older(fd, count_older, &seen), 0);
	CHECK_EQ(seen, MON_OLDER_SAMPLER, "and can be told");
	CHECK_EQ(ask_at(fd, 5000 + MON_RETAKE_S - 1, MON_OLDER_SAMPLER), MON_OLDER_SAMPLER,
	    "for a while");
	CHECK_EQ(
	    ask_at(fd, 5000 + MON_RETAKE_S, MON_OLDER_SAMPLER), MON_OLDER_NONE, "then asked anew");
	CHECK_EQ(ask_at(fd, 5010 + MON_RETAKE_S, MON_OLDER_NONE), MON_OLDER_SAMPLER,
	    "in vain: remembered");
	CHECK_EQ(
	    ask_at(fd, 5020 + MON_RETAKE_S, MON_OLDER_POLICY), MON_OLDER_NONE, "it was updated");
	CHECK_EQ(
	    ask_at(fd, 5030 + MON_RETAKE_S, MON_OLDER_POLICY), MON_OLDER_POLICY, "another reason");
	CHECK_EQ(ask_at(fd, 5000, MON_OLDER_POLICY), MON_OLDER_POLICY, "a clock set back");
	drop_folder(fd, path);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(takes_good_lines_only),
		CHECK_TEST(believes_the_frame),
		CHECK_TEST(bounds_lines_and_rows),
		CHECK_TEST(fits_the_fullest_answer),
		CHECK_TEST(files_no_more_than_allowed),
		CHECK_TEST(files_a_beginning_of_whole_lines),
		CHECK_TEST(reports_every_result),
		CHECK_TEST(chooses_whom_to_ask),
		CHECK_TEST(asks_who_answered_first),
		CHECK_TEST(learns_from_the_list),
		CHECK_TEST(leaves_the_silent_alone),
		CHECK_TEST(spares_a_frozen_qube),
		CHECK_TEST(remembers_how_to_ask),
		CHECK_TEST(survives_an_odd_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
