/* exclude.c - lists of globs for the names of qubes; see exclude.h. */
#include <fnmatch.h>
#include <string.h>

#include "exclude.h"

#define SEPARATORS " \t\n,\"'"

bool
mon_exclude_is_glob(const char *untrusted, size_t len)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.*?!^";
	bool open = false; /* a "[" that has no "]" yet */

	for (size_t i = 0; i < len; i++) {
		if (untrusted[i] == '[')
			open = true;
		else if (untrusted[i] == ']')
			open = false;
		else if (memchr(plain, untrusted[i], sizeof(plain) - 1) == NULL)
			return false;
	}
	return len > 0 && len <= MON_GLOB_MAX && !open;
}

bool
mon_exclude_next(const char **list, struct mon_str *ret)
{
	const char *p = *list + strspn(*list, SEPARATORS);

	if (*p == '\0' || *p == '#')
		return false;
	*ret = (struct mon_str){ p, strcspn(p, SEPARATORS) };
	*list = p + ret->n;
	return true;
}

bool
mon_exclude_add(struct mon_exclude *exclude, const char *glob)
{
	if (exclude->n == MON_EXCLUDES_MAX || !mon_exclude_is_glob(glob, strlen(glob)))
		return false;
	exclude->globs[exclude->n++] = glob;
	return true;
}

bool
mon_exclude_add_list(struct mon_exclude *exclude, char *list, const char **ret_bad)
{
	const char *rest = list;
	struct mon_str glob;
	bool good = true;

	while (mon_exclude_next(&rest, &glob)) {
		char *p = list + (glob.p - list);

		if (*rest != '\0')
			rest++; /* that separator ends the glob */
		p[glob.n] = '\0';
		if (!mon_exclude_add(exclude, p) && good) {
			*ret_bad = p;
			good = false;
		}
	}
	return good;
}

bool
mon_exclude_match(const struct mon_exclude *exclude, const char *vm)
{
	for (size_t i = 0; i < exclude->n; i++)
		if (fnmatch(exclude->globs[i], vm, 0) == 0)
			return true;
	return false;
}
