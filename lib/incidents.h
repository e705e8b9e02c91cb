/*
 * incidents.h - the rows of sys-monitor itself in alerts.csv, which begin with '!': when a rule
 * fired, and when it was over.  No guest can write one (mon_text_clean()).
 */
#ifndef MON_INCIDENTS_H
#define MON_INCIDENTS_H

#include "reader.h"

/*
 * mon_incidents_read(r, basefd, before, filter, row, ctx):
 * Call ${row} for those of them that ${filter} wants in the Monitor folder ${basefd}, by the days
 * before day ${before} (LONG_MAX: all) in their order: MON_RULE_RECALL_DAYS, or fewer where their
 * alerts have more than MON_RULE_RECALL_BYTES.  What cannot be read is left out.  ${r} is scratch
 * space, and closed at the end.
 */
void mon_incidents_read(struct mon_reader *r, int basefd, long before,
    const struct mon_reader_filter *filter, void (*row)(void *ctx, const struct mon_rec *rec),
    void *ctx);

#endif /* !MON_INCIDENTS_H */
