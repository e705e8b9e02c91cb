/*
 * lines.h - what the two targets of line.h share: its promise, said in another way.  The
 * first two bytes of an input choose the bound and how the rest comes.
 */
#ifndef MON_FUZZ_LINES_H
#define MON_FUZZ_LINES_H

#include "fuzz.h"
#include "line.h"

/* The result for the line at ${at}. */
FUZZ_UNSEEN static inline int
lines_expect(const char *p, size_t size, size_t *at, size_t max, size_t *ret_len)
{
	size_t len = 0;

	if (*at == size)
		return MON_LINE_EOF;
	while (*at + len < size && p[*at + len] != '\n')
		len++;
	*ret_len = len;
	if (*at + len == size) {
		*at = size;
		return MON_LINE_CUT;
	}
	*at += len + 1;
	return len > max ? MON_LINE_LONG : MON_LINE_OK;
}

FUZZ_UNSEEN static inline void
lines_check(struct mon_line *l, int r, const char *line, size_t len, const char *p, size_t from,
    int wanted, size_t wanted_len)
{
	MUST(r == wanted);
	if (r == MON_LINE_OK) {
		MUST(len == wanted_len && memcmp(line, p + from, len) == 0);
		MUST(line >= l->buf && line + len <= l->buf + l->cap);
	} else {
		MUST(line == NULL && len == 7);
	}
}

#endif /* !MON_FUZZ_LINES_H */
