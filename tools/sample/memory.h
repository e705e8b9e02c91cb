/*
 * memory.h - memory and swap, from /proc/meminfo (proc(5)), in KiB.
 *
 * Pure: no I/O, no malloc, no locale, no globals.
 */
#ifndef MON_MEMORY_H
#define MON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mon_memory {
	uint64_t total;
	uint64_t used; /* total - free - buffers - cached - reclaimable slab */
	/* MemAvailable, at most total; before Linux 3.14 what could be dropped, without shared memory */
	uint64_t avail;
	uint64_t swap_total, swap_used; /* 0 without swap */
	bool odd;                       /* the kernel said that more is available than there is */
};

/*
 * mon_memory_parse(buf, len, ret):
 * Read the text of /proc/meminfo.  A line that is missing counts 0, and a difference below 0 is
 * 0.  Return false, ${ret} untouched, if MemTotal or MemFree is missing or a wanted line is odd.
 */
bool mon_memory_parse(const char *buf, size_t len, struct mon_memory *ret);

#endif /* !MON_MEMORY_H */
