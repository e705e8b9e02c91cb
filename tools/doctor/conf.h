/*
 * conf.h - the settings that the units run with.
 */
#ifndef MON_CONF_H
#define MON_CONF_H

#include "finding.h"

/*
 * mon_conf_check(findings, file):
 * Let mon-settings, found on PATH, check the settings ${file}, and tell what it says.  If all is
 * well, put the settings into the environment, where it does not have them yet: from there every
 * tool takes them.
 */
void mon_conf_check(struct mon_findings *findings, const char *file);

#endif /* !MON_CONF_H */
