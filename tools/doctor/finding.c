/* finding.c - one line a finding; see finding.h. */
#include <stdarg.h>

#include "finding.h"

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

	f->count[level]++;
	/* What cannot be written is told at the end, by mon_tool_finish(). */
	fprintf(f->out, "%s%s%s  ", on, levels[level].word, off);
	vfprintf(f->out, format, args);
	if (remedy != NULL)
		fprintf(f->out, " -> %s", remedy);
	fputc('\n', f->out);
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

const char *
mon_finding_span(long long seconds, char ret[MON_FINDING_SPAN])
{
	if (seconds < 0)
		seconds = 0;
	if (seconds < 120)
		snprintf(ret, MON_FINDING_SPAN, "%lld s", seconds);
	else if (seconds < 2 * 3600)
		snprintf(ret, MON_FINDING_SPAN, "%lld min", seconds / 60);
	else if (seconds < 2 * 86400)
		snprintf(ret, MON_FINDING_SPAN, "%lld h", seconds / 3600);
	else
		snprintf(ret, MON_FINDING_SPAN, "%lld days", seconds / 86400);
	return ret;
}

const char *
mon_finding_size(unsigned long long bytes, char ret[MON_FINDING_SPAN])
{
	const unsigned long long mib = 1024 * 1024;

	if (bytes < mib)
		snprintf(ret, MON_FINDING_SPAN, "%llu KiB", bytes / 1024);
	else if (bytes < 1024 * mib)
		snprintf(ret, MON_FINDING_SPAN, "%llu MiB", bytes / mib);
	else
		snprintf(ret, MON_FINDING_SPAN, "%llu.%llu GiB", bytes / (1024 * mib),
		    bytes % (1024 * mib) * 10 / (1024 * mib));
	return ret;
}
