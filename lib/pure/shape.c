/* shape.c - which bytes each column admits; see shape.h. */
#include <string.h>

#include "caps.h"
#include "shape.h"
#include "stamp.h"
#include "text.h"

/* Not isalpha(): it asks the locale. */
static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline const char *
scan_decimal(const char *p, const char *end)
{
	const char *q = mon_shape_scan_int(p, end), *r;

	if (q == NULL || q == end || *q != '.')
		return q;
	r = mon_shape_skip_digits(q + 1, end);
	if (r == q + 1 || r - (q + 1) > MON_FRACTION_MAX)
		return NULL;
	return r;
}

static const char *
scan_signed(const char *p, const char *end)
{
	return scan_decimal(p < end && *p == '-' ? p + 1 : p, end);
}

static const char *
scan_percent(const char *p, const char *end)
{
	const char *q = mon_shape_scan_int(p, end);

	if (q == NULL || q == end || *q != '%' || q - p > 3)
		return NULL;
	if (q - p == 3 && memcmp(p, "100", 3) != 0)
		return NULL;
	return q + 1;
}

/* Which bytes an identifier may go on with: 1 those of a word, 2 only those of a qube's name. */
static const unsigned char identifier[256] = {
	['a' ... 'z'] = 1,
	['A' ... 'Z'] = 1,
	['-'] = 1,
	['0' ... '9'] = 2,
	['_'] = 2,
	['.'] = 2,
};

/* A letter, then bytes of ${identifier} up to ${kinds}, at most ${max}. */
static const char *
scan_identifier(const char *p, const char *end, size_t max, unsigned kinds)
{
	const char *q = p;

	if (p == end || !is_letter(*p))
		return NULL;
	while (q < end && (unsigned)identifier[(unsigned char)*q] - 1 < kinds)
		q++;
	return (size_t)(q - p) <= max ? q : NULL;
}

/* The bytes that may stand for themselves in a name: printable ASCII without , " ' and \ */
static const bool plain[256] = {
	['!'] = true,
	['#' ... '&'] = true,
	['(' ... '+'] = true,
	['-' ... '['] = true,
	[']' ... '~'] = true,
};

/* The end of the escape or of the character of UTF-8 that begins at ${p}, or NULL. */
static const char *
scan_odd(const char *p, const char *end)
{
	size_t n;

	if (*p == '\\') {
		if (end - p < 4 || p[1] < '0' || p[1] > '3' || p[2] < '0' || p[2] > '7' ||
		    p[3] < '0' || p[3] > '7')
			return NULL;
		return p + 4;
	}
	n = (unsigned char)*p >= 0x80 ? mon_text_rune(p, (size_t)(end - p)) : 0;
	return n > 0 ? p + n : NULL;
}

static const char *
scan_name(const char *p, const char *end)
{
	const char *q = p;

	if (p == end || mon_text_formula(p, (size_t)(end - p)))
		return NULL;
	for (;;) {
		while (q < end && plain[(unsigned char)*q])
			q++;
		if (q == end || *q == ',')
			return q > p ? q : NULL;
		q = scan_odd(q, end);
		if (q == NULL)
			return NULL;
	}
}

static const char *
scan_hex(const char *p, const char *end)
{
	if (end - p < MON_HEX_LEN)
		return NULL;
	for (int i = 0; i < MON_HEX_LEN; i++)
		if (!mon_shape_is_digit(p[i]) && (p[i] < 'a' || p[i] > 'f'))
			return NULL;
	return p + MON_HEX_LEN;
}

static const char *
scan_day(const char *p, const char *end)
{
	long day;

	if (end - p < MON_DAY_LEN || !mon_stamp_parse_day(p, MON_DAY_LEN, &day))
		return NULL;
	return p + MON_DAY_LEN;
}

static const char *
scan_stamp(const char *p, const char *end)
{
	time_t t;

	if (end - p < MON_STAMP_LEN || !mon_stamp_parse(p, MON_STAMP_LEN, &t))
		return NULL;
	return p + MON_STAMP_LEN;
}

const char *
mon_shape_scan(enum mon_shape shape, const char *untrusted, const char *end)
{
	switch (shape) {
	case MON_INT: return mon_shape_scan_int(untrusted, end);
	case MON_DECIMAL: return scan_decimal(untrusted, end);
	case MON_SIGNED: return scan_signed(untrusted, end);
	case MON_PERCENT: return scan_percent(untrusted, end);
	case MON_WORD: return scan_identifier(untrusted, end, MON_WORD_MAX, 1);
	case MON_NAME: return scan_name(untrusted, end);
	case MON_TEXT: return untrusted < end ? end : NULL;
	case MON_VM: return scan_identifier(untrusted, end, MON_VM_MAX, 2);
	case MON_HEX: return scan_hex(untrusted, end);
	case MON_DAY: return scan_day(untrusted, end);
	case MON_STAMP: return scan_stamp(untrusted, end);
	}
	return NULL;
}

bool
mon_shape_check(enum mon_shape shape, const char *untrusted, size_t len)
{
	return mon_shape_scan(shape, untrusted, untrusted + len) == untrusted + len && len > 0;
}

bool
mon_shape_number(const char *untrusted, size_t len, uint64_t *ret)
{
	if (!mon_shape_check(MON_INT, untrusted, len))
		return false;
	*ret = mon_shape_value(untrusted, len);
	return true;
}
