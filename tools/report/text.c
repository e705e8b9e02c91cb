/* text.c - the report for a screen; see report.h. */
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "report.h"

#define NAME_MAX_COLUMNS 20 /* of a qube's name; the rest is cut */
#define FIGURES 54          /* columns of all that stands behind the sparkline */
#define SPARK_MIN 12
#define SPARK_MAX 96

static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const char *const letters[] = { " ", ".", ":", "-", "=", "+", "*", "%", "#" };
#define LEVELS ((int)(sizeof(blocks) / sizeof(blocks[0])) - 1)

/* Print ${value} of ${max} as one character; below 0: nothing was recorded. */
static void
put_level(const struct mon_report *r, double value, double max)
{
	int level;

	if (value < 0) {
		fputs(r->ascii ? "/" : "╱", stdout);
		return;
	}
	level = max > 0 ? (int)(value / max * LEVELS + 0.5) : 0;
	/* What is not nothing is seen. */
	if (level == 0 && value > 0)
		level = 1;
	fputs((r->ascii ? letters : blocks)[level < LEVELS ? level : LEVELS], stdout);
}

/* Print an alert, which was cleaned; of --ascii, '?' for each character outside. */
static void
put_alert(const struct mon_report *r, const char *msg)
{
	for (; *msg != '\0'; msg++) {
		const unsigned char byte = (unsigned char)*msg;

		if (!r->ascii || byte < 0x80)
			putchar(byte);
		else if (byte >= 0xc0) /* the first byte of a character (RFC 3629) */
			putchar('?');
	}
}

/* Does a gap of the record cover all of ${from} to ${to}? */
static bool
in_gap(const struct mon_sum *sum, time_t from, time_t to)
{
	for (size_t i = 0; i < sum->ngaps; i++)
		if (sum->gaps[i].from <= from && sum->gaps[i].to >= to)
			return true;
	return false;
}

/* The busiest two minutes of each column: a mean of an hour would hide them. */
static void
put_spark(const struct mon_report *r, const struct mon_bins *bins, unsigned columns, double max)
{
	const struct mon_sum *sum = &r->sum;

	for (unsigned c = 0; c < columns; c++) {
		const size_t first = (size_t)c * MON_SUM_BINS / columns;
		const size_t end = (size_t)(c + 1) * MON_SUM_BINS / columns;
		const time_t span = sum->to - sum->from;
		double value = -1;

		for (size_t b = first; b < end; b++) {
			const double mean = mon_sum_mean(bins, b);

			if (mean > value)
				value = mean;
		}
		if (value < 0 && !in_gap(sum, sum->from + (time_t)first * span / MON_SUM_BINS,
				     sum->from + (time_t)end * span / MON_SUM_BINS))
			value = 0; /* it did not run, or has no answer: others have */
		put_level(r, value, max);
	}
}

static unsigned
name_columns(const struct mon_sum *sum)
{
	size_t widest = 4;

	for (size_t i = 0; i < sum->n; i++)
		if (strlen(sum->vms[i]->name) > widest)
			widest = strlen(sum->vms[i]->name);
	return (unsigned)(widest < NAME_MAX_COLUMNS ? widest : NAME_MAX_COLUMNS);
}

static unsigned
spark_columns(const struct mon_report *r, unsigned names)
{
	const unsigned taken = names + 1 + FIGURES;
	const unsigned left = r->width > taken ? r->width - taken : 0;

	return left < SPARK_MIN ? SPARK_MIN : left > SPARK_MAX ? SPARK_MAX : left;
}

static void
put_hours(const struct mon_report *r, unsigned columns)
{
	const struct mon_sum *sum = &r->sum;
	char line[SPARK_MAX + 3], hour[8];
	size_t end = 0;

	memset(line, ' ', sizeof(line));
	for (time_t t = mon_report_tick(r, sum->from - 1); t < sum->to; t = mon_report_tick(r, t)) {
		const size_t at = (size_t)((t - sum->from) * columns / (sum->to - sum->from));

		mon_report_time(r, t, mon_report_tick_format(r), hour, sizeof(hour));
		/* Only where it does not touch the one before. */
		if (at + strlen(hour) > columns || at < end)
			continue;
		end = (size_t)((char *)mempcpy(line + at, hour, strlen(hour)) - line) + 1;
	}
	printf("%.*s", (int)columns, line);
}

