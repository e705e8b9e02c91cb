/*
 * reader_archive.h - a day from its archive, monitor-YYYY-MM-DD.tgz, as mon-archive made it.
 *
 * Its files are unpacked into unlinked temporary files in TMPDIR, or /var/tmp: merging them needs
 * all of them at once, and a day does not fit into memory.  libarchive is loaded (dlopen(3)) only
 * when there is an archive: that alone takes 5 ms.
 */
#ifndef MON_READER_ARCHIVE_H
#define MON_READER_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "reader.h"

/* How far it came. */
struct mon_reader_archive {
	size_t foreign; /* entries that are no file of a day, and were left out */
	size_t others;  /* files of a second day, or for a second time: left out, too */
	char why[256];  /* what failed, in words; "" */
};

/*
 * mon_reader_archive_is(fd):
 * Does the open file begin as a gzip or tar file does?
 */
bool mon_reader_archive_is(int fd);

/*
 * mon_reader_archive_open(d, fd, filter, ret):
 * Unpack the archive ${fd}, from where it stands to its end, and open it as a day: only the kinds
 * that ${filter} (NULL: all rows) wants.  Return 0, to be closed by mon_reader_day_close().
 * Otherwise -EBADMSG if it is none, is damaged, or is larger than MON_UNPACK_MAX; or another
 * -errno, like -ENOSPC where TMPDIR is full.  Then ${ret->why} says more, and ${d} still has what
 * was unpacked until then, and is to be closed, too.
 */
int mon_reader_archive_open(struct mon_reader_day *d, int fd,
    const struct mon_reader_filter *filter, struct mon_reader_archive *ret);

#endif /* !MON_READER_ARCHIVE_H */
