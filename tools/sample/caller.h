/*
 * caller.h - who asks for a sample, and what for.
 *
 * Behind a socket service (see docs/man/mon-sample.1) qrexec's agent sends, before anything
 * that the client sends:
 *
 *	SERVICE "+" ARGUMENT " " SOURCE NUL
 *
 * An executable service is told the same by QREXEC_REMOTE_DOMAIN, QREXEC_SERVICE_ARGUMENT and
 * argv[1].
 */
#ifndef MON_CALLER_H
#define MON_CALLER_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"

struct mon_caller {
	char name[MON_VM_MAX + 1];             /* the qube that asks; "": run by hand */
	char argument[MON_DESCRIPTOR_MAX + 1]; /* "": none */
};

/*
 * mon_caller_parse(untrusted, len, ret):
 * Read a service descriptor of ${len} bytes, without its NUL.  Return false, ${ret} untouched,
 * if it is not of the form above with a name of a qube, or if service and argument hold other
 * bytes than letters, digits and "._+-".  An old agent leaves out the "+" of no argument.
 *
 * Pure: defined for every (untrusted, len).
 */
bool mon_caller_parse(const char *untrusted, size_t len, struct mon_caller *ret);

/*
 * mon_caller_is_socket(fd, unnamed_too):
 * Does a socket service's descriptor come on ${fd}?  A unix(7) stream socket that was accepted
 * has the name of the one that listened.  One without a name may be a pair that an executable
 * service got: it counts only with ${unnamed_too}.
 */
bool mon_caller_is_socket(int fd, bool unnamed_too);

/*
 * mon_caller_read(fd, timeout_ms, ret):
 * Read the descriptor from the socket ${fd}; what stands behind its NUL is the client's, and
 * not looked at.  Return 0; -ENODATA if the other side closed it without a word; -ETIMEDOUT if
 * the descriptor was not whole after ${timeout_ms}; -EBADMSG if it is none, or longer than
 * MON_DESCRIPTOR_MAX; or another -errno.  On failure ${ret} is untouched.
 */
int mon_caller_read(int fd, unsigned timeout_ms, struct mon_caller *ret);

#endif /* !MON_CALLER_H */
