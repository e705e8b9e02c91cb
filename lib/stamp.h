/*
 * stamp.h - time: the UTC stamp of a line, the local day of a file, and their arithmetic.
 *
 * The clock is not read here: a tool reads it once per run, or takes --now (tool.h).
 * Pure but for mon_stamp_day() and mon_stamp_day_again(), which ask libc for the time zone (TZ,
 * /etc/localtime).
 */
#ifndef MON_STAMP_H
#define MON_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "caps.h"

#define MON_DAY_LEN 10 /* "2025-08-31" */

/*
 * mon_stamp_parse(untrusted, len, ret):
 * Read "YYYY-MM-DDTHH:MM:SSZ" (RFC 3339, UTC, years 1970 to 9999, no leap second) into
 * ${ret}, seconds since the epoch.  Return false, ${ret} untouched, if it is none.
 */
bool mon_stamp_parse(const char *untrusted, size_t len, time_t *ret);

/*
 * mon_stamp_format(t, ret):
 * Write ${t} as a stamp of MON_STAMP_LEN bytes and a NUL.  Return false, ${ret} untouched,
 * if it lies outside the years 1970 to 9999.
 */
bool mon_stamp_format(time_t t, char ret[MON_STAMP_LEN + 1]);

/*
 * mon_stamp_parse_day(untrusted, len, ret):
 * Read "YYYY-MM-DD" (years 1970 to 9999) into ${ret}, days since 1970-01-01.  Return false,
 * ${ret} untouched, if it is none.
 */
bool mon_stamp_parse_day(const char *untrusted, size_t len, long *ret);

/*
 * mon_stamp_format_day(day, ret):
 * Write the day number ${day} as "YYYY-MM-DD" and a NUL.  Return false, ${ret} untouched,
 * if it lies outside the years 1970 to 9999.
 */
bool mon_stamp_format_day(long day, char ret[MON_DAY_LEN + 1]);

/*
 * mon_stamp_noon(day):
 * Return noon (UTC) of the day: the time of all that is in its archive, and of a folder that is.
 */
time_t mon_stamp_noon(long day);

/*
 * mon_stamp_day(t, ret):
 * Set ${ret} to the number of the day that the calendar on the wall shows at ${t}: the local
 * date, as `date -I` prints it, through DST and changes of zone.  Return false, ${ret}
 * untouched, if it lies outside the years 1970 to 9999.
 */
bool mon_stamp_day(time_t t, long *ret);

/*
 * mon_stamp_day_again(t, ret):
 * The same in the time zone that the last mon_stamp_day() found, which must have been called: to
 * look whether the zone has changed costs a system call.
 */
bool mon_stamp_day_again(time_t t, long *ret);

#endif /* !MON_STAMP_H */
