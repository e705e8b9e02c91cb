/*
 * statedirs.h - where the state is kept: in a folder of this boot, and where the journal lasts
 * over a boot in a second one that lasts as well.
 *
 * Within a boot the first one counts alone, so a full disk, or a root that an error made
 * read-only, costs no alert.  The second one is where the next boot begins: it is written when
 * it holds another place in the journal, after all else, by a process that nobody waits for any
 * more.
 */
#ifndef MON_STATEDIRS_H
#define MON_STATEDIRS_H

#include <stdbool.h>

#include "state.h"

struct mon_statedirs {
	const char *dir;     /* NULL: none */
	const char *lasting; /* NULL: none */
	const char *caller;  /* NULL: by hand */
	struct mon_state_file file;
};

/*
 * mon_statedirs_peek(dirs, ret):
 * Read what is kept.  Return whether there is anything; ${ret} is untouched if not.
 */
bool mon_statedirs_peek(const struct mon_statedirs *dirs, struct mon_state *ret);

/*
 * mon_statedirs_open(dirs, ret, ret_known):
 * The same, and keep others from changing it until mon_statedirs_close().  Return as
 * mon_state_open() does.
 */
int mon_statedirs_open(struct mon_statedirs *dirs, struct mon_state *ret, bool *ret_known);

/*
 * mon_statedirs_prepare(dirs, state), mon_statedirs_commit(dirs):
 * See mon_state_prepare() and mon_state_commit().
 */
int mon_statedirs_prepare(struct mon_statedirs *dirs, const struct mon_state *state);
int mon_statedirs_commit(struct mon_statedirs *dirs);

/*
 * mon_statedirs_last(dirs, state):
 * Bring ${state}, which was committed, to the folder that lasts, if that is due.  What fails is
 * tried again with the next sample: only a boot before that would tell an alert twice.
 */
void mon_statedirs_last(struct mon_statedirs *dirs, const struct mon_state *state);

/*
 * mon_statedirs_close(dirs):
 * Let others have it.
 */
void mon_statedirs_close(struct mon_statedirs *dirs);

#endif /* !MON_STATEDIRS_H */
