/* memory.c - memory and swap; see memory.h. */
#include "memory.h"
#include "scan.h"

enum field {
	TOTAL,
	FREE,
	AVAILABLE,
	BUFFERS,
	CACHED,
	SHMEM,
	SRECLAIMABLE,
	SWAP_TOTAL,
	SWAP_FREE,
	FIELDS
};

static const char *const names[FIELDS] = {
	[TOTAL] = "MemTotal:",
	[FREE] = "MemFree:",
	[AVAILABLE] = "MemAvailable:",
	[BUFFERS] = "Buffers:",
	[CACHED] = "Cached:",
	[SHMEM] = "Shmem:",
	[SRECLAIMABLE] = "SReclaimable:",
	[SWAP_TOTAL] = "SwapTotal:",
	[SWAP_FREE] = "SwapFree:",
};

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* The sum, as large as it gets: a figure that cannot be is not worth an overflow. */
static uint64_t
plus(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

bool
mon_memory_parse(const char *buf, size_t len, struct mon_memory *ret)
{
	struct mon_scan text = { buf, buf + len }, line;
	uint64_t v[FIELDS] = { 0 }, caches;
	unsigned have = 0;

	while (have != (1u << FIELDS) - 1 && mon_scan_line(&text, &line)) {
		for (int i = 0; i < FIELDS; i++) {
			if ((have & 1u << i) || !mon_scan_literal(&line, names[i]))
				continue;
			if (!mon_scan_number(&line, &v[i]))
				return false;
			have |= 1u << i;
			break;
		}
	}
	if (!(have & 1u << TOTAL) || !(have & 1u << FREE))
		return false;
	caches = plus(plus(v[BUFFERS], v[CACHED]), v[SRECLAIMABLE]);
	if (!(have & 1u << AVAILABLE))
		v[AVAILABLE] = plus(v[FREE], less(caches, v[SHMEM]));
	*ret = (struct mon_memory){
		.total = v[TOTAL],
		.used = less(v[TOTAL], plus(v[FREE], caches)),
		.avail = v[AVAILABLE] < v[TOTAL] ? v[AVAILABLE] : v[TOTAL],
		.swap_total = v[SWAP_TOTAL],
		.swap_used = less(v[SWAP_TOTAL], v[SWAP_FREE]),
		.odd = (have & 1u << AVAILABLE) && v[AVAILABLE] > v[TOTAL],
	};
	return true;
}
