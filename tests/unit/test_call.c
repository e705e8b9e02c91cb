/* test_call.c - other programs: their answers, their ends, and what they must not leave. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "check.h"

#define LONG_MS 60000 /* never reached: the deadline of a machine that is badly loaded */

static size_t
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Run ${script} by sh and collect it. */
static int
collect(
    const char *script, unsigned flags, char *buf, size_t cap, unsigned ms, size_t *len, int *code)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct mon_call call = MON_CALL_NONE;
	int r = mon_call_start(argv, flags, &call);

	assert_int_equal(r, 0);
	r = mon_call_collect(&call, buf, cap, ms, len, code);
	CHECK(call.pid == 0 && call.pidfd == -1 && call.out == -1, "%s: ended", script);
	return r;
}

#define UNTOUCHED 12345

static const struct {
	const char *what, *script;
	size_t cap;
	unsigned ms;
	int r, code; /* code UNTOUCHED: none is told */
	const char *out;
} cases[] = {
	{ "an answer", "echo hello", 100, LONG_MS, 0, 0, "hello\n" },
	{ "no answer", "true", 100, LONG_MS, 0, 0, "" },
	{ "exit code", "echo a; exit 126", 100, LONG_MS, 0, 126, "a\n" },
	{ "the largest exit code", "exit 255", 100, LONG_MS, 0, 255, "" },
	{ "a signal", "kill -TERM $$", 100, LONG_MS, 0, 128 + SIGTERM, "" },
	{ "killed", "printf x; kill -KILL $$", 100, LONG_MS, 0, 128 + SIGKILL, "x" },
	{ "stdin is at its end", "cat; echo end", 100, LONG_MS, 0, 0, "end\n" },
	{ "stdout is a pipe", "test -p /dev/stdout && echo pipe", 100, LONG_MS, 0, 0, "pipe\n" },
	{ "no stderr", "echo err >&2; readlink /proc/self/fd/2", 100, LONG_MS, 0, 0,
	    "/dev/null\n" },
	{ "SIGPIPE as it was", "kill -PIPE $$", 100, LONG_MS, 0, 128 + SIGPIPE, "" },
	{ "fits exactly", "printf 12345678", 8, LONG_MS, 0, 0, "12345678" },
	{ "a byte too much", "printf 123456789", 8, LONG_MS, -EFBIG, UNTOUCHED, "12345678" },
	{ "a flood", "yes", 8, LONG_MS, -EFBIG, UNTOUCHED, "y\ny\ny\ny\n" },
	{ "no room at all", "printf 1", 0, LONG_MS, -EFBIG, UNTOUCHED, "" },
	{ "no room is needed", "true", 0, LONG_MS, 0, 0, "" },
	{ "hangs", "exec sleep 1000", 100, 50, -ETIMEDOUT, UNTOUCHED, "" },
	{ "hangs, ignores signals", "trap '' TERM INT HUP; while :; do sleep 1000; done", 100, 50,
	    -ETIMEDOUT, UNTOUCHED, "" },
	{ "no time at all", "echo x", 100, 0, -ETIMEDOUT, UNTOUCHED, "" },
	{ "closes its stdout and ends", "exec >&-; exit 3", 100, LONG_MS, 0, 3, "" },
	{ "closes its stdout and lives", "echo a; exec >&-; exec sleep 1000", 100, 300, -ETIMEDOUT,
	    UNTOUCHED, "a\n" },
	{ "ends, but a child has its stdout", "echo a; sleep 1000 & exit 4", 100, LONG_MS, 0, 4,
	    "a\n" },
	{ "drips for ever", "while :; do printf x; sleep 0.01; done", 100000, 100, -ETIMEDOUT,
	    UNTOUCHED, NULL },
	{ "written in pieces", "for i in 1 2 3 4; do printf $i; sleep 0.01; done", 100, LONG_MS, 0,
	    0, "1234" },
};

