/* day.c - the Monitor folder; see day.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "day.h"
#include "dir.h"
#include "io.h"
#include "caps.h"
#include "schema.h"
#include "stamp.h"
#include "text.h"

int
mon_day_open(int basefd, long day)
{
	char name[MON_DAY_LEN + 1];
	int fd;

	if (!mon_stamp_format_day(day, name))
		return -EINVAL;
	fd = openat(basefd, name, MON_DIR_BELOW);
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

/* Has the folder ${dayfd} its name still?  0 or -errno. */
static int
check_name(int basefd, long day, int dayfd)
{
	char name[MON_DAY_LEN + 1];
	struct stat named, open;

	if (!mon_stamp_format_day(day, name))
		return -EINVAL;
	if (fstat(dayfd, &open) < 0 || fstatat(basefd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return named.st_dev == open.st_dev && named.st_ino == open.st_ino ? 0 : -ENOENT;
}

int
mon_day_lock(int basefd, long day, int dayfd)
{
	int r = mon_dir_lock(dayfd, MON_LOCK_MS);

	if (r < 0)
		return r;
	r = check_name(basefd, day, dayfd);
	if (r < 0)
		mon_dir_unlock(dayfd);
	return r;
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

struct days {
	long *list;
	size_t len, cap;
};

static int
add_day(int basefd, const struct dirent *untrusted_entry, void *ctx)
{
	struct days *days = ctx;
	const char *name = untrusted_entry->d_name;
	long day;

	if (!mon_stamp_parse_day(name, strlen(name), &day) || !is_folder(basefd, untrusted_entry))
		return 0;
	if (days->len == days->cap) {
		size_t cap = days->cap * 2 + 64;
		long *more = reallocarray(days->list, cap, sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		days->list = more;
		days->cap = cap;
	}
	days->list[days->len++] = day;
	return 0;
}

int
mon_day_list(int basefd, long **ret, size_t *ret_len)
{
	struct days days = { 0 };
	int r = mon_dir_visit(basefd, add_day, &days);

	if (r < 0) {
		free(days.list);
		return r;
	}
	if (days.len > 0)
		qsort(days.list, days.len, sizeof(*days.list), compare_days);
	*ret = days.list;
	*ret_len = days.len;
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

uint64_t
mon_day_blocks(const struct stat *st)
{
	return (uint64_t)st->st_blocks * 512; /* stat(2): whatever the file system's own are */
}

static int
measure_entry(int dayfd, const struct dirent *untrusted_entry, void *ctx)
{
	struct mon_day_content *c = ctx;
	const char *untrusted = untrusted_entry->d_name;
	enum entry entry = classify(untrusted);
	struct stat st;

	if (fstatat(dayfd, untrusted, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(st.st_mode))
		entry = FOREIGN;
	c->disk += mon_day_blocks(&st);
	if (entry == FILE_OF_DAY)
		c->bytes += (uint64_t)st.st_size;
	if (entry == FOREIGN && c->foreign++ == 0)
		c->name[mon_text_escape(
		    c->name, sizeof(c->name) - 1, untrusted, strlen(untrusted))] = '\0';
	return 0;
}

int
mon_day_measure(int dayfd, struct mon_day_content *ret)
{
	struct mon_day_content c = { 0 };
	struct stat st;
	int r = mon_dir_visit(dayfd, measure_entry, &c);

	if (r == 0 && fstat(dayfd, &st) < 0)
		r = -errno;
	if (r < 0)
		return r;
	c.disk += mon_day_blocks(&st);
	c.dated = st.st_mtim;
	*ret = c;
	return 0;
}

int
mon_day_date(int dayfd, long day)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = mon_stamp_noon(day) } };

	return futimens(dayfd, times) < 0 ? -errno : 0;
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
