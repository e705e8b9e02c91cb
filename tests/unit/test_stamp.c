/* test_stamp.c - stamps, days, and the date on the wall. */
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "stamp.h"
#include "zone.h"

#define LAST_STAMP 253402300799LL /* 9999-12-31T23:59:59Z */
#define LAST_DAY 2932896L         /* 9999-12-31 */

static const struct {
	const char *what, *text;
	size_t len;
	long long want; /* -1: refused */
} stamps[] = {
	{ "the first", L("1970-01-01T00:00:00Z"), 0 },
	{ "the last", L("9999-12-31T23:59:59Z"), LAST_STAMP },
	{ "an hour", L("2025-08-31T12:00:10Z"), 1756641610 },
	{ "the end of a day", L("2025-08-31T23:59:59Z"), 1756684799 },
	{ "past 2^31", L("2038-01-19T03:14:08Z"), 2147483648LL },
	{ "past 2^32", L("2106-02-07T06:28:16Z"), 4294967296LL },
	{ "leap day of 2000", L("2000-02-29T00:00:00Z"), 951782400 },
	{ "leap day of 2024", L("2024-02-29T12:00:00Z"), 1709208000 },
	{ "no leap day in 2025", L("2025-02-29T00:00:00Z"), -1 },
	{ "no leap day in 2100", L("2100-02-29T00:00:00Z"), -1 },
	{ "1969", L("1969-12-31T23:59:59Z"), -1 },
	{ "year 0", L("0000-01-01T00:00:00Z"), -1 },
	{ "year 10000", L("10000-01-01T00:00:0Z"), -1 },
	{ "year 10000, a byte more", L("10000-01-01T00:00:00Z"), -1 },
	{ "month 0", L("2025-00-10T00:00:00Z"), -1 },
	{ "month 13", L("2025-13-10T00:00:00Z"), -1 },
	{ "day 0", L("2025-08-00T00:00:00Z"), -1 },
	{ "day 32", L("2025-08-32T00:00:00Z"), -1 },
	{ "hour 24", L("2025-08-31T24:00:00Z"), -1 },
	{ "minute 60", L("2025-08-31T12:60:00Z"), -1 },
	{ "a leap second", L("2016-12-31T23:59:60Z"), -1 },
	{ "small t", L("2025-08-31t12:00:10Z"), -1 },
	{ "small z", L("2025-08-31T12:00:10z"), -1 },
	{ "an offset", L("2025-08-31T12:00:10+"), -1 },
	{ "a space for T", L("2025-08-31 12:00:10Z"), -1 },
	{ "slashes", L("2025/08/31T12:00:10Z"), -1 },
	{ "points", L("2025-08-31T12.00.10Z"), -1 },
	{ "a second colon wrong", L("2025-08-31T12:00-10Z"), -1 },
	{ "a first dash wrong", L("2025:08-31T12:00:10Z"), -1 },
	{ "a second dash wrong", L("2025-08:31T12:00:10Z"), -1 },
	{ "letters", L("yyyy-mm-ddThh:mm:ssZ"), -1 },
	{ "a sign in the year", L("-025-08-31T12:00:10Z"), -1 },
	{ "a sign in the hour", L("2025-08-31T+1:00:10Z"), -1 },
	{ "a space in the hour", L("2025-08-31T 1:00:10Z"), -1 },
	{ "bytes around the digits", L("2025-0/-31T12:00:10Z"), -1 },
	{ "bytes around the digits", L("2025-0:-31T12:00:10Z"), -1 },
	{ "high bytes", L("\xb2\xb0\xb2\xb5-08-31T12:00:10Z"), -1 },
	{ "a NUL", L("2025-08-31T12:00:1\0Z"), -1 },
	{ "a byte less", L("2025-08-31T12:00:10"), -1 },
	{ "a byte more", L("2025-08-31T12:00:10Z "), -1 },
	{ "empty", L(""), -1 },
};

