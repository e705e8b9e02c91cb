/*
 * cmocka.h - as much of cmocka as the tests of lib/pure use, for a machine that has no cmocka for
 * its 32-bit programs; see ../m32.sh.
 */
#ifndef MON_M32_CMOCKA_H
#define MON_M32_CMOCKA_H

#include <stdio.h>

struct CMUnitTest {
	const char *name;
	void (*test)(void **state);
};

#define cmocka_unit_test(f)                                                                        \
	{                                                                                          \
#f, f                                                                              \
	}
#define print_error(...) fprintf(stderr, __VA_ARGS__)
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), exit(1))
#define assert_true(c) ((c) ? (void)0 : fail_msg("%s:%d: not (%s)", __FILE__, __LINE__, #c))
#define assert_non_null(p) assert_true((p) != NULL)
#define assert_int_equal(a, b) assert_true((a) == (b))
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
	m32_run(tests, sizeof(tests) / sizeof((tests)[0]))

static inline int
m32_run(const struct CMUnitTest *tests, size_t n)
{
	void *state = NULL;

	for (size_t i = 0; i < n; i++)
		tests[i].test(&state);
	printf("%zu tests passed\n", n);
	return 0;
}

#endif /* !MON_M32_CMOCKA_H */
