/*
 * test_tool.c - options, messages, exit codes.  Each case is a process of its own, whose
 * stdout, stderr and exit code are looked at: a tool is no more than that.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "io.h"
#include "tool.h"

#define HELP "Usage: mon-test\n"
#define TRY "Try 'mon-test --help'.\n"

/* What one process said. */
static char out[8192], err[8192];

/* Run ${f}(${arg}) in a child; return its exit code, or -1. */
static int
run(int (*f)(const void *arg), const void *arg)
{
	int outs[2], errs[2], status;
	size_t n = 0;
	pid_t pid;

	assert_true(pipe2(outs, O_CLOEXEC) == 0 && pipe2(errs, O_CLOEXEC) == 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(outs[1], STDOUT_FILENO);
		dup2(errs[1], STDERR_FILENO);
		close(outs[0]), close(outs[1]), close(errs[0]), close(errs[1]);
		exit(f(arg));
	}
	close(outs[1]), close(errs[1]);
	assert_int_equal(mon_io_read(outs[0], out, sizeof(out) - 1, &n), 0);
	out[n] = '\0';
	assert_int_equal(mon_io_read(errs[0], err, sizeof(err) - 1, &n), 0);
	err[n] = '\0';
	close(outs[0]), close(errs[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *shorts; /* of print_options() */

/* A tool that prints the options it got. */
static int
print_options(const void *arg)
{
	static const struct option longs[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "exclude", required_argument, NULL, 'x' },
		{ "now", required_argument, NULL, 256 },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static char copies[16][64]; /* getopt_long(3) takes no const */
	char *argv[16] = { (char[]){ "mon-test" } };
	const char *const *words = arg;
	int argc = 1, c;

	for (; *words != NULL; words++, argc++)
		argv[argc] = strncpy(copies[argc], *words, sizeof(copies[argc]) - 1);
	mon_tool_init("mon-test", HELP);
	while ((c = mon_tool_getopt(argc, argv, shorts, longs, "x")) != -1) {
		switch (c) {
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		case '?': return mon_tool_finish(MON_EX_USAGE);
		case 256: printf("now=%s ", optarg); break;
		case 'n': printf("n "); break;
		default: printf("%c=%s ", c, optarg); break;
		}
	}
	for (; optind < argc; optind++)
		printf("<%s>", argv[optind]);
	return mon_tool_finish(MON_EX_OK);
}

struct case_of_options {
	const char *argv[8];
	int code;
	const char *out, *err;
};

static const struct case_of_options options[] = {
	{ { NULL }, 0, "", "" },
	{ { "--dir", "a", "b", NULL }, 0, "d=a <b>", "" },
	{ { "--dir=a", NULL }, 0, "d=a ", "" },
	{ { "--dir=", NULL }, 0, "d= ", "" },
	{ { "-d", "a", NULL }, 0, "d=a ", "" },
	{ { "-da", NULL }, 0, "d=a ", "" },
	{ { "-nd", "a", NULL }, 0, "n d=a ", "" },
	{ { "-d", "--now", NULL }, 0, "d=--now ", "" },
	{ { "-x", "a", "--exclude", "b", NULL }, 0, "x=a x=b ", "" },
	{ { "work", "--dir", NULL }, 0, "<work><--dir>", "" },
	{ { "--", "--dir", NULL }, 0, "<--dir>", "" },
	{ { "-", NULL }, 0, "<->", "" },
	{ { "", NULL }, 0, "<>", "" },
	{ { "--now", "x", NULL }, 0, "now=x ", "" },
	{ { "--help", NULL }, 0, HELP, "" },
	{ { "--version", NULL }, 0, "mon-test (sys-monitor) " MON_VERSION "\n", "" },
	{ { "--dry-run", "--help", "--bad", NULL }, 0, "n " HELP, "" },
	{ { "--bad", NULL }, 2, "", "mon-test: unknown option '--bad'\n" TRY },
	{ { "--bad=x", NULL }, 2, "", "mon-test: unknown option '--bad=x'\n" TRY },
	{ { "--di", "a", NULL }, 2, "", "mon-test: unknown option '--di'\n" TRY },
	{ { "--dr", NULL }, 2, "", "mon-test: unknown option '--dr'\n" TRY },
	{ { "--dirs", "a", NULL }, 2, "", "mon-test: unknown option '--dirs'\n" TRY },
	{ { "--=x", NULL }, 2, "", "mon-test: unknown option '--=x'\n" TRY },
	{ { "---dir", NULL }, 2, "", "mon-test: unknown option '---dir'\n" TRY },
	{ { "--dir", NULL }, 2, "", "mon-test: option '--dir' needs a value\n" TRY },
	{ { "--help=x", NULL }, 2, "", "mon-test: option '--help=x' takes no value\n" TRY },
	{ { "-d", NULL }, 2, "", "mon-test: option '-d' needs a value\n" TRY },
	{ { "-z", NULL }, 2, "", "mon-test: unknown option '-z'\n" TRY },
	{ { "-:", NULL }, 2, "", "mon-test: unknown option '-:'\n" TRY },
	{ { "-+", NULL }, 2, "", "mon-test: unknown option '-+'\n" TRY },
	{ { "-nz", NULL }, 2, "n ", "mon-test: unknown option '-z'\n" TRY },
	{ { "-d", "a", "-d", "b", NULL }, 2, "d=a ", "mon-test: option '-d' is given twice\n" TRY },
	{ { "-d", "a", "--dir=b", NULL }, 2, "d=a ",
	    "mon-test: option '--dir=b' is given twice\n" TRY },
	{ { "--now", "a", "--now", "b", NULL }, 2, "now=a ",
	    "mon-test: option '--now' is given twice\n" TRY },
	{ { "-nn", NULL }, 2, "n ", "mon-test: option '-nn' is given twice\n" TRY },
	{ { "--b\033[2J\nx", NULL }, 2, "", "mon-test: unknown option '--b?[2J?x'\n" TRY },
	{ { "--b\xc2\x9b\xff\xc3\xa9", NULL }, 2, "",
	    "mon-test: unknown option '--b???\xc3\xa9'\n" TRY },
};

/* Options behind words. */
static const struct case_of_options behind[] = {
	{ { "work", "--dir", "a", NULL }, 0, "d=a <work>", "" },
	{ { "a", "-n", "b", "--dir=c", "d", NULL }, 0, "n d=c <a><b><d>", "" },
	{ { "a", "-", "-n", NULL }, 0, "n <a><->", "" },
	{ { "a", "--", "-n", "--bad", NULL }, 0, "<a><-n><--bad>", "" },
	{ { "-n", "a", "--di", "b", NULL }, 2, "n ", "mon-test: unknown option '--di'\n" TRY },
	{ { "a", "b", "--dir", NULL }, 2, "", "mon-test: option '--dir' needs a value\n" TRY },
	{ { "a", "--help=x", NULL }, 2, "", "mon-test: option '--help=x' takes no value\n" TRY },
	{ { "a", "-z", NULL }, 2, "", "mon-test: unknown option '-z'\n" TRY },
	{ { "--dir", "a", "b", "-d", "c", NULL }, 2, "d=a ",
	    "mon-test: option '-d' is given twice\n" TRY },
};

static void
check_options(const char *letters, const struct case_of_options *cases, size_t n)
{
	shorts = letters;
	for (size_t i = 0; i < n; i++) {
		const char *what = cases[i].argv[0] != NULL ? cases[i].argv[0] : "nothing";

		CHECK_EQ(run(print_options, cases[i].argv), cases[i].code, "%s", what);
		CHECK(strcmp(out, cases[i].out) == 0, "%s (%zu): stdout %s", what, i, out);
		CHECK(strcmp(err, cases[i].err) == 0, "%s (%zu): stderr %s", what, i, err);
	}
}

static void
reads_options(void **state)
{
	(void)state;
	check_options("+d:nx:hV", options, CHECK_LEN(options));
	check_options("d:nx:hV", behind, CHECK_LEN(behind));
	check_done();
}

/* A size, from its text; the answer in the exit code and on stdout. */
static int
print_size(const void *arg)
{
	uint64_t got = 77;
	bool ok;

	mon_tool_init("mon-test", HELP);
	ok = mon_tool_size("--budget", arg, &got);
	printf("%llu", (unsigned long long)got);
	return mon_tool_finish(ok ? MON_EX_OK : MON_EX_USAGE);
}

static void
reads_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t want; /* 0: none */
	} cases[] = {
		{ "1", 1 },
		{ "500000", 500000 },
		{ "1K", 1024 },
		{ "1500M", 1500ULL << 20 },
		{ "2G", 2ULL << 30 },
		{ "17179869183G", 17179869183ULL << 30 },
		{ "17179869184G", 0 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", 0 },
		{ "0", 0 },
		{ "0K", 0 },
		{ "", 0 },
		{ "K", 0 },
		{ "1k", 0 },
		{ "1T", 0 },
		{ "1KB", 0 },
		{ "1KK", 0 },
		{ " 1K", 0 },
		{ "+1K", 0 },
		{ "-1", 0 },
		{ "1.5G", 0 },
		{ "01", 0 },
		{ "1e3", 0 },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char want[160];

		CHECK_EQ(run(print_size, cases[i].text), cases[i].want != 0 ? 0 : 2, "'%s'",
		    cases[i].text);
		snprintf(want, sizeof(want), "%llu",
		    (unsigned long long)(cases[i].want != 0 ? cases[i].want : 77));
		CHECK(strcmp(out, want) == 0, "'%s': %s", cases[i].text, out);
		snprintf(want, sizeof(want),
		    "mon-test: --budget '%s' is no size like 500000, 1500M or 2G\n" TRY,
		    cases[i].text);
		CHECK(strcmp(err, cases[i].want != 0 ? "" : want) == 0, "'%s': %s", cases[i].text,
		    err);
	}
	check_done();
}

/* mon_tool_seconds(); the answer in the exit code and on stdout. */
static int
print_seconds(const void *arg)
{
	unsigned ms = 77;
	bool ok;

	mon_tool_init("mon-test", HELP);
	ok = mon_tool_seconds("--timeout", arg, &ms);
	printf("%u", ms);
	return mon_tool_finish(ok ? MON_EX_OK : MON_EX_USAGE);
}

static void
reads_seconds(void **state)
{
	static const struct {
		const char *text;
		unsigned want; /* 77: refused */
	} cases[] = {
		{ "3", 3000 },
		{ "0.5", 500 },
		{ "0.001", 1 },
		{ "0.010", 10 },
		{ "1.25", 1250 },
		{ "86400", 86400000 },
		{ "86400.000", 86400000 },
		{ "86399.999", 86399999 },
		{ "86400.001", 77 },
		{ "86401", 77 },
		{ "0", 77 },
		{ "0.0", 77 },
		{ "0.000", 77 },
		{ "0.0005", 77 },
		{ "1.0000", 77 },
		{ "", 77 },
		{ ".5", 77 },
		{ "5.", 77 },
		{ "-1", 77 },
		{ "1,5", 77 },
		{ "1e3", 77 },
		{ "3s", 77 },
		{ " 3", 77 },
		{ "03", 77 },
		{ "inf", 77 },
		{ "nan", 77 },
		{ "1.2.3", 77 },
		{ "99999999999999999999", 77 },
		{ "9223372036854775807", 77 },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char want[32];

		CHECK_EQ(run(print_seconds, cases[i].text), cases[i].want == 77 ? 2 : 0, "'%s'",
		    cases[i].text);
		snprintf(want, sizeof(want), "%u", cases[i].want);
		CHECK(strcmp(out, want) == 0, "'%s': %s", cases[i].text, out);
		CHECK(cases[i].want != 77 || strstr(err, "--timeout") != NULL, "'%s': %s",
		    cases[i].text, err);
	}
	check_done();
}

/* --dir, MON_DIR and HOME; in print_dir() a buffer that is too small keeps what it held. */
struct dir {
	const char *what, *option, *env, *home;
	size_t cap;
	int code;
	const char *want;
};

static int
print_dir(const void *arg)
{
	const struct dir *d = arg;
	char ret[64] = "before";
	bool ok;

	unsetenv("MON_DIR");
	unsetenv("HOME");
	if (d->env != NULL)
		setenv("MON_DIR", d->env, 1);
	if (d->home != NULL)
		setenv("HOME", d->home, 1);
	mon_tool_init("mon-test", HELP);
	ok = mon_tool_dir(d->option, ret, d->cap);
	printf("%s", ret);
	return mon_tool_finish(ok ? MON_EX_OK : MON_EX_USAGE);
}

static void
finds_the_folder(void **state)
{
	static const struct dir cases[] = {
		{ "option", "/a", "/b", "/c", 64, 0, "/a" },
		{ "environment", NULL, "/b", "/c", 64, 0, "/b" },
		{ "home", NULL, NULL, "/c", 64, 0, "/c/Monitor" },
		{ "an empty variable is none", NULL, "", "/c", 64, 0, "/c/Monitor" },
		{ "relative", "a", NULL, NULL, 64, 0, "a" },
		{ "fits exactly", "/abc", NULL, NULL, 5, 0, "/abc" },
		{ "one byte too long", "/abcd", NULL, NULL, 5, 2, "before" },
		{ "home too long", NULL, NULL, "/c", 10, 2, "before" },
		{ "an empty option", "", "/b", "/c", 64, 2, "before" },
		{ "no home", NULL, NULL, NULL, 64, 2, "before" },
		{ "a relative home", NULL, NULL, "c", 64, 2, "before" },
		{ "an empty home", NULL, NULL, "", 64, 2, "before" },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		CHECK_EQ(run(print_dir, &cases[i]), cases[i].code, "%s", cases[i].what);
		CHECK(strcmp(out, cases[i].want) == 0, "%s: %s", cases[i].what, out);
		CHECK((*err != '\0') == (cases[i].code != 0), "%s: %s", cases[i].what, err);
		CHECK(cases[i].code == 0 || strstr(err, "--dir DIR") != NULL, "%s: what to do: %s",
		    cases[i].what, err);
	}
	check_done();
}

static int
print_now(const void *arg)
{
	time_t t = -7;
	bool ok;

	mon_tool_init("mon-test", HELP);
	ok = mon_tool_now(arg, &t);
	printf("%lld", (long long)t);
	return mon_tool_finish(ok ? MON_EX_OK : MON_EX_USAGE);
}

static void
tells_the_time(void **state)
{
	long long before = time(NULL);

	(void)state;
	CHECK_EQ(run(print_now, "2025-08-31T12:00:10Z"), 0, "--now");
	CHECK(strcmp(out, "1756641610") == 0, "%s", out);
	CHECK_EQ(run(print_now, NULL), 0, "the clock");
	CHECK(atoll(out) >= before && atoll(out) <= (long long)time(NULL), "%s", out);
	CHECK_EQ(run(print_now, "yesterday"), 2, "no stamp");
	CHECK(strcmp(out, "-7") == 0, "%s", out);
	CHECK(strstr(err, "--now 'yesterday'") != NULL, "%s", err);
	CHECK_EQ(run(print_now, ""), 2, "empty");
	check_done();
}

/* Messages: the form, the cause, the journal's priority, and what does not fit. */
static int
say(const void *arg)
{
	const char *how = arg;
	char stream[64];
	struct stat st;

	if (strchr(how, 'j') != NULL && fstat(STDERR_FILENO, &st) == 0) {
		snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		    (unsigned long long)st.st_ino);
		setenv("JOURNAL_STREAM", stream, 1);
	} else if (strchr(how, 'J') != NULL) {
		setenv("JOURNAL_STREAM", "1:2", 1);
	}
	mon_tool_init("mon-test", HELP);
	if (strchr(how, 'w') != NULL)
		mon_tool_warn(ENOSPC, "cannot write %d", 5);
	if (strchr(how, 'e') != NULL)
		mon_tool_error(-ENOSPC, "cannot write %d", 5);
	if (strchr(how, 'n') != NULL)
		mon_tool_warn(0, "no cause");
	if (strchr(how, 'l') != NULL)
		mon_tool_error(EIO, "%0*d", atoi(how + 1), 0);
	if (strchr(how, 'm') != NULL)
		return mon_tool_misuse("wrong");
	return mon_tool_finish(MON_EX_PARTIAL);
}

static void
says_what_is_wrong(void **state)
{
	static const struct {
		const char *how, *want;
		int code;
	} cases[] = {
		{ "w", "mon-test: cannot write 5: No space left on device\n", 3 },
		{ "e", "mon-test: cannot write 5: No space left on device\n", 3 },
		{ "n", "mon-test: no cause\n", 3 },
		{ "m", "mon-test: wrong\n" TRY, 2 },
		{ "jw", "<4>mon-test: cannot write 5: No space left on device\n", 3 },
		{ "je", "<3>mon-test: cannot write 5: No space left on device\n", 3 },
		{ "Je", "mon-test: cannot write 5: No space left on device\n", 3 },
		{ "jm", "<3>mon-test: wrong\n<3>" TRY, 2 },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		CHECK_EQ(run(say, cases[i].how), cases[i].code, "%s", cases[i].how);
		CHECK(strcmp(err, cases[i].want) == 0, "%s: %s", cases[i].how, err);
		CHECK(*out == '\0', "%s: %s", cases[i].how, out);
	}
	/* Around the end of the buffer, which is 1024 bytes, and far behind it. */
	for (int len = 980; len < 1040; len++) {
		char how[16];
		size_t want = strlen("mon-test: : Input/output error\n") + (size_t)len;

		snprintf(how, sizeof(how), "l%d", len == 1039 ? 5000 : len);
		CHECK_EQ(run(say, how), 3, "%d digits", len);
		CHECK_EQ(strlen(err), want < 1024 ? want : 1024, "%d digits", len);
		CHECK(strchr(err, '\n') == err + strlen(err) - 1, "%d digits: one line", len);
	}
	check_done();
}

/* A stdout that cannot be written is an error, never silence. */
static int
print_to(const void *arg)
{
	const char *where = arg;
	int fd = -1, fds[2];

	if (strcmp(where, "full") == 0) {
		fd = open("/dev/full", O_WRONLY);
		dup2(fd, STDOUT_FILENO);
	} else if (strcmp(where, "pipe") == 0 || strcmp(where, "raw") == 0) {
		if (pipe(fds) < 0 || dup2(fds[1], STDOUT_FILENO) < 0)
			return 99;
		close(fds[0]);
		close(fds[1]);
	} else {
		close(STDOUT_FILENO);
	}
	mon_tool_init("mon-test", HELP);
	if (strcmp(where, "raw") == 0)
		return mon_tool_write("x", 1) == -EPIPE ? mon_tool_finish(MON_EX_FAIL) : 99;
	return mon_tool_help();
}

static void
checks_stdout(void **state)
{
	static const struct {
		const char *where, *want;
	} cases[] = {
		{ "full", "mon-test: cannot write to stdout: No space left on device\n" },
		{ "pipe", "mon-test: cannot write to stdout: Broken pipe\n" },
		{ "raw", "mon-test: cannot write to stdout: Broken pipe\n" },
		{ "closed", "mon-test: cannot write to stdout: Bad file descriptor\n" },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		CHECK_EQ(run(print_to, cases[i].where), MON_EX_FAIL, "%s", cases[i].where);
		CHECK(strcmp(err, cases[i].want) == 0, "%s: %s", cases[i].where, err);
	}
	check_done();
}

/* What the caller may have left in disorder. */
static int
start_badly(const void *arg)
{
	char c;
	int fd, status;

	(void)arg;
	close(STDIN_FILENO);
	signal(SIGCHLD, SIG_IGN);
	umask(0);
	mon_tool_init("mon-test", HELP);
	if (umask(0) != 077)
		return 10;
	/* Descriptors 0 to 2 are taken, so a file cannot become stdin; it reads as an error. */
	fd = open("/dev/null", O_RDONLY);
	if (fd <= STDERR_FILENO)
		return 11;
	if (read(STDIN_FILENO, &c, 1) != -1 || errno != EBADF)
		return 12;
	/* With SIGCHLD ignored, the exit codes of children would be lost. */
	if (fork() == 0)
		_exit(5);
	if (wait(&status) < 0 || WEXITSTATUS(status) != 5)
		return 13;
	if (signal(SIGPIPE, SIG_DFL) != SIG_IGN)
		return 14;
	return mon_tool_finish(MON_EX_OK);
}

static void
starts_in_order(void **state)
{
	(void)state;
	CHECK_EQ(run(start_badly, NULL), 0, "the step");
	check_done();
}

static void
takes_values_in_order(void **state)
{
	(void)state;
	setenv("MON_TEST", "env", 1);
	CHECK(strcmp(mon_tool_value("opt", "MON_TEST", "fall"), "opt") == 0, "option");
	CHECK(strcmp(mon_tool_value("", "MON_TEST", "fall"), "") == 0, "an empty option is one");
	CHECK(strcmp(mon_tool_value(NULL, "MON_TEST", "fall"), "env") == 0, "environment");
	setenv("MON_TEST", "", 1);
	CHECK(strcmp(mon_tool_value(NULL, "MON_TEST", "fall"), "fall") == 0, "empty");
	unsetenv("MON_TEST");
	CHECK(strcmp(mon_tool_value(NULL, "MON_TEST", "fall"), "fall") == 0, "missing");
	CHECK(mon_tool_value(NULL, "MON_TEST", NULL) == NULL, "nothing");
	check_done();
}

/* One setting from an option, the environment and the file; what became of it, and what was told. */
struct setting {
	const char *what;
	enum mon_setting key;
	const char *option, *variable, *file; /* NULL: there is none */
	int code;
	const char *want, *told; /* told: "" nothing, else what is in it */
};

static int
print_setting(const void *arg)
{
	const struct setting *c = arg;
	const char *key = mon_settings_keys[c->key].key;
	struct mon_tool_setting got;
	char path[] = "/tmp/mon-test.XXXXXX";
	int fd = mkstemp(path);
	bool ok;

	if (fd < 0 || (c->file != NULL && write(fd, c->file, strlen(c->file)) < 0))
		return 99;
	close(fd);
	unsetenv(key);
	if (c->variable != NULL)
		setenv(key, c->variable, 1);
	setenv("MON_SETTINGS", path, 1);
	mon_tool_init("mon-test", HELP);
	ok = mon_tool_setting(c->key, c->option, &got);
	unlink(path);
	if (ok)
		printf("%s %llu%s%s", got.text, (unsigned long long)got.number,
		    got.set ? " set" : "", got.wrong ? " wrong" : "");
	return mon_tool_finish(ok ? MON_EX_OK : MON_EX_USAGE);
}

static void
takes_settings_in_order(void **state)
{
	static const struct setting cases[] = {
		{ "default", MON_SETTING_TIMEOUT, NULL, NULL, NULL, 0, "3 3000", "" },
		{ "default that is none", MON_SETTING_BUDGET, NULL, NULL, NULL, 0, " 0", "" },
		{ "option", MON_SETTING_TIMEOUT, "1", "2", "MON_TIMEOUT=4", 0, "1 1000 set", "" },
		{ "environment", MON_SETTING_TIMEOUT, NULL, "2", "MON_TIMEOUT=4", 0, "2 2000 set",
		    "" },
		{ "file", MON_SETTING_TIMEOUT, NULL, NULL, "MON_TIMEOUT=4", 0, "4 4000 set", "" },
		{ "an empty variable is none", MON_SETTING_TIMEOUT, NULL, "", "MON_TIMEOUT=4", 0,
		    "4 4000 set", "" },
		{ "an empty value is the default", MON_SETTING_KEEP, NULL, NULL, "MON_KEEP=", 0,
		    "14 14", "" },
		{ "another key's line", MON_SETTING_KEEP, NULL, NULL, "MON_TIMEOUT=x", 0, "14 14",
		    "" },
		{ "wrong option", MON_SETTING_TIMEOUT, "3s", NULL, NULL, 2, "",
		    "mon-test: --timeout '3s' is wrong: it must be seconds like 3" },
		{ "empty option", MON_SETTING_TIMEOUT, "", NULL, NULL, 2, "",
		    "--timeout '' is wrong" },
		{ "wrong variable", MON_SETTING_TIMEOUT, NULL, "3s", "MON_TIMEOUT=4", 0,
		    "4 4000 set wrong",
		    "mon-test: MON_TIMEOUT '3s' in the environment does not count: it must be seconds" },
		{ "wrong line", MON_SETTING_KEEP, NULL, NULL, "\nMON_KEEP=14d", 0, "14 14 wrong",
		    ":2: 'MON_KEEP=14d' does not count: MON_KEEP must be a number of days" },
		{ "mistyped key", MON_SETTING_KEEP, NULL, NULL, "MON_KEPE=90", 0, "14 14 wrong",
		    "there is no such key; MON_KEEP may be meant" },
		{ "twice", MON_SETTING_KEEP, NULL, NULL, "MON_KEEP=30\nMON_KEEP=3", 0,
		    "30 30 set wrong",
		    ":2: 'MON_KEEP=3' does not count: MON_KEEP is already set above" },
		{ "wrong, then right", MON_SETTING_KEEP, NULL, NULL, "MON_KEEP=x\nMON_KEEP=3", 0,
		    "3 3 set wrong", ":1: 'MON_KEEP=x'" },
		{ "mistyped, then right", MON_SETTING_QUOTA, NULL, NULL,
		    "MON_QUOTTA=1G\nMON_QUOTA=64M", 0, "64M 67108864 set wrong",
		    ":1: 'MON_QUOTTA=1G' does not count" },
		{ "no key of ours", MON_SETTING_KEEP, NULL, NULL, "MON_KEEP=30\nPATH=/bin", 0,
		    "30 30 set wrong",
		    ":2: 'PATH=/bin' does not count: there is no such key; mon-settings --example" },
		{ "no key of ours, and nothing to be careful of", MON_SETTING_QUOTA, NULL, NULL,
		    "MON_QUOTA=64M\nPATH=/bin", 0, "64M 67108864 set", "" },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		CHECK_EQ(
		    run(print_setting, &cases[i]), cases[i].code, "%s: %s", cases[i].what, err);
		CHECK(strcmp(out, cases[i].want) == 0, "%s: %s", cases[i].what, out);
		CHECK(*cases[i].told != '\0' ? strstr(err, cases[i].told) != NULL : *err == '\0',
		    "%s: %s", cases[i].what, err);
	}
	check_done();
}

/* A file that is not there: no word of the usual one, but of one that was named. */
static int
print_without_file(const void *arg)
{
	struct mon_tool_setting got;

	unsetenv("MON_SETTINGS");
	unsetenv("MON_KEEP");
	mon_tool_init("mon-test", HELP);
	mon_tool_settings(arg, false);
	(void)mon_tool_setting(MON_SETTING_KEEP, NULL, &got);
	printf("%llu %d", (unsigned long long)got.number, got.wrong);
	return mon_tool_finish(MON_EX_OK);
}

static void
tells_of_a_file_that_cannot_be_read(void **state)
{
	(void)state;
	CHECK_EQ(run(print_without_file, "/no/such/settings"), 0, "missing");
	CHECK(strcmp(out, "14 1") == 0, "missing: nothing may be deleted: %s", out);
	CHECK(strstr(err,
		  "mon-test: cannot read the settings /no/such/settings, so none of them counts") ==
		  err,
	    "missing: %s", err);
	CHECK_EQ(run(print_without_file, "/"), 0, "a folder");
	CHECK(strcmp(out, "14 1") == 0, "a folder: %s", out);
	check_done();
}

static int
print_stamp(const void *arg)
{
	char ts[MON_STAMP_LEN + 1] = "before";
	time_t t = -7;
	bool ok;

	mon_tool_init("mon-test", HELP);
	ok = mon_tool_stamp(arg, &t, ts);
	printf("%lld %s", (long long)t, ts);
	return mon_tool_finish(ok ? MON_EX_OK : MON_EX_USAGE);
}

static void
stamps_the_time(void **state)
{
	(void)state;
	CHECK_EQ(run(print_stamp, "2025-08-31T12:00:10Z"), 0, "--now");
	CHECK(strcmp(out, "1756641610 2025-08-31T12:00:10Z") == 0, "%s", out);
	CHECK_EQ(run(print_stamp, "x"), 2, "no stamp");
	CHECK(strcmp(out, "-7 before") == 0, "%s", out);
	check_done();
}

/* The globs of --exclude, then those of MON_EXCLUDE only if there was none. */
static int
print_exclude(const void *arg)
{
	const char *const *a = arg; /* environment, then options */
	static struct mon_exclude exclude;
	bool ok = true;

	unsetenv("MON_EXCLUDE");
	if (a[0] != NULL)
		setenv("MON_EXCLUDE", a[0], 1);
	mon_tool_init("mon-test", HELP);
	for (a++; *a != NULL; a++)
		ok = ok && mon_tool_exclude(*a, &exclude);
	ok = ok && mon_tool_exclude(NULL, &exclude);
	for (size_t i = 0; i < exclude.n; i++)
		printf("<%s>", exclude.globs[i]);
	printf(" %d%d%d", mon_exclude_match(&exclude, "work"),
	    mon_exclude_match(&exclude, "sys-net"), mon_exclude_match(&exclude, "sys"));
	return mon_tool_finish(ok ? MON_EX_OK : MON_EX_USAGE);
}

static void
excludes_qubes(void **state)
{
	static char many[MON_EXCLUDES_MAX * 2 + 3], full[MON_EXCLUDES_MAX * 2 + 1], long_one[5000];
	static const struct {
		const char *from[4];
		int code;
		const char *out;  /* NULL: not looked at */
		const char *told; /* NULL: nothing */
	} cases[] = {
		{ { NULL, NULL }, 0, " 000", NULL },
		{ { "sys-*", NULL }, 0, "<sys-*> 010", NULL },
		{ { " sys-*  work\t", NULL }, 0, "<sys-*><work> 110", NULL },
		{ { "sys-*,work", NULL }, 0, "<sys-*><work> 110", NULL },
		{ { "sys-*, work,", NULL }, 0, "<sys-*><work> 110", NULL },
		{ { "'sys-*' \"work\"", NULL }, 0, "<sys-*><work> 110", NULL },
		{ { "sys-*", "wor?", NULL }, 0, "<wor?> 100", NULL },
		{ { NULL, "s*", "[vw]ork", NULL }, 0, "<s*><[vw]ork> 111", NULL },
		{ { "", NULL }, 0, " 000", NULL },
		{ { full, NULL }, 0, NULL, NULL },
		{ { "$x work [a", NULL }, 0, "<work> 100",
		    "MON_EXCLUDE in the environment: '$x' does not count" },
		{ { many, NULL }, 0, NULL, "MON_EXCLUDE in the environment: 'a' does not count" },
		{ { long_one, NULL }, 0, NULL, "longer than" },
		{ { NULL, "a/b", NULL }, 2, NULL, "--exclude 'a/b' is no name of a qube" },
	};

	(void)state;
	for (size_t i = 0; i < MON_EXCLUDES_MAX + 1; i++)
		memcpy(many + 2 * i, "a ", 2);
	memcpy(full, many, sizeof(full) - 1);
	memset(long_one, 'a', sizeof(long_one) - 1);
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		CHECK_EQ(run(print_exclude, cases[i].from), cases[i].code, "row %zu: %s", i, err);
		CHECK(
		    cases[i].out == NULL || strcmp(out, cases[i].out) == 0, "row %zu: %s", i, out);
		CHECK(cases[i].told == NULL ? *err == '\0' : strstr(err, cases[i].told) != NULL,
		    "row %zu: %s", i, err);
	}
	check_done();
}

