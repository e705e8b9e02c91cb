/* test_doctor.c - what mon-doctor says of each figure and state. */
#include <stdio.h>

#include "check.h"
#include "dom0.h"
#include "finding.h"
#include "folder.h"
#include "polls.h"

#define NOW 1756641610
#define MIB (1024ULL * 1024)
#define GIB (1024 * MIB)

static char *text;
static size_t text_len;

/* Begin to gather what is found, in ${text}. */
static struct mon_findings
begin(void)
{
	struct mon_findings f = { .out = open_memstream(&text, &text_len) };

	assert_true(f.out != NULL);
	return f;
}

/* What was found must be ${want}: the whole text, or its beginning if that ends in "...". */
static void
end(struct mon_findings *f, const char *what, const char *want)
{
	size_t n = strlen(want);

	fclose(f->out);
	if (n >= 3 && strcmp(want + n - 3, "...") == 0)
		CHECK(strncmp(text, want, n - 3) == 0, "%s: %s", what, text);
	else
		CHECK(strcmp(text, want) == 0, "%s: %s", what, text);
	free(text);
}

static void
judges_space(void **state)
{
	/* clang-format off */
	static const struct {
		const char *what;
		uint64_t available, total, rate;
		enum mon_finding_level level;
		const char *want;
	} cases[] = {
		{ "plenty", GIB, 2 * GIB, 50 * MIB, MON_FINDING_OK, "ok    space: 1.0 GiB of 2.0 GiB free: 20 days at 50 MiB a day, if nothing were deleted\n" },
		{ "just a week", 7 * MIB * 10, GIB, 10 * MIB, MON_FINDING_OK, "ok    space: ..." },
		{ "less than a week", 7 * MIB * 10 - 1, GIB, 10 * MIB, MON_FINDING_WARN, "warn  space: 70 MiB of 1.0 GiB free: 6 days at..." },
		{ "a week and a day", 8 * MIB, GIB * 1024, MIB, MON_FINDING_FAIL, "FAIL  space: 8.0 MiB of 1.0 TiB free: 8 days at 1.0 MiB a day, ..." },
		{ "one day", 75 * MIB, GIB, 50 * MIB, MON_FINDING_WARN, "warn  space: 75 MiB of 1.0 GiB free: 1 day at 50 MiB a day, ..." },
		{ "for ever", GIB, GIB, 1, MON_FINDING_OK, "ok    space: 1.0 GiB of 1.0 GiB free: years at 1 B a day, ..." },
		{ "less than a day", 49 * MIB, GIB, 50 * MIB, MON_FINDING_FAIL, "FAIL  space: 49 MiB of 1.0 GiB free: 0 days at..." },
		{ "nearly full, at whatever rate", 16 * MIB - 1, GIB, 1, MON_FINDING_FAIL, "FAIL  space: ..." },
		{ "full, and no rate known", 0, GIB, 0, MON_FINDING_FAIL, "FAIL  space: 0 B of 1.0 GiB free; ..." },
		{ "no rate known", GIB, GIB, 0, MON_FINDING_OK, "ok    space: 1.0 GiB of 1.0 GiB free; how long..." },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		struct mon_findings f = begin();

		mon_folder_judge_space(&f, cases[i].available, cases[i].total, cases[i].rate);
		CHECK_EQ(f.count[cases[i].level], 1, "%s", cases[i].what);
		end(&f, cases[i].what, cases[i].want);
	}
	check_done();
}

static void
learns_the_list(void **state)
{
	/* clang-format off */
	static const struct {
		const char *what, *answer;
		size_t len;
		bool known;
		const char *want;
	} cases[] = {
		{ "a list", L("0\0dom0 class=AdminVM state=Running\nwork state=Running\noff state=Halted\n"), true, "ok    list: dom0 lists 3 qubes, 2 running\n" },
		{ "only dom0", L("0\0dom0 class=AdminVM state=Running\n"), false, "FAIL  list: dom0's policy shows no qube but dom0 -> in dom0, ..." },
		{ "nobody", L("0\0"), false, "FAIL  list: dom0's policy shows no qube but dom0 -> ..." },
		{ "a bad line", L("0\0dom0 state=Running\nwork state=Running\n\033[2J state=Running\n"), true, "warn  list: 1 line of dom0's list that names no qube and state -> ..." },
		{ "an exception", L("2\0QubesException\0"), false, "FAIL  list: dom0 answered with an error instead of a list (exception: QubesException) -> ..." },
		{ "nothing", L(""), false, "FAIL  list: dom0 answered with an error instead of a list (exception: none) -> ..." },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		static struct mon_dom0 dom0;
		char *exact = check_dup(cases[i].answer, cases[i].len);
		struct mon_findings f = begin();

		dom0 = (struct mon_dom0){ 0 };
		mon_dom0_learn(&f, exact, cases[i].len, &dom0);
		CHECK_EQ(dom0.known, cases[i].known, "%s", cases[i].what);
		if (cases[i].known)
			CHECK(mon_dom0_find(&dom0, "work") != NULL &&
				  mon_dom0_find(&dom0, "wor") == NULL,
			    "%s", cases[i].what);
		end(&f, cases[i].what, cases[i].want);
		free(exact);
	}
	check_done();
}

