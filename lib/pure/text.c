/* text.c - make foreign text harmless; see text.h. */
#include <stdint.h>
#include <string.h>

#include "caps.h"
#include "text.h"

/*
 * Characters that are valid UTF-8 and yet harm who reads the file: they end a line, move
 * the cursor, are not seen (Default_Ignorable_Code_Point of the Unicode database), turn the
 * reading direction around (Unicode TR 36, 39), or are no characters at all.
 */
static const struct {
	uint32_t first, last;
} harmful[] = {
	{ 0x0080, 0x009f },   /* C1 controls: U+009B is "escape [" to a terminal */
	{ 0x00ad, 0x00ad },   /* soft hyphen */
	{ 0x034f, 0x034f },   /* combining grapheme joiner */
	{ 0x061c, 0x061c },   /* Arabic letter mark */
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
	{ 0x180b, 0x180f },   /* Mongolian variation selectors, vowel separator */
	{ 0x200b, 0x200f },   /* zero width, left-to-right and right-to-left marks */
	{ 0x2028, 0x202e },   /* line and paragraph separators, embeddings, overrides */
	{ 0x2060, 0x206f },   /* word joiner, isolates, deprecated format characters */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xfdd0, 0xfdef },   /* noncharacters */
	{ 0xfe00, 0xfe0f },   /* variation selectors */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xffa0, 0xffa0 },   /* halfwidth Hangul filler */
	{ 0xfff0, 0xfffb },   /* unassigned, interlinear annotation */
	{ 0x1bca0, 0x1bca3 }, /* shorthand format controls */
	{ 0x1d173, 0x1d17a }, /* musical format controls */
	{ 0xe0000, 0xe0fff }, /* tags, variation selectors */
};

/* The character at ${s} and its length, or length 0: RFC 3629, section 4. */
static size_t
decode(const unsigned char *s, size_t len, uint32_t *ret)
{
	size_t n;
	uint32_t c, min;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2, c = s[0] & 0x1fu, min = 0x80;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3, c = s[0] & 0x0fu, min = 0x800;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4, c = s[0] & 0x07u, min = 0x10000;
	else
		return 0;
	if (len < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

size_t
mon_text_rune(const char *untrusted, size_t len)
{
	const unsigned char *s = (const unsigned char *)untrusted;
	uint32_t c = 0;
	size_t n;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	n = decode(s, len, &c);
	if (n == 0 || (c & 0xfffe) == 0xfffe) /* the last two of each plane: noncharacters */
		return 0;
	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++)
		if (c >= harmful[i].first && c <= harmful[i].last)
			return 0;
	return n;
}

size_t
mon_text_clean(char *dst, const char *untrusted, size_t len, bool own)
{
	size_t out = 0;

	for (size_t i = 0; i < len;) {
		char c = untrusted[i];
		size_t n, step;

		n = mon_text_rune(untrusted + i, len - i);
		step = n > 0 ? n : 1;
		if (out + step > MON_MSG_MAX)
			break;
		if (c == ',') {
			i++;
			continue;
		}
		if (n == 0 ||
		    (out == 0 && (mon_text_formula(untrusted + i, len - i) || (c == '!' && !own))))
			dst[out++] = '?';
		else if (c == '"')
			dst[out++] = '\'';
		else {
			memcpy(dst + out, untrusted + i, n);
			out += n;
		}
		i += step;
	}
	if (out == 0)
		dst[out++] = '?';
	return out;
}

size_t
mon_text_escape(char *dst, size_t cap, const char *untrusted, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len;) {
		size_t n = mon_text_rune(untrusted + i, len - i);
		unsigned char c = (unsigned char)untrusted[i];

		if (n == 0 || c == ' ' || c == ',' || c == '"' || c == '\'' || c == '\\' ||
		    (i == 0 && mon_text_formula(untrusted, len))) {
			if (cap - out < 4)
				return 0;
			dst[out++] = '\\';
			dst[out++] = (char)('0' + (c >> 6));
			dst[out++] = (char)('0' + (c >> 3 & 7));
			dst[out++] = (char)('0' + (c & 7));
			i++;
			continue;
		}
		if (cap - out < n)
			return 0;
		memcpy(dst + out, untrusted + i, n);
		out += n;
		i += n;
	}
	return out;
}
