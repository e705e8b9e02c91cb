/*
 * remove.h - delete one day, if everything speaks for it.
 */
#ifndef MON_REMOVE_H
#define MON_REMOVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "day.h"
#include "ledger.h"

enum mon_remove_answer {
	MON_REMOVE_DONE = 0,
	MON_REMOVE_ABSENT,    /* there is no such day */
	MON_REMOVE_FOREIGN,   /* something in the folder is not ours */
	MON_REMOVE_UNVOUCHED, /* the ledger does not vouch for the day as it is */
};

/* What was found. */
struct mon_remove {
	struct mon_day_content content;
	enum mon_ledger_answer ledger;
};

/*
 * mon_remove_day(basefd, day, dry_run, ret):
 * Delete the folder of ${day}, under its lock, if it holds nothing but our files and the ledger
 * vouches for it at its present size.  It is renamed to ".pruned-DAY" first, so that a day is
 * there whole or not at all, and then emptied name by name: nothing that is not ours can be hit.
 * With ${dry_run} only look.  Return an enum mon_remove_answer with ${ret} set, or -errno:
 * -ENOTDIR for a symlink, -ETIMEDOUT if the day is locked, -ENOTEMPTY if something came into the
 * folder on the way.
 */
int mon_remove_day(
    int basefd, const struct mon_ledger_day *day, bool dry_run, struct mon_remove *ret);

/*
 * mon_remove_leftovers(basefd, told, ctx):
 * Finish what killed runs began: delete the folders ".pruned-DAY" that hold nothing but our
 * files, and call ${told} with each day and 0 or -errno.  Return 0, or -errno if the base cannot
 * be listed.
 */
int mon_remove_leftovers(int basefd, void (*told)(void *ctx, long day, int r), void *ctx);

/*
 * mon_remove_usage(basefd, ret, ret_other):
 * Set ${ret} to what all entries of the Monitor folder take of the disk, added up
 * (mon_day_blocks()): what is on the same file system, at most MON_DEPTH_MAX folders deep, symlinks
 * not followed; and ${ret_other} to how much of that is not in a day's folder, so that no deleted
 * day can free it.  Return 0 or -errno, both untouched.
 */
int mon_remove_usage(int basefd, uint64_t *ret, uint64_t *ret_other);

#endif /* !MON_REMOVE_H */
