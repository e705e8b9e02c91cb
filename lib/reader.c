/* reader.c - read the record back; see reader.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "day.h"
#include "human.h"
#include "io.h"
#include "reader.h"
#include "row.h"
#include "stamp.h"

/*
 * Places of a file that are looked at before the bisection: see seek().  They are 22 minutes of a
 * day apart, less than twice MON_READER_BACK_S, so none of the places where a span of time can lie
 * is passed over between two of them.
 */
#define PROBES 64
#define NEAR 16384           /* bytes: what lies nearer is read, not bisected */
#define SEEK_MIN (16 * NEAR) /* bytes: a shorter file is read from its start */
#define HEADER_MAX 1024      /* bytes: no header of the schema is longer */

/* How files are opened: never through a symlink; a FIFO that somebody put there must not hang. */
#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* ---- places ---- */

off_t
mon_reader_at(const struct mon_reader *r)
{
	return r->base + (off_t)r->pos;
}

/* Stand at ${at} and forget what is in the buffer. */
static void
stand(struct mon_reader *r, off_t at)
{
	r->base = at;
	r->len = r->pos = 0;
}

static int
size_of(const struct mon_reader *r, off_t *ret)
{
	struct stat st;

	if (fstat(r->fd, &st) < 0)
		return -errno;
	*ret = st.st_size;
	return 0;
}

/* Where the whole lines of the first ${size} bytes end. */
static int
whole_end(const struct mon_reader *r, off_t size, off_t *ret)
{
	const off_t first = (off_t)r->table->headerlen;
	char buf[4096];

	while (size > first) {
		off_t from = size - first > (off_t)sizeof(buf) ? size - (off_t)sizeof(buf) : first;
		size_t got = 0;
		const char *lf;
		int e = mon_io_pread(r->fd, buf, (size_t)(size - from), from, &got);

		if (e < 0)
			return e;
		lf = memrchr(buf, '\n', got);
		if (lf != NULL) {
			*ret = from + (lf - buf) + 1;
			return 0;
		}
		size = from;
	}
	*ret = first;
	return 0;
}

void
mon_reader_start(struct mon_reader *r)
{
	stand(r, (off_t)r->table->headerlen);
}

int
mon_reader_end(struct mon_reader *r)
{
	off_t size = 0;
	int e = size_of(r, &size);

	if (e == 0)
		e = whole_end(r, size, &size);
	if (e == 0)
		stand(r, size);
	return e;
}

/* ---- open and close ---- */

static const struct mon_table *
find_table(const char *buf, size_t len)
{
	for (size_t i = 0; i < MON_KINDS; i++)
		if (len >= mon_schema[i].headerlen &&
		    memcmp(buf, mon_schema[i].header, mon_schema[i].headerlen) == 0)
			return &mon_schema[i];
	return NULL;
}

/* All but the buffer, which is large. */
static void
begin(struct mon_reader *r, int fd)
{
	memset(r, 0, offsetof(struct mon_reader, buf));
	r->fd = fd;
}

int
mon_reader_take(struct mon_reader *r, int fd, const struct mon_table *table)
{
	static const struct mon_reader_filter all = { 0 };
	struct stat st;
	size_t got = 0;
	int e;

	begin(r, fd);
	e = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -ENXIO;
	if (e == 0)
		e = mon_io_pread(fd, r->buf, HEADER_MAX, 0, &got);
	r->table = table != NULL ? table : find_table(r->buf, got);
	if (e == 0 && (r->table == NULL || got < r->table->headerlen ||
			  memcmp(r->buf, r->table->header, r->table->headerlen) != 0))
		e = -EBADMSG;
	if (e < 0) {
		mon_reader_close(r);
		return e;
	}
	r->len = got;
	r->pos = r->table->headerlen;
	return mon_reader_want(r, &all);
}

int
mon_reader_open(struct mon_reader *r, int dirfd, const char *name, const struct mon_table *table)
{
	int fd = openat(dirfd, name, OPEN_FLAGS);

	if (fd < 0) {
		int e = -errno;

		begin(r, -1);
		return e;
	}
	return mon_reader_take(r, fd, table);
}

