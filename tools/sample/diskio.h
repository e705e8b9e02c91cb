/*
 * diskio.h - what the disks read and wrote, from /proc/diskstats (kernel doc: iostats.rst).
 *
 * Each byte that moves is counted once: of the disks that the kernel lists, those are left out
 * that lie on others (dm-N, mdN, bcacheN, drbdN), that hold what a file or memory holds (loopN,
 * ramN, zramN), that are one path of several to the same disk (nvmeNcNnN), and partitions.
 * A partition follows its disk in the list, and its name is the disk's with a number behind it,
 * and a "p" between where the disk's ends in a digit.  Where Xen gives xvda1 without any xvda,
 * xvda1 is the disk.
 *
 * No I/O, no malloc, no locale, no globals.
 */
#ifndef MON_DISKIO_H
#define MON_DISKIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"
#include "left.h"

#define MON_DISKIO_NAME 32 /* bytes of a disk's name with its NUL (DISK_NAME_LEN) */

/* What is kept of a disk for the next poll. */
struct mon_diskio_one {
	char name[MON_DISKIO_NAME]; /* padded by NULs */
	uint64_t sum;               /* of its counters: another one if one of them moved */
	uint64_t moved;             /* 1: it had moved when it was last read */
};

struct mon_diskio {
	uint32_t n;
	struct mon_diskio_one disk[MON_KIND_ROWS];
};

/*
 * mon_diskio_parse(buf, len, before, now, answer, left):
 * Read the text of /proc/diskstats and add one line for each whole disk that ${before} does not
 * know, that moved since, or that moved then and stands still since.  With ${before} NULL none
 * is known.  ${now}, another struct, is set to what the next call wants.  What is left out is added to
 * ${left}: of too many disks the last ones, for the kernel lists the disks of the machine before
 * what was plugged in.  Return false, ${now} unspecified, if there is text, and no line of it is
 * one of that file.
 */
bool mon_diskio_parse(const char *buf, size_t len, const struct mon_diskio *before,
    struct mon_diskio *now, struct mon_answer *answer, struct mon_left *left);

#endif /* !MON_DISKIO_H */
