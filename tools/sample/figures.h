/*
 * figures.h - all figures of one sample: the lines sys, cpu, net, conn, disk, io and pressure.
 *
 * No malloc, no locale.
 */
#ifndef MON_FIGURES_H
#define MON_FIGURES_H

#include <stdbool.h>

#include "answer.h"
#include "counters.h"
#include "served.h"
#include "trouble.h"

struct mon_figures_ask {
	int rootfd;                        /* the folder that proc, etc and the rest lie in */
	const char *root;                  /* its path without a slash at the end, for messages */
	bool live;                         /* it is the root of this very machine */
	const struct mon_counters *before; /* what the last poll kept; NULL: since boot */
	const char *state_dir; /* where is written down what hangs (probe.h); NULL: nowhere */
	const char *boot;      /* the ID of this boot, with it */
	struct mon_served *
	    served; /* out: what must not be touched (disks.h); untouched if mounts are not known */
	unsigned disks_ms; /* how long the disks may take to answer, together */
};

/*
 * mon_figures_add(ask, now, answer, troubles):
 * Read the figures below ${ask->root} (sources.h), and add their lines.  ${now} is set to what the
 * next poll wants to know: of what could not be read, what the last one kept.  What cannot be read is
 * reported, and the rest is added all the same.  Return whether all could be read.
 *
 * Nothing is kept here: a look that does not take the alerts reads, and forgets ${now}.
 */
bool mon_figures_add(const struct mon_figures_ask *ask, struct mon_counters *now,
    struct mon_answer *answer, struct mon_troubles *troubles);

#endif /* !MON_FIGURES_H */
