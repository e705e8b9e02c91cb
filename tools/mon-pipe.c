/*
 * mon-pipe - run programs joined by pipes, and fail if any of them fails.
 *
 * What the units use instead of a shell.  With pipefail a shell gives the exit code of the last
 * stage that failed, so a 3 behind a 1 hides the 1.  Here the worst counts, whatever its place,
 * and a stage that was killed is named.
 *
 * A stage behind "|?" may be missing, fail or hang: that is told, and costs the others nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "clock.h"
#include "process.h"
#include "tool.h"

static const char HELP[] =
    "Usage: mon-pipe COMMAND [ARG]... ['|' COMMAND [ARG]...]...\n"
    "Run programs joined by pipes, and fail if any of them fails.\n"
    "\n"
    "A word that is just '|' stands between two programs; quote it in a shell. A\n"
    "program behind '|?' may be missing, fail or hang: the others go on. There is no\n"
    "other syntax. Programs are found on PATH. The first one gets the stdin,\n"
    "the last one the stdout, and all the stderr of mon-pipe.\n"
    "\n"
    "  -h, --help     print this help, and exit\n"
    "  -V, --version  print the version, and exit\n"
    "\n"
    "Exit status, for all programs together, the first that applies: 1 one was\n"
    "killed, could not be started, or failed; 2 one exited 2, as the tools of\n"
    "sys-monitor do on wrong usage; 3 one exited 3, done in part, or one behind '|?'\n"
    "failed or was ended because it hung; 0 all exited 0.\n"
    "\n"
    "Example: mon-pipe mon-vmstate '|' mon-scrape - '|' mon-split\n";

struct stage {
	char **argv;
	bool optional; /* it stands behind a "|?" */
	pid_t pid;     /* 0: not started, or it has ended */
	pid_t group;   /* of an optional one and what it starts in turn; 0: none */
	int feed;      /* the end of its pipe that it reads, kept for an optional one; or -1 */
	bool drain;    /* it has ended: what is written to it is read here, and lost */
	bool told;     /* that it is ended by us */
};

/* Is ${word} the bar between two programs?  Then say of which kind. */
static bool
is_bar(const char *word, bool *ret_optional)
{
	*ret_optional = strcmp(word, "|?") == 0;
	return *ret_optional || strcmp(word, "|") == 0;
}

/* Cut ${argv} at each bar into ${stages}.  Return how many there are, or 0 after a message. */
static size_t
cut(int argc, char *argv[], struct stage stages[MON_STAGES_MAX])
{
	bool begin = true; /* must a program begin here? */
	bool optional = false;
	size_t n = 0;

	for (int i = 0; i < argc; i++) {
		bool next = false;
		bool bar = is_bar(argv[i], &next);

		if (bar && begin)
			break;
		if (begin && n == MON_STAGES_MAX) {
			mon_tool_misuse("more than %d programs", MON_STAGES_MAX);
			return 0;
		}
		if (begin)
			stages[n++] =
			    (struct stage){ .argv = argv + i, .optional = optional, .feed = -1 };
		if (bar) {
			argv[i] = NULL;
			optional = next;
		}
		begin = bar;
	}
	if (begin) {
		mon_tool_misuse(argc == 0 ? "what to run?" : "a program is missing beside a bar");
		return 0;
	}
	return n;
}

/* The worse of two exit codes: 1, then 2, then 3, then 0. */
static int
worse(int a, int b)
{
	if (a == MON_EX_OK || b == MON_EX_OK)
		return a == MON_EX_OK ? b : a;
	return a < b ? a : b;
}

static void
end_all(const struct stage stages[], size_t n, int sig)
{
	for (size_t i = 0; i < n; i++)
		if (stages[i].group > 0)
			kill(-stages[i].group, sig);
		else if (stages[i].pid > 0)
			kill(stages[i].pid, sig);
}

