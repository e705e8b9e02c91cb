/* test_human.c - sizes, times and counts as people read them. */
#include "check.h"
#include "human.h"

static void
sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *want;
	} cases[] = {
		{ 0, "0 B" },
		{ 812, "812 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 1536, "1.5 KiB" },
		{ 10188, "9.9 KiB" },
		{ 10189, "10 KiB" },
		{ 1048064, "1.0 MiB" },
		{ 99614720, "95 MiB" },
		{ 1503238553, "1.4 GiB" },
		{ UINT64_MAX, "16 EiB" },
	};
	char text[MON_HUMAN_MAX];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK(strcmp(mon_human_bytes(cases[i].bytes, text), cases[i].want) == 0, "%s: %s",
		    cases[i].want, text);
	check_done();
}

static void
durations(void **state)
{
	static const struct {
		int64_t seconds;
		const char *want;
	} cases[] = {
		{ 0, "0 s" },
		{ 48, "48 s" },
		{ 99, "99 s" },
		{ 100, "2 min" },
		{ 720, "12 min" },
		{ 5969, "99 min" },
		{ 5970, "1 h 40 min" },
		{ 7500, "2 h 05 min" },
		{ 86400, "24 h 00 min" },
		{ 171000, "2 days" },
		{ 259200, "3 days" },
	};
	char text[MON_HUMAN_MAX];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK(strcmp(mon_human_duration(cases[i].seconds, text), cases[i].want) == 0,
		    "%s: %s", cases[i].want, text);
	check_done();
}

static void
counts(void **state)
{
	static const struct {
		uint64_t n;
		const char *want;
	} cases[] = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 8460, "8,460" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" } };
	char text[MON_HUMAN_MAX];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK(strcmp(mon_human_count(cases[i].n, text), cases[i].want) == 0, "%s: %s",
		    cases[i].want, text);
	check_done();
}

static void
plurals(void **state)
{
	char text[MON_HUMAN_MAX];

	(void)state;
	CHECK(strcmp(mon_human_plural(0, "row", text), "0 rows") == 0, "%s", text);
	CHECK(strcmp(mon_human_plural(1, "row", text), "1 row") == 0, "%s", text);
	CHECK(strcmp(mon_human_plural(2, "row", text), "2 rows") == 0, "%s", text);
	mon_human_plural(UINT64_MAX, "abcdefghijklm", text);
	CHECK(strcmp(text, "18446744073709551615 abcdefghis") == 0, "%s", text);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = { CHECK_TEST(sizes), CHECK_TEST(durations),
		CHECK_TEST(counts), CHECK_TEST(plurals) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
