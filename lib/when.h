/*
 * when.h - the times that a person writes: days, and moments in local time.
 *
 * One place for --from, --to, --at and DAY, so that they mean the same everywhere.
 * The local time is libc's (zone.h).
 */
#ifndef MON_WHEN_H
#define MON_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* What both accept, for --help, man pages and messages. */
#define MON_WHEN_DAYS "2025-08-31, today or yesterday"
#define MON_WHEN_TIMES                                                                             \
	"14:30, '2025-08-31 14:30', 2025-08-31, yesterday, now, -15m or 2025-08-31T12:30:00Z"

/*
 * mon_when_day(text, now, ret):
 * Read "YYYY-MM-DD", "today" or "yesterday" (at ${now}, local time) into ${ret}, the number of a
 * day (stamp.h).  Return false, ${ret} untouched, if it is none.
 */
bool mon_when_day(const char *text, time_t now, long *ret);

/*
 * mon_when_time(text, now, day, end, ret):
 * Read a moment into ${ret}, seconds since the epoch:
 *
 *	2025-08-31T12:30:00Z		a stamp, in UTC
 *	2025-08-31 14:30[:00]		local time; also with a T for the space
 *	14:30[:00]			of ${day} (stamp.h)
 *	2025-08-31, today, yesterday	the beginning of the day, local time; its end if ${end}
 *	now				${now}
 *	-30s -15m -2h -7d		so long before ${now}
 *
 * An hour that comes twice when the clock is set back means the first, or, if ${end}, the second
 * one; one that does not come at all is moved on by what was left out.  Return false, ${ret}
 * untouched, if it is none or lies outside the years 1970 to 9999.
 */
bool mon_when_time(const char *text, time_t now, long day, bool end, time_t *ret);

/*
 * mon_when_begin(day, ret):
 * Set ${ret} to the moment in which ${day} begins in local time.  Return false, ${ret} untouched,
 * if it lies outside the years 1970 to 9999.
 */
bool mon_when_begin(long day, time_t *ret);

#endif /* !MON_WHEN_H */
