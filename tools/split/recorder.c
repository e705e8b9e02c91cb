/* recorder.c - rows to files; see recorder.h. */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "csv.h"
#include "day.h"
#include "dir.h"
#include "io.h"
#include "recorder.h"
#include "zone.h"

#define NO_DAY (-1) /* it is not known, or has no name */

/* Tell ${event}, which happened to ${day}. */
static void
tell(const struct mon_recorder *rec, long day, struct mon_recorder_event event)
{
	if (!mon_stamp_format_day(day, event.day))
		event.day[0] = '\0';
	rec->tell(rec->ctx, &event);
}

/* The rows gathered for ${kind} are lost. */
static void
lose(struct mon_recorder *rec, enum mon_kind kind, int err)
{
	struct mon_recorder_file *file = &rec->files[kind];

	tell(rec, rec->day,
	    (struct mon_recorder_event){ .what = MON_RECORDER_LOST,
		.file = mon_schema[kind].file,
		.rows = file->nrows,
		.err = err });
	rec->lost += file->nrows;
	rec->failed |= 1u << kind;
	file->len = 0;
	file->nrows = 0;
}

/* Is ${err} of mon_csv_heal() the sign of a file that is missing or not ours? */
static bool
is_not_ours(int err)
{
	return err == -ENOENT || err == -EBADMSG || mon_io_is_no_file(err);
}

/*
 * A new day begins: make the one before whole first.  If the power went away at its last rows
 * nobody may ever append to it again, and mon_csv_open() would not come to heal it.
 */
static void
heal_last_day(const struct mon_recorder *rec)
{
	cleanup_free long *days = NULL;
	cleanup_fd int dayfd = -1;
	long day = NO_DAY;
	size_t n = 0;
	int r = mon_day_list(rec->basefd, &days, &n);

	/* A clock that jumped ahead may have left later days. */
	while (r == 0 && n > 0 && days[n - 1] >= rec->day)
		n--;
	if (r == 0 && n == 0)
		return;
	if (r == 0) {
		day = days[n - 1];
		dayfd = mon_day_open(rec->basefd, day);
		r = dayfd < 0 ? dayfd : mon_day_lock(rec->basefd, day, dayfd);
		if (r == -ENOENT)
			return; /* mon-prune was quicker */
	}
	if (r < 0) {
		tell(rec, day,
		    (struct mon_recorder_event){ .what = MON_RECORDER_UNHEALED, .err = r });
		return;
	}
	for (size_t i = 0; i < MON_KINDS; i++) {
		const struct mon_table *t = &mon_schema[i];
		off_t bytes = 0;

		r = mon_csv_heal(dayfd, t->file, t->header, t->headerlen, &bytes);
		if (r == 0 && bytes > 0)
			tell(rec, day,
			    (struct mon_recorder_event){
				.what = MON_RECORDER_HEALED, .file = t->file, .bytes = bytes });
		else if (r < 0 && !is_not_ours(r))
			tell(rec, day,
			    (struct mon_recorder_event){
				.what = MON_RECORDER_UNHEALED, .file = t->file, .err = r });
	}
}

/* Open the folder of the gathered rows, if it is not yet. */
static int
open_day(struct mon_recorder *rec)
{
	int dayfd;

	if (rec->has_folder)
		return 0;
	dayfd = mon_day_open(rec->basefd, rec->day);
	if (dayfd == -ENOENT) {
		/* Failing to heal the old day must not keep the new one from being recorded. */
		heal_last_day(rec);
		dayfd = mon_day_create(rec->basefd, rec->day);
	}
	if (dayfd < 0)
		return dayfd;
	rec->dayfd = dayfd;
	rec->has_folder = true;
	return 0;
}

/* Sync the open file of ${kind}, if so asked, and close it. */
static void
close_file(struct mon_recorder *rec, enum mon_kind kind)
{
	struct mon_recorder_file *file = &rec->files[kind];
	int r = rec->sync ? mon_csv_sync(&file->csv) : 0;

	if (r < 0) {
		tell(rec, rec->day,
		    (struct mon_recorder_event){ .what = MON_RECORDER_UNSURE,
			.file = mon_schema[kind].file,
			.rows = file->unsynced,
			.err = r });
		rec->lost += file->unsynced;
		rec->failed |= 1u << kind;
	}
	mon_csv_close(&file->csv);
	file->open = false;
	file->unsynced = 0;
}

/* Let go of the folder of the day and of its files. */
static void
close_day(struct mon_recorder *rec)
{
	/* All of them on their way first: the disk then has more to do at each request. */
	for (unsigned i = 0; i < MON_KINDS; i++)
		if (rec->files[i].open && rec->sync)
			mon_csv_begin_sync(&rec->files[i].csv);
	for (unsigned i = 0; i < MON_KINDS; i++)
		if (rec->files[i].open)
			close_file(rec, (enum mon_kind)i);
	if (rec->has_folder)
		close(rec->dayfd);
	rec->has_folder = false;
}

