/*
 * sample.h - one sample: the state, what is printed, and its way to who asked.
 *
 * Only who asks with the argument "take" takes (or, as long as nobody in that qube has said "take", a caller
 * without an argument: a collector of 0.1.0): the place in the journal and the counters move on, after all of the
 * answer was read, and "end: N" is sent behind that.  All others look: they change nothing.
 *
 * No malloc but libsystemd's own.
 */
#ifndef MON_SAMPLE_H
#define MON_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "answer.h"
#include "caller.h"
#include "counters.h"
#include "served.h"
#include "state.h"
#include "statedirs.h"
#include "trouble.h"

/* 64 KiB and more: static, and without an initial value. */
struct mon_sample {
	/* Set by the caller: */
	const char *root; /* without a slash at its end, so "" is the root itself */
	bool live;        /* of this very machine */
	const char *dropins;
	struct mon_caller caller;
	int priority;
	unsigned timeout_ms; /* for all of it */
	int64_t start_ms;    /* mon_clock_ms() */
	uint64_t now_ns;     /* by the wall clock, since the epoch */

	int rootfd;
	bool take;      /* the state is replaced; else this is a look */
	bool no_alerts; /* they would come again with every sample, or are another one's */
	struct mon_statedirs kept;       /* of which the caller sets dir and lasting */
	struct mon_state state;          /* the next one */
	bool known;                      /* it holds counters of this boot */
	struct mon_counters before, now; /* of the last poll, and of this one */
	struct mon_served served;        /* what may hang, by the mounts of this sample */
	bool failed;                     /* some figures could not be read */
	struct mon_troubles troubles;
	struct mon_answer answer;
};

/*
 * mon_sample_start(now, s):
 * Take the clocks (${now}: a stamp instead of the wall clock's, or NULL) and start the deadline of
 * ${s->timeout_ms}: SIGALRM ends what hangs.  Return false, having said why, if ${now} is no stamp.
 */
bool mon_sample_start(const char *now, struct mon_sample *s);

/*
 * mon_sample_run(s):
 * Take or look, and write the answer to stdout.  Return an exit code (tool.h), having said what was wrong:
 * by hand on stderr, else by alerts.
 */
int mon_sample_run(struct mon_sample *s);

#endif /* !MON_SAMPLE_H */
