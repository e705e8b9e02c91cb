/* run.c - one run: all are asked, their answers filed, how it went remembered; see run.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "cleanup.h"
#include "clock.h"
#include "dir.h"
#include "history.h"
#include "human.h"
#include "run.h"
#include "tool.h"
#include "warn.h"

static struct mon_run *run; /* of the functions that mon_calls_run() calls */

static const char *const *
command(const struct mon_target *target)
{
	static const char *argv[4];

	if (run->local) {
		argv[0] = run->sampler;
		argv[1] = NULL;
	} else {
		argv[0] = "qrexec-client-vm";
		argv[1] = target->vm;
		argv[2] = run->take && target->older == MON_OLDER_NONE ? "qubes.Metrics.Get+take"
								       : "qubes.Metrics.Get";
		argv[3] = NULL;
	}
	return argv;
}

/* Is it an older policy or sampler that failed with the argument?  Then try without. */
static bool
again(struct mon_target *t, const char *untrusted, size_t len, int exit_code)
{
	if (!run->take || run->local || t->older != MON_OLDER_NONE)
		return false;
	if (t->result == MON_RESULT_REFUSED)
		t->older = MON_OLDER_POLICY;
	else if (t->result == MON_RESULT_FAILED && exit_code > 0 &&
		 mon_intake_frame(untrusted, len) == MON_FRAME_NONE)
		t->older = MON_OLDER_SAMPLER;
	return t->older != MON_OLDER_NONE;
}

/* What the answer to the last question says of that. */
static void
learn_older(struct mon_target *t)
{
	if (t->result == MON_RESULT_TIMEOUT || t->result == MON_RESULT_SKIPPED)
		return;
	/* Without an answer in the old way either it is no older version, just out of order. */
	if (t->result != MON_RESULT_OK && t->result != MON_RESULT_TOO_BIG)
		t->older = MON_OLDER_NONE;
	else if (t->older == MON_OLDER_SAMPLER && t->frame != MON_FRAME_NONE)
		t->older = MON_OLDER_NONE; /* it has been updated */
}

/* File one answer: its good lines and how it went, by one write. */
static int
ended(struct mon_target *target, char *untrusted, size_t len, int exit_code)
{
	enum mon_wire_err reason = MON_WIRE_OK;
	size_t n;
	int r;

	n = mon_intake_lines(
	    untrusted, len, run->take || run->peek, run->ts, target, run->output, &reason);
	n += mon_intake_report(run->ts, target, run->output + n);
	if (target->result != MON_RESULT_OK || target->rejected > 0)
		run->partial = true;
	if (target->unknown > 0 && run->unknown == 0)
		memcpy(run->from, target->vm, sizeof(run->from));
	run->unknown += target->unknown;
	learn_older(target);
	if (target->result != target->last || run->by_name)
		mon_warn_target(run, target, exit_code, reason);
	r = mon_tool_write(run->output, n);
	run->output_lost = r < 0;
	return r;
}

/* Report the qubes that were left out of this run: they have no answer to end. */
static int
report_unasked(void)
{
	for (size_t i = 0; i < run->targets.n; i++) {
		const struct mon_target *t = &run->targets.list[i];
		bool unasked = t->result == MON_RESULT_BACKOFF ||
			       (t->result == MON_RESULT_SKIPPED && !t->asked);

		if (!unasked)
			continue;
		run->partial = true;
		if (mon_tool_write(run->output, mon_intake_report(run->ts, t, run->output)) < 0)
			return -EIO;
	}
	return 0;
}

/* The folder of the history, made if need be; -1 if there is none: then nothing is remembered. */
static int
open_history(const char *option)
{
	const char *dir = mon_tool_value(option, "RUNTIME_DIRECTORY", NULL);
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char path[4096] = "";
	int fd;

	if (dir != NULL)
		(void)snprintf(path, sizeof(path), "%s", dir);
	else if (runtime != NULL && *runtime == '/')
		(void)snprintf(path, sizeof(path), "%s/sys-monitor", runtime);
	else
		return -1;
	fd = mon_dir_open(path, true);
	if (fd < 0)
		mon_tool_warn(fd,
		    "cannot open '%s': who does not answer is not remembered; "
		    "see --state-dir",
		    path);
	return fd;
}

int
mon_run_scrape(struct mon_run *this_run, const char *state_dir)
{
	char count[MON_HUMAN_MAX];
	const struct mon_calls calls = { .targets = &this_run->targets,
		.timeout_ms = this_run->timeout_ms,
		.deadline_ms = this_run->deadline_ms,
		.fresh_max = this_run->parallel,
		.command = command,
		.again = again,
		.ended = ended };
	cleanup_fd int history = this_run->local ? -1 : open_history(state_dir);
	/* No one but us sets it; where --now is given all clocks follow that. */
	const time_t clock = this_run->own_clock ? this_run->now : mon_clock_boot();
	int r;

	run = this_run;
	/* Where nothing is remembered, each run is the first.  A person sees all that comes. */
	for (size_t i = 0; i < run->targets.n; i++)
		run->targets.list[i].allowed = run->targets.list[i].allowed_figures =
		    run->targets.quota.most;
	if (history >= 0) {
		r = mon_history_recall(history, clock, !run->by_name, &run->targets);
		if (r < 0)
			mon_tool_warn(
			    r, "cannot read who answered last time: all qubes count as new");
	}
	mon_target_sort(&run->targets);
	r = mon_calls_run(&calls);
	if (r == -ENOENT)
		mon_tool_error(0, run->local ? "mon-sample is neither beside mon-scrape nor on PATH"
					     : "qrexec-client-vm is not on PATH: is this a qube? "
					       "Without Qubes OS, use --local");
	else if (r == -EINTR)
		mon_tool_error(0, "stopped by a signal");
	else if (r < 0 && !run->output_lost) /* which was told when it happened */
		mon_tool_error(r, "cannot ask all qubes");
	if (r == 0)
		r = report_unasked();
	if (run->unknown > 0)
		mon_tool_warn(0,
		    "left out %s of kinds that this version does not know, the first from %s: "
		    "update sys-monitor to file them",
		    mon_human_plural(run->unknown, "line", count), run->from);
	/* After a failure too: what was filed by then counts. */
	if (history >= 0) {
		int kept = mon_history_keep(history, clock, &run->targets);

		if (kept < 0)
			mon_tool_warn(kept, "cannot remember who answered, and what was filed");
	}
	if (r < 0)
		return MON_EX_FAIL;
	return run->partial ? MON_EX_PARTIAL : MON_EX_OK;
}
