/* dir.c - a folder by its descriptor; see dir.h. */
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "dir.h"
#include "io.h"

#define LOCK_RETRY_MS 5 /* a mon-split holds the lock of a day for about a millisecond */

int
mon_dir_open(const char *path, bool create)
{
	cleanup_fd int fd = -1;
	cleanup_fd int parent = -1;
	bool made = create && mkdir(path, 0700) == 0;
	int r;

	if (create && !made && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (made) {
		/* Else a power cut could take the folder away from under synced files. */
		parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (parent < 0)
			return -errno;
		r = mon_io_sync(parent);
		if (r < 0)
			return r;
	}
	return mon_steal_fd(&fd);
}

bool
mon_dir_again(int fd, const char *path)
{
	struct stat have, named;
	cleanup_fd int now = -1;

	if (fstat(fd, &have) < 0 || stat(path, &named) < 0 ||
	    (have.st_dev == named.st_dev && have.st_ino == named.st_ino))
		return false;
	now = mon_dir_open(path, false);
	return now >= 0 && dup3(now, fd, O_CLOEXEC) >= 0;
}

int
mon_dir_lock(int fd, unsigned timeout_ms)
{
	const struct timespec pause = { .tv_nsec = LOCK_RETRY_MS * 1000000L };

	for (unsigned waited = 0;; waited += LOCK_RETRY_MS) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (waited >= timeout_ms)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
}

void
mon_dir_unlock(int fd)
{
	flock(fd, LOCK_UN);
}

int
mon_dir_visit(
    int fd, int (*visit)(int fd, const struct dirent *untrusted_entry, void *ctx), void *ctx)
{
	cleanup_fd int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = NULL;

	if (own < 0)
		return -errno;
	dir = fdopendir(own);
	if (dir == NULL)
		return -errno;
	own = -1; /* now dir's */
	for (;;) {
		const struct dirent *entry;
		int r;

		errno = 0; /* readdir(3): the only way to tell an error from the end */
		entry = readdir(dir);
		if (entry == NULL)
			return errno != 0 ? -errno : 0;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = visit(fd, entry, ctx);
		if (r != 0)
			return r;
	}
}
