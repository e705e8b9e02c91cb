/* scan.c - walk over the text of a /proc file; see scan.h. */
#include <string.h>

#include "scan.h"

static size_t
left(const struct mon_scan *s)
{
	return (size_t)(s->end - s->p);
}

bool
mon_scan_line(struct mon_scan *s, struct mon_scan *ret)
{
	const char *lf = left(s) > 0 ? memchr(s->p, '\n', left(s)) : NULL;

	if (lf == NULL)
		return false;
	*ret = (struct mon_scan){ s->p, lf };
	s->p = lf + 1;
	return true;
}

bool
mon_scan_word(struct mon_scan *s, struct mon_str *ret)
{
	const char *start;

	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
	start = s->p;
	while (s->p < s->end && *s->p != ' ' && *s->p != '\t')
		s->p++;
	if (s->p == start)
		return false;
	*ret = (struct mon_str){ start, (size_t)(s->p - start) };
	return true;
}

bool
mon_scan_number(struct mon_scan *s, uint64_t *ret)
{
	struct mon_scan rest = *s;
	struct mon_str word;
	uint64_t n = 0;

	if (!mon_scan_word(&rest, &word))
		return false;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(word.p[i] - '0'), &n))
			return false;
	}
	*s = rest;
	*ret = n;
	return true;
}

bool
mon_scan_literal(struct mon_scan *s, const char *literal)
{
	const size_t n = strlen(literal);

	if (left(s) < n || memcmp(s->p, literal, n) != 0)
		return false;
	s->p += n;
	return true;
}