static void
judges_the_age(void **state)
{
	/* clang-format off */
	static const struct {
		const char *what;
		time_t last, period;
		bool go_on;
		const char *want;
	} cases[] = {
		{ "fresh", NOW - 9, 10, true, "ok    poll: the last row is 9 s old\n" },
		{ "six polls", NOW - 60, 10, true, "ok    poll: ..." },
		{ "more", NOW - 61, 10, false, "FAIL  poll: the last row is 61 s old -> ..." },
		{ "no period known", NOW - 61, 0, false, "FAIL  poll: the last row is 61 s old -> ..." },
		{ "a poll every 5 minutes", NOW - 900, 300, true, "ok    poll: the last row is 15 min old\n" },
		{ "a poll every 5 minutes, late", NOW - 901, 300, false, "FAIL  poll: ..." },
		{ "a moment ahead", NOW + 5, 10, true, "ok    poll: the last row is 0 s old\n" },
		{ "ahead", NOW + 6, 10, false, "FAIL  poll: the last row is 6 s ahead of the clock -> ..." },
		{ "none", 0, 10, false, "FAIL  poll: no row of scrape.csv yesterday or today -> ..." },
	};
	/* clang-format on */
	static struct mon_tail tail;

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		struct mon_polls polls = { .tail = &tail, .now = NOW, .period = cases[i].period };
		struct mon_findings f = begin();

		tail.last = cases[i].last;
		CHECK_EQ(mon_polls_age(&f, &polls), cases[i].go_on, "%s", cases[i].what);
		end(&f, cases[i].what, cases[i].want);
	}
	check_done();
}

