/* kept.c - a small file that one run keeps for the next; see kept.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "io.h"
#include "kept.h"

int
mon_kept_replace(int dirfd, const char *name, const char *text, size_t len, bool sync)
{
	cleanup_fd int fd = -1;
	char temp[MON_NAME_MAX + 1];
	int r = snprintf(temp, sizeof(temp), ".%s.tmp", name);

	if (r < 0 || (size_t)r >= sizeof(temp))
		return -ENAMETOOLONG;
	fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = mon_io_write(fd, text, len);
	if (r == 0 && sync)
		r = mon_io_sync(fd);
	if (r == 0 && renameat(dirfd, temp, dirfd, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dirfd, temp, 0);
		return r;
	}
	return sync ? mon_io_sync(dirfd) : 0;
}
