/* test_shape.c - which bytes each column admits. */
#include "check.h"
#include "caps.h"
#include "shape.h"

#define VM31 "abcdefghijklmnopqrstuvwxyz01234"
#define HEX63 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define HEX64 HEX63 "f"
#define W31 "abcdefghijklmnopqrstuvwxyzABCDE"

/* As a whole: is it a field? */
static const struct {
	enum mon_shape shape;
	const char *what, *text;
	size_t len;
	bool want;
} checks[] = {
	{ MON_INT, "zero", L("0"), true },
	{ MON_INT, "one digit", L("7"), true },
	{ MON_INT, "2^63-1", L("9223372036854775807"), true },
	{ MON_INT, "one past 2^63-1", L("9223372036854775808"), false },
	{ MON_INT, "19 digits, far past", L("9999999999999999999"), false },
	{ MON_INT, "19 digits, below", L("9223372036854775799"), true },
	{ MON_INT, "18 nines", L("999999999999999999"), true },
	{ MON_INT, "20 digits", L("18446744073709551615"), false },
	{ MON_INT, "empty", L(""), false },
	{ MON_INT, "leading zero", L("07"), false },
	{ MON_INT, "two zeros", L("00"), false },
	{ MON_INT, "minus", L("-1"), false },
	{ MON_INT, "plus", L("+1"), false },
	{ MON_INT, "space before", L(" 1"), false },
	{ MON_INT, "space behind", L("1 "), false },
	{ MON_INT, "hexadecimal", L("0x1"), false },
	{ MON_INT, "exponent", L("1e3"), false },
	{ MON_INT, "point", L("1.0"), false },
	{ MON_INT, "NUL inside", L("1\0002"), false },
	{ MON_INT, "NUL behind", L("1\0"), false },
	{ MON_INT, "the byte before '0'", L("1/"), false },
	{ MON_INT, "the byte behind '9'", L("1:"), false },
	{ MON_INT, "a high byte", L("1\xb2"), false },
	{ MON_INT, "Arabic digits", L("\xd9\xa1"), false },
	{ MON_DECIMAL, "an integer", L("12"), true },
	{ MON_DECIMAL, "one decimal", L("3.1"), true },
	{ MON_DECIMAL, "zero point zero", L("0.0"), true },
	{ MON_DECIMAL, "9 decimals", L("0.123456789"), true },
	{ MON_DECIMAL, "10 decimals", L("0.1234567890"), false },
	{ MON_DECIMAL, "largest", L("9223372036854775807.999999999"), true },
	{ MON_DECIMAL, "one past the largest", L("9223372036854775808.0"), false },
	{ MON_DECIMAL, "point without digits behind", L("1."), false },
	{ MON_DECIMAL, "point without digits before", L(".5"), false },
	{ MON_DECIMAL, "only a point", L("."), false },
	{ MON_DECIMAL, "two points", L("1.2.3"), false },
	{ MON_DECIMAL, "two points together", L("1..2"), false },
	{ MON_DECIMAL, "leading zero", L("01.5"), false },
	{ MON_DECIMAL, "minus", L("-0.5"), false },
	{ MON_DECIMAL, "exponent", L("1.5e3"), false },
	{ MON_DECIMAL, "not a number", L("nan"), false },
	{ MON_DECIMAL, "infinite", L("inf"), false },
	{ MON_DECIMAL, "a comma for a point", L("1,5"), false },
	{ MON_DECIMAL, "empty", L(""), false },
	{ MON_DECIMAL, "NUL behind the point", L("1.\0"), false },
	{ MON_PERCENT, "0%", L("0%"), true },
	{ MON_PERCENT, "9%", L("9%"), true },
	{ MON_PERCENT, "99%", L("99%"), true },
	{ MON_PERCENT, "100%", L("100%"), true },
	{ MON_PERCENT, "101%", L("101%"), false },
	{ MON_PERCENT, "200%", L("200%"), false },
	{ MON_PERCENT, "1000%", L("1000%"), false },
	{ MON_PERCENT, "007%", L("007%"), false },
	{ MON_PERCENT, "07%", L("07%"), false },
	{ MON_PERCENT, "00%", L("00%"), false },
	{ MON_PERCENT, "no sign", L("7"), false },
	{ MON_PERCENT, "100 without sign", L("100"), false },
	{ MON_PERCENT, "two signs", L("7%%"), false },
	{ MON_PERCENT, "only the sign", L("%"), false },
	{ MON_PERCENT, "decimals", L("7.5%"), false },
	{ MON_PERCENT, "minus", L("-1%"), false },
	{ MON_PERCENT, "empty", L(""), false },
	{ MON_WORD, "a state", L("Running"), true },
	{ MON_WORD, "a result", L("no-handler"), true },
	{ MON_WORD, "one letter", L("a"), true },
	{ MON_WORD, "first and last letters", L("azAZ"), true },
	{ MON_WORD, "31 letters", L(W31), true },
	{ MON_WORD, "32 letters", L(W31 "F"), false },
	{ MON_WORD, "a digit", L("ok2"), false },
	{ MON_WORD, "begins with -", L("-ok"), false },
	{ MON_WORD, "ends with -", L("ok-"), true },
	{ MON_WORD, "underscore", L("a_b"), false },
	{ MON_WORD, "the bytes around the letters", L("a@"), false },
	{ MON_WORD, "the bytes around the letters", L("a["), false },
	{ MON_WORD, "the bytes around the letters", L("a`"), false },
	{ MON_WORD, "the bytes around the letters", L("a{"), false },
	{ MON_WORD, "empty", L(""), false },
	{ MON_WORD, "NUL", L("ok\0"), false },
	{ MON_WORD, "a letter of Latin 1", L("\xe9t\xe9"), false },
	{ MON_VM, "a qube", L("work"), true },
	{ MON_VM, "all that is allowed", L("Sys-net_2.x"), true },
	{ MON_VM, "31 bytes", L(VM31), true },
	{ MON_VM, "32 bytes", L(VM31 "5"), false },
	{ MON_VM, "a digit first", L("2work"), false },
	{ MON_VM, "a dash first: an option", L("-work"), false },
	{ MON_VM, "a point first: a hidden file", L(".work"), false },
	{ MON_VM, "a path", L("../x"), false },
	{ MON_VM, "a slash", L("a/b"), false },
	{ MON_VM, "a keyword of qrexec", L("@adminvm"), false },
	{ MON_VM, "a dollar keyword", L("$dispvm"), false },
	{ MON_VM, "a space", L("a b"), false },
	{ MON_VM, "a comma", L("a,b"), false },
	{ MON_VM, "a NUL", L("a\0b"), false },
	{ MON_VM, "a line feed", L("a\n"), false },
	{ MON_VM, "UTF-8", L("b\xc3\xbc"), false },
	{ MON_VM, "empty", L(""), false },
	{ MON_NAME, "an interface", L("eth0"), true },
	{ MON_NAME, "an alias", L("eth0:1"), true },
	{ MON_NAME, "a path", L("/dev/mapper/a-b"), true },
	{ MON_NAME, "every plain byte", L("!#$%&()*+-./09:;<=>?@AZ[]^_`az{|}~"), true },
	{ MON_NAME, "an escaped space", L("/mnt/a\\040b"), true },
	{ MON_NAME, "the largest escape", L("\\377"), true },
	{ MON_NAME, "the smallest escape", L("\\000"), true },
	{ MON_NAME, "an escaped formula start", L("\\0751+1"), true },
	{ MON_NAME, "an escape over 255", L("\\400"), false },
	{ MON_NAME, "an escape with an 8", L("\\080"), false },
	{ MON_NAME, "an escape with an 8 at the end", L("\\008"), false },
	{ MON_NAME, "an escape that is cut", L("a\\04"), false },
	{ MON_NAME, "an escape that is cut shorter", L("a\\0"), false },
	{ MON_NAME, "a lone backslash", L("\\"), false },
	{ MON_NAME, "another escape", L("\\n00"), false },
	{ MON_NAME, "a space", L("a b"), false },
	{ MON_NAME, "a comma", L("a,b"), false },
	{ MON_NAME, "a double quote", L("a\"b"), false },
	{ MON_NAME, "a single quote", L("a'b"), false },
	{ MON_NAME, "a tab", L("a\tb"), false },
	{ MON_NAME, "a NUL", L("a\0b"), false },
	{ MON_NAME, "DEL", L("a\x7f"), false },
	{ MON_NAME, "ESC", L("a\033[2J"), false },
	{ MON_NAME, "a carriage return", L("a\r"), false },
	{ MON_NAME, "formula: =", L("=1"), false },
	{ MON_NAME, "formula: +", L("+1"), false },
	{ MON_NAME, "formula: -", L("-1"), false },
	{ MON_NAME, "formula: @", L("@a"), false },
	{ MON_NAME, "formula: tab", L("\ta"), false },
	{ MON_NAME, "formula: full-width =", L("\xef\xbc\x9d\x31"), false },
	{ MON_NAME, "full-width, but no formula", L("\xef\xbc\xa1"), true },
	{ MON_NAME, "formula characters further on", L("a=+-@"), true },
	{ MON_NAME, "empty", L(""), false },
	{ MON_NAME, "two bytes of UTF-8", L("caf\xc3\xa9"), true },
	{ MON_NAME, "three bytes of UTF-8", L("\xe2\x82\xac"), true },
	{ MON_NAME, "four bytes of UTF-8", L("\xf0\x9f\x98\x80"), true },
	{ MON_NAME, "UTF-8 cut after 1 of 2", L("a\xc3"), false },
	{ MON_NAME, "UTF-8 cut after 2 of 3", L("a\xe2\x82"), false },
	{ MON_NAME, "UTF-8 cut after 3 of 4", L("a\xf0\x9f\x98"), false },
	{ MON_NAME, "a lone continuation", L("a\x80"), false },
	{ MON_NAME, "overlong slash", L("\xc0\xaf"), false },
	{ MON_NAME, "overlong slash in 3", L("\xe0\x80\xaf"), false },
	{ MON_NAME, "a surrogate", L("\xed\xa0\x80"), false },
	{ MON_NAME, "past U+10FFFF", L("\xf4\x90\x80\x80"), false },
	{ MON_NAME, "C1: CSI", L("a\xc2\x9b"), false },
	{ MON_NAME, "right-to-left override", L("a\xe2\x80\xae"), false },
	{ MON_TEXT, "anything", L("a, \"b\"\0\xff"), true },
	{ MON_TEXT, "empty", L(""), false },
	{ MON_DAY, "a day", L("2025-08-31"), true },
	{ MON_DAY, "no day", L("2025-02-29"), false },
	{ MON_DAY, "cut", L("2025-08-3"), false },
	{ MON_DAY, "more", L("2025-08-311"), false },
	{ MON_DAY, "empty", L(""), false },
	{ MON_STAMP, "a stamp", L("2025-08-31T12:00:10Z"), true },
	{ MON_STAMP, "cut", L("2025-08-31T12:00:10"), false },
	{ MON_STAMP, "more", L("2025-08-31T12:00:10ZZ"), false },
	{ MON_STAMP, "empty", L(""), false },
	{ MON_HEX, "a sum", L(HEX64), true },
	{ MON_HEX, "a digit less", L(HEX63), false },
	{ MON_HEX, "a digit more", L(HEX64 "0"), false },
	{ MON_HEX, "a capital", L(HEX63 "F"), false },
	{ MON_HEX, "behind f", L(HEX63 "g"), false },
	{ MON_HEX, "before a", L(HEX63 "`"), false },
	{ MON_HEX, "NUL", L(HEX63 "\0"), false },
	{ MON_HEX, "empty", L(""), false },
	{ (enum mon_shape)99, "no shape", L("1"), false },
};

