/*
 * text.h - make foreign text harmless for a CSV field, a terminal and a spreadsheet.
 *
 * Pure: no I/O, no malloc, no locale, no globals.  Defined for every (buf, len), NULs included.
 */
#ifndef MON_TEXT_H
#define MON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * mon_text_rune(untrusted, len):
 * Return the length in bytes (1 to 4) of the harmless character that ${untrusted} begins
 * with, or 0 if there is none: invalid or overlong UTF-8 (RFC 3629), a control character
 * (C0, DEL, C1), one that is not seen or reorders its neighbours (zero width, fillers,
 * variation selectors, bidirectional marks, line separators, tags), or a noncharacter.  A
 * space is harmless.
 */
size_t mon_text_rune(const char *untrusted, size_t len);

/*
 * mon_text_clean(dst, untrusted, len, own):
 * Write the free text of ${len} bytes as a CSV field to ${dst}, which has room for
 * MON_MSG_MAX bytes, and return how long it is (1 to MON_MSG_MAX; no NUL is added, what stands
 * behind it is unspecified).
 * A comma is dropped, '"' becomes "'", what is no harmless character becomes '?' byte by
 * byte, the rest past MON_MSG_MAX is cut between characters.  A leading '=', '+', '-' or
 * '@' (a spreadsheet would run it) becomes '?', and so does a leading '!' unless ${own}
 * says that sys-monitor itself wrote the text.  Text of which nothing is left becomes "?".
 * Cleaning clean text changes nothing.
 */
size_t mon_text_clean(char *dst, const char *untrusted, size_t len, bool own);

/*
 * mon_text_escape(dst, cap, untrusted, len):
 * Write a name or path as a CSV field to ${dst}: space, comma, quotes, backslash, what is
 * no harmless character, and a leading '=', '+', '-' or '@' as \ooo, the way /proc/mounts
 * does (proc(5)).  Return the bytes written (no NUL is added), or 0 if ${cap} is too small
 * or ${len} is 0; ${dst} is then unspecified.
 */
size_t mon_text_escape(char *dst, size_t cap, const char *untrusted, size_t len);

/*
 * mon_text_mark(untrusted, len):
 * Return the length of the byte order mark that the file begins with (an editor of Windows writes
 * EF BB BF), or 0.
 */
static inline size_t
mon_text_mark(const char *untrusted, size_t len)
{
	return len >= 3 && memcmp(untrusted, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/*
 * mon_text_formula(untrusted, len):
 * Would a spreadsheet take a field that begins so for a formula?  Some take the full-width
 * characters U+FF0B, U+FF0D, U+FF1D and U+FF20, too.
 */
static inline bool
mon_text_formula(const char *untrusted, size_t len)
{
	if (len == 0)
		return false;
	if (len >= 3 && memcmp(untrusted, "\xef\xbc", 2) == 0)
		return memchr("\x8b\x8d\x9d\xa0", untrusted[2], 4) != NULL;
	return memchr("=+-@\t", untrusted[0], 5) != NULL;
}

#endif /* !MON_TEXT_H */
