/*
 * view.h - what a person has chosen to see: the moment, the qubes and their order, the page.
 *
 * With a frame (model.h) it decides every cell on the screen: the way on which a person came
 * here does not.
 */
#ifndef MON_TOP_VIEW_H
#define MON_TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "events.h"
#include "exclude.h"
#include "model.h"

enum top_column {
	TOP_COL_QUBE,
	TOP_COL_STATE,
	TOP_COL_AGE,
	TOP_COL_CPU,
	TOP_COL_BAR,
	TOP_COL_SPARK,
	TOP_COL_CPUS,
	TOP_COL_LOAD,
	TOP_COL_MEM,
	TOP_COL_SWAP,
	TOP_COL_DISK,
	TOP_COL_IO,
	TOP_COL_RX,
	TOP_COL_TX,
	TOP_COL_CONN,
	TOP_COL_PSI,
	TOP_COL_ALERT,
	TOP_COLUMNS
};

enum top_page { TOP_LIST, TOP_DETAIL, TOP_HELP };
enum top_prompt { TOP_NO_PROMPT, TOP_ASK_TIME, TOP_ASK_FILTER };

struct top_view {
	/* What is shown. */
	time_t at;
	bool live; /* ${at} is now */
	struct mon_exclude vms;
	char filter[MON_TOP_INPUT_MAX + 3]; /* the glob in ${vms} that was typed; "" none */
	enum top_column sort;
	bool reverse;
	char selected[MON_VM_MAX + 1]; /* "": the first */
	enum top_page page;
	size_t back; /* rows of the detail page that are below the screen */

	/* How. */
	bool utc, utf8;
	time_t now;       /* --now; 0: the clock's */
	bool can_live;    /* the record is a folder that grows */
	size_t page_rows; /* qubes on a screen, as it was drawn last */

	/* What is being typed, and the answer to the last key. */
	enum top_prompt prompt;
	char input[MON_TOP_INPUT_MAX + 1];
	char message[128];

	/* What follows from all that: see top_view_update(). */
	struct top_frame frame;
	struct top_events events; /* of the detail page */
	size_t order[MON_TOP_QUBES_MAX];
};

/*
 * top_view_now(view):
 * Return the time it is.
 */
time_t top_view_now(const struct top_view *view);

/*
 * top_view_update(view, record):
 * Compute the frame at ${view->at} (now, where it is live), the order of its qubes and, on the
 * detail page, the events.
 */
void top_view_update(struct top_view *view, struct top_record *record);

/*
 * top_view_index(view):
 * Return the place in ${order} of the selected qube; 0 if it is not there.
 */
size_t top_view_index(const struct top_view *view);

/*
 * top_view_column(name, ret):
 * Find the column that is called ${name}, in any case, and can be sorted by.  Return false,
 * ${ret} untouched, if there is none.
 */
bool top_view_column(const char *name, enum top_column *ret);

/*
 * top_view_name(column):
 * Return the name of a column; "" for a picture, which cannot be sorted by.
 */
const char *top_view_name(enum top_column column);

/*
 * top_view_time(view, t, full, dst, cap):
 * Write ${t} as a person reads it: "14:30:10", or with the day and the zone if ${full}.
 */
void top_view_time(const struct top_view *view, time_t t, bool full, char *dst, size_t cap);

#endif /* !MON_TOP_VIEW_H */