static void
reads_stamps(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(stamps); i++) {
		char *exact = check_dup(stamps[i].text, stamps[i].len);
		time_t t;

		check_fill(&t, sizeof(t));
		CHECK_EQ(mon_stamp_parse(exact, stamps[i].len, &t), stamps[i].want >= 0, "%s",
		    stamps[i].what);
		if (stamps[i].want >= 0)
			CHECK_EQ(t, stamps[i].want, "%s", stamps[i].what);
		else
			CHECK(check_untouched(&t, sizeof(t)), "%s", stamps[i].what);
		free(exact);
	}
	check_done();
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Every date that can be spelt, and some that cannot, against a calendar that only counts. */
static void
knows_the_calendar(void **state)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	long count = 0;

	(void)state;
	for (int year = 1970; year <= 9999; year++) {
		for (int month = 1; month <= 13; month++) {
			int days =
			    month > 12 ? 0 : lengths[month - 1] + (month == 2 && is_leap(year));

			for (int day = 1; day <= 32; day++) {
				char text[MON_DAY_LEN + 8], back[MON_DAY_LEN + 1];
				long got;

				/* In the middle of a month nothing happens; look at its ends. */
				if (day > 2 && day < 28 && day < days) {
					count++;
					continue;
				}
				snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
				check_fill(&got, sizeof(got));
				if (day > days) {
					CHECK(!mon_stamp_parse_day(text, MON_DAY_LEN, &got), "%s",
					    text);
					CHECK(check_untouched(&got, sizeof(got)), "%s", text);
					continue;
				}
				CHECK(mon_stamp_parse_day(text, MON_DAY_LEN, &got), "%s", text);
				CHECK_EQ(got, count, "%s", text);
				CHECK(mon_stamp_format_day(count, back), "%s", text);
				CHECK(strcmp(back, text) == 0, "%s: %s", text, back);
				count++;
			}
		}
	}
	CHECK_EQ(count, LAST_DAY + 1, "days from 1970 to 9999");
	check_done();
}

static void
reads_days(void **state)
{
	static const struct {
		const char *what, *text;
		size_t len;
		long want; /* -1: refused */
	} cases[] = {
		{ "the first", L("1970-01-01"), 0 },
		{ "the last", L("9999-12-31"), LAST_DAY },
		{ "before the first", L("1969-12-31"), -1 },
		{ "a byte less", L("2025-08-3"), -1 },
		{ "a byte more", L("2025-08-310"), -1 },
		{ "a slash behind", L("2025-08-31/"), -1 },
		{ "a stamp", L("2025-08-31T12:00:10Z"), -1 },
		{ "no zeros", L("2025-8-31 "), -1 },
		{ "a NUL", L("2025-08-3\0"), -1 },
		{ "a dot first", L(".2025-08-3"), -1 },
		{ "empty", L(""), -1 },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].text, cases[i].len);
		long day;

		check_fill(&day, sizeof(day));
		CHECK_EQ(mon_stamp_parse_day(exact, cases[i].len, &day), cases[i].want >= 0, "%s",
		    cases[i].what);
		if (cases[i].want >= 0)
			CHECK_EQ(day, cases[i].want, "%s", cases[i].what);
		else
			CHECK(check_untouched(&day, sizeof(day)), "%s", cases[i].what);
		free(exact);
	}
	check_done();
}

