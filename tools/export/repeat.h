/*
 * repeat.h - rows of one second that other programs would take for the same.
 *
 * Two alerts of one qube in one second have the same time and the same labels, and a hostile
 * qube may send an interface twice.  A database would keep one of them.  So the second one is
 * counted 2, and so on: the same input gives the same numbers, and loading it twice changes
 * nothing.
 */
#ifndef MON_REPEAT_H
#define MON_REPEAT_H

#include "export.h"

/*
 * mon_repeat_count(row):
 * Return how many rows like ${row} came in its second, with it: of its kind and qube, and with
 * the same names.  The MON_REPEAT_SECONDS seconds that came last are remembered, since what
 * mon-cat --follow prints may go back and forth between some, and MON_REPEATS_MAX rows of each;
 * of more, each counts 1.
 */
uint64_t mon_repeat_count(const struct mon_export_row *row);

#endif /* !MON_REPEAT_H */
