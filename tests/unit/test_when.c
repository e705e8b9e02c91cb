/* test_when.c - the times that a person writes, through changes of the clock. */
#include <stdio.h>

#include "check.h"
#include "stamp.h"
#include "when.h"
#include "zone.h"

#define DAY 20331 /* 2025-08-31 */

static time_t
at(const char *stamp)
{
	time_t t = -1;

	assert_true(mon_stamp_parse(stamp, strlen(stamp), &t));
	return t;
}

static void
in(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
}

/* clang-format off */
static const struct {
	const char *zone, *text;
	bool end;
	const char *want; /* NULL: it is none */
} times[] = {
	/* Now is 2025-08-31T12:00:10Z. */
	{ "UTC", "2025-08-31T12:30:00Z", false, "2025-08-31T12:30:00Z" },
	{ "Europe/Berlin", "2025-08-31T12:30:00Z", true, "2025-08-31T12:30:00Z" },
	{ "Europe/Berlin", "2025-08-31 14:30", false, "2025-08-31T12:30:00Z" },
	{ "Europe/Berlin", "2025-08-31T14:30", false, "2025-08-31T12:30:00Z" },
	{ "Europe/Berlin", "2025-08-31 14:30:59", false, "2025-08-31T12:30:59Z" },
	{ "Europe/Berlin", "14:30", false, "2025-08-31T12:30:00Z" },
	{ "Europe/Berlin", "14:30:07", true, "2025-08-31T12:30:07Z" },
	{ "Europe/Berlin", "2025-08-31", false, "2025-08-30T22:00:00Z" },
	{ "Europe/Berlin", "2025-08-31", true, "2025-08-31T22:00:00Z" },
	{ "Europe/Berlin", "today", false, "2025-08-30T22:00:00Z" },
	{ "Europe/Berlin", "yesterday", false, "2025-08-29T22:00:00Z" },
	{ "Europe/Berlin", "yesterday", true, "2025-08-30T22:00:00Z" },
	{ "Pacific/Kiritimati", "today", false, "2025-08-31T10:00:00Z" },
	{ "America/Los_Angeles", "today", false, "2025-08-31T07:00:00Z" },
	{ "UTC", "now", false, "2025-08-31T12:00:10Z" },
	{ "UTC", "-30s", false, "2025-08-31T11:59:40Z" },
	{ "UTC", "-15m", false, "2025-08-31T11:45:10Z" },
	{ "UTC", "-2h", false, "2025-08-31T10:00:10Z" },
	{ "UTC", "-7d", false, "2025-08-24T12:00:10Z" },
	/* The hour that comes twice, and the one that does not come. */
	{ "Europe/Berlin", "2025-10-26 02:30", false, "2025-10-26T00:30:00Z" },
	{ "Europe/Berlin", "2025-10-26 02:30", true, "2025-10-26T01:30:00Z" },
	{ "Europe/Berlin", "2025-10-26 03:00", false, "2025-10-26T02:00:00Z" },
	{ "Europe/Berlin", "2025-10-26 01:59", true, "2025-10-25T23:59:00Z" },
	{ "Europe/Berlin", "2025-10-26", true, "2025-10-26T23:00:00Z" },
	{ "Europe/Berlin", "2025-03-30 02:30", false, "2025-03-30T01:30:00Z" },
	{ "Europe/Berlin", "2025-03-30 01:59", false, "2025-03-30T00:59:00Z" },
	{ "Europe/Berlin", "2025-03-30 03:00", false, "2025-03-30T01:00:00Z" },
	/* Clocks that are changed at midnight, and by half an hour. */
	{ "America/Santiago", "2025-09-07", false, "2025-09-07T04:00:00Z" },
	{ "America/Havana", "2025-11-02", false, "2025-11-02T04:00:00Z" },
	{ "America/Havana", "2025-11-01", true, "2025-11-02T04:00:00Z" },
	{ "Australia/Lord_Howe", "2025-10-05 02:15", false, "2025-10-04T15:45:00Z" },
	{ "Asia/Kathmandu", "2025-08-31 14:30", false, "2025-08-31T08:45:00Z" },
	/* The end of a day. */
	{ "UTC", "24:00", true, "2025-09-01T00:00:00Z" },
	{ "Europe/Berlin", "2025-10-26 24:00", true, "2025-10-26T23:00:00Z" },
	{ "America/Havana", "2025-11-01 24:00:00", false, "2025-11-02T04:00:00Z" },
	/* Not a time. */
	{ "UTC", "", false, NULL },
	{ "UTC", "noon", false, NULL },
	{ "UTC", "24:00:01", false, NULL },
	{ "UTC", "24:30", false, NULL },
	{ "UTC", "25:00", false, NULL },
	{ "UTC", "14:60", false, NULL },
	{ "UTC", "14:30:60", false, NULL },
	{ "UTC", "4:30", false, NULL },
	{ "UTC", "14:3", false, NULL },
	{ "UTC", "14.30", false, NULL },
	{ "UTC", "14:30:", false, NULL },
	{ "UTC", "14:30:0x", false, NULL },
	{ "UTC", "2025-08-31 ", false, NULL },
	{ "UTC", "2025-08-31  14:30", false, NULL },
	{ "UTC", "2025-08-31_14:30", false, NULL },
	{ "UTC", "2025-02-30 14:30", false, NULL },
	{ "UTC", "2025-02-30", false, NULL },
	{ "UTC", "15m", false, NULL },
	{ "UTC", "-15", false, NULL },
	{ "UTC", "-m", false, NULL },
	{ "UTC", "--15m", false, NULL },
	{ "UTC", "-015m", false, NULL },
	{ "UTC", "-15w", false, NULL },
	{ "UTC", "-99999999d", false, NULL },
	{ "UTC", "-9999999999999999999s", false, NULL },
	{ "UTC", "9999-12-31", true, NULL },
	{ "Europe/Berlin", "1970-01-01 00:30", false, NULL },
};

