/*
 * unitfile.h - the drop-ins that make systemd follow the settings: what stands in them.
 *
 * A drop-in that has nothing to say is empty, and is not to be there.
 */
#ifndef MON_UNITFILE_H
#define MON_UNITFILE_H

#include <stddef.h>

#include "caps.h"

/* Its name in the drop-in folder of each unit: after what the units bring, before a person's. */
#define MON_UNITFILE_FILE "50-sys-monitor.conf"

enum mon_unitfile {
	MON_UNITFILE_POLL_TIMER,
	MON_UNITFILE_POLL_SERVICE,
	MON_UNITFILE_QUBES_SERVICE,
	MON_UNITFILE_BACKUP_TIMER,
	MON_UNITFILE_BACKUP_SERVICE,
	MON_UNITFILES
};

/* What was checked.  NULL or 0: the default, which stands in the units themselves. */
struct mon_unitfile_values {
	const char *dir;         /* a right MON_DIR */
	long interval_s;         /* mon_settings_interval() took it */
	long deadline_ms;        /* for the poll */
	const char *backup_time; /* a right MON_BACKUP_TIME */
};

/*
 * mon_unitfile_unit(file):
 * Return the name of the unit; static storage.
 */
const char *mon_unitfile_unit(enum mon_unitfile file);

/*
 * mon_unitfile_format(file, values, ret):
 * Write the text of the drop-in and a NUL; return its length, 0 if it has nothing to say.
 */
size_t mon_unitfile_format(
    enum mon_unitfile file, const struct mon_unitfile_values *values, char ret[MON_UNIT_TEXT_MAX]);

/*
 * mon_unitfile_put(dirfd, file, text, len):
 * Replace the drop-in below the folder of units ${dirfd} as a whole, with its folder if need be,
 * or remove it if ${len} is 0.  Readable for all as far as the umask allows.  No symlink is
 * followed.  Return 0, or -errno with the drop-in as it was.
 */
int mon_unitfile_put(int dirfd, enum mon_unitfile file, const char *text, size_t len);

#endif /* !MON_UNITFILE_H */
