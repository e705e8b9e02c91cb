/* exclude.c - the qubes that are left out; see exclude.h. */
#include <fnmatch.h>
#include <string.h>

#include "exclude.h"

bool
mon_exclude_add(struct mon_exclude *exclude, const char *glob)
{
	if (exclude->n == MON_EXCLUDES_MAX)
		return false;
	exclude->globs[exclude->n++] = glob;
	return true;
}

bool
mon_exclude_add_list(struct mon_exclude *exclude, char *list)
{
	char *rest = NULL;

	for (char *glob = strtok_r(list, " \t\n", &rest); glob;
	     glob = strtok_r(NULL, " \t\n", &rest))
		if (!mon_exclude_add(exclude, glob))
			return false;
	return true;
}

bool
mon_exclude_match(const struct mon_exclude *exclude, const char *vm)
{
	for (size_t i = 0; i < exclude->n; i++)
		if (fnmatch(exclude->globs[i], vm, 0) == 0)
			return true;
	return false;
}
