/* plan.c - which days are to be packed; see plan.h. */
#include <string.h>

#include "plan.h"
#include "stamp.h"
#include "zone.h"

bool
mon_plan_finished(time_t now, long *ret)
{
	return mon_zone_day(now - MON_GRACE_S, ret);
}

bool
mon_plan_held(int basefd, const struct mon_ledger_day *day, const struct mon_day_content *content,
    const char *place)
{
	int r = mon_ledger_vouch(basefd, day, content, false);

	if (r == MON_LEDGER_SAFE && day->in_vault && day->vault.csv_bytes == content->bytes)
		return true;
	if (!day->in_folder || strcmp(day->folder.place, place) != 0)
		return false;
	return r == MON_LEDGER_SAFE || r == MON_LEDGER_SAME_DISK;
}