static void
checks_whole_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(checks); i++) {
		char *exact = check_dup(checks[i].text, checks[i].len);

		CHECK_EQ(mon_shape_check(checks[i].shape, exact, checks[i].len), checks[i].want,
		    "%s: %s", mon_schema_shape_name(checks[i].shape), checks[i].what);
		free(exact);
	}
	check_done();
}

/* Where does the field end, when more follows?  -1: no field. */
static const struct {
	enum mon_shape shape;
	const char *text;
	size_t len;
	int want;
} scans[] = {
	{ MON_INT, L("12,4"), 2 },
	{ MON_INT, L("12"), 2 },
	{ MON_INT, L("12.4"), 2 },
	{ MON_INT, L("12x"), 2 },
	{ MON_INT, L(",12"), -1 },
	{ MON_INT, L("9223372036854775808,1"), -1 },
	{ MON_DECIMAL, L("0.5,1"), 3 },
	{ MON_DECIMAL, L("0,1"), 1 },
	{ MON_DECIMAL, L("0.,1"), -1 },
	{ MON_PERCENT, L("2%,"), 2 },
	{ MON_PERCENT, L("2,%"), -1 },
	{ MON_WORD, L("ok,41"), 2 },
	{ MON_WORD, L("ok 41"), 2 },
	{ MON_NAME, L("eth0,1"), 4 },
	{ MON_NAME, L("eth0"), 4 },
	{ MON_NAME, L("\\054,1"), 4 },
	{ MON_NAME, L(",1"), -1 },
	{ MON_TEXT, L("a,b"), 3 },
	{ MON_DAY, L("2025-08-31,1"), 10 },
	{ MON_STAMP, L("2025-08-31T12:00:10Z,1"), 20 },
	{ MON_VM, L("work,1"), 4 },
};

