/* test_lie.c - what a qube says of itself, held against what Xen says. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "columns.h"
#include "lie.h"
#include "wire.h"

static void
tolerances(void **state)
{
	static const struct {
		const char *what;
		enum mon_lie_of of;
		double says, xen;
		bool differs;
	} cases[] = {
		{ "the same", MON_LIE_CPU, 1, 1, false },
		{ "at rest", MON_LIE_CPU, 0, 0.2, false },
		{ "the floor", MON_LIE_CPU, 0, 0.27, true },
		{ "ticks and Xen's own work", MON_LIE_CPU, 1.6, 2, false },
		{ "half of two CPUs", MON_LIE_CPU, 1, 2, true },
		{ "half of one CPU", MON_LIE_CPU, 0.5, 1, true },
		{ "half of half a CPU is within", MON_LIE_CPU, 0.25, 0.5, false },
		{ "steal of three quarters", MON_LIE_CPU, 4, 1, false },
		{ "five times what Xen gave", MON_LIE_CPU, 4, 0.8, true },
		{ "five times next to nothing", MON_LIE_CPU, 0.4, 0.08, false },
		{ "absurd", MON_LIE_CPU, 9.2e18, 1, true },
		{ "the kernel's part of 400 MiB that may be 4 GiB", MON_LIE_MEMORY, 260000, 409600,
		    false },
		{ "the kernel's part of 4 GiB", MON_LIE_MEMORY, 3900000, 4194304, false },
		{ "half of 4 GiB", MON_LIE_MEMORY, 2097152, 4194304, true },
		{ "twice 4 GiB", MON_LIE_MEMORY, 8388608, 4194304, true },
		{ "none", MON_LIE_MEMORY, 0, 4194304, true },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK_EQ(mon_lie_differs(cases[i].of, cases[i].says, cases[i].xen),
		    cases[i].differs, "%s", cases[i].what);
	check_done();
}

/* Take a row whose figures (of the columns that count) are ${a} and ${b}. */
static enum mon_lie_verdict
take(struct mon_lie *lie, int64_t t, enum mon_kind kind, const char *a, const char *b)
{
	struct mon_str fields[MON_COLS_MAX];

	for (size_t i = 0; i < MON_COLS_MAX; i++)
		fields[i] = (struct mon_str){ "0", 1 };
	fields[kind == MON_KIND_CPU   ? (size_t)MON_CPU_BUSY
	       : kind == MON_KIND_SYS ? (size_t)MON_SYS_TOTAL
				      : (size_t)MON_XEN_MS] = (struct mon_str){ a, strlen(a) };
	if (kind == MON_KIND_XEN)
		fields[MON_XEN_MEMORY] = (struct mon_str){ b, strlen(b) };
	return mon_lie_take(lie, t, kind, fields);
}

static void
minutes(void **state)
{
	struct mon_lie lie = { 0 };
	int64_t t;

	(void)state;
	CHECK_EQ(take(&lie, 1000, MON_KIND_XEN, "5000", "4194304"), MON_LIE_NOTHING, "a first row");
	for (t = 1000; t < 1060; t += 10)
		take(&lie, t, MON_KIND_CPU, "1.00", "");
	CHECK_EQ(take(&lie, 1060, MON_KIND_XEN, "65000", "4194304"), MON_LIE_AGREES, "a CPU");
	CHECK(lie.pair[MON_LIE_CPU].says == 1 && lie.pair[MON_LIE_CPU].xen == 1, "both figures");
	CHECK(!lie.pair[MON_LIE_MEMORY].known, "no memory was told");

	/* At the very time of Xen's row: of the next minute, wherever it stands. */
	take(&lie, 1060, MON_KIND_CPU, "9.00", "");
	for (t = 1070; t <= 1120; t += 10)
		take(&lie, t, MON_KIND_CPU, t < 1120 ? "1.00" : "9.00", "");
	take(&lie, 1120, MON_KIND_SYS, "4000000", "");
	CHECK_EQ(
	    take(&lie, 1120, MON_KIND_XEN, "205000", "4194304"), MON_LIE_AGREES, "9+5 of 6 rows");
	CHECK(lie.pair[MON_LIE_CPU].says > 2.3 && lie.pair[MON_LIE_CPU].says < 2.4,
	    "the mean of six");

	/* A reset, a reboot. */
	for (t = 1130; t <= 1170; t += 10)
		take(&lie, t, MON_KIND_CPU, "1.00", "");
	take(&lie, 1170, MON_KIND_SYS, "4000000", "");
	CHECK_EQ(take(&lie, 1180, MON_KIND_XEN, "2000", "4194304"), MON_LIE_NOTHING,
	    "a smaller counter");

	/* It left out its CPU for a minute: its memory does not clear it. */
	take(&lie, 1230, MON_KIND_SYS, "4000000", "");
	CHECK_EQ(
	    take(&lie, 1240, MON_KIND_XEN, "120000", "4194304"), MON_LIE_NOTHING, "too few rows");
	/* A handler that never tells its CPU: its memory alone. */
	for (t = 1300; t <= 1480; t += 60) {
		take(&lie, t - 10, MON_KIND_SYS, t < 1480 ? "4000000" : "1000000", "");
		CHECK_EQ(take(&lie, t, MON_KIND_XEN, "130000", "4194304"),
		    t < 1360   ? MON_LIE_NOTHING
		    : t < 1480 ? MON_LIE_AGREES
			       : MON_LIE_DIFFERS,
		    "memory at %d", (int)t);
	}

	/* A suspend, and a clock that goes back. */
	for (t = 9000; t <= 9050; t += 10)
		take(&lie, t, MON_KIND_CPU, "0.00", "");
	CHECK_EQ(
	    take(&lie, 9060, MON_KIND_XEN, "900000", "4194304"), MON_LIE_NOTHING, "behind a gap");
	take(&lie, 9070, MON_KIND_CPU, "0.00", "");
	CHECK_EQ(take(&lie, 9065, MON_KIND_XEN, "900100", "4194304"), MON_LIE_NOTHING, "too near");
	take(&lie, 8000, MON_KIND_CPU, "0.00", "");
	CHECK_EQ(
	    take(&lie, 8010, MON_KIND_XEN, "990000", "4194304"), MON_LIE_NOTHING, "back in time");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tolerances),
		cmocka_unit_test(minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
