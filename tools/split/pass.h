/*
 * pass.h - mon-split --pass: print each line once its row is on the disk.
 *
 * The record comes first: a reader that is gone, or does not take all within MON_PASS_MS, is left
 * behind.
 */
#ifndef MON_PASS_H
#define MON_PASS_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"
#include "wire.h"

/*
 * So many bytes of lines wait for their rows: fewer than mon_recorder_add() gathers of one kind,
 * so all rows of these lines are gathered, and none is filed before mon_recorder_flush().
 */
#define MON_PASS_BUF (MON_ROWS_BUF - MON_ROW_MAX)

/* All zero at the start. */
struct mon_pass {
	int left; /* why the reader was left behind: -errno, -ETIMEDOUT if it was too slow; or 0 */
	size_t len;
	char lines[MON_PASS_BUF];
};

/*
 * mon_pass_has_room(pass):
 * Is there room for one more line?  If not, flush the recorder, which has to call mon_pass_print().
 */
bool mon_pass_has_room(const struct mon_pass *pass);

/*
 * mon_pass_add(pass, rec):
 * Keep the line of ${rec}, whose row was gathered; there is room.
 */
void mon_pass_add(struct mon_pass *pass, const struct mon_rec *rec);

/*
 * mon_pass_print(pass, failed):
 * Print the lines that were kept, but for those of the kinds in the mask ${failed}, and forget
 * them all.  Once the reader is left behind nothing is printed any more, and stdout is closed for
 * it.
 */
void mon_pass_print(struct mon_pass *pass, unsigned failed);

#endif /* !MON_PASS_H */
