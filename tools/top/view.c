/* view.c - what a person has chosen to see; see view.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "qubes.h"
#include "view.h"

#define DETAIL_S 60 /* of events on the detail page */

static const char *const names[TOP_COLUMNS] = {
	[TOP_COL_QUBE] = "QUBE",
	[TOP_COL_STATE] = "STATE",
	[TOP_COL_AGE] = "AGE",
	[TOP_COL_CPU] = "CPU",
	[TOP_COL_BAR] = "",
	[TOP_COL_SPARK] = "",
	[TOP_COL_CPUS] = "CPUS",
	[TOP_COL_LOAD] = "LOAD",
	[TOP_COL_MEM] = "MEM",
	[TOP_COL_SWAP] = "SWAP",
	[TOP_COL_DISK] = "DISK",
	[TOP_COL_IO] = "IO",
	[TOP_COL_RX] = "RX",
	[TOP_COL_TX] = "TX",
	[TOP_COL_CONN] = "CONN",
	[TOP_COL_PSI] = "PSI",
	[TOP_COL_ALERT] = "ALERT",
};

const char *
top_view_name(enum top_column column)
{
	return names[column];
}

bool
top_view_column(const char *name, enum top_column *ret)
{
	for (size_t i = 0; i < TOP_COLUMNS; i++) {
		if (names[i][0] == '\0' || strcasecmp(names[i], name) != 0)
			continue;
		*ret = (enum top_column)i;
		return true;
	}
	return false;
}

time_t
top_view_now(const struct top_view *view)
{
	return view->now != 0 ? view->now : time(NULL);
}

void
top_view_time(const struct top_view *view, time_t t, bool full, char *dst, size_t cap)
{
	struct tm tm = { 0 };

	if ((view->utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)) == NULL ||
	    strftime(dst, cap, full ? "%Y-%m-%d %H:%M:%S %Z" : "%H:%M:%S", &tm) == 0)
		dst[0] = '\0';
	else if (view->utc && full)
		memcpy(dst + strlen(dst) - 3, "UTC", 3); /* gmtime_r(3) calls it GMT */
}

/* ---- order ---- */

/* What a qube is ranked by; NAN comes last. */
static double
rank(const struct top_qube *q, enum top_column column)
{
	static const signed char figures[TOP_COLUMNS] = {
		[TOP_COL_CPU] = TOP_CPU,
		[TOP_COL_LOAD] = TOP_LOAD,
		[TOP_COL_MEM] = TOP_MEM,
		[TOP_COL_SWAP] = TOP_SWAP,
		[TOP_COL_DISK] = TOP_DISK,
		[TOP_COL_IO] = TOP_IO,
		[TOP_COL_RX] = TOP_RX,
		[TOP_COL_TX] = TOP_TX,
		[TOP_COL_CONN] = TOP_CONN,
	};

	switch (column) {
	case TOP_COL_CPUS:
		return isnan(q->figure[TOP_BUSY]) ? q->figure[TOP_XEN] : q->figure[TOP_BUSY];
	case TOP_COL_AGE: return q->answered > 0 ? -(double)q->answered : NAN;
	case TOP_COL_ALERT: return q->alert_at > 0 ? (double)q->alert_at : NAN;
	case TOP_COL_PSI: return top_model_pressure(q, NULL);
	default: return q->figure[figures[column]];
	}
}

static int
place(const struct top_qube *q)
{
	return top_model_silent(q) ? 0 : strcmp(q->state, MON_QUBES_RUNNING) == 0 ? 1 : 2;
}

static int
compare(const void *a, const void *b, void *ctx)
{
	const struct top_view *view = ctx;
	const struct top_qube *x = &view->frame.qube[*(const size_t *)a];
	const struct top_qube *y = &view->frame.qube[*(const size_t *)b];
	const int sign = view->reverse ? -1 : 1, by_name = strcmp(x->name, y->name);
	double p, q;
	int r = 0;

	if (view->sort == TOP_COL_QUBE)
		return sign * by_name;
	if (view->sort == TOP_COL_STATE) {
		r = sign * strcmp(top_model_word(x), top_model_word(y));
		return r != 0 ? r : by_name;
	}
	p = rank(x, view->sort);
	q = rank(y, view->sort);
	if (isnan(p) != isnan(q))
		return isnan(p) ? 1 : -1;
	if (!isnan(p) && !isnan(q))
		r = p > q ? -sign : p < q ? sign : 0;
	/* Those without figures: the silent, then those that run, then the rest. */
	if (r == 0 && !x->alive && !y->alive)
		r = place(x) - place(y);
	return r != 0 ? r : by_name;
}

void
top_view_update(struct top_view *view, struct top_record *record)
{
	if (view->live)
		view->at = top_view_now(view);
	top_model_frame(record, view->at, view->vms.n > 0 ? &view->vms : NULL, &view->frame);
	for (size_t i = 0; i < view->frame.n; i++)
		view->order[i] = i;
	qsort_r(view->order, view->frame.n, sizeof(view->order[0]), compare, view);
	if (view->page == TOP_DETAIL)
		top_events_read(
		    record, view->selected, view->at - DETAIL_S, view->at, &view->events);
}

size_t
top_view_index(const struct top_view *view)
{
	for (size_t i = 0; i < view->frame.n; i++)
		if (strcmp(view->frame.qube[view->order[i]].name, view->selected) == 0)
			return i;
	return 0;
}
