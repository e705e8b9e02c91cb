/* fuzz_text.c - text made harmless: cleaning twice changes nothing, an escape can be undone. */
#include "caps.h"
#include "fuzz.h"
#include "shape.h"

static void
check_clean(const char *p, size_t n, bool own)
{
	char once[MON_MSG_MAX], twice[MON_MSG_MAX];
	size_t len = mon_text_clean(once, p, n, own);

	MUST(len >= 1 && len <= MON_MSG_MAX);
	fuzz_harmless(once, len);
	MUST(memchr(once, ',', len) == NULL && !mon_text_formula(once, len));
	MUST(own || once[0] != '!');
	MUST(mon_text_clean(twice, once, len, own) == len && memcmp(once, twice, len) == 0);
}

static struct fuzz_room input, enough, exact;

FUZZ_UNSEEN static void
check_escape(const char *p, size_t n)
{
	size_t cap = 4 * n + 1, len, m = 0;
	char *dst = fuzz_room(&enough, cap), *fits;

	len = mon_text_escape(dst, cap, p, n);
	MUST((len > 0) == (n > 0) && len <= 4 * n);
	MUST(n == 0 || mon_shape_check(MON_NAME, dst, len));
	for (size_t i = 0; i < len; m++) {
		unsigned c = (unsigned char)dst[i];

		if (c == '\\') {
			MUST(len - i >= 4);
			c = (unsigned)((dst[i + 1] - '0') * 64 + (dst[i + 2] - '0') * 8 +
				       (dst[i + 3] - '0'));
			i += 4;
		} else {
			i++;
		}
		MUST(m < n && c == (unsigned char)p[m]);
	}
	MUST(m == n);
	/* Into room of the exact size, and into one byte less. */
	fits = fuzz_room(&exact, len);
	MUST(mon_text_escape(fits, len, p, n) == len);
	MUST(len == 0 || memcmp(fits, dst, len) == 0);
	MUST(len == 0 || mon_text_escape(fuzz_room(&exact, len - 1), len - 1, p, n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_place(&input, data, size);

	check_clean(p, size, false);
	check_clean(p, size, true);
	check_escape(p, size);
	MUST(mon_text_rune(p, size) <= (size < 4 ? size : 4));
	/* A shape's field never ends beyond the input, and its whole is what check() takes. */
	for (enum mon_shape shape = MON_INT; shape <= MON_HEX; shape++) {
		const char *q = mon_shape_scan(shape, p, p + size);
		uint64_t number = 7;

		MUST(q == NULL || (q >= p && q <= p + size));
		MUST(mon_shape_check(shape, p, size) == (q == p + size && size > 0));
		if (shape != MON_INT)
			continue;
		MUST(mon_shape_number(p, size, &number) == mon_shape_check(shape, p, size));
		if (mon_shape_check(shape, p, size)) {
			char text[32];

			MUST(number <= INT64_MAX);
			MUST(snprintf(text, sizeof(text), "%llu", (unsigned long long)number) ==
			     (int)size);
			MUST(memcmp(text, p, size) == 0);
		} else {
			MUST(number == 7);
		}
	}
	return 0;
}
