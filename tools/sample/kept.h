/*
 * kept.h - where the state is kept: in a folder of this boot, and where the journal lasts over
 * a boot in a second one that lasts as well.
 *
 * Within a boot the first one counts alone, so a full disk, or a root that an error made
 * read-only, costs no alert.  The second one is where the next boot begins: it is written when
 * it holds another place in the journal, after all else, by a process that nobody waits for any
 * more.
 */
#ifndef MON_KEPT_H
#define MON_KEPT_H

#include <stdbool.h>

#include "state.h"

struct mon_kept {
	const char *dir;     /* NULL: none */
	const char *lasting; /* NULL: none */
	const char *caller;  /* NULL: by hand */
	struct mon_state_file file;
};

/*
 * mon_kept_peek(kept, ret):
 * Read what is kept.  Return whether there is anything; ${ret} is untouched if not.
 */
bool mon_kept_peek(const struct mon_kept *kept, struct mon_state *ret);

/*
 * mon_kept_open(kept, ret, ret_known):
 * The same, and keep others from changing it until mon_kept_close().  Return as
 * mon_state_open() does.
 */
int mon_kept_open(struct mon_kept *kept, struct mon_state *ret, bool *ret_known);

/*
 * mon_kept_prepare(kept, state), mon_kept_commit(kept):
 * See mon_state_prepare() and mon_state_commit().
 */
int mon_kept_prepare(struct mon_kept *kept, const struct mon_state *state);
int mon_kept_commit(struct mon_kept *kept);

/*
 * mon_kept_last(kept, state):
 * Bring ${state}, which was committed, to the folder that lasts, if that is due.  What fails is
 * tried again with the next sample: only a boot before that would tell an alert twice.
 */
void mon_kept_last(struct mon_kept *kept, const struct mon_state *state);

/*
 * mon_kept_close(kept):
 * Let others have it.
 */
void mon_kept_close(struct mon_kept *kept);

#endif /* !MON_KEPT_H */
