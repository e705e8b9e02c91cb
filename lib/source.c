/* source.c - the days, folders, archives and files that a person names; see source.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "day.h"
#include "dir.h"
#include "human.h"
#include "io.h"
#include "reader_archive.h"
#include "source.h"
#include "stamp.h"
#include "tool.h"
#include "when.h"
#include "zone.h"

static struct mon_reader_day day;

bool
mon_source_time(const struct mon_source *source, const char *what, const char *text, long of,
    bool end, time_t *ret)
{
	if (text == NULL || mon_when_time(text, source->now, of, end, ret))
		return true;
	mon_tool_misuse("%s '%s' is no time like " MON_WHEN_TIMES, what, text);
	return false;
}

bool
mon_source_times(struct mon_source *source, char *const words[], size_t n, const char *from,
    const char *to, long *ret_day)
{
	struct mon_reader_filter *f = &source->filter;

	mon_tool_zone();
	mon_zone_day(source->now, ret_day);
	if (n == 1)
		mon_when_day(words[0], source->now, ret_day);
	if (!mon_source_time(source, "--from", from, *ret_day, false, &f->from) ||
	    !mon_source_time(source, "--to", to, *ret_day, true, &f->to))
		return false;
	if (to == NULL || f->from < f->to)
		return true;
	mon_tool_misuse("--from '%s' is not before --to '%s'", from != NULL ? from : "1970", to);
	return false;
}

int
mon_source_base(struct mon_source *source)
{
	if (source->basefd < 0)
		source->basefd = mon_dir_open(source->dir, false);
	if (source->basefd < 0) {
		mon_tool_error(source->basefd,
		    "cannot open the Monitor folder '%s' (see --dir and MON_DIR)", source->dir);
		source->missed = true;
	}
	return source->basefd;
}

/* Give ${day} away, tell what was wrong with it, and close it. */
static int
visit(struct mon_source *source, const char *name, const char *label)
{
	unsigned told = 0;
	int r = source->visit(source->ctx, &day, name);

	if (r == 0)
		mon_source_tell(source, &day, label, &told);
	mon_reader_day_close(&day);
	return r;
}

/* A file of a later version, or somebody's own, must not be missed in silence. */
static void
tell_foreign(const struct mon_source *source, int dirfd, const char *label)
{
	struct mon_day_content content;

	if (source->filter.kinds == 0 && mon_day_measure(dirfd, &content) == 0 &&
	    content.foreign > 0)
		mon_tool_warn(0, "%s: left out what is no file of a day: %s%s", label, content.name,
		    content.foreign > 1 ? ", and more" : "");
}

/* Is the folder ${dirfd}, whose name is no day, one of a day all the same?  If not, say so. */
static bool
is_day(struct mon_source *source, int dirfd, const char *word)
{
	cleanup_free long *days = NULL;
	struct mon_day_content content;
	size_t n = 0;

	if (mon_day_measure(dirfd, &content) < 0 || content.bytes > 0)
		return true;
	(void)mon_day_list(dirfd, &days, &n);
	mon_tool_error(0, "the folder '%s' holds no file of a day%s", word,
	    n > 0 ? "; it holds days: give it by --dir, and a day" : "");
	source->missed = true;
	return false;
}

static int
take_folder(struct mon_source *source, int dirfd, long number, const char *word, const char *label)
{
	if (number < 0 && !is_day(source, dirfd, word)) {
		close(dirfd);
		return 0;
	}
	tell_foreign(source, dirfd, word);
	mon_reader_day_take(&day, dirfd, number, &source->filter);
	return visit(source, word, label);
}

void
mon_source_no_day(const struct mon_source *source, long number, int err)
{
	char name[MON_DAY_LEN + 1] = "";

	mon_stamp_format_day(number, name);
	if (err == -ENOENT)
		mon_tool_error(0, "there is no record of %s in '%s'", name, source->dir);
	else if (err == -ENOTDIR)
		mon_tool_error(0, "'%s/%s' " MON_IO_NO_FOLDER, source->dir, name);
	else
		mon_tool_error(err, "cannot open '%s/%s'", source->dir, name);
}

int
mon_source_day(struct mon_source *source, long number)
{
	char name[MON_DAY_LEN + 1] = "";
	int fd = mon_source_base(source);

	if (fd < 0)
		return 0;
	mon_stamp_format_day(number, name);
	fd = mon_day_open(fd, number);
	if (fd < 0) {
		source->missed = true;
		mon_source_no_day(source, number, fd);
		return 0;
	}
	return take_folder(source, fd, number, name, "");
}

