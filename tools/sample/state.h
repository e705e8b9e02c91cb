/*
 * state.h - what one sample keeps for the next: counters and the place in the journal, one
 * small file a caller.
 *
 * The file is one record of MON_STATE_BYTES: lines "key value", ended by "end", padded with
 * blanks.  It is written over in place by one pwrite(2) within a page, and its space was
 * taken when it was made, so a full disk is met before an alert is printed.  Whoever has it
 * open holds its flock(2).
 *
 *	mon-sample 1
 *	boot 0f1e2d3c4b5a69788796a5b4c3d2e1f0
 *	cpu 4705 150 1120 16250 520 0 30 0
 *	journal 17290000000000000000 1724932809123456789
 *	cursor s=...;i=...;b=...;m=...;t=...;x=...
 *	said 0
 *	end
 */
#ifndef MON_STATE_H
#define MON_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "caps.h"

#define MON_BOOT_LEN 32 /* hexadecimal digits of a boot ID */

/* The place in the journal up to which alerts were delivered. */
struct mon_journal_place {
	uint64_t signature; /* of the files, when all was read; 0: look again */
	uint64_t read_ns; /* since the epoch: all that was in the journal then was read; 0: never */
	char cursor[MON_CURSOR_MAX + 1]; /* of the last entry read; "": none yet */
};

struct mon_state {
	char boot[MON_BOOT_LEN + 1];
	struct mon_cpu cpu;
	struct mon_journal_place journal;
	uint64_t said; /* bits by enum mon_report_kind: told in this boot */
};

/*
 * mon_state_parse(buf, len, ret):
 * Read a record.  Return false, ${ret} untouched, if anything about it is odd.
 */
bool mon_state_parse(const char *buf, size_t len, struct mon_state *ret);

/*
 * mon_state_format(state, ret):
 * Write ${state} as a record.  Return false, ${ret} unspecified, if it does not fit.
 */
bool mon_state_format(const struct mon_state *state, char ret[MON_STATE_BYTES]);

/*
 * mon_state_open(dir, caller, ret_fd, ret, ret_known):
 * Open and lock the state of ${caller} (the name of a qube, else NULL or odd: "self") in the
 * folder ${dir}; both are made (0700, 0600) if they are missing, but not the parents of ${dir}.
 * Return 0 with ${ret_fd}, which the caller closes; ${ret_known} tells whether ${ret} was
 * filled from a good record.  Return -EWOULDBLOCK if another sample of this caller is running;
 * or another -errno, such as -ENOSPC when a new file has no room.  On failure all are untouched.
 */
int mon_state_open(
    const char *dir, const char *caller, int *ret_fd, struct mon_state *ret, bool *ret_known);

/*
 * mon_state_save(fd, state):
 * Replace the record.  Return 0 or -errno; then the old or no record is there.
 */
int mon_state_save(int fd, const struct mon_state *state);

#endif /* !MON_STATE_H */
