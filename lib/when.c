/* when.c - the times that a person writes; see when.h. */
#include <string.h>

#include "shape.h"
#include "stamp.h"
#include "when.h"
#include "zone.h"

#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400

/* Does the wall show second ${second} of ${day} at ${t}?  tzset() was called. */
static bool
shows(time_t t, long day, long second)
{
	struct tm tm;
	long have;

	return localtime_r(&t, &tm) != NULL && mon_zone_day_again(t, &have) && have == day &&
	       tm.tm_hour * HOUR_S + tm.tm_min * MINUTE_S + tm.tm_sec == second;
}

/*
 * The moment when the wall shows second ${second} of ${day}, or the midnight behind it; of two the
 * last if ${late}.
 *
 * Not mktime(3), which may give either of two.  The offset from UTC is that of a day before or of
 * a day after: clocks are not changed twice in so short a time.
 */
static bool
local(long day, long second, bool late, time_t *ret)
{
	const time_t wall = (time_t)day * DAY_S + second;
	const time_t around[2] = { wall - DAY_S, wall + DAY_S };
	time_t t[2];
	char stamp[MON_STAMP_LEN + 1];
	struct tm tm;
	bool is[2];

	day += second / DAY_S;
	second %= DAY_S;
	tzset();
	for (int i = 0; i < 2; i++) {
		if (localtime_r(&around[i], &tm) == NULL)
			return false;
		t[i] = wall - tm.tm_gmtoff;
		is[i] = shows(t[i], day, second);
	}
	/* Before the change and behind it: the clock was set back.  Neither: it was set on. */
	t[0] = is[0] == is[1] ? t[is[0] && late] : t[is[1]];
	if (!mon_stamp_format(t[0], stamp))
		return false;
	*ret = t[0];
	return true;
}

/* "14:30", "14:30:00", or "24:00": the end of the day (ISO 8601) */
static bool
parse_clock(const char *p, size_t len, long *ret)
{
	long part[3] = { 0 };
	static const long below[3] = { 25, 60, 60 };

	if (len != 5 && len != 8)
		return false;
	for (size_t i = 0; 3 * i < len; i++) {
		const char *two = p + 3 * i;

		if (!mon_shape_is_digit(two[0]) || !mon_shape_is_digit(two[1]) ||
		    (3 * i + 2 < len && two[2] != ':'))
			return false;
		part[i] = (two[0] - '0') * 10 + (two[1] - '0');
		if (part[i] >= below[i])
			return false;
	}
	*ret = part[0] * HOUR_S + part[1] * MINUTE_S + part[2];
	return *ret <= DAY_S;
}

/* "-15m" */
static bool
parse_before(const char *p, size_t len, time_t now, time_t *ret)
{
	static const struct {
		char letter;
		long seconds;
	} units[] = { { 's', 1 }, { 'm', MINUTE_S }, { 'h', HOUR_S }, { 'd', DAY_S } };
	uint64_t n;

	if (len < 3 || len > 12 || p[0] != '-' || !mon_shape_number(p + 1, len - 2, &n))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const int64_t before = (int64_t)n * units[i].seconds;

		if (p[len - 1] != units[i].letter || before > now)
			continue;
		*ret = now - before;
		return true;
	}
	return false;
}

bool
mon_when_day(const char *text, time_t now, long *ret)
{
	const bool yesterday = strcmp(text, "yesterday") == 0;
	long day;

	if (!yesterday && strcmp(text, "today") != 0)
		return mon_stamp_parse_day(text, strlen(text), ret);
	if (!mon_zone_day(now, &day) || day < yesterday)
		return false;
	*ret = day - yesterday;
	return true;
}

bool
mon_when_begin(long day, time_t *ret)
{
	return local(day, 0, false, ret);
}

bool
mon_when_time(const char *text, time_t now, long day, bool end, time_t *ret)
{
	const size_t len = strlen(text);
	long second;

	if (strcmp(text, "now") == 0) {
		*ret = now;
		return true;
	}
	if (mon_stamp_parse(text, len, ret) || parse_before(text, len, now, ret))
		return true;
	if (mon_when_day(text, now, &day))
		return mon_when_begin(day + end, ret);
	if (parse_clock(text, len, &second))
		return local(day, second, end, ret);
	return len > MON_DAY_LEN + 1 && mon_stamp_parse_day(text, MON_DAY_LEN, &day) &&
	       (text[MON_DAY_LEN] == ' ' || text[MON_DAY_LEN] == 'T') &&
	       parse_clock(text + MON_DAY_LEN + 1, len - MON_DAY_LEN - 1, &second) &&
	       local(day, second, end, ret);
}
