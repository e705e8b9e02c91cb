/* units.c - what systemd says; see units.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "caps.h"
#include "human.h"
#include "stamp.h"
#include "str.h"
#include "text.h"
#include "tool.h"
#include "units.h"

#define ANSWER_MAX 8192 /* bytes: six units, seven lines each */
#define RELOAD "sudo systemctl daemon-reload"

/* The block of the unit ${name}${suffix}; the blocks are separated by empty lines. */
static bool
find_block(const char *text, const char *name, const char *suffix, struct mon_str *ret)
{
	char id[64];
	size_t n = (size_t)snprintf(id, sizeof(id), "Id=%s%s\n", name, suffix);

	while (*text != '\0') {
		const char *end = strstr(text, "\n\n"), *p;

		end = end != NULL ? end + 1 : text + strlen(text);
		p = memmem(text, (size_t)(end - text), id, n);
		if (p != NULL && (p == text || p[-1] == '\n')) {
			*ret = (struct mon_str){ text, (size_t)(end - text) };
			return true;
		}
		text = end + strspn(end, "\n");
	}
	return false;
}

/* The value of ${key} in a block; empty if it is not there. */
static struct mon_str
find_value(struct mon_str block, const char *key)
{
	const size_t n = strlen(key);
	const char *p = block.p, *end = block.p + block.n;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const size_t len = (size_t)((lf != NULL ? lf : end) - p);

		if (len > n && memcmp(p, key, n) == 0 && p[n] == '=')
			return (struct mon_str){ p + n + 1, len - n - 1 };
		p += len + 1;
	}
	return (struct mon_str){ "", 0 };
}

/* One word; what is none is "?". */
static void
take_word(struct mon_str block, const char *key, char ret[MON_UNITS_WORD])
{
	struct mon_str v = find_value(block, key);

	for (size_t i = 0; i < v.n; i++)
		if (mon_text_rune(v.p + i, 1) == 0)
			v.n = 0;
	if (v.n == 0 || v.n >= MON_UNITS_WORD)
		v = (struct mon_str){ "?", 1 };
	*(char *)mempcpy(ret, v.p, v.n) = '\0';
}

/* "Sun 2025-08-31 12:00:10 UTC" as seconds; 0 for anything else, such as no time at all. */
static time_t
take_time(struct mon_str block, const char *key)
{
	const struct mon_str v = find_value(block, key);
	const char *date = v.n > 0 ? memchr(v.p, ' ', v.n) : NULL;
	char ts[MON_STAMP_LEN + 1] = "";
	time_t t = 0;

	if (date == NULL || (size_t)(v.p + v.n - date) < MON_STAMP_LEN)
		return 0;
	memcpy(ts, date + 1, MON_STAMP_LEN - 1);
	ts[MON_DAY_LEN] = 'T';
	ts[MON_STAMP_LEN - 1] = 'Z';
	return mon_stamp_parse(ts, MON_STAMP_LEN, &t) ? t : 0;
}

bool
mon_units_learn(const char *text, const char *name, struct mon_unit *ret)
{
	struct mon_str timer, service;

	if (!find_block(text, name, ".timer", &timer) ||
	    !find_block(text, name, ".service", &service))
		return false;
	take_word(timer, "LoadState", ret->load);
	take_word(timer, "ActiveState", ret->active);
	take_word(service, "Result", ret->result);
	ret->last = take_time(timer, "LastTriggerUSec");
	ret->next = take_time(timer, "NextElapseUSecRealtime");
	ret->stale = mon_str_is(find_value(timer, "NeedDaemonReload"), "yes") ||
		     mon_str_is(find_value(service, "NeedDaemonReload"), "yes");
	return true;
}

void
mon_units_judge(
    struct mon_findings *findings, const char *name, const struct mon_unit *unit, time_t now)
{
	char remedy[256], span[MON_HUMAN_MAX], last[64] = "not run yet since boot";

	if (unit->last > 0)
		snprintf(last, sizeof(last), "last run %s ago",
		    mon_human_duration(now > unit->last ? now - unit->last : 0, span));
	if (strcmp(unit->load, "loaded") != 0) {
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "install sys-monitor in the template of this qube, then restart this qube",
		    "%s.timer: systemd cannot load it (%s)", name, unit->load);
	} else if (strcmp(unit->active, "active") != 0) {
		snprintf(remedy, sizeof(remedy),
		    "sudo systemctl start %s.timer; if it is off again after the next boot, enable "
		    "it in the template of this qube",
		    name);
		mon_finding_tell(
		    findings, MON_FINDING_FAIL, remedy, "%s.timer: it is %s", name, unit->active);
	} else if (unit->stale) {
		mon_finding_tell(findings, MON_FINDING_FAIL, RELOAD,
		    "%s.timer: its unit files were changed, and systemd has not read them", name);
	} else if (strcmp(unit->result, "success") != 0) {
		snprintf(remedy, sizeof(remedy), "sudo journalctl -u %s -n 20", name);
		mon_finding_tell(findings, MON_FINDING_FAIL, remedy,
		    "%s.timer: it is active, %s, but that run failed (%s)", name, last,
		    unit->result);
	} else {
		mon_finding_tell(
		    findings, MON_FINDING_OK, NULL, "%s.timer: it is active, %s", name, last);
	}
}

void
mon_units_check(struct mon_findings *findings, time_t now, time_t *ret_period)
{
	static const char *const names[] = { "monitor-poll", "monitor-qubes", "monitor-backup" };
	/* The times of its output are local ones. */
	static const char *const argv[] = { "env", "TZ=UTC", "LC_ALL=C", "systemctl", "show",
		"--property=Id,LoadState,ActiveState,Result,LastTriggerUSec,NextElapseUSecRealtime,"
		"NeedDaemonReload",
		"monitor-poll.timer", "monitor-poll.service", "monitor-qubes.timer",
		"monitor-qubes.service", "monitor-backup.timer", "monitor-backup.service", NULL };
	static char text[ANSWER_MAX + 1];
	struct mon_call call = MON_CALL_NONE;
	struct mon_unit unit;
	size_t len = 0;
	int code = 0, r = mon_call_start(argv, 0, &call);

	if (r >= 0)
		r = mon_call_collect(&call, text, ANSWER_MAX, MON_ANSWER_MS, &len, &code);
	text[r < 0 ? 0 : len] = '\0';
	if (r < 0 || code != 0) {
		mon_finding_unable(findings,
		    "run mon-doctor inside sys-monitor; there, look by hand: systemctl list-timers "
		    "'monitor-*'",
		    "timers: not checked, systemctl show %s",
		    r == -ETIMEDOUT ? "hangs"
		    : r < 0         ? strerror(-r)
		    : code == 127   ? "is not on PATH"
				    : "gave no answer");
		return;
	}
	for (size_t i = 0; i < 3; i++) {
		if (!mon_units_learn(text, names[i], &unit)) {
			mon_finding_unable(findings,
			    "look by hand: systemctl list-timers 'monitor-*'",
			    "%s.timer: not checked, systemctl show does not name it", names[i]);
			continue;
		}
		mon_units_judge(findings, names[i], &unit, now);
		if (i == 0 && unit.last > 0 && unit.next > unit.last)
			*ret_period = unit.next - unit.last;
	}
}
