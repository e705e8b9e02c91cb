/* stamp.c - stamps and days; see stamp.h. */
#include <string.h>

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

/* "YYYY-MM-DD" to a date; timegm() would turn February 30 into March 2, so ask it back. */
static bool
parse_date(const char *p, struct tm *ret, time_t *midnight)
{
	int century = two(p), year = two(p + 2), month = two(p + 5), mday = two(p + 8);
	struct tm tm = { 0 };
	time_t t;

	if (century < 0 || year < 0 || p[4] != '-' || month < 0 || p[7] != '-' || mday < 0)
		return false;
	if (century * 100 + year < 1970)
		return false;
	tm.tm_year = century * 100 + year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = mday;
	t = timegm(&tm);
	if (tm.tm_mon != month - 1 || tm.tm_mday != mday)
		return false;
	*ret = tm;
	*midnight = t;
	return true;
}

bool
mon_stamp_parse(const char *untrusted, size_t len, time_t *ret)
{
	struct tm tm;
	time_t midnight;
	int h, m, s;

	if (len != MON_STAMP_LEN || !parse_date(untrusted, &tm, &midnight))
		return false;
	h = two(untrusted + 11);
	m = two(untrusted + 14);
	s = two(untrusted + 17);
	if (untrusted[10] != 'T' || untrusted[13] != ':' || untrusted[16] != ':' ||
	    untrusted[19] != 'Z')
		return false;
	if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59)
		return false;
	*ret = midnight + h * 3600 + m * 60 + s;
	return true;
}

/* The date of ${tm} as "YYYY-MM-DD"; false outside the years that fit. */
static bool
put_date(char *p, const struct tm *tm)
{
	int year = tm->tm_year + 1900;

	if (year < 1970 || year > 9999)
		return false;
	put_two(p, year / 100);
	put_two(p + 2, year % 100);
	p[4] = '-';
	put_two(p + 5, tm->tm_mon + 1);
	p[7] = '-';
	put_two(p + 8, tm->tm_mday);
	return true;
}

bool
mon_stamp_format(time_t t, char ret[MON_STAMP_LEN + 1])
{
	struct tm tm;

	if (t < 0 || gmtime_r(&t, &tm) == NULL || !put_date(ret, &tm))
		return false;
	ret[10] = 'T';
	put_two(ret + 11, tm.tm_hour);
	ret[13] = ':';
	put_two(ret + 14, tm.tm_min);
	ret[16] = ':';
	put_two(ret + 17, tm.tm_sec);
	ret[19] = 'Z';
	ret[20] = '\0';
	return true;
}

bool
mon_stamp_parse_day(const char *untrusted, size_t len, long *ret)
{
	struct tm tm;
	time_t midnight;

	if (len != MON_DAY_LEN || !parse_date(untrusted, &tm, &midnight))
		return false;
	*ret = (long)(midnight / DAY_S);
	return true;
}

bool
mon_stamp_format_day(long day, char ret[MON_DAY_LEN + 1])
{
	time_t t = (time_t)day * DAY_S;
	struct tm tm;

	if (day < 0 || gmtime_r(&t, &tm) == NULL || !put_date(ret, &tm))
		return false;
	ret[MON_DAY_LEN] = '\0';
	return true;
}

bool
mon_stamp_day(time_t t, long *ret)
{
	struct tm tm;
	char date[MON_DAY_LEN];

	/* localtime_r(), unlike localtime(), need not read TZ: tzset() first (POSIX). */
	tzset();
	if (localtime_r(&t, &tm) == NULL || !put_date(date, &tm))
		return false;
	return mon_stamp_parse_day(date, MON_DAY_LEN, ret);
}
