/*
 * echo.h - is an entry of the journal the poll's own echo?
 *
 * Calling a service is logged in the guest, and would be the next alert for ever.  What is left
 * out is told by what it is: one table, with a reason for each row.  An error of qrexec or PAM
 * is none of them, and neither is a program that has a name like theirs.
 *
 * Pure: no I/O, no malloc.
 */
#ifndef MON_ECHO_H
#define MON_ECHO_H

#include <stdbool.h>

#include "state.h"
#include "str.h"

/* What an entry says; n = 0: it has no such field. */
struct mon_echo_entry {
	struct mon_str untrusted_ident, untrusted_message;
	struct mon_str uid; /* of who wrote it, as journald saw it (_UID) */
};

/*
 * mon_echo_is(entry, logins):
 * Is ${entry} an echo?  Some records of a login name no program, only a PID: they are known by
 * one before them that does, so ${logins} is kept from one entry to the next.
 */
bool mon_echo_is(const struct mon_echo_entry *entry, struct mon_logins *logins);

#endif /* !MON_ECHO_H */
