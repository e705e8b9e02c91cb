/* test_glance.c - a glance says "good" of common lines, and never of one that is not. */
#include <stdio.h>

#include "check.h"
#include "glance.h"
#include "shape.h"

/* The fields of the columns from ${column} on, as mon_shape_scan() sees them one by one. */
static bool
scan_all(const struct mon_table *t, size_t column, const char *p, const char *end)
{
	for (size_t i = column; i < t->ncols; i++) {
		const char *q = mon_shape_scan(t->cols[i].shape, p, end);

		if (q == NULL || (i + 1 == t->ncols) != (q == end) || (q < end && *q != ','))
			return false;
		p = q + 1;
	}
	return true;
}

/* Does it fit, and is it seen to be good?  The text before ${column} is readable, not looked at. */
static bool
glance(enum mon_kind kind, size_t column, const char *text, size_t len)
{
	static const char before[] = "2025-08-31T12:00:10Z work ";
	const struct mon_table *t = &mon_schema[kind];
	char *line = malloc(sizeof(before) - 1 + len), *p;
	bool good;

	assert_non_null(line);
	memcpy(line, before, sizeof(before) - 1);
	p = line + sizeof(before) - 1;
	memcpy(p, text, len);
	good = column >= t->glanced && mon_glance_fits(line, p, p + len) &&
	       mon_glance(t, column, p, p + len);
	if (good)
		CHECK(scan_all(t, column, p, p + len), "%s from column %zu: '%.*s' is not good",
		    t->kind, column, (int)len, text);
	free(line);
	return good;
}

#define SYS "3.1,1.7,95.0,0.37,0.28,0.22,410256,421234,384567,0,0,1,0"

/* What every poll has must not need a second look: then the glance would only cost. */
static const struct {
	enum mon_kind kind;
	size_t column;
	const char *text;
	bool good;
} cases[] = {
	{ MON_KIND_SYS, 0, SYS, true },
	{ MON_KIND_SYS, 0, "0,0,100,0,0,0,1,1,1,1,1,1,1", true },
	{ MON_KIND_NET, 0, "lo,6378886,0,0,6378886,0,0", true },
	{ MON_KIND_NET, 0, "eth0,7564276100,0,0,508069464,0,0", true },
	{ MON_KIND_CONN, 0, "12,4", true },
	{ MON_KIND_CONN, 0, "0,0", true },
	{ MON_KIND_DISK, 0, "/dev/mapper/dmroot,/,20466256,7634812,11808132,38%", true },
	{ MON_KIND_DISK, 0, "/dev/xvdd,/usr/lib/modules,580104,559204,20900,97%", true },
	{ MON_KIND_DISK, 0, "a,b,0,0,0,0%", true },
	{ MON_KIND_SCRAPE, 1, "41,1183,13,0", true },
	{ MON_KIND_CUSTOM, 0, "nft_drops,42", true },
	{ MON_KIND_CUSTOM, 0, "nft_drops,42.5", true },
	/* Columns in the middle of a table. */
	{ MON_KIND_SYS, 2, "95.0,0.37,0.28,0.22,410256,421234,384567,0,0,1,0", true },
	{ MON_KIND_SYS, 2, "95.0,0.37,0.28,0.22,410256.5,421234,384567,0,0,1,0", false },
	{ MON_KIND_SYS, 5, "0.22,410256,421234,384567,0,0,1,0", true },
	{ MON_KIND_SYS, 5, "0.22,410256.1,421234,384567,0,0,1,0", false },
	{ MON_KIND_SYS, 6, "410256,421234,384567,0,0,1,0", true },
	{ MON_KIND_SYS, 6, "410256.1,421234,384567,0,0,1,0", false },
	{ MON_KIND_NET, 1, "6378886,0,0,6378886,0,0", true },
	{ MON_KIND_NET, 1, "lo,0,0,6378886,0,0", false },
	{ MON_KIND_DISK, 1, "/,20466256,7634812,11808132,38%", true },
	{ MON_KIND_DISK, 2, "20466256,7634812,11808132,38%", true },
	{ MON_KIND_DISK, 2, "/,7634812,11808132,38%", false },
	/* Not for a glance, or not good. */
	{ MON_KIND_STATE, 0, "Running", false },
	{ MON_KIND_ALERT, 0, "1,2", false },
	{ MON_KIND_SCRAPE, 0, "ok,41,1183,13,0", false },
	{ MON_KIND_CONN, 0, "12,", false },
	{ MON_KIND_CONN, 0, ",4", false },
	{ MON_KIND_CONN, 0, "12,4,5", false },
	{ MON_KIND_CONN, 0, "12", false },
	{ MON_KIND_CONN, 0, "", false },
	{ MON_KIND_CONN, 0, "012,4", false },
	{ MON_KIND_CONN, 0, "12,04", false },
	{ MON_KIND_CONN, 0, "1.2,4", false },
	{ MON_KIND_CONN, 0, "12,4%", false },
	{ MON_KIND_DISK, 0, "/dev/a b,/,1,1,1,38%", false },
	{ MON_KIND_DISK, 0, "/dev/a,=1,1,1,1,38%", false },
	{ MON_KIND_DISK, 0, "@a,/,1,1,1,38%", false },
	{ MON_KIND_DISK, 0, "a,/,1,1,1,101%", false },
	{ MON_KIND_DISK, 0, "a,/,1,1,1,999%", false },
	{ MON_KIND_DISK, 0, "a,/,1,1,1,05%", false },
	{ MON_KIND_DISK, 0, "a,/,1,1,1,%", false },
	{ MON_KIND_DISK, 0, "a,/,1,1,1,5", false },
	{ MON_KIND_DISK, 0, "a,/,1,1,1%,5%", false },
	{ MON_KIND_DISK, 0, "a,,1,1,1,5%", false },
	{ MON_KIND_CUSTOM, 0, "a,1.", false },
	{ MON_KIND_CUSTOM, 0, "a,.1", false },
	{ MON_KIND_CUSTOM, 0, "a,1.2.3", false },
	{ MON_KIND_CUSTOM, 0, "a,1..3", false },
	{ MON_KIND_CUSTOM, 0, "a,1.0123456789", false },
	{ MON_KIND_CUSTOM, 0, "a,00.5", false },
	{ MON_KIND_CUSTOM, 0, "-a,1", false },
};

