/* test_text.c - foreign text made harmless. */
#include <stdio.h>

#include "check.h"
#include "caps.h"
#include "shape.h"
#include "text.h"

static const struct {
	const char *what, *text;
	size_t len, want;
} runes[] = {
	{ "nothing", L(""), 0 },
	{ "a letter", L("a"), 1 },
	{ "a space", L(" "), 1 },
	{ "the last of ASCII", L("~"), 1 },
	{ "NUL", L("\0"), 0 },
	{ "US, below the space", L("\x1f"), 0 },
	{ "DEL", L("\x7f"), 0 },
	{ "line feed", L("\n"), 0 },
	{ "U+0080, C1", L("\xc2\x80"), 0 },
	{ "U+009B, CSI", L("\xc2\x9b"), 0 },
	{ "U+009F, the last of C1", L("\xc2\x9f"), 0 },
	{ "U+00A0", L("\xc2\xa0"), 2 },
	{ "U+00E9 and more", L("\xc3\xa9xyz"), 2 },
	{ "U+07FF, the last of 2", L("\xdf\xbf"), 2 },
	{ "U+0800, the first of 3", L("\xe0\xa0\x80"), 3 },
	{ "U+20AC", L("\xe2\x82\xac"), 3 },
	{ "U+D7FF, before the surrogates", L("\xed\x9f\xbf"), 3 },
	{ "U+D800, a surrogate", L("\xed\xa0\x80"), 0 },
	{ "U+DFFF, a surrogate", L("\xed\xbf\xbf"), 0 },
	{ "U+E000, behind the surrogates", L("\xee\x80\x80"), 3 },
	{ "U+10000, the first of 4", L("\xf0\x90\x80\x80"), 4 },
	{ "U+1F600", L("\xf0\x9f\x98\x80"), 4 },
	{ "U+10FFFD, the last", L("\xf4\x8f\xbf\xbd"), 4 },
	{ "U+10FFFF, no character", L("\xf4\x8f\xbf\xbf"), 0 },
	{ "U+110000, past the last", L("\xf4\x90\x80\x80"), 0 },
	{ "a start of 5", L("\xf8\x88\x80\x80\x80"), 0 },
	{ "FE", L("\xfe"), 0 },
	{ "FF", L("\xff\xff\xff\xff"), 0 },
	{ "a lone continuation", L("\x80"), 0 },
	{ "overlong in 2: C0 80", L("\xc0\x80"), 0 },
	{ "overlong in 2: C1 BF", L("\xc1\xbf"), 0 },
	{ "overlong in 3", L("\xe0\x9f\xbf"), 0 },
	{ "overlong in 4", L("\xf0\x8f\xbf\xbf"), 0 },
	{ "cut, 1 of 2", L("\xc3"), 0 },
	{ "cut, 2 of 3", L("\xe2\x82"), 0 },
	{ "cut, 3 of 4", L("\xf0\x9f\x98"), 0 },
	{ "no continuation behind 1", L("\xc3("), 0 },
	{ "no continuation behind 2", L("\xe2\x82("), 0 },
	{ "no continuation behind 3", L("\xf0\x9f\x98("), 0 },
	{ "a start for a continuation", L("\xc3\xc3"), 0 },
	{ "U+00AD, soft hyphen: not seen", L("\xc2\xad"), 0 },
	{ "U+034F, grapheme joiner: not seen", L("\xcd\x8f"), 0 },
	{ "U+061C, Arabic letter mark", L("\xd8\x9c"), 0 },
	{ "U+115F, Hangul filler: not seen", L("\xe1\x85\x9f"), 0 },
	{ "U+180E, Mongolian vowel separator: zero width", L("\xe1\xa0\x8e"), 0 },
	{ "U+200A, a thin space", L("\xe2\x80\x8a"), 3 },
	{ "U+200B, zero width space", L("\xe2\x80\x8b"), 0 },
	{ "U+200F, right-to-left mark", L("\xe2\x80\x8f"), 0 },
	{ "U+2010, a hyphen", L("\xe2\x80\x90"), 3 },
	{ "U+2028, line separator", L("\xe2\x80\xa8"), 0 },
	{ "U+2029, paragraph separator", L("\xe2\x80\xa9"), 0 },
	{ "U+202E, right-to-left override", L("\xe2\x80\xae"), 0 },
	{ "U+202F, a narrow space", L("\xe2\x80\xaf"), 3 },
	{ "U+2066, an isolate", L("\xe2\x81\xa6"), 0 },
	{ "U+2069, the end of one", L("\xe2\x81\xa9"), 0 },
	{ "U+3164, Hangul filler: not seen", L("\xe3\x85\xa4"), 0 },
	{ "U+FE0F, variation selector: not seen", L("\xef\xb8\x8f"), 0 },
	{ "U+FEFF, byte order mark", L("\xef\xbb\xbf"), 0 },
	{ "U+FFA0, halfwidth filler: not seen", L("\xef\xbe\xa0"), 0 },
	{ "U+FFF9, interlinear annotation", L("\xef\xbf\xb9"), 0 },
	{ "U+FFFD, the replacement character", L("\xef\xbf\xbd"), 3 },
	{ "U+FFFF, no character", L("\xef\xbf\xbf"), 0 },
	{ "U+1D173, music, zero width", L("\xf0\x9d\x85\xb3"), 0 },
	{ "U+E0001, language tag", L("\xf3\xa0\x80\x81"), 0 },
	{ "U+E007F, cancel tag", L("\xf3\xa0\x81\xbf"), 0 },
	{ "U+E0100, variation selector: not seen", L("\xf3\xa0\x84\x80"), 0 },
};

