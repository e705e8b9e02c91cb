/* zone.c - the local day of a time; see zone.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* "CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3" and the like: a name, and its distance from UTC. */
static bool
is_rule(const char *tz)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const size_t n = *tz == '<' ? strcspn(tz, ">") + 1 : strspn(tz, letters);

	if (n < 3 || n > strlen(tz))
		return false;
	tz += n;
	tz += *tz == '+' || *tz == '-';
	return *tz >= '0' && *tz <= '9';
}

bool
mon_zone_known(const char *tz, const char *localtime)
{
	const char *dir = getenv("TZDIR");
	char path[4096];
	struct stat st;

	if (tz == NULL)
		return access(localtime, R_OK) == 0 || lstat(localtime, &st) < 0;
	tz += *tz == ':';
	if (*tz == '\0' || strcmp(tz, "UTC") == 0 || is_rule(tz))
		return true;
	if (dir == NULL || *dir == '\0')
		dir = "/usr/share/zoneinfo";
	if (snprintf(path, sizeof(path), "%s%s%s", *tz == '/' ? "" : dir, *tz == '/' ? "" : "/",
		tz) >= (int)sizeof(path))
		return false;
	return access(path, R_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}
