/*
 * disks.h - how full the mounted disks are: the table of mounts (proc(5), mountinfo) says which
 * there are, fstatfs(2) how full they are.
 *
 * What must never happen: asking a file system that may not answer.  A path is only asked if
 * walking it leads to the disk meant, and over no mount but those of kinds known to be served
 * by this very kernel (disks, and a list of others such as tmpfs).  So a network mount above,
 * below or over a disk's mount point is never touched, nor one that a program serves (fuse,
 * fuseblk), nor one of a kind not heard of yet.  What is asked is asked by a helper (probe.h), for
 * a disk may hang, too, unless the kernel has the answer in memory, as of ext4 and tmpfs.
 *
 * Disks are the mounted block devices, the data sets of zfs, and whatever is mounted at "/" (an
 * overlay or tmpfs in a live system or a container).  An automount below a disk is no obstacle:
 * it is walked over only where the disk is mounted, and never made to mount anything.
 *
 * No malloc, no locale.
 */
#ifndef MON_DISKS_H
#define MON_DISKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"
#include "left.h"
#include "served.h"
#include "str.h"

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

/* One disk to be asked, and its answer. */
struct mon_disk {
	struct mon_str device; /* "major:minor" */
	struct mon_str source; /* as in mountinfo, with \ooo */
	const char *path;      /* the mount point, without \ooo, ended by NUL */
	bool ready;            /* the kernel has the answer in memory: asking it waits for nobody */
	int result;            /* of the question: 0, or -errno; -ETIMEDOUT: it hangs */
	struct mon_disks_usage usage;
};

/*
 * mon_disks_ask_fn: ask how full each of the ${n} ${disks} is, and set its result and usage.
 */
typedef void mon_disks_ask_fn(void *context, struct mon_disk *disks, size_t n);

/* What became of the disks that have no row. */
struct mon_disks_left {
	struct mon_left rows;
	size_t unsafe; /* left out: the first of them is named */
	char unsafe_source[64], unsafe_point[128],
	    unsafe_type[32]; /* as in mountinfo, may be cut */
	bool mounts;         /* in, out: there are more mounts than could be read or looked at */
	bool root;           /* nothing is mounted at "/" (a chroot) */
	struct mon_served *served; /* set to what must not be touched, but for "/"; or NULL */
};

/*
 * mon_disks_parse(buf, len, ask, context, answer, left):
 * Read the text of /proc/self/mountinfo, which is changed by it, and add one line for each disk: at the
 * shortest of its mount points that may be asked, by ${ask}.  If there are more than
 * an answer may hold, those are taken first that are missed most: "/" and /rw, block devices,
 * zfs, and images that are always full (squashfs, iso9660, ...).  The lines have the order of the
 * kernel, images last.  A line that is odd makes no disk.  What is left out is added to ${left}.
 * Where not all mounts are known, it is not known what lies above what: only "/" and /rw are asked.
 */
void mon_disks_parse(char *buf, size_t len, mon_disks_ask_fn *ask, void *context,
    struct mon_answer *answer, struct mon_disks_left *left);

/*
 * mon_disks_capture(context, disks, n):
 * The mon_disks_ask_fn of a captured machine: ${context} is a struct mon_str, the text of a file
 * with a line "MOUNT f_frsize f_blocks f_bfree f_bavail" for each disk, MOUNT as in mountinfo.
 */
void mon_disks_capture(void *context, struct mon_disk *disks, size_t n);

#endif /* !MON_DISKS_H */
