/*
 * str.h - a counted string that belongs to somebody else.
 */
#ifndef MON_STR_H
#define MON_STR_H

#include <string.h>

struct mon_str {
	const char *p; /* borrowed, not NUL-terminated */
	size_t n;
};

/*
 * mon_str_word(rest):
 * Cut the word up to the next space, or to the end, off ${rest}, and that one space with it.
 * Return the word; it is empty where two spaces meet, and at the end.
 */
static inline struct mon_str
mon_str_word(struct mon_str *rest)
{
	const char *space = rest->n > 0 ? memchr(rest->p, ' ', rest->n) : NULL;
	struct mon_str word = { rest->p, space != NULL ? (size_t)(space - rest->p) : rest->n };
	size_t used = word.n + (space != NULL);

	rest->p += used;
	rest->n -= used;
	return word;
}

#endif /* !MON_STR_H */
