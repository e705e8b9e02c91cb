/*
 * older.h - which qubes know only the old call, without the argument "take"?
 */
#ifndef MON_DOCTOR_OLDER_H
#define MON_DOCTOR_OLDER_H

#include "finding.h"

/*
 * mon_older_check(findings, run):
 * Tell which qubes the polls ask in the way of an older version, by what they keep below ${run}
 * ("/run"), and why: the policy or the sampler.  Nothing is told where there is none.
 */
void mon_older_check(struct mon_findings *findings, const char *run);

#endif /* !MON_DOCTOR_OLDER_H */
