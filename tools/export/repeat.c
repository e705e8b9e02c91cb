/* repeat.c - rows of one second that look the same; see repeat.h. */
#include <string.h>
#include <sys/random.h>

#include "repeat.h"

struct entry {
	uint64_t hash;
	uint32_t turn; /* of the second that set it; of another turn it is empty */
	uint32_t count;
};

struct second {
	char ts[MON_STAMP_LEN];
	uint32_t turn; /* 0: none yet */
	size_t used;
	struct entry
	    entries[2 * MON_REPEATS_MAX]; /* half of it stays empty, so searches are short */
};

static struct second seconds[MON_REPEAT_SECONDS];
static uint32_t turns;
static uint64_t seed;

/* FNV-1a, and a byte that is in no field. */
static uint64_t
hash_bytes(uint64_t h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
	return (h ^ ' ') * 0x100000001b3u;
}

/* Of what tells ${row} from others of its second.  Begins with a number that no guest knows. */
static uint64_t
hash_row(const struct mon_export_row *row)
{
	uint64_t h = hash_bytes(seed, row->table->kind, row->table->kindlen);

	h = hash_bytes(h, row->vm.p, row->vm.n);
	for (size_t i = 0; i < row->table->ncols; i++)
		if (row->table->cols[i].shape == MON_NAME)
			h = hash_bytes(h, row->fields[i].p, row->fields[i].n);
	return h;
}

/* The second of ${ts}; if it is not remembered, it takes the place of the oldest. */
static struct second *
find_second(struct mon_str ts)
{
	struct second *s, *oldest = &seconds[0];

	for (size_t i = 0; i < MON_REPEAT_SECONDS; i++) {
		s = &seconds[i];
		if (s->turn != 0 && memcmp(s->ts, ts.p, sizeof(s->ts)) == 0)
			return s;
		if (s->turn < oldest->turn)
			oldest = s;
	}
	if (turns == 0 && getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		seed = 0xcbf29ce484222325u; /* no more than a slow search is at stake */
	memcpy(oldest->ts, ts.p, sizeof(oldest->ts));
	oldest->turn = ++turns;
	oldest->used = 0;
	return oldest;
}

uint64_t
mon_repeat_count(const struct mon_export_row *row)
{
	const size_t slots = sizeof(seconds[0].entries) / sizeof(seconds[0].entries[0]);
	struct second *s = find_second(row->ts);
	const uint64_t hash = hash_row(row);
	size_t i = hash % slots;

	/*
	 * Two rows with the same 64 bits are taken for the same: by chance never in the life of a
	 * machine, and then a row only has a number that it does not need.
	 */
	for (; s->entries[i].turn == s->turn; i = (i + 1) % slots)
		if (s->entries[i].hash == hash)
			return ++s->entries[i].count;
	if (s->used == MON_REPEATS_MAX)
		return 1;
	s->used++;
	s->entries[i] = (struct entry){ hash, s->turn, 1 };
	return 1;
}
