/* echo.c - the poll's own echo; see echo.h. */
#include <fnmatch.h>

#include "caps.h"
#include "echo.h"

#define MESSAGE_MAX 1024 /* bytes looked at: what is longer is none of these */
#define AGENT_HEX "2F7573722F6C69622F71756265732F7172657865632D6167656E74"
#define AUDIT(type) "audit: type=" type " audit(*): "

enum whose {
	ANYBODY, /* may have written it */
	ROOT,    /* only root may: journald knows no UID of it, or 0 */
};

/* What the PID in the message (" pid=6124 ") is good for. */
enum pid {
	NO_PID,
	LOGS_IN,   /* it is that of a login of qrexec's agent: remember it */
	LOGGED_IN, /* no program is named: it must be one that is remembered */
};

/* The docs tell the same in mon-sample(1), which a test compares. */
static const struct {
	const char *ident;   /* NULL: any; else a glob, which without "*" is the name itself */
	const char *message; /* a glob */
	enum whose whose;
	enum pid pid;
	const char *reason;
} echoes[] = {
	/* clang-format off */
	{ "qrexec-agent", "*executed: *:QUBESRPC qubes.Metrics.Get*", ROOT, NO_PID,
	  "the agent tells that it starts the poll" },
	{ "qrexec-agent", "*pid [0-9]* exited with [0-9]*", ROOT, NO_PID,
	  "the agent tells that a service ended, and not which one" },
	{ "qrexec-agent", "*Socket service closed", ROOT, NO_PID,
	  "the agent tells that a service behind a socket ended, and not which one" },
	{ "qrexec-fork-server", "*executed: *:QUBESRPC qubes.Metrics.Get*", ANYBODY, NO_PID,
	  "the same of the agent's helper in a session of a user" },
	{ "qrexec-fork-server", "*pid [0-9]* exited with [0-9]*", ANYBODY, NO_PID,
	  "the same of the agent's helper in a session of a user" },
	{ "qubes.Metrics.Get-*", "*", ANYBODY, NO_PID,
	  "what the login shell of the poll says, at each poll; the collector sees its exit code" },
	{ NULL, "pam_unix(qrexec:session): session opened*", ROOT, NO_PID,
	  "PAM tells of the login of a call" },
	{ NULL, "pam_unix(qrexec:session): session closed*", ROOT, NO_PID,
	  "PAM tells of the login of a call" },
	{ NULL, "pam_env(qrexec:session): Unable to open env file: *", ROOT, NO_PID,
	  "where /etc/default/locale is missing, PAM says so at each call" },
	{ "systemd-logind", "New session * of user *root*", ROOT, NO_PID,
	  "logind tells of the login of a call as root" },
	{ "systemd-logind", "Session * logged out. Waiting for processes to exit.", ROOT, NO_PID,
	  "logind tells of the login of a call as root" },
	{ "systemd-logind", "Removed session *", ROOT, NO_PID,
	  "logind tells of the login of a call as root" },
	{ "kernel", AUDIT("110[013456]") "pid=* acct=\"root\"*exe=\"/usr/lib/qubes/qrexec-agent\"*res=success*", ROOT, LOGS_IN,
	  "the kernel audits: PAM's steps of a login as root by the agent that went well" },
	{ "kernel", AUDIT("1006") "pid=* uid=0 *res=1*", ROOT, LOGGED_IN,
	  "the kernel audits: the session of that login, known by its PID" },
	{ "kernel", AUDIT("1300") "*success=yes*comm=\"qrexec-agent\" exe=\"/usr/lib/qubes/qrexec-agent\"*key=(null)*", ROOT, NO_PID,
	  "the kernel audits: the system call by which the agent sets that session" },
	{ "kernel", AUDIT("1327") "proctitle=\"/usr/lib/qubes/qrexec-agent\"*", ROOT, NO_PID,
	  "the kernel audits: the command line that belongs to the system call" },
	{ "kernel", AUDIT("1327") "proctitle=" AGENT_HEX "*", ROOT, NO_PID,
	  "the kernel audits: the command line that belongs to the system call" },
	/* clang-format on */
};

/* A copy that ends in NUL; a NUL in it becomes "?".  Return false if it does not fit. */
static bool
copy(struct mon_str untrusted, char *dst, size_t cap)
{
	if (untrusted.n >= cap)
		return false;
	for (size_t i = 0; i < untrusted.n; i++)
		dst[i] = untrusted.p[i] != '\0' ? untrusted.p[i] : '?';
	dst[untrusted.n] = '\0';
	return true;
}

/* The number behind the first " pid=" of a record; 0: none. */
static uint64_t
find_pid(const char *message)
{
	const char *p = strstr(message, " pid=");
	uint64_t pid = 0;

	if (p == NULL)
		return 0;
	for (p += strlen(" pid="); *p >= '0' && *p <= '9' && pid < UINT32_MAX; p++)
		pid = pid * 10 + (uint64_t)(*p - '0');
	return pid;
}

static bool
is_remembered(const struct mon_logins *logins, uint64_t pid)
{
	for (size_t i = 0; i < MON_LOGINS_MAX; i++)
		if (pid != 0 && logins->pid[i] == pid)
			return true;
	return false;
}

static void
remember(struct mon_logins *logins, uint64_t pid)
{
	if (pid == 0 || is_remembered(logins, pid))
		return;
	logins->pid[logins->next] = pid;
	logins->next = (logins->next + 1) % MON_LOGINS_MAX;
}

bool
mon_echo_is(const struct mon_echo_entry *entry, struct mon_logins *logins)
{
	const bool by_root = entry->uid.n == 0 || mon_str_is(entry->uid, "0");
	char ident[64], message[MESSAGE_MAX];

	if (!copy(entry->untrusted_ident, ident, sizeof(ident)) ||
	    !copy(entry->untrusted_message, message, sizeof(message)))
		return false;
	for (size_t i = 0; i < sizeof(echoes) / sizeof(echoes[0]); i++) {
		if ((echoes[i].ident != NULL && fnmatch(echoes[i].ident, ident, 0) != 0) ||
		    (echoes[i].whose == ROOT && !by_root) ||
		    fnmatch(echoes[i].message, message, FNM_NOESCAPE) != 0 ||
		    (echoes[i].pid == LOGGED_IN && !is_remembered(logins, find_pid(message))))
			continue;
		if (echoes[i].pid == LOGS_IN)
			remember(logins, find_pid(message));
		return true;
	}
	return false;
}
