/* plan.c - which days are to be packed; see plan.h. */
#include <string.h>

#include "plan.h"
#include "stamp.h"

bool
mon_plan_finished(time_t now, long *ret)
{
	return mon_stamp_day(now - MON_GRACE_S, ret);
}

bool
mon_plan_held(int basefd, const struct mon_ledger_day *day, uint64_t csv_bytes, const char *place)
{
	int r;

	if (day->csv_bytes != csv_bytes)
		return false;
	if (day->in_vault && day->vault.csv_bytes == csv_bytes)
		return true;
	if (!day->in_folder || strcmp(day->folder.place, place) != 0)
		return false;
	r = mon_ledger_vouch(basefd, day, csv_bytes, false);
	return r == MON_LEDGER_SAFE || r == MON_LEDGER_SAME_DISK;
}