static int
lock_day(struct mon_recorder *rec)
{
	int r = open_day(rec);

	if (r == 0)
		r = mon_day_lock(rec->basefd, rec->day, rec->dayfd);
	if (r != -ENOENT)
		return r;
	/* mon-prune has just deleted it.  Late rows may come at any time: make it anew. */
	close_day(rec);
	r = open_day(rec);
	return r < 0 ? r : mon_day_lock(rec->basefd, rec->day, rec->dayfd);
}

/* Open the file of ${kind}, or take it as it was left: nobody has touched it since. */
static int
open_file(struct mon_recorder *rec, enum mon_kind kind)
{
	const struct mon_table *t = &mon_schema[kind];
	struct mon_recorder_file *file = &rec->files[kind];
	off_t bytes = 0;
	int r;

	if (file->open && mon_csv_is_current(&file->csv))
		return 0;
	if (file->open)
		mon_csv_close(&file->csv);
	r = mon_csv_open(rec->dayfd, t->file, t->header, t->headerlen, &file->csv, &bytes);
	file->open = r == 0;
	if (r == 0 && bytes > 0)
		tell(rec, rec->day,
		    (struct mon_recorder_event){
			.what = MON_RECORDER_HEALED, .file = t->file, .bytes = bytes });
	return r;
}

/* Append what was gathered for ${kind}; the file stays open for the sync. */
static void
append(struct mon_recorder *rec, enum mon_kind kind)
{
	struct mon_recorder_file *file = &rec->files[kind];
	int r = open_file(rec, kind);

	if (r == 0)
		r = mon_csv_append(&file->csv, file->rows, file->len);
	if (r < 0) {
		lose(rec, kind, r);
		return;
	}
	rec->filed += file->nrows;
	file->unsynced += file->nrows;
	file->len = 0;
	file->nrows = 0;
}

/* Append what was gathered for ${kinds}, a mask of 1 << enum mon_kind. */
static void
append_kinds(struct mon_recorder *rec, unsigned kinds)
{
	int r = lock_day(rec);

	for (unsigned i = 0; i < MON_KINDS; i++) {
		if (!(kinds & 1u << i))
			continue;
		if (r < 0)
			lose(rec, (enum mon_kind)i, r);
		else
			append(rec, (enum mon_kind)i);
	}
	if (r == 0)
		mon_dir_unlock(rec->dayfd);
}

void
mon_recorder_flush(struct mon_recorder *rec)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < MON_KINDS; i++)
		if (rec->files[i].len > 0)
			kinds |= 1u << i;
	if (kinds != 0)
		append_kinds(rec, kinds);
	/* Syncing needs no lock, and on a busy disk it takes long. */
	close_day(rec);
	rec->has_zone = false;
	if (rec->filed_all != NULL)
		rec->filed_all(rec->ctx, rec->failed);
	rec->failed = 0;
}

/* The day of ${line}: asked of libc only where its stamp is not that of the line before. */
static bool
find_day(struct mon_recorder *rec, const struct mon_rec *line, long *ret)
{
	if (rec->has_zone)
		return mon_zone_day_again(line->t, ret);
	rec->has_zone = true;
	return mon_zone_day(line->t, ret);
}

bool
mon_recorder_add(struct mon_recorder *rec, const struct mon_rec *line)
{
	enum mon_kind kind = mon_schema_kind(line->payload.table);
	struct mon_recorder_file *file = &rec->files[kind];

	if (!rec->one_day && (!rec->has_day || memcmp(line->ts.p, rec->ts, MON_STAMP_LEN) != 0)) {
		long day = 0;

		/* A good stamp, but 1970 begins and 9999 ends at another hour in other zones. */
		if (!find_day(rec, line, &day)) {
			tell(rec, NO_DAY,
			    (struct mon_recorder_event){ .what = MON_RECORDER_LOST,
				.file = mon_schema[kind].file,
				.rows = 1,
				.err = -ERANGE });
			rec->lost++;
			return false;
		}
		if (rec->has_day && day != rec->day)
			mon_recorder_flush(rec);
		rec->has_day = true;
		rec->day = day;
		memcpy(rec->ts, line->ts.p, MON_STAMP_LEN);
	}
	if (sizeof(file->rows) - file->len < MON_ROW_MAX)
		append_kinds(rec, 1u << kind);
	file->len += mon_wire_row(line, file->rows + file->len);
	file->nrows++;
	return true;
}