/* What lies outside the years 1970 to 9999, to the ends of the types. */
static void
refuses_other_years(void **state)
{
	static const long long times[] = { -1, -86400, LAST_STAMP + 1, 1LL << 40, LLONG_MAX,
		LLONG_MIN,
		/* the ends of what struct tm can hold: tm_year is INT_MAX */
		67768036191676799LL, 67768036191676800LL, -67768040609740800LL };
	static const long days[] = { -1, LAST_DAY + 1, LONG_MAX, LONG_MIN, LONG_MAX / 86400,
		LONG_MAX / 86400 + 1 };

	(void)state;
	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < CHECK_LEN(times); i++) {
		char text[MON_STAMP_LEN + 1];
		long day;

		check_fill(text, sizeof(text));
		check_fill(&day, sizeof(day));
		CHECK(!mon_stamp_format((time_t)times[i], text), "%lld", times[i]);
		CHECK(check_untouched(text, sizeof(text)), "%lld", times[i]);
		CHECK(!mon_zone_day((time_t)times[i], &day), "%lld", times[i]);
		CHECK(check_untouched(&day, sizeof(day)), "%lld", times[i]);
	}
	for (size_t i = 0; i < CHECK_LEN(days); i++) {
		char text[MON_DAY_LEN + 1];

		check_fill(text, sizeof(text));
		CHECK(!mon_stamp_format_day(days[i], text), "%ld", days[i]);
		CHECK(check_untouched(text, sizeof(text)), "%ld", days[i]);
	}
	check_done();
}

/* Stamps are UTC whatever TZ says, the zones that count leap seconds included. */
static void
stamps_come_back_in_every_zone(void **state)
{
	static const char *const zones[] = { "UTC", "Europe/Berlin", "right/UTC",
		"right/Asia/Kathmandu", ":/nonexistent" };
	uint64_t seed = 1970;

	(void)state;
	for (size_t z = 0; z < CHECK_LEN(zones); z++) {
		setenv("TZ", zones[z], 1);
		tzset();
		for (size_t i = 0; i < 100000; i++) {
			/* Half of them in the years that will be met. */
			long long t = i % 2 == 0
					  ? (long long)(check_random(&seed) % (LAST_STAMP + 1))
					  : (long long)(check_random(&seed) % 4102444800LL);
			char text[MON_STAMP_LEN + 1], want[64], day[MON_DAY_LEN + 1];
			time_t back = -1;

			CHECK(mon_stamp_format((time_t)t, text), "%lld", t);
			CHECK(mon_stamp_parse(text, MON_STAMP_LEN, &back), "%lld: %s", t, text);
			CHECK_EQ(back, t, "%s with TZ=%s", text, zones[z]);
			CHECK(mon_stamp_format_day((long)(t / 86400), day), "%lld", t);
			CHECK(memcmp(day, text, MON_DAY_LEN) == 0, "%s is %s with TZ=%s", text, day,
			    zones[z]);
			if (z == 0) {
				struct tm tm;
				time_t tt = (time_t)t;

				strftime(
				    want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&tt, &tm));
				CHECK(strcmp(text, want) == 0, "%s, libc says %s", text, want);
			}
		}
	}
	check_done();
}

