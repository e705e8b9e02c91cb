/* test_report.c - what a report takes for granted, and what it finds by itself. */
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "report.h"

/* Every bin of a span takes its own times, and none falls outside. */
static void
bins_cover_the_span(void **state)
{
	static const time_t spans[] = { 1, 59, 600, 3600, 82800, 86400, 90000, 1000000 };
	static struct mon_sum sum;

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(spans); i++) {
		size_t last = 0;

		mon_sum_begin(&sum, 1756598400, 1756598400 + spans[i], 0);
		for (time_t t = sum.from; t < sum.to; t++) {
			const size_t bin = mon_sum_bin(&sum, t);

			CHECK(bin >= last && bin < MON_SUM_BINS, "%lld s: %zu", (long long)spans[i],
			    bin);
			last = bin;
		}
	}
	check_done();
}

/* The marks of an axis are full third hours, also where a clock is set forth or back. */
static void
ticks_are_full_hours(void **state)
{
	static const struct {
		const char *zone;
		time_t from;
		size_t want; /* in a day from there */
	} cases[] = {
		{ "UTC", 1756598400, 8 },
		{ "Europe/Berlin", 1743289200,
		    9 }, /* 2025-03-29T23:00Z: a day of 23 hours, and an hour of the next */
		{ "Europe/Berlin", 1761429600, 8 },  /* 2025-10-25T22:00Z: of 25 */
		{ "Asia/Kathmandu", 1756577700, 8 }, /* 5:45 before UTC */
	};
	struct mon_report report = { .title = "", .sum = { .to = 86400 } };

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		size_t n = 0;

		setenv("TZ", cases[i].zone, 1);
		tzset();
		for (time_t t = mon_report_tick(&report, cases[i].from - 1);
		     t < cases[i].from + 86400; t = mon_report_tick(&report, t)) {
			struct tm tm;

			CHECK(localtime_r(&t, &tm) != NULL && tm.tm_min == 0 && tm.tm_hour % 3 == 0,
			    "%s: %lld", cases[i].zone, (long long)t);
			n++;
		}
		CHECK_EQ(n, cases[i].want, "%s", cases[i].zone);
	}
	unsetenv("TZ");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(bins_cover_the_span),
		CHECK_TEST(ticks_are_full_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
