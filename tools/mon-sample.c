/*
 * mon-sample.c - print this machine's figures once, as payload lines (wire.h) between "begin: 1"
 * and "end: N".
 *
 * In a qube it is the handler qubes.Metrics.Get.  Every figure comes from the kernel itself;
 * no process is started but the programs in mon-sample.d.  The answer is gathered in memory
 * and written at once.
 *
 * Only who asks with the argument "take" takes: the place in the journal and the counters move
 * on, after all of the answer was read, and "end: N" is sent behind that.  An alert in an answer
 * that was broken off comes again.  All others look: they change nothing.  A collector older
 * than that argument takes by a bare call, until "take" is heard from the same qube.
 *
 * Exit: 0 done; 1 the answer could not be written or was not read, or the state not be kept;
 * 2 usage; 3 done, but a source of figures could not be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caller.h"
#include "caps.h"
#include "sample.h"
#include "shape.h"
#include "tool.h"

static const char HELP[] =
    "Usage: mon-sample [OPTION]... [take]\n"
    "Print this machine's figures once: one line per reading, such as\n"
    "'disk: /dev/xvdb,/rw,52428800,1000000,51428800,2%'.\n"
    "\n"
    "With 'take' the alerts count as delivered, and CPU is measured anew from now\n"
    "on.  Without it, mon-sample looks: it prints what waits, and changes nothing.\n"
    "\n"
    "      --alerts PRIORITY  journal entries of this priority or worse: emerg,\n"
    "                         alert, crit, err, warning, notice, info, debug or 0 to\n"
    "                         7 [MON_ALERTS, or notice]\n"
    "      --state-dir DIR    keep the place in the journal and the CPU counters here\n"
    "                         [MON_STATE_DIR; for root /run/mon-sample, and\n"
    "                         /var/lib/mon-sample where the journal lasts; else\n"
    "                         XDG_RUNTIME_DIR/mon-sample]\n"
    "      --dropins DIR      add what the programs in DIR print\n"
    "                         [ROOT/etc/mon-sample.d]\n"
    "      --root DIR         read all files below DIR [/]\n"
    "  -t, --timeout SECONDS  end after this time at the latest [3]\n"
    "      --now TS           the time, like 2025-08-31T12:00:10Z [the clock]\n"
    "  -h, --help             print this help, and exit\n"
    "  -V, --version          print the version, and exit\n"
    "\n"
    "CPU figures cover the time since the same caller took last, at first since\n"
    "boot. An alert is taken once by each caller. Caller and 'take' come from qrexec:\n"
    "by the service's socket as stdin, or by QREXEC_REMOTE_DOMAIN and\n"
    "QREXEC_SERVICE_ARGUMENT.\n"
    "\n"
    "Exit status: 0 done, also if no state can be kept (an alert says so); 1 the\n"
    "answer was not written or not read, or the state could not be replaced; 2 wrong\n"
    "usage; 3 done, but some figures could not be read.\n"
    "\n"
    "Example: mon-sample --alerts=warning\n";

/* ---- options ---- */

static bool
parse_priority(const char *text, int *ret)
{
	static const char *const names[] = { "emerg", "alert", "crit", "err", "warning", "notice",
		"info", "debug" };

	for (int i = 0; i < 8; i++) {
		const char digit[2] = { (char)('0' + i), '\0' };

		if (strcmp(text, names[i]) == 0 || strcmp(text, digit) == 0) {
			*ret = i;
			return true;
		}
	}
	mon_tool_misuse("the priority '%s' (--alerts, MON_ALERTS) is none of emerg, alert, "
			"crit, err, warning, notice, info, debug or 0 to 7",
	    text);
	return false;
}

/* A folder's name for use in paths: "" for "/", and no slash at its end. */
static bool
parse_root(const char *text, struct mon_sample *s)
{
	static char root[4000];
	size_t n = strlen(text);

	while (n > 0 && text[n - 1] == '/')
		n--;
	if (*text == '\0' || n >= sizeof(root)) {
		mon_tool_misuse("--root '%s' is empty or too long", text);
		return false;
	}
	memcpy(root, text, n);
	s->root = root;
	s->live = n == 0;
	return true;
}

