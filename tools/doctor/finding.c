/* finding.c - one line a finding; see finding.h. */
#include <stdarg.h>
#include <string.h>

#include "finding.h"
#include "text.h"

#define LINE_MAX_BYTES 2048 /* of a finding: two settings of the longest, and words */

static const struct {
	const char *word, *colour;
} levels[MON_FINDING_LEVELS] = {
	[MON_FINDING_OK] = { "ok  ", "\033[32m" },
	[MON_FINDING_WARN] = { "warn", "\033[33m" },
	[MON_FINDING_FAIL] = { "FAIL", "\033[1;31m" },
};

static void
print(struct mon_findings *f, enum mon_finding_level level, const char *remedy, const char *format,
    va_list args)
{
	const char *on = f->colour ? levels[level].colour : "", *off = f->colour ? "\033[0m" : "";
	char line[LINE_MAX_BYTES];
	size_t n;

	f->count[level]++;
	vsnprintf(line, sizeof(line), format, args);
	n = strlen(line);
	if (remedy != NULL)
		snprintf(line + n, sizeof(line) - n, " -> %s", remedy);
	n = strlen(line);
	for (size_t i = 0, len; i < n; i += len) {
		len = mon_text_rune(line + i, n - i);
		if (len == 0) {
			line[i] = '?';
			len = 1;
		}
	}
	/* What cannot be written is told at the end, by mon_tool_finish(). */
	fprintf(f->out, "%s%s%s  %s\n", on, levels[level].word, off, line);
}

void
mon_finding_tell(struct mon_findings *findings, enum mon_finding_level level, const char *remedy,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(findings, level, remedy, format, args);
	va_end(args);
}

void
mon_finding_unable(struct mon_findings *findings, const char *remedy, const char *format, ...)
{
	va_list args;

	findings->unable = true;
	va_start(args, format);
	print(findings, MON_FINDING_WARN, remedy, format, args);
	va_end(args);
}
