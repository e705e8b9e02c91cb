/*
 * calls.h - ask many qubes at once, none for longer than allowed (poll(2), pidfd_open(2)).
 *
 * At most ${fresh_max} calls are in their first MON_YIELD_MS; an older one keeps running to its
 * own deadline, but the next qube need not wait for it.  At most MON_CALLS_OPEN are open.
 */
#ifndef MON_CALLS_H
#define MON_CALLS_H

#include <stddef.h>

#include "target.h"

struct mon_calls {
	struct mon_targets *targets;
	unsigned timeout_ms;  /* for one answer */
	unsigned deadline_ms; /* for all of them, from now on */
	unsigned fresh_max;   /* MON_CALLS_FRESH in common; 1 to MON_CALLS_OPEN */

	/* The program and arguments that ask ${target}; valid until the next call. */
	const char *const *(*command)(const struct mon_target *target);
	/*
	 * The program that asked ${target} has ended with ${exit_code}: its result is set, and ${len}
	 * bytes came.  Return true to ask once more, by another command, in the time of a new
	 * question; then ${ended} is not called.
	 */
	bool (*again)(struct mon_target *target, const char *untrusted, size_t len, int exit_code);
	/*
	 * The question to ${target} has ended: its result, ms and bytes are set.  ${untrusted} is
	 * what it said.  ${exit_code} is the program's, for MON_RESULT_FAILED; -1 if it was killed.
	 * Return 0, or -errno to stop everything.
	 */
	int (*ended)(struct mon_target *target, char *untrusted, size_t len, int exit_code);
};

/*
 * mon_calls_run(calls):
 * Ask all targets that are to be asked, in their order.  Those that did not have their time
 * when the deadline comes have the result MON_RESULT_SKIPPED, without a call of ${ended} if
 * they were never asked.  Return 0; -EINTR after SIGINT, SIGTERM or SIGHUP; or another -errno
 * (-ENOENT: the program is not on PATH).  No program is left running in any case.  Blocks
 * these signals for the process.
 */
int mon_calls_run(const struct mon_calls *calls);

#endif /* !MON_CALLS_H */
