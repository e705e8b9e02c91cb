/*
 * load.h - the load averages, from /proc/loadavg (proc(5)).
 *
 * Pure: no I/O, no malloc, no locale, no globals.
 */
#ifndef MON_LOAD_H
#define MON_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

struct mon_load {
	struct mon_str
	    average[3]; /* over 1, 5 and 15 minutes: MON_DECIMAL, as the kernel wrote it */
};

/*
 * mon_load_parse(buf, len, ret):
 * Read the text of /proc/loadavg; the strings in ${ret} point into ${buf}.  Return false, ${ret}
 * untouched, if it does not begin with three decimals.
 */
bool mon_load_parse(const char *buf, size_t len, struct mon_load *ret);

#endif /* !MON_LOAD_H */
