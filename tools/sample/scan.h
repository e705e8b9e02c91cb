/*
 * scan.h - walk over the text of a /proc file: lines, words, numbers.
 *
 * Pure: no I/O, no malloc, no locale, no globals.  Defined for every (buf, len), NULs included;
 * nothing is read past the end and nothing needs to end in NUL.
 */
#ifndef MON_SCAN_H
#define MON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

struct mon_scan {
	const char *p, *end; /* what is left; borrowed */
};

/*
 * mon_scan_line(s, ret):
 * Set ${ret} to the next line, without its LF, and step over it.  Return false, both untouched,
 * if no LF is left: a line that was cut off is dropped, for half a number is a wrong number.
 */
bool mon_scan_line(struct mon_scan *s, struct mon_scan *ret);

/*
 * mon_scan_word(s, ret):
 * Step over spaces and tabs, set ${ret} to the bytes before the next one or the end, and step
 * over them.  Return false, ${ret} untouched, if there are none.
 */
bool mon_scan_word(struct mon_scan *s, struct mon_str *ret);

/*
 * mon_scan_number(s, ret):
 * The same for a word of digits alone, up to 2^64-1.  Return false, both untouched, if the next
 * word is none.
 */
bool mon_scan_number(struct mon_scan *s, uint64_t *ret);

/*
 * mon_scan_literal(s, literal):
 * If what is left begins with ${literal}, step over it and return true.
 */
bool mon_scan_literal(struct mon_scan *s, const char *literal);

#endif /* !MON_SCAN_H */
