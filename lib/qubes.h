/*
 * qubes.h - what dom0 and qrexec say: the list of the qubes, and exit codes.
 *
 *	answer  = "0" NUL { line }		or "2" NUL exception, or nothing: an error
 *	line    = NAME { " " KEY "=" VALUE } LF
 *
 * (Qubes OS Admin API, admin.vm.List; seen on 4.2 and 4.3.)  An error comes with exit code 0, so
 * only the first two bytes tell.  Keys other than class and state are skipped: 4.3 adds uuid.
 *
 * But for mon_qubes_ask(): no I/O, no malloc, no locale, no globals.  Defined for every (buf, len),
 * NULs included.
 */
#ifndef MON_QUBES_H
#define MON_QUBES_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"
#include "line.h"
#include "str.h"

#define MON_QUBES_DOM0 "dom0" /* in lists and calls: no qube, but the machine's own domain */

/* The exit codes of qrexec-client-vm that are not the service's own: qrexec.h of Qubes. */
enum mon_qrexec_exit {
	MON_QREXEC_CANNOT = 125,  /* the service cannot be run, or nobody listens on its socket */
	MON_QREXEC_REFUSED = 126, /* by the policy; or the qube is halted or unknown */
	MON_QREXEC_NO_SERVICE = 127, /* the qube has none of this name */
};

/* What dom0's policy needs for the list, and for its names. */
#define MON_QUBES_POLICY_LIST "admin.vm.List + sys-monitor @adminvm allow"
#define MON_QUBES_POLICY_NAMES "admin.vm.List + sys-monitor @anyvm allow target=@adminvm"

/* The states that a qube can have, as the list says them: get_power_state() of its qubesvm.py. */
#define MON_QUBES_STATES 9
#define MON_QUBES_RUNNING "Running" /* the one in which a qube answers */
extern const char *const mon_qubes_states[MON_QUBES_STATES];

/* One qube of the list: checked strings in the answer's bytes. */
struct mon_qube {
	struct mon_str vm, state;
	bool remote; /* class RemoteVM (4.3): a qube of another machine, over the network */
};

struct mon_qubes {
	struct mon_line lines;
};

/*
 * mon_qubes_init(list, answer, len):
 * Begin to read the ${len} bytes of ${answer}.  Return false, ${list} untouched, if it is no
 * list but an error.
 */
bool mon_qubes_init(struct mon_qubes *list, char *untrusted_answer, size_t len);

/*
 * mon_qubes_next(list, ret):
 * Return MON_LINE_OK with the next qube of the list; MON_LINE_EOF at the end; MON_LINE_LONG or
 * MON_LINE_CUT for a line that was dropped because it is too long, has no good name or state, or is
 * not ended.  But for MON_LINE_OK ${ret} is untouched.
 */
int mon_qubes_next(struct mon_qubes *list, struct mon_qube *ret);

/*
 * mon_qubes_is_running(state):
 * Is this the state of a qube that may be asked?  Polling any other hangs or starts it.
 */
bool mon_qubes_is_running(struct mon_str state);

/*
 * mon_qubes_error(untrusted_answer, len, dst):
 * Write the name of the exception that the answer holds ("none" if it holds none), made
 * harmless, to ${dst}, which has room for MON_WORD_MAX bytes and a NUL.
 */
void mon_qubes_error(const char *untrusted_answer, size_t len, char *dst);

/*
 * mon_qubes_ask(answer, cap, timeout_ms, ret_len):
 * Ask dom0 for the list by qrexec-client-vm, into ${answer}.  Return 0 with its length; the exit code
 * (> 0) of the call; or -errno: -ENOENT if this is no qube, -ETIMEDOUT, -EFBIG if there was more.
 */
int mon_qubes_ask(char *answer, size_t cap, unsigned timeout_ms, size_t *ret_len);

#endif /* !MON_QUBES_H */
