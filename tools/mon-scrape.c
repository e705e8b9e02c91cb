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

#include "intake.h"
#include "calls.h"
#include "cleanup.h"
#include "clock.h"
#include "dir.h"
#include "history.h"
#include "human.h"
#include "known.h"
#include "local.h"
#include "quota.h"
#include "target.h"
#include "tool.h"

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
    "                         [MON_EXCLUDE: globs separated by spaces]\n"
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

struct options {
	const char *timeout, *deadline, *parallel, *quota, *dir, *state_dir, *self, *now;
	struct mon_exclude exclude, no_handler;
	bool local, take, peek;
};

/* One run; static, because the functions that mon_calls_run() calls need it, and for its size. */
static struct {
	struct mon_targets targets;
	char ts[MON_STAMP_LEN + 1];
	time_t now; /* the time of the stamps */
	char self[MON_VM_MAX + 1];
	char sampler[4096]; /* the path of mon-sample, for --local */
	char dir[4096];     /* whose volume is asked for room; "": none */
	bool local, by_name, take, peek;
	size_t unknown;               /* lines of kinds that we do not know, */
	char from[MON_VM_MAX + 1];    /* and who sent the first of them */
	bool output_lost; /* stdout failed, and that was told */
	bool partial;     /* some qube did not answer in full, or some input was bad */
	char output[MON_INTAKE_MAX + MON_ROW_MAX];
} run;

static const char *const *
command(const struct mon_target *target)
{
	static const char *argv[4];

	if (run.local) {
		argv[0] = run.sampler;
		argv[1] = NULL;
	} else {
		argv[0] = "qrexec-client-vm";
		argv[1] = target->vm;
		argv[2] = run.take && target->older == MON_OLDER_NONE ? "qubes.Metrics.Get+take"
								      : "qubes.Metrics.Get";
		argv[3] = NULL;
	}
	return argv;
}

/* Is it an older policy or sampler that failed with the argument?  Then try without. */
static bool
again(struct mon_target *t, const char *untrusted, size_t len, int exit_code)
{
	if (!run.take || run.local || t->older != MON_OLDER_NONE)
		return false;
	if (t->result == MON_RESULT_REFUSED)
		t->older = MON_OLDER_POLICY;
	else if (t->result == MON_RESULT_FAILED && exit_code > 0 &&
		 mon_intake_frame(untrusted, len) == MON_FRAME_NONE)
		t->older = MON_OLDER_SAMPLER;
	return t->older != MON_OLDER_NONE;
}

/* What the answer to the last question says of that. */
static void
learn_older(struct mon_target *t)
{
	if (t->result == MON_RESULT_TIMEOUT || t->result == MON_RESULT_SKIPPED)
		return;
	/* Without an answer in the old way either it is no older version, just out of order. */
	if (t->result != MON_RESULT_OK && t->result != MON_RESULT_TOO_BIG)
		t->older = MON_OLDER_NONE;
	else if (t->older == MON_OLDER_SAMPLER && t->frame != MON_FRAME_NONE)
		t->older = MON_OLDER_NONE; /* it has been updated */
}

/* Why lines of ${t} were dropped, in its words, and what to do. */
static void
warn_quota(const struct mon_target *t)
{
	const struct mon_quota *quota = &run.targets.quota;
	char share[MON_HUMAN_MAX], left[MON_HUMAN_MAX];
	const char *size = mon_human_bytes(mon_quota_share(quota), share);

	if (mon_quota_has_room(quota))
		mon_tool_warn(0,
		    "%s: sent more than the %s that a qube may have filed a day: %zu of its lines are "
		    "dropped; see what it sends (mon-scrape --peek %s), then exclude it or raise MON_QUOTA",
		    t->vm, size, t->rejected, t->vm);
	else
		mon_tool_warn(0,
		    "%s: sent more than its share of a volume that has only %s left (%s): %s a day; %zu "
		    "of its lines are dropped; see what it sends (mon-scrape --peek %s), then exclude "
		    "it, or make room",
		    t->vm, mon_human_bytes(quota->free, left), run.dir, size, t->rejected, t->vm);
}