static int
take_archive(struct mon_source *source, int fd, const char *word, const char *label)
{
	struct mon_reader_archive archive;
	char count[MON_HUMAN_MAX];
	int e = mon_reader_archive_open(&day, fd, &source->filter, &archive);

	if (e < 0) {
		source->missed = true;
		mon_tool_error(0, "cannot read all of the archive '%s': %s", word, archive.why);
	}
	if (day.day < 0) {
		source->missed = true;
		if (e == 0)
			mon_tool_error(0, "the archive '%s' holds no file of a day", word);
		mon_reader_day_close(&day);
		return 0;
	}
	if (archive.others > 0) {
		source->odd = true;
		mon_tool_warn(0, "%s: an archive is read as one day, each file once; left out %s",
		    word, mon_human_plural(archive.others, "file", count));
	}
	if (archive.foreign > 0 && source->filter.kinds == 0)
		mon_tool_warn(0, "%s: left out what is no file of a day: %s", word,
		    mon_human_plural(archive.foreign, "member", count));
	return visit(source, word, label);
}

static int
take_file(struct mon_source *source, int fd, const char *word, const char *label)
{
	int e = mon_reader_day_file(&day, fd, &source->filter);

	if (e < 0) {
		source->missed = true;
		if (e == -EBADMSG)
			mon_tool_error(0,
			    "'%s' is no day, no archive, and begins with no header of a file of the record",
			    word);
		else
			mon_tool_error(e, "cannot read '%s'", word);
		return 0;
	}
	return visit(source, word, label);
}

/* A path: what stands there decides how it is read. */
static int
take_path(struct mon_source *source, const char *word)
{
	cleanup_fd int fd = open(word, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char label[1024];
	struct stat st;
	long number = -1;

	if (fd < 0 || fstat(fd, &st) < 0) {
		mon_tool_error(
		    errno, "cannot open '%s', which is no day like " MON_WHEN_DAYS, word);
		source->missed = true;
		return 0;
	}
	snprintf(label, sizeof(label), "%s: ", word);
	if (S_ISDIR(st.st_mode)) {
		char path[PATH_MAX];
		const char *name;

		snprintf(path, sizeof(path), "%s", word);
		for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
			path[n - 1] = '\0'; /* as tab completion leaves it */
		name = basename(path);
		mon_stamp_parse_day(name, strlen(name), &number);
		return take_folder(source, mon_steal_fd(&fd), number, word, label);
	}
	if (mon_reader_archive_is(fd))
		return take_archive(source, fd, word, label);
	return take_file(source, mon_steal_fd(&fd), word, label);
}

int
mon_source_take(struct mon_source *source, const char *word)
{
	long number;

	if (mon_when_day(word, source->now, &number))
		return mon_source_day(source, number);
	return take_path(source, word);
}

bool
mon_source_days(struct mon_source *source, bool beside, long **ret, size_t *ret_n)
{
	const struct mon_reader_filter *f = &source->filter;
	long first = 0, last = LONG_MAX - 1, *days = NULL;
	size_t n = 0, kept = 0;
	int r = mon_source_base(source);

	if (r < 0)
		return false;
	r = mon_day_list(r, &days, &n);
	if (r < 0) {
		mon_tool_error(r, "cannot read the Monitor folder '%s'", source->dir);
		source->missed = true;
		return false;
	}
	if (f->from != 0)
		mon_zone_day(f->from, &first);
	if (f->to != 0)
		mon_zone_day(f->to - 1, &last);
	for (size_t i = 0; i < n; i++)
		if (days[i] >= first - beside && days[i] <= last + beside)
			days[kept++] = days[i];
	*ret = days;
	*ret_n = kept;
	return true;
}

void
mon_source_tell(
    struct mon_source *source, const struct mon_reader_day *from, const char *label, unsigned *told)
{
	char text[MON_READER_TROUBLE_MAX];

	for (unsigned i = 0; i < MON_KINDS; i++) {
		if ((*told & 1u << i) != 0 ||
		    !mon_reader_day_trouble(from, (enum mon_kind)i, text, sizeof(text)))
			continue;
		*told |= 1u << i;
		mon_tool_warn(0, "%s%s", label, text);
		if (from->err[i] < 0 && from->err[i] != -EBADMSG)
			source->missed = true;
		else
			source->odd = true;
	}
}
