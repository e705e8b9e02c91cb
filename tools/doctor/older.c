/* older.c - which qubes know only the old call?  See older.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "dir.h"
#include "history.h"
#include "human.h"
#include "older.h"

#define NAMES_MAX 160 /* bytes of names in a line; the rest is a count */

/* The qubes of one reason. */
struct older {
	size_t n, shown, len;
	char names[NAMES_MAX];
};

static void
add(const char *vm, enum mon_older why, void *cookie)
{
	struct older *o = (struct older *)cookie + why;
	int n = snprintf(
	    o->names + o->len, sizeof(o->names) - o->len, "%s%s", o->len > 0 ? " " : "", vm);

	o->n++;
	if (n < 0 || (size_t)n >= sizeof(o->names) - o->len) {
		o->names[o->len] = '\0';
		return;
	}
	o->len += (size_t)n;
	o->shown++;
}

static void
tell(struct mon_findings *findings, const struct older *o, const char *why, const char *remedy)
{
	char count[MON_HUMAN_MAX], more[64] = "";

	if (o->n == 0)
		return;
	if (o->n > o->shown)
		snprintf(more, sizeof(more), " and %zu more", o->n - o->shown);
	mon_finding_tell(findings, MON_FINDING_WARN, remedy, "take: %s %s: %s%s",
	    mon_human_plural(o->n, "qube", count), why, o->names, more);
}

void
mon_older_check(struct mon_findings *findings, const char *run)
{
	struct older all[MON_OLDERS] = { 0 };
	char path[4096 + 64];
	cleanup_fd int fd = -1;
	int r;

	snprintf(path, sizeof(path), "%s/sys-monitor", run);
	fd = mon_dir_open(path, false);
	r = fd < 0 ? fd : mon_history_older(fd, add, all);
	if (r < 0 && r != -ENOENT) {
		mon_finding_unable(findings,
		    "run mon-doctor as the user of sys-monitor, or as root",
		    "take: cannot read what the polls keep in %s (%s)", path, strerror(-r));
		return;
	}
	tell(findings, &all[MON_OLDER_POLICY],
	    "asked in the old way, because the policy refuses the argument take",
	    "in dom0, /etc/qubes/policy.d/30-metrics.policy needs: qubes.Metrics.Get +take "
	    "sys-monitor @anyvm allow autostart=no notify=no; it is tried again within an hour");
	tell(findings, &all[MON_OLDER_SAMPLER],
	    "asked in the old way, because the sampler does not know the argument take",
	    "update sys-monitor-guest in the template, shut the template down, restart the qube; "
	    "it is tried again within an hour");
}
