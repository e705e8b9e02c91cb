/* whom.c - whom to ask; see whom.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "known.h"
#include "local.h"
#include "tool.h"
#include "whom.h"

/* The qubes on stdin. */
static int
read_targets(struct mon_run *run)
{
	size_t bad = 0;
	int r;

	mon_tool_tell_terminal("names of qubes, one a line,");
	r = mon_target_read(&run->targets, STDIN_FILENO, run->deadline_ms, &bad);

	if (r == -ETIMEDOUT)
		mon_tool_error(0, "no end of the list on stdin in time: does mon-vmstate hang?");
	else if (r < 0)
		mon_tool_error(r, "cannot read the list on stdin");
	else if (bad > 0)
		mon_tool_warn(0,
		    "line %zu on stdin names no qube, or is one too many; such lines are "
		    "dropped",
		    bad);
	else if (run->targets.seen == 0)
		mon_tool_warn(0, "the list on stdin names no other qube: nobody is asked");
	else if (run->targets.seen == run->targets.excluded)
		mon_tool_warn(
		    0, "all %zu qubes on stdin are excluded: nobody is asked", run->targets.seen);
	run->partial = bad > 0;
	return r < 0 ? MON_EX_FAIL : MON_EX_OK;
}

/* The qubes named as arguments. */
static int
name_targets(struct mon_run *run, int argc, char *argv[])
{
	run->targets.no_handler = NULL; /* a person may want to see for himself */
	for (int i = 0; i < argc; i++) {
		switch (mon_target_add(&run->targets, argv[i], strlen(argv[i]), true)) {
		case MON_TARGET_BAD:
			if (strcmp(argv[i], "-") == 0)
				return mon_tool_misuse("'-', the list on stdin, stands alone: "
						       "without names");
			return mon_tool_misuse("'%s' is no name of a qube", argv[i]);
		case MON_TARGET_FULL: return mon_tool_misuse("more than %d qubes", MON_VMS_MAX);
		case MON_TARGET_NEVER:
			return mon_tool_misuse(
			    "'%s' is never asked; for this machine: --local", argv[i]);
		case MON_TARGET_EXCLUDED:
			mon_tool_warn(0,
			    "%s: it is excluded (--exclude, MON_EXCLUDE), and not asked", argv[i]);
			run->partial = true;
			break;
		default: break;
		}
	}
	run->by_name = true;
	return MON_EX_OK;
}

/* This very machine, under its own name. */
static int
local_target(struct mon_run *run)
{
	mon_local_sampler(run->sampler, sizeof(run->sampler));
	/* As qrexec does it: its callers have places of their own in the journal. */
	if (setenv("QREXEC_REMOTE_DOMAIN", run->self, 1) < 0 ||
	    setenv("QREXEC_SERVICE_ARGUMENT", run->take ? "take" : "", 1) < 0)
		return MON_EX_FAIL;
	memcpy(run->targets.list[0].vm, run->self, sizeof(run->self));
	run->targets.list[0].ask = true;
	run->targets.n = 1;
	run->local = run->by_name = true;
	return MON_EX_OK;
}

/* What dom0 says of the qubes that came without a state: who is named may be of another machine. */
static void
ask_dom0(struct mon_run *run)
{
	if (run->local || !(run->by_name || run->targets.bare) || run->targets.n == 0)
		return;
	mon_known_ask(&run->targets, run->timeout_ms);
	for (size_t i = 0; i < run->targets.n; i++) {
		if (run->targets.list[i].known != MON_KNOWN_REMOTE)
			continue;
		mon_tool_warn(0,
		    "%s: it is a qube of another machine (RemoteVM), which is never asked",
		    run->targets.list[i].vm);
		run->partial = true;
	}
}

int
mon_whom_choose(struct mon_run *run, int argc, char *argv[])
{
	int r;

	if (run->local && argc > 0)
		return mon_tool_misuse("--local takes no names");
	if (!run->local && argc == 0)
		return mon_tool_misuse(
		    "whom to ask? Give names, '-' for a list on stdin, or --local");
	if (run->local)
		r = local_target(run);
	else if (argc == 1 && strcmp(argv[0], "-") == 0)
		r = read_targets(run);
	else
		r = name_targets(run, argc, argv);
	if (r == MON_EX_OK)
		ask_dom0(run);
	return r;
}