/* The zone changes between two calls, too: each row is a call. */
static const struct {
	const char *zone, *stamp, *want; /* NULL: outside 1970 to 9999 */
} locals[] = {
	{ "UTC", "2025-08-31T23:59:59Z", "2025-08-31" },
	{ "UTC", "2025-09-01T00:00:00Z", "2025-09-01" },
	{ "Europe/Berlin", "2025-08-31T21:59:59Z", "2025-08-31" },
	{ "Europe/Berlin", "2025-08-31T22:00:00Z", "2025-09-01" },
	{ "Europe/Berlin", "2025-12-31T22:59:59Z", "2025-12-31" },
	{ "Europe/Berlin", "2025-12-31T23:00:00Z", "2026-01-01" },
	/* Berlin, spring: 23 hours, from 23:00Z to 22:00Z */
	{ "Europe/Berlin", "2025-03-29T22:59:59Z", "2025-03-29" },
	{ "Europe/Berlin", "2025-03-29T23:00:00Z", "2025-03-30" },
	{ "Europe/Berlin", "2025-03-30T00:59:59Z", "2025-03-30" },
	{ "Europe/Berlin", "2025-03-30T01:00:00Z", "2025-03-30" },
	{ "Europe/Berlin", "2025-03-30T21:59:59Z", "2025-03-30" },
	{ "Europe/Berlin", "2025-03-30T22:00:00Z", "2025-03-31" },
	/* Berlin, autumn: 25 hours */
	{ "Europe/Berlin", "2025-10-25T21:59:59Z", "2025-10-25" },
	{ "Europe/Berlin", "2025-10-25T22:00:00Z", "2025-10-26" },
	{ "Europe/Berlin", "2025-10-26T22:59:59Z", "2025-10-26" },
	{ "Europe/Berlin", "2025-10-26T23:00:00Z", "2025-10-27" },
	{ "America/New_York", "2025-03-09T04:59:59Z", "2025-03-08" },
	{ "America/New_York", "2025-03-09T05:00:00Z", "2025-03-09" },
	{ "America/New_York", "2025-03-10T03:59:59Z", "2025-03-09" },
	{ "America/New_York", "2025-03-10T04:00:00Z", "2025-03-10" },
	{ "America/New_York", "2025-11-02T03:59:59Z", "2025-11-01" },
	{ "America/New_York", "2025-11-02T04:00:00Z", "2025-11-02" },
	{ "America/New_York", "2025-11-03T04:59:59Z", "2025-11-02" },
	{ "America/New_York", "2025-11-03T05:00:00Z", "2025-11-03" },
	{ "America/New_York", "1970-01-01T04:59:59Z", NULL },
	{ "America/New_York", "1970-01-01T05:00:00Z", "1970-01-01" },
	/* Samoa crossed the date line: there was no 2011-12-30 */
	{ "Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29" },
	{ "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31" },
	{ "Pacific/Kiritimati", "2025-08-31T10:00:00Z", "2025-09-01" },
	{ "Asia/Kathmandu", "2025-08-31T18:14:59Z", "2025-08-31" },
	{ "Asia/Kathmandu", "2025-08-31T18:15:00Z", "2025-09-01" },
	{ "Asia/Kathmandu", "9999-12-31T18:14:59Z", "9999-12-31" },
	{ "Asia/Kathmandu", "9999-12-31T18:15:00Z", NULL },
	{ "right/UTC", "2025-08-31T12:00:00Z", "2025-08-31" },
	{ "UTC", "2025-08-31T18:15:00Z", "2025-08-31" },
	{ "EST5EDT,M3.2.0,M11.1.0", "2025-08-31T03:59:59Z", "2025-08-30" },
};

static void
knows_the_date_on_the_wall(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(locals); i++) {
		char got[MON_DAY_LEN + 1];
		time_t t = 0;
		long day;

		setenv("TZ", locals[i].zone, 1);
		check_fill(&day, sizeof(day));
		assert_true(mon_stamp_parse(locals[i].stamp, MON_STAMP_LEN, &t));
		if (locals[i].want == NULL) {
			CHECK(!mon_zone_day(t, &day), "%s in %s", locals[i].stamp, locals[i].zone);
			CHECK(check_untouched(&day, sizeof(day)), "%s", locals[i].stamp);
			continue;
		}
		CHECK(
		    mon_zone_day(t, &day) && mon_stamp_format_day(day, got), "%s", locals[i].stamp);
		CHECK(strcmp(got, locals[i].want) == 0, "%s in %s is %s, not %s", locals[i].stamp,
		    locals[i].zone, got, locals[i].want);
	}
	check_done();
}

/* No zone file: libc would take any name for UTC, and the rows above would prove nothing. */
static int
need_zones(void **state)
{
	(void)state;
	if (access("/usr/share/zoneinfo/Pacific/Apia", R_OK) == 0)
		return 0;
	print_error("no /usr/share/zoneinfo: install tzdata\n");
	return -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(reads_stamps),
		CHECK_TEST(knows_the_calendar),
		CHECK_TEST(reads_days),
		CHECK_TEST(refuses_other_years),
		CHECK_TEST(stamps_come_back_in_every_zone),
		CHECK_TEST(knows_the_date_on_the_wall),
	};

	return cmocka_run_group_tests(tests, need_zones, NULL);
}
