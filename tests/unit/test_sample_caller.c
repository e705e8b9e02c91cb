/* test_sample_caller.c - who asks: service descriptors, and the sockets on which they come. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "caller.h"
#include "check.h"

#define A31 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A200 A31 A31 A31 A31 A31 A31 "aaaaaaaaaaaaaa"

static const struct {
	const char *what, *text;
	size_t len;
	const char *name, *argument; /* NULL: no descriptor */
} descriptors[] = {
	/* clang-format off */
	{ "a bare call", L("qubes.Metrics.Get+ sys-monitor"), "sys-monitor", "" },
	{ "take", L("qubes.Metrics.Get+take sys-monitor"), "sys-monitor", "take" },
	{ "an agent of old", L("qubes.Metrics.Get sys-monitor"), "sys-monitor", "" },
	{ "another argument", L("qubes.Metrics.Get+a.b_c-D+9 dom0"), "dom0", "a.b_c-D+9" },
	{ "a long name", L("q+ " A31), A31, "" },
	{ "a name too long", L("q+ a" A31), NULL, NULL },
	{ "the longest", L("q+" A200 "a12345678901234567890 " A31), A31, A200 "a12345678901234567890" },
	{ "too long", L("q+" A200 "a1234567890123456789012 " A31), NULL, NULL },
	{ "empty", L(""), NULL, NULL },
	{ "no source", L("qubes.Metrics.Get+take"), NULL, NULL },
	{ "an empty source", L("qubes.Metrics.Get+take "), NULL, NULL },
	{ "no service", L("+take sys-monitor"), NULL, NULL },
	{ "nothing before the source", L(" sys-monitor"), NULL, NULL },
	{ "two blanks", L("qubes.Metrics.Get+  sys-monitor"), NULL, NULL },
	{ "a target, as in dom0", L("qubes.Metrics.Get+ sys-monitor name dom0"), NULL, NULL },
	{ "a path for a source", L("qubes.Metrics.Get+take ../../x"), NULL, NULL },
	{ "a slash in the service", L("qubes/Metrics+take work"), NULL, NULL },
	{ "a NUL in the argument", L("q+ta\0ke work"), NULL, NULL },
	{ "an LF behind the source", L("q+take work\n"), NULL, NULL },
	{ "a byte past ASCII", L("q+tak\303\251 work"), NULL, NULL },
	{ "a payload line", L("conn: 1,2"), NULL, NULL },
	/* clang-format on */
};

static void
parses_descriptors(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(descriptors); i++) {
		char *exact = check_dup(descriptors[i].text, descriptors[i].len);
		struct mon_caller got;
		const char *name = descriptors[i].name;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_caller_parse(exact, descriptors[i].len, &got), name != NULL, "%s",
		    descriptors[i].what);
		if (name == NULL)
			CHECK(check_untouched(&got, sizeof(got)), "%s", descriptors[i].what);
		else
			CHECK(strcmp(got.name, name) == 0 &&
				  strcmp(got.argument, descriptors[i].argument) == 0,
			    "%s: got '%s' '%s'", descriptors[i].what, got.name, got.argument);
		free(exact);
	}
	check_done();
}

static const struct {
	const char *what, *bytes;
	size_t len;
	bool closed; /* by the other side */
	int want;
} streams[] = {
	{ "whole", L("q+take work\0"), false, 0 },
	{ "with a client's bytes", L("q+take work\0junk"), false, 0 },
	{ "whole, and closed", L("q+take work\0"), true, 0 },
	{ "silent", L(""), false, -ETIMEDOUT },
	{ "closed", L(""), true, -ENODATA },
	{ "a part", L("q+take wo"), false, -ETIMEDOUT },
	{ "a part, and closed", L("q+take work"), true, -EBADMSG },
	{ "no descriptor", L("hello\0"), false, -EBADMSG },
	{ "only a NUL", L("\0"), false, -EBADMSG },
	{ "without an end", L(A200 A200), false, -EBADMSG },
};

static void
reads_from_a_socket(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(streams); i++) {
		struct mon_caller got;
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		if (streams[i].len > 0)
			CHECK_EQ(write(pair[0], streams[i].bytes, streams[i].len), streams[i].len,
			    "%s", streams[i].what);
		if (streams[i].closed)
			close(pair[0]);
		check_fill(&got, sizeof(got));
		CHECK_EQ(
		    mon_caller_read(pair[1], 100, &got), streams[i].want, "%s", streams[i].what);
		if (streams[i].want != 0)
			CHECK(check_untouched(&got, sizeof(got)), "%s", streams[i].what);
		if (!streams[i].closed)
			close(pair[0]);
		close(pair[1]);
	}
	check_done();
}

static void
knows_its_sockets(void **state)
{
	int pair[2], fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(pipe(fds), 0);
	CHECK(mon_caller_is_socket(pair[0], true), "a pair, where it may be one");
	CHECK(!mon_caller_is_socket(pair[0], false), "a pair, where it may not");
	CHECK(!mon_caller_is_socket(fds[0], true), "a pipe");
	CHECK(!mon_caller_is_socket(-1, true), "nothing");
	close(pair[0]);
	close(pair[1]);
	close(fds[0]);
	close(fds[1]);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(parses_descriptors),
		CHECK_TEST(reads_from_a_socket),
		CHECK_TEST(knows_its_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
