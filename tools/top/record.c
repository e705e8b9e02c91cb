/* record.c - the days that mon-top looks at; see record.h. */
#include <fcntl.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "day.h"
#include "dir.h"
#include "record.h"
#include "stamp.h"
#include "zone.h"

/* The kinds that every poll has a row of. */
#define POLL_KINDS (1u << MON_KIND_SYS | 1u << MON_KIND_SCRAPE)

#define FAR_S (36 * 3600)      /* a day is no longer, in whichever zone it was filed */
#define BEGINNING ((time_t)-1) /* before all stamps, and behind them */
#define END ((time_t)253402300800)

static struct mon_reader_day buffers[TOP_DAYS]; /* large */

void
top_record_folder(struct top_record *record, int basefd, const char *path)
{
	*record = (struct top_record){ .basefd = basefd, .path = path };
	for (size_t i = 0; i < TOP_DAYS; i++)
		record->days[i].day = &buffers[i];
}

void
top_record_again(struct top_record *record)
{
	if (record->basefd >= 0)
		(void)mon_dir_again(record->basefd, record->path);
}

void
top_record_day(struct top_record *record, struct mon_reader_day *day)
{
	*record = (struct top_record){ .basefd = -1 };
	record->days[0] = (struct top_day){ .used = true, .day = day, .bytes = -1 };
}

static void
close_day(struct top_day *d)
{
	mon_reader_day_close(d->day);
	d->used = false;
}

void
top_record_close(struct top_record *record)
{
	for (size_t i = 0; record->basefd >= 0 && i < TOP_DAYS; i++)
		if (record->days[i].used)
			close_day(&record->days[i]);
}

/* ---- days ---- */

static int64_t
bytes_of(const struct mon_reader_day *day)
{
	struct stat st;
	int64_t bytes = 0;

	for (size_t i = 0; i < MON_KINDS; i++)
		if (day->file[i].fd >= 0 && fstat(day->file[i].fd, &st) == 0)
			bytes += st.st_size;
	return bytes;
}

static void
widen(struct top_day *d, const struct mon_rec *rec)
{
	if (rec->t < d->first)
		d->first = rec->t;
	if (rec->t > d->last)
		d->last = rec->t;
}

/* Look up the times of its rows again if it has grown. */
static void
measure(struct top_day *d)
{
	static const struct mon_reader_filter all = { 0 };
	const int64_t bytes = bytes_of(d->day);
	struct mon_rec rec;

	if (bytes == d->bytes)
		return;
	d->bytes = bytes;
	d->first = INT64_MAX;
	d->last = -1;
	for (size_t i = 0; i < MON_KINDS; i++) {
		struct mon_reader *r = &d->day->file[i];

		if (r->fd < 0 || mon_reader_want(r, &all) < 0)
			continue;
		if (mon_reader_next(r, &rec) == 1)
			widen(d, &rec);
		if (mon_reader_end(r) == 0 && mon_reader_prev(r, &rec) == 1)
			widen(d, &rec);
	}
}

static long
distance(long a, long b)
{
	return a > b ? a - b : b - a;
}

/*
 * The open day ${number} of the folder; NULL if there is none.  It takes the place of that which
 * is furthest from it.
 */
static struct top_day *
get(struct top_record *record, long number)
{
	struct top_day *d = &record->days[0];

	for (size_t i = 0; i < TOP_DAYS; i++) {
		struct top_day *o = &record->days[i];

		if (o->used && o->day->day == number) {
			if (mon_reader_day_refresh(o->day))
				return o;
			close_day(o); /* deleted, and maybe made anew */
		}
		if (!o->used)
			d = o;
		else if (d->used && distance(o->day->day, number) > distance(d->day->day, number))
			d = o;
	}
	if (d->used)
		close_day(d);
	if (mon_reader_day_open(d->day, record->basefd, number, NULL) < 0)
		return NULL;
	d->used = true;
	d->bytes = -1;
	return d;
}

/* Set ${ret} to the open days that may have rows from ${from} to ${to}; return how many. */
static size_t
find(struct top_record *record, time_t from, time_t to, struct top_day *ret[TOP_DAYS])
{
	struct top_day *d;
	size_t n = 0;
	long number;

	if (record->basefd < 0) {
		ret[0] = &record->days[0];
		return 1;
	}
	if (!mon_zone_day(to, &number))
		return 0;
	/*
	 * Of the neighbours few are needed.  The day itself always is: where the clock stepped
	 * back, its first and last rows need not be the ends of its times.
	 */
	for (long i = number - 1; i <= number + 1; i++) {
		d = get(record, i);
		if (d == NULL)
			continue;
		measure(d);
		if (i == number || (d->first < to && d->last >= from))
			ret[n++] = d;
	}
	return n;
}

/* ---- rows ---- */

