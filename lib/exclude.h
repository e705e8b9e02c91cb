/*
 * exclude.h - lists of globs for the names of qubes: --exclude, MON_EXCLUDE, MON_NO_HANDLER.
 */
#ifndef MON_EXCLUDE_H
#define MON_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"
#include "str.h"

struct mon_exclude {
	const char *globs[MON_EXCLUDES_MAX]; /* borrowed */
	size_t n;
};

/*
 * mon_exclude_is_glob(untrusted, len):
 * Could it match the name of a qube?  Letters, digits, "_", "-", ".", and fnmatch(3)'s "*", "?",
 * "[...]" and "!", at most MON_GLOB_MAX bytes.
 */
bool mon_exclude_is_glob(const char *untrusted, size_t len);

/*
 * mon_exclude_next(list, ret):
 * Cut the next glob, which may be none, off ${list}.  Spaces, commas and quotes separate; "#" ends
 * the list.  Return false if there is no more.
 */
bool mon_exclude_next(const char **list, struct mon_str *ret);

/*
 * mon_exclude_add(exclude, glob):
 * Leave out the qubes that ${glob} matches; the string must last.  Return false if it is no glob, or
 * if there are MON_EXCLUDES_MAX already.
 */
bool mon_exclude_add(struct mon_exclude *exclude, const char *glob);

/*
 * mon_exclude_add_list(exclude, list, ret_bad):
 * The same for each glob of ${list}, which is cut up and must last.  The good ones are added also
 * where others are not.  Return false, with the first of those in ${ret_bad}, if there are any.
 */
bool mon_exclude_add_list(struct mon_exclude *exclude, char *list, const char **ret_bad);

/*
 * mon_exclude_match(exclude, vm):
 * Is the qube ${vm} in the list?  By fnmatch(3): '*', '?' and [...].
 */
bool mon_exclude_match(const struct mon_exclude *exclude, const char *vm);

#endif /* !MON_EXCLUDE_H */
