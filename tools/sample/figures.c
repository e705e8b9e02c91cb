/* figures.c - all figures of one sample; see figures.h. */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "figures.h"
#include "io.h"
#include "sources.h"

#define SCRATCH_BYTES (MON_SOURCE_BYTES + 1048576) /* a file, and what its reader puts behind it */

static char scratch[SCRATCH_BYTES];

static void
fail(struct mon_sources *s, int err, const char *path)
{
	s->failed = true;
	mon_trouble_name(s->troubles, MON_TROUBLE_FIGURES, path, err,
	    "cannot read %s/%s, so its figures are missing", s->ask->root, path);
}

/* Read on to the end of ${fd}; ${buf} of twice ${half} bytes then ends in what came last. */
static int
read_on(int fd, char *buf, size_t half, size_t *ret)
{
	size_t got = half;

	for (size_t all = 0; got == half; all += got) {
		int r;

		if (all > MON_SOURCE_READ)
			return -EFBIG;
		memmove(buf, buf + half, half);
		r = mon_io_read(fd, buf + half, half, &got);
		if (r < 0)
			return r;
	}
	*ret = half + got;
	return 0;
}

/*
 * Read the start and the end of a file that is longer than ${cap} bytes, which are in scratch.
 * Processors, / and /rw stand at the start, and what is new at the end.  A line that was cut is dropped on
 * both sides.
 */
static int
read_ends(int fd, size_t cap, size_t *ret)
{
	const size_t quarter = cap / 4;
	char *tail = scratch + 2 * quarter, *start;
	const char *head_end = memrchr(scratch, '\n', 2 * quarter);
	size_t head = head_end != NULL ? (size_t)(head_end - scratch) + 1 : 0, len = 0;
	int r = read_on(fd, tail, quarter, &len);

	if (r < 0)
		return r;
	start = memchr(tail, '\n', len);
	if (start == NULL)
		len = 0;
	else {
		start++;
		len -= (size_t)(start - tail);
		memmove(scratch + head, start, len);
	}
	*ret = head + len;
	return 0;
}

/* Read a file into scratch. */
static int
slurp(struct mon_sources *s, const struct mon_source *source, size_t *ret)
{
	cleanup_fd int fd = mon_io_open_file(s->ask->rootfd, source->path);
	const size_t cap = source->cap - source->cap % 4;
	size_t len = 0;
	int r;

	if (fd < 0)
		return fd;
	r = mon_io_read(fd, scratch, cap, &len);
	s->cut = r == 0 && len == cap;
	if (s->cut) {
		r = read_ends(fd, cap, &len);
		s->failed = true;
		mon_trouble_name(s->troubles, MON_TROUBLE_CUT, source->path, 0,
		    "reads %zu bytes of %s/%s and found more: what stands in the middle is missing",
		    cap, s->ask->root, source->path);
	}
	if (r == 0)
		*ret = len;
	return r;
}

static void
add_source(struct mon_sources *s, const struct mon_source *source)
{
	size_t len = 0;
	int r = slurp(s, source, &len);

	/* Pressure is there, and says that it was turned off (EOPNOTSUPP). */
	if (source->optional && (r == -ENOENT || r == -EOPNOTSUPP))
		return;
	if (r == 0)
		r = source->read(s, scratch, len, sizeof(scratch));
	if (r < 0)
		fail(s, r, source->path);
	if (s->answer->large) {
		s->answer->large = false;
		s->failed = true;
		mon_trouble_name(s->troubles, MON_TROUBLE_NUMBER, source->path, 0,
		    "read a number of 2^63 or more in %s/%s: a counter fell below zero; it "
		    "counts as 2^63-1",
		    s->ask->root, source->path);
	}
}

bool
mon_figures_add(const struct mon_figures_ask *ask, struct mon_counters *now,
    struct mon_answer *answer, struct mon_troubles *troubles)
{
	struct mon_sources s = { .ask = ask, .now = now, .answer = answer, .troubles = troubles };

	now->has_cpu = now->has_io = false;
	for (const struct mon_source *source = mon_sources_table; source->path != NULL; source++)
		add_source(&s, source);
	if (!now->has_cpu && ask->before != NULL && ask->before->has_cpu) {
		now->cpu = ask->before->cpu;
		now->has_cpu = true;
	}
	if (!now->has_io && ask->before != NULL && ask->before->has_io) {
		now->io = ask->before->io;
		now->has_io = true;
	}
	return !s.failed;
}