static const struct {
	const char *zone, *text, *want;
} days[] = {
	{ "UTC", "2025-08-31", "2025-08-31" },
	{ "UTC", "today", "2025-08-31" },
	{ "UTC", "yesterday", "2025-08-30" },
	{ "Pacific/Kiritimati", "today", "2025-09-01" },
	{ "Pacific/Kiritimati", "yesterday", "2025-08-31" },
	{ "UTC", "2025-8-31", NULL },
	{ "UTC", "Today", NULL },
	{ "UTC", "", NULL },
	{ "UTC", "2025-08-31/", NULL },
};
/* clang-format on */

static void
reads_times(void **state)
{
	const time_t now = at("2025-08-31T12:00:10Z");

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(times); i++) {
		time_t got = -7;
		char ts[MON_STAMP_LEN + 1] = "";
		bool is;

		in(times[i].zone);
		is = mon_when_time(times[i].text, now, DAY, times[i].end, &got);
		CHECK_EQ(is, times[i].want != NULL, "%s: '%s'", times[i].zone, times[i].text);
		if (is)
			mon_stamp_format(got, ts);
		else
			CHECK_EQ(got, -7, "'%s': untouched", times[i].text);
		CHECK(times[i].want == NULL || strcmp(ts, times[i].want) == 0,
		    "%s: '%s' is %s, not %s", times[i].zone, times[i].text, ts, times[i].want);
	}
	check_done();
}

static void
reads_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(days); i++) {
		long got = -7;
		char name[MON_DAY_LEN + 1] = "";
		bool is;

		in(days[i].zone);
		is = mon_when_day(days[i].text, at("2025-08-31T12:00:10Z"), &got);
		CHECK_EQ(is, days[i].want != NULL, "%s: '%s'", days[i].zone, days[i].text);
		if (is)
			mon_stamp_format_day(got, name);
		CHECK(!is || strcmp(name, days[i].want) == 0, "'%s' is %s", days[i].text, name);
	}
	check_done();
}

/* The moments of each day, in order and without a gap: it begins when the one before ends. */
static void
days_follow_each_other(void **state)
{
	static const char *const zones[] = { "Europe/Berlin", "America/Santiago", "America/Havana",
		"Australia/Lord_Howe", "Africa/Casablanca", "UTC" };

	(void)state;
	for (size_t z = 0; z < CHECK_LEN(zones); z++) {
		in(zones[z]);
		for (long day = DAY - 366; day < DAY + 366; day++) {
			time_t begin = 0;
			long have = 0;

			CHECK(mon_when_begin(day, &begin), "%s %ld", zones[z], day);
			CHECK(mon_zone_day(begin, &have) && have == day,
			    "%s %ld: begins on its day", zones[z], day);
			CHECK(mon_zone_day(begin - 1, &have) && have == day - 1,
			    "%s %ld: nothing before it", zones[z], day);
		}
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(reads_times),
		CHECK_TEST(reads_days),
		CHECK_TEST(days_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
