/* stamp.c - stamps and days; see stamp.h. */
#include "stamp.h"

#define DAY_S 86400

/* Two digits at ${p}, or -1. */
static int
two(const char *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + (p[1] - '0');
}

static void
put_two(char *p, int n)
{
	p[0] = (char)('0' + n / 10);
	p[1] = (char)('0' + n % 10);
}

/*
 * The calendar is computed here, not asked from libc: gmtime_r() and timegm() read the file
 * of TZ, and count leap seconds where TZ begins with "right/", which a stamp never does.
 *
 * Years are counted from March, so that the leap day is the last of its year, and eras have
 * the 400 years after which the Gregorian calendar repeats.
 */
#define ERA_YEARS 400
#define ERA_DAYS 146097
#define EPOCH_DAYS 719468 /* from March 1 of the year 0 to 1970-01-01 */
#define LAST_DAY 2932896  /* 9999-12-31 */

struct date {
	int year, month, mday; /* as written: months and days from 1 */
};

/* Days before the ${m}-th month counted from March, m from 0: 0, 31, 61, 92, ... */
static int
days_before(int m)
{
	return (153 * m + 2) / 5;
}

static long
day_of(struct date d)
{
	int m = d.month > 2 ? d.month - 3 : d.month + 9;
	int y = d.month > 2 ? d.year : d.year - 1;
	long era = y / ERA_YEARS, in_era = y % ERA_YEARS;

	return era * ERA_DAYS + in_era * 365 + in_era / 4 - in_era / 100 + days_before(m) + d.mday -
	       1 - EPOCH_DAYS;
}

/* The date of ${day}, which lies between 0 and LAST_DAY. */
static struct date
date_of(long day)
{
	int days = (int)(day + EPOCH_DAYS), era = days / ERA_DAYS, in_era = days % ERA_DAYS;
	/* Take the leap days out: one in 4 years, but not in 100, but in 400. */
	int y = (in_era - in_era / 1460 + in_era / 36524 - in_era / (ERA_DAYS - 1)) / 365;
	int in_year = in_era - (365 * y + y / 4 - y / 100);
	int m = (5 * in_year + 2) / 153;

	return (struct date){
		.year = era * ERA_YEARS + y + (m >= 10),
		.month = m < 10 ? m + 3 : m - 9,
		.mday = in_year - days_before(m) + 1,
	};
}

static int
month_days(int year, int month)
{
	static const signed char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* The day that the MON_DAY_LEN bytes at ${p} spell. */
static bool
parse_date(const char *p, long *ret)
{
	int century = two(p), year = two(p + 2), month = two(p + 5), mday = two(p + 8);

	if (century < 0 || year < 0 || p[4] != '-' || p[7] != '-')
		return false;
	year += century * 100;
	return mon_stamp_day_number(year, month, mday, ret);
}

static void
put_date(char *p, long day)
{
	struct date d = date_of(day);

	put_two(p, d.year / 100);
	put_two(p + 2, d.year % 100);
	p[4] = '-';
	put_two(p + 5, d.month);
	p[7] = '-';
	put_two(p + 8, d.mday);
}

bool
mon_stamp_parse(const char *untrusted, size_t len, time_t *ret)
{
	long day;
	int h, m, s;

	if (len != MON_STAMP_LEN || !parse_date(untrusted, &day))
		return false;
	h = two(untrusted + 11);
	m = two(untrusted + 14);
	s = two(untrusted + 17);
	if (untrusted[10] != 'T' || untrusted[13] != ':' || untrusted[16] != ':' ||
	    untrusted[19] != 'Z')
		return false;
	if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59)
		return false;
	*ret = (time_t)day * DAY_S + h * 3600 + m * 60 + s;
	return true;
}

bool
mon_stamp_format(time_t t, char ret[MON_STAMP_LEN + 1])
{
	int s = (int)(t % DAY_S);

	if (t < 0 || t / DAY_S > LAST_DAY)
		return false;
	put_date(ret, (long)(t / DAY_S));
	ret[10] = 'T';
	put_two(ret + 11, s / 3600);
	ret[13] = ':';
	put_two(ret + 14, s / 60 % 60);
	ret[16] = ':';
	put_two(ret + 17, s % 60);
	ret[19] = 'Z';
	ret[20] = '\0';
	return true;
}

bool
mon_stamp_parse_day(const char *untrusted, size_t len, long *ret)
{
	return len == MON_DAY_LEN && parse_date(untrusted, ret);
}

bool
mon_stamp_format_day(long day, char ret[MON_DAY_LEN + 1])
{
	if (day < 0 || day > LAST_DAY)
		return false;
	put_date(ret, day);
	ret[MON_DAY_LEN] = '\0';
	return true;
}

time_t
mon_stamp_noon(long day)
{
	return (time_t)day * DAY_S + DAY_S / 2;
}

bool
mon_stamp_day_number(int year, int month, int mday, long *ret)
{
	if (year < 1970 || year > 9999 || month < 1 || month > 12 || mday < 1 ||
	    mday > month_days(year, month))
		return false;
	*ret = day_of((struct date){ year, month, mday });
	return true;
}
