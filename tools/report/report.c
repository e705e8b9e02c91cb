/* report.c - what both forms of a report have alike; see report.h. */
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "report.h"

const char *
mon_report_time(
    const struct mon_report *report, time_t t, const char *format, char *dst, size_t cap)
{
	struct tm tm;

	if ((report->utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)) == NULL ||
	    strftime(dst, cap, format, &tm) == 0)
		dst[0] = '\0';
	return dst;
}

const char *
mon_report_clock(const struct mon_report *report, time_t t, char *dst, size_t cap)
{
	const bool end = t == report->sum.to;

	mon_report_time(report, t, "%H:%M", dst, cap);
	if (end && strcmp(dst, "00:00") == 0)
		snprintf(dst, cap, "24:00");
	return dst;
}

const char *
mon_report_zone(const struct mon_report *report, char *dst, size_t cap)
{
	char first[16], last[16];
	bool same;

	mon_report_time(report, report->sum.from, "%Z", first, sizeof(first));
	mon_report_time(report, report->sum.to - 1, "%Z", last, sizeof(last));
	same = strcmp(first, last) == 0;
	snprintf(dst, cap, "%s%s%s", first, same ? "" : ", then ", same ? "" : last);
	return dst;
}

const char *
mon_report_qubes(const struct mon_report *report, char *dst, size_t cap)
{
	char count[MON_HUMAN_MAX];
	bool dom0;
	const size_t n = mon_sum_qubes(&report->sum, &dom0);

	snprintf(dst, cap, "%s%s", mon_human_plural(n, "qube", count), dom0 ? " and dom0" : "");
	return dst;
}

static void
put_time(const struct mon_report *report, time_t t, char *dst, size_t cap)
{
	/* A day of 25 hours is one day. */
	if (report->sum.to - report->sum.from > 90000)
		mon_report_time(report, t, "%m-%d %H:%M", dst, cap);
	else
		mon_report_clock(report, t, dst, cap);
}

const char *
mon_report_span(const struct mon_report *report, const struct mon_fact *fact, char *dst, size_t cap)
{
	char a[16], b[16];

	dst[0] = '\0';
	if (!mon_fact_has_time(&report->sum, fact))
		return dst;
	put_time(report, fact->from, a, sizeof(a));
	put_time(report, fact->to, b, sizeof(b));
	if (strcmp(a, b) == 0)
		snprintf(dst, cap, "%s", a);
	else
		snprintf(dst, cap, "%s%s%s", a, report->ascii ? "-" : "–", b);
	return dst;
}

/* Minutes between two marks. */
static int
tick_minutes(const struct mon_report *report)
{
	const time_t span = report->sum.to - report->sum.from;

	return span > 12 * 3600 ? 180 : span > 3 * 3600 ? 60 : 15;
}

const char *
mon_report_tick_format(const struct mon_report *report)
{
	return tick_minutes(report) < 60 ? "%H:%M" : "%H";
}

time_t
mon_report_tick(const struct mon_report *report, time_t t)
{
	const int minutes = tick_minutes(report);
	struct tm tm;

	/* By quarters of an hour: a zone may be off by those, and a clock may skip an hour. */
	for (t = t / 900 * 900 + 900;; t += 900)
		if ((report->utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)) == NULL ||
		    (tm.tm_hour * 60 + tm.tm_min) % minutes == 0)
			return t;
}
