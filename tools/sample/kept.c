/* kept.c - where the state is kept; see kept.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "kept.h"

bool
mon_kept_peek(const struct mon_kept *kept, struct mon_state *ret)
{
	return (kept->dir != NULL && mon_state_peek(kept->dir, kept->caller, ret) == 0) ||
	       (kept->lasting != NULL && mon_state_peek(kept->lasting, kept->caller, ret) == 0);
}

int
mon_kept_open(struct mon_kept *kept, struct mon_state *ret, bool *ret_known)
{
	bool known = false;
	int r = mon_state_open(kept->dir, kept->caller, &kept->file, ret, &known);

	if (r < 0)
		return r;
	/* The first sample of a boot goes on where the last one of the boot before ended. */
	if (!known)
		known =
		    kept->lasting != NULL && mon_state_peek(kept->lasting, kept->caller, ret) == 0;
	*ret_known = known;
	return 0;
}

int
mon_kept_prepare(struct mon_kept *kept, const struct mon_state *state)
{
	return mon_state_prepare(&kept->file, state);
}

int
mon_kept_commit(struct mon_kept *kept)
{
	return mon_state_commit(&kept->file);
}

void
mon_kept_last(struct mon_kept *kept, const struct mon_state *state)
{
	struct mon_state_file file = MON_STATE_FILE_NONE;
	static struct mon_state before;
	bool known, due;

	if (kept->lasting == NULL ||
	    mon_state_open(kept->lasting, kept->caller, &file, &before, &known) < 0)
		return;
	due = !known || before.took != state->took ||
	      strcmp(before.journal.cursor, state->journal.cursor) != 0;
	/* No fsync(2): on a busy disk it lasts longer than a poll.  What is begun now is on its
	 * way when the power is cut, unless that is this very moment. */
	if (due && mon_state_prepare(&file, state) == 0 && mon_state_commit(&file) == 0)
		sync_file_range(file.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	mon_state_close(&file);
}

void
mon_kept_close(struct mon_kept *kept)
{
	mon_state_close(&kept->file);
}
