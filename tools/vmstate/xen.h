/*
 * xen.h - ask dom0 once what Xen says of each domain (admin.vm.Stats).
 */
#ifndef MON_XEN_H
#define MON_XEN_H

#include <stdbool.h>

#include "stats.h"

struct mon_xen {
	struct mon_stats domain[MON_VMS_MAX]; /* each once; strings in the answer's bytes */
	size_t n;
	struct mon_str running[MON_VMS_MAX]; /* set by the caller: who will be in a whole round */
	size_t nrunning;
	size_t at; /* in the stream */
	bool over; /* the first round has come */
	bool bad;  /* the stream cannot be read any further */
};

/*
 * mon_xen_learn(xen, untrusted, len):
 * Take the events that have come, from ${xen->at} on, until the first round is over: all that run were
 * told of, or one comes again.
 */
void mon_xen_learn(struct mon_xen *xen, const char *untrusted, size_t len);

/*
 * mon_xen_ask(xen, timeout_ms, ret_answer, ret_len):
 * Call admin.vm.Stats, and end the call when the first round is over, or after ${timeout_ms}.  What came
 * is in ${xen}; ${ret_answer} is the answer, for mon_qubes_error(), in static storage.  Return 0 if
 * some domain was told of; else the exit code of the call (> 0), -EPROTO for an answer that is no stream of
 * events, -ETIMEDOUT, or another -errno.
 */
int mon_xen_ask(struct mon_xen *xen, unsigned timeout_ms, const char **ret_answer, size_t *ret_len);

#endif /* !MON_XEN_H */