/* Why ${t} was refused, as far as dom0's list is known. */
static void
warn_refused(const struct mon_target *t)
{
	switch (t->known) {
	case MON_KNOWN_ABSENT:
		mon_tool_warn(0, "%s: there is no such qube; mon-vmstate lists all", t->vm);
		break;
	case MON_KNOWN_NOT_RUNNING:
		mon_tool_warn(
		    0, "%s: refused: it does not run, and no qube is started to be asked", t->vm);
		break;
	case MON_KNOWN_RUNNING:
		mon_tool_warn(
		    0, "%s: refused: dom0's policy lacks qubes.Metrics.Get for it", t->vm);
		break;
	default:
		mon_tool_warn(0,
		    "%s: refused: it is not running, or the policy lacks "
		    "qubes.Metrics.Get for it",
		    t->vm);
		break;
	}
}

/* What a person should know of ${t}; a poll says it once, until the result changes. */
static void
warn(const struct mon_target *t, int exit_code, enum mon_wire_err reason)
{
	char count[MON_HUMAN_MAX];

	if (t->result == t->last && !run.by_name)
		return;
	switch (t->result) {
	case MON_RESULT_OK:
		if (t->rejected > 0)
			mon_tool_warn(0, "%s: dropped %zu of %s; %s", t->vm, t->rejected,
			    mon_human_plural(t->rejected + t->lines, "line", count),
			    reason != MON_WIRE_OK ? mon_wire_reason(reason)
						  : "too many of one kind");
		break;
	case MON_RESULT_TIMEOUT: mon_tool_warn(0, "%s: no whole answer in time", t->vm); break;
	case MON_RESULT_REFUSED: warn_refused(t); break;
	case MON_RESULT_NO_HANDLER:
		mon_tool_warn(0,
		    "%s: has no qubes.Metrics.Get: install sys-monitor-guest in its "
		    "template, then restart it",
		    t->vm);
		break;
	case MON_RESULT_TOO_BIG:
		if (t->over_quota)
			warn_quota(t);
		else
			mon_tool_warn(0, "%s: answered more than %d bytes or %d lines: cut off",
			    t->vm, MON_ANSWER_MAX, MON_ANSWER_LINES);
		break;
	case MON_RESULT_FAILED:
		if (t->frame == MON_FRAME_CUT)
			mon_tool_warn(0, "%s: its answer was cut off before its end", t->vm);
		else if (exit_code > 0)
			mon_tool_warn(0, "%s: the call failed with exit code %d", t->vm, exit_code);
		else
			mon_tool_warn(0, "%s: no good line in its answer", t->vm);
		break;
	default: break; /* skipped and backoff are ours, and in scrape.csv */
	}
}

/* File one answer: its good lines and how it went, by one write. */
static int
ended(struct mon_target *target, char *untrusted, size_t len, int exit_code)
{
	enum mon_wire_err reason = MON_WIRE_OK;
	size_t n;
	int r;

	n = mon_intake_lines(
	    untrusted, len, run.take || run.peek, run.ts, target, run.output, &reason);
	n += mon_intake_report(run.ts, target, run.output + n);
	if (target->result != MON_RESULT_OK || target->rejected > 0)
		run.partial = true;
	if (target->unknown > 0 && run.unknown == 0)
		memcpy(run.from, target->vm, sizeof(run.from));
	run.unknown += target->unknown;
	learn_older(target);
	warn(target, exit_code, reason);
	r = mon_tool_write(run.output, n);
	run.output_lost = r < 0;
	return r;
}

/* Report the qubes that were left out of this run: they have no answer to end. */
static int
report_unasked(void)
{
	for (size_t i = 0; i < run.targets.n; i++) {
		const struct mon_target *t = &run.targets.list[i];
		bool unasked = t->result == MON_RESULT_BACKOFF ||
			       (t->result == MON_RESULT_SKIPPED && t->ms == 0);

		if (!unasked)
			continue;
		run.partial = true;
		if (mon_tool_write(run.output, mon_intake_report(run.ts, t, run.output)) < 0)
			return -EIO;
	}
	return 0;
}

