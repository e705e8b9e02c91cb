/*
 * quota.h - how many bytes a qube may have filed: a bucket, refilled evenly by its quota a day.
 *
 * What counts is the length of each stamped line, which is some bytes more than its row.  What is
 * remembered of a qube is what it owes: what it took from its bucket and time has not put back.
 * 0 is a full bucket.  It is counted in parts of a byte, as many as a day has seconds: so the
 * share of one second is a whole number, and no step of time is too short to count.
 *
 * Pure: no I/O, no malloc, no globals.  Defined for every number; a quota of 0 allows nothing.
 */
#ifndef MON_QUOTA_H
#define MON_QUOTA_H

#include <stddef.h>
#include <stdint.h>

#include "caps.h"

#define MON_QUOTA_PARTS UINT64_C(86400) /* to a byte: seconds of a day */

/*
 * mon_quota_bucket(quota):
 * The bytes that a full bucket holds: MON_QUOTA_BURST, or ${quota}, the bytes a day, if that is
 * less.  So no bucket takes longer than a day to fill, and a record that is forgotten after a
 * day had nothing left to tell.
 */
uint64_t mon_quota_bucket(uint64_t quota);

/*
 * mon_quota_first(quota):
 * What a qube owes whose name was not met before: all but MON_QUOTA_FIRST bytes.
 */
uint64_t mon_quota_first(uint64_t quota);

/*
 * mon_quota_refill(owed, quota, seconds):
 * What is left of ${owed} after ${seconds}.  A number that no qube can owe, of a damaged file, is
 * taken for the most that one can: two buckets.
 */
uint64_t mon_quota_refill(uint64_t owed, uint64_t quota, uint64_t seconds);

/*
 * mon_quota_take(owed, quota, bytes):
 * What a qube owes that owed ${owed} and had ${bytes} filed.  Two runs at once may both spend what is
 * left in a bucket; what they took too much is owed too, up to two buckets.
 */
uint64_t mon_quota_take(uint64_t owed, uint64_t quota, size_t bytes);

/*
 * mon_quota_left(owed, quota):
 * The bytes that a qube which owes ${owed} may have filed now.
 */
size_t mon_quota_left(uint64_t owed, uint64_t quota);

#endif /* !MON_QUOTA_H */
