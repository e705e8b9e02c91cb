/*
 * cat.h - what mon-cat is made of: where rows come from, and where their lines go.
 */
#ifndef MON_CAT_H
#define MON_CAT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "reader.h"

/* One run; static, for its size. */
struct mon_cat {
	struct mon_reader_filter filter;
	struct mon_exclude vms; /* what ${filter.vms} points to */
	const char *dir;        /* the Monitor folder, for messages */
	int basefd;             /* the same, open; -1: not yet */
	time_t now;
	bool missed; /* something could not be read: exit 1 */
	bool odd;    /* lines that are no rows, or a foreign file: exit 3 */

	size_t rows; /* printed */
	size_t len;  /* of the lines that are on their way to stdout */
	char out[MON_CAT_BUF];
};

/*
 * mon_cat_base(cat):
 * Open the Monitor folder, if it is not yet.  Return its descriptor, or -errno after the message
 * was printed.
 */
int mon_cat_base(struct mon_cat *cat);

/*
 * mon_cat_drain(cat, day):
 * Print the lines of all rows that ${day} has at present; some may stay in ${cat->out}.  Return 0,
 * or -errno after the message was printed.
 */
int mon_cat_drain(struct mon_cat *cat, struct mon_reader_day *day);

/*
 * mon_cat_flush(cat):
 * Print what is in ${cat->out}.  Return 0, or -errno after the message was printed.
 */
int mon_cat_flush(struct mon_cat *cat);

/*
 * mon_cat_tell(cat, day, label, told):
 * Print what is wrong with the files of ${day}, led by ${label} ("" or a name and a colon), but
 * for the kinds in the mask ${told}; they are added to it.
 */
void mon_cat_tell(
    struct mon_cat *cat, const struct mon_reader_day *day, const char *label, unsigned *told);

/*
 * mon_cat_source(cat, word):
 * Print all rows of ${word}: a day, the folder of one, an archive or a CSV file.  What cannot be
 * read is told, and noted in ${cat->missed}.  Return 0, or -errno if stdout cannot be written.
 */
int mon_cat_source(struct mon_cat *cat, const char *word);

/*
 * mon_cat_days(cat, ret, ret_n):
 * List the days of the Monitor folder in which rows of the times of the filter can be, oldest
 * first; ${ret} is to be freed.  Return false after the message was printed.
 */
bool mon_cat_days(struct mon_cat *cat, long **ret, size_t *ret_n);

/*
 * mon_cat_day(cat, number):
 * Print all rows of one day.  Return as mon_cat_source() does.
 */
int mon_cat_day(struct mon_cat *cat, long number);

/*
 * mon_cat_wait(cat):
 * Open the Monitor folder; where there is none, wait until somebody makes it.  Return false if
 * nobody did while stdout had a reader, or after the message was printed.
 */
bool mon_cat_wait(struct mon_cat *cat);

/*
 * mon_cat_follow(cat, days, n, all):
 * Print the rows of the ${n} ${days} if ${all}, then all that are filed from now on, into
 * whichever day, until stdout has no reader or cannot be written.  ${days} are those that rows may
 * still be filed into, or more.  The Monitor folder is open.  Return 0, or -errno after the message
 * was printed.
 */
int mon_cat_follow(struct mon_cat *cat, const long *days, size_t n, bool all);

#endif /* !MON_CAT_H */
