/* test_number.c - the value of a number, as strtod(3) reads it in the locale C. */
#include <stdio.h>

#include "check.h"
#include "number.h"

static double
value(const char *text)
{
	char *exact = check_dup(text, strlen(text));
	double v = mon_number_value((struct mon_str){ exact, strlen(text) });

	free(exact);
	return v;
}

static void
values_are_those_of_strtod(void **state)
{
	static const char *const cases[] = { "0", "1", "-1", "0.1", "-5.5", "97.2", "100.0",
		"0.001", "9007199254740992", "9223372036854775807", "123456.789012345",
		"0.000000001", "-0.000000001", "99.999999999", "4294967296.5" };

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK(value(cases[i]) == strtod(cases[i], NULL), "%s: %.17g", cases[i],
		    value(cases[i]));
	CHECK(value("97%") == 97, "a percent");
	/* Too many digits to be exact: as near as a double can be told apart by a person. */
	CHECK(value("9223372036854775807.999999999") == 9223372036854775808.0, "the largest");
	check_done();
}

static void
random_numbers_are_exact(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s%u.%0*u", check_below(&seed, 2) ? "-" : "",
		    (unsigned)check_below(&seed, 1000000), 1 + (int)check_below(&seed, 9),
		    (unsigned)check_below(&seed, 10));
		CHECK(value(text) == strtod(text, NULL), "%s: %.17g", text, value(text));
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(values_are_those_of_strtod),
		CHECK_TEST(random_numbers_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
