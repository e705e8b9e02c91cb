/*
 * rules.h - do the rules count, can their incidents be told, and which are not over?
 */
#ifndef MON_RULES_H
#define MON_RULES_H

#include "finding.h"
#include "tool.h"

/*
 * mon_rules_check(findings, path, basefd):
 * Read the rules ${path}, or those that are shipped where it need not be there and is not.  Tell
 * which lines are bad, and how many rules there are; and, by what mon-rule --live keeps in the
 * Monitor folder ${basefd} (-1: there is none), which incidents are not over.
 */
void mon_rules_check(
    struct mon_findings *findings, const struct mon_tool_setting *path, int basefd);

#endif /* !MON_RULES_H */
