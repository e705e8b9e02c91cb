/*
 * notify.h - would a person see an incident on the desktop?
 */
#ifndef MON_NOTIFY_H
#define MON_NOTIFY_H

#include "finding.h"

/*
 * mon_notify_check(findings):
 * Ask systemd of this user whether monitor-notify.path waits for incidents, look for notify-send
 * on PATH, and ask the session's bus whether a notification daemon answers.  Who has no session here (root, or a call from dom0) is told that it is
 * not known.
 */
void mon_notify_check(struct mon_findings *findings);

#endif /* !MON_NOTIFY_H */
