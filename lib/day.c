/* day.c - the Monitor folder; see day.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "day.h"
#include "limits.h"
#include "stamp.h"

#define FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define LOCK_RETRY_MS 5 /* a mon-split holds the lock for about a millisecond */

int
mon_day_base(const char *path, bool create)
{
	int fd;

	if (create && mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, FOLDER);
	return fd >= 0 ? fd : -errno;
}

int
mon_day_open(int basefd, long day)
{
	char name[MON_DAY_LEN + 1];
	int fd;

	if (!mon_stamp_format_day(day, name))
		return -EINVAL;
	fd = openat(basefd, name, FOLDER | O_NOFOLLOW);
	return fd >= 0 ? fd : -errno;
}

int
mon_day_create(int basefd, long day)
{
	char name[MON_DAY_LEN + 1];
	int fd = mon_day_open(basefd, day);

	if (fd != -ENOENT)
		return fd;
	if (!mon_stamp_format_day(day, name))
		return -EINVAL;
	if (mkdirat(basefd, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	/* Else a power cut could take the folder away from under synced files. */
	if (fsync(basefd) < 0)
		return -errno;
	return mon_day_open(basefd, day);
}

int
mon_day_lock(int dayfd, unsigned timeout_ms)
{
	const struct timespec pause = { .tv_nsec = LOCK_RETRY_MS * 1000000L };

	for (unsigned waited = 0;; waited += LOCK_RETRY_MS) {
		if (flock(dayfd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (waited >= timeout_ms)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
}

void
mon_day_unlock(int dayfd)
{
	flock(dayfd, LOCK_UN);
}

static int
compare_days(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

/* Is ${entry}, whose name is a day, a directory?  Some file systems leave d_type unset. */
static bool
is_folder(int basefd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(basefd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

int
mon_day_list(int basefd, long **ret, size_t *ret_len)
{
	cleanup_fd int fd = openat(basefd, ".", FOLDER);
	cleanup_dir DIR *dir = NULL;
	cleanup_free long *days = NULL;
	size_t len = 0, cap = 0;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (dir == NULL)
		return -errno;
	fd = -1; /* now dir's */
	for (;;) {
		const struct dirent *entry;
		long day;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL && errno != 0)
			return -errno;
		if (entry == NULL)
			break;
		if (!mon_stamp_parse_day(entry->d_name, strlen(entry->d_name), &day) ||
		    !is_folder(basefd, entry))
			continue;
		if (len == cap) {
			long *more = reallocarray(days, cap * 2 + 64, sizeof(*days));

			if (more == NULL)
				return -ENOMEM;
			days = more;
			cap = cap * 2 + 64;
		}
		days[len++] = day;
	}
	if (len > 0)
		qsort(days, len, sizeof(*days), compare_days);
	*ret = days;
	*ret_len = len;
	days = NULL; /* now the caller's */
	return 0;
}