/* Of a list in the file that is wrong the good globs count: who is left out must not be asked. */
static void
excludes_qubes_by_the_file(void **state)
{
	static char long_line[MON_SETTING_MAX + 64], two_lines[MON_SETTING_MAX + 64],
	    many[2 * MON_EXCLUDES_MAX * 2 + 64];
	static const struct {
		const char *file;
		const char *out;  /* NULL: not looked at */
		const char *told; /* NULL: nothing */
	} cases[] = {
		{ "MON_EXCLUDE=\"sys-* work\"", "<sys-*><work> 110", NULL },
		{ "MON_EXCLUDE=sys-* work", "<sys-*><work> 110", "MON_EXCLUD" },
		{ "MON_EXCLUDE = sys-*", "<sys-*> 010", "MON_EXCLUD" },
		{ "export MON_EXCLUDE='work'", "<work> 100", "MON_EXCLUD" },
		{ "MON_EXCLUDE=\"work\" # not *", "<work> 100", "MON_EXCLUD" },
		{ "MON_EXCLUDE=\"work $x\"", "<work> 100", "MON_EXCLUD" },
		{ "MON_EXCLUD=work", "<work> 100", "MON_EXCLUD" },
		{ "MON_EXCLUDE=work\nMON_EXCLUDE=sys", "<work><sys> 101", "MON_EXCLUD" },
		/* A list that is too long: no half glob, and what is left out is told. */
		{ long_line, "<a> 000", "longer than" },
		{ two_lines, "<a> 000", "nothing of this line counts" },
		{ many, NULL, "only the first 64 names count" },
		{ "", " 000", NULL },
	};

	(void)state;
	snprintf(long_line, sizeof(long_line), "MON_EXCLUDE=\"a%*swork\"", MON_SETTING_MAX - 3, "");
	snprintf(two_lines, sizeof(two_lines), "MON_EXCLUDE=\"a%*s\"\nMON_EXCLUDE=work",
	    MON_SETTING_MAX - 3, "");
	for (size_t line = 0, n = 0; line < 2; line++) {
		n += (size_t)sprintf(many + n, "%sMON_EXCLUDE=\"", line > 0 ? "\n" : "");
		for (size_t i = 0; i < MON_EXCLUDES_MAX - 20; i++)
			n += (size_t)sprintf(many + n, "a ");
		n += (size_t)sprintf(many + n, "\"");
	}
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char path[] = "/tmp/mon-test.XXXXXX";
		const char *none[2] = { NULL, NULL };
		int fd = mkstemp(path);

		assert_true(fd >= 0 && write(fd, cases[i].file, strlen(cases[i].file)) >= 0);
		close(fd);
		setenv("MON_SETTINGS", path, 1);
		CHECK_EQ(run(print_exclude, none), 0, "%s", cases[i].file);
		CHECK(cases[i].out == NULL || strcmp(out, cases[i].out) == 0, "%s: %s",
		    cases[i].file, out);
		CHECK(cases[i].told == NULL ? *err == '\0' : strstr(err, cases[i].told) != NULL,
		    "%s: %s", cases[i].file, err);
		unlink(path);
	}
	setenv("MON_SETTINGS", "/dev/null", 1);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(reads_options),
		CHECK_TEST(reads_sizes),
		CHECK_TEST(reads_seconds),
		CHECK_TEST(finds_the_folder),
		CHECK_TEST(tells_the_time),
		CHECK_TEST(says_what_is_wrong),
		CHECK_TEST(checks_stdout),
		CHECK_TEST(starts_in_order),
		CHECK_TEST(takes_values_in_order),
		CHECK_TEST(takes_settings_in_order),
		CHECK_TEST(tells_of_a_file_that_cannot_be_read),
		CHECK_TEST(stamps_the_time),
		CHECK_TEST(excludes_qubes),
		CHECK_TEST(excludes_qubes_by_the_file),
	};

	unsetenv("JOURNAL_STREAM");
	setenv("MON_SETTINGS", "/dev/null", 1); /* not the machine's own */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
