/*
 * lasting.h - what is still there when this machine was shut down and started again?
 */
#ifndef MON_LASTING_H
#define MON_LASTING_H

#include <sys/types.h>

/*
 * mon_lasting_folder(fd):
 * Does the folder ${fd}, and what lies in it, outlive a shutdown?  Not in memory (tmpfs, ramfs,
 * zram, a RAM disk) or on an overlay; nor, in a qube whose `qubesdb-read /qubes-vm-persistence`
 * does not say "full", on the device of "/": an AppVM gets that anew from its template, a
 * disposable keeps nothing; nor, in a qube, on xvdc, which is empty at each start.  Of a loop
 * device its file is asked the same; a loop device whose file cannot be found does not last.
 * Return 1, 0, or -errno.
 */
int mon_lasting_folder(int fd);

/*
 * mon_lasting_disk(fd, ret):
 * Set ${ret} to the device that ${fd} lies on; of a loop device (loop(4)), to that of its file.
 * Return 0 or -errno.
 */
int mon_lasting_disk(int fd, dev_t *ret);

#endif /* !MON_LASTING_H */
