/*
 * figures.h - all figures of one sample: the lines sys, net, conn and disk.
 *
 * No malloc, no locale.
 */
#ifndef MON_FIGURES_H
#define MON_FIGURES_H

#include <stdbool.h>

#include "answer.h"
#include "cpu.h"
#include "report.h"

struct mon_figures_ask {
	int rootfd;                   /* the folder that proc, etc and the rest lie in */
	const char *root;             /* its path without a slash at the end, for messages */
	bool live;                    /* it is the root of this very machine */
	const struct mon_cpu *before; /* the last sample's counters; NULL: since boot */
};

/*
 * mon_figures_add(ask, ret_cpu, answer, report):
 * Read the figures below ${ask->root}, and add their lines.  ${ret_cpu} is set to the counters of
 * now, or untouched if they could not be read.  What cannot be read is reported, and the rest is
 * added all the same.  Return whether all could be read.
 */
bool mon_figures_add(const struct mon_figures_ask *ask, struct mon_cpu *ret_cpu,
    struct mon_answer *answer, struct mon_report *report);

#endif /* !MON_FIGURES_H */
