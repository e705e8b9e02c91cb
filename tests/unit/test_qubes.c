/* test_qubes.c - dom0's answer to admin.vm.List, whatever its bytes are. */
#include <stdio.h>

#include "check.h"
#include "qubes.h"

static const struct {
	const char *what, *answer;
	size_t len;
	bool is_list;
	const char *want; /* "NAME=STATE " for each qube, "! " for each dropped line */
} cases[] = {
	{ "the list of 4.2",
	    L("0\0dom0 class=AdminVM state=Running\nwork class=AppVM state=Halted\n"), true,
	    "dom0=Running work=Halted " },
	{ "unknown keys", L("0\0work uuid=1-2 class=AppVM state=Paused x=y z\n"), true,
	    "work=Paused " },
	{ "state first", L("0\0work state=NA class=AppVM\n"), true, "work=NA " },
	{ "two states: the first", L("0\0work state=Running state=Halted\n"), true,
	    "work=Running " },
	{ "a qube of another machine, of 4.3",
	    L("0\0far class=RemoteVM state=Running uuid=1\nnear state=NA class=RemoteVMX\n"), true,
	    "far=Running elsewhere near=NA " },
	{ "two classes: the first", L("0\0a class=AppVM class=RemoteVM state=NA\n"), true,
	    "a=NA " },
	{ "empty list", L("0\0"), true, "" },
	{ "no state", L("0\0work class=AppVM\n"), true, "! " },
	{ "empty state", L("0\0work state=\n"), true, "! " },
	{ "odd state", L("0\0work state=Run,ning\n"), true, "! " },
	{ "no name", L("0\0 state=Running\n"), true, "! " },
	{ "name begins with a digit",
	    L("0\0"
	      "1work state=Running\n"),
	    true, "! " },
	{ "name of 31", L("0\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa state=NA\n"), true,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=NA " },
	{ "name of 32", L("0\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa state=NA\n"), true, "! " },
	{ "NUL in a name", L("0\0wo\0rk state=Running\n"), true, "! " },
	{ "two spaces", L("0\0work  state=Running\n"), true, "work=Running " },
	{ "an empty line", L("0\0\nwork state=NA\n"), true, "! work=NA " },
	{ "cut off", L("0\0work state=Running\nmail state=Ru"), true, "work=Running ! " },
	{ "an exception", L("2\0QubesException\0"), false, "QubesException" },
	{ "an exception without end", L("2\0Qubes"), false, "Qubes" },
	{ "an exception with escapes", L("2\0\033[2J\0"), false, "unreadable" },
	{ "an exception too long", L("2\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), false,
	    "unreadable" },
	{ "an exception without name", L("2\0"), false, "none" },
	{ "nothing", L(""), false, "none" },
	{ "one byte", L("0"), false, "none" },
	{ "no NUL behind 0", L("00work state=Running\n"), false, "none" },
	{ "something else", L("work state=Running\n"), false, "none" },
};

/* Read the whole answer into ${text} in the notation of the cases. */
static void
tell(struct mon_qubes *list, char *text, size_t cap)
{
	size_t n = 0;
	int r;

	for (;;) {
		struct mon_qube q;

		check_fill(&q, sizeof(q));
		r = mon_qubes_next(list, &q);
		if (r == MON_LINE_EOF || n > cap - 128)
			return;
		if (r == MON_LINE_OK) {
			n += (size_t)snprintf(text + n, cap - n, "%.*s=%.*s%s ", (int)q.vm.n,
			    q.vm.p, (int)q.state.n, q.state.p, q.remote ? " elsewhere" : "");
		} else {
			CHECK(check_untouched(&q, sizeof(q)), "outputs untouched");
			n += (size_t)snprintf(text + n, cap - n, "! ");
		}
	}
}

static void
reads_lists_and_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].answer, cases[i].len);
		char text[1024] = "";
		struct mon_qubes list;

		check_fill(&list, sizeof(list));
		CHECK_EQ(mon_qubes_init(&list, exact, cases[i].len), cases[i].is_list, "%s",
		    cases[i].what);
		if (cases[i].is_list) {
			tell(&list, text, sizeof(text));
		} else {
			CHECK(check_untouched(&list, sizeof(list)), "%s: untouched", cases[i].what);
			mon_qubes_error(exact, cases[i].len, text);
		}
		CHECK(strcmp(text, cases[i].want) == 0, "%s: '%s'", cases[i].what, text);
		free(exact);
	}
	check_done();
}

static void
survives_random_bytes(void **state)
{
	static const char alphabet[] = "0\0\n\n  ==state=Running workA-.2";
	uint64_t seed = 4;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = check_below(&seed, 120);
		char bytes[120], text[4096], error[MON_WORD_MAX + 1];
		struct mon_qubes list;
		char *exact;

		for (size_t i = 0; i < len; i++)
			bytes[i] = alphabet[check_below(&seed, sizeof(alphabet))];
		if (len >= 2 && round % 2 == 0)
			memcpy(bytes, "0", 2);
		exact = check_dup(bytes, len);
		mon_qubes_error(exact, len, error);
		CHECK(strlen(error) <= MON_WORD_MAX, "%s", check_hex(bytes, len));
		if (mon_qubes_init(&list, exact, len)) {
			tell(&list, text, sizeof(text));
			CHECK(memcmp(exact, bytes, len) == 0, "the answer is not changed: %s",
			    check_hex(bytes, len));
		}
		free(exact);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(reads_lists_and_errors),
		CHECK_TEST(survives_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
