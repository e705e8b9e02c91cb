/*
 * glance.h - is what is left of a line surely good?  Seen at once, by sets of its bytes.
 *
 * Whoever checks a line field by field pays for each of its fields; most lines are good, short,
 * and made of numbers.  A glance only ever says "good" where mon_shape_scan() says so of each
 * field: what is refused, and why, is for that to tell.
 *
 * Pure: no I/O, no malloc, no locale, no globals.
 */
#ifndef MON_GLANCE_H
#define MON_GLANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "block.h"
#include "schema.h"

#define MON_GLANCE_MAX 63 /* bytes: a set has 64 bits, and the end is one */

/*
 * mon_glance_fits(begin, untrusted, end):
 * Can mon_glance() look at the bytes from ${untrusted} to ${end}?  All from ${begin} on must be
 * readable.
 */
static inline bool
mon_glance_fits(const char *begin, const char *untrusted, const char *end)
{
	return end - untrusted <= MON_GLANCE_MAX && end - begin >= MON_BLOCK;
}

/*
 * mon_glance(table, column, untrusted, end):
 * Are these bytes, which fit, surely one good field for each of the columns from ${column} on,
 * which is mon_table's ${glanced} or behind that?  False where it is not sure.
 */
bool mon_glance(
    const struct mon_table *table, size_t column, const char *untrusted, const char *end);

#endif /* !MON_GLANCE_H */
