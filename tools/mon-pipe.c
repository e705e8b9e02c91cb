/*
 * mon-pipe - run programs joined by pipes, and fail if any of them fails.
 *
 * What the units use instead of a shell.  With pipefail a shell gives the exit code of the last
 * stage that failed, so a 3 behind a 1 hides the 1.  Here the worst counts, whatever its place,
 * and a stage that was killed is named.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "process.h"
#include "tool.h"

static const char HELP[] =
    "Usage: mon-pipe COMMAND [ARG]... ['|' COMMAND [ARG]...]...\n"
    "Run programs joined by pipes, and fail if any of them fails.\n"
    "\n"
    "A word that is just '|' stands between two programs; quote it in a shell. There\n"
    "is no other syntax. Programs are found on PATH. The first one gets the stdin,\n"
    "the last one the stdout, and all the stderr of mon-pipe.\n"
    "\n"
    "  -h, --help     print this help, and exit\n"
    "  -V, --version  print the version, and exit\n"
    "\n"
    "Exit status, for all programs together, the first that applies: 1 one was\n"
    "killed, could not be started, or failed; 2 one exited 2, as the tools of\n"
    "sys-monitor do on wrong usage; 3 one exited 3, done in part; 0 all exited 0.\n"
    "\n"
    "Example: mon-pipe mon-vmstate '|' mon-scrape - '|' mon-split\n";

struct stage {
	char **argv;
	pid_t pid; /* 0: not started */
};

/* Cut ${argv} at each "|" into ${stages}.  Return how many there are, or 0 after a message. */
static size_t
cut(int argc, char *argv[], struct stage stages[MON_STAGES_MAX])
{
	bool begin = true; /* must a program begin here? */
	size_t n = 0;

	for (int i = 0; i < argc; i++) {
		bool bar = strcmp(argv[i], "|") == 0;

		if (bar && begin)
			break;
		if (begin && n == MON_STAGES_MAX) {
			mon_tool_misuse("more than %d programs", MON_STAGES_MAX);
			return 0;
		}
		if (begin)
			stages[n++].argv = argv + i;
		if (bar)
			argv[i] = NULL;
		begin = bar;
	}
	if (begin) {
		mon_tool_misuse(argc == 0 ? "what to run?" : "a program is missing beside a '|'");
		return 0;
	}
	return n;
}

/* Start all, or none: then end those that run already.  Return whether they run. */
static bool
start_all(struct stage stages[], size_t n)
{
	cleanup_fd int in = -1;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		cleanup_fd int out = -1, next = -1;
		int fds[2];

		if (i + 1 < n) {
			if (pipe2(fds, O_CLOEXEC) < 0) {
				mon_tool_error(errno, "cannot make a pipe");
				r = -1;
				break;
			}
			next = fds[0];
			out = fds[1];
		}
		r = mon_process_start(
		    (const char *const *)stages[i].argv, in, out, -1, 0, &stages[i].pid);
		if (r < 0)
			mon_tool_error(r, "cannot start %s%s", stages[i].argv[0],
			    r == -ENOENT ? "; is it installed, and on PATH?" : "");
		mon_cleanup_fd(&in);
		in = mon_steal_fd(&next);
	}
	for (size_t i = 0; i < n && r < 0; i++)
		if (stages[i].pid > 0)
			kill(stages[i].pid, SIGTERM);
	return r == 0;
}

/* Wait for ${s} to end, and say so if that was no good end.  Return its part of the exit code. */
static int
wait_for(const struct stage *s)
{
	int status = 0;

	while (waitpid(s->pid, &status, 0) < 0) {
		if (errno != EINTR) {
			mon_tool_error(errno, "cannot wait for %s", s->argv[0]);
			return MON_EX_FAIL;
		}
	}
	if (WIFSIGNALED(status)) {
		mon_tool_error(0, "%s was killed by signal %d (%s)", s->argv[0], WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
		return MON_EX_FAIL;
	}
	switch (WEXITSTATUS(status)) {
	case MON_EX_OK: return MON_EX_OK;
	case MON_EX_PARTIAL: return MON_EX_PARTIAL;
	default:
		mon_tool_error(0, "%s failed with exit code %d", s->argv[0], WEXITSTATUS(status));
		return WEXITSTATUS(status) == MON_EX_USAGE ? MON_EX_USAGE : MON_EX_FAIL;
	}
}

/* The worse of two exit codes: 1, then 2, then 3, then 0. */
static int
worse(int a, int b)
{
	if (a == MON_EX_OK || b == MON_EX_OK)
		return a == MON_EX_OK ? b : a;
	return a < b ? a : b;
}

static int
run(int argc, char *argv[])
{
	struct stage stages[MON_STAGES_MAX] = { 0 };
	size_t n = cut(argc, argv, stages);
	int code;

	if (n == 0)
		return MON_EX_USAGE;
	code = start_all(stages, n) ? MON_EX_OK : MON_EX_FAIL;
	for (size_t i = 0; i < n; i++)
		if (stages[i].pid > 0)
			code = worse(code, wait_for(&stages[i]));
	return code;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	mon_tool_init("mon-pipe", HELP);
	while ((c = mon_tool_getopt(argc, argv, "+hV", longs, "")) != -1) {
		switch (c) {
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	return run(argc - optind, argv + optind);
}