static void
collects_answers(void **state)
{
	size_t before = count_descriptors();

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as mon_tool_init() does */
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *buf = malloc(cases[i].cap);
		size_t len = 99999;
		int code = UNTOUCHED;

		CHECK_EQ(collect(cases[i].script, 0, buf, cases[i].cap, cases[i].ms, &len, &code),
		    cases[i].r, "%s", cases[i].what);
		CHECK_EQ(code, cases[i].code, "%s", cases[i].what);
		CHECK(len <= cases[i].cap, "%s: %zu bytes", cases[i].what, len);
		if (cases[i].out != NULL)
			CHECK(len == strlen(cases[i].out) && memcmp(buf, cases[i].out, len) == 0,
			    "%s: %.*s", cases[i].what, (int)len, buf);
		CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "%s: a child is left",
		    cases[i].what);
		free(buf);
	}
	CHECK_EQ(count_descriptors(), before, "descriptors are left");
	check_done();
}

/* A program that has closed its stdout and lives is waited for without a busy loop. */
static void
waits_without_work(void **state)
{
	char buf[8];
	size_t len = 0;
	int code = -1;
	clock_t before = clock();

	(void)state;
	CHECK_EQ(collect("exec >&-; exec sleep 1000", 0, buf, sizeof(buf), 500, &len, &code),
	    -ETIMEDOUT, "closed");
	CHECK((clock() - before) * 1000 / CLOCKS_PER_SEC < 50, "took %ld ms of the processor",
	    (long)((clock() - before) * 1000 / CLOCKS_PER_SEC));
	check_done();
}

/* More than a pipe holds, and every byte of it: drained while the program still writes. */
static void
collects_large_answers(void **state)
{
	size_t cap = 1000000, len = 0;
	char *buf = malloc(cap);
	int code = -1;

	(void)state;
	assert_non_null(buf);
	CHECK_EQ(
	    collect("head -c 1000000 /dev/zero | tr '\\0' z", 0, buf, cap, LONG_MS, &len, &code), 0,
	    "a megabyte");
	CHECK(code == 0 && len == cap && buf[0] == 'z' && memcmp(buf, buf + 1, cap - 1) == 0,
	    "a megabyte: %zu", len);
	free(buf);
	check_done();
}

static void
starts_nothing_that_is_not_there(void **state)
{
	char text[] = "/tmp/mon-test-call.XXXXXX", plain[] = "/tmp/mon-test-call.XXXXXX";
	const struct {
		const char *what, *program;
		int want;
	} rows[] = {
		{ "not on PATH", "mon-no-such-program", -ENOENT },
		{ "no such file", "/nonexistent/program", -ENOENT },
		{ "a directory", "/", -EACCES },
		{ "not executable", plain, -EACCES },
		{ "executable, but no program: not for a shell to try", text, -ENOEXEC },
	};
	size_t before = count_descriptors();
	int fd = mkstemp(plain);

	(void)state;
	assert_true(fd >= 0); /* 0600 */
	close(fd);
	fd = mkstemp(text);
	assert_true(fd >= 0 && fchmod(fd, 0755) == 0 && write(fd, "exit 0\n", 7) == 7);
	close(fd);
	for (size_t i = 0; i < CHECK_LEN(rows); i++) {
		const char *const argv[] = { rows[i].program, NULL };
		struct mon_call call;

		check_fill(&call, sizeof(call));
		CHECK_EQ(mon_call_start(argv, 0, &call), rows[i].want, "%s", rows[i].what);
		CHECK(check_untouched(&call, sizeof(call)), "%s", rows[i].what);
		CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "%s", rows[i].what);
	}
	CHECK_EQ(count_descriptors(), before, "descriptors are left");
	unlink(text);
	unlink(plain);
	check_done();
}

