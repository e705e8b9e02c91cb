/*
 * check.h - what the unit tests do alike, on top of cmocka.
 *
 * A failed CHECK() tells the case and goes on, so that one run shows all that is wrong;
 * check_done() at the end of the test makes it red.  Inputs are copied to heap blocks of
 * their exact size, so that AddressSanitizer sees every read past them, and outputs are
 * filled with CHECK_FILL before a call, so that a failure that writes them is seen.
 */
#ifndef MON_CHECK_H
#define MON_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHECK_FILL 0xa5
#define CHECK_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CHECK_TEST(f) cmocka_unit_test(f)

/* A literal and its length: sizeof, so that "\0" inside a case counts. */
#define L(s) (s), sizeof(s) - 1

static size_t check_failures;

#define CHECK(ok, ...)                                                                             \
	do {                                                                                       \
		if (!(ok)) {                                                                       \
			check_failures++;                                                          \
			print_error("%s:%d: not (%s): ", __FILE__, __LINE__, #ok);                 \
			print_error(__VA_ARGS__);                                                  \
			print_error("\n");                                                         \
		}                                                                                  \
	} while (0)

#define CHECK_EQ(got, want, ...)                                                                   \
	do {                                                                                       \
		long long check_got = (long long)(got), check_want = (long long)(want);            \
                                                                                                   \
		if (check_got != check_want) {                                                     \
			check_failures++;                                                          \
			print_error("%s:%d: %s is %lld, not %lld: ", __FILE__, __LINE__, #got,     \
			    check_got, check_want);                                                \
			print_error(__VA_ARGS__);                                                  \
			print_error("\n");                                                         \
		}                                                                                  \
	} while (0)

/* The test ends here, red if a check failed. */
static inline void
check_done(void)
{
	size_t failures = check_failures;

	check_failures = 0;
	if (failures > 0)
		fail_msg("%zu checks failed", failures);
}

/* ${len} bytes of ${p} on the heap, with nothing readable behind them; free() it. */
static inline char *
check_dup(const void *p, size_t len)
{
	char *copy = malloc(len);

	assert_true(copy != NULL || len == 0);
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

static inline void
check_fill(void *p, size_t len)
{
	memset(p, CHECK_FILL, len);
}

/* Is all of it as check_fill() left it? */
static inline bool
check_untouched(const void *p, size_t len)
{
	const unsigned char *b = p;

	for (size_t i = 0; i < len; i++)
		if (b[i] != CHECK_FILL)
			return false;
	return true;
}

/* ${len} bytes in hexadecimal, to be told when a random input fails; static storage. */
static inline const char *
check_hex(const void *p, size_t len)
{
	static char text[2 * 8192 + 1];
	const unsigned char *b = p;
	size_t n = len < 8192 ? len : 8192;

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = "0123456789abcdef"[b[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[b[i] & 15];
	}
	text[2 * n] = '\0';
	return text;
}

/* Random numbers that are the same in every run (xorshift64*): give each test its own seed. */
static inline uint64_t
check_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* A random number below ${n}. */
static inline size_t
check_below(uint64_t *state, size_t n)
{
	return (size_t)(check_random(state) >> 11) % n;
}

#endif /* !MON_CHECK_H */