static void
knows_harmless_characters(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(runes); i++) {
		char *exact = check_dup(runes[i].text, runes[i].len);

		CHECK_EQ(mon_text_rune(exact, runes[i].len), runes[i].want, "%s", runes[i].what);
		free(exact);
	}
	check_done();
}

/* Every code point there is: the right length, or none for what must not pass. */
static void
knows_every_code_point(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x1fffff; c++) {
		unsigned char s[4];
		size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		size_t got;

		if (n == 1)
			s[0] = (unsigned char)c;
		for (size_t i = n - 1; n > 1 && i > 0; i--)
			s[i] = (unsigned char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
		if (n > 1)
			s[0] = (unsigned char)((0xf00 >> n & 0xff) | c >> 6 * (n - 1));
		got = mon_text_rune((const char *)s, n);
		CHECK(got == 0 || got == n, "U+%06X", c);
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) ||
		    c > 0x10ffff || (c & 0xfffe) == 0xfffe || (c >= 0x200b && c <= 0x200f) ||
		    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
			CHECK_EQ(got, 0, "U+%06X", c);
		else if ((c >= 0x20 && c < 0x7f) || (c >= 0xc0 && c < 0x300) ||
			 (c >= 0x4e00 && c < 0xa000) || (c >= 0x1f600 && c < 0x1f650))
			CHECK_EQ(got, n, "U+%06X", c);
	}
	check_done();
}

static const struct {
	const char *what, *text;
	size_t len;
	bool own;
	const char *want;
} cleans[] = {
	{ "plain", L("Aug 31 12:00:09 kernel: up"), false, "Aug 31 12:00:09 kernel: up" },
	{ "nothing", L(""), false, "?" },
	{ "only commas", L(",,,"), false, "?" },
	{ "commas", L("a,b,,c"), false, "abc" },
	{ "a quote", L("say \"hi\""), false, "say 'hi'" },
	{ "a quote first", L("\"hi\""), false, "'hi'" },
	{ "a formula: =", L("=1+1"), false, "?1+1" },
	{ "a formula: +", L("+1"), false, "?1" },
	{ "a formula: -", L("-1"), false, "?1" },
	{ "a formula: @", L("@SUM(A1)"), false, "?SUM(A1)" },
	{ "a formula: tab", L("\t=1"), false, "?=1" },
	{ "a formula: full-width =", L("\xef\xbc\x9d\x31"), false, "?1" },
	{ "a formula: full-width +", L("\xef\xbc\x8b\x31"), false, "?1" },
	{ "a formula: full-width -", L("\xef\xbc\x8d\x31"), false, "?1" },
	{ "a formula: full-width @", L("\xef\xbc\xa0\x31"), false, "?1" },
	{ "full-width, but no formula", L("\xef\xbc\xa1\x31"), false, "\xef\xbc\xa1\x31" },
	{ "a formula behind commas", L(",,=1"), false, "?1" },
	{ "a formula, own", L("=1"), true, "?1" },
	{ "formula characters further on", L("a=+-@"), false, "a=+-@" },
	{ "! from a guest", L("!lost"), false, "?lost" },
	{ "! from a guest behind a comma", L(",!lost"), false, "?lost" },
	{ "! of our own", L("!lost"), true, "!lost" },
	{ "! further on", L("lost!"), false, "lost!" },
	{ "escape sequence", L("\033[2Jhi"), false, "?[2Jhi" },
	{ "NUL", L("a\0b"), false, "a?b" },
	{ "line feed and return", L("a\r\nb"), false, "a??b" },
	{ "UTF-8", L("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), false,
	    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "invalid bytes, one '?' each", L("a\xff\xc3z"), false, "a??z" },
	{ "a character cut by the end", L("a\xe2\x82"), false, "a??" },
	{ "a character cut by a comma", L("\xc3,\xa9"), false, "??" },
	{ "C1 in UTF-8",
	    L("a\xc2\x9b"
	      "2J"),
	    false, "a??2J" },
	{ "right-to-left override",
	    L("a\xe2\x80\xae"
	      "b"),
	    false, "a???b" },
	{ "only bad bytes", L("\xff"), false, "?" },
};

static void
cleans_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cleans); i++) {
		char *exact = check_dup(cleans[i].text, cleans[i].len);
		char *dst = malloc(MON_MSG_MAX);
		size_t n;

		assert_non_null(dst);
		n = mon_text_clean(dst, exact, cleans[i].len, cleans[i].own);
		CHECK(n == strlen(cleans[i].want) && memcmp(dst, cleans[i].want, n) == 0,
		    "%s: got %.*s", cleans[i].what, (int)n, dst);
		free(dst);
		free(exact);
	}
	check_done();
}

