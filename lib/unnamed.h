/*
 * unnamed.h - temporary files without a name.
 */
#ifndef MON_UNNAMED_H
#define MON_UNNAMED_H

/* What mon_unnamed_open() makes, in a message: "cannot make ...", "cannot write to ...". */
#define MON_UNNAMED "a temporary file in TMPDIR or /var/tmp"

/*
 * mon_unnamed_open():
 * Make a file without a name, for reading and writing, in TMPDIR, or in /var/tmp if that is no
 * absolute path: /tmp may be memory, which a day shall not take.  It is gone when it is closed.
 * Return a descriptor that the caller closes, or -errno.
 */
int mon_unnamed_open(void);

#endif /* !MON_UNNAMED_H */
