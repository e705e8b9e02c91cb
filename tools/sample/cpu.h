/*
 * cpu.h - what the processors did, from /proc/stat (proc(5)).
 *
 * The line "cpu" is the sum over every processor that there can be, a line "cpuN" tells of one
 * that is online now (show_stat() in fs/proc/stat.c).  When a processor goes offline its line
 * goes, and its idle time may begin anew when it comes back (kernels before 6.8).  So shares of the
 * time are told of those processors alone that were online at both readings and whose idle
 * time did not go back.
 *
 * Pure: no I/O, no malloc, no locale, no globals.
 */
#ifndef MON_CPU_H
#define MON_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caps.h"

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

struct mon_cpu_one {
	uint64_t number; /* N of "cpuN" */
	struct mon_cpu cpu;
};

/* One reading. */
struct mon_cpu_reading {
	struct mon_cpu all;
	uint32_t online; /* processors; 0: no line tells of one */
	uint32_t kept; /* of them in each[]; 0 if that has not room for all: the sum must do then */
	struct mon_cpu_one each[MON_CPUS_MAX]; /* by number */
};

struct mon_cpu_procs {
	bool known;
	uint64_t running, blocked;
};

/* Shares of the time, in tenths of a percent, and the work. */
struct mon_cpu_share {
	unsigned user, system, idle, iowait, steal; /* iowait is in idle, too; steal in none */
	uint64_t busy; /* processor seconds worked a second, in hundredths */
};

/*
 * mon_cpu_parse(buf, len, ret, ret_procs):
 * Read the text of /proc/stat.  Return false, ${ret} unspecified, if the line "cpu" with at least
 * its four first figures is missing.  A line "cpuN" that is odd counts as online, and then the
 * sum must do.
 */
bool mon_cpu_parse(
    const char *buf, size_t len, struct mon_cpu_reading *ret, struct mon_cpu_procs *ret_procs);

/*
 * mon_cpu_share(before, now):
 * Return the shares of the time between two readings; ${before} is NULL for boot.  Where no
 * processor tells of both (none is kept, all came back, nothing passed for them), the sum counts.
 * A counter that went back counts 0, and if no time passed at all, all are 0.
 */
struct mon_cpu_share mon_cpu_share(
    const struct mon_cpu_reading *before, const struct mon_cpu_reading *now);

#endif /* !MON_CPU_H */
