/* days.c - the days that mon-prune was told; see days.h. */
#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "line.h"
#include "stamp.h"

bool
mon_days_add(struct mon_days *days, const char *untrusted, size_t len)
{
	long day;

	if (days->n == MON_DAYS_MAX || !mon_stamp_parse_day(untrusted, len, &day))
		return false;
	days->day[days->n++] = day;
	return true;
}

int
mon_days_read(int fd, struct mon_days *days, size_t *ret_bad)
{
	const char *untrusted = NULL;
	char buf[4096];
	struct mon_line lines;
	size_t len = 0, bad = 0;
	int r;

	mon_line_init(&lines, fd, buf, sizeof(buf), MON_DAY_LEN);
	while ((r = mon_line_next(&lines, &untrusted, &len)) > MON_LINE_EOF)
		if (r != MON_LINE_OK || !mon_days_add(days, untrusted, len))
			bad++;
	if (r < 0)
		return r;
	*ret_bad = bad;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

void
mon_days_sort(struct mon_days *days)
{
	size_t n = 0;

	if (days->n > 0)
		qsort(days->day, days->n, sizeof(days->day[0]), compare);
	for (size_t i = 0; i < days->n; i++)
		if (n == 0 || days->day[n - 1] != days->day[i])
			days->day[n++] = days->day[i];
	days->n = n;
}
