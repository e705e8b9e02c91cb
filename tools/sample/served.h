/*
 * served.h - the folders for which a network or a program answers, not this very kernel: whoever looks
 * into one may hang where no signal helps.
 *
 * By the table of mounts alone (disks.h): to ask such a folder itself is what must not be done.  So it is
 * told by the words of a path; only where a drop-in is a link, its target is looked at, too.
 *
 * No malloc.
 */
#ifndef MON_SERVED_H
#define MON_SERVED_H

#include <stdbool.h>
#include <stddef.h>

#define MON_SERVED_BYTES 16384 /* some hundred mount points; those that do not fit are not known */

struct mon_served {
	size_t len;
	char points[MON_SERVED_BYTES]; /* absolute, each ended by NUL */
};

/*
 * mon_served_covers(served, path):
 * Is ${path}, by its words, one of these folders, or in one?  A relative path is not.
 */
bool mon_served_covers(const struct mon_served *served, const char *path);

/*
 * mon_served_link(served, dirfd, dir, name):
 * Is ${name} in the folder ${dirfd}, whose path is ${dir}, a link whose target is covered?  The target is not touched.
 */
bool mon_served_link(const struct mon_served *served, int dirfd, const char *dir, const char *name);

#endif /* !MON_SERVED_H */
