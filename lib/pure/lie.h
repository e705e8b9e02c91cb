/*
 * lie.h - does a qube say of itself what Xen says of it?  The only place of the comparison.
 *
 * Xen counts the time that it gave to the CPUs of a qube (xen.csv, each minute); the qube counts what
 * it thinks that it worked (busy_cpus of cpu.csv, each poll).  Each minute, both are made CPUs at work
 * in the time between two rows of xen.csv.  MemTotal of the qube is compared with the memory that Xen
 * gave.  Honest figures differ, too:
 *
 *	times      the two are asked at different moments.  What a row has too much at the one end of a
 *	           minute the next minute has too little: a load that changes is seen for a minute or
 *	           two, and never for ten of them.  A row counts for the minute in which its time ends,
 *	           at its very end for the next one, because then it may not be filed yet.
 *	rounding   cpu_ms is whole milliseconds: nothing in a minute.
 *	ticks      a Linux without exact accounting looks a hundred to a thousand times a second at what
 *	           runs; and what Xen does for the qube (interrupts, emulation) only Xen counts.
 *	steal      Linux on Xen takes what it did not get out of what it worked.  Another kernel may not,
 *	           and says several times what it got on a machine where all want to work.
 *	hotplug    the work of a CPU that comes or goes is not in busy_cpus of that one poll.
 *	ballooning MemTotal follows what Xen gave, later by a poll at most.
 *	kernel     what a kernel keeps for itself is not in MemTotal: 60 to 200 MiB, and 1.6 % of the
 *	           memory that the qube may get at most, which is 10 times what it begins with.
 *
 * Hence the tolerances, and that nothing is said before all minutes of MON_LIE_FOR_S differ.
 */
#ifndef MON_LIE_H
#define MON_LIE_H

#include <stdbool.h>
#include <stdint.h>

#include "schema.h"
#include "str.h"

#define MON_LIE_FOR_S 600 /* so long each minute must differ */

/* The tolerances: the qube says less CPU than Xen by more than ... */
#define MON_LIE_CPUS 0.2   /* ... so many CPUs (the floor: a qube at rest hides nothing) ... */
#define MON_LIE_SHARE 0.25 /* ... and this share of the larger one (ticks, and Xen's work) */
/* More CPU than Xen: because of steal only ... */
#define MON_LIE_TIMES 4      /* ... more than so many times as much ... */
#define MON_LIE_AT_LEAST 0.5 /* ... and by more than so many CPUs */
/* Memory, less or more: by more than MON_LIE_SHARE of the larger one and ... */
#define MON_LIE_MEMORY_KB 262144 /* ... 256 MiB: what the kernel keeps */

#define MON_LIE_ROW_S 90   /* two rows of a qube that lie further apart cover nothing */
#define MON_LIE_GAP_S 180  /* the same of xen.csv: three times its interval, as in the rules */
#define MON_LIE_NEAR_S 30  /* rows of xen.csv that are nearer are looked at together */
#define MON_LIE_COVER 0.75 /* so much of the time between two rows of xen.csv must the qube cover */

/* The kinds that are compared, a mask of 1 << enum mon_kind. */
#define MON_LIE_KINDS (1u << MON_KIND_SYS | 1u << MON_KIND_CPU | 1u << MON_KIND_XEN)

enum mon_lie_of { MON_LIE_CPU, MON_LIE_MEMORY, MON_LIE_OFS };

enum mon_lie_verdict {
	MON_LIE_NOTHING, /* there is nothing to compare, or not enough */
	MON_LIE_AGREES,
	MON_LIE_DIFFERS,
};

/* What the qube says and what Xen says: CPUs at work, or KiB. */
struct mon_lie_pair {
	bool known, differs;
	double says, xen;
};

/* Of one qube; begins all zero. */
struct mon_lie {
	struct mon_lie_pair pair[MON_LIE_OFS]; /* of the last row of xen.csv */

	/* The rest is lie.c's own. */
	bool has_xen, has_row, has_total, held;
	int64_t xen_t, row_t, total_t;
	uint64_t xen_ms;
	double total_kb;
	double worked, covered;           /* CPU seconds, in seconds, of the rows since xen_t */
	double held_worked, held_covered; /* of the row at row_t, for whose minute we wait */
};

/*
 * mon_lie_take(lie, t, kind, fields):
 * Take the ${fields} of a row of ${kind} (others than MON_LIE_KINDS are ignored), whose time is ${t}.
 * Rows come in the order of time; one that goes back begins the comparison anew.  Return the verdict
 * of a row of xen.csv, with ${lie->pair} filled; MON_LIE_NOTHING of any other row.
 */
enum mon_lie_verdict mon_lie_take(
    struct mon_lie *lie, int64_t t, enum mon_kind kind, const struct mon_str *fields);

/*
 * mon_lie_differs(of, says, xen):
 * Do the figures differ by more than the tolerance?
 */
bool mon_lie_differs(enum mon_lie_of of, double says, double xen);

#endif /* !MON_LIE_H */
