/*
 * shape.h - is this counted string what a column admits?  Yes or no, nothing is converted:
 * the bytes go to the file as they came.
 *
 * Pure: no I/O, no malloc, no locale, no globals.  Defined for every (buf, len), NULs included.
 */
#ifndef MON_SHAPE_H
#define MON_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "caps.h"
#include "schema.h"

/*
 * mon_shape_scan(shape, untrusted, end):
 * Return the end of the field of ${shape} that begins at ${untrusted}, or NULL if none does.
 * The field ends before the first comma, or at ${end}; it is as long as the shape allows, so
 * the caller must look whether a comma or ${end} follows.  What each shape admits:
 *
 *	MON_INT      "0", or up to 19 digits without leading zero, at most 2^63-1
 *	MON_DECIMAL  MON_INT, maybe followed by "." and 1 to MON_FRACTION_MAX digits
 *	MON_SIGNED   MON_DECIMAL, maybe with "-" before it
 *	MON_PERCENT  MON_INT up to 100, then "%"
 *	MON_WORD     a letter, then letters and "-", at most MON_WORD_MAX bytes
 *	MON_NAME     harmless characters (text.h) without space, comma, quotes, and backslash
 *	             only as \ooo; not beginning with a formula character; at least one
 *	MON_TEXT     anything up to ${end}, at least one byte: mon_text_clean() follows
 *	MON_DAY      a day of the calendar, YYYY-MM-DD
 *	MON_STAMP    a second of the calendar, YYYY-MM-DDTHH:MM:SSZ
 *	MON_VM       a letter, then letters, digits, "_", "-", ".", at most MON_VM_MAX bytes
 *	MON_HEX      MON_HEX_LEN digits, "0" to "9" and "a" to "f"
 */
const char *mon_shape_scan(enum mon_shape shape, const char *untrusted, const char *end);

/*
 * mon_shape_check(shape, untrusted, len):
 * Are the ${len} bytes at ${untrusted}, as a whole, a field of ${shape}?
 */
bool mon_shape_check(enum mon_shape shape, const char *untrusted, size_t len);

/*
 * mon_shape_number(untrusted, len, ret):
 * Read the MON_INT of ${len} bytes into ${ret}.  Return false, ${ret} untouched, if it is none.
 */
bool mon_shape_number(const char *untrusted, size_t len, uint64_t *ret);

/* ---- integers ---- */

/* Not isdigit(): it asks the locale, and is undefined for some bytes. */
static inline bool
mon_shape_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * mon_shape_skip_digits(untrusted, end):
 * Return where the digits at ${untrusted} end.
 */
static inline const char *
mon_shape_skip_digits(const char *untrusted, const char *end)
{
	while (untrusted < end && mon_shape_is_digit(*untrusted))
		untrusted++;
	return untrusted;
}

/*
 * mon_shape_value(digits, len):
 * Return the number that ${len} <= MON_NUMBER_MAX digits spell: below 10^19, less than 2^64.
 */
static inline uint64_t
mon_shape_value(const char *digits, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint64_t)(digits[i] - '0');
	return n;
}

/*
 * mon_shape_scan_int(untrusted, end):
 * mon_shape_scan() of MON_INT.
 */
static inline const char *
mon_shape_scan_int(const char *untrusted, const char *end)
{
	const char *q;
	size_t n;

	/* Half of all counters, and the only number that begins with 0. */
	if (untrusted < end && *untrusted == '0') {
		q = untrusted + 1;
		return q == end || !mon_shape_is_digit(*q) ? q : NULL;
	}
	q = mon_shape_skip_digits(untrusted, end);
	n = (size_t)(q - untrusted);
	if (n == 0 || n > MON_NUMBER_MAX)
		return NULL;
	return n < MON_NUMBER_MAX || mon_shape_value(untrusted, n) <= INT64_MAX ? q : NULL;
}

#endif /* !MON_SHAPE_H */
