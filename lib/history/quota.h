/*
 * quota.h - how many bytes a qube may have filed in a day.
 *
 * Where the volume has room, each qube may have ${most} bytes (MON_QUOTA): more than any honest one
 * sends.  The volume has room as long as what all qubes had filed in this day fits into what is free
 * twice more: tomorrow, and the archive, for hostile bytes hardly pack.  Where it has none left, each
 * may have its fair share of a quarter of what is free: never less than MON_QUOTA_SHARE, so one that
 * sends less than that is never cut.
 *
 * A day is 24 hours of the clock that nobody sets (mon_clock_boot()), from the first poll on; all
 * begin with nothing filed.  What counts is the length of each stamped line, which is some bytes
 * more than its row.
 *
 * Pure: no I/O, no malloc, no globals.  Defined for every number.
 */
#ifndef MON_QUOTA_H
#define MON_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "caps.h"

struct mon_quota {
	uint64_t most;    /* bytes a day and qube, where the volume has room */
	uint64_t free;    /* bytes on the volume; UINT64_MAX: not known, it has room */
	uint64_t filed;   /* bytes that all qubes had filed in this day */
	uint64_t elapsed; /* seconds of this day */
	uint64_t qubes;   /* that share */
};

/*
 * mon_quota_has_room(quota):
 * Has the volume room for what the qubes send?
 */
bool mon_quota_has_room(const struct mon_quota *quota);

/*
 * mon_quota_share(quota):
 * Return the bytes that a qube may have filed in this day, by all kinds of lines.
 */
uint64_t mon_quota_share(const struct mon_quota *quota);

/*
 * mon_quota_left(quota, filed):
 * Return the bytes that a qube which had ${filed} bytes filed in this day may still have filed.
 */
uint64_t mon_quota_left(const struct mon_quota *quota, uint64_t filed);

/*
 * mon_quota_figures(quota, filed):
 * The same for lines that are no text: one that has used up its share with alerts keeps its first
 * figures of each poll, by MON_QUOTA_FIGURES spread evenly over the day.
 */
uint64_t mon_quota_figures(const struct mon_quota *quota, uint64_t filed);

#endif /* !MON_QUOTA_H */