static void
scans_up_to_the_comma(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(scans); i++) {
		char *exact = check_dup(scans[i].text, scans[i].len);
		const char *q = mon_shape_scan(scans[i].shape, exact, exact + scans[i].len);

		CHECK_EQ(q == NULL ? -1 : q - exact, scans[i].want, "%s in %s",
		    mon_schema_shape_name(scans[i].shape), scans[i].text);
		free(exact);
	}
	check_done();
}

static void
reads_numbers(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool ok;
		uint64_t want;
	} cases[] = {
		{ L("0"), true, 0 },
		{ L("10"), true, 10 },
		{ L("1234567890"), true, 1234567890 },
		{ L("9223372036854775807"), true, INT64_MAX },
		{ L("9223372036854775808"), false, 0 },
		{ L("18446744073709551617"), false, 0 },
		{ L(""), false, 0 },
		{ L("01"), false, 0 },
		{ L("-1"), false, 0 },
		{ L("1,"), false, 0 },
		{ L("1\0"), false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].text, cases[i].len);
		uint64_t got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(
		    mon_shape_number(exact, cases[i].len, &got), cases[i].ok, "%s", cases[i].text);
		if (cases[i].ok)
			CHECK(got == cases[i].want, "%s", cases[i].text);
		else
			CHECK(check_untouched(&got, sizeof(got)), "%s", cases[i].text);
		free(exact);
	}
	check_done();
}

