/* plan.c - which days are to be packed; see plan.h. */
#include <string.h>

#include "plan.h"
#include "stamp.h"
#include "zone.h"

bool
mon_plan_finished(time_t now, long *ret)
{
	if (mon_zone_day(now - MON_GRACE_S, ret))
		return true;
	/* In the first minutes, or west of Greenwich hours, of a clock that begins at the epoch. */
	if (now < 0 || now > MON_EPOCH_S)
		return false;
	*ret = 0;
	return true;
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
	return r == MON_LEDGER_SAFE || r == MON_LEDGER_SAME_DISK || r == MON_LEDGER_VOLATILE;
}
