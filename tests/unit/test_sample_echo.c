/* test_sample_echo.c - what is the poll's own echo, and what only looks like it. */
#include <string.h>

#include "check.h"
#include "echo.h"

#define WHO "uid=0 auid=4294967295 ses=4294967295 "
#define PAM(op) "msg='op=PAM:" op " grantors=pam_rootok acct=\"root\" "
#define AGENT "exe=\"/usr/lib/qubes/qrexec-agent\" hostname=? addr=? terminal=? res=success'"
#define NO_UID ""

static const struct {
	const char *what, *ident, *uid, *message;
	bool echo;
} entries[] = {
	/* clang-format off */
	{ "the agent starts the poll", "qrexec-agent", "0", "qrexec-agent-data.c:274:handle_new_process_common: executed: root:QUBESRPC qubes.Metrics.Get+ sys-monitor (pid 9)", true },
	{ "with a time before it", "qrexec-agent", NO_UID, "2025-08-31 12:00:10.123 qrexec-agent[7]: qrexec-agent-data.c:276:handle_new_process_common: executed: root:QUBESRPC qubes.Metrics.Get+take sys-monitor", true },
	{ "the agent starts something else", "qrexec-agent", "0", "qrexec-agent-data.c:274:handle_new_process_common: executed: user:QUBESRPC qubes.VMShell+ dom0 (pid 9)", false },
	{ "a service ended", "qrexec-agent", "0", "qrexec-agent-data.c:309:handle_new_process_common: pid 9 exited with 0", true },
	{ "a socket service ended", "qrexec-agent", "0", "qrexec-agent-data.c:316:handle_new_process_common: Socket service closed", true },
	{ "an error of the agent", "qrexec-agent", "0", "vchan connect error", false },
	{ "another error of it", "qrexec-agent", "0", "qrexec-agent-data.c:261:handle_new_process_common: failed to spawn process (exited 127): root:QUBESRPC qubes.Metrics.Get+ sys-monitor", false },
	{ "out of memory", "qrexec-fork-server", "1000", "out of memory", false },
	{ "the fork server", "qrexec-fork-server", "1000", "x: executed: user:QUBESRPC qubes.Metrics.Get+ sys-monitor (pid 9)", true },
	{ "a user who says what the agent says", "qrexec-agent", "1000", "x: executed: user:QUBESRPC qubes.Metrics.Get+ sys-monitor (pid 9)", false },
	{ "a program named like it", "qrexec-backup", "1000", "executed: user:QUBESRPC qubes.Metrics.Get", false },
	{ "a program named like it, of root", "qrexecutor", "0", "pid 9 exited with 0", false },
	{ "the login shell of the poll", "qubes.Metrics.Get-sys-monitor", "0", "-sh: warning", true },
	{ "another service", "qubes.Filecopy-work", "0", "x", false },
	{ "PAM about the call", "systemd", NO_UID, "pam_unix(qrexec:session): session opened for user root(uid=0) by (uid=0)", true },
	{ "PAM about its end", "qrexec-agent", "0", "pam_unix(qrexec:session): session closed for user root", true },
	{ "PAM without a locale", "qrexec-agent", "0", "pam_env(qrexec:session): Unable to open env file: /etc/default/locale: No such file or directory", true },
	{ "an error of PAM", "qrexec-agent", "0", "pam_unix(qrexec:auth): authentication failure; logname= uid=0", false },
	{ "another error of PAM", "qrexec-agent", "0", "pam_systemd(qrexec:session): Failed to create session: Connection timed out", false },
	{ "PAM about a login", "login", "0", "pam_unix(login:session): session opened for user", false },
	{ "a message about it", "app", "0", "see pam_unix(qrexec:session): session opened", false },
	{ "logind", "systemd-logind", "0", "New session c75 of user root.", true },
	{ "logind, newer", "systemd-logind", "0", "New session '75' of user 'root' with class 'background' and type 'unspecified'.", true },
	{ "logind about another", "systemd-logind", "0", "New session 3 of user user.", false },
	{ "logind, the end", "systemd-logind", "0", "Session c75 logged out. Waiting for processes to exit.", true },
	{ "logind, gone", "systemd-logind", "0", "Removed session c75.", true },
	{ "an error of logind", "systemd-logind", "0", "Failed to start user service 'user@0.service': x", false },
	{ "1006 of nobody known", "kernel", NO_UID, "audit: type=1006 audit(1.050:1): pid=6124 uid=0 old-auid=4294967295 auid=0 tty=(none) old-ses=4294967295 ses=75 res=1", false },
	{ "1100", "kernel", NO_UID, "audit: type=1100 audit(1.050:1): pid=6124 " WHO PAM("authentication") AGENT, true },
	{ "1103, with SELinux", "kernel", NO_UID, "audit: type=1103 audit(1.050:2): pid=6124 " WHO "subj=system_u:system_r:local_login_t:s0 " PAM("setcred") AGENT, true },
	{ "1006 of that PID", "kernel", NO_UID, "audit: type=1006 audit(1.050:3): pid=6124 uid=0 old-auid=4294967295 auid=0 tty=(none) old-ses=4294967295 ses=75 res=1", true },
	{ "1006 of another", "kernel", NO_UID, "audit: type=1006 audit(1.050:3): pid=612 uid=0 old-auid=4294967295 auid=0 tty=(none) old-ses=4294967295 ses=75 res=1", false },
	{ "1006 that failed", "kernel", NO_UID, "audit: type=1006 audit(1.050:3): pid=6124 uid=0 old-auid=4294967295 auid=0 tty=(none) old-ses=4294967295 ses=75 res=0", false },
	{ "1300", "kernel", NO_UID, "audit: type=1300 audit(1.050:3): arch=c000003e syscall=1 success=yes exit=1 items=0 ppid=6122 pid=6124 auid=0 uid=0 tty=(none) ses=75 comm=\"qrexec-agent\" exe=\"/usr/lib/qubes/qrexec-agent\" subj=x key=(null)", true },
	{ "1300 that failed", "kernel", NO_UID, "audit: type=1300 audit(1.050:3): arch=c000003e syscall=1 success=no exit=-13 items=0 pid=6124 comm=\"qrexec-agent\" exe=\"/usr/lib/qubes/qrexec-agent\" key=(null)", false },
	{ "1300 that somebody watches for", "kernel", NO_UID, "audit: type=1300 audit(1.050:3): arch=c000003e syscall=1 success=yes exit=1 items=0 pid=6124 comm=\"qrexec-agent\" exe=\"/usr/lib/qubes/qrexec-agent\" key=\"mine\"", false },
	{ "1327", "kernel", NO_UID, "audit: type=1327 audit(1.050:3): proctitle=\"/usr/lib/qubes/qrexec-agent\"", true },
	{ "1327 in hexadecimal", "kernel", NO_UID, "audit: type=1327 audit(1.050:3): proctitle=2F7573722F6C69622F71756265732F7172657865632D6167656E74002D64", true },
	{ "1327 of another", "kernel", NO_UID, "audit: type=1327 audit(1.050:3): proctitle=\"/usr/bin/thing\"", false },
	{ "1106, the end", "kernel", NO_UID, "audit: type=1106 audit(1.050:9): pid=6124 uid=0 auid=0 ses=75 " PAM("session_close") AGENT, true },
	{ "a login of the agent that failed", "kernel", NO_UID, "audit: type=1100 audit(1.050:1): pid=7 " WHO PAM("authentication") "exe=\"/usr/lib/qubes/qrexec-agent\" hostname=? addr=? terminal=? res=failed'", false },
	{ "a login of a user", "kernel", NO_UID, "audit: type=1100 audit(1.050:1): pid=7 " WHO "msg='op=PAM:authentication grantors=pam_rootok acct=\"user\" " AGENT, false },
	{ "a login elsewhere", "kernel", NO_UID, "audit: type=1100 audit(1.050:1): pid=7 " WHO PAM("authentication") "exe=\"/usr/sbin/sshd\" hostname=? addr=? terminal=? res=success'", false },
	{ "a denial", "kernel", NO_UID, "audit: type=1400 audit(1.001:77): avc:  denied  { write } for  pid=6124 comm=\"qrexec-agent\" exe=\"/usr/lib/qubes/qrexec-agent\" name=\"x\" acct=\"root\" res=success", false },
	{ "a crash", "kernel", NO_UID, "audit: type=1701 audit(1.001:78): auid=0 uid=0 pid=6124 comm=\"qrexec-agent\" exe=\"/usr/lib/qubes/qrexec-agent\" sig=11 res=1", false },
	{ "a command of a user", "kernel", NO_UID, "audit: type=1123 audit(1.001:79): pid=6124 " WHO "msg='cwd=\"/\" cmd=\"x\" " AGENT, false },
	{ "a user who says what the kernel says", "kernel", "1000", "audit: type=1327 audit(1.050:3): proctitle=\"/usr/lib/qubes/qrexec-agent\"", false },
	{ "nobody, nothing", "", NO_UID, "", false },
	/* clang-format on */
};

