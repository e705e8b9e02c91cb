/*
 * pack.h - one day as one .tgz: write it, and prove that it holds what the files hold.
 *
 * The archive is a tar of the day's folder and the CSV files of schema.h in it, sorted by name,
 * with noon of the day as the time of every entry, no owners and fixed modes, as one gzip member
 * (RFC 1952, 2.2 allows more in a row, but one reader in four takes the first alone).
 * So it depends on nothing but the files' bytes and the zlib of this machine, and memory does
 * not grow with the day.
 */
#ifndef MON_PACK_H
#define MON_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "day.h"
#include "ledger.h"
#include "schema.h"

struct mon_pack_file {
	const struct mon_table *table;
	int fd;
	uint64_t size; /* when it was opened, under the lock: whole rows end there */
	off_t cut;     /* bytes of a torn end that were cut off */
	int odd;       /* why it could not be healed, and goes into the archive as it is; or 0 */
};

/* A day that is open for packing. */
struct mon_pack {
	long day;
	int dayfd;                             /* its folder, which is not locked any more */
	struct mon_pack_file files[MON_KINDS]; /* sorted by name */
	size_t n;
	struct mon_day_content content; /* of the folder, after healing */
};

/* Told how many bytes of the day are done, now and then. */
struct mon_pack_progress {
	void (*tell)(void *ctx, uint64_t done);
	void *ctx;
};

/*
 * mon_pack_open(basefd, day, ret, ret_failed):
 * Under the lock of the day: heal its files and open them.  Rows may be appended afterwards,
 * they are not part of the pack.  Return 0 with ${ret} for mon_pack_close(); -ENOENT or
 * -ENOTDIR if there is no such folder, -ETIMEDOUT if others held its lock all the time, or
 * another -errno, ${ret} untouched: then ${ret_failed} is the name of the file that failed, or NULL.
 */
int mon_pack_open(int basefd, long day, struct mon_pack *ret, const char **ret_failed);

/*
 * mon_pack_write(pack, fd, progress, ret_sha256, ret_bytes):
 * Write the archive to the empty file ${fd} and bring it to the disk.  ${progress} may be NULL.
 * Return 0 with the SHA-256 and the size of what was written; or -errno, both untouched: what is
 * in the file is then unspecified.
 */
int mon_pack_write(const struct mon_pack *pack, int fd, const struct mon_pack_progress *progress,
    char ret_sha256[MON_HEX_LEN + 1], uint64_t *ret_bytes);

/*
 * mon_pack_verify(pack, fd, sha256):
 * Read the archive ${fd} back, from the disk where the kernel lets us, compare every byte that it
 * holds with the files, and its own bytes with the ${sha256} of mon_pack_write(): libarchive does
 * not look at the checksum at the end of a gzip member.
 * Return 0; -EBADMSG if it is no sound archive or differs; or another -errno.
 */
int mon_pack_verify(const struct mon_pack *pack, int fd, const char sha256[MON_HEX_LEN + 1]);

/*
 * mon_pack_close(pack):
 * Close the files and the folder.
 */
void mon_pack_close(struct mon_pack *pack);

#endif /* !MON_PACK_H */
