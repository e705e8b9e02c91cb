/*
 * tail.h - the last rows of a day's scrape.csv: how the last question to each qube went.
 *
 * Only the end of the file is read, whatever its size.
 */
#ifndef MON_TAIL_H
#define MON_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "caps.h"
#include "result.h"

struct mon_tail_row {
	time_t ts;
	char vm[MON_VM_MAX + 1]; /* zero-padded */
	enum mon_result result;
	uint64_t bytes, rejected;
};

struct mon_tail {
	struct mon_tail_row qube[MON_VMS_MAX]; /* the last row of each; of more, the last ones */
	size_t n;
	time_t first;  /* stamp of the first row of the whole file; 0: no row */
	time_t last;   /* of the last row */
	time_t newest; /* the newest among the rows that were read */
	size_t rows;   /* read */
	size_t bad;    /* lines read that are no rows, but for one being written */
};

/*
 * mon_tail_read(dayfd, ret):
 * Read the last MON_TAIL_ROWS of the scrape.csv in the folder ${dayfd}.  Return 0, or what
 * mon_reader_open() returns; on failure ${ret} is untouched.
 */
int mon_tail_read(int dayfd, struct mon_tail *ret);

/*
 * mon_tail_find(tail, vm):
 * Return the last row of the qube ${vm}, or NULL.
 */
const struct mon_tail_row *mon_tail_find(const struct mon_tail *tail, const char *vm);

#endif /* !MON_TAIL_H */
