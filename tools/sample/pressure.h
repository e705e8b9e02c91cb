/*
 * pressure.h - how long tasks were stalled, from /proc/pressure (kernel doc: accounting/psi.rst).
 *
 * Pure: no I/O, no malloc, no locale, no globals.
 */
#ifndef MON_PRESSURE_H
#define MON_PRESSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microseconds since boot in which some, or all, tasks that were not idle waited. */
struct mon_pressure {
	uint64_t some, full; /* full: 0 where the file has no such line (cpu, before Linux 5.13) */
};

/*
 * mon_pressure_parse(buf, len, ret):
 * Read the text of /proc/pressure/cpu, memory or io.  Return false, ${ret} untouched, if it has
 * no line "some" with a total, or a line "full" without one.
 */
bool mon_pressure_parse(const char *buf, size_t len, struct mon_pressure *ret);

#endif /* !MON_PRESSURE_H */
