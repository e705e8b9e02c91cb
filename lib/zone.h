/*
 * zone.h - the local day of a time.
 *
 * The time zone is libc's: TZ, else /etc/localtime, which libc reads; so this is not pure.
 */
#ifndef MON_ZONE_H
#define MON_ZONE_H

#include <stdbool.h>
#include <time.h>

/*
 * mon_zone_day(t, ret):
 * Set ${ret} to the number (stamp.h) of the day that the calendar on the wall shows at ${t}: the
 * local date, as `date -I` prints it, through DST and changes of zone.  Return false, ${ret}
 * untouched, if it lies outside the years 1970 to 9999.
 */
bool mon_zone_day(time_t t, long *ret);

/*
 * mon_zone_day_again(t, ret):
 * The same in the time zone that the last mon_zone_day() found, which must have been called: to
 * look whether the zone has changed costs a system call.
 */
bool mon_zone_day_again(time_t t, long *ret);

/*
 * mon_zone_known(tz, localtime):
 * Is there such a zone?  ${tz} is the value of TZ, or NULL: then it is that of the link ${localtime}
 * ("/etc/localtime"), of which none at all is UTC.  libc takes UTC, without a word, for a zone that
 * it does not find (tzset(3)).
 */
bool mon_zone_known(const char *tz, const char *localtime);

#endif /* !MON_ZONE_H */
