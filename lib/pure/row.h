/*
 * row.h - read a row of a CSV file: the inverse of mon_wire_row().
 *
 * Pure: no I/O, no malloc, no locale, no globals.  Defined for every (buf, len), NULs included.
 */
#ifndef MON_ROW_H
#define MON_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "wire.h"

/*
 * mon_row_parse(table, untrusted, len, ret):
 * Check one row of the file of ${table}, ${len} bytes without its LF: every column by its shape,
 * a TEXT column for being what a file may hold (harmless characters without comma and '"', at most
 * MON_MSG_MAX bytes).  Fill ${ret}, whose strings point into ${untrusted}, and return true; or
 * return false, ${ret} untouched.  A text is still cleaned by who writes it: the rules for how it
 * may begin were others in older versions.
 */
bool mon_row_parse(
    const struct mon_table *table, const char *untrusted, size_t len, struct mon_rec *ret);

#endif /* !MON_ROW_H */
