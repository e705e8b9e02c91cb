/*
 * journaldir.h - the files of this machine's journal.
 *
 * No malloc.
 */
#ifndef MON_JOURNALDIR_H
#define MON_JOURNALDIR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "served.h"
#include "caps.h"

#define MON_MACHINE_ID_LEN 32

struct mon_journaldir_file {
	char name[NAME_MAX + 1];
	int folder;
	uint64_t changed_ns; /* since the epoch */
};

struct mon_journaldir {
	char machine[MON_MACHINE_ID_LEN + 1];
	uint64_t signature; /* of names, inodes, sizes and times: the same if nothing changed */
	uint64_t newest_ns;
	size_t n;
	struct mon_journaldir_file file[MON_JOURNAL_FILES_MAX];
};

/*
 * mon_journaldir_look(rootfd, served, ret):
 * List the files in var/log/journal and run/log/journal; where there are too many, the newest
 * ones.  A machine without an ID has none.  Return 0, or -errno of a folder that cannot be read, -EREMOTE of
 * one that ${served} covers, which is not touched:
 * then ${ret} lists the other one.
 */
int mon_journaldir_look(int rootfd, const struct mon_served *served, struct mon_journaldir *ret);

/*
 * mon_journaldir_path(dir, i, root, ret, cap):
 * Write the path of file ${i} below the path ${root} to ${ret}; return its length, or 0 if it
 * does not fit in ${cap} bytes with its NUL.
 */
size_t mon_journaldir_path(
    const struct mon_journaldir *dir, size_t i, const char *root, char *ret, size_t cap);

#endif /* !MON_JOURNALDIR_H */
