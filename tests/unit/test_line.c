/* test_line.c - bounded lines, from memory, pipes and reads of any size. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "line.h"

#define MAX 8 /* bytes of the longest line here */

/* Input and what is told of it: each line in <>, LONG as !, CUT as /, EOF as the end. */
static const struct {
	const char *what, *text;
	size_t len;
	const char *want;
} cases[] = {
	{ "nothing", L(""), "" },
	{ "one line", L("abc\n"), "<abc>" },
	{ "two lines", L("abc\nde\n"), "<abc><de>" },
	{ "empty lines", L("\n\n"), "<><>" },
	{ "a NUL in a line", L("a\0b\n"), "<a\\0b>" },
	{ "a line of exactly the bound", L("12345678\n"), "<12345678>" },
	{ "one over the bound", L("123456789\n"), "!" },
	{ "one over, and the next intact", L("123456789\nabc\n"), "!<abc>" },
	{ "much over, and the next intact", L("1234567890123456789012345678901234567890\nabc\n"),
	    "!<abc>" },
	{ "two over", L("1234567890\n123456789012345678901234567890\nx\n"), "!!<x>" },
	{ "over, then empty", L("123456789012345678901234567890\n\n"), "!<>" },
	{ "exactly the bound behind one over", L("123456789\n12345678\n"), "!<12345678>" },
	{ "cut", L("abc"), "/" },
	{ "a line, then cut", L("abc\nde"), "<abc>/" },
	{ "cut at the bound", L("12345678"), "/" },
	{ "cut over the bound", L("123456789"), "/" },
	{ "cut far over the bound", L("123456789012345678901234567890"), "/" },
	{ "over, then cut", L("123456789012345678901234567890\nx"), "!/" },
	{ "a carriage return stays", L("a\r\n"), "<a\r>" },
};

/* Read all lines of ${l} and tell them; every result is told again at the end. */
static void
tell(struct mon_line *l, char *dst, size_t cap)
{
	size_t n = 0;
	int r;

	dst[0] = '\0';
	for (;;) {
		const char *p;
		size_t len;

		check_fill(&p, sizeof(p));
		check_fill(&len, sizeof(len));
		r = mon_line_next(l, &p, &len);
		if (r != MON_LINE_OK)
			CHECK(check_untouched(&p, sizeof(p)) && check_untouched(&len, sizeof(len)),
			    "result %d", r);
		if (n + MAX * 2 + 4 > cap || r < 0)
			break;
		if (r == MON_LINE_OK) {
			dst[n++] = '<';
			for (size_t i = 0; i < len; i++) {
				if (p[i] == '\0')
					dst[n++] = '\\';
				dst[n++] = p[i] == '\0' ? '0' : p[i];
			}
			dst[n++] = '>';
		} else if (r == MON_LINE_LONG) {
			dst[n++] = '!';
		} else if (r == MON_LINE_CUT) {
			dst[n++] = '/';
		} else {
			break;
		}
		dst[n] = '\0';
	}
	CHECK_EQ(r, MON_LINE_EOF, "%s", dst);
	for (int i = 0; i < 3; i++) {
		const char *p = NULL;
		size_t len = 0;

		CHECK_EQ(mon_line_next(l, &p, &len), MON_LINE_EOF, "the end stays the end");
	}
}

static void
reads_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].text, cases[i].len), told[256];
		struct mon_line l;

		mon_line_memory(&l, exact, cases[i].len, MAX);
		tell(&l, told, sizeof(told));
		CHECK(strcmp(told, cases[i].want) == 0, "%s: %s, not %s", cases[i].what, told,
		    cases[i].want);
		CHECK(memcmp(exact, cases[i].text, cases[i].len) == 0, "%s: the buffer changed",
		    cases[i].what);
		free(exact);
	}
	check_done();
}

/* Each size of buffer, from the smallest that is allowed, through a pipe. */
static void
reads_pipes(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		for (size_t cap = MAX + 1; cap < 64; cap++) {
			char *buf = malloc(cap), told[256];
			struct mon_line l;
			int fds[2];

			assert_non_null(buf);
			assert_int_equal(pipe(fds), 0);
			assert_int_equal(write(fds[1], cases[i].text, cases[i].len), cases[i].len);
			close(fds[1]);
			mon_line_init(&l, fds[0], buf, cap, MAX);
			tell(&l, told, sizeof(told));
			CHECK(strcmp(told, cases[i].want) == 0, "%s, a buffer of %zu: %s, not %s",
			    cases[i].what, cap, told, cases[i].want);
			close(fds[0]);
			free(buf);
		}
	}
	check_done();
}

