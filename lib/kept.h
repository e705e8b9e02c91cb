/*
 * kept.h - a small file that one run keeps for the next.
 *
 * It is replaced as a whole: whoever reads it, after whatever crash, finds the old or the new one.
 * Reading it is mon_io_slurp(); two runs take turns by a lock of their own.
 */
#ifndef MON_KEPT_H
#define MON_KEPT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * mon_kept_replace(dirfd, name, text, len, sync):
 * Write the ${len} bytes of ${text} as the file ${name} (at most MON_NAME_MAX - 5 bytes) in the
 * folder ${dirfd}, mode 0600; with ${sync} they, and the name, are on the disk when this returns.
 * Return 0, or -errno: then the old file stands there, if there was one; after a failed sync of
 * the folder the new one.
 */
int mon_kept_replace(int dirfd, const char *name, const char *text, size_t len, bool sync);

#endif /* !MON_KEPT_H */
