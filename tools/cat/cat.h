/*
 * cat.h - what mon-cat is made of: where rows come from, and where their lines go.
 */
#ifndef MON_CAT_H
#define MON_CAT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "reader.h"
#include "source.h"

/* One run; static, for its size. */
struct mon_cat {
	struct mon_source source;
	bool waited; /* there was no Monitor folder: all that is in it came since we began */

	size_t rows; /* printed */
	size_t len;  /* of the lines that are on their way to stdout */
	char out[MON_CAT_BUF];
};

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