static void
put_percent(double value)
{
	if (value < 0)
		printf("%6s", "-");
	else
		printf("%4.0f %%", value);
}

static void
put_vm(const struct mon_report *r, const struct mon_sum_vm *vm, unsigned names, unsigned spark)
{
	const struct mon_sum_disk *disk = mon_sum_fullest(vm);
	char text[MON_HUMAN_MAX], at[8] = "", mount[12] = "";

	printf("%-*.*s ", (int)names, (int)names, vm->name);
	if (vm->samples > 0)
		put_spark(r, &vm->cpu, spark, 100);
	else if (mon_sum_by_xen(vm))
		put_spark(r, &vm->xen, spark, mon_sum_xen_most(vm));
	else
		printf("%-*s", (int)spark, "no figures");
	if (mon_sum_by_xen(vm))
		printf(" %4.*fx", mon_sum_xen_mean(vm) < 100 ? 2 - (mon_sum_xen_mean(vm) >= 10) : 0,
		    mon_sum_xen_mean(vm));
	else
		put_percent(vm->samples > 0 ? vm->cpu_sum / (double)vm->samples : -1);
	put_percent(vm->hottest);
	if (vm->hottest >= 0)
		mon_report_time(r, vm->hottest_from, "%H:%M", at, sizeof(at));
	printf(" %5s", at);
	printf(" %8s", vm->samples > 0 ? mon_human_bytes(vm->mem_least_kb * 1024, text) : "-");
	if (disk != NULL)
		snprintf(mount, sizeof(mount), "%u %%", disk->max);
	printf(" %5s %-4.4s", disk != NULL ? mount : "-", disk != NULL ? disk->mount : "");
	printf(" %8s", mon_human_bytes(vm->rx + vm->tx, text));
	printf(" %6llu\n", (unsigned long long)vm->alerts);
}

static void
put_facts(const struct mon_report *r)
{
	struct mon_fact facts[MON_FACTS];
	const size_t n = mon_fact_find(&r->sum, facts);
	char span[32];

	if (n > 0)
		puts("");
	for (size_t i = 0; i < n; i++) {
		mon_report_span(r, &facts[i], span, sizeof(span));
		/* printf() counts bytes, and the dash has three. */
		printf("  %-*s  %s%s%s\n", strstr(span, "–") != NULL ? 13 : 11, span, facts[i].what,
		    facts[i].note[0] != '\0' ? ": " : "", facts[i].note);
	}
}

static void
put_zoom(const struct mon_report *r, const struct mon_zoom *zoom)
{
	const size_t shown = mon_zoom_shown(zoom);
	unsigned names = 4;
	char a[16], b[16];

	printf("\nFrom %s to %s, a column for ten seconds\n",
	    mon_report_time(r, zoom->from, "%H:%M:%S", a, sizeof(a)),
	    mon_report_time(r, zoom->to, "%H:%M:%S", b, sizeof(b)));
	for (size_t i = 0; i < shown; i++)
		if (strlen(zoom->vms[i].name) > names)
			names = (unsigned)strlen(zoom->vms[i].name);
	for (size_t i = 0; i < shown; i++) {
		const struct mon_zoom_vm *vm = &zoom->vms[i];

		printf("%-*s ", (int)names, vm->name);
		for (int c = 0; c < MON_ZOOM_S / 10; c++) {
			float value = -1;

			for (int s = 0; s < 10; s++)
				if (vm->cpu[c * 10 + s] > value)
					value = vm->cpu[c * 10 + s];
			put_level(r, (double)value, 100);
		}
		printf(" up to %3.0f %%\n", (double)vm->max);
	}
	if (shown < zoom->n)
		printf("%zu more, none above %.0f %%\n", zoom->n - shown,
		    (double)zoom->vms[shown].max);
	if (zoom->all_alerts > zoom->nalerts)
		printf("the last %zu of %zu alerts:\n", zoom->nalerts, zoom->all_alerts);
	for (size_t i = 0; i < zoom->nalerts; i++) {
		printf("  %s %s ", mon_report_time(r, zoom->alerts[i].t, "%H:%M:%S", a, sizeof(a)),
		    zoom->alerts[i].vm);
		put_alert(r, zoom->alerts[i].msg);
		putchar('\n');
	}
}