/* A character that straddles the 512th byte is left out whole. */
static void
cuts_between_characters(void **state)
{
	static const struct {
		const char *what, *tail;
		size_t fill, want;
	} cases[] = {
		{ "exactly full", "", 512, 512 },
		{ "one over", "", 513, 512 },
		{ "much over", "", 4000, 512 },
		{ "2 bytes fit", "\xc3\xa9", 510, 512 },
		{ "2 bytes straddle", "\xc3\xa9", 511, 511 },
		{ "3 bytes fit", "\xe2\x82\xac", 509, 512 },
		{ "3 bytes straddle by 1", "\xe2\x82\xac", 510, 510 },
		{ "3 bytes straddle by 2", "\xe2\x82\xac", 511, 511 },
		{ "4 bytes fit", "\xf0\x9f\x98\x80", 508, 512 },
		{ "4 bytes straddle", "\xf0\x9f\x98\x80", 509, 509 },
		{ "bad bytes fill up", "\xff\xff\xff", 510, 512 },
		{ "a comma at the end costs nothing", ",", 512, 512 },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		size_t len = cases[i].fill + strlen(cases[i].tail);
		char *in = malloc(len), *dst = malloc(MON_MSG_MAX);

		assert_true(in != NULL && dst != NULL);
		memset(in, 'x', cases[i].fill);
		memcpy(in + cases[i].fill, cases[i].tail, strlen(cases[i].tail));
		CHECK_EQ(mon_text_clean(dst, in, len, false), cases[i].want, "%s", cases[i].what);
		free(in);
		free(dst);
	}
	check_done();
}

/* Bytes of which many mean something, so that random text meets the rules often. */
static size_t
random_text(uint64_t *seed, char *dst, size_t cap)
{
	static const char *const pieces[] = { ",", "\"", "'", "=", "+", "-", "@", "!", "\t", "\\",
		" ", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc2\x9b", "\xe2\x80\xae",
		"\xff", "\xe2\x82", "word", "\n", "?" };
	size_t want = check_below(seed, cap + 1), n = 0;

	while (n < want) {
		const char *piece = pieces[check_below(seed, CHECK_LEN(pieces))];
		char byte = (char)check_random(seed);

		if (check_below(seed, 2) == 0) {
			dst[n++] = byte;
			continue;
		}
		for (; *piece != '\0' && n < want; piece++)
			dst[n++] = *piece;
	}
	return n;
}

