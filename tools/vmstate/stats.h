/*
 * stats.h - dom0's answer to admin.vm.Stats: what Xen says of each domain.
 *
 *	stream = { event }				or "2" NUL exception, or nothing: an error
 *	event  = "1" NUL SUBJECT NUL EVENT NUL { KEY NUL VALUE NUL } NUL
 *
 * (Qubes OS Admin API, events.)  First comes "connection-established", without a subject; then, every
 * three seconds, one "vm-stats" for each domain that dom0's policy shows, dom0 included, with the keys
 * cpu_time (ms since its start) and memory_kb, among others.  The stream never ends by itself.
 *
 * Pure: no I/O, no malloc, no locale, no globals.  Defined for every (buf, len).
 */
#ifndef MON_STATS_H
#define MON_STATS_H

#include <stddef.h>

#include "caps.h"
#include "str.h"

enum mon_stats_result {
	MON_STATS_MORE,  /* the next event has not come in full */
	MON_STATS_OK,    /* one of a domain */
	MON_STATS_OTHER, /* another event, or one of a domain without good figures: left out */
	MON_STATS_BAD,   /* no event: nothing behind it can be read */
};

/* Checked strings in the stream's bytes. */
struct mon_stats {
	struct mon_str vm, cpu_ms, memory_kb;
};

/*
 * mon_stats_next(untrusted, len, at, ret):
 * Read the event at ${at} of the ${len} bytes that have come.  For MON_STATS_OK set ${ret}, for that
 * and MON_STATS_OTHER let ${at} be behind the event; else both are untouched.
 */
enum mon_stats_result mon_stats_next(
    const char *untrusted, size_t len, size_t *at, struct mon_stats *ret);

#endif /* !MON_STATS_H */
