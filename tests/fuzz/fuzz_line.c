/*
 * fuzz_line.c - lines from memory, and from a descriptor in pieces, with pauses and
 * interruptions (feed.h): the same, and what the words of line.h say.
 */
#include "feed.h"
#include "lines.h"

#define FEED 7 /* a descriptor that only feed.c knows */

static struct fuzz_room input, buffer;

static void
from_memory(char *p, size_t size, size_t max)
{
	struct mon_line l;
	size_t at = 0;
	int wanted;

	mon_line_memory(&l, p, size, max);
	do {
		const char *line = NULL;
		size_t from = at, len = 7, wanted_len = 0;
		int r = mon_line_next(&l, &line, &len);

		wanted = lines_expect(p, size, &at, max, &wanted_len);
		lines_check(&l, r, line, len, p, from, wanted, wanted_len);
	} while (wanted != MON_LINE_EOF);
}

static void
from_feed(const char *p, size_t size, size_t max, size_t cap, unsigned seed)
{
	struct mon_line l;
	size_t at = 0;
	int wanted;

	feed(FEED, p, size, seed, true);
	mon_line_init(&l, FEED, fuzz_room(&buffer, cap), cap, max);
	if (seed & 1)
		l.idle_ms = 1000;
	do {
		const char *line = NULL;
		size_t from = at, len = 7, wanted_len = 0;
		int r = mon_line_next(&l, &line, &len);

		if (r == MON_LINE_IDLE) {
			MUST(l.idle_ms >= 0 && line == NULL && len == 7);
			wanted = r;
			continue;
		}
		wanted = lines_expect(p, size, &at, max, &wanted_len);
		lines_check(&l, r, line, len, p, from, wanted, wanted_len);
	} while (wanted != MON_LINE_EOF);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max, cap;
	char *p;

	if (size < 2)
		return 0;
	max = data[0];
	cap = max + 1 + data[1] % 64;
	p = fuzz_place(&input, data + 2, size - 2);
	from_memory(p, size - 2, max);
	MUST(memcmp(p, data + 2, size - 2) == 0);
	from_feed(p, size - 2, max, cap, data[1]);
	MUST(memcmp(p, data + 2, size - 2) == 0);
	return 0;
}
