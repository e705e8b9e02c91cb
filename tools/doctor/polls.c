/* polls.c - is every running qube asked, and does it answer?  See polls.h. */
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "polls.h"
#include "qubes.h"

#define STALE_S 60   /* six polls of 10 s: one or two are lost when dom0 is busy */
#define CURRENT_S 60 /* a row this much older than the last one: its qube is not asked any more */
#define MUCH_BYTES (MON_ANSWER_MAX / 4) /* ten common answers; in a day the default quota */
#define AHEAD_S 5 /* a row of a moment ago may be ahead of --now, or of a clock just set */

/* What to tell of each result but ok; %s is the qube. */
static const struct {
	enum mon_finding_level level;
	const char *what, *remedy;
} results[MON_RESULTS] = {
	[MON_RESULT_REFUSED] = { MON_FINDING_FAIL, "it runs, and the call is refused by policy",
	    "in dom0, /etc/qubes/policy.d/30-metrics.policy needs: qubes.Metrics.Get + sys-monitor "
	    "@anyvm allow autostart=no notify=no; if it does: restart %s, it has no free qrexec "
	    "port" },
	[MON_RESULT_NO_HANDLER] = { MON_FINDING_WARN, "it has no handler qubes.Metrics.Get",
	    "install sys-monitor-guest in its template, shut the template down, restart %s; if it "
	    "never can answer (Windows, a unikernel), name it in the setting MON_NO_HANDLER" },
	[MON_RESULT_TIMEOUT] = { MON_FINDING_WARN, "it gave no whole answer in time",
	    "ask it now: mon-scrape %s; if it hangs again, restart it" },
	[MON_RESULT_BACKOFF] = { MON_FINDING_WARN,
	    "it gave no answer in time before, and is left alone for up to a quarter of an hour",
	    "ask it now: mon-scrape %s; if it hangs again, restart it" },
	[MON_RESULT_FAILED] = { MON_FINDING_WARN, "its handler failed, or said nothing of use",
	    "mon-scrape %s tells the exit code; then, in that qube: sudo "
	    "/etc/qubes-rpc/qubes.Metrics.Get" },
	[MON_RESULT_TOO_BIG] = { MON_FINDING_WARN,
	    "its answer is over the bounds, or over its quota, and is cut off",
	    "look at what it sends: mon-scrape %s; a program in its /etc/mon-sample.d may be at "
	    "fault; if it should, raise MON_QUOTA; if not, exclude it (MON_EXCLUDE)" },
	[MON_RESULT_SKIPPED] = { MON_FINDING_WARN, "the poll ended before it had its time",
	    "other qubes hang: see their lines; or raise MON_PARALLEL. To ask it now: mon-scrape "
	    "%s" },
};

bool
mon_polls_age(struct mon_findings *findings, const struct mon_polls *polls)
{
	static const char look[] =
	    "sudo systemctl start monitor-poll; then: sudo journalctl -u monitor-poll -n 20";
	const time_t limit = 3 * polls->period > STALE_S ? 3 * polls->period : STALE_S;
	char span[MON_HUMAN_MAX];
	long long age = (long long)polls->now - polls->tail->last;

	if (polls->tail->last == 0) {
		mon_finding_tell(findings, MON_FINDING_FAIL, look,
		    "poll: no row of scrape.csv yesterday or today");
		return false;
	}
	if (polls->tail->bad > 0)
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "find who else writes there: ls -la ~/Monitor",
		    "poll: %s at the end of scrape.csv that %s no row of it",
		    mon_human_plural(polls->tail->bad, "line", span),
		    polls->tail->bad == 1 ? "is" : "are");
	if (age < -AHEAD_S) {
		mon_finding_tell(findings, MON_FINDING_FAIL, "see the line on the clock",
		    "poll: the last row is %s ahead of the clock", mon_human_duration(-age, span));
		return false;
	}
	if (age > limit) {
		mon_finding_tell(findings, MON_FINDING_FAIL, look, "poll: the last row is %s old",
		    mon_human_duration(age > 0 ? age : 0, span));
		return false;
	}
	mon_finding_tell(findings, MON_FINDING_OK, NULL, "poll: the last row is %s old",
	    mon_human_duration(age > 0 ? age : 0, span));
	return true;
}

/* Tell of one running qube that is to be asked.  Return whether it answered well. */
static bool
judge(struct mon_findings *findings, const char *vm, const struct mon_tail_row *row)
{
	char remedy[512], figure[MON_HUMAN_MAX];

	if (row == NULL) {
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "look again in a minute, it may just have started; then: systemctl cat "
		    "monitor-poll",
		    "%s: it runs, and the last polls did not ask it", vm);
		return false;
	}
	if (row->result == MON_RESULT_OK && row->rejected > 0) {
		snprintf(
		    remedy, sizeof(remedy), "mon-scrape %s >/dev/null tells what is wrong", vm);
		mon_finding_tell(findings, MON_FINDING_WARN, remedy,
		    "%s: it answers, but %s of it %s dropped", vm,
		    mon_human_plural(row->rejected, "line", figure),
		    row->rejected == 1 ? "was" : "were");
		return false;
	}
	if (row->result == MON_RESULT_OK && row->bytes > MUCH_BYTES) {
		snprintf(remedy, sizeof(remedy),
		    "look at what it sends: mon-scrape %s; if it should not, exclude it "
		    "(MON_EXCLUDE)",
		    vm);
		mon_finding_tell(findings, MON_FINDING_WARN, remedy,
		    "%s: it answers, but at %s a poll it uses up its quota, or fills the "
		    "disk if that was raised",
		    vm, mon_human_bytes(row->bytes, figure));
		return false;
	}
	if (row->result == MON_RESULT_OK)
		return true;
		/* The remedies are ours, and each holds one %s. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(remedy, sizeof(remedy), results[row->result].remedy, vm);
#pragma GCC diagnostic pop
	mon_finding_tell(
	    findings, results[row->result].level, remedy, "%s: %s", vm, results[row->result].what);
	return false;
}

void
mon_polls_qubes(struct mon_findings *findings, const struct mon_polls *polls)
{
	size_t good = 0, running = 0, excluded = 0, halted = 0, mute = 0;

	for (size_t i = 0; i < polls->dom0->n; i++) {
		const struct mon_dom0_qube *q = &polls->dom0->qube[i];
		const struct mon_tail_row *row = mon_tail_find(polls->tail, q->vm);

		if (strcmp(q->vm, MON_QUBES_DOM0) == 0 || strcmp(q->vm, polls->self) == 0)
			continue;
		if (!q->running) {
			halted++;
			continue;
		}
		if (mon_exclude_match(polls->exclude, q->vm)) {
			excluded++;
			continue;
		}
		if (mon_exclude_match(polls->mute, q->vm) &&
		    (row == NULL || row->result != MON_RESULT_OK)) {
			mute++;
			continue;
		}
		running++;
		if (row != NULL && row->ts < polls->tail->last - CURRENT_S)
			row = NULL;
		good += judge(findings, q->vm, row);
	}
	if (running == 0)
		mon_finding_tell(
		    findings, MON_FINDING_OK, NULL, "qubes: none runs that is to be asked");
	else if (good > 0)
		mon_finding_tell(findings, MON_FINDING_OK, NULL,
		    "qubes: %zu of %zu running ones answer (besides: %zu not running, %zu excluded, "
		    "%zu without a handler by MON_NO_HANDLER)",
		    good, running, halted, excluded, mute);
}