static void
judges_each_qube(void **state)
{
	/* clang-format off */
	static const struct {
		const char *what;
		bool running, row;
		time_t age; /* of its row, behind the last row of all */
		enum mon_result result;
		uint64_t bytes, rejected;
		const char *want;
	} cases[] = {
		{ "answers", true, true, 0, MON_RESULT_OK, 1183, 0, "ok    qubes: 1 of 1 running ones answer (besides: 0 not running, 0 excluded, 0 without a handler by MON_NO_HANDLER)\n" },
		{ "not running", false, true, 0, MON_RESULT_REFUSED, 1183, 0, "ok    qubes: none runs that is to be asked\n" },
		{ "bad lines", true, true, 0, MON_RESULT_OK, 1183, 2, "warn  work: it answers, but 2 lines of it were dropped -> ..." },
		{ "a quarter of the bound", true, true, 0, MON_RESULT_OK, 16384, 0, "ok    qubes: 1 of 1 ..." },
		{ "more", true, true, 0, MON_RESULT_OK, 16385, 0, "warn  work: it answers, but at 16 KiB a poll it uses up its quota, or fills the disk if that was raised -> look at what it sends: mon-scrape work; ..." },
		{ "refused", true, true, 0, MON_RESULT_REFUSED, 1183, 0, "FAIL  work: it runs, and the call is refused by policy -> in dom0, ..." },
		{ "no handler", true, true, 0, MON_RESULT_NO_HANDLER, 1183, 0, "warn  work: it has no handler qubes.Metrics.Get -> install sys-monitor-guest in its template, shut the template down, restart work; if it never can answer (Windows, a unikernel), name it in the setting MON_NO_HANDLER\n" },
		{ "timeout", true, true, 0, MON_RESULT_TIMEOUT, 1183, 0, "warn  work: it gave no whole answer in time -> ask it now: mon-scrape work; ..." },
		{ "backoff", true, true, 0, MON_RESULT_BACKOFF, 1183, 0, "warn  work: it gave no answer in time before, ..." },
		{ "failed", true, true, 0, MON_RESULT_FAILED, 1183, 0, "warn  work: its handler failed, ..." },
		{ "too big", true, true, 0, MON_RESULT_TOO_BIG, 1183, 0, "warn  work: its answer is over the bounds, or over its quota, and is cut off -> look at what it sends: mon-scrape work; a program in its /etc/mon-sample.d may be at fault; if it should, raise MON_QUOTA; if not, exclude it (MON_EXCLUDE)\n" },
		{ "skipped", true, true, 0, MON_RESULT_SKIPPED, 1183, 0, "warn  work: the poll ended before it had its time -> ..." },
		{ "no row", true, false, 0, MON_RESULT_NONE, 1183, 0, "warn  work: it runs, and the last polls did not ask it -> ..." },
		{ "an old row", true, true, 61, MON_RESULT_OK, 1183, 0, "warn  work: it runs, and the last polls did not ask it -> ..." },
		{ "a row of a minute ago", true, true, 60, MON_RESULT_OK, 1183, 0, "ok    qubes: 1 of 1 ..." },
	};
	/* clang-format on */
	static struct mon_tail tail;
	static struct mon_dom0 dom0;
	struct mon_exclude exclude = { 0 }, mute = { .globs = { "win-*" }, .n = 1 };

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		struct mon_polls polls = { .tail = &tail,
			.dom0 = &dom0,
			.exclude = &exclude,
			.mute = &mute,
			.self = "sys-monitor",
			.now = NOW };
		struct mon_findings f = begin();

		tail.last = NOW;
		tail.n = cases[i].row;
		tail.qube[0] = (struct mon_tail_row){ .ts = NOW - cases[i].age,
			.vm = "work",
			.result = cases[i].result,
			.bytes = cases[i].bytes,
			.rejected = cases[i].rejected };
		dom0.n = 3;
		dom0.qube[0] = (struct mon_dom0_qube){ "dom0", true };
		dom0.qube[1] = (struct mon_dom0_qube){ "sys-monitor", true };
		dom0.qube[2] = (struct mon_dom0_qube){ "work", cases[i].running };
		mon_polls_qubes(&f, &polls);
		end(&f, cases[i].what, cases[i].want);
	}
	check_done();
}

/* A qube that never can answer is no fault, whether it was asked or not; one that does counts. */
static void
passes_over_those_without_a_handler(void **state)
{
	static struct mon_tail tail = { .last = NOW, .n = 2 };
	static struct mon_dom0 dom0 = { .n = 4 };
	struct mon_exclude none = { 0 }, mute = { .globs = { "win-*" }, .n = 1 };
	struct mon_polls polls = { .tail = &tail,
		.dom0 = &dom0,
		.exclude = &none,
		.mute = &mute,
		.self = "sys-monitor",
		.now = NOW };
	struct mon_findings f = begin();

	(void)state;
	tail.qube[0] =
	    (struct mon_tail_row){ .ts = NOW, .vm = "win-7", .result = MON_RESULT_NO_HANDLER };
	tail.qube[1] = (struct mon_tail_row){ .ts = NOW, .vm = "win-11", .result = MON_RESULT_OK };
	dom0.qube[0] = (struct mon_dom0_qube){ "dom0", true };
	dom0.qube[1] = (struct mon_dom0_qube){ "win-7", true };
	dom0.qube[2] = (struct mon_dom0_qube){ "win-10", true };
	dom0.qube[3] = (struct mon_dom0_qube){ "win-11", true };
	mon_polls_qubes(&f, &polls);
	end(&f, "MON_NO_HANDLER",
	    "ok    qubes: 1 of 1 running ones answer (besides: 0 not running, 0 excluded, 2 without a "
	    "handler by MON_NO_HANDLER)\n");
	check_done();
}

static void
prints_nothing_that_draws(void **state)
{
	struct mon_findings f = begin();

	(void)state;
	mon_finding_tell(&f, MON_FINDING_WARN, "look\n\033[2J", "x: \033[31m\n\xff");
	end(&f, "escapes", "warn  x: ?[31m?? -> look??[2J\n");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(judges_space),
		CHECK_TEST(learns_the_list),
		CHECK_TEST(judges_the_age),
		CHECK_TEST(judges_each_qube),
		CHECK_TEST(passes_over_those_without_a_handler),
		CHECK_TEST(prints_nothing_that_draws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