/* The qubes on stdin. */
static int
read_targets(unsigned deadline_ms)
{
	size_t bad = 0;
	int r;

	if (isatty(STDIN_FILENO))
		mon_tool_warn(0, "waiting for names of qubes on stdin, one a line; Ctrl-D ends them");
	r = mon_target_read(&run.targets, STDIN_FILENO, deadline_ms, &bad);

	if (r == -ETIMEDOUT)
		mon_tool_error(0, "no end of the list on stdin in time: does mon-vmstate hang?");
	else if (r < 0)
		mon_tool_error(r, "cannot read the list on stdin");
	else if (bad > 0)
		mon_tool_warn(0,
		    "line %zu on stdin names no qube, or is one too many; such lines are "
		    "dropped",
		    bad);
	else if (run.targets.seen == 0)
		mon_tool_warn(0, "the list on stdin names no other qube: nobody is asked");
	else if (run.targets.seen == run.targets.excluded)
		mon_tool_warn(0, "all %zu qubes on stdin are excluded: nobody is asked", run.targets.seen);
	run.partial = bad > 0;
	return r < 0 ? MON_EX_FAIL : MON_EX_OK;
}

/* The qubes named as arguments. */
static int
name_targets(int argc, char *argv[])
{
	run.targets.no_handler = NULL; /* a person may want to see for himself */
	for (int i = 0; i < argc; i++) {
		switch (mon_target_add(&run.targets, argv[i], strlen(argv[i]), true)) {
		case MON_TARGET_BAD:
			return mon_tool_misuse("'%s' is no name of a qube%s", argv[i],
			    argv[i][0] == '-' ? "; options come before the names" : "");
		case MON_TARGET_FULL: return mon_tool_misuse("more than %d qubes", MON_VMS_MAX);
		case MON_TARGET_NEVER:
			return mon_tool_misuse(
			    "'%s' is never asked; for this machine: --local", argv[i]);
		case MON_TARGET_EXCLUDED:
			mon_tool_warn(
			    0, "%s: it is excluded (--exclude, MON_EXCLUDE), and not asked", argv[i]);
			run.partial = true;
			break;
		default: break;
		}
	}
	run.by_name = true;
	return MON_EX_OK;
}

/* This very machine, under its own name. */
static int
local_target(void)
{
	mon_local_sampler(run.sampler, sizeof(run.sampler));
	/* As qrexec does it: its callers have places of their own in the journal. */
	if (setenv("QREXEC_REMOTE_DOMAIN", run.self, 1) < 0 ||
	    setenv("QREXEC_SERVICE_ARGUMENT", run.take ? "take" : "", 1) < 0)
		return MON_EX_FAIL;
	memcpy(run.targets.list[0].vm, run.self, sizeof(run.self));
	run.targets.list[0].ask = true;
	run.targets.n = 1;
	run.local = run.by_name = true;
	return MON_EX_OK;
}

/* The folder of the history, made if need be; -1 if there is none: then nothing is remembered. */
static int
open_history(const char *option)
{
	const char *dir = mon_tool_value(option, "RUNTIME_DIRECTORY", NULL);
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char path[4096] = "";
	int fd;

	if (dir != NULL)
		(void)snprintf(path, sizeof(path), "%s", dir);
	else if (runtime != NULL && *runtime == '/')
		(void)snprintf(path, sizeof(path), "%s/sys-monitor", runtime);
	else
		return -1;
	fd = mon_dir_open(path, true);
	if (fd < 0)
		mon_tool_warn(fd,
		    "cannot open '%s': who does not answer is not remembered; "
		    "see --state-dir",
		    path);
	return fd;
}

/* What dom0 says of the qubes that came without a state: who is named may be of another machine. */
static void
ask_dom0(unsigned timeout_ms)
{
	if (run.local || !(run.by_name || run.targets.bare) || run.targets.n == 0)
		return;
	mon_known_ask(&run.targets, timeout_ms);
	for (size_t i = 0; i < run.targets.n; i++) {
		if (run.targets.list[i].known != MON_KNOWN_REMOTE)
			continue;
		mon_tool_warn(0, "%s: it is a qube of another machine (RemoteVM), which is never asked",
		    run.targets.list[i].vm);
		run.partial = true;
	}
}

