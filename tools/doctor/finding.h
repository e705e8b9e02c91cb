/*
 * finding.h - what mon-doctor found: one line a finding.
 *
 *	line = ( "ok  " | "warn" | "FAIL" ) "  " SUBJECT ": " WHAT [ " -> " REMEDY ] LF
 *
 * Every line but those of "ok" has a remedy.
 */
#ifndef MON_FINDING_H
#define MON_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum mon_finding_level {
	MON_FINDING_OK,
	MON_FINDING_WARN, /* the record goes on, but somebody should look */
	MON_FINDING_FAIL, /* something is not recorded, or will soon not be */
	MON_FINDING_LEVELS
};

struct mon_findings {
	FILE *out;
	bool colour;
	bool unable; /* some check could not be made */
	size_t count[MON_FINDING_LEVELS];
};

/*
 * mon_finding_tell(findings, level, remedy, format, ...):
 * Print one line and count it.  ${remedy} is NULL for MON_FINDING_OK.  It goes to a
 * terminal: what is no harmless character (text.h) becomes "?".
 */
void mon_finding_tell(struct mon_findings *findings, enum mon_finding_level level,
    const char *remedy, const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * mon_finding_unable(findings, remedy, format, ...):
 * The same for a check that could not be made: a warning, and ${findings->unable} is set.
 */
void mon_finding_unable(struct mon_findings *findings, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* !MON_FINDING_H */
