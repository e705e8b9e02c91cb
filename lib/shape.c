/* shape.c - which bytes each column admits; see shape.h. */
#include <string.h>

#include "caps.h"
#include "shape.h"
#include "stamp.h"
#include "text.h"

/* Not isalnum() and friends: they ask the locale, and are undefined for some bytes. */
static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

static inline const char *
scan_int(const char *p, const char *end)
{
	const char *q = skip_digits(p, end);
	size_t n = (size_t)(q - p);

	if (n == 0 || n > MON_NUMBER_MAX || (n > 1 && *p == '0'))
		return NULL;
	if (n == MON_NUMBER_MAX && memcmp(p, "9223372036854775807", MON_NUMBER_MAX) > 0)
		return NULL;
	return q;
}

static inline const char *
scan_decimal(const char *p, const char *end)
{
	const char *q = scan_int(p, end), *r;

	if (q == NULL || q == end || *q != '.')
		return q;
	r = skip_digits(q + 1, end);
	if (r == q + 1 || r - (q + 1) > MON_FRACTION_MAX)
		return NULL;
	return r;
}

static const char *
scan_percent(const char *p, const char *end)
{
	const char *q = scan_int(p, end);

	if (q == NULL || q == end || *q != '%' || q - p > 3)
		return NULL;
	if (q - p == 3 && memcmp(p, "100", 3) != 0)
		return NULL;
	return q + 1;
}

/* A letter, then letters and what ${more} admits, at most ${max} bytes. */
static const char *
scan_identifier(const char *p, const char *end, size_t max, const char *more)
{
	const char *q = p;

	if (p == end || !is_letter(*p))
		return NULL;
	while (q < end && (is_letter(*q) || (*q != '\0' && strchr(more, *q) != NULL)))
		q++;
	return (size_t)(q - p) <= max ? q : NULL;
}

/* The bytes that may stand for themselves in a name. */
static inline bool
is_plain(char c)
{
	return c > ' ' && c < 0x7f && c != ',' && c != '"' && c != '\'' && c != '\\';
}

static inline const char *
scan_name(const char *p, const char *end)
{
	const char *q = p;

	if (p == end || mon_text_formula(*p))
		return NULL;
	while (q < end && *q != ',') {
		if (is_plain(*q)) {
			q++;
		} else if (*q == '\\') {
			if (end - q < 4 || q[1] < '0' || q[1] > '3' || q[2] < '0' || q[2] > '7' ||
			    q[3] < '0' || q[3] > '7')
				return NULL;
			q += 4;
		} else {
			size_t n = (unsigned char)*q >= 0x80 ? mon_text_rune(q, (size_t)(end - q)) : 0;

			if (n == 0)
				return NULL;
			q += n;
		}
	}
	return q > p ? q : NULL;
}

static const char *
scan_hex(const char *p, const char *end)
{
	if (end - p < MON_HEX_LEN)
		return NULL;
	for (int i = 0; i < MON_HEX_LEN; i++)
		if (!is_digit(p[i]) && (p[i] < 'a' || p[i] > 'f'))
			return NULL;
	return p + MON_HEX_LEN;
}

const char *
mon_shape_scan(enum mon_shape shape, const char *untrusted, const char *end)
{
	static const char name_bytes[] = "0123456789_-.";
	const size_t len = (size_t)(end - untrusted);
	time_t t;
	long day;

	switch (shape) {
	case MON_INT: return scan_int(untrusted, end);
	case MON_DECIMAL: return scan_decimal(untrusted, end);
	case MON_PERCENT: return scan_percent(untrusted, end);
	case MON_WORD: return scan_identifier(untrusted, end, MON_WORD_MAX, "-");
	case MON_NAME: return scan_name(untrusted, end);
	case MON_TEXT: return untrusted < end ? end : NULL;
	case MON_VM: return scan_identifier(untrusted, end, MON_VM_MAX, name_bytes);
	case MON_HEX: return scan_hex(untrusted, end);
	case MON_DAY:
		if (len < MON_DAY_LEN || !mon_stamp_parse_day(untrusted, MON_DAY_LEN, &day))
			return NULL;
		return untrusted + MON_DAY_LEN;
	case MON_STAMP:
		if (len < MON_STAMP_LEN || !mon_stamp_parse(untrusted, MON_STAMP_LEN, &t))
			return NULL;
		return untrusted + MON_STAMP_LEN;
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
	uint64_t n = 0;

	if (!mon_shape_check(MON_INT, untrusted, len))
		return false;
	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint64_t)(untrusted[i] - '0');
	*ret = n;
	return true;
}
