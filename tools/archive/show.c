/* show.c - progress on a terminal; see show.h. */
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "show.h"

#define PERIOD_MS 200 /* between two looks: quick for an eye, free for the work */
#define MB 1e6

static void
print(const struct mon_show *s, uint64_t done, int64_t now_ms)
{
	const double seconds = (double)(now_ms - s->begun_ms + 1) / 1000;

	fprintf(stderr, "\r%s  %.1f of %.1f MB  %.0f MB/s", s->day, (double)done / MB,
	    (double)s->total / MB, (double)done / MB / seconds);
}

void
mon_show_begin(struct mon_show *s, const char *day, uint64_t total)
{
	*s = (struct mon_show){ .day = day, .total = total, .begun_ms = mon_clock_ms() };
	s->shown_ms = s->begun_ms;
}

void
mon_show_bytes(void *ctx, uint64_t done)
{
	struct mon_show *s = ctx;
	int64_t now_ms;

	if (!isatty(STDERR_FILENO))
		return;
	now_ms = mon_clock_ms();
	if (now_ms - s->shown_ms < PERIOD_MS && done < s->total)
		return;
	s->shown_ms = now_ms;
	print(s, done, now_ms);
}

void
mon_show_end(struct mon_show *s)
{
	(void)s;
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
}

void
mon_show_copy(const char *day, const char *name, const char *vault)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%s  copying %s to %s\n", day, name, vault);
}
