/*
 * human.h - sizes, times and counts as people read them.
 */
#ifndef MON_HUMAN_H
#define MON_HUMAN_H

#include <stdint.h>

#define MON_HUMAN_MAX 32 /* bytes of what any of these writes, with its NUL */

/*
 * mon_human_bytes(bytes, dst):
 * Write a size with its unit, a power of 1024, to ${dst} of MON_HUMAN_MAX bytes: "812 B",
 * "1.4 GiB", "95 MiB".  Below ten there is one decimal.  Return ${dst}.
 */
const char *mon_human_bytes(uint64_t bytes, char *dst);

/*
 * mon_human_duration(seconds, dst):
 * Write a length of time: "48 s", "12 min", "2 h 05 min", "3 days".  Return ${dst}.
 */
const char *mon_human_duration(int64_t seconds, char *dst);

/*
 * mon_human_count(n, dst):
 * Write a number with a comma between thousands: "8,460".  Return ${dst}.
 */
const char *mon_human_count(uint64_t n, char *dst);

/*
 * mon_human_plural(n, noun, dst):
 * Write "1 day" or "2 days".  ${noun} takes an "s" and has at most 9 letters.  Return ${dst}.
 */
const char *mon_human_plural(uint64_t n, const char *noun, char *dst);

#endif /* !MON_HUMAN_H */
