/* served.c - folders for which a network or a program answers; see served.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "served.h"

/* Write ${path} without ".", ".." and double slashes.  Return false if it does not fit, or is relative. */
static bool
make_plain(const char *path, char *dst, size_t cap)
{
	size_t at = 0;

	if (*path != '/')
		return false;
	while (*path != '\0') {
		const size_t n = strcspn(path, "/");

		if (n == 2 && memcmp(path, "..", 2) == 0) {
			while (at > 0 && dst[--at] != '/')
				;
		} else if (n > 0 && (n != 1 || *path != '.')) {
			if (cap - at < n + 2)
				return false;
			dst[at++] = '/';
			memcpy(dst + at, path, n);
			at += n;
		}
		path += n + (path[n] == '/');
	}
	dst[at] = '\0';
	return true;
}

bool
mon_served_covers(const struct mon_served *served, const char *path)
{
	char plain[4096];

	if (served->len == 0 || !make_plain(path, plain, sizeof(plain)))
		return false;
	for (size_t i = 0; i < served->len; i += strlen(served->points + i) + 1) {
		const char *point = served->points + i;
		const size_t n = strlen(point);

		if (strncmp(plain, point, n) == 0 && (plain[n] == '\0' || plain[n] == '/'))
			return true;
	}
	return false;
}

bool
mon_served_link(const struct mon_served *served, int dirfd, const char *dir, const char *name)
{
	char target[4096], path[8192];
	ssize_t n = served->len > 0 ? readlinkat(dirfd, name, target, sizeof(target) - 1) : -1;

	if (n < 0)
		return false;
	target[n] = '\0';
	snprintf(path, sizeof(path), "%s/%s", *target == '/' ? "" : dir, target);
	return mon_served_covers(served, path);
}
