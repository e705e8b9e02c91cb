/*
 * record.h - what mon-top looks at: all days of a Monitor folder, or one day alone; asked by time.
 *
 * Of the folder, three days are kept open: that of the time asked for, and its neighbours, since
 * rows may have been filed in another time zone.  Nothing is kept of the rows themselves.
 */
#ifndef MON_TOP_RECORD_H
#define MON_TOP_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "reader.h"

#define TOP_DAYS 3

/* A day that is open, and the times of its rows. */
struct top_day {
	bool used;
	struct mon_reader_day *day;
	int64_t bytes;      /* of its files, when the times were looked up; -1: never */
	time_t first, last; /* of its rows; first > last: it has none */
};

struct top_record {
	int basefd; /* the Monitor folder; -1: ${days[0]} is all there is */
	const char *path;
	size_t
	    bad; /* lines that are no rows, which top_record_rows() met since somebody set it to 0 */
	struct top_day days[TOP_DAYS];
};

/* What is done with a row.  The row lives until the next one. */
typedef void top_row(void *ctx, enum mon_kind kind, const struct mon_rec *rec);

/*
 * top_record_folder(record, basefd, path):
 * Look at the days of the Monitor folder ${basefd}, which is at ${path}; both last as long as the
 * record.
 */
void top_record_folder(struct top_record *record, int basefd, const char *path);

/*
 * top_record_again(record):
 * Before a frame: if another folder is at the path by now, look at that.
 */
void top_record_again(struct top_record *record);

/*
 * top_record_day(record, day):
 * Look at ${day} alone, which stays open as long as the record.
 */
void top_record_day(struct top_record *record, struct mon_reader_day *day);

/*
 * top_record_rows(record, filter, row, ctx):
 * Give all rows that ${filter} wants, which must have a span of time: kind by kind, in the order
 * of their files.  What cannot be read is left out.
 */
void top_record_rows(
    struct top_record *record, const struct mon_reader_filter *filter, top_row *row, void *ctx);

/*
 * top_record_events(record, filter, row, ctx):
 * The same, but all kinds merged by time.
 */
void top_record_events(
    struct top_record *record, const struct mon_reader_filter *filter, top_row *row, void *ctx);

/*
 * top_record_step(record, at, forward, ret):
 * Set ${ret} to the time of the next poll after ${at}, or of the last one before it.  Return
 * false, ${ret} untouched, if there is none.
 */
bool top_record_step(struct top_record *record, time_t at, bool forward, time_t *ret);

/*
 * top_record_ends(record, first, last):
 * Set both to the times of the first and the last row.  Return false, both untouched, if there is
 * no row at all.
 */
bool top_record_ends(struct top_record *record, time_t *first, time_t *last);

/*
 * top_record_last(record, day, ret):
 * Set ${ret} to the time of the last row of ${day} (stamp.h) of a Monitor folder.  Return false,
 * ${ret} untouched, if it has none.
 */
bool top_record_last(struct top_record *record, long day, time_t *ret);

/*
 * top_record_mark(record, now):
 * Return a number that changes when rows are filed into the day of ${now}, or the next one.  It
 * costs a system call a file.
 */
uint64_t top_record_mark(const struct top_record *record, time_t now);

/*
 * top_record_close(record):
 * Close the days of a Monitor folder.
 */
void top_record_close(struct top_record *record);

#endif /* !MON_TOP_RECORD_H */
