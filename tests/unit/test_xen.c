/* test_xen.c - dom0's answer to admin.vm.Stats, whatever its bytes are. */
#include <stdio.h>

#include "check.h"
#include "shape.h"
#include "stats.h"
#include "xen.h"

#define EVENT(vm, pairs) "1\0" vm "\0vm-stats\0" pairs "\0"
#define WORK EVENT("work", "memory_kb\000400000\0cpu_time\0001000\0cpu_usage\0003\0")

static const struct {
	const char *what, *bytes;
	size_t len;
	enum mon_stats_result want;
	const char *text; /* "VM CPU_MS MEMORY_KB" */
} cases[] = {
	{ "an event", L(WORK), MON_STATS_OK, "work 1000 400000" },
	{ "in another order", L(EVENT("dom0", "cpu_time\0005\0memory_kb\0006\0")), MON_STATS_OK,
	    "dom0 5 6" },
	{ "the connection", L("1\0\0connection-established\0\0"), MON_STATS_OTHER, "" },
	{ "another event of a qube", L("1\0work\0domain-start\0start_guid\0True\0\0"),
	    MON_STATS_OTHER, "" },
	{ "no CPU", L(EVENT("work", "memory_kb\0006\0")), MON_STATS_OTHER, "" },
	{ "no memory", L(EVENT("work", "cpu_time\0006\0")), MON_STATS_OTHER, "" },
	{ "no pairs", L(EVENT("work", "")), MON_STATS_OTHER, "" },
	{ "the CPU twice", L(EVENT("work", "cpu_time\0006\0cpu_time\0006\0memory_kb\0006\0")),
	    MON_STATS_OTHER, "" },
	{ "the memory twice", L(EVENT("work", "memory_kb\0006\0cpu_time\0006\0memory_kb\0007\0")),
	    MON_STATS_OTHER, "" },
	{ "negative", L(EVENT("work", "cpu_time\000-6\0memory_kb\0006\0")), MON_STATS_OTHER, "" },
	{ "a comma", L(EVENT("work", "cpu_time\0006,7\0memory_kb\0006\0")), MON_STATS_OTHER, "" },
	{ "no number", L(EVENT("work", "cpu_time\0\0memory_kb\0006\0")), MON_STATS_OTHER, "" },
	{ "over the numbers", L(EVENT("work", "cpu_time\0009223372036854775808\0memory_kb\0006\0")),
	    MON_STATS_OTHER, "" },
	{ "the largest", L(EVENT("work", "cpu_time\0009223372036854775807\0memory_kb\0000\0")),
	    MON_STATS_OK, "work 9223372036854775807 0" },
	{ "no name", L(EVENT("", "cpu_time\0006\0memory_kb\0006\0")), MON_STATS_OTHER, "" },
	{ "an odd name", L(EVENT("../x", "cpu_time\0006\0memory_kb\0006\0")), MON_STATS_OTHER, "" },
	{ "a name of 32",
	    L(EVENT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "cpu_time\0006\0memory_kb\0006\0")),
	    MON_STATS_OTHER, "" },
	{ "an escape in the name", L(EVENT("\033[2J", "cpu_time\0006\0memory_kb\0006\0")),
	    MON_STATS_OTHER, "" },
	{ "an exception", L("2\0QubesException\0\0no\0"), MON_STATS_BAD, "" },
	{ "a list", L("0\0dom0 state=Running\n"), MON_STATS_BAD, "" },
	{ "two digits", L("11\0work\0"), MON_STATS_BAD, "" },
	{ "nothing", L(""), MON_STATS_MORE, "" },
};

static void
reads_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		const char *const what = cases[i].what;
		char *exact = check_dup(cases[i].bytes, cases[i].len), text[128] = "";
		const bool taken =
		    cases[i].want == MON_STATS_OK || cases[i].want == MON_STATS_OTHER;
		struct mon_stats s;
		size_t at = 0;

		check_fill(&s, sizeof(s));
		/* The literal's own NUL is one too many; it is not given. */
		CHECK_EQ(mon_stats_next(exact, cases[i].len, &at, &s), cases[i].want, "%s", what);
		CHECK_EQ(at, taken ? cases[i].len : 0, "%s", what);
		if (cases[i].want == MON_STATS_OK)
			snprintf(text, sizeof(text), "%.*s %.*s %.*s", (int)s.vm.n, s.vm.p,
			    (int)s.cpu_ms.n, s.cpu_ms.p, (int)s.memory_kb.n, s.memory_kb.p);
		else
			CHECK(check_untouched(&s, sizeof(s)), "%s: untouched", what);
		CHECK(strcmp(text, cases[i].text) == 0, "%s: '%s'", what, text);
		free(exact);
		/* Cut anywhere, it is not told of: half a number is a wrong number. */
		for (size_t cut = 0; taken && cut < cases[i].len; cut++) {
			char *part = check_dup(cases[i].bytes, cut);

			at = 0;
			CHECK_EQ(mon_stats_next(part, cut, &at, &s), MON_STATS_MORE, "%s: %zu",
			    what, cut);
			free(part);
		}
	}
	check_done();
}

static struct mon_xen xen;

/* Let the bytes come ${step} at a time, with these running: how many bytes until the round is over? */
static size_t
feed(const char *bytes, size_t len, size_t step, const char *first, const char *second)
{
	memset(&xen, 0, sizeof(xen));
	xen.running[xen.nrunning++] = (struct mon_str){ first, strlen(first) };
	xen.running[xen.nrunning++] = (struct mon_str){ second, strlen(second) };
	for (size_t have = step < len ? step : len;; have = have + step < len ? have + step : len) {
		mon_xen_learn(&xen, bytes, have);
		if (xen.over || xen.bad || have == len)
			return have;
	}
}

static void
ends_with_the_first_round(void **state)
{
	static const char round[] = "1\0\0connection-established\0\0" EVENT(
	    "dom0", "cpu_time\0009\0memory_kb\0009\0") WORK "1\0work\0domain-stopped\0\0" WORK;
	const size_t len = sizeof(round) - 1;

	(void)state;
	for (size_t step = 1; step <= len; step++) {
		CHECK_EQ(
		    feed(round, len, step, "dom0", "other"), len, "%zu: work came again", step);
		CHECK(xen.over && !xen.bad && xen.n == 2, "%zu", step);
		CHECK(mon_str_is(xen.domain[0].vm, "dom0") &&
			  mon_str_is(xen.domain[1].cpu_ms, "1000"),
		    "%zu", step);
	}
	(void)feed("1\0\0connection-established\0\0"
		   "2\0QubesException\0",
	    45, 45, "dom0", "work");
	CHECK(xen.bad && !xen.over && xen.n == 0, "an exception behind the beginning");
	check_done();
}

static void
holds_any_number_of_domains(void **state)
{
	static char bytes[MON_STATS_MAX];
	size_t len = 0;

	(void)state;
	for (int i = 0; i < MON_VMS_MAX + 10; i++) {
		len += (size_t)sprintf(bytes + len, "1%cq%d%cvm-stats%ccpu_time%c1%cmemory_kb%c1%c",
		    0, i, 0, 0, 0, 0, 0, 0);
		bytes[len++] = '\0';
	}
	(void)feed(bytes, len, len, "dom0", "none");
	CHECK(xen.over, "more than there is room for");
	CHECK_EQ(xen.n, MON_VMS_MAX, "domains");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(reads_events),
		CHECK_TEST(ends_with_the_first_round),
		CHECK_TEST(holds_any_number_of_domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
