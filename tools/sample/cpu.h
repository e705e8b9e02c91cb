/*
 * cpu.h - what the processors did, from /proc/stat (proc(5)).
 *
 * Pure: no I/O, no malloc, no locale, no globals.
 */
#ifndef MON_CPU_H
#define MON_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first fields of the line "cpu", in its order.  guest and guest_nice, which follow, are
 * counted in user and nice already. */
enum mon_cpu_field {
	MON_CPU_USER,
	MON_CPU_NICE,
	MON_CPU_SYSTEM,
	MON_CPU_IDLE,
	MON_CPU_IOWAIT,
	MON_CPU_IRQ,
	MON_CPU_SOFTIRQ,
	MON_CPU_STEAL,
	MON_CPU_FIELDS
};

struct mon_cpu {
	uint64_t ticks[MON_CPU_FIELDS]; /* since boot */
};

struct mon_cpu_stat {
	struct mon_cpu cpu;
	uint64_t procs_running, procs_blocked;
};

/* Shares of the time, in tenths of a percent. */
struct mon_cpu_share {
	unsigned user, system, idle;
};

/*
 * mon_cpu_parse(buf, len, ret):
 * Read the text of /proc/stat.  Return false, ${ret} untouched, if the line "cpu" with at least
 * its four first figures, procs_running or procs_blocked is missing.
 */
bool mon_cpu_parse(const char *buf, size_t len, struct mon_cpu_stat *ret);

/*
 * mon_cpu_share(before, now):
 * Return the shares of the time between two readings; ${before} is NULL for boot.  A counter
 * that went back counts 0, and if no time passed all shares are 0.
 */
struct mon_cpu_share mon_cpu_share(const struct mon_cpu *before, const struct mon_cpu *now);

#endif /* !MON_CPU_H */