/* Start ${s} between the pipes ${in} and ${out}.  Return its part of the exit code. */
static int
start(struct stage *s, int in, int out)
{
	const char *hint = "", *rest = s->optional ? "; the rest goes on without it" : "";
	int r = mon_process_start((const char *const *)s->argv, in, out, -1,
	    s->optional ? MON_PROCESS_APART : MON_PROCESS_UNBLOCKED, &s->pid);

	if (s->optional) {
		s->group = s->pid;
		s->feed = fcntl(in, F_DUPFD_CLOEXEC, 0);
		s->drain = r < 0;
	}
	if (r == 0)
		return MON_EX_OK;
	if (r == -ENOENT)
		hint = "; is it installed, and on PATH?";
	(s->optional ? mon_tool_warn : mon_tool_error)(
	    r, "cannot start %s%s%s", s->argv[0], hint, rest);
	return s->optional ? MON_EX_PARTIAL : MON_EX_FAIL;
}

/* Start all; if one fails that is needed, end those that run already.  Return the exit code. */
static int
start_all(struct stage stages[], size_t n)
{
	cleanup_fd int in = -1;
	int code = MON_EX_OK;

	for (size_t i = 0; i < n && code != MON_EX_FAIL; i++) {
		cleanup_fd int out = -1, next = -1;
		int fds[2];

		if (i + 1 < n) {
			if (pipe2(fds, O_CLOEXEC) < 0) {
				mon_tool_error(errno, "cannot make a pipe");
				code = MON_EX_FAIL;
				break;
			}
			next = fds[0];
			out = fds[1];
		}
		code = worse(code, start(&stages[i], in, out));
		mon_cleanup_fd(&in);
		in = mon_steal_fd(&next);
	}
	if (code == MON_EX_FAIL)
		end_all(stages, n, SIGTERM);
	return code;
}

/* Say how ${s} ended, if that was no good end.  Return its part of the exit code. */
static int
judge(const struct stage *s, const siginfo_t *end)
{
	void (*say)(int, const char *, ...) = s->optional ? mon_tool_warn : mon_tool_error;
	int code = s->optional ? MON_EX_PARTIAL : MON_EX_FAIL;

	if (end->si_code != CLD_EXITED) {
		if (!s->told)
			say(0, "%s was killed by signal %d (%s)", s->argv[0], end->si_status,
			    strsignal(end->si_status));
		return code;
	}
	switch (end->si_status) {
	case MON_EX_OK: return s->told ? code : MON_EX_OK;
	case MON_EX_PARTIAL: return MON_EX_PARTIAL;
	default:
		say(0, "%s failed with exit code %d", s->argv[0], end->si_status);
		return end->si_status == MON_EX_USAGE && !s->optional ? MON_EX_USAGE : code;
	}
}

/*
 * Take note of the stages that have ended.  Return their part of the exit code.  WNOWAIT keeps the
 * ID of an optional one, which is that of its group, from being given to another.
 */
static int
reap(struct stage stages[], size_t n)
{
	int code = MON_EX_OK;

	for (size_t i = 0; i < n; i++) {
		struct stage *s = &stages[i];
		siginfo_t end = { 0 };

		if (s->pid == 0 ||
		    waitid(P_PID, (id_t)s->pid, &end,
			WEXITED | WNOHANG | (s->optional ? WNOWAIT : 0)) < 0 ||
		    end.si_pid == 0)
			continue;
		s->pid = 0;
		s->drain = s->optional;
		code = worse(code, judge(s, &end));
	}
	return code;
}

/* Read away what was written to stages that have ended. */
static void
drain(struct stage *s)
{
	static char lost[65536];
	ssize_t n = read(s->feed, lost, sizeof(lost));

	if (n > 0 || (n < 0 && errno == EINTR))
		return;
	close(s->feed);
	s->feed = -1;
	s->drain = false;
}

/*
 * End the optional stages that still run, by ${sig}, with all that they started: it may hold the
 * pipe to the next one.  Also what is left of one that has ended.  Return the part of the exit
 * code.
 */
