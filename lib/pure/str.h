/*
 * str.h - a counted string that belongs to somebody else.
 */
#ifndef MON_STR_H
#define MON_STR_H

#include <stdbool.h>
#include <string.h>

struct mon_str {
	const char *p; /* borrowed, not NUL-terminated */
	size_t n;
};

/*
 * mon_str(text):
 * Return the bytes of ${text} without its NUL.
 */
static inline struct mon_str
mon_str(const char *text)
{
	return (struct mon_str){ text, strlen(text) };
}

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

/*
 * mon_str_same(a, b), mon_str_is(str, literal), mon_str_begins(str, literal):
 * Are they the same bytes?  Does ${str} begin with them?
 */
static inline bool
mon_str_same(struct mon_str a, struct mon_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
mon_str_is(struct mon_str str, const char *literal)
{
	return mon_str_same(str, mon_str(literal));
}

static inline bool
mon_str_begins(struct mon_str str, const char *literal)
{
	const size_t n = strlen(literal);

	return n == 0 || (str.n >= n && memcmp(str.p, literal, n) == 0);
}

#endif /* !MON_STR_H */
