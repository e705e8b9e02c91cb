/*
 * units.h - what systemd says of the timers and services of sys-monitor.
 *
 * It is asked by `systemctl show` (systemctl(1)): KEY=value lines, a block a unit.
 */
#ifndef MON_UNITS_H
#define MON_UNITS_H

#include <stdbool.h>
#include <time.h>

#include "finding.h"

#define MON_UNITS_WORD 32 /* room for "not-found", "exit-code" and the like */

/* A timer and the service that it starts. */
struct mon_unit {
	char load[MON_UNITS_WORD];   /* LoadState of the timer */
	char active[MON_UNITS_WORD]; /* ActiveState of the timer */
	char result[MON_UNITS_WORD]; /* Result of the last run of the service */
	time_t last, next;           /* run of the timer; 0: none yet, none planned */
	bool stale;                  /* systemd has not read its unit files since they changed */
};

/*
 * mon_units_learn(text, name, ret):
 * Take NAME.timer and NAME.service from what `systemctl show` printed with TZ=UTC.  Return false,
 * ${ret} untouched, if one of them is not there.
 */
bool mon_units_learn(const char *text, const char *name, struct mon_unit *ret);

/*
 * mon_units_judge(findings, name, unit, now):
 * Tell what ${unit}, whose name is ${name}, is like at ${now}.
 */
void mon_units_judge(
    struct mon_findings *findings, const char *name, const struct mon_unit *unit, time_t now);

/*
 * mon_units_check(findings, now, ret_period):
 * Ask systemd for the three pairs of units, and tell what they are like at ${now}.  ${ret_period}
 * is set to the seconds between two polls, if systemd knows them.
 */
void mon_units_check(struct mon_findings *findings, time_t now, time_t *ret_period);

#endif /* !MON_UNITS_H */
