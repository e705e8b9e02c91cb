/* statedirs.c - where the state is kept; see statedirs.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "statedirs.h"

bool
mon_statedirs_peek(const struct mon_statedirs *dirs, struct mon_state *ret)
{
	return (dirs->dir != NULL && mon_state_peek(dirs->dir, dirs->caller, ret) == 0) ||
	       (dirs->lasting != NULL && mon_state_peek(dirs->lasting, dirs->caller, ret) == 0);
}

int
mon_statedirs_open(struct mon_statedirs *dirs, struct mon_state *ret, bool *ret_known)
{
	bool known = false;
	int r = mon_state_open(dirs->dir, dirs->caller, &dirs->file, ret, &known);

	if (r < 0)
		return r;
	/* The first sample of a boot goes on where the last one of the boot before ended. */
	if (!known)
		known =
		    dirs->lasting != NULL && mon_state_peek(dirs->lasting, dirs->caller, ret) == 0;
	*ret_known = known;
	return 0;
}

int
mon_statedirs_prepare(struct mon_statedirs *dirs, const struct mon_state *state)
{
	return mon_state_prepare(&dirs->file, state);
}

int
mon_statedirs_commit(struct mon_statedirs *dirs)
{
	return mon_state_commit(&dirs->file);
}

void
mon_statedirs_last(struct mon_statedirs *dirs, const struct mon_state *state)
{
	struct mon_state_file file = MON_STATE_FILE_NONE;
	static struct mon_state before;
	bool known, due;

	if (dirs->lasting == NULL ||
	    mon_state_open(dirs->lasting, dirs->caller, &file, &before, &known) < 0)
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
mon_statedirs_close(struct mon_statedirs *dirs)
{
	mon_state_close(&dirs->file);
}
