/*
 * image.h - which rows of disk.csv are of read-only images: always full, and no news.
 *
 * Pure: no I/O, no malloc, no locale, no globals.
 */
#ifndef MON_IMAGE_H
#define MON_IMAGE_H

#include <stdbool.h>

#include "str.h"

/*
 * mon_image_is(fs, mount):
 * Is the disk ${fs}, mounted at ${mount}, such an image?  The modules of a qube's kernel, what snaps
 * are made of, a loop device, a CD.  A guest chooses both names; it can hide no more than its own
 * disk, which it can leave out as well.
 */
bool mon_image_is(struct mon_str fs, struct mon_str mount);

#endif /* !MON_IMAGE_H */