static int
end_optional(struct stage stages[], size_t n, int sig)
{
	int code = MON_EX_OK;

	for (size_t i = 0; i < n; i++) {
		struct stage *s = &stages[i];

		/* From now on its ID is that of the others in its group, or of none. */
		if (s->group > 0 && s->pid == 0)
			waitpid(s->group, NULL, 0);
		if (s->group > 0 && kill(-s->group, sig) < 0)
			s->group = 0;
		if (s->group == 0)
			continue;
		if (!s->told)
			mon_tool_warn(0, "%s%s did not end within %d ms of all before it: ended it",
			    s->pid == 0 ? "what was started by " : "", s->argv[0], MON_OPTIONAL_MS);
		s->told = true;
		code = MON_EX_PARTIAL;
	}
	return code;
}

/* Does a stage run that the ones behind the first "|?" have to wait for?  And any at all? */
static bool
runs(const struct stage stages[], size_t n, bool needed)
{
	for (size_t i = 0; i < n && !(needed && stages[i].optional); i++)
		if (stages[i].pid > 0)
			return true;
	return false;
}

/*
 * Wait for a signal of ${signals}, or ${ms} (-1: for ever), and read away meanwhile what nobody
 * reads.  Return the signal, or 0.
 */
static int
wait_for(int signals, struct stage stages[], size_t n, int ms)
{
	struct pollfd fds[1 + MON_STAGES_MAX] = { { .fd = signals, .events = POLLIN } };
	struct signalfd_siginfo info;

	for (size_t i = 0; i < n; i++)
		fds[1 + i] = (struct pollfd){ .fd = stages[i].drain ? stages[i].feed : -1,
			.events = POLLIN };
	if (poll(fds, 1 + n, ms) <= 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (fds[1 + i].revents != 0)
			drain(&stages[i]);
	if (fds[0].revents == 0 || read(signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

/*
 * Wait until all have ended.  The optional ones get MON_OPTIONAL_MS from when all before the
 * first of them have: one that hangs must not hold up the next run.
 */
static int
wait_for_all(int signals, struct stage stages[], size_t n)
{
	int code = MON_EX_OK, next = SIGTERM;
	int64_t end = 0; /* when ${next} is sent to the optional ones; 0: not known yet */

	for (;;) {
		int64_t left = -1;
		int sig;

		code = worse(code, reap(stages, n));
		if (!runs(stages, n, false))
			break;
		if (end == 0 && !runs(stages, n, true))
			end = mon_clock_ms() + MON_OPTIONAL_MS;
		if (end != 0) {
			left = end - mon_clock_ms();
			if (left <= 0) {
				code = worse(code, end_optional(stages, n, next));
				next = SIGKILL;
				left = MON_OPTIONAL_MS;
				end = mon_clock_ms() + left;
			}
		}
		sig = wait_for(signals, stages, n, (int)left);
		if (sig == 0 || sig == SIGCHLD)
			continue;
		/* Somebody ends us, and so all that we began: no need to tell them of each. */
		for (size_t i = 0; i < n; i++)
			stages[i].told = true;
		end_all(stages, n, sig);
		code = MON_EX_FAIL;
	}
	while (waitpid(-1, NULL, WNOHANG) > 0) /* the optional ones */
		;
	return code;
}

static int
run(int argc, char *argv[])
{
	static const int taken[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP };
	struct stage stages[MON_STAGES_MAX] = { 0 };
	size_t n = cut(argc, argv, stages);
	cleanup_fd int signals = -1;
	sigset_t set;
	int code;

	if (n == 0)
		return MON_EX_USAGE;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&set, taken[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0) {
		mon_tool_error(errno, "cannot wait for the programs");
		return MON_EX_FAIL;
	}
	code = start_all(stages, n);
	return worse(code, wait_for_all(signals, stages, n));
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
