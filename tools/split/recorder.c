/* recorder.c - rows to files; see recorder.h. */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "csv.h"
#include "day.h"
#include "dir.h"
#include "recorder.h"

#define NO_DAY (-1) /* it is not known, or has no name */

/* Tell ${event}, which happened to ${day}. */
static void
tell(const struct mon_recorder *rec, long day, struct mon_recorder_event event)
{
	if (!mon_stamp_format_day(day, event.day))
		event.day[0] = '\0';
	rec->tell(&event);
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
	file->len = 0;
	file->nrows = 0;
}

/* Is ${err} of mon_csv_heal() the sign of a file that is missing or not ours? */
static bool
is_not_ours(int err)
{
	return err == -ENOENT || err == -EBADMSG || err == -ELOOP || err == -EISDIR ||
	       err == -ENXIO;
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
		r = dayfd < 0 ? dayfd : mon_dir_lock(dayfd, MON_LOCK_MS);
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

/* The folder of the gathered rows, locked; or -errno. */
static int
open_day(const struct mon_recorder *rec)
{
	int dayfd, r;

	dayfd = mon_day_open(rec->basefd, rec->day);
	if (dayfd == -ENOENT) {
		/* Failing to heal the old day must not keep the new one from being recorded. */
		heal_last_day(rec);
		dayfd = mon_day_create(rec->basefd, rec->day);
	}
	if (dayfd < 0)
		return dayfd;
	r = mon_dir_lock(dayfd, MON_LOCK_MS);
	if (r < 0) {
		close(dayfd);
		return r;
	}
	return dayfd;
}

/* Append what was gathered for ${kind}; the file stays open in ${csv} for the sync. */
static void
append(struct mon_recorder *rec, enum mon_kind kind, int dayfd, struct mon_csv *csv)
{
	const struct mon_table *t = &mon_schema[kind];
	struct mon_recorder_file *file = &rec->files[kind];
	off_t bytes = 0;
	int r = mon_csv_open(dayfd, t->file, t->header, t->headerlen, csv, &bytes);

	if (r == 0 && bytes > 0)
		tell(rec, rec->day,
		    (struct mon_recorder_event){
			.what = MON_RECORDER_HEALED, .file = t->file, .bytes = bytes });
	if (r == 0 && file->len > 0)
		r = mon_csv_append(csv, file->rows, file->len);
	if (r < 0) {
		lose(rec, kind, r);
		return;
	}
	rec->filed += file->nrows;
	file->dirty = true;
	file->len = 0;
	file->nrows = 0;
}

static void
sync_file(struct mon_recorder *rec, enum mon_kind kind, struct mon_csv *csv, size_t rows)
{
	int r = csv->fd >= 0 ? mon_csv_sync(csv) : 0;

	rec->files[kind].dirty = false;
	if (r < 0) {
		tell(rec, rec->day,
		    (struct mon_recorder_event){ .what = MON_RECORDER_UNSURE,
			.file = mon_schema[kind].file,
			.rows = rows,
			.err = r });
		rec->lost += rows;
	}
	mon_csv_close(csv);
}

/* Write the files of ${kinds}, a mask of 1 << enum mon_kind, and sync them if ${sync}. */
static void
write_files(struct mon_recorder *rec, unsigned kinds, bool sync)
{
	struct mon_csv csv[MON_KINDS];
	size_t rows[MON_KINDS];
	cleanup_fd int dayfd = open_day(rec);

	for (unsigned i = 0; i < MON_KINDS; i++) {
		csv[i] = (struct mon_csv)MON_CSV_NONE;
		rows[i] = rec->files[i].nrows;
		if (!(kinds & 1u << i))
			continue;
		if (dayfd >= 0)
			append(rec, (enum mon_kind)i, dayfd, &csv[i]);
		else
			lose(rec, (enum mon_kind)i, dayfd);
	}
	/* Syncing needs no lock, and on a busy disk it takes long. */
	if (dayfd >= 0)
		mon_dir_unlock(dayfd);
	for (unsigned i = 0; i < MON_KINDS; i++) {
		if (sync)
			sync_file(rec, (enum mon_kind)i, &csv[i], rows[i]);
		mon_csv_close(&csv[i]);
	}
}

void
mon_recorder_flush(struct mon_recorder *rec)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < MON_KINDS; i++)
		if (rec->files[i].len > 0 || (rec->sync && rec->files[i].dirty))
			kinds |= 1u << i;
	if (kinds != 0)
		write_files(rec, kinds, rec->sync);
}

void
mon_recorder_add(struct mon_recorder *rec, const struct mon_rec *line)
{
	enum mon_kind kind = mon_schema_kind(line->payload.table);
	struct mon_recorder_file *file = &rec->files[kind];

	if (!rec->has_day || memcmp(line->ts.p, rec->ts, MON_STAMP_LEN) != 0) {
		time_t t = 0;
		long day = 0;

		/* A good stamp, but 1970 begins and 9999 ends at another hour in other zones. */
		if (!mon_stamp_parse(line->ts.p, line->ts.n, &t) || !mon_stamp_day(t, &day)) {
			tell(rec, NO_DAY,
			    (struct mon_recorder_event){ .what = MON_RECORDER_LOST,
				.file = mon_schema[kind].file,
				.rows = 1,
				.err = -ERANGE });
			rec->lost++;
			return;
		}
		if (rec->has_day && day != rec->day)
			mon_recorder_flush(rec);
		rec->has_day = true;
		rec->day = day;
		memcpy(rec->ts, line->ts.p, MON_STAMP_LEN);
	}
	if (sizeof(file->rows) - file->len < MON_ROW_MAX)
		write_files(rec, 1u << kind, false);
	file->len += mon_wire_row(line, file->rows + file->len);
	file->nrows++;
}
