/*
 * exclude.h - the qubes that are left out: --exclude GLOB and MON_EXCLUDE.
 */
#ifndef MON_EXCLUDE_H
#define MON_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"

struct mon_exclude {
	const char *globs[MON_EXCLUDES_MAX]; /* borrowed */
	size_t n;
};

/*
 * mon_exclude_add(exclude, glob):
 * Leave out the qubes that ${glob} matches; the string must last.  Return false if there are
 * MON_EXCLUDES_MAX already.
 */
bool mon_exclude_add(struct mon_exclude *exclude, const char *glob);

/*
 * mon_exclude_add_list(exclude, list):
 * The same for each glob of ${list}, which are separated by spaces.  The string is cut up and
 * must last.
 */
bool mon_exclude_add_list(struct mon_exclude *exclude, char *list);

/*
 * mon_exclude_match(exclude, vm):
 * Is the qube ${vm} left out?  By fnmatch(3): '*', '?' and [...].
 */
bool mon_exclude_match(const struct mon_exclude *exclude, const char *vm);

#endif /* !MON_EXCLUDE_H */
