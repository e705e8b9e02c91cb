/*
 * history.h - what the runs before learnt about each qube: who answered, who is left alone for
 * how long, who is asked in the way of an older version, and what each has had filed.  One small
 * file in the runtime directory, lost at reboot.
 *
 *	file = "* " START " " FILED LF { line }		the day of quota.h; FILED by all qubes
 *	line = VM " " RESULT " " SINCE " " UNTIL " " SEEN " " FILED " " OLDER " " ASKED LF
 *
 * Times are seconds of mon_clock_boot(), or of --now.  SINCE: when the silence of a qube began that
 * timed out, else 0; UNTIL: when it is asked again; SEEN: the run that met it last; FILED: in this day;
 * OLDER: "take", or "old-policy" or "old-sampler" for one that is asked without that argument since
 * ASKED.  mon-doctor tells of these.
 */
#ifndef MON_HISTORY_H
#define MON_HISTORY_H

#include <time.h>

#include "target.h"

/*
 * mon_history_recall(dirfd, now, poll, targets):
 * Set what is known of each target: ${last}, ${older}, and, where ${poll} is set (a person does not
 * wait for an answer), what its quota allows, and, if the qube is to be left alone at ${now},
 * MON_RESULT_BACKOFF as its result and ${ask} false.  ${targets->quota} must have its free bytes; the
 * rest of it is set here.  A missing file means that nothing is known.  So does one that cannot be
 * read: that returns -errno, else 0.
 */
int mon_history_recall(int dirfd, time_t now, bool poll, struct mon_targets *targets);

/*
 * mon_history_keep(dirfd, now, targets):
 * Put the results of this run, and what each qube had filed in it, into the file; what it knows
 * of other qubes stays, for a day, or until MON_VMS_MAX others were met since.  If the clock is set
 * back (two may be mixed, by --now), no time has passed: no day ends, and nothing is lost.
 * A qube that timed out is left alone for a MON_BACKOFF_PART of the time for which it was silent,
 * at least MON_BACKOFF_FIRST_S, at most MON_BACKOFF_MAX_S; one that answered, or was seen in
 * another state than Running, starts anew.  Two runs at once take turns.  The file is replaced as a
 * whole.  Return 0, or -errno with the file as it was.
 */
int mon_history_keep(int dirfd, time_t now, const struct mon_targets *targets);

/*
 * mon_history_older(dirfd, each, cookie):
 * Call ${each} for every qube that is asked in the way of an older version.  Return 0, also if there
 * is no file, or -errno.
 */
int mon_history_older(
    int dirfd, void (*each)(const char *vm, enum mon_older older, void *cookie), void *cookie);

#endif /* !MON_HISTORY_H */
