/*
 * history.h - what the runs before learnt about each qube: who answered, who is left alone for
 * how long, and what each has filed.  One small file in the runtime directory, lost at reboot.
 *
 *	line = VM " " RESULT " " TIMEOUTS " " UNTIL " " SEEN " " OWED LF
 *
 * Times are seconds, UTC; OWED is as of SEEN, and counted as in quota.h.  A line without OWED, of
 * an older version, owes nothing.
 */
#ifndef MON_HISTORY_H
#define MON_HISTORY_H

#include <time.h>

#include "target.h"

/*
 * mon_history_recall(dirfd, now, poll, targets):
 * Set what is known of each target: ${last}, and, where ${poll} is set (a person does not wait
 * for an answer), ${allowed} by its quota, and, if the qube is to be left alone at ${now},
 * MON_TARGET_BACKOFF as its result and ${ask} false.  A missing file means that nothing is
 * known.  So does one that cannot be read: that returns -errno, else 0.
 */
int mon_history_recall(int dirfd, time_t now, bool poll, struct mon_targets *targets);

/*
 * mon_history_keep(dirfd, now, targets):
 * Put the results of this run, and what each qube had filed in it, into the file; what it knows
 * of other qubes stays, for a day, or until MON_VMS_MAX others were met since.  A clock that was
 * set back counts as time standing still: nothing is refilled, and nothing is lost.
 * A qube that timed out is left alone from ${now} on, first for MON_BACKOFF_FIRST_S, then
 * twice as long each time, up to MON_BACKOFF_MAX_S; one that answered, or was seen in another
 * state than Running, starts anew.  Two runs at once take turns.  The file is replaced as a
 * whole.  Return 0, or -errno with the file as it was.
 */
int mon_history_keep(int dirfd, time_t now, const struct mon_targets *targets);

#endif /* !MON_HISTORY_H */
