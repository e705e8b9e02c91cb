/*
 * dropin.h - figures that people add: programs in /etc/mon-sample.d, each of which prints
 * payload lines (wire.h), such as "custom: nft_drops,42".
 *
 * They run all at once, each with its own limits of time and bytes.  What one prints counts
 * only if it ended in time with exit code 0: half an answer is a wrong one.
 *
 * No malloc.
 */
#ifndef MON_DROPIN_H
#define MON_DROPIN_H

#include <stdbool.h>

#include "answer.h"
#include "served.h"
#include "trouble.h"

struct mon_dropin_ask {
	const char *dir;    /* the folder of the programs */
	const char *inside; /* its path below the root, for served; "": it is not below */
	const struct mon_served *served; /* what must not be touched */
	unsigned timeout_ms;
};

/*
 * mon_dropin_run(ask, answer, troubles):
 * Run the programs in the folder and add their lines; without the folder nothing is done.
 * A program must be an executable regular file with a name of letters, digits, "_", "-" and
 * ".", and neither it nor the folder may be in the hands of anybody but root and us.  None is
 * left running.  A folder, or a link, that leads to what is served is not touched.  What was left out is reported.
 */
void mon_dropin_run(
    const struct mon_dropin_ask *ask, struct mon_answer *answer, struct mon_troubles *troubles);

/*
 * mon_dropin_is_name(name):
 * Is ${name} that of a program, and not of what editors and package managers leave about?
 */
bool mon_dropin_is_name(const char *name);

#endif /* !MON_DROPIN_H */
