/* source.c - the days, folders, archives and files that are printed; see cat.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cat.h"
#include "cleanup.h"
#include "day.h"
#include "dir.h"
#include "reader_archive.h"
#include "stamp.h"
#include "tool.h"
#include "when.h"
#include "zone.h"

static struct mon_reader_day day;

int
mon_cat_base(struct mon_cat *cat)
{
	if (cat->basefd < 0)
		cat->basefd = mon_dir_open(cat->dir, false);
	if (cat->basefd < 0) {
		mon_tool_error(cat->basefd,
		    "cannot open the Monitor folder '%s' (see --dir and MON_DIR)", cat->dir);
		cat->missed = true;
	}
	return cat->basefd;
}

/* Print ${day}, tell what was wrong with it, and close it. */
static int
print_day(struct mon_cat *cat, const char *label)
{
	unsigned told = 0;
	int r = mon_cat_drain(cat, &day);

	if (r == 0)
		mon_cat_tell(cat, &day, label, &told);
	mon_reader_day_close(&day);
	return r;
}

/* A file of a later version, or somebody's own, must not be missed in silence. */
static void
tell_foreign(const struct mon_cat *cat, int dirfd, const char *label)
{
	struct mon_day_content content;

	if (cat->filter.kinds == 0 && mon_day_measure(dirfd, &content) == 0 && content.foreign > 0)
		mon_tool_warn(0, "%s: left out what is no file of a day: %s%s", label, content.name,
		    content.foreign > 1 ? ", and more" : "");
}

static int
print_folder(struct mon_cat *cat, int dirfd, long number, const char *word, const char *label)
{
	tell_foreign(cat, dirfd, word);
	mon_reader_day_take(&day, dirfd, number, &cat->filter);
	return print_day(cat, label);
}

int
mon_cat_day(struct mon_cat *cat, long number)
{
	char name[MON_DAY_LEN + 1] = "";
	int fd = mon_cat_base(cat);

	if (fd < 0)
		return 0;
	mon_stamp_format_day(number, name);
	fd = mon_day_open(fd, number);
	if (fd < 0) {
		cat->missed = true;
		if (fd == -ENOENT)
			mon_tool_error(0, "there is no record of %s in '%s'", name, cat->dir);
		else
			mon_tool_error(fd, "cannot open '%s/%s'", cat->dir, name);
		return 0;
	}
	return print_folder(cat, fd, number, name, "");
}

static int
print_archive(struct mon_cat *cat, int fd, const char *word, const char *label)
{
	struct mon_reader_archive archive;
	int e = mon_reader_archive_open(&day, fd, &cat->filter, &archive);

	if (e < 0) {
		cat->missed = true;
		mon_tool_error(0, "cannot read all of the archive '%s': %s", word, archive.why);
	}
	if (archive.foreign > 0 && cat->filter.kinds == 0)
		mon_tool_warn(0, "%s: left out what is no file of a day: %zu entries", word,
		    archive.foreign);
	return print_day(cat, label);
}

static int
print_file(struct mon_cat *cat, int fd, const char *word, const char *label)
{
	int e = mon_reader_day_file(&day, fd, &cat->filter);

	if (e < 0) {
		cat->missed = true;
		if (e == -EBADMSG)
			mon_tool_error(0,
			    "'%s' is no day, no archive, and begins with no header of a file of the record",
			    word);
		else
			mon_tool_error(e, "cannot read '%s'", word);
	}
	return print_day(cat, label);
}

/* A path: what stands there decides how it is read. */
static int
print_path(struct mon_cat *cat, const char *word)
{
	cleanup_fd int fd = open(word, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char label[1024];
	struct stat st;
	long number = -1;

	if (fd < 0 || fstat(fd, &st) < 0) {
		mon_tool_error(errno, "cannot open '%s', which is no day like " MON_WHEN_DAYS, word);
		cat->missed = true;
		return 0;
	}
	snprintf(label, sizeof(label), "%s: ", word);
	if (S_ISDIR(st.st_mode)) {
		const char *name = basename(word);

		mon_stamp_parse_day(name, strlen(name), &number);
		return print_folder(cat, mon_steal_fd(&fd), number, word, label);
	}
	if (mon_reader_archive_is(fd))
		return print_archive(cat, fd, word, label);
	return print_file(cat, mon_steal_fd(&fd), word, label);
}

int
mon_cat_source(struct mon_cat *cat, const char *word)
{
	long number;

	if (mon_when_day(word, cat->now, &number))
		return mon_cat_day(cat, number);
	return print_path(cat, word);
}

bool
mon_cat_days(struct mon_cat *cat, long **ret, size_t *ret_n)
{
	const struct mon_reader_filter *f = &cat->filter;
	long first = 0, last = LONG_MAX - 1, *days = NULL;
	size_t n = 0, kept = 0;
	int r = mon_cat_base(cat);

	if (r < 0)
		return false;
	r = mon_day_list(r, &days, &n);
	if (r < 0) {
		mon_tool_error(r, "cannot read the Monitor folder '%s'", cat->dir);
		cat->missed = true;
		return false;
	}
	if (f->from != 0)
		mon_zone_day(f->from, &first);
	if (f->to != 0)
		mon_zone_day(f->to, &last);
	/* A day more on both sides: the rows may have been filed in another time zone. */
	for (size_t i = 0; i < n; i++)
		if (days[i] >= first - 1 && days[i] <= last + 1)
			days[kept++] = days[i];
	*ret = days;
	*ret_n = kept;
	return true;
}
