/*
 * mon-scrape - ask qubes for their figures, all at once; print the lines, checked and stamped.
 *
 * Each named qube is asked by `qrexec-client-vm VM qubes.Metrics.Get`, with the argument "take" if
 * its alerts are to be taken, and not just looked at.  Its bytes are bounded, its lines checked and
 * stamped with our time and the name we called.  One "scrape:" line for each qube tells how it went.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "run.h"
#include "tool.h"
#include "whom.h"

static const char HELP[] =
    "Usage: mon-scrape [OPTION]... VM...\n"
    "       mon-scrape [OPTION]... -\n"
    "       mon-scrape [OPTION]... --local\n"
    "Ask qubes for their figures, all at once; print the lines, checked and stamped.\n"
    "With '-' the qubes come on stdin: stamped state: lines, of which the Running\n"
    "ones are asked, or bare names. dom0 and the own qube are never asked.\n"
    "\n"
    "      --take             take what is new: alerts come once, here, and CPU is\n"
    "                         measured from here on. Only the poll does that; without\n"
    "                         it the qubes are just looked at, and alerts left out\n"
    "      --peek             just look, but print alerts, too; they come again\n"
    "  -l, --local            ask this very machine, by mon-sample, without Qubes OS\n"
    "  -x, --exclude GLOB     leave out the qubes that GLOB matches; repeatable\n"
    "                         [MON_EXCLUDE: globs, spaces or commas between]\n"
    "  -t, --timeout SECONDS  for one answer, from its call to its end\n"
    "                         [MON_TIMEOUT, or 3]\n"
    "      --deadline SECONDS for the whole run; who did not have its time by then\n"
    "                         is skipped [MON_DEADLINE, or 8]\n"
    "      --parallel N       start at most N calls at a time, 1 to 64; one that is\n"
    "                         older than half a second does not count\n"
    "                         [MON_PARALLEL, or 8]\n"
    "      --quota SIZE       bytes that each qube may have filed a day, or K, M, G\n"
    "                         of 1024; what is more is dropped [MON_QUOTA, or 128M]\n"
    "  -d, --dir DIR          on the volume that must have room for that; if it has\n"
    "                         not, each qube has a share [MON_DIR, or ~/Monitor]\n"
    "      --state-dir DIR    where to remember what each qube had filed, and who\n"
    "                         did not answer and is left alone for a while\n"
    "                         [RUNTIME_DIRECTORY, or XDG_RUNTIME_DIR/sys-monitor]\n"
    "      --self NAME        the own qube [MON_SELF, or the host name]\n"
    "      --now TS           the time to stamp, like 2025-08-31T12:00:10Z\n"
    "  -h, --help             print this help, and exit\n"
    "  -V, --version          print the version, and exit\n"
    "\n"
    "Exit status: 0 all answered; 1 the run failed; 2 wrong usage; 3 some qube did\n"
    "not answer, or sent bad lines or too many; the scrape: lines tell which.\n"
    "\n"
    "Examples: mon-vmstate | mon-scrape --take - | mon-split\n"
    "          mon-scrape work | grep ' net: '\n";

static struct mon_run run;

struct options {
	const char *timeout, *deadline, *parallel, *quota, *dir, *state_dir, *self, *now;
	struct mon_exclude exclude, no_handler;
	bool take, peek;
};

/*
 * How much is free where the rows go?  A folder that is not there yet will be on the volume of the
 * one above.  Without any, as for a person without a home, nothing is known.
 */
static bool
ask_for_room(const char *option)
{
	char path[sizeof(run.dir)];
	struct statvfs st;
	char *slash;

	run.targets.quota.free = UINT64_MAX;
	if (mon_tool_value(option, "MON_DIR", getenv("HOME")) == NULL)
		return true;
	if (!mon_tool_dir(option, run.dir, sizeof(run.dir)))
		return false;
	strcpy(path, run.dir);
	while (statvfs(path, &st) < 0) {
		slash = strrchr(path, '/');
		if (errno != ENOENT || slash == NULL)
			return true;
		strcpy(slash == path ? slash + 1 : slash, "");
	}
	run.targets.quota.free = (uint64_t)st.f_bavail * st.f_frsize;
	return true;
}

static int
set_up_and_scrape(struct options *o, int argc, char *argv[])
{
	struct mon_tool_setting timeout, deadline, parallel, quota;
	int r;

	if (!mon_tool_exclude(NULL, &o->exclude) ||
	    !mon_tool_setting(MON_SETTING_TIMEOUT, o->timeout, &timeout) ||
	    !mon_tool_setting(MON_SETTING_DEADLINE, o->deadline, &deadline) ||
	    !mon_tool_setting(MON_SETTING_PARALLEL, o->parallel, &parallel) ||
	    !mon_tool_setting(MON_SETTING_QUOTA, o->quota, &quota) ||
	    !mon_tool_self(o->self, run.self) || !mon_tool_stamp(o->now, &run.now, run.ts))
		return MON_EX_USAGE;
	run.targets.quota.most = quota.number;
	if (!ask_for_room(o->dir))
		return MON_EX_USAGE;
	if (o->take && o->peek)
		return mon_tool_misuse(
		    "--take and --peek: one takes the alerts, the other leaves them");
	run.take = o->take;
	run.peek = o->peek;
	run.timeout_ms = (unsigned)timeout.number;
	run.deadline_ms = (unsigned)deadline.number;
	run.parallel = (unsigned)parallel.number;
	run.own_clock = o->now != NULL;
	run.targets.exclude = &o->exclude;
	mon_tool_globs(MON_SETTING_NO_HANDLER, &o->no_handler);
	run.targets.no_handler = &o->no_handler;
	run.targets.self = run.self;
	r = mon_whom_choose(&run, argc, argv);
	return r == MON_EX_OK ? mon_run_scrape(&run, o->state_dir) : r;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "take", no_argument, NULL, 'T' },
		{ "peek", no_argument, NULL, 'P' },
		{ "local", no_argument, NULL, 'l' },
		{ "exclude", required_argument, NULL, 'x' },
		{ "timeout", required_argument, NULL, 't' },
		{ "deadline", required_argument, NULL, 'D' },
		{ "parallel", required_argument, NULL, 'p' },
		{ "quota", required_argument, NULL, 'q' },
		{ "dir", required_argument, NULL, 'd' },
		{ "state-dir", required_argument, NULL, 's' },
		{ "self", required_argument, NULL, 'S' },
		{ "now", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static struct options o;
	int c;

	mon_tool_init("mon-scrape", HELP);
	while ((c = mon_tool_getopt(argc, argv, "lx:t:d:hV", longs, "x")) != -1) {
		switch (c) {
		case 'T': o.take = true; break;
		case 'P': o.peek = true; break;
		case 'l': run.local = true; break;
		case 'x':
			if (!mon_tool_exclude(optarg, &o.exclude))
				return MON_EX_USAGE;
			break;
		case 't': o.timeout = optarg; break;
		case 'D': o.deadline = optarg; break;
		case 'p': o.parallel = optarg; break;
		case 'q': o.quota = optarg; break;
		case 'd': o.dir = optarg; break;
		case 's': o.state_dir = optarg; break;
		case 'S': o.self = optarg; break;
		case 'n': o.now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	return mon_tool_finish(set_up_and_scrape(&o, argc - optind, argv + optind));
}
