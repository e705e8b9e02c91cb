/*
 * events.h - what was filed of one qube in a span of time: all files, merged by time.
 */
#ifndef MON_TOP_EVENTS_H
#define MON_TOP_EVENTS_H

#include <stddef.h>
#include <time.h>

#include "caps.h"
#include "record.h"

#define TOP_EVENT_TEXT 640 /* bytes: an alert, or sixteen columns with their names */

struct top_event {
	time_t at;
	enum mon_kind kind;
	char text[TOP_EVENT_TEXT];
};

struct top_events {
	size_t n;
	size_t dropped; /* that did not fit: the last ones */
	struct top_event event[MON_TOP_EVENTS_MAX];
};

/*
 * top_events_read(record, vm, from, to, ret):
 * Fill ${ret} with the rows of the qube ${vm} with ${from} <= ts <= ${to}.
 */
void top_events_read(
    struct top_record *record, const char *vm, time_t from, time_t to, struct top_events *ret);

#endif /* !MON_TOP_EVENTS_H */