/* The program's children, and theirs, end with it.  As their subreaper we see it for certain. */
static void
kills_grandchildren(void **state)
{
	static const struct {
		const char *what, *script;
		unsigned ms;
		int r;
	} rows[] = {
		{ "at the deadline", "(sleep 1000 & sleep 1000) & sleep 1000", 200, -ETIMEDOUT },
		{ "when the program ends", "sleep 1000 & exit 0", LONG_MS, 0 },
		{ "when there is too much", "sleep 1000 & yes", LONG_MS, -EFBIG },
	};

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	for (size_t i = 0; i < CHECK_LEN(rows); i++) {
		char buf[64];
		size_t len = 0;
		int code = -1, status, orphans = 0;

		CHECK_EQ(collect(rows[i].script, 0, buf, sizeof(buf), rows[i].ms, &len, &code),
		    rows[i].r, "%s", rows[i].what);
		alarm(60); /* an orphan that lives would be waited for 1000 s */
		while (waitpid(-1, &status, 0) > 0) {
			CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%s: %d",
			    rows[i].what, status);
			orphans++;
		}
		alarm(0);
		CHECK(orphans > 0, "%s: nothing was killed", rows[i].what);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	check_done();
}

/* What the program inherits: of the pipe its stdout alone, no blocked signal, its own group. */
static void
hands_nothing_on(void **state)
{
	char buf[4096];
	size_t len = 0;
	int code = -1;
	sigset_t all, old;

	(void)state;
	sigfillset(&all);
	assert_int_equal(sigprocmask(SIG_SETMASK, &all, &old), 0);
	/* By exec: a shell that starts a program blocks signals meanwhile, and then lets them all in. */
	CHECK_EQ(collect("exec grep SigBlk /proc/self/status", 0, buf, sizeof(buf) - 1, LONG_MS,
		     &len, &code),
	    0, "inherited");
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	buf[len] = '\0';
	CHECK(strcmp(buf, "SigBlk:\t0000000000000000\n") == 0, "%s", buf);
	CHECK_EQ(collect("ls -l /proc/$$/fd | grep -cF \"$(readlink /proc/$$/fd/1)\"; "
			 "set -- $(cat /proc/$$/stat); [ $1 = $5 ] && echo leads",
		     0, buf, sizeof(buf) - 1, LONG_MS, &len, &code),
	    0, "inherited");
	buf[len] = '\0';
	CHECK(strcmp(buf, "1\nleads\n") == 0, "one end of the pipe, once, and a group: %s", buf);
	check_done();
}

