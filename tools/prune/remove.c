/* remove.c - delete one day; see remove.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "dir.h"
#include "io.h"
#include "remove.h"
#include "stamp.h"

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

	r = dayfd < 0 ? dayfd : mon_day_lock(basefd, day->day, dayfd);
	if (r == -ENOENT) {
		*ret = found;
		return MON_REMOVE_ABSENT;
	}
	if (r == 0)
		r = mon_day_measure(dayfd, &found.content);
	if (r < 0)
		return r;
	if (found.content.foreign > 0) {
		*ret = found;
		return MON_REMOVE_FOREIGN;
	}
	r = mon_ledger_vouch(basefd, day, &found.content, true);
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
	cleanup_fd int fd = openat(basefd, name, MON_DIR_BELOW);
	struct mon_day_content content;
	int r;

	if (fd < 0)
		return -errno;
	r = mon_dir_lock(fd, MON_LOCK_MS);
	if (r == 0)
		r = mon_day_measure(fd, &content);
	if (r == 0 && content.foreign > 0)
		r = -ENOTEMPTY;
	return r < 0 ? r : destroy(basefd, fd, name);
}

struct leftovers {
	void (*told)(void *ctx, long day, int r);
	void *ctx;
};

static int
remove_if_leftover(int basefd, const struct dirent *untrusted_entry, void *ctx)
{
	const struct leftovers *l = ctx;
	const char *name = untrusted_entry->d_name;
	const size_t before = strlen(PRUNED);
	long day;
	int r;

	if (strncmp(name, PRUNED, before) != 0 ||
	    !mon_stamp_parse_day(name + before, strlen(name + before), &day))
		return 0;
	r = remove_leftover(basefd, name);
	if (r != -ENOENT) /* another mon-prune was quicker */
		l->told(l->ctx, day, r);
	return 0;
}

int
mon_remove_leftovers(int basefd, void (*told)(void *ctx, long day, int r), void *ctx)
{
	struct leftovers l = { told, ctx };

	return mon_dir_visit(basefd, remove_if_leftover, &l);
}

struct usage {
	dev_t dev;
	int depth;
	uint64_t sum, other;
};

/* Add what one entry takes and, for a folder, what is below it. */
static int
add_usage(int fd, const struct dirent *untrusted_entry, void *ctx)
{
	struct usage *u = ctx;
	const char *untrusted = untrusted_entry->d_name;
	const uint64_t before = u->sum;
	cleanup_fd int below = -1;
	struct stat st;
	long day;
	int r;

	if (fstatat(fd, untrusted, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	u->sum += mon_day_blocks(&st);
	if (S_ISDIR(st.st_mode) && st.st_dev == u->dev && u->depth < MON_DEPTH_MAX) {
		below = openat(fd, untrusted, MON_DIR_BELOW);
		/* What belongs to another, as lost+found does, is not ours to measure. */
		if (below < 0 && errno != ENOENT && errno != EACCES)
			return -errno;
	}
	if (below >= 0) {
		u->depth++;
		r = mon_dir_visit(below, add_usage, u);
		u->depth--;
		if (r < 0)
			return r;
	}
	if (u->depth == 0 &&
	    !(S_ISDIR(st.st_mode) && mon_stamp_parse_day(untrusted, strlen(untrusted), &day)))
		u->other += u->sum - before;
	return 0;
}

int
mon_remove_usage(int basefd, uint64_t *ret, uint64_t *ret_other)
{
	struct usage u = { 0 };
	struct stat st;
	int r;

	if (fstat(basefd, &st) < 0)
		return -errno;
	u.dev = st.st_dev;
	r = mon_dir_visit(basefd, add_usage, &u);
	if (r < 0)
		return r;
	*ret = u.sum;
	*ret_other = u.other;
	return 0;
}