static void
clean_text_is_clean_and_stays(void **state)
{
	uint64_t seed = 512;

	(void)state;
	for (size_t i = 0; i < 50000; i++) {
		char in[1200], *exact, *once = malloc(MON_MSG_MAX), *twice = malloc(MON_MSG_MAX);
		size_t len = random_text(&seed, in, i % 8 == 0 ? sizeof(in) : 40), n, m;
		bool own = i & 1;

		assert_true(once != NULL && twice != NULL);
		exact = check_dup(in, len);
		n = mon_text_clean(once, exact, len, own);
		CHECK(n >= 1 && n <= MON_MSG_MAX, "%s", check_hex(in, len));
		CHECK(!mon_text_formula(once, n) && (own || once[0] != '!'), "%s",
		    check_hex(in, len));
		for (size_t j = 0; j < n;) {
			size_t rune = mon_text_rune(once + j, n - j);

			CHECK(
			    rune > 0 && once[j] != ',' && once[j] != '"', "%s", check_hex(in, len));
			j += rune > 0 ? rune : 1;
		}
		free(exact);
		exact = check_dup(once, n);
		m = mon_text_clean(twice, exact, n, own);
		CHECK(m == n && memcmp(once, twice, n) == 0, "%s", check_hex(in, len));
		free(exact);
		free(once);
		free(twice);
	}
	check_done();
}

static const struct {
	const char *what, *text;
	size_t len;
	const char *want;
} escapes[] = {
	{ "plain", L("/home/user"), "/home/user" },
	{ "a space", L("/mnt/a b"), "/mnt/a\\040b" },
	{ "a comma", L("a,b"), "a\\054b" },
	{ "quotes", L("'\""), "\\047\\042" },
	{ "a backslash", L("a\\040"), "a\\134040" },
	{ "controls", L("a\n\t\x7f"), "a\\012\\011\\177" },
	{ "NUL", L("\0"), "\\000" },
	{ "a formula start", L("=a"), "\\075a" },
	{ "formula starts", L("+"), "\\053" },
	{ "formula starts", L("-"), "\\055" },
	{ "formula starts", L("@"), "\\100" },
	{ "further on they stay", L("a=+-@"), "a=+-@" },
	{ "UTF-8", L("\xc3\xa9"), "\xc3\xa9" },
	{ "no UTF-8", L("\xff\xc3"), "\\377\\303" },
	{ "right-to-left override", L("\xe2\x80\xae"), "\\342\\200\\256" },
};

static void
escapes_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(escapes); i++) {
		size_t want = strlen(escapes[i].want);
		char *exact = check_dup(escapes[i].text, escapes[i].len);
		char *fits = malloc(want), *small = malloc(want - 1);

		CHECK_EQ(mon_text_escape(fits, want, exact, escapes[i].len), want, "%s",
		    escapes[i].what);
		CHECK(memcmp(fits, escapes[i].want, want) == 0, "%s: %.*s", escapes[i].what,
		    (int)want, fits);
		CHECK_EQ(mon_text_escape(small, want - 1, exact, escapes[i].len), 0,
		    "%s, no room for the last byte", escapes[i].what);
		free(exact);
		free(fits);
		free(small);
	}
	CHECK_EQ(mon_text_escape(NULL, 0, "a", 1), 0, "no room at all");
	CHECK_EQ(mon_text_escape((char[4]){ 0 }, 4, "", 0), 0, "nothing");
	check_done();
}

/* Undo the escapes; what a reader of the file does. */
static size_t
unescape(char *dst, const char *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		if (p[i] != '\\') {
			dst[n++] = p[i++];
			continue;
		}
		dst[n++] = (char)((p[i + 1] - '0') << 6 | (p[i + 2] - '0') << 3 | (p[i + 3] - '0'));
		i += 4;
	}
	return n;
}

static void
escaped_names_are_names_and_come_back(void **state)
{
	uint64_t seed = 777;

	(void)state;
	for (size_t i = 0; i < 50000; i++) {
		char in[64], back[64], *exact, *dst;
		size_t len = 1 + random_text(&seed, in + 1, sizeof(in) - 1), n;

		in[0] = (char)check_random(&seed);
		exact = check_dup(in, len);
		dst = malloc(4 * len);
		assert_non_null(dst);
		n = mon_text_escape(dst, 4 * len, exact, len);
		CHECK(n >= len, "%s", check_hex(in, len));
		CHECK(mon_shape_check(MON_NAME, dst, n), "%s", check_hex(in, len));
		CHECK(n >= len && unescape(back, dst, n) == len && memcmp(back, in, len) == 0, "%s",
		    check_hex(in, len));
		free(exact);
		free(dst);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(knows_harmless_characters),
		CHECK_TEST(knows_every_code_point),
		CHECK_TEST(cleans_text),
		CHECK_TEST(cuts_between_characters),
		CHECK_TEST(clean_text_is_clean_and_stays),
		CHECK_TEST(escapes_names),
		CHECK_TEST(escaped_names_are_names_and_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
