/*
 * day.h - the Monitor folder and the day folders in it, by descriptors.
 *
 * A day folder is a real directory whose whole name is a day; a symlink is never followed,
 * any other name is not ours.  Days are numbers here (stamp.h), so no name is ever joined
 * from untrusted text.
 *
 * The lock of a day is that of its folder: whoever writes, heals, packs or deletes its files
 * holds it.
 */
#ifndef MON_DAY_H
#define MON_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "caps.h"

/* What stands in the folder of a day. */
struct mon_day_content {
	uint64_t bytes;        /* sizes of the CSV files of schema.h, added up */
	uint64_t disk;         /* bytes on the disk: the blocks of all entries and the folder */
	size_t foreign;        /* entries that are not ours */
	struct timespec dated; /* the folder: a name in it changed, or mon_day_date() */
	char name[4 * MON_NAME_MAX +
		  1]; /* of one of them, escaped (text.h), fit to be printed; or "" */
};

/*
 * mon_day_open(basefd, day):
 * Open the folder of ${day}.  Return a descriptor that the caller closes; -ENOENT if there is
 * none; -ENOTDIR if the name is a symlink or no directory; or another -errno.
 */
int mon_day_open(int basefd, long day);

/*
 * mon_day_create(basefd, day):
 * The same, but make the folder (0700, synced into the base) if it is missing.
 */
int mon_day_create(int basefd, long day);

/*
 * mon_day_lock(basefd, day, dayfd):
 * Take the lock of the open folder ${dayfd}, and see that it is still the folder of ${day}: it
 * may have been deleted while we waited, and what is written into it then is gone.  Return 0,
 * -ENOENT if it is not, -ETIMEDOUT if others held the lock all the time, or another -errno; on
 * failure it is not locked by us.
 */
int mon_day_lock(int basefd, long day, int dayfd);

/*
 * mon_day_list(basefd, ret, ret_len):
 * List the days that have a folder, oldest first.  ${ret} is to be freed by the caller, and
 * NULL when there is none.  Return 0, or -errno with both untouched.
 */
int mon_day_list(int basefd, long **ret, size_t *ret_len);

/*
 * mon_day_measure(dayfd, ret):
 * Look at every entry of the day's folder.  Ours are regular files with a name of schema.h, and
 * what mon_csv_open() may leave beside them (".NAME.tmp").  Return 0, or -errno with ${ret}
 * untouched.
 */
int mon_day_measure(int dayfd, struct mon_day_content *ret);

/*
 * mon_day_blocks(st):
 * Return the bytes that a file takes on the disk: holes are none, reserved blocks are some.
 */
uint64_t mon_day_blocks(const struct stat *st);

/*
 * mon_day_date(dayfd, day):
 * Date the folder noon of ${day}, as it is in the archive.  That tells it from one of the same
 * name and size that is made later.  Return 0 or -errno.
 */
int mon_day_date(int dayfd, long day);

/*
 * mon_day_empty(dayfd):
 * Delete the entries that are ours, and no others.  Return 0, also if there was none, or
 * -errno: some may be left.
 */
int mon_day_empty(int dayfd);

#endif /* !MON_DAY_H */
