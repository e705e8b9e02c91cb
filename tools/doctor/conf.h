/*
 * conf.h - the settings: what of the file counts, and whether the units follow it.
 */
#ifndef MON_CONF_H
#define MON_CONF_H

#include "finding.h"

/*
 * mon_conf_check(findings, option, run):
 * Tell of each line of the settings file (${option}, else as for every tool) that does not count.
 * Then let mon-settings, found on PATH, compare the file with the drop-ins below ${run} ("/run"),
 * and tell which units do not follow.  From here on the tool takes its settings from that file
 * without a word about it (mon_tool_settings()).
 */
void mon_conf_check(struct mon_findings *findings, const char *option, const char *run);

#endif /* !MON_CONF_H */
