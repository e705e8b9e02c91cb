/*
 * block.h - sixteen bytes at once: which are digits, which are plain, are they the same.
 *
 * A loop over bytes is mispredicted at the end of nearly every field, which costs more than
 * looking at the whole line.  Made of vectors as gcc and clang have them on every machine; only
 * gathering the answer is spelt for x86-64 (the machines of Qubes OS) and for all others.
 *
 * Pure: reads what it is given, no more.
 */
#ifndef MON_BLOCK_H
#define MON_BLOCK_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MON_BLOCK 16 /* bytes */

typedef unsigned char mon_block __attribute__((vector_size(MON_BLOCK)));

static inline mon_block
mon_block_load(const char *p)
{
	mon_block b;

	memcpy(&b, p, sizeof(b));
	return b;
}

/*
 * mon_block_bits(truth):
 * Return a bit for each byte of ${truth}, all of which are 0 or 0xff; the first is the lowest.
 */
static inline uint64_t
mon_block_bits(mon_block truth)
{
#ifdef __SSE2__
	typedef char signed_block __attribute__((vector_size(MON_BLOCK)));

	return (unsigned)__builtin_ia32_pmovmskb128((signed_block)truth);
#else
	uint64_t half[2], bits = 0;

	memcpy(half, &truth, sizeof(half));
	for (int i = 0; i < 2; i++)
		/* Bit 0 of byte n comes to bit 56 + n; no two meet. */
		bits |=
		    (le64toh(half[i]) & 0x0101010101010101u) * 0x0102040810204080u >> 56 << 8 * i;
	return bits;
#endif
}

static inline uint64_t
mon_block_digits(mon_block b)
{
	return mon_block_bits((mon_block)(b - '0' <= 9));
}

/*
 * What surely may stand for itself in a name (shape.h), and the comma that ends it: printable ASCII,
 * without the space, the backslash, and, as one comparison is cheaper than two, all of " # & '
 */
static inline uint64_t
mon_block_plain(mon_block b)
{
	return mon_block_bits(
	    (mon_block)((b - '!' <= '~' - '!') & ~(((b | ('"' ^ '\'')) == '\'') | (b == '\\'))));
}

/* What mon_text_clean() (text.h) leaves as it is: printable ASCII, without , and " */
static inline uint64_t
mon_block_clean(mon_block b)
{
	return mon_block_bits((mon_block)((b - ' ' <= '~' - ' ') & (b != ',') & (b != '"')));
}

/*
 * mon_block_same(a, b, len):
 * Are the ${len} >= MON_BLOCK bytes at both the same?  The last blocks overlap.
 */
static inline bool
mon_block_same(const char *a, const char *b, size_t len)
{
	const size_t last = len - MON_BLOCK;
	mon_block differ = mon_block_load(a + last) ^ mon_block_load(b + last);

	for (size_t i = 0; i < last; i += MON_BLOCK)
		differ |= mon_block_load(a + i) ^ mon_block_load(b + i);
	return mon_block_bits((mon_block)(differ != 0)) == 0;
}

/*
 * mon_block_copy(dst, src, len):
 * Copy ${len} >= MON_BLOCK bytes, few enough for a call of memcpy(3) to cost more than they do.
 */
static inline void
mon_block_copy(char *dst, const char *src, size_t len)
{
	const size_t last = len - MON_BLOCK;

	for (size_t i = 0; i < last; i += MON_BLOCK)
		memcpy(dst + i, src + i, MON_BLOCK);
	memcpy(dst + last, src + last, MON_BLOCK);
}

#endif /* !MON_BLOCK_H */
