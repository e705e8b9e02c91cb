/* quota.c - how many bytes a qube may have filed; see quota.h. */
#include "quota.h"

bool
mon_quota_has_room(const struct mon_quota *quota)
{
	/* Twice a third of it, not three halves of what was filed: no number is too large. */
	return quota->filed <= quota->free / 2;
}

uint64_t
mon_quota_share(const struct mon_quota *quota)
{
	uint64_t share = quota->free / 4 / (quota->qubes > 0 ? quota->qubes : 1);

	if (mon_quota_has_room(quota))
		return quota->most;
	if (share < MON_QUOTA_SHARE)
		share = MON_QUOTA_SHARE;
	return share < quota->most ? share : quota->most;
}

uint64_t
mon_quota_left(const struct mon_quota *quota, uint64_t filed)
{
	const uint64_t share = mon_quota_share(quota);

	return filed < share ? share - filed : 0;
}

uint64_t
mon_quota_figures(const struct mon_quota *quota, uint64_t filed)
{
	const uint64_t elapsed = quota->elapsed < MON_QUOTA_S ? quota->elapsed : MON_QUOTA_S;
	const uint64_t more = (uint64_t)MON_QUOTA_FIGURES * elapsed / MON_QUOTA_S;
	const uint64_t share = mon_quota_share(quota);

	if (filed < share)
		return share - filed + more;
	return filed - share < more ? more - (filed - share) : 0;
}
