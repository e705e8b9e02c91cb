/*
 * number.h - the value of a number that was checked.
 *
 * Pure: no I/O, no malloc, no locale.
 */
#ifndef MON_NUMBER_H
#define MON_NUMBER_H

#include "str.h"

/*
 * mon_number_value(checked):
 * Return the number that ${checked} spells: a field of MON_INT, MON_DECIMAL, MON_SIGNED or
 * MON_PERCENT (shape.h), whose '%' is left out.  Rounded to a double; whole numbers up to 2^53
 * and decimals of up to 15 digits are as exact as strtod(3) makes them.
 */
double mon_number_value(struct mon_str checked);

#endif /* !MON_NUMBER_H */
