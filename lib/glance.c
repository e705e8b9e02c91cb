/* glance.c - is what is left of a line surely good?  See glance.h. */
#include "caps.h"
#include "glance.h"
#include "text.h"

/* Which bytes are what: bit n for byte n. */
struct sets {
	uint64_t digits, zeros, commas, dots, plain;
};

static inline void
add_block(struct sets *s, const char *p, size_t at, bool names, bool decimals)
{
	mon_block b = mon_block_load(p + at);

	s->digits |= mon_block_digits(b) << at;
	s->zeros |= mon_block_bits((mon_block)(b == '0')) << at;
	s->commas |= mon_block_bits((mon_block)(b == ',')) << at;
	if (decimals)
		s->dots |= mon_block_bits((mon_block)(b == '.')) << at;
	if (names)
		s->plain |= mon_block_plain(b) << at;
}

/* Look at ${n} bytes.  Blocks overlap, and the only one of a short line begins before ${p}. */
static inline struct sets
look(const char *p, size_t n, bool names, bool decimals)
{
	struct sets s = { 0 };

	if (n < MON_BLOCK) {
		const size_t before = MON_BLOCK - n;

		add_block(&s, p - before, 0, names, decimals);
		s.digits >>= before;
		s.zeros >>= before;
		s.commas >>= before;
		s.dots >>= before;
		s.plain >>= before;
		return s;
	}
	add_block(&s, p, 0, names, decimals);
	add_block(&s, p, n < 2 * MON_BLOCK ? n - MON_BLOCK : MON_BLOCK, names, decimals);
	if (n > 2 * MON_BLOCK) {
		add_block(
		    &s, p, n < 3 * MON_BLOCK ? n - MON_BLOCK : 2 * MON_BLOCK, names, decimals);
		add_block(&s, p, n - MON_BLOCK, names, decimals);
	}
	return s;
}

/* The bits below ${n} < 64. */
static inline uint64_t
below(size_t n)
{
	return (UINT64_C(1) << n) - 1;
}

/* How many bits there are.  Without -mpopcnt the compiler's own is a call. */
static inline unsigned
count(uint64_t v)
{
	v -= v >> 1 & 0x5555555555555555u;
	v = (v & 0x3333333333333333u) + (v >> 2 & 0x3333333333333333u);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fu;
	return (unsigned)(v * 0x0101010101010101u >> 56);
}

/* The place of the ${n}-th of ${set}, or ${none} if there are fewer. */
static inline size_t
nth(uint64_t set, size_t n, size_t none)
{
	while (--n > 0)
		set &= set - 1;
	return set != 0 ? (size_t)__builtin_ctzll(set) : none;
}

/* Where 16 bits of ${set} in a row begin; ${ret_10}: where 10 do. */
static inline uint64_t
runs_of_16(uint64_t set, uint64_t *ret_10)
{
	set &= set >> 1;
	set &= set >> 2;
	set &= set >> 4;
	*ret_10 = set & set >> 2;
	return set & set >> 8;
}

static inline bool
formula_begins(const char *p, uint64_t starts)
{
	for (; starts != 0; starts &= starts - 1) {
		const char c = p[__builtin_ctzll(starts)];

		/* Letters, with which most names begin, come behind the '@'. */
		if (c <= '@' && c != '/' && mon_text_formula(c))
			return true;
	}
	return false;
}

/*
 * Is each of ${dots} the point of a decimal: a digit before it, and behind it digits up to
 * the field's end, not more than MON_FRACTION_MAX?
 */
static inline bool
points_are_good(uint64_t dots, const struct sets *s, uint64_t ends, uint64_t runs_of_10)
{
	const uint64_t fractions = dots << 1;

	_Static_assert(MON_FRACTION_MAX == 9, "runs of 10 are too long");
	/* To add 1 to the first digit of a fraction carries into the byte behind its last. */
	return ((dots & ~(s->digits << 1)) | (fractions & ~s->digits) | (fractions & runs_of_10) |
		   ((s->digits + fractions) & ~s->digits & ~ends)) == 0;
}

/* How many of the first ${columns} come at ${column} or behind it. */
static inline size_t
left(size_t columns, size_t column)
{
	return columns > column ? columns - column : 0;
}

bool
mon_glance(const struct mon_table *table, size_t column, const char *p, const char *end)
{
	/* Of the columns that are left, so many are names, and so many names or decimals. */
	const size_t names = left((size_t)table->words + table->names, column);
	const size_t decimals = left((size_t)table->words + table->names + table->decimals, column);
	size_t n = (size_t)(end - p), numbers = 0;
	struct sets s = look(p, n, names > 0, decimals > names);
	uint64_t ends, starts, runs_of_10;

	if (table->percents > 0) {
		/* Two digits, without a check for 100. */
		if (n < 2 || p[--n] != '%' || (s.commas >> (n < 3 ? 0 : n - 3)) == 0)
			return false;
	}
	ends = s.commas | UINT64_C(1) << n;
	starts = s.commas << 1 | 1;
	if ((starts & ends) != 0 || count(s.commas) != table->ncols - column - 1)
		return false;
	if (names > 0) {
		numbers = nth(s.commas, names, n);
		if ((~(s.plain | s.commas) & below(numbers)) != 0 ||
		    formula_begins(p, starts & below(numbers)))
			return false;
		starts &= ~below(numbers);
		s.digits &= ~below(numbers);
		s.dots &= ~below(numbers);
	}
	if ((~(s.digits | s.commas | s.dots) & below(n) & ~below(numbers)) != 0)
		return false;
	/* No leading zero, and no number that is long enough to be too large. */
	if ((starts & s.zeros & s.digits >> 1) != 0 || runs_of_16(s.digits, &runs_of_10) != 0)
		return false;
	if (s.dots == 0)
		return true;
	return points_are_good(s.dots, &s, ends, runs_of_10) &&
	       s.dots >> nth(s.commas, decimals, n) == 0;
}
