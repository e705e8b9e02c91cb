/* warn.c - what a person should know of an answer; see warn.h. */
#include <stdio.h>

#include "caps.h"
#include "human.h"
#include "intake.h"
#include "known.h"
#include "quota.h"
#include "tool.h"
#include "warn.h"

/* Why lines of ${t} were dropped, in its words, and what to do. */
static void
warn_quota(const struct mon_run *run, const struct mon_target *t)
{
	const struct mon_quota *quota = &run->targets.quota;
	char share[MON_HUMAN_MAX], left[MON_HUMAN_MAX];
	const char *size = mon_human_bytes(mon_quota_share(quota), share);

	if (mon_quota_has_room(quota))
		mon_tool_warn(0,
		    "%s: sent more than the %s that a qube may have filed a day: %zu of its lines are "
		    "dropped; see what it sends (mon-scrape --peek %s), then exclude it or raise MON_QUOTA",
		    t->vm, size, t->rejected, t->vm);
	else
		mon_tool_warn(0,
		    "%s: sent more than its share of a volume that has only %s left (%s): %s a day; %zu "
		    "of its lines are dropped; see what it sends (mon-scrape --peek %s), then exclude "
		    "it, or make room",
		    t->vm, mon_human_bytes(quota->free, left), run->dir, size, t->rejected, t->vm);
}

/* Why ${t} was refused, as far as dom0's list is known. */
static void
warn_refused(const struct mon_target *t)
{
	switch (t->known) {
	case MON_KNOWN_ABSENT:
		mon_tool_warn(0, "%s: there is no such qube; mon-vmstate lists all", t->vm);
		break;
	case MON_KNOWN_NOT_RUNNING:
		mon_tool_warn(
		    0, "%s: refused: it does not run, and no qube is started to be asked", t->vm);
		break;
	case MON_KNOWN_RUNNING:
		mon_tool_warn(
		    0, "%s: refused: dom0's policy lacks qubes.Metrics.Get for it", t->vm);
		break;
	default:
		mon_tool_warn(0,
		    "%s: refused: it is not running, or the policy lacks "
		    "qubes.Metrics.Get for it",
		    t->vm);
		break;
	}
}

void
mon_warn_target(
    const struct mon_run *run, const struct mon_target *t, int exit_code, enum mon_wire_err reason)
{
	char count[MON_HUMAN_MAX];

	switch (t->result) {
	case MON_RESULT_OK:
		if (t->rejected > 0)
			mon_tool_warn(0, "%s: dropped %zu of %s; %s", t->vm, t->rejected,
			    mon_human_plural(t->rejected + t->lines, "line", count),
			    reason != MON_WIRE_OK ? mon_wire_reason(reason)
						  : "too many of one kind");
		break;
	case MON_RESULT_TIMEOUT: mon_tool_warn(0, "%s: no whole answer in time", t->vm); break;
	case MON_RESULT_REFUSED: warn_refused(t); break;
	case MON_RESULT_NO_HANDLER:
		mon_tool_warn(0,
		    "%s: has no qubes.Metrics.Get: install sys-monitor-guest in its "
		    "template, then restart it",
		    t->vm);
		break;
	case MON_RESULT_TOO_BIG:
		if (t->over_quota)
			warn_quota(run, t);
		else
			mon_tool_warn(0, "%s: answered more than %d bytes or %d lines: cut off",
			    t->vm, MON_ANSWER_MAX, MON_ANSWER_LINES);
		break;
	case MON_RESULT_FAILED:
		if (t->frame == MON_FRAME_CUT)
			mon_tool_warn(0, "%s: its answer was cut off before its end", t->vm);
		else if (exit_code > 0)
			mon_tool_warn(0, "%s: the call failed with exit code %d", t->vm, exit_code);
		else
			mon_tool_warn(0, "%s: no good line in its answer", t->vm);
		break;
	default: break; /* skipped and backoff are ours, and in scrape.csv */
	}
}
