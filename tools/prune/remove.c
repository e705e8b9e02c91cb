/* remove.c - delete one day; see remove.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "io.h"
#include "remove.h"
#include "stamp.h"

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char PRUNED[] = ".pruned-";

#define PRUNED_MAX (sizeof(PRUNED) + MON_DAY_LEN)

/* Empty the folder ${name} that is open as ${fd}, and delete it. */
static int
destroy(int basefd, int fd, const char *name)
{
	int r = mon_day_empty(fd);

	if (r < 0)
		return r;
	return unlinkat(basefd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int
delete_day(int basefd, int dayfd, long day)
{
	char name[MON_DAY_LEN + 1], aside[PRUNED_MAX];
	int r;

	if (!mon_stamp_format_day(day, name))
		return -EINVAL;
	snprintf(aside, sizeof(aside), "%s%s", PRUNED, name);
	if (renameat2(basefd, name, basefd, aside, RENAME_NOREPLACE) < 0)
		return -errno;
	r = mon_io_sync(basefd);
	if (r < 0)
		return r;
	return destroy(basefd, dayfd, aside);
}

int
mon_remove_day(int basefd, const struct mon_ledger_day *day, bool dry_run, struct mon_remove *ret)
{
	cleanup_fd int dayfd = mon_day_open(basefd, day->day);
	struct mon_remove found = { 0 };
	int r;

	if (dayfd == -ENOENT) {
		*ret = found;
		return MON_REMOVE_ABSENT;
	}
	if (dayfd < 0)
		return dayfd;
	r = mon_day_lock(dayfd, MON_LOCK_MS);
	if (r == 0)
		r = mon_day_measure(dayfd, &found.content);
	if (r < 0)
		return r;
	if (found.content.foreign > 0) {
		*ret = found;
		return MON_REMOVE_FOREIGN;
	}
	r = mon_ledger_vouch(basefd, day, found.content.bytes, true);
	if (r < 0)
		return r;
	found.ledger = (enum mon_ledger_answer)r;
	if (r == MON_LEDGER_SAFE && !dry_run) {
		r = delete_day(basefd, dayfd, day->day);
		if (r < 0)
			return r;
	}
	*ret = found;
	return found.ledger == MON_LEDGER_SAFE ? MON_REMOVE_DONE : MON_REMOVE_UNVOUCHED;
}

static int
remove_leftover(int basefd, const char *name)
{
	cleanup_fd int fd = openat(basefd, name, FOLDER);
	struct mon_day_content content;
	int r;

	if (fd < 0)
		return -errno;
	r = mon_day_lock(fd, MON_LOCK_MS);
	if (r == 0)
		r = mon_day_measure(fd, &content);
	if (r == 0 && content.foreign > 0)
		r = -ENOTEMPTY;
	return r < 0 ? r : destroy(basefd, fd, name);
}

int
mon_remove_leftovers(int basefd, void (*told)(void *ctx, long day, int r), void *ctx)
{
	const size_t before = strlen(PRUNED);
	cleanup_fd int fd = openat(basefd, ".", FOLDER);
	cleanup_dir DIR *dir = NULL;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (dir == NULL)
		return -errno;
	fd = -1; /* now dir's */
	for (;;) {
		const struct dirent *entry;
		long day;
		int r;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return errno != 0 ? -errno : 0;
		if (strncmp(entry->d_name, PRUNED, before) != 0 ||
		    !mon_stamp_parse_day(
			entry->d_name + before, strlen(entry->d_name + before), &day))
			continue;
		r = remove_leftover(basefd, entry->d_name);
		if (r != -ENOENT) /* another mon-prune was quicker */
			told(ctx, day, r);
	}
}

/* Add the sizes of what is in the folder ${fd}, which is closed, and below it. */
static int
add_usage(int fd, dev_t dev, int depth, uint64_t *sum)
{
	cleanup_dir DIR *dir = fdopendir(fd);

	if (dir == NULL) {
		int r = -errno;

		close(fd);
		return r;
	}
	for (;;) {
		const struct dirent *entry;
		struct stat st;
		int sub, r;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return errno != 0 ? -errno : 0;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT)
				continue;
			return -errno;
		}
		if (S_ISREG(st.st_mode))
			*sum += (uint64_t)st.st_size;
		if (!S_ISDIR(st.st_mode) || st.st_dev != dev || depth == MON_DEPTH_MAX)
			continue;
		sub = openat(dirfd(dir), entry->d_name, FOLDER);
		if (sub < 0 && errno == ENOENT)
			continue;
		r = sub < 0 ? -errno : add_usage(sub, dev, depth + 1, sum);
		if (r < 0)
			return r;
	}
}

int
mon_remove_usage(int basefd, uint64_t *ret)
{
	uint64_t sum = 0;
	struct stat st;
	int fd, r;

	if (fstat(basefd, &st) < 0)
		return -errno;
	fd = openat(basefd, ".", FOLDER);
	r = fd < 0 ? -errno : add_usage(fd, st.st_dev, 0, &sum);
	if (r == 0)
		*ret = sum;
	return r;
}
