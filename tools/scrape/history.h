/*
 * history.h - what the runs before learnt about each qube: who answered, and who is left
 * alone for how long.  One small file in the runtime directory, lost at reboot.
 *
 *	line = VM " " RESULT " " TIMEOUTS " " UNTIL " " SEEN LF		(times: seconds, UTC)
 */
#ifndef MON_HISTORY_H
#define MON_HISTORY_H

#include <time.h>

#include "target.h"

/*
 * mon_history_recall(dirfd, now, backoff, targets):
 * Set what is known of each target: ${last}, and, where ${backoff} is set and the qube is to
 * be left alone at ${now}, MON_TARGET_BACKOFF as its result and ${ask} false.  A missing file
 * means that nothing is known.  Return 0, or -errno with the targets untouched.
 */
int mon_history_recall(int dirfd, time_t now, bool backoff, struct mon_targets *targets);

/*
 * mon_history_keep(dirfd, now, targets):
 * Put the results of this run into the file; what it knows of other qubes stays, for a day.
 * A qube that timed out is left alone from ${now} on, first for MON_BACKOFF_FIRST_S, then
 * twice as long each time, up to MON_BACKOFF_MAX_S; one that answered, or was seen in another
 * state than Running, starts anew.  Two runs at once take turns.  The file is replaced as a
 * whole.  Return 0, or -errno with the file as it was.
 */
int mon_history_keep(int dirfd, time_t now, const struct mon_targets *targets);

#endif /* !MON_HISTORY_H */
