/*
 * tail.h - the last rows of a day's scrape.csv: how the last question to each qube went.
 *
 * Only the end of the file is read, whatever its size.  The file is ours, but whoever can
 * write the folder can write it: each row is checked as strictly as a guest's line.
 */
#ifndef MON_TAIL_H
#define MON_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "caps.h"
#include "target.h"

struct mon_tail_row {
	time_t ts;
	char vm[MON_VM_MAX + 1]; /* checked, zero-padded */
	enum mon_target_result result;
	uint64_t bytes, rejected;
	size_t at; /* its place among the rows that were read */
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
 * mon_tail_parse(untrusted, len, ret):
 * Read one row of ${len} bytes, without its LF.  Return false, ${ret} untouched, if it is none.
 */
bool mon_tail_parse(const char *untrusted, size_t len, struct mon_tail_row *ret);

/*
 * mon_tail_learn(tail, untrusted, len):
 * Take the ${len} bytes of whole or cut lines into ${tail}, and change nothing else of it than
 * its qubes, ${last}, ${newest}, ${rows} and ${bad}.  What is not ended by LF is left out.
 */
void mon_tail_learn(struct mon_tail *tail, char *untrusted, size_t len);

/*
 * mon_tail_read(dayfd, ret):
 * Read the last MON_TAIL_BYTES of the scrape.csv in the folder ${dayfd}.  Return 0; -ENOENT if
 * there is none; -EBADMSG if its first line is another header; -ELOOP or -ENXIO if it is no
 * regular file; or another -errno.  On failure ${ret} is untouched.
 */
int mon_tail_read(int dayfd, struct mon_tail *ret);

/*
 * mon_tail_find(tail, vm):
 * Return the last row of the qube ${vm}, or NULL.
 */
const struct mon_tail_row *mon_tail_find(const struct mon_tail *tail, const char *vm);

#endif /* !MON_TAIL_H */
