/*
 * run.h - one run of mon-scrape: all targets are asked, and their answers filed on stdout, checked and stamped.
 */
#ifndef MON_RUN_H
#define MON_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "caps.h"
#include "intake.h"
#include "stamp.h"
#include "target.h"

/* One run; static, for its size. */
struct mon_run {
	struct mon_targets targets; /* whom.h */
	char ts[MON_STAMP_LEN + 1];
	time_t now; /* the time of the stamps */
	char self[MON_VM_MAX + 1];
	char sampler[4096]; /* the path of mon-sample, for --local */
	char dir[4096];     /* whose volume is asked for room; "": none */
	bool local, by_name, take, peek;
	unsigned timeout_ms, deadline_ms, parallel;
	bool own_clock;            /* --now was given: all clocks follow it */
	size_t unknown;            /* lines of kinds that we do not know, */
	char from[MON_VM_MAX + 1]; /* and who sent the first of them */
	bool output_lost;          /* stdout failed, and that was told */
	bool partial;              /* some qube did not answer in full, or some input was bad */
	char output[MON_INTAKE_MAX + MON_ROW_MAX];
};

/*
 * mon_run_scrape(run, state_dir):
 * Ask the targets of ${run}, and remember in the folder of the history how it went: ${state_dir}, else that of
 * systemd or of the session; without any, nothing is remembered.  Return an exit code (tool.h), having said what
 * went wrong.
 */
int mon_run_scrape(struct mon_run *run, const char *state_dir);

#endif /* !MON_RUN_H */