void
top_record_rows(
    struct top_record *record, const struct mon_reader_filter *filter, top_row *row, void *ctx)
{
	struct top_day *days[TOP_DAYS];
	const size_t n = find(record, filter->from, filter->to, days);
	struct mon_rec rec;

	for (size_t i = 0; i < n; i++)
		for (unsigned kind = 0; kind < MON_KINDS; kind++) {
			struct mon_reader *r = &days[i]->day->file[kind];
			const size_t bad = r->bad;

			if ((filter->kinds & 1u << kind) == 0 || r->fd < 0 ||
			    mon_reader_want(r, filter) < 0)
				continue;
			while (mon_reader_next(r, &rec) == 1)
				row(ctx, (enum mon_kind)kind, &rec);
			record->bad += r->bad - bad;
		}
}

void
top_record_events(
    struct top_record *record, const struct mon_reader_filter *filter, top_row *row, void *ctx)
{
	struct top_day *days[TOP_DAYS];
	const size_t n = find(record, filter->from, filter->to, days);
	struct mon_rec rec;

	for (size_t i = 0; i < n; i++) {
		mon_reader_day_want(days[i]->day, filter);
		while (mon_reader_day_next(days[i]->day, &rec) == 1)
			row(ctx, mon_schema_kind(rec.payload.table), &rec);
	}
}

/* ---- steps ---- */

struct step {
	bool forward, found;
	time_t best;
};

static void
step_row(void *ctx, enum mon_kind kind, const struct mon_rec *rec)
{
	struct step *s = ctx;

	(void)kind;
	if (!s->found || (s->forward ? rec->t < s->best : rec->t > s->best))
		s->best = rec->t;
	s->found = true;
}

/* Files alone may have no row of a poll's own kinds. */
static unsigned
poll_kinds(const struct top_record *record)
{
	if (record->basefd >= 0 || record->days[0].day->file[MON_KIND_SYS].fd >= 0 ||
	    record->days[0].day->file[MON_KIND_SCRAPE].fd >= 0)
		return POLL_KINDS;
	return MON_READER_ALL;
}

/* Does ${d} begin behind ${at}, or end before it?  Then ${ret} is that time. */
static bool
beyond(struct top_day *d, time_t at, bool forward, time_t *ret)
{
	measure(d);
	if (d->first > d->last || (forward ? d->first <= at : d->last >= at))
		return false;
	*ret = forward ? d->first : d->last;
	return true;
}

/* The first row of the days behind ${at}, or the last one of those before it. */
static bool
far_step(struct top_record *record, time_t at, bool forward, time_t *ret)
{
	cleanup_free long *list = NULL;
	size_t n = 0;

	if (record->basefd < 0)
		return beyond(&record->days[0], at, forward, ret);
	if (mon_day_list(record->basefd, &list, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		const long number = list[forward ? i : n - 1 - i];
		const time_t noon = mon_stamp_noon(number);
		struct top_day *d;

		/* Days that end before ${at} need not be opened. */
		if (forward ? noon + FAR_S < at : noon - FAR_S > at)
			continue;
		d = get(record, number);
		if (d != NULL && beyond(d, at, forward, ret))
			return true;
	}
	return false;
}

bool
top_record_step(struct top_record *record, time_t at, bool forward, time_t *ret)
{
	static const time_t reach[] = { 60, 3600, FAR_S }; /* most polls are near */
	struct mon_reader_filter f = { .kinds = poll_kinds(record) };
	struct step s = { .forward = forward };

	for (size_t i = 0; i < sizeof(reach) / sizeof(reach[0]) && !s.found; i++) {
		f.from = forward ? at + 1 : at > reach[i] ? at - reach[i] : 1;
		f.to = forward ? at + 1 + reach[i] : at;
		top_record_rows(record, &f, step_row, &s);
	}
	if (!s.found && !far_step(record, at, forward, &s.best))
		return false;
	*ret = s.best;
	return true;
}

bool
top_record_ends(struct top_record *record, time_t *first, time_t *last)
{
	time_t a = 0, b = 0;

	if (!far_step(record, BEGINNING, true, &a) || !far_step(record, END, false, &b))
		return false;
	*first = a;
	*last = b;
	return true;
}

bool
top_record_last(struct top_record *record, long day, time_t *ret)
{
	struct top_day *d = get(record, day);

	return d != NULL && beyond(d, END, false, ret);
}

uint64_t
top_record_mark(const struct top_record *record, time_t now)
{
	uint64_t mark = 0;
	struct stat st;
	long number;

	if (record->basefd < 0 || !mon_zone_day(now, &number))
		return 0;
	for (long i = number; i <= number + 1; i++) {
		cleanup_fd int fd = mon_day_open(record->basefd, i);

		for (size_t kind = 0; fd >= 0 && kind < MON_KINDS; kind++)
			if (fstatat(fd, mon_schema[kind].file, &st, AT_SYMLINK_NOFOLLOW) == 0)
				mark = mark * 31 + (uint64_t)st.st_size + 1;
	}
	return mark;
}
