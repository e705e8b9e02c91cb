/*
 * stamp.h - time: the UTC stamp of a line, the number of a day, and their arithmetic.
 *
 * The clock is not read here: a tool reads it once per run, or takes --now (tool.h).  The local
 * date of a time is asked in zone.h.
 *
 * Pure: no I/O, no locale, no time zone.
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
 * Return noon (UTC) of the day: the mtime of every entry in the day's archive, and of a folder
 * that has been archived.
 */
time_t mon_stamp_noon(long day);

/*
 * mon_stamp_day_number(year, month, mday, ret):
 * Set ${ret} to the number of that day, months and days counted from 1.  Return false, ${ret}
 * untouched, if the calendar has no such day in the years 1970 to 9999.
 */
bool mon_stamp_day_number(int year, int month, int mday, long *ret);

#endif /* !MON_STAMP_H */
