/* day.c - the Monitor folder; see day.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "day.h"
#include "io.h"
#include "caps.h"
#include "schema.h"
#include "stamp.h"
#include "text.h"

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
	int fd = mon_day_open(basefd, day), r;

	if (fd != -ENOENT)
		return fd;
	if (!mon_stamp_format_day(day, name))
		return -EINVAL;
	if (mkdirat(basefd, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	/* Else a power cut could take the folder away from under synced files. */
	r = mon_io_sync(basefd);
	return r < 0 ? r : mon_day_open(basefd, day);
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

/* The name under which csv.c makes ${file} where there is no O_TMPFILE. */
static void
leftover_name(const char *file, char ret[MON_NAME_MAX + 1])
{
	snprintf(ret, MON_NAME_MAX + 1, ".%s.tmp", file);
}

enum entry { FOREIGN, FILE_OF_DAY, LEFTOVER };

static enum entry
classify(const char *untrusted)
{
	char name[MON_NAME_MAX + 1];

	for (size_t i = 0; i < MON_KINDS; i++) {
		if (strcmp(untrusted, mon_schema[i].file) == 0)
			return FILE_OF_DAY;
		leftover_name(mon_schema[i].file, name);
		if (strcmp(untrusted, name) == 0)
			return LEFTOVER;
	}
	return FOREIGN;
}

static int
measure_entry(int dayfd, const char *untrusted, struct mon_day_content *c)
{
	enum entry entry = classify(untrusted);
	struct stat st;

	if (fstatat(dayfd, untrusted, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(st.st_mode))
		entry = FOREIGN;
	if (entry == FILE_OF_DAY)
		c->bytes += (uint64_t)st.st_size;
	if (entry == FOREIGN && c->foreign++ == 0)
		c->name[mon_text_escape(c->name, sizeof(c->name) - 1, untrusted, strlen(untrusted))] =
		    '\0';
	return 0;
}

int
mon_day_measure(int dayfd, struct mon_day_content *ret)
{
	cleanup_fd int fd = openat(dayfd, ".", FOLDER);
	cleanup_dir DIR *dir = NULL;
	struct mon_day_content c = { 0 };
	int r;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (dir == NULL)
		return -errno;
	fd = -1; /* now dir's */
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL && errno != 0)
			return -errno;
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = measure_entry(dayfd, entry->d_name, &c);
		if (r < 0)
			return r;
	}
	*ret = c;
	return 0;
}

int
mon_day_empty(int dayfd)
{
	char name[MON_NAME_MAX + 1];

	for (size_t i = 0; i < MON_KINDS; i++) {
		leftover_name(mon_schema[i].file, name);
		if (unlinkat(dayfd, mon_schema[i].file, 0) < 0 && errno != ENOENT)
			return -errno;
		if (unlinkat(dayfd, name, 0) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}
