/*
 * counters.h - the counters that one poll keeps for the next: of each processor and each disk.
 * They are kept as bytes within the state (state.h), which says how long they are, that they are whole, and
 * of which boot they tell.
 *
 * Pure: no I/O, no malloc, no locale, no globals.
 */
#ifndef MON_COUNTERS_H
#define MON_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "cpu.h"
#include "diskio.h"

/* In this order the few that are in use lie on two pages. */
struct mon_counters {
	bool has_cpu, has_io; /* what was read */
	struct mon_diskio io;
	struct mon_cpu_reading cpu;
};

/*
 * mon_counters_read(buf, len, ret):
 * Read what mon_counters_write() wrote.  Return false, ${ret} unspecified, if it is nothing such:
 * of another version, or odd.
 */
bool mon_counters_read(const char *buf, size_t len, struct mon_counters *ret);

/*
 * mon_counters_write(counters, dst, cap):
 * Write them to ${dst}, in the form in which this machine has them in memory.  Return the length;
 * MON_STATE_FIGURES_MAX is room enough for the most; 0, if ${cap} is less than it needs.
 */
size_t mon_counters_write(const struct mon_counters *counters, char *dst, size_t cap);

#endif /* !MON_COUNTERS_H */