void
mon_reader_close(struct mon_reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

/* ---- lines ---- */

static void
count_bad(struct mon_reader *r, off_t at)
{
	if (r->bad++ == 0)
		r->first_bad = at;
}

/* Where the line ends that begins at ${at} and has no LF in ${buf}; 0: nowhere yet. */
static int
end_of_long(struct mon_reader *r, off_t at, off_t *ret)
{
	size_t got = sizeof(r->buf);

	*ret = 0;
	while (got == sizeof(r->buf)) {
		const char *lf;
		int e = mon_io_pread(r->fd, r->buf, sizeof(r->buf), at, &got);

		if (e < 0)
			return e;
		lf = memchr(r->buf, '\n', got);
		if (lf != NULL) {
			*ret = at + (lf - r->buf) + 1;
			return 0;
		}
		at += (off_t)got;
	}
	return 0;
}

/* At the end of the file: the writer may have cut off what we stood behind. */
static int
follow_cut(struct mon_reader *r)
{
	off_t size = 0;
	int e = size_of(r, &size);

	if (e == 0 && size < mon_reader_at(r))
		e = whole_end(r, size, &size);
	else
		return e;
	if (e == 0)
		stand(r, size);
	return e;
}

/*
 * Nothing whole is left in the buffer: read on from where ${r} stands.  Return 1 if there is a
 * line now, 0 if there is none, or -errno.  What has no LF yet is forgotten: it may be cut off
 * and others written in its place.
 */
static int
fill(struct mon_reader *r)
{
	for (;;) {
		const off_t at = mon_reader_at(r);
		off_t behind = 0;
		size_t got = 0;
		int e = mon_io_pread(r->fd, r->buf, sizeof(r->buf), at, &got);

		if (e < 0)
			return e;
		stand(r, at);
		if (got == 0)
			return follow_cut(r);
		if (memchr(r->buf, '\n', got) != NULL) {
			r->len = got;
			return 1;
		}
		if (got < sizeof(r->buf))
			return 0;
		/* No row is as long as that: leave it out, once its end is there. */
		e = end_of_long(r, at, &behind);
		if (e < 0 || behind == 0)
			return e;
		count_bad(r, at);
		stand(r, behind);
	}
}

int
mon_reader_line(struct mon_reader *r, const char **ret, size_t *len)
{
	for (;;) {
		char *p = r->buf + r->pos;
		char *lf = r->pos < r->len ? memchr(p, '\n', r->len - r->pos) : NULL;

		if (lf == NULL) {
			int e = fill(r);

			if (e <= 0)
				return e;
			continue;
		}
		r->pos += (size_t)(lf - p) + 1;
		if (lf - p < MON_ROW_MAX) {
			*ret = p;
			*len = (size_t)(lf - p);
			return 1;
		}
		count_bad(r, r->base + (p - r->buf));
	}
}

void
mon_reader_is_bad(struct mon_reader *r)
{
	/* The line just handed out: it ends before ${pos}, and begins behind the LF before. */
	const char *lf = r->pos > 1 ? memrchr(r->buf, '\n', r->pos - 1) : NULL;

	count_bad(r, r->base + (lf != NULL ? lf - r->buf + 1 : 0));
}

/* ---- rows ---- */

/* Is the row one of a wanted qube?  What has no name is left to mon_row_parse(). */
static bool
wants_vm(struct mon_reader *r, const char *untrusted, size_t len)
{
	const char *vm = untrusted + MON_STAMP_LEN + 1, *comma;
	size_t n;

	if (r->filter.vms == NULL || r->filter.vms->n == 0 || len <= MON_STAMP_LEN + 1)
		return true;
	comma = memchr(vm, ',', len - MON_STAMP_LEN - 1);
	if (comma == NULL || comma - vm > MON_VM_MAX)
		return true;
	n = (size_t)(comma - vm);
	if (memcmp(r->vm, vm, n) != 0 || r->vm[n] != '\0') {
		memcpy(r->vm, vm, n);
		r->vm[n] = '\0';
		r->vm_wanted = mon_exclude_match(r->filter.vms, r->vm);
	}
	return r->vm_wanted;
}

int
mon_reader_next(struct mon_reader *r, struct mon_rec *ret)
{
	const char *line = NULL;
	size_t len = 0;
	int e;

	while ((e = mon_reader_line(r, &line, &len)) == 1) {
		const off_t at = mon_reader_at(r) - (off_t)len - 1;

		if (len >= MON_STAMP_LEN) {
			if (memcmp(line, r->from, MON_STAMP_LEN) < 0)
				continue;
			if (memcmp(line, r->to, MON_STAMP_LEN) >= 0) {
				if (at < r->stop || memcmp(line, r->late, MON_STAMP_LEN) <= 0)
					continue;
				r->pos -= len + 1; /* so that the next call comes to the same end */
				return 0;
			}
		}
		if (!wants_vm(r, line, len))
			continue;
		if (mon_row_parse(r->table, line, len, ret))
			return 1;
		count_bad(r, at);
	}
	return e;
}

/* Fill the buffer with what ends where ${r} stands, and stand there again. */
static int
fill_back(struct mon_reader *r)
{
	const off_t at = mon_reader_at(r);
	const off_t from = at > (off_t)sizeof(r->buf) ? at - (off_t)sizeof(r->buf) : 0;
	size_t got = 0;
	int e = mon_io_pread(r->fd, r->buf, (size_t)(at - from), from, &got);

	if (e < 0)
		return e;
	if (got < (size_t)(at - from)) /* the writer cut it off */
		return follow_cut(r);
	r->base = from;
	r->len = r->pos = got;
	return 0;
}

int
mon_reader_prev(struct mon_reader *r, struct mon_rec *ret)
{
	bool is_long = false; /* the end of a line that is too long was skipped */

	while (mon_reader_at(r) > (off_t)r->table->headerlen) {
		const char *lf = r->pos > 1 ? memrchr(r->buf, '\n', r->pos - 1) : NULL, *line;
		size_t len;

		if (lf == NULL && r->pos == sizeof(r->buf)) {
			is_long = true;
			r->pos = 0;
			continue;
		}
		if (lf == NULL) {
			int e = fill_back(r);

			if (e < 0)
				return e;
			continue;
		}
		line = lf + 1;
		len = r->pos - (size_t)(line - r->buf) - !is_long;
		r->pos = (size_t)(line - r->buf);
		if (is_long || len >= MON_ROW_MAX) {
			is_long = false;
			count_bad(r, mon_reader_at(r));
			continue;
		}
		if (len >= MON_STAMP_LEN && (memcmp(line, r->from, MON_STAMP_LEN) < 0 ||
						memcmp(line, r->to, MON_STAMP_LEN) >= 0))
			continue;
		if (!wants_vm(r, line, len))
			continue;
		if (mon_row_parse(r->table, line, len, ret))
			return 1;
		count_bad(r, mon_reader_at(r));
	}
	return 0;
}

/* ---- a span of time ---- */

/*
 * The first line that begins at or behind ${at} and before ${end} with a stamp: where it begins
 * and its stamp; ${end} if there is none.
 */
static int
probe(const struct mon_reader *r, off_t at, off_t end, off_t *ret, char ts[MON_STAMP_LEN])
{
	char buf[1024];

	at--; /* the LF before the line */
	while (at < end) {
		size_t got = 0, skip;
		const char *lf;
		time_t t;
		int e = mon_io_pread(r->fd, buf, sizeof(buf), at, &got);

		if (e < 0)
			return e;
		lf = memchr(buf, '\n', got);
		skip = lf != NULL ? (size_t)(lf - buf) + 1 : got;
		if (lf != NULL && got - skip >= MON_STAMP_LEN) {
			if (at + (off_t)skip < end &&
			    mon_stamp_parse(buf + skip, MON_STAMP_LEN, &t)) {
				memcpy(ts, buf + skip, MON_STAMP_LEN);
				*ret = at + (off_t)skip;
				return 0;
			}
		} else if (lf != NULL) {
			skip--; /* look again, with more behind the LF */
		}
		if (got < sizeof(buf) || skip == 0)
			break;
		at += (off_t)skip;
	}
	*ret = end;
	return 0;
}

/*
 * Stand at a line before which no row is ${early} or later, and set ${r->stop}.
 *
 * A bisection finds one place where the stamps pass ${early}; where the clock stepped back there
 * are more.  So it is done only before the first of PROBES places that is late enough.  That, and
 * beginning MON_READER_BACK_S early, finds them all, unless the clock stepped back further than
 * that and had passed ${early} for less than the time between two probes.  Who wants no more than
 * ${filter.back} gets the bisection alone.
 */
static int
seek(struct mon_reader *r, const char early[MON_STAMP_LEN])
{
	off_t lo = (off_t)r->table->headerlen, hi = 0, line = 0, step;
	bool found = false;
	char ts[MON_STAMP_LEN];
	int e = size_of(r, &hi);

	if (e < 0)
		return e;
	r->stop = hi;
	stand(r, lo);
	if (hi - lo < SEEK_MIN)
		return 0;
	step = (hi - lo) / PROBES;
	r->stop = r->filter.back > 0 ? lo : lo + step;
	for (off_t at = lo + step, end = r->filter.back > 0 ? 0 : hi; at < end; at += step) {
		e = probe(r, at, end, &line, ts);
		if (e < 0)
			return e;
		if (line < end && memcmp(ts, r->late, MON_STAMP_LEN) <= 0)
			r->stop = line + step;
		if (line < end && !found && memcmp(ts, early, MON_STAMP_LEN) < 0)
			lo = line;
		else if (!found) {
			found = true;
			hi = line;
		}
	}
	while (hi - lo > NEAR) {
		const off_t mid = lo + (hi - lo) / 2;

		e = probe(r, mid, hi, &line, ts);
		if (e < 0)
			return e;
		if (line < hi && memcmp(ts, early, MON_STAMP_LEN) < 0)
			lo = line;
		else
			hi = mid;
	}
	stand(r, lo);
	return 0;
}

/* The stamp of ${t}, or one before all or behind all others if it is past the calendar. */
static void
put_stamp(time_t t, char ret[MON_STAMP_LEN])
{
	char ts[MON_STAMP_LEN + 1];

	if (mon_stamp_format(t, ts))
		memcpy(ret, ts, MON_STAMP_LEN);
	else
		memset(ret, t < 0 ? 0 : 0xff, MON_STAMP_LEN);
}

int
mon_reader_want(struct mon_reader *r, const struct mon_reader_filter *filter)
{
	const time_t back = filter->back > 0 ? filter->back : MON_READER_BACK_S;
	char early[MON_STAMP_LEN];

	r->filter = *filter;
	r->vm[0] = '\0';
	r->vm_wanted = true;
	put_stamp(filter->from > 0 ? filter->from : -1, r->from);
	put_stamp(filter->from > 0 ? filter->from - back : -1, early);
	put_stamp(filter->to > 0 ? filter->to : INT64_MAX, r->to);
	put_stamp(filter->to > 0 ? filter->to + back : INT64_MAX, r->late);
	if (filter->from > 0 || filter->to > 0)
		return seek(r, early);
	mon_reader_start(r);
	return 0;
}

size_t
mon_reader_bad_line(const struct mon_reader *r)
{
	char buf[8192];
	size_t n = 1;

	if (r->bad == 0 || r->fd < 0)
		return 0;
	for (off_t at = 0; at < r->first_bad;) {
		const off_t left = r->first_bad - at;
		size_t got = 0, want = left < (off_t)sizeof(buf) ? (size_t)left : sizeof(buf);

		if (mon_io_pread(r->fd, buf, want, at, &got) < 0 || got < want)
			return 0;
		for (const char *p = buf; (p = memchr(p, '\n', (size_t)(buf + got - p))) != NULL;
		     p++)
			n++;
		at += (off_t)got;
	}
	return n;
}

/* ---- one day ---- */

void
mon_reader_day_none(struct mon_reader_day *d)
{
	d->day = -1;
	d->dirfd = -1;
	d->basefd = -1;
	d->filter = (struct mon_reader_filter){ 0 };
	d->heads = 0;
	d->last = -1;
	for (size_t i = 0; i < MON_KINDS; i++) {
		begin(&d->file[i], -1);
		d->err[i] = 0;
	}
}

static bool
wants_kind(const struct mon_reader_day *d, size_t kind)
{
	return d->filter.kinds == 0 || (d->filter.kinds & 1u << kind) != 0;
}

/* Open the file of ${kind} if it is wanted and there. */
static void
open_file(struct mon_reader_day *d, size_t kind)
{
	const struct mon_table *t = &mon_schema[kind];
	struct mon_reader *r = &d->file[kind];
	int e;

	if (!wants_kind(d, kind))
		return;
	e = mon_reader_open(r, d->dirfd, t->file, t);
	if (e == 0)
		e = mon_reader_want(r, &d->filter);
	d->err[kind] = e == -ENOENT ? 0 : e;
}

int
mon_reader_day_take(
    struct mon_reader_day *d, int dirfd, long day, const struct mon_reader_filter *filter)
{
	mon_reader_day_none(d);
	d->day = day;
	d->dirfd = dirfd;
	if (filter != NULL)
		d->filter = *filter;
	for (size_t i = 0; i < MON_KINDS; i++)
		open_file(d, i);
	return 0;
}

int
mon_reader_day_open(
    struct mon_reader_day *d, int basefd, long day, const struct mon_reader_filter *filter)
{
	int fd = mon_day_open(basefd, day);

	if (fd < 0) {
		mon_reader_day_none(d);
		return fd;
	}
	mon_reader_day_take(d, fd, day, filter);
	d->basefd = basefd;
	return 0;
}

int
mon_reader_day_file(struct mon_reader_day *d, int fd, const struct mon_reader_filter *filter)
{
	const struct mon_table *table;
	char header[HEADER_MAX];
	size_t got = 0;
	int e = mon_io_pread(fd, header, sizeof(header), 0, &got);

	mon_reader_day_none(d);
	table = find_table(header, got);
	if (e == 0 && table == NULL)
		e = -EBADMSG;
	if (e < 0) {
		close(fd);
		return e;
	}
	e = mon_reader_take(&d->file[mon_schema_kind(table)], fd, table);
	if (e == 0)
		mon_reader_day_want(d, filter);
	return e;
}

void
mon_reader_day_want(struct mon_reader_day *d, const struct mon_reader_filter *filter)
{
	d->filter = *filter;
	d->heads = 0;
	d->last = -1;
	for (size_t i = 0; i < MON_KINDS; i++) {
		struct mon_reader *r = &d->file[i];

		if (r->fd < 0)
			continue;
		d->err[i] = mon_reader_want(r, filter);
	}
}

/* Let ${d->head[kind]} be the next row of the file, if there is one. */
static void
pull(struct mon_reader_day *d, size_t kind)
{
	struct mon_reader *r = &d->file[kind];
	int e;

	if (r->fd < 0 || !wants_kind(d, kind))
		return;
	e = mon_reader_next(r, &d->head[kind]);
	if (e < 0) {
		d->err[kind] = e;
		mon_reader_close(r);
	} else if (e == 1) {
		d->heads |= 1u << kind;
	}
}

int
mon_reader_day_next(struct mon_reader_day *d, struct mon_rec *ret)
{
	const char *first = NULL;
	size_t best = 0;

	if (d->last >= 0) {
		best = (size_t)d->last;
		pull(d, best);
		/* A row of the time of the one before, in the same file: none can come before it. */
		if ((d->heads & 1u << best) != 0 &&
		    memcmp(d->head[best].ts.p, d->time, MON_STAMP_LEN) == 0) {
			d->heads &= ~(1u << best);
			*ret = d->head[best];
			return 1;
		}
	}
	d->last = -1;
	/* Files that had no more are asked again only when no file had: a system call each. */
	if (d->heads == 0)
		for (size_t i = 0; i < MON_KINDS; i++)
			pull(d, i);
	for (size_t i = 0; i < MON_KINDS; i++) {
		if ((d->heads & 1u << i) == 0)
			continue;
		if (first == NULL || memcmp(d->head[i].ts.p, first, MON_STAMP_LEN) < 0) {
			first = d->head[i].ts.p;
			best = i;
		}
	}
	if (first == NULL)
		return 0;
	d->heads &= ~(1u << best);
	d->last = (int)best;
	memcpy(d->time, first, MON_STAMP_LEN);
	*ret = d->head[best];
	return 1;
}

void
mon_reader_day_end(struct mon_reader_day *d)
{
	d->heads = 0;
	d->last = -1;
	for (size_t i = 0; i < MON_KINDS; i++)
		if (d->file[i].fd >= 0)
			d->err[i] = mon_reader_end(&d->file[i]);
}

/* Is ${fd} what has this name in ${dirfd} now? */
static bool
has_name(int fd, int dirfd, const char *name)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 && fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == named.st_ino && st.st_dev == named.st_dev;
}