static void
knows_common_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK_EQ(
		    glance(cases[i].kind, cases[i].column, cases[i].text, strlen(cases[i].text)),
		    cases[i].good, "%s", cases[i].text);
	check_done();
}

/* The columns of each table stand in the order that a glance takes for granted. */
static void
tables_fit_the_glance(void **state)
{
	static const enum mon_shape order[] = { MON_WORD, MON_NAME, MON_DECIMAL, MON_INT,
		MON_PERCENT };

	(void)state;
	for (size_t kind = 0; kind < MON_KINDS; kind++) {
		const struct mon_table *t = &mon_schema[kind];
		const unsigned counts[] = { t->words, t->names, t->decimals,
			(unsigned)t->ncols - t->words - t->names - t->decimals - t->percents,
			t->percents };
		size_t column = 0;

		if (t->glanced == t->ncols)
			continue;
		CHECK_EQ(t->glanced, t->words, "%s", t->kind);
		for (size_t i = 0; i < CHECK_LEN(order); i++)
			for (unsigned n = 0; n < counts[i]; n++)
				CHECK_EQ(t->cols[column++].shape, order[i], "%s, column %zu",
				    t->kind, column);
		CHECK(t->percents <= 1, "%s", t->kind);
	}
	check_done();
}

/* Whatever is changed in a good line, what is still seen to be good is good: glance() checks it. */
static void
never_takes_what_is_not_good(void **state)
{
	static const char odd[] = "0123456789,,,..%\"'\\=+-@ #&~\t\n\0\x7f\x80\xff"
				  "aZ/_";
	uint64_t seed = 7;
	size_t good = 0;

	(void)state;
	for (size_t i = 0; i < 2000000; i++) {
		size_t pick = check_below(&seed, CHECK_LEN(cases)), changes = check_below(&seed, 4);
		size_t len = strlen(cases[pick].text), column = cases[pick].column;
		char text[128];

		memcpy(text, cases[pick].text, len);
		while (changes-- > 0 && len > 0) {
			size_t at = check_below(&seed, len);

			switch (check_below(&seed, 4)) {
			case 0: text[at] = (char)check_random(&seed); break;
			case 1: text[at] = odd[check_below(&seed, sizeof(odd) - 1)]; break;
			case 2:
				memmove(text + at, text + at + 1, len - at - 1);
				len--;
				break;
			default:
				if (len < 100) {
					memmove(text + at + 1, text + at, len - at);
					len++;
				}
			}
		}
		if (check_below(&seed, 4) == 0)
			column = check_below(&seed, mon_schema[cases[pick].kind].ncols);
		good += glance(cases[pick].kind, column, text, len);
	}
	CHECK(good > 100000, "only %zu of them were good: the test would prove little", good);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(knows_common_lines),
		CHECK_TEST(tables_fit_the_glance),
		CHECK_TEST(never_takes_what_is_not_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
