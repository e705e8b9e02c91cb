/* events.c - the rows of one qube; see events.h. */
#include <stdio.h>

#include "events.h"

/* "cpu_user=3.1 cpu_system=1.7"; a column alone needs no name. */
static void
write_text(char *dst, size_t cap, const struct mon_rec *rec)
{
	const struct mon_table *t = rec->payload.table;
	struct mon_str fields[MON_COLS_MAX];
	size_t used = 0;

	dst[0] = '\0';
	mon_wire_split(&rec->payload, fields);
	for (size_t i = 0; i < t->ncols && used < cap; i++) {
		const struct mon_str f = fields[i];
		const bool alone = t->ncols == 1;
		int n = snprintf(dst + used, cap - used, "%s%s%s%.*s", i > 0 ? " " : "",
		    alone ? "" : t->cols[i].name, alone ? "" : "=", (int)f.n, f.p);

		used += n > 0 ? (size_t)n : cap;
	}
}

static void
take_row(void *ctx, enum mon_kind kind, const struct mon_rec *rec)
{
	struct top_events *events = ctx;
	struct top_event *e;

	if (events->n == MON_TOP_EVENTS_MAX) {
		events->dropped++;
		return;
	}
	e = &events->event[events->n++];
	e->kind = kind;
	e->at = rec->t;
	write_text(e->text, sizeof(e->text), rec);
}

void
top_events_read(
    struct top_record *record, const char *vm, time_t from, time_t to, struct top_events *ret)
{
	/* A name has no byte that a glob gives a meaning. */
	const struct mon_exclude vms = { .globs = { vm }, .n = 1 };
	const struct mon_reader_filter f = {
		.from = from > 0 ? from : 1,
		.to = to + 1,
		.kinds = MON_READER_ALL,
		.vms = &vms,
	};

	ret->n = ret->dropped = 0;
	top_record_events(record, &f, take_row, ret);
}
