/* notify.c - would a person see an incident on the desktop?  See notify.h. */
#include <errno.h>
#include <string.h>

#include "call.h"
#include "caps.h"
#include "notify.h"

#define ANSWER_MAX 256 /* bytes: two properties of one unit */

/* Run a program; its output, of at most ${cap} bytes, is in ${ret}.  Return 0 or -errno. */
static int
run(const char *const *argv, char *ret, size_t cap, size_t *ret_len, int *ret_code)
{
	struct mon_call call = MON_CALL_NONE;
	int r = mon_call_start(argv, 0, &call);

	return r < 0 ? r : mon_call_collect(&call, ret, cap, MON_ANSWER_MS, ret_len, ret_code);
}

void
mon_notify_check(struct mon_findings *findings)
{
	static const char *const ask[] = { "env", "LC_ALL=C", "systemctl", "--user", "show",
		"--property=LoadState,ActiveState", "monitor-notify.path", NULL };
	static const char *const send[] = { "notify-send", "--version", NULL };
	/* Starts the daemon, where one is installed and not yet running: so does notify-send. */
	static const char *const daemon[] = { "busctl", "--user", "--timeout=3", "call",
		"org.freedesktop.Notifications", "/org/freedesktop/Notifications",
		"org.freedesktop.Notifications", "GetServerInformation", NULL };
	char text[ANSWER_MAX + 1], answer[ANSWER_MAX];
	size_t len = 0, n = 0;
	int code = 0, r = run(ask, text, ANSWER_MAX, &len, &code);

	if (r < 0 || code != 0 || len == 0) {
		mon_finding_tell(findings, MON_FINDING_OK, NULL,
		    "notify: whether incidents are shown on the desktop is not known here, without "
		    "its session");
		return;
	}
	text[len] = '\0';
	if (strstr(text, "LoadState=loaded\n") == NULL) {
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "install sys-monitor in the template of this qube, then restart this qube",
		    "notify: systemd has no monitor-notify.path for this user, so no incident is "
		    "shown on the desktop");
		return;
	}
	if (strstr(text, "ActiveState=active\n") == NULL) {
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "systemctl --user start monitor-notify.path; if it is off again after the next "
		    "login: systemctl --user enable monitor-notify.path",
		    "notify: monitor-notify.path is off, so no incident is shown on the desktop");
		return;
	}
	r = run(send, answer, sizeof(answer), &n, &code);
	if (r == -ENOENT) {
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "install libnotify-bin (Debian) or libnotify (Fedora) in the template of this "
		    "qube",
		    "notify: there is no notify-send, so no incident is shown on the desktop");
		return;
	}
	r = run(daemon, answer, sizeof(answer), &n, &code);
	if (r == 0 && code != 0)
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "install xfce4-notifyd (Debian and Fedora) in the template of this qube, then "
		    "restart this qube",
		    "notify: no notification daemon answers, so no incident is shown on the "
		    "desktop");
	else
		mon_finding_tell(
		    findings, MON_FINDING_OK, NULL, "notify: incidents are shown on the desktop");
}
