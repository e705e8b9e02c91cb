/*
 * source.h - the parts of the record that a person names on a command line: days, the folders of
 * days, archives and CSV files.  One place for mon-cat, mon-report and mon-top, so that the same
 * words mean the same.
 *
 * Like tool.h it is only for tools: what cannot be read is told on stderr here, and noted.
 */
#ifndef MON_SOURCE_H
#define MON_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "reader.h"

struct mon_source {
	struct mon_reader_filter filter;
	struct mon_exclude vms; /* what ${filter.vms} may point to */
	const char *dir;        /* the Monitor folder, for messages */
	int basefd;             /* the same, open; -1: not yet */
	time_t now;
	bool missed; /* something could not be read: exit 1 */
	bool odd;    /* lines that are no rows, or a foreign file: exit 3 */

	/*
	 * What is done with each open ${day}, that was named ${name}.  Return 0 to go on, or
	 * another value, which ends all.
	 */
	int (*visit)(void *ctx, struct mon_reader_day *day, const char *name);
	void *ctx;
};

/*
 * mon_source_time(source, what, text, day, end, ret):
 * Read ${text}, the value of the option ${what}, as mon_when_time() does; NULL leaves ${ret}
 * alone.  Return false after the message was printed.
 */
bool mon_source_time(const struct mon_source *source, const char *what, const char *text, long day,
    bool end, time_t *ret);

/*
 * mon_source_times(source, words, n, from, to, ret_day):
 * Set the times of the filter from --from and --to, which may be NULL, and ${ret_day} to the day
 * whose times of the day they are: that of the only one of the ${n} ${words}, else today.  Return
 * false after the message was printed.
 */
bool mon_source_times(struct mon_source *source, char *const words[], size_t n, const char *from,
    const char *to, long *ret_day);

/*
 * mon_source_base(source):
 * Open the Monitor folder, if it is not yet.  Return its descriptor, or -errno after the message
 * was printed.
 */
int mon_source_base(struct mon_source *source);

/*
 * mon_source_no_day(source, number, err):
 * Say why day ${number} of the Monitor folder could not be opened: ${err} of mon_day_open().
 */
void mon_source_no_day(const struct mon_source *source, long number, int err);

/*
 * mon_source_take(source, word):
 * Visit what ${word} names: a day (when.h), the folder of one, an archive or a CSV file.  Return
 * what the visit did, or 0 if it cannot be opened: then the message was printed, and
 * ${source->missed} is set.
 */
int mon_source_take(struct mon_source *source, const char *word);

/*
 * mon_source_day(source, number):
 * The same of one day of the Monitor folder.
 */
int mon_source_day(struct mon_source *source, long number);

/*
 * mon_source_days(source, beside, ret, ret_n):
 * List the days of the Monitor folder that have a part of the time of the filter, oldest first;
 * with ${beside} one more on both sides, as rows may have been filed in another time zone.  ${ret}
 * is to be freed.  Return false after the message was printed.
 */
bool mon_source_days(struct mon_source *source, bool beside, long **ret, size_t *ret_n);

/*
 * mon_source_tell(source, from, label, told):
 * Print what is wrong with the files of the day ${from}, led by ${label} ("" or a name and a
 * colon), but for the kinds in the mask ${told}; they are added to it.
 */
void mon_source_tell(struct mon_source *source, const struct mon_reader_day *from,
    const char *label, unsigned *told);

#endif /* !MON_SOURCE_H */
