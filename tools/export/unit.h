/*
 * unit.h - the bytes of one row in the making: a line, or a statement.
 */
#ifndef MON_UNIT_H
#define MON_UNIT_H

#include <stddef.h>
#include <stdint.h>

#include "caps.h"
#include "str.h"

/* All fits: a line has at most MON_STAMPED_MAX bytes, and no format makes more than two of one. */
struct mon_unit {
	char p[MON_EXPORT_UNIT];
	size_t n;
};

/*
 * mon_unit_str(unit, str), mon_unit_text(unit, literal), mon_unit_number(unit, n):
 * Append the bytes of ${str}, those of ${literal}, or ${n} in decimal.  What does not fit is left
 * out.
 */
void mon_unit_str(struct mon_unit *unit, struct mon_str str);
void mon_unit_text(struct mon_unit *unit, const char *literal);
void mon_unit_number(struct mon_unit *unit, uint64_t n);

/*
 * mon_unit_escaped(unit, str, special, escape):
 * The same as mon_unit_str(), with ${escape} before each byte of ${str} that is in ${special}.
 */
void mon_unit_escaped(struct mon_unit *unit, struct mon_str str, const char *special, char escape);

#endif /* !MON_UNIT_H */