/* Ask all targets and remember how it went. */
static int
scrape(const struct options *o, unsigned timeout_ms, unsigned deadline_ms, unsigned parallel)
{
	char count[MON_HUMAN_MAX];
	const struct mon_calls calls = { .targets = &run.targets,
		.timeout_ms = timeout_ms,
		.deadline_ms = deadline_ms,
		.fresh_max = parallel,
		.command = command,
		.again = again,
		.ended = ended };
	cleanup_fd int history = run.local ? -1 : open_history(o->state_dir);
	/* No one but us sets it; where --now is given all clocks follow that. */
	const time_t clock = o->now != NULL ? run.now : mon_clock_boot();
	int r;

	/* Where nothing is remembered, each run is the first.  A person sees all that comes. */
	for (size_t i = 0; i < run.targets.n; i++)
		run.targets.list[i].allowed = run.targets.list[i].allowed_figures =
		    run.targets.quota.most;
	if (history >= 0) {
		r = mon_history_recall(history, clock, !run.by_name, &run.targets);
		if (r < 0)
			mon_tool_warn(
			    r, "cannot read who answered last time: all qubes count as new");
	}
	mon_target_sort(&run.targets);
	r = mon_calls_run(&calls);
	if (r == -ENOENT)
		mon_tool_error(0, run.local ? "mon-sample is neither beside mon-scrape nor on PATH"
					    : "qrexec-client-vm is not on PATH: is this a qube? "
					      "Without Qubes OS, use --local");
	else if (r == -EINTR)
		mon_tool_error(0, "stopped by a signal");
	else if (r < 0 && !run.output_lost) /* which was told when it happened */
		mon_tool_error(r, "cannot ask all qubes");
	if (r == 0)
		r = report_unasked();
	if (run.unknown > 0)
		mon_tool_warn(0,
		    "left out %s of kinds that this version does not know, the first from %s: "
		    "update sys-monitor to file them",
		    mon_human_plural(run.unknown, "line", count), run.from);
	/* After a failure too: what was filed by then counts. */
	if (history >= 0) {
		int kept = mon_history_keep(history, clock, &run.targets);

		if (kept < 0)
			mon_tool_warn(kept, "cannot remember who answered, and what was filed");
	}
	if (r < 0)
		return MON_EX_FAIL;
	return run.partial ? MON_EX_PARTIAL : MON_EX_OK;
}

/* Whom to ask, from the arguments. */
static int
choose_targets(const struct options *o, int argc, char *argv[], unsigned deadline_ms)
{
	if (o->local)
		return argc == 0 ? local_target() : mon_tool_misuse("--local takes no names");
	if (argc == 0)
		return mon_tool_misuse(
		    "whom to ask? Give names, '-' for a list on stdin, or --local");
	if (argc == 1 && strcmp(argv[0], "-") == 0)
		return read_targets(deadline_ms);
	return name_targets(argc, argv);
}

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
		return mon_tool_misuse("--take and --peek: one takes the alerts, the other leaves them");
	run.take = o->take;
	run.peek = o->peek;
	run.targets.exclude = &o->exclude;
	mon_tool_globs(MON_SETTING_NO_HANDLER, &o->no_handler);
	run.targets.no_handler = &o->no_handler;
	run.targets.self = run.self;
	r = choose_targets(o, argc, argv, (unsigned)deadline.number);
	if (r != MON_EX_OK)
		return r;
	ask_dom0((unsigned)timeout.number);
	return scrape(o, (unsigned)timeout.number, (unsigned)deadline.number,
	    (unsigned)parallel.number);
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
	while ((c = mon_tool_getopt(argc, argv, "+lx:t:d:hV", longs, "x")) != -1) {
		switch (c) {
		case 'T': o.take = true; break;
		case 'P': o.peek = true; break;
		case 'l': o.local = true; break;
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
