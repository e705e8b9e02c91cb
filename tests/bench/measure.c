/*
 * measure.c - run commands in turn, many times, and tell what each run cost.
 *
 *	measure ROUNDS [WARMUPS] <PLAN
 *
 * The plan is lines "KEYWORD VALUE"; a command begins with "command" and has the lines behind it:
 *
 *	command NAME	what it is called in the output
 *	arg WORD	a word of it, the first one a path; once for each word
 *	in FILE		its stdin (/dev/null)
 *	out FILE	its stdout, made anew for each run (/dev/null)
 *	before TEXT	for sh -c, before each run and not measured
 *	env NAME=VALUE	in its environment; once for each
 *	times N		run it N times for one figure (1)
 *
 * One round runs each command once; every second round goes backwards, so that no command always
 * follows the same one.  Output, a line a run, separated by tabs:
 *
 *	ROUND NAME CPU_US WALL_US RSS_KB EXIT
 *
 * CPU is user and system time of the command and of all its descendants, also of those that
 * outlive it: this program is their subreaper, and waits for them.  WALL ends with the command itself.
 * RSS is the peak of the largest single process.  The process is started by vfork, from this
 * small program, so that the cost of a large parent is in no figure.
 *
 * Exit: 0 done; 1 the system failed, or a "before" did; 2 wrong usage or plan.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 64
#define WORDS_MAX 64
#define ENV_MAX 256
#define PLAN_MAX 262144

struct command {
	const char *name, *in, *out, *before;
	char *argv[WORDS_MAX + 1], *env[ENV_MAX + 1];
	size_t argc, envc;
	long times;
};

struct cost {
	long long cpu_us, wall_us;
	long rss_kb;
	int code;
};

extern char **environ;

static struct command commands[COMMANDS_MAX];
static size_t ncommands;

static _Noreturn void
fail(int code, const char *what, const char *on)
{
	fprintf(stderr, "measure: %s %s%s%s\n", what, on, code == 1 ? ": " : "",
	    code == 1 ? strerror(errno) : "");
	exit(code);
}

static long long
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static long
number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (n < 0 || *end != '\0' || end == text)
		fail(2, "not a number:", text);
	return n;
}

static void
plan_line(char *keyword, char *value)
{
	struct command *c;

	if (strcmp(keyword, "command") == 0) {
		if (ncommands == COMMANDS_MAX)
			fail(2, "too many commands at", value);
		commands[ncommands++] = (struct command){
			.name = value, .in = "/dev/null", .out = "/dev/null", .times = 1
		};
		return;
	}
	if (ncommands == 0)
		fail(2, "no command before", keyword);
	c = &commands[ncommands - 1];
	if (strcmp(keyword, "arg") == 0) {
		if (c->argc == WORDS_MAX)
			fail(2, "too many words for", c->name);
		c->argv[c->argc++] = value;
	} else if (strcmp(keyword, "in") == 0) {
		c->in = value;
	} else if (strcmp(keyword, "out") == 0) {
		c->out = value;
	} else if (strcmp(keyword, "before") == 0) {
		c->before = value;
	} else if (strcmp(keyword, "env") == 0) {
		if (c->envc == ENV_MAX || strchr(value, '=') == NULL)
			fail(2, "cannot take the variable", value);
		c->env[c->envc++] = value;
	} else if (strcmp(keyword, "times") == 0) {
		c->times = number(value);
	} else {
		fail(2, "unknown keyword", keyword);
	}
}

static void
read_plan(void)
{
	static char plan[PLAN_MAX];
	size_t have = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, plan + have, sizeof(plan) - 1 - have)) > 0)
		have += (size_t)n;
	if (n < 0 || have == sizeof(plan) - 1)
		fail(2, "cannot take the plan:", "too long or unreadable");
	for (char *line = strtok(plan, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char *space = strchr(line, ' ');

		if (space == NULL)
			fail(2, "a line without a value:", line);
		*space = '\0';
		plan_line(line, space + 1);
	}
	for (size_t i = 0; i < ncommands; i++)
		if (commands[i].argc == 0)
			fail(2, "no words for", commands[i].name);
}

static bool
has_variable(const struct command *c, const char *variable)
{
	const size_t len = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < c->envc; i++)
		if (strncmp(c->env[i], variable, len) == 0)
			return true;
	return false;
}

/* Behind the command's own variables come those of this program that it does not set. */
static void
inherit(struct command *c)
{
	for (char **p = environ; *p != NULL; p++) {
		if (has_variable(c, *p))
			continue;
		if (c->envc == ENV_MAX)
			fail(2, "too many variables for", c->name);
		c->env[c->envc++] = *p;
	}
}

static pid_t
start(char *const argv[], char *const env[], const char *in, const char *out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r = posix_spawn_file_actions_init(&actions);

	if (r == 0)
		r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in, O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(
		    &actions, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (r == 0)
		r = posix_spawn(&pid, argv[0], &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0) {
		errno = r;
		fail(1, "cannot start", argv[0]);
	}
	return pid;
}

static void
add_usage(struct cost *cost, const struct rusage *usage)
{
	cost->cpu_us += (long long)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
			usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
	if (usage->ru_maxrss > cost->rss_kb)
		cost->rss_kb = usage->ru_maxrss;
}

/* Run it once, and add to ${cost}; wait for orphans too. */
static void
run_once(char *const argv[], char *const env[], const char *in, const char *out, struct cost *cost)
{
	const long long begin = now_us();
	const pid_t child = start(argv, env, in, out);
	struct rusage usage;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, 0, &usage)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		add_usage(cost, &usage);
		if (pid != child)
			continue;
		cost->wall_us += now_us() - begin;
		cost->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static void
prepare(const struct command *c)
{
	char text[PLAN_MAX / 16];
	char *argv[] = { "/bin/sh", "-c", text, NULL };
	struct cost unused = { 0 };

	if (c->before == NULL)
		return;
	snprintf(text, sizeof(text), "%s", c->before);
	run_once(argv, environ, "/dev/null", "/dev/null", &unused);
	if (unused.code != 0) {
		fprintf(stderr, "measure: what goes before %s failed with %d: %s\n", c->name,
		    unused.code, c->before);
		exit(1);
	}
}

static void
run_command(long round, struct command *c)
{
	struct cost cost = { 0 };

	prepare(c);
	for (long i = 0; i < c->times; i++)
		run_once(c->argv, c->env, c->in, c->out, &cost);
	if (round >= 0)
		printf("%ld\t%s\t%lld\t%lld\t%ld\t%d\n", round, c->name, cost.cpu_us, cost.wall_us,
		    cost.rss_kb, cost.code);
}

int
main(int argc, char *argv[])
{
	long rounds, warmups;

	if (argc < 2 || argc > 3)
		fail(2, "usage: measure", "ROUNDS [WARMUPS] <PLAN");
	rounds = number(argv[1]);
	warmups = argc == 3 ? number(argv[2]) : 0;
	read_plan();
	for (size_t i = 0; i < ncommands; i++)
		inherit(&commands[i]);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		fail(1, "cannot become", "the subreaper");
	for (long round = -warmups; round < rounds; round++)
		for (size_t i = 0; i < ncommands; i++)
			run_command(round, &commands[round % 2 == 0 ? i : ncommands - 1 - i]);
	return fflush(stdout) == 0 ? 0 : 1;
}
