/*
 * known.h - what dom0's list says of qubes that a person named.
 */
#ifndef MON_KNOWN_H
#define MON_KNOWN_H

#include "target.h"

/*
 * mon_known_ask(targets, timeout_ms):
 * Set ${known} of each target by dom0's list, and ${ask} to false for one of another machine.  Where
 * there is no list, or the policy hides the qubes in it, nothing is known, which is no error.
 */
void mon_known_ask(struct mon_targets *targets, unsigned timeout_ms);

/*
 * mon_known_learn(targets, untrusted_answer, len):
 * The same from the ${len} bytes of dom0's answer.
 */
void mon_known_learn(struct mon_targets *targets, char *untrusted_answer, size_t len);

#endif /* !MON_KNOWN_H */
