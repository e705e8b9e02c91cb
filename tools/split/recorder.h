/*
 * recorder.h - gather the rows of a stream and append them to the files of their days.
 *
 * Rows of one file are gathered and appended by one write.  The lock of the day is held only
 * while that is done, so two mon-split take turns within milliseconds.
 */
#ifndef MON_RECORDER_H
#define MON_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "caps.h"
#include "csv.h"
#include "schema.h"
#include "stamp.h"
#include "wire.h"

/* What happened to one file, for the person at the other end. */
struct mon_recorder_event {
	enum {
		MON_RECORDER_HEALED, /* a torn end of ${bytes} bytes was cut off; nothing else is lost */
		/*
		 * Could not check ${file} (NULL: all) of the previous day (or "") for torn rows: ${err}
		 */
		MON_RECORDER_UNHEALED,
		/* ${rows} rows could not be filed, because of ${err}; -ERANGE: their ${day}, "", is none */
		MON_RECORDER_LOST,
		MON_RECORDER_UNSURE, /* ${rows} rows are filed but not known to be on the disk: ${err} */
	} what;
	char day[MON_DAY_LEN + 1];
	const char *file; /* its name; NULL only as said above */
	size_t rows;
	off_t bytes;
	int err; /* -errno */
};

struct mon_recorder_file {
	char rows[MON_ROWS_BUF];
	size_t len;   /* bytes gathered */
	size_t nrows; /* rows gathered */
	bool open;    /* ${csv} is, from the first append up to the flush */
	struct mon_csv csv;
	size_t unsynced; /* rows appended since it was opened */
};

struct mon_recorder {
	int basefd;   /* the Monitor folder; the caller's */
	bool sync;    /* bring rows to the disk before mon_recorder_flush() returns */
	bool one_day; /* all rows go to ${day}, which the caller has set */
	void (*tell)(void *ctx, const struct mon_recorder_event *event);
	/*
	 * Called when all that was gathered is filed, and on the disk if so asked, and no lock is held;
	 * may be NULL.  ${failed} is a mask of 1 << enum mon_kind: some rows of these are not.
	 */
	void (*filed_all)(void *ctx, unsigned failed);
	void *ctx; /* for both */

	size_t filed; /* rows appended so far */
	size_t lost;  /* rows that could not be */

	/* The rest is the recorder's own; all zero at the start. */
	unsigned failed; /* what ${filed_all} will be told */
	bool has_day;
	long day;               /* of the rows gathered */
	char ts[MON_STAMP_LEN]; /* a stamp of that day, to spare the calendar for the next line */
	bool has_zone;          /* since the last flush the time zone was looked at */
	bool has_folder;
	int dayfd; /* the folder of ${day}, if ${has_folder} */
	struct mon_recorder_file files[MON_KINDS];
};

/*
 * mon_recorder_add(rec, line):
 * Gather the row of ${line} for the day of its own stamp, in local time.  A full buffer, or a
 * line of another day, makes what was gathered go to its file first.  What goes wrong there is
 * told and counted, not returned: rows of other files still have to be filed.  Return false if
 * the row itself has no day; that is told and counted, too.
 */
bool mon_recorder_add(struct mon_recorder *rec, const struct mon_rec *line);

/*
 * mon_recorder_flush(rec):
 * Append everything gathered, sync it if so asked, close the files, and call ${rec->filed_all}.
 * Call it when the input pauses, and at the end; then look at ${rec->lost}.
 */
void mon_recorder_flush(struct mon_recorder *rec);

#endif /* !MON_RECORDER_H */
