/*
 * plan.h - which days are to be packed.
 */
#ifndef MON_PLAN_H
#define MON_PLAN_H

#include <stdbool.h>
#include <time.h>

#include "ledger.h"

/*
 * mon_plan_finished(now, ret):
 * Set ${ret} to the first day that is not finished at ${now}: all before it are.  A day is
 * finished MON_GRACE_S after its local midnight; before 1970-01-01 there is none.  Return false,
 * ${ret} untouched, for a clock outside the years that have a day.
 */
bool mon_plan_finished(time_t now, long *ret);

/*
 * mon_plan_held(basefd, day, content, place):
 * Does the ledger hold the day, that holds ${content} now, as far as ${place} asks?  For a vault
 * only a copy in the present vault (mon_ledger_read()) counts; for a folder also an archive kept in
 * that very folder, if it is still there.
 */
bool mon_plan_held(int basefd, const struct mon_ledger_day *day,
    const struct mon_day_content *content, const char *place);

#endif /* !MON_PLAN_H */
