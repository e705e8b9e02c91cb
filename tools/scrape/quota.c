/* quota.c - how many bytes a qube may have filed; see quota.h. */
#include "quota.h"

uint64_t
mon_quota_bucket(uint64_t quota)
{
	return quota < MON_QUOTA_BURST ? quota : MON_QUOTA_BURST;
}

uint64_t
mon_quota_first(uint64_t quota)
{
	const uint64_t bucket = mon_quota_bucket(quota);

	return bucket > MON_QUOTA_FIRST ? (bucket - MON_QUOTA_FIRST) * MON_QUOTA_PARTS : 0;
}

/* At most two buckets: nothing that is owed is owed for longer than it takes to fill these. */
static uint64_t
bounded(uint64_t owed, uint64_t quota)
{
	const uint64_t most = 2 * mon_quota_bucket(quota) * MON_QUOTA_PARTS;

	return owed < most ? owed : most;
}

uint64_t
mon_quota_refill(uint64_t owed, uint64_t quota, uint64_t seconds)
{
	owed = bounded(owed, quota);
	/* Divided, not multiplied: no time and no quota is too large. */
	if (seconds > 0 && quota > owed / seconds)
		return 0;
	return owed - seconds * quota;
}

uint64_t
mon_quota_take(uint64_t owed, uint64_t quota, size_t bytes)
{
	const uint64_t most = bounded(UINT64_MAX, quota);

	owed = bounded(owed, quota);
	if (bytes > (most - owed) / MON_QUOTA_PARTS)
		return most;
	return owed + bytes * MON_QUOTA_PARTS;
}

size_t
mon_quota_left(uint64_t owed, uint64_t quota)
{
	const uint64_t full = mon_quota_bucket(quota) * MON_QUOTA_PARTS;

	return owed < full ? (size_t)((full - owed) / MON_QUOTA_PARTS) : 0;
}
