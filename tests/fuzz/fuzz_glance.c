/*
 * fuzz_glance.c - what is seen at a glance to be good is good field by field; see glance.h and
 * block.h.  The first three bytes choose the table, its column, and how many of the bytes stand
 * before the fields.
 */
#include "fuzz.h"
#include "glance.h"
#include "shape.h"

static struct fuzz_room room, copies;

/* Are these the fields of the columns from ${column} on, each checked alone? */
FUZZ_UNSEEN static bool
fields_are_good(const struct mon_table *table, size_t column, const char *p, const char *end)
{
	for (size_t i = column; i < table->ncols; i++) {
		const char *q = mon_shape_scan(table->cols[i].shape, p, end);
		bool last = i + 1 == table->ncols;

		if (q == NULL || (last ? q != end : q == end || *q != ','))
			return false;
		p = q + 1;
	}
	return true;
}

/* The bits of one block are what a loop over its bytes says. */
FUZZ_UNSEEN static void
check_block(const char *p)
{
	mon_block b = mon_block_load(p);
	uint64_t digits = 0, plain = 0, clean = 0;

	for (size_t i = 0; i < MON_BLOCK; i++) {
		const char c = p[i];
		const bool seen = c > ' ' && c <= '~';

		digits |= (uint64_t)(c >= '0' && c <= '9') << i;
		plain |= (uint64_t)(seen && strchr("\"#&'\\", c) == NULL) << i;
		clean |= (uint64_t)((seen || c == ' ') && c != ',' && c != '"') << i;
	}
	MUST(mon_block_digits(b) == digits);
	MUST(mon_block_plain(b) == plain);
	MUST(mon_block_clean(b) == clean);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mon_table *table;
	const char *begin, *p, *end;
	size_t column, len;

	if (size < 3 || size > 4096)
		return 0;
	len = size - 3;
	table = &mon_schema[data[0] % MON_KINDS];
	column = data[1] % table->ncols;
	begin = fuzz_place(&room, data + 3, len);
	p = begin + (data[2] < len ? data[2] : len);
	end = begin + len;
	if (column >= table->glanced && mon_glance_fits(begin, p, end) &&
	    mon_glance(table, column, p, end))
		MUST(fields_are_good(table, column, p, end));
	if (len >= MON_BLOCK) {
		char *copy = fuzz_room(&copies, len);

		check_block(begin);
		mon_block_copy(copy, begin, len);
		MUST(memcmp(copy, begin, len) == 0 && mon_block_same(copy, begin, len));
		copy[data[2] % len] ^= (char)(1 << data[1] % 8);
		MUST(!mon_block_same(copy, begin, len));
	}
	return 0;
}