void
mon_report_text(const struct mon_report *r)
{
	const struct mon_sum *sum = &r->sum;
	const unsigned names = name_columns(sum), spark = spark_columns(r, names);
	char polls[MON_HUMAN_MAX], qubes[64], zone[64];

	printf("%s, times in %s\n", r->title, mon_report_zone(r, zone, sizeof(zone)));
	if (sum->npolls == 0) {
		puts(MON_REPORT_NOTHING);
		return;
	}
	printf("%s, %s %s", mon_report_qubes(r, qubes, sizeof(qubes)),
	    mon_human_count(sum->npolls, polls), sum->npolls == 1 ? "poll" : "polls");
	if (sum->asked > 0)
		printf(", %.2f %% answered", 100.0 * (double)sum->answered / (double)sum->asked);
	puts("");
	put_facts(r);
	printf("\n%-*s ", (int)names, "QUBE");
	put_hours(r, spark);
	printf("%6s%6s %5s %8s %5s %-4s %8s %6s\n", "MEAN", "5 MIN", "AT", "MEM FREE", "DISK", "",
	    "TRAFFIC", "ALERTS");
	for (size_t i = 0; i < sum->n; i++)
		put_vm(r, sum->vms[i], names, spark);
	for (size_t i = 0; i < sum->n; i++) {
		if (!mon_sum_by_xen(sum->vms[i]))
			continue;
		puts("x: CPUs at work as Xen sees them; it has no figures of its own");
		break;
	}
	for (size_t i = 0; i < r->nzooms; i++)
		put_zoom(r, &r->zooms[i]);
}

void
mon_report_text_head(const struct mon_report *r)
{
	(void)r;
	puts(
	    "DAY        QUBES  POLLS ANSWERED NOT RECORDED  HOTTEST 5 MIN             DISK           IN      OUT ALERTS");
}

void
mon_report_text_day(const struct mon_report *r)
{
	const struct mon_sum *sum = &r->sum;
	const struct mon_sum_vm *hot = sum->n > 0 ? sum->vms[0] : NULL, *full = NULL;
	const struct mon_sum_disk *fullest = NULL;
	uint64_t rx = 0, tx = 0, alerts = 0;
	char text[MON_HUMAN_MAX], at[8] = "", hottest[64] = "-", disk[64] = "-";
	time_t dark = 0;
	bool dom0;

	for (size_t i = 0; i < sum->ngaps; i++)
		dark += sum->gaps[i].to - sum->gaps[i].from;
	for (size_t i = 0; i < sum->n; i++) {
		const struct mon_sum_disk *d = mon_sum_fullest(sum->vms[i]);

		rx += sum->vms[i]->rx;
		tx += sum->vms[i]->tx;
		alerts += sum->vms[i]->alerts;
		if (d != NULL && (fullest == NULL || d->max > fullest->max)) {
			fullest = d;
			full = sum->vms[i];
		}
	}
	if (hot != NULL && hot->hottest >= 0)
		snprintf(hottest, sizeof(hottest), "%3.0f %% %s %.14s", hot->hottest,
		    mon_report_time(r, hot->hottest_from, "%H:%M", at, sizeof(at)), hot->name);
	if (fullest != NULL)
		snprintf(disk, sizeof(disk), "%u %% %.9s", fullest->max, full->name);
	printf("%-10.10s %5zu %6zu", r->title, mon_sum_qubes(sum, &dom0), sum->npolls);
	if (sum->asked > 0)
		printf(" %6.2f %%", 100.0 * (double)sum->answered / (double)sum->asked);
	else
		printf(" %8s", "-");
	printf(" %12s", mon_human_duration(dark, text));
	printf("  %-25s %-14s", hottest, disk);
	printf(" %8s", mon_human_bytes(rx, text));
	printf(" %8s", mon_human_bytes(tx, text));
	printf(" %6llu\n", (unsigned long long)alerts);
}
