/* report.c - what went wrong in a sample; see report.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

void
mon_report_add(
    struct mon_report *report, enum mon_report_kind kind, int err, const char *format, ...)
{
	char *text = report->text[kind];
	va_list args;
	int n;

	if (*text != '\0')
		return;
	va_start(args, format);
	n = vsnprintf(text, MON_REPORT_MAX + 1, format, args);
	va_end(args);
	if (err != 0 && n > 0 && n < MON_REPORT_MAX)
		snprintf(text + n, (size_t)(MON_REPORT_MAX + 1 - n), ": %s", strerror(abs(err)));
}
