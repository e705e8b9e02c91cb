/*
 * reader.h - read the record back: the only reader of *.csv in the project, as csv.h is the only
 * writer.
 *
 * Three steps: a file (struct mon_reader) gives its rows, forwards from a time or backwards from
 * the end; a day (struct mon_reader_day) merges its files by time; an archive becomes a day
 * (reader_archive.h).  A row comes as the struct mon_rec of the stream (wire.h), checked by the
 * same shapes.  It points into the buffer of its file, and lives until the next call for that file.
 *
 * What is not a row is skipped and counted, and the first one can be named.  A last line without
 * LF is being written: it is no row yet, and not counted.  A file may grow, or lose a torn end,
 * while it is read: ask again after the 0 that says "no more", and what was appended comes.
 *
 * Stamps may step back in a file, because clocks do.  Whoever asks for a span of time gets every
 * row of it as long as the clock did not step back further than MON_READER_BACK_S (caps.h);
 * of further steps most are seen, too.
 *
 * The structures are large (a buffer each): static, or on the heap.  No malloc in here.
 */
#ifndef MON_READER_H
#define MON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "caps.h"
#include "exclude.h"
#include "schema.h"
#include "wire.h"

#define MON_READER_ALL ((1u << MON_KINDS) - 1) /* every kind, as a mask of 1 << enum mon_kind */

/* Which rows are wanted.  All zero: all. */
struct mon_reader_filter {
	time_t from, to;               /* from <= ts < to, seconds since the epoch; to 0: no end */
	unsigned kinds;                /* mask of 1 << enum mon_kind; 0: all */
	const struct mon_exclude *vms; /* the globs of the wanted qubes; NULL, or none: all */
	/*
	 * 0: as above.  Else rows are missed if the clock stepped back by more than so many
	 * seconds: for a view of a moment, which costs a tenth then.
	 */
	time_t back;
};

/* ---- one file ---- */

struct mon_reader {
	int fd; /* -1: not open */
	const struct mon_table *table;
	size_t bad;      /* lines met that are no rows */
	off_t first_bad; /* where the first of them begins */

	/* The rest is the reader's own. */
	struct mon_reader_filter filter;
	char from[MON_STAMP_LEN], to[MON_STAMP_LEN], late[MON_STAMP_LEN];
	off_t stop;              /* behind this, a row after ${late} is the end */
	char vm[MON_VM_MAX + 1]; /* the last name that the globs were asked for ... */
	bool vm_wanted;          /* ... and what they said */
	off_t base;              /* what ${buf} holds: this place of the file */
	size_t len, pos;         /* bytes of it, and how many of them were handed out */
	char buf[MON_READER_BUF];
};

/*
 * mon_reader_open(r, dirfd, name, table):
 * Open the file ${name} of ${table} in the folder ${dirfd} and stand at its first row; all rows
 * are wanted.  Return 0 with ${r} to be closed by mon_reader_close(); -ENOENT if there is none;
 * -EBADMSG if its first line is not the header of ${table}; -ELOOP or -ENXIO if it is no regular
 * file; or another -errno.  On failure ${r} is not open, and closing it does nothing.
 */
int mon_reader_open(
    struct mon_reader *r, int dirfd, const char *name, const struct mon_table *table);

/*
 * mon_reader_take(r, fd, table):
 * The same of the open file ${fd}, which belongs to ${r} from here on, also on failure.  With
 * NULL for ${table} the header says which kind it is.
 */
int mon_reader_take(struct mon_reader *r, int fd, const struct mon_table *table);

/*
 * mon_reader_close(r):
 * Close the file; the counters stay.  Calling it again does nothing.
 */
void mon_reader_close(struct mon_reader *r);

/*
 * mon_reader_want(r, filter):
 * From now on give only the rows that ${filter} wants, whose globs must last, and stand before
 * the first of them.  It is found by bisection: the cost does not grow with the file.  Return 0
 * or -errno.
 */
int mon_reader_want(struct mon_reader *r, const struct mon_reader_filter *filter);

/*
 * mon_reader_next(r, ret):
 * Fill ${ret} with the next wanted row and return 1; 0 if there is none at present, or -errno:
 * both times with ${ret} untouched.
 */
int mon_reader_next(struct mon_reader *r, struct mon_rec *ret);

/*
 * mon_reader_prev(r, ret):
 * The same with the wanted row before the place where ${r} stands; 0: there is none.  The time of
 * the filter only leaves rows out: it does not end the search, so stop asking when a row is too
 * old.
 */
int mon_reader_prev(struct mon_reader *r, struct mon_rec *ret);

/*
 * mon_reader_start(r), mon_reader_end(r):
 * Stand at the first row, or behind the last whole one: mon_reader_prev() gives that, and
 * mon_reader_next() what is appended later.  Return 0 or -errno.
 */
void mon_reader_start(struct mon_reader *r);
int mon_reader_end(struct mon_reader *r);

/*
 * mon_reader_at(r):
 * Return the place in the file where ${r} stands, in bytes: that of the row which
 * mon_reader_next() looks at next.
 */
