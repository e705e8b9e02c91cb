/*
 * list.h - dom0's answer to admin.vm.List.
 *
 *	answer  = "0" NUL { line }		or "2" NUL exception, or nothing: an error
 *	line    = NAME { " " KEY "=" VALUE } LF
 *
 * (Qubes OS Admin API; seen on 4.2.)  An error comes with exit code 0, so only the first two
 * bytes tell.  Keys other than state are skipped: 4.3 adds uuid.
 *
 * Pure: no I/O, no malloc, no locale, no globals.  Defined for every (buf, len), NULs included.
 */
#ifndef MON_LIST_H
#define MON_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "line.h"
#include "wire.h"

struct mon_list {
	struct mon_line lines;
};

/*
 * mon_list_init(list, answer, len):
 * Begin to read the ${len} bytes of ${answer}.  Return false, ${list} untouched, if it is no
 * list but an error.
 */
bool mon_list_init(struct mon_list *list, char *untrusted_answer, size_t len);

/*
 * mon_list_next(list, ret_vm, ret_state):
 * Return MON_LINE_OK with the next qube's name and state, both checked, in the answer's bytes;
 * MON_LINE_EOF at the end; MON_LINE_LONG or MON_LINE_CUT for a line that was dropped because
 * it is too long, has no good name or state, or is not ended.  But for MON_LINE_OK both are
 * untouched.
 */
int mon_list_next(struct mon_list *list, struct mon_str *ret_vm, struct mon_str *ret_state);

/*
 * mon_list_is_running(state):
 * Is this the state of a qube that may be asked?  Polling any other hangs or starts it.
 */
bool mon_list_is_running(struct mon_str state);

/*
 * mon_list_error(untrusted_answer, len, dst):
 * Write the name of the exception that the answer holds ("none" if it holds none), made
 * harmless, to ${dst}, which has room for MON_WORD_MAX bytes and a NUL.
 */
void mon_list_error(const char *untrusted_answer, size_t len, char *dst);

#endif /* !MON_LIST_H */
