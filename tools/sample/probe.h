/*
 * probe.h - ask the disks of this machine how full they are, without waiting for one that hangs.
 *
 * A process whose file system does not answer sleeps where no signal reaches it (state D): it
 * cannot send what it has, and whoever waits for its end waits, too.  So a helper asks, and only
 * the helper hangs.  It is made only if a disk is not ready (disks.h), for it costs as much as half of
 * the sample: a guest that has only ext4 and tmpfs never needs one.  It is a process of its own that shares our memory (clone(2) with CLONE_VM)
 * and nothing else: it closes its copy of every descriptor first, so the connection, the locks
 * and the pipes do not stay open with it.  fork(2) would do, but costs 50 times as much: it copies
 * page tables, and every page touched afterwards.
 *
 * Where a disk does not answer within a third of the time that is left, the helper is killed (which
 * counts when the file system lets go of it), and another one asks the rest.  The disk is written down
 * in the file "hung" of the state folder, and not asked again in this boot, by no caller: else
 * each poll would leave a process.
 *
 * What a unit must say that starts mon-sample for each connection (Accept=yes): a helper that
 * hangs stays in the unit's control group, so with KillMode=control-group the unit would wait
 * for its end, and hold its place in MaxConnections= for TimeoutStopSec= and longer.  It needs
 * KillMode=process; then it ends when mon-sample does.  TasksMax= must allow for two tasks more.
 *
 * No malloc.
 */
#ifndef MON_PROBE_H
#define MON_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "disks.h"

struct mon_probe {
	const char *dir;  /* in: where "hung" is; NULL: nothing is written down */
	const char *boot; /* in: the ID of this boot */
	unsigned left_ms; /* in: how long all that the helpers do may take */
	int error;        /* out: -errno if no helper could be made, so that disks were not asked */
	size_t skipped;   /* out: disks that hung before in this boot */
	size_t hung;      /* out: disks that hang since now; the first of them is named */
	char first[128];  /* "/dev/sda1 at /mnt", in the form of mountinfo, may be cut */
	int unsaved;      /* out: -errno if that could not be written down */
};

/*
 * mon_probe_disks(context, disks, n):
 * The mon_disks_ask_fn of this machine; ${context} is a struct mon_probe.  A disk that hangs, or
 * hung before, has the result -ETIMEDOUT, one that was not asked -EAGAIN.
 */
void mon_probe_disks(void *context, struct mon_disk *disks, size_t n);

#endif /* !MON_PROBE_H */
