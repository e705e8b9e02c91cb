/*
 * lasting.h - what is still there when this machine was shut down and started again?
 */
#ifndef MON_LASTING_H
#define MON_LASTING_H

/*
 * mon_lasting_folder(fd):
 * Does the folder ${fd}, and what lies in it, outlive a shutdown?  Not in memory (tmpfs, ramfs) or
 * on an overlay; nor, in a qube whose `qubesdb-read /qubes-vm-persistence` does not say "full", on
 * the device of "/": an AppVM gets that anew from its template, a disposable keeps nothing.
 * Return 1, 0, or -errno.
 */
int mon_lasting_folder(int fd);

#endif /* !MON_LASTING_H */
