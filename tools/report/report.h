/*
 * report.h - a report in the making, and the forms it can have.
 */
#ifndef MON_REPORT_H
#define MON_REPORT_H

#include <stdbool.h>
#include <time.h>

#include "fact.h"
#include "sum.h"
#include "zoom.h"

struct mon_report {
	const char *title; /* "Sunday, 31 August 2025", or what was named */
	bool utc;          /* times in UTC instead of local time */
	bool ascii;        /* no character outside ASCII (text alone) */
	unsigned width;    /* columns of the screen (text alone) */
	struct mon_sum sum;
	struct mon_zoom zooms[MON_ZOOMS];
	size_t nzooms;
};

#define MON_REPORT_NOTHING                                                                         \
	"No answer was recorded." /* where there is no poll, or none of these qubes */

/*
 * mon_report_text(report), mon_report_html(report):
 * Print the report of one span on stdout, for a screen, or as one page for a browser.
 */
void mon_report_text(const struct mon_report *report);
void mon_report_html(const struct mon_report *report);

/*
 * mon_report_text_head(report), mon_report_text_day(report):
 * For several days: print the names of the columns, and a line for the day in ${report}.
 */
void mon_report_text_head(const struct mon_report *report);
void mon_report_text_day(const struct mon_report *report);

/*
 * mon_report_time(report, t, format, dst, cap):
 * Write ${t} as strftime(3) does in local time, or in UTC.  Return ${dst}.
 */
const char *mon_report_time(
    const struct mon_report *report, time_t t, const char *format, char *dst, size_t cap);

/*
 * mon_report_clock(report, t, dst, cap):
 * Write ${t} as "14:05"; the midnight that ends the day is "24:00".  Return ${dst}.
 */
const char *mon_report_clock(const struct mon_report *report, time_t t, char *dst, size_t cap);

/*
 * mon_report_zone(report, dst, cap):
 * Write in which time zone the times are: "UTC"; where the clock is changed "CEST, then CET".
 * Return ${dst}.
 */
const char *mon_report_zone(const struct mon_report *report, char *dst, size_t cap);

/*
 * mon_report_qubes(report, dst, cap):
 * Write whom the report is about: "20 qubes", "1 qube and dom0".  Return ${dst}.
 */
const char *mon_report_qubes(const struct mon_report *report, char *dst, size_t cap);

/*
 * mon_report_span(report, fact, dst, cap):
 * Write the time of ${fact} as "10:00–10:14", or as one time where both are the same; "" if it
 * has none.  With a day before each where the report has several.  Return ${dst}.
 */
const char *mon_report_span(
    const struct mon_report *report, const struct mon_fact *fact, char *dst, size_t cap);

/*
 * mon_report_tick(report, t), mon_report_tick_format(report):
 * Return the next time after ${t} at which an axis has a mark: a full third hour of the clock on the
 * wall, in a shorter span a full hour or a quarter; and what of it stands there, as for strftime(3).
 */
time_t mon_report_tick(const struct mon_report *report, time_t t);
const char *mon_report_tick_format(const struct mon_report *report);

#endif /* !MON_REPORT_H */
