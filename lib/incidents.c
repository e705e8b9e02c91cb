/* incidents.c - what rules have said; see incidents.h. */
#include <stdlib.h>

#include "cleanup.h"
#include "day.h"
#include "incidents.h"

/* Open the alerts of ${day}. */
static int
open_alerts(struct mon_reader *r, int basefd, long day)
{
	cleanup_fd int dayfd = mon_day_open(basefd, day);
	const struct mon_table *alerts = &mon_schema[MON_KIND_ALERT];

	return dayfd < 0 ? dayfd : mon_reader_open(r, dayfd, alerts->file, alerts);
}

/* The first of the ${n} ${days} to be read: from the newest back, as long as it takes no more than a poll. */
static size_t
find_first(struct mon_reader *r, int basefd, const long *days, size_t n)
{
	off_t bytes = 0;
	size_t i = n;

	for (; i > 0 && n - i < MON_RULE_RECALL_DAYS && bytes < MON_RULE_RECALL_BYTES; i--) {
		if (open_alerts(r, basefd, days[i - 1]) < 0)
			continue;
		if (mon_reader_end(r) == 0)
			bytes += mon_reader_at(r);
		mon_reader_close(r);
	}
	return i;
}

void
mon_incidents_read(struct mon_reader *r, int basefd, long before,
    const struct mon_reader_filter *filter, void (*row)(void *ctx, const struct mon_rec *rec),
    void *ctx)
{
	cleanup_free long *days = NULL;
	struct mon_rec rec;
	size_t n = 0;

	if (mon_day_list(basefd, &days, &n) < 0)
		return;
	while (n > 0 && days[n - 1] >= before)
		n--;
	for (size_t i = find_first(r, basefd, days, n); i < n; i++) {
		if (open_alerts(r, basefd, days[i]) < 0)
			continue;
		if (mon_reader_want(r, filter) == 0)
			while (mon_reader_next(r, &rec) == 1)
				if (rec.payload.untrusted_text.p[0] == '!')
					row(ctx, &rec);
		mon_reader_close(r);
	}
}
