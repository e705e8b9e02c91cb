/*
 * polls.h - is every running qube asked, and does it answer?
 */
#ifndef MON_POLLS_H
#define MON_POLLS_H

#include <stdbool.h>
#include <time.h>

#include "dom0.h"
#include "exclude.h"
#include "finding.h"
#include "tail.h"

struct mon_polls {
	const struct mon_tail *tail;
	const struct mon_dom0 *dom0;
	const struct mon_exclude *exclude, *mute; /* MON_EXCLUDE, MON_NO_HANDLER */
	const char *self;                         /* the own qube: never asked */
	time_t now, period;                       /* seconds between two polls; 0: not known */
};

/*
 * mon_polls_age(findings, polls):
 * Tell how old the newest row is.  Return whether polls go on: then mon_polls_qubes() has a
 * meaning.
 */
bool mon_polls_age(struct mon_findings *findings, const struct mon_polls *polls);

/*
 * mon_polls_qubes(findings, polls):
 * Tell, a line each, which running qubes were not asked or did not answer, why, and what to
 * do; and one line for all that did answer.
 */
void mon_polls_qubes(struct mon_findings *findings, const struct mon_polls *polls);

#endif /* !MON_POLLS_H */
