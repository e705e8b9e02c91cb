/* zone.c - the local day of a time; see zone.h. */
#include "stamp.h"
#include "zone.h"

bool
mon_zone_day(time_t t, long *ret)
{
	/* localtime_r(), unlike localtime(), need not read TZ: tzset() first (POSIX). */
	tzset();
	return mon_zone_day_again(t, ret);
}

bool
mon_zone_day_again(time_t t, long *ret)
{
	struct tm tm;

	/* A far time has a year that an int just holds, and would not with 1900 more. */
	return localtime_r(&t, &tm) != NULL && tm.tm_year <= 9999 - 1900 &&
	       mon_stamp_day_number(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, ret);
}