off_t mon_reader_at(const struct mon_reader *r);

/*
 * mon_reader_line(r, ret, len), mon_reader_is_bad(r):
 * For the ledger, whose rows are no records: set ${ret} and ${len} to the next line without its
 * LF, whatever the filter; return 1, 0 or -errno as mon_reader_next() does.  Lines longer than
 * MON_ROW_MAX count as bad and do not come.  A line that is no row is counted by
 * mon_reader_is_bad(), which must follow at once.
 */
int mon_reader_line(struct mon_reader *r, const char **ret, size_t *len);
void mon_reader_is_bad(struct mon_reader *r);

/*
 * mon_reader_bad_line(r):
 * Return the number of the first bad line, counted from 1, the header; 0 if there is none or it
 * cannot be counted.  It reads the file up to there.
 */
size_t mon_reader_bad_line(const struct mon_reader *r);

/* ---- one day ---- */

struct mon_reader_day {
	long day;           /* stamp.h; -1: not known */
	int dirfd;          /* its folder, or -1 */
	int err[MON_KINDS]; /* why a file that is there could not be opened or read: -errno; or 0 */
	struct mon_reader file[MON_KINDS];

	/* The rest is the reader's own. */
	int basefd; /* the folder of the days, which is the caller's, or -1 */
	struct mon_reader_filter filter;
	unsigned heads;           /* mask of the kinds of which ${head} holds the next row */
	int last;                 /* the kind that was handed out last; -1: none */
	char time[MON_STAMP_LEN]; /* ... and its stamp */
	struct mon_rec head[MON_KINDS];
};

/*
 * mon_reader_day_open(d, basefd, day, filter):
 * Open the folder of ${day} in the Monitor folder ${basefd}, and those files of it that
 * ${filter} (NULL: all rows) wants.  ${basefd} must stay open as long as ${d}.  Return 0 with ${d} to be closed by mon_reader_day_close(),
 * also if some or all files cannot be opened: see ${d->err}, which stays 0 for a missing one.
 * -ENOENT if there is no such day, or another -errno of mon_day_open(); ${d} is closed then.
 */
int mon_reader_day_open(
    struct mon_reader_day *d, int basefd, long day, const struct mon_reader_filter *filter);

/*
 * mon_reader_day_take(d, dirfd, day, filter):
 * The same of an open folder, which belongs to ${d} from here on; ${day} may be -1.
 */
int mon_reader_day_take(
    struct mon_reader_day *d, int dirfd, long day, const struct mon_reader_filter *filter);

/*
 * mon_reader_day_none(d):
 * Begin a day without a folder, to whose ${file} others give what they have (mon_reader_take()):
 * after the last one call mon_reader_day_want().
 */
void mon_reader_day_none(struct mon_reader_day *d);

/*
 * mon_reader_day_file(d, fd, filter):
 * Open a file alone as a day, of the kind that its header says; ${fd} belongs to ${d} from here
 * on.  Return 0, or an error of mon_reader_take(); ${d} is closed then.
 */
int mon_reader_day_file(struct mon_reader_day *d, int fd, const struct mon_reader_filter *filter);

/*
 * mon_reader_day_want(d, filter):
 * As mon_reader_want(), for all files.  What cannot be read is in ${d->err}.
 */
void mon_reader_day_want(struct mon_reader_day *d, const struct mon_reader_filter *filter);

/*
 * mon_reader_day_next(d, ret):
 * The next row of the day by time, rows of one stamp in the order of the kinds, rows of one kind
 * always in the order of their file: so mon-split makes the same files of them.  Return 1, or 0
 * if there is none at present.  ${ret} lives until the next call.
 */
int mon_reader_day_next(struct mon_reader_day *d, struct mon_rec *ret);

/*
 * mon_reader_day_end(d):
 * Stand behind the last row of each file: mon_reader_day_next() gives what is appended later.
 */
void mon_reader_day_end(struct mon_reader_day *d);

/*
 * mon_reader_day_refresh(d):
 * When mon_reader_day_next() had no more: open the files that came into the folder since it was
 * opened, or came in the place of others that were deleted or moved away, at their start.  Return
 * false if the folder itself is gone, or another has its name: then close ${d} and open the day anew.
 */
bool mon_reader_day_refresh(struct mon_reader_day *d);

#define MON_READER_TROUBLE_MAX 512 /* for a sentence with two names and an errno */

/*
 * mon_reader_day_trouble(d, kind, ret, cap):
 * Write to ${ret} what was wrong with the file of ${kind} so far, as a sentence for a person that
 * has the day and the file's name in it, and return true; return false if nothing was.  Call it
 * before ${d} is closed.
 */
bool mon_reader_day_trouble(
    const struct mon_reader_day *d, enum mon_kind kind, char *ret, size_t cap);

/*
 * mon_reader_day_close(d):
 * Close all; the counters stay, ${d->err}, too.  Calling it again does nothing.
 */
void mon_reader_day_close(struct mon_reader_day *d);

#endif /* !MON_READER_H */