/* The grammar of a number, told a second time and slowly. */
static bool
slow_number(const char *p, size_t n, size_t decimals)
{
	size_t whole = 0, i;

	while (whole < n && p[whole] >= '0' && p[whole] <= '9')
		whole++;
	if (whole == 0 || whole > 19 || (whole > 1 && p[0] == '0'))
		return false;
	if (whole == 19 && strncmp(p, "9223372036854775807", 19) > 0)
		return false;
	if (whole == n)
		return true;
	for (i = whole + 1; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return p[whole] == '.' && n - whole - 1 >= 1 && n - whole - 1 <= decimals;
}

static void
numbers_agree_with_a_slow_check(void **state)
{
	uint64_t seed = 20250831;

	(void)state;
	for (size_t i = 0; i < 200000; i++) {
		/* Digits mostly, and sometimes a neighbour of theirs. */
		static const char bytes[] = "0123456789012345678901234567899999./:,- \0\xff\xb0";
		size_t n = check_below(&seed, 33);
		char *p = malloc(n), copy[33];

		assert_non_null(p);
		for (size_t j = 0; j < n; j++)
			p[j] = check_below(&seed, 8) > 0
				   ? (char)('0' + check_below(&seed, 10))
				   : bytes[check_below(&seed, sizeof(bytes) - 1)];
		memcpy(copy, p, n);
		copy[n] = '\0';
		CHECK_EQ(
		    mon_shape_check(MON_INT, p, n), slow_number(copy, n, 0), "%s", check_hex(p, n));
		CHECK_EQ(mon_shape_check(MON_DECIMAL, p, n), slow_number(copy, n, MON_FRACTION_MAX),
		    "%s", check_hex(p, n));
		free(p);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(checks_whole_fields),
		CHECK_TEST(scans_up_to_the_comma),
		CHECK_TEST(reads_numbers),
		CHECK_TEST(numbers_agree_with_a_slow_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
