/*
 * store.h - where archives are made: under a temporary name, and under the final one only when
 * they are proven.
 *
 * For a vault that is ".outgoing" in the Monitor folder, or, where that volume is full, a folder of
 * temporary files: all in it is ours, and what a killed run left goes at the next start.  For --no-copy it is the folder that keeps the archives: there
 * only temporary names are ours, and an archive is never replaced by another one.
 */
#ifndef MON_STORE_H
#define MON_STORE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"

struct mon_store {
	int dirfd;
	bool outgoing, spare;                /* for a vault; elsewhere than in the Monitor folder */
	char path[PATH_MAX];                 /* of the folder, absolute */
	char temp[MON_ARCHIVE_NAME_MAX + 8]; /* of the archive that is being made, or "" */
};

/* clang-format off */
#define MON_STORE_NONE { .dirfd = -1 }
/* clang-format on */

/*
 * mon_store_open(basefd, out, ret):
 * Open the folder ${out}, which must exist; with NULL make and open ".outgoing" in the Monitor
 * folder ${basefd}.  Return 0 with ${ret} for mon_store_close(), or -errno.
 */
int mon_store_open(int basefd, const char *out, struct mon_store *ret);

/*
 * mon_store_spare(basefd, store):
 * The volume of the Monitor folder ${basefd} is full: put a folder of temporary files, in TMPDIR or
 * /var/tmp, in the place of ".outgoing", and clean it.  It is 0700 and belongs to this Monitor
 * folder alone.  Return 0; -EPERM if somebody else's has its name; or another -errno.  On failure
 * ${store} is as it was.
 */
int mon_store_spare(int basefd, struct mon_store *store);

/*
 * mon_store_clean(store):
 * Delete what a killed run left.  The caller holds the lock of the base.  Return 0 or -errno.
 */
int mon_store_clean(struct mon_store *store);

/*
 * mon_store_begin(store, name):
 * Make the temporary file of the archive ${name}, 0600.  Return a descriptor to read and write,
 * which the caller closes, or -errno.
 */
int mon_store_begin(struct mon_store *store, const struct mon_ledger_name *name);

/*
 * mon_store_finish(store, row):
 * Give the temporary file, which is ${row->bytes} long and has the ${row->sha256}, the name
 * ${row->name}, and bring that to the disk.  Where another archive has it in a folder that keeps
 * them, the number in ${row->name} is raised to a free one; the very same archive is replaced.
 * Return 0; -EEXIST after MON_COPY_NAMES names; or another -errno, the temporary file still there.
 */
int mon_store_finish(struct mon_store *store, struct mon_ledger_row *row);

/*
 * mon_store_renumber(store, name):
 * In ".outgoing", rename the finished archive to the next number.  Return 0 with ${name} changed,
 * -ERANGE if there is no next one, or another -errno.
 */
int mon_store_renumber(const struct mon_store *store, struct mon_ledger_name *name);

/*
 * mon_store_remove(store, name):
 * Delete the finished archive.  Return 0 or -errno.
 */
int mon_store_remove(const struct mon_store *store, const struct mon_ledger_name *name);

/*
 * mon_store_abandon(store):
 * Delete the temporary file, if there is one.
 */
void mon_store_abandon(struct mon_store *store);

/*
 * mon_store_close(store):
 * Let go of the folder; for a vault delete it, and ".outgoing", if it is empty.  ${store} is MON_STORE_NONE then.
 */
void mon_store_close(int basefd, struct mon_store *store);

#endif /* !MON_STORE_H */