static struct mon_str
str(const char *s)
{
	return (struct mon_str){ s, strlen(s) };
}

static void
knows_the_echo(void **state)
{
	struct mon_logins logins = { 0 };

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(entries); i++) {
		const struct mon_echo_entry entry = { .untrusted_ident = str(entries[i].ident),
			.untrusted_message = str(entries[i].message),
			.uid = str(entries[i].uid) };

		CHECK_EQ(mon_echo_is(&entry, &logins), entries[i].echo, "%s", entries[i].what);
	}
	check_done();
}

/* What is longer than any echo is none, and nothing is read past its end. */
static void
keeps_to_its_bounds(void **state)
{
	static const char login[] = "New session 1 of user root.";
	struct mon_logins logins = { 0 };

	(void)state;
	for (size_t n = 0; n < 3000; n += 37) {
		char *exact = malloc(n > 0 ? n : 1);
		struct mon_echo_entry entry = { .untrusted_ident = str("systemd-logind"),
			.untrusted_message = { exact, n } };

		memset(exact, 0, n);
		memcpy(exact, login, n < sizeof(login) ? n : sizeof(login) - 1);
		CHECK(!mon_echo_is(&entry, &logins) || n < 1024, "%zu bytes", n);
		free(exact);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(knows_the_echo),
		CHECK_TEST(keeps_to_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