/* A socket of packets hands out one packet a read: each read is as short as we want. */
static void
reads_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		for (size_t piece = 1; piece < 12; piece++) {
			/* The reader asks for MAX less than the buffer at least: a whole packet. */
			char *buf = malloc(MAX + piece), told[256];
			struct mon_line l;
			int fds[2];

			assert_non_null(buf);
			assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
			for (size_t at = 0; at < cases[i].len; at += piece) {
				size_t n = cases[i].len - at < piece ? cases[i].len - at : piece;

				assert_int_equal(write(fds[1], cases[i].text + at, n), n);
			}
			close(fds[1]);
			mon_line_init(&l, fds[0], buf, MAX + piece, MAX);
			tell(&l, told, sizeof(told));
			CHECK(strcmp(told, cases[i].want) == 0, "%s, pieces of %zu: %s, not %s",
			    cases[i].what, piece, told, cases[i].want);
			close(fds[0]);
			free(buf);
		}
	}
	check_done();
}

/* Random input through a random buffer is told as memory tells it. */
static void
pipe_and_memory_agree(void **state)
{
	uint64_t seed = 99;

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		char in[200], a[2048], b[2048], *exact, *buf;
		size_t len = check_below(&seed, sizeof(in)), cap = MAX + 1 + check_below(&seed, 30);
		struct mon_line l;
		int fds[2];

		for (size_t j = 0; j < len; j++)
			in[j] = check_below(&seed, 7) == 0 ? '\n'
							   : (char)('a' + check_below(&seed, 26));
		exact = check_dup(in, len);
		mon_line_memory(&l, exact, len, MAX);
		tell(&l, a, sizeof(a));
		buf = malloc(cap);
		assert_non_null(buf);
		assert_int_equal(pipe(fds), 0);
		assert_int_equal(write(fds[1], in, len), len);
		close(fds[1]);
		mon_line_init(&l, fds[0], buf, cap, MAX);
		tell(&l, b, sizeof(b));
		CHECK(strcmp(a, b) == 0, "%s, a buffer of %zu", check_hex(in, len), cap);
		close(fds[0]);
		free(buf);
		free(exact);
	}
	check_done();
}

/* Silence is told, and nothing that came before it is lost. */
static void
tells_silence(void **state)
{
	char buf[MAX + 1];
	struct mon_line l;
	const char *p = NULL;
	size_t len = 0;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	mon_line_init(&l, fds[0], buf, sizeof(buf), MAX);
	l.idle_ms = 0;
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_IDLE, "nothing came");
	CHECK(p == NULL && len == 0, "untouched");
	assert_int_equal(write(fds[1], "ab", 2), 2);
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_IDLE, "half a line");
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_IDLE, "still half a line");
	assert_int_equal(write(fds[1], "c\n", 2), 2);
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_OK, "the line");
	CHECK(len == 3 && memcmp(p, "abc", 3) == 0, "whole");
	assert_int_equal(write(fds[1], "123456789", 9), 9);
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_IDLE, "inside a line that is too long");
	assert_int_equal(write(fds[1], "0\nx\n", 4), 4);
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_LONG, "its end");
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_OK, "the next");
	close(fds[1]);
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_EOF, "the end is no silence");
	close(fds[0]);
	check_done();
}

static void
tells_errors(void **state)
{
	char buf[MAX + 1];
	struct mon_line l;
	const char *p = NULL;
	size_t len = 0;
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_true(fd >= 0);
	mon_line_init(&l, fd, buf, sizeof(buf), MAX);
	CHECK_EQ(mon_line_next(&l, &p, &len), -EISDIR, "a directory");
	close(fd);
	CHECK_EQ(mon_line_next(&l, &p, &len), -EBADF, "closed");
	l.idle_ms = 10;
	CHECK_EQ(mon_line_next(&l, &p, &len), -EBADF, "closed, with poll");
	CHECK(p == NULL && len == 0, "untouched");
	check_done();
}

/* Somebody else, who has the same open file, may have set O_NONBLOCK: that is no error. */
static void
waits_where_read_does_not(void **state)
{
	char buf[MAX + 1];
	struct mon_line l;
	const char *p = NULL;
	size_t len = 0;
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		usleep(20000); /* so that read() meets an empty pipe, most times */
		_exit(write(fds[1], "abc\n", 4) != 4);
	}
	close(fds[1]);
	mon_line_init(&l, fds[0], buf, sizeof(buf), MAX);
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_OK, "O_NONBLOCK");
	CHECK_EQ(mon_line_next(&l, &p, &len), MON_LINE_EOF, "O_NONBLOCK");
	close(fds[0]);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(reads_memory),
		CHECK_TEST(reads_pipes),
		CHECK_TEST(reads_pieces),
		CHECK_TEST(pipe_and_memory_agree),
		CHECK_TEST(tells_silence),
		CHECK_TEST(tells_errors),
		CHECK_TEST(waits_where_read_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