static const char *
default_state_dir(void)
{
	static char dir[4000];
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int n;

	if (geteuid() == 0)
		return "/run/mon-sample";
	if (runtime == NULL || *runtime != '/')
		return NULL;
	n = snprintf(dir, sizeof(dir), "%s/mon-sample", runtime);
	return n > 0 && (size_t)n < sizeof(dir) ? dir : NULL;
}

/* Where the journal lasts over a boot, so does our place in it. */
static const char *
lasting_dir(const char *option, const struct mon_sample *s)
{
	struct statx st;

	/* Unlike access(2), this asks no program that serves the folder, and may hang. */
	return mon_tool_value(option, "MON_STATE_DIR", NULL) == NULL && s->live && geteuid() == 0 &&
		       statx(AT_FDCWD, "/var/log/journal", AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0,
			   &st) == 0
		   ? "/var/lib/mon-sample"
		   : NULL;
}

static const char *
default_dropins(const char *root)
{
	static char dir[4096];

	snprintf(dir, sizeof(dir), "%s/etc/mon-sample.d", root);
	return dir;
}

/* ---- who asks ---- */

/* By the service's socket, by the environment and argv[1], or by hand. */
static bool
find_caller(const char *argument, struct mon_caller *ret)
{
	const char *name = mon_tool_value(NULL, "QREXEC_REMOTE_DOMAIN", "");
	int r = -ENOENT;

	if (mon_caller_is_socket(STDIN_FILENO, *name == '\0'))
		r = mon_caller_read(STDIN_FILENO, MON_DESCRIPTOR_MS, ret);
	if (r == -EBADMSG) {
		mon_tool_misuse("what came on the socket is no 'SERVICE+ARGUMENT SOURCE' of "
				"qrexec");
		return false;
	}
	if (r < 0) {
		argument = mon_tool_value(argument, "QREXEC_SERVICE_ARGUMENT", "");
		snprintf(ret->name, sizeof(ret->name), "%s",
		    mon_shape_check(MON_VM, name, strnlen(name, MON_VM_MAX + 1)) ? name : "");
		snprintf(ret->argument, sizeof(ret->argument), "%s", argument);
	}
	if (*ret->argument == '\0' || strcmp(ret->argument, "take") == 0)
		return true;
	mon_tool_misuse("unknown argument '%s': it is 'take' or none", ret->argument);
	return false;
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "alerts", required_argument, NULL, 'a' },
		{ "state-dir", required_argument, NULL, 's' },
		{ "dropins", required_argument, NULL, 'd' },
		{ "root", required_argument, NULL, 'r' },
		{ "timeout", required_argument, NULL, 't' },
		{ "now", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static struct mon_sample s; /* not on the stack, and no initial value: it is 64 KiB */
	const char *alerts = NULL, *state_dir = NULL, *now = NULL;
	int c;

	mon_tool_init("mon-sample", HELP);
	s.root = "";
	s.live = true;
	s.timeout_ms = MON_ANSWER_MS;
	while ((c = mon_tool_getopt(argc, argv, "+t:hV", options, "")) != -1) {
		switch (c) {
		case 'a': alerts = optarg; break;
		case 's': state_dir = optarg; break;
		case 'd': s.dropins = optarg; break;
		case 'r':
			if (!parse_root(optarg, &s))
				return MON_EX_USAGE;
			break;
		case 't':
			if (!mon_tool_seconds("--timeout", optarg, &s.timeout_ms))
				return MON_EX_USAGE;
			break;
		case 'n': now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (argc - optind > 1)
		return mon_tool_misuse("unknown argument '%s'", argv[optind + 1]);
	if (!parse_priority(mon_tool_value(alerts, "MON_ALERTS", "notice"), &s.priority) ||
	    !mon_sample_start(now, &s) || !find_caller(argv[optind], &s.caller))
		return MON_EX_USAGE;
	s.kept.dir = mon_tool_value(state_dir, "MON_STATE_DIR", default_state_dir());
	s.kept.lasting = lasting_dir(state_dir, &s);
	if (s.dropins == NULL)
		s.dropins = default_dropins(s.root);
	return mon_tool_finish(mon_sample_run(&s));
}
