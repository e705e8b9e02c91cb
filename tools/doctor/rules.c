/* rules.c - the rules and their incidents; see rules.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "judge.h"
#include "language.h"
#include "live.h"
#include "rulefile.h"
#include "rules.h"
#include "stamp.h"

#define FIRING_MAX 8 /* incidents with a line each: a bad day must not hide the other findings */

/* Static: MiB, of which a run touches a few pages. */
static struct mon_rules rules;
static struct mon_judge judge;
static struct mon_live live;
static struct mon_findings *told; /* for tell_mistake() */
static const char *rules_path;

static void
tell_mistake(const struct mon_rule_mistake *m)
{
	char remedy[4096 + 64];

	snprintf(remedy, sizeof(remedy), "mend that line; then: mon-rule --check %s", rules_path);
	mon_finding_tell(told, MON_FINDING_WARN, remedy, "rules: %s:%u:%u: %s", rules_path, m->line,
	    m->column, m->text);
}

/* Read the rules.  Return whether there are any to look at. */
static bool
load(struct mon_findings *findings, const struct mon_tool_setting *path)
{
	char remedy[4096 + 64], count[MON_HUMAN_MAX];
	int r;

	told = findings;
	rules_path = path->text;
	r = mon_rulefile_read(path->text, path->set, &rules, tell_mistake);
	if (r == 1) {
		rules_path = "the shipped ones";
	} else if (r < 0) {
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "make it a file of lines as mon-rule --example prints them",
		    "rules: cannot read %s, so no incident is reported (%s)", path->text,
		    strerror(-r));
		return false;
	}
	if (rules.n == 0) {
		snprintf(remedy, sizeof(remedy),
		    "mon-rule --example prints some; sudo tee %s writes a file", path->text);
		mon_finding_tell(findings, MON_FINDING_WARN, remedy,
		    "rules: %s holds no rule that counts, so no incident is reported", path->text);
		return false;
	}
	mon_finding_tell(findings, MON_FINDING_OK, NULL, "rules: %s, %s",
	    mon_human_plural(rules.n, "rule", count), rules_path);
	return true;
}

static void
tell_firing(struct mon_findings *findings, const struct mon_series *s)
{
	const struct mon_rule *rule = &rules.list[s->rule];
	char since[MON_STAMP_LEN + 1] = "", where[MON_RULE_INSTANCE_MAX + MON_WORD_MAX + 8] = "";

	mon_stamp_format((time_t)s->since, since);
	if (*s->instance != '\0')
		snprintf(where, sizeof(where), ", for %s=%s",
		    rule->table->cols[rule->instance].name, s->instance);
	mon_finding_tell(findings, MON_FINDING_WARN,
	    "mon-report tells of it; a rule that tells too much can be changed: docs/RULES.md",
	    "%s: the rule %s fires since %s%s", judge.qubes[s->qube].vm, rule->name, since, where);
}

/* The incidents that are not over. */
static void
check_firing(struct mon_findings *findings)
{
	size_t firing = 0;
	char count[MON_HUMAN_MAX];

	for (size_t i = 1; i <= MON_RULE_SERIES_MAX; i++)
		if (judge.series[i].used && judge.series[i].state == MON_SERIES_FIRING &&
		    firing++ < FIRING_MAX)
			tell_firing(findings, &judge.series[i]);
	if (firing > FIRING_MAX)
		mon_finding_tell(findings, MON_FINDING_WARN, "mon-report tells of all",
		    "rules: besides, %s that are not over",
		    mon_human_plural(firing - FIRING_MAX, "incident", count));
}

void
mon_rules_check(struct mon_findings *findings, const struct mon_tool_setting *path, int basefd)
{
	int r;

	if (!load(findings, path) || basefd < 0)
		return;
	judge.rules = &rules;
	judge.interval = 10; /* nothing is judged */
	mon_judge_init(&judge);
	live.judge = &judge;
	r = mon_live_look(&live, basefd);
	if (r > 0)
		check_firing(findings);
	else if (r == 0)
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "the next poll makes it anew from the record",
		    "rules: %s of the Monitor folder is damaged", MON_LIVE_STATE);
	else if (r != -ENOENT)
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "sudo chown -R user:user ~/Monitor; if it is no file, take it away",
		    "rules: cannot read %s of the Monitor folder, so no incident is reported (%s)",
		    MON_LIVE_STATE, strerror(-r));
}
