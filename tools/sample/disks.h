/*
 * disks.h - how full the mounted block devices are: the table of mounts (proc(5), mountinfo)
 * says which there are, statvfs(3) how full they are.
 *
 * What must never happen: asking a file system that may not answer.  A path is only asked if
 * walking it leads to the disk meant, and over no mount but those of kinds known to be served
 * by this very kernel (disks, and a list of others such as tmpfs).  So a network mount above,
 * below or over a disk's mount point is never touched, nor one of a kind not heard of yet.
 *
 * No malloc, no locale.
 */
#ifndef MON_DISKS_H
#define MON_DISKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"

/* How the kernel has it, in units of ${unit} bytes: f_frsize, f_blocks, f_bfree, f_bavail. */
struct mon_disks_usage {
	uint64_t unit, blocks, free, avail;
};

/* The same as df -P prints it. */
struct mon_disks_figures {
	uint64_t size_kb, used_kb, avail_kb;
	unsigned pct_used;
};

/*
 * mon_disks_figures(usage, ret):
 * Turn ${usage} into figures: KiB and percent, rounded up.  Return false, ${ret} untouched, if
 * there are no blocks, or the figures cannot be.
 */
bool mon_disks_figures(const struct mon_disks_usage *usage, struct mon_disks_figures *ret);

/*
 * mon_disks_usage_fn: ask how full the file system at ${path}, which ends in NUL, is.  Return
 * 0, or -errno with ${ret} untouched.
 */
typedef int mon_disks_usage_fn(void *context, const char *path, struct mon_disks_usage *ret);

/*
 * mon_disks_parse(buf, len, ask, context, answer):
 * Read the text of /proc/self/mountinfo and add one line a mounted block device: at the
 * shortest of its mount points that may be asked, by ${ask}.  A line that is odd makes no disk.
 * Return 0; or -E2BIG, nothing asked and nothing added, if there are more mounts than can be
 * looked at: then it is not known what hides what.
 */
int mon_disks_parse(
    const char *buf, size_t len, mon_disks_usage_fn *ask, void *context, struct mon_answer *answer);

/*
 * mon_disks_read(rootfd, live, buf, cap, answer):
 * Add a line for each disk of the machine whose root is ${rootfd}.  With ${live} this one is
 * asked, by statvfs(3).  Otherwise the figures come from the file "statvfs" in the root, a
 * line "MOUNT f_frsize f_blocks f_bfree f_bavail" for each, MOUNT as in mountinfo.  ${buf} of
 * ${cap} bytes is scratch.  Return 0, or -errno: -E2BIG as above, -EFBIG likewise.
 */
int mon_disks_read(int rootfd, bool live, char *buf, size_t cap, struct mon_answer *answer);

#endif /* !MON_DISKS_H */
