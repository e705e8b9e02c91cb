/*
 * csv.h - append whole rows to a CSV file: the only writer of *.csv in the project.
 *
 * What every function here keeps true, through kill -9, a full disk and a power cut: a file
 * that has a name begins with its header, and every row in it ends with LF, or the next
 * mon_csv_open() cuts the torn end off before anything is added.  After a power cut the torn end
 * begins at the first hole behind what mon_csv_sync() brought to the disk, however far that is.
 *
 * The caller holds the lock of the folder (mon_day_lock(), for the ledger mon_dir_lock()) from open
 * to the last append, or asks mon_csv_is_current() when it has it again.
 */
#ifndef MON_CSV_H
#define MON_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct mon_csv {
	int fd;
	off_t size;   /* whole rows and the header end here */
	off_t synced; /* the file says that it is on the disk up to here, at the least */
};

/* clang-format off */
#define MON_CSV_NONE { .fd = -1, .size = 0, .synced = 0 }
/* clang-format on */

/*
 * mon_csv_open(dirfd, name, header, headerlen, ret, ret_cut):
 * Open ${name} in the folder ${dirfd}, mode 0600.  A missing or empty file is made with the
 * ${headerlen} bytes of ${header}, synced before it gets its name.  A torn end (bytes without
 * LF, or all from the first NUL on that stands behind what was synced) is cut off; ${ret_cut} is
 * the number of bytes cut, 0 in the common case.  The time it takes is that of reading what is
 * not known to be synced: a few rows, or once the whole of a file that came by another hand.
 *
 * Return 0 with ${ret} to be closed by mon_csv_close(); -EBADMSG, the file untouched, if its
 * first line is another header; -ELOOP or -EISDIR or -ENXIO if it is no regular file; or
 * another -errno.  On failure ${ret} and ${ret_cut} are untouched.
 */
int mon_csv_open(int dirfd, const char *name, const char *header, size_t headerlen,
    struct mon_csv *ret, off_t *ret_cut);

/*
 * mon_csv_heal(dirfd, name, header, headerlen, ret_cut):
 * Cut the torn end off ${name} and sync it, without making it if it is missing: -ENOENT.
 * Otherwise as mon_csv_open().
 */
int mon_csv_heal(int dirfd, const char *name, const char *header, size_t headerlen, off_t *ret_cut);

/*
 * mon_csv_append(csv, rows, len):
 * Append ${len} bytes of whole rows: the space is reserved first (fallocate(2)), so that a full
 * disk is met before the first byte, then they are written at once.  Return 0; or -errno, and
 * the file ends where it ended before.  If even that could not be restored the error is -EIO,
 * and the next mon_csv_open() heals the file.
 */
int mon_csv_append(struct mon_csv *csv, const char *rows, size_t len);

/*
 * mon_csv_is_current(csv):
 * Is the open file, now that its folder is locked again, as it was left?  Else others appended
 * or cut: close it and open it anew.
 */
bool mon_csv_is_current(const struct mon_csv *csv);

/*
 * mon_csv_begin_sync(csv):
 * Begin to write to the disk what was appended, and do not wait (sync_file_range(2)).  It proves
 * nothing; but where several files are synced, beginning with all saves a third of the time.
 */
void mon_csv_begin_sync(const struct mon_csv *csv);

/*
 * mon_csv_sync(csv):
 * Return 0 when everything appended is on the disk (fdatasync(2)), or -errno.
 */
int mon_csv_sync(struct mon_csv *csv);

/*
 * mon_csv_close(csv):
 * Close the file; ${csv} is MON_CSV_NONE afterwards.  Calling it again does nothing.
 */
void mon_csv_close(struct mon_csv *csv);

#endif /* !MON_CSV_H */