/* An open stdin hangs admin.vm.List for ever. */
static void
gives_no_stdin(void **state)
{
	char buf[64];
	size_t len = 0;
	int code = -1, fds[2], keep = dup(STDIN_FILENO);

	(void)state;
	assert_true(keep >= 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	CHECK_EQ(collect("readlink /proc/$$/fd/0", 0, buf, sizeof(buf), LONG_MS, &len, &code), 0,
	    "runs");
	assert_int_equal(dup2(keep, STDIN_FILENO), STDIN_FILENO);
	close(keep);
	close(fds[0]);
	close(fds[1]);
	CHECK(len == 10 && memcmp(buf, "/dev/null\n", 10) == 0, "stdin is %.*s", (int)len, buf);
	check_done();
}

static void
lets_stderr_through_when_asked(void **state)
{
	char buf[64], err[64];
	size_t len = 0;
	int code = -1, fds[2], keep = dup(STDERR_FILENO);
	ssize_t n;

	(void)state;
	assert_true(keep >= 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	CHECK_EQ(
	    collect("echo hidden >&2", 0, buf, sizeof(buf), LONG_MS, &len, &code), 0, "hidden");
	CHECK_EQ(collect("echo shown >&2", MON_CALL_STDERR, buf, sizeof(buf), LONG_MS, &len, &code),
	    0, "shown");
	assert_int_equal(dup2(keep, STDERR_FILENO), STDERR_FILENO);
	close(keep);
	close(fds[1]);
	n = read(fds[0], err, sizeof(err));
	CHECK(n == 6 && memcmp(err, "shown\n", 6) == 0, "%zd bytes", n);
	CHECK_EQ(len, 0, "nothing of it on stdout");
	close(fds[0]);
	check_done();
}

/* The pieces that mon-scrape uses: read, reap, end. */
static void
reads_and_reaps_by_hand(void **state)
{
	const char *const argv[] = { "sh", "-c", "printf abc; exit 7", NULL };
	const char *const forever[] = { "sleep", "1000", NULL };
	struct mon_call call = MON_CALL_NONE;
	char buf[8];
	size_t len = 0;
	int code = -1;

	(void)state;
	mon_call_end(&call); /* of none: nothing */
	CHECK(!mon_call_reap(&call, &code), "of none");
	CHECK_EQ(mon_call_start(forever, 0, &call), 0, "start");
	CHECK_EQ(mon_call_read(&call, buf, sizeof(buf)), -EAGAIN, "nothing yet");
	CHECK_EQ(mon_call_drain(&call, buf, sizeof(buf), &len), -EAGAIN, "nothing yet");
	CHECK(!mon_call_reap(&call, &code) && code == -1, "lives");
	CHECK(kill(call.pid, 0) == 0, "lives");
	mon_call_end(&call);
	mon_call_end(&call);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "nobody is left");

	CHECK_EQ(mon_call_start(argv, 0, &call), 0, "start");
	CHECK_EQ(poll(&(struct pollfd){ .fd = call.pidfd, .events = POLLIN }, 1, LONG_MS), 1,
	    "the pidfd tells the end");
	CHECK(mon_call_reap(&call, &code) && code == 7, "reap");
	CHECK(!mon_call_reap(&call, &code) && code == 7, "once");
	CHECK_EQ(mon_call_drain(&call, buf, sizeof(buf), &len), 0, "what it left");
	CHECK(len == 3 && memcmp(buf, "abc", 3) == 0, "what it left");
	CHECK_EQ(mon_call_read(&call, buf, sizeof(buf)), 0, "the end");
	mon_call_end(&call);
	check_done();
}

static void
on_alarm(int sig)
{
	(void)sig;
}

/* Signals every millisecond change nothing and leave no zombie. */
static void
survives_signals(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm }, old;
	struct itimerval fast = { { 0, 300 }, { 0, 300 } }, none = { { 0, 0 }, { 0, 0 } };

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &fast, NULL), 0);
	for (int i = 0; i < 50; i++) {
		char buf[64];
		size_t len = 0;
		int code = -1, r = collect("exec sleep 1000", 0, buf, sizeof(buf), 3, &len, &code);

		CHECK_EQ(r, -ETIMEDOUT, "run %d", i);
		CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a zombie, run %d", i);
	}
	assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
	check_done();
}

/* No descriptors are left: wherever that shows, nothing was started, or it is ended again. */
static void
starts_nothing_without_descriptors(void **state)
{
	static const char *const argv[] = { "sleep", "1000", NULL };
	const size_t before = count_descriptors();
	struct rlimit old, few;
	int r = -EMFILE, refused = 0, next = dup(0);

	(void)state;
	assert_true(next >= 0);
	close(next); /* the first that is free */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	for (int room = 0; r < 0 && room < 8; room++) {
		struct mon_call call = MON_CALL_NONE;

		few.rlim_cur = (rlim_t)(next + room);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		r = mon_call_start(argv, 0, &call);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
		if (r == 0) {
			mon_call_end(&call);
		} else {
			CHECK_EQ(r, -EMFILE, "room for %d", room);
			refused++;
		}
		CHECK(
		    waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child is left, %d", room);
		CHECK_EQ(count_descriptors(), before, "descriptors are left, %d", room);
	}
	CHECK_EQ(r, 0, "with enough of them");
	CHECK(refused >= 3, "refused for the pipe and for the child: %d", refused);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(collects_answers),
		CHECK_TEST(waits_without_work),
		CHECK_TEST(collects_large_answers),
		CHECK_TEST(starts_nothing_that_is_not_there),
		CHECK_TEST(kills_grandchildren),
		CHECK_TEST(hands_nothing_on),
		CHECK_TEST(gives_no_stdin),
		CHECK_TEST(lets_stderr_through_when_asked),
		CHECK_TEST(reads_and_reaps_by_hand),
		CHECK_TEST(survives_signals),
		CHECK_TEST(starts_nothing_without_descriptors),
	};

	/* A folder on PATH that we may not search would make "no such program" another error. */
	setenv("PATH", "/usr/bin:/bin", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