bool
mon_reader_day_refresh(struct mon_reader_day *d)
{
	char name[MON_DAY_LEN + 1] = "";
	struct stat st;

	if (d->dirfd < 0 || fstat(d->dirfd, &st) < 0 || st.st_nlink == 0)
		return false;
	if (d->basefd >= 0 &&
	    (!mon_stamp_format_day(d->day, name) || !has_name(d->dirfd, d->basefd, name)))
		return false;
	for (size_t i = 0; i < MON_KINDS; i++) {
		struct mon_reader *r = &d->file[i];

		if (r->fd >= 0 && !has_name(r->fd, d->dirfd, mon_schema[i].file))
			mon_reader_close(r); /* another may have its name now */
		if (r->fd < 0 && d->err[i] == 0)
			open_file(d, i);
	}
	return true;
}

bool
mon_reader_day_trouble(const struct mon_reader_day *d, enum mon_kind kind, char *ret, size_t cap)
{
	char count[MON_HUMAN_MAX];
	const struct mon_reader *r = &d->file[kind];
	char name[MON_DAY_LEN + 2] = "";

	if (mon_stamp_format_day(d->day, name))
		strcat(name, "/");
	if (d->err[kind] == -EBADMSG)
		snprintf(ret, cap, "%s%s does not begin with the expected header: it is left out",
		    name, mon_schema[kind].file);
	else if (d->err[kind] == -ENXIO || d->err[kind] == -ELOOP)
		snprintf(ret, cap, "%s%s " MON_IO_NO_FILE ": it is left out", name,
		    mon_schema[kind].file);
	else if (d->err[kind] < 0)
		snprintf(ret, cap, "cannot read %s%s: %s", name, mon_schema[kind].file,
		    strerror(-d->err[kind]));
	else if (r->bad > 0)
		snprintf(ret, cap, "%s%s: skipped %s that %s; the first is line %zu", name,
		    mon_schema[kind].file, mon_human_plural(r->bad, "line", count),
		    r->bad == 1 ? "is no row" : "are no rows", mon_reader_bad_line(r));
	return d->err[kind] < 0 || r->bad > 0;
}

void
mon_reader_day_close(struct mon_reader_day *d)
{
	for (size_t i = 0; i < MON_KINDS; i++)
		mon_reader_close(&d->file[i]);
	if (d->dirfd >= 0)
		close(d->dirfd);
	d->dirfd = -1;
	d->heads = 0;
	d->last = -1;
}
