/* fact.c - what stands out; see fact.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fact.h"
#include "human.h"

/* What is worth a sentence. */
#define GAP_S 300      /* nothing recorded for so long */
#define SILENT_POLLS 3 /* polls without an answer, one after the other */
#define BUSY_PCT 50    /* the mean of five minutes */
#define RISE_PCT 20    /* points by which a disk filled ... */
#define RISEN_PCT 80   /* ... if it is so full then */
#define FREE_SHARE 20  /* less than a twentieth of the memory was left */
#define MANY_ALERTS 100
#define MUCH_TRAFFIC (UINT64_C(1) << 30)

/* How much each kind matters.  Of equal ones the larger figure decides, by the points added. */
enum weight {
	WEIGHT_TRAFFIC = 100,
	WEIGHT_ALERTS = 200,
	WEIGHT_MEMORY = 300,
	WEIGHT_FULL = 400,
	WEIGHT_BUSY = 500,
	WEIGHT_SILENT = 600,
	WEIGHT_FILLED = 700,
	WEIGHT_GAP = 800,
	WEIGHT_LIE = 899,
	WEIGHT_RULE = 900,
};

/* The facts so far, the weightiest first. */
struct list {
	struct mon_fact *facts;
	size_t n;
};

/* Put ${fact} in its place; of too many the lightest falls out. */
static void
add(struct list *list, const struct mon_fact *fact)
{
	size_t at = 0;

	while (at < list->n && list->facts[at].weight >= fact->weight)
		at++;
	if (at == MON_FACTS)
		return;
	if (list->n == MON_FACTS)
		list->n--;
	memmove(&list->facts[at + 1], &list->facts[at], (list->n - at) * sizeof(*fact));
	list->facts[at] = *fact;
	list->n++;
}

static void __attribute__((format(printf, 2, 3))) say(char *dst, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(dst, sizeof(((struct mon_fact *)0)->note), format, ap);
	va_end(ap);
}

static void
add_incidents(struct list *list, const struct mon_sum *sum)
{
	char text[MON_HUMAN_MAX], begun[MON_HUMAN_MAX + 16];

	for (size_t i = 0; i < sum->nincidents; i++) {
		const struct mon_sum_incident *in = &sum->incidents[i];
		const bool before = in->from < sum->from;
		struct mon_fact f = { .from = before ? sum->from : in->from,
			.to = in->to,
			.bad = true,
			.weight = WEIGHT_RULE };

		begun[0] = '\0';
		if (before)
			snprintf(begun, sizeof(begun), "since %s before; ",
			    mon_human_duration(sum->from - in->from, text));
		say(f.what, "The rule %s fired on %s", in->rule, in->vm);
		if (in->to == 0) {
			f.to = mon_sum_end_of_record(sum);
			f.weight += 50;
			say(f.note, "%s; %s%s", in->what, begun,
			    f.to < sum->until      ? "it still did when the recording ended"
			    : sum->until < sum->to ? "it still does"
						   : "it still did at the end");
		} else {
			say(f.note, "%s; over after %s", in->what,
			    mon_human_duration(in->to - in->from, text));
		}
		add(list, &f);
	}
}

static void
add_gaps(struct list *list, const struct mon_sum *sum)
{
	char text[MON_HUMAN_MAX];

	for (size_t i = 0; i < sum->ngaps; i++) {
		const struct mon_sum_gap *gap = &sum->gaps[i];
		const time_t length = gap->to - gap->from;
		struct mon_fact f = { .from = gap->from,
			.to = gap->to,
			.weight = WEIGHT_GAP + (int)(length > 86400 ? 96 : length / 900) };

		if (length < GAP_S)
			continue;
		say(f.what, "Nothing was recorded for %s", mon_human_duration(length, text));
		say(f.note, "the machine was off or asleep, or sys-monitor did not run");
		add(list, &f);
	}
}

static void
add_silence(struct list *list, const struct mon_sum_vm *vm)
{
	struct mon_fact f = { .from = vm->longest.from,
		.to = vm->longest.to,
		.bad = true,
		.weight =
		    WEIGHT_SILENT + (int)(vm->longest.polls > 990 ? 99 : vm->longest.polls / 10) };
	char text[MON_HUMAN_MAX];

	if (vm->longest.polls < SILENT_POLLS)
		return;
	say(f.what, "%s did not answer", vm->name);
	say(f.note, "%s; scrape.csv says %s", mon_human_plural(vm->longest.polls, "poll", text),
	    mon_result_name(vm->longest.last));
	add(list, &f);
}

static const char *
kib(double kb, char text[MON_HUMAN_MAX])
{
	return mon_human_bytes(kb < 1e15 ? (uint64_t)(kb * 1024) : UINT64_MAX, text);
}

/* The sentence is about what differed in more of the minutes. */
static void
add_lie(struct list *list, const struct mon_sum_vm *vm)
{
	const struct mon_sum_lie *lie = &vm->lie;
	const enum mon_lie_of of =
	    lie->minutes[MON_LIE_MEMORY] > lie->minutes[MON_LIE_CPU] ? MON_LIE_MEMORY : MON_LIE_CPU;
	const double says = lie->says[of] / lie->minutes[of], xen = lie->xen[of] / lie->minutes[of];
	struct mon_fact f = { .from = lie->from, .to = lie->to, .bad = true, .weight = WEIGHT_LIE };
	char a[MON_HUMAN_MAX], b[MON_HUMAN_MAX];

	if (lie->minutes[of] == 0)
		return;
	if (of == MON_LIE_CPU)
		say(f.what, "%s said that it used %.2f CPUs, Xen gave it %.2f", vm->name, says,
		    xen);
	else
		say(f.what, "%s said that it had %s of memory, Xen gave it %s", vm->name,
		    kib(says, a), kib(xen, b));
	say(f.note, "for %s; its own figures are not to be trusted",
	    mon_human_duration(lie->to - lie->from, a));
	add(list, &f);
}

static void
add_disks(struct list *list, const struct mon_sum *sum, const struct mon_sum_vm *vm)
{
	for (size_t i = 0; i < vm->ndisks; i++) {
		const struct mon_sum_disk *d = &vm->disks[i];
		struct mon_fact f = { .from = d->full_at, .to = d->full_at, .bad = true };

		if (d->image)
			continue;
		if (d->max >= RISEN_PCT && d->max >= d->first + RISE_PCT) {
			if (d->full_at == 0)
				f.from = sum->from, f.to = sum->until;
			f.weight = WEIGHT_FILLED + (int)(d->max - d->first);
			say(f.what, "%s of %s went from %u to %u %%", d->mount, vm->name, d->first,
			    d->max);
			if (d->last >= MON_SUM_FULL && d->full_at != 0)
				say(f.note, "since then above %d %%", MON_SUM_FULL);
			else if (d->last < d->max)
				say(f.note, "%u %% at the end", d->last);
		} else if (d->max >= MON_SUM_FULL) {
			f.weight = WEIGHT_FULL + (int)d->max - MON_SUM_FULL;
			f.from = sum->from;
			f.to = sum->until;
			say(f.what, "%s of %s was %u %% full", d->mount, vm->name, d->max);
		} else {
			continue;
		}
		add(list, &f);
	}
}

static void
add_memory(struct list *list, const struct mon_sum_vm *vm)
{
	char text[MON_HUMAN_MAX];
	struct mon_fact f = { .from = vm->mem_least_at,
		.to = vm->mem_least_at,
		.bad = true,
		.weight = WEIGHT_MEMORY };

	if (vm->samples == 0 || vm->mem_total_kb == 0 ||
	    vm->mem_least_kb > vm->mem_total_kb / FREE_SHARE)
		return;
	say(f.what, "%s had %s of memory left", vm->name,
	    mon_human_bytes(
		vm->mem_least_kb < UINT64_MAX / 1024 ? vm->mem_least_kb * 1024 : 0, text));
	add(list, &f);
}

/* The qube of which the figure is the largest, where that is worth a sentence. */
static void
add_largest(struct list *list, const struct mon_sum *sum)
{
	const struct mon_sum_vm *hot = sum->vms[0], *loud = hot, *wide = hot;
	char text[MON_HUMAN_MAX], most[80] = "", hottest[80] = "";

	/* With --vm only some qubes are known: nothing is said of the others. */
	if (sum->n > 1) {
		snprintf(most, sizeof(most), "the most of these %zu qubes", sum->n);
		snprintf(hottest, sizeof(hottest), "the hottest five minutes of these %zu qubes",
		    sum->n);
	}
	for (size_t i = 1; i < sum->n; i++) {
		if (sum->vms[i]->alerts > loud->alerts)
			loud = sum->vms[i];
		if (sum->vms[i]->rx + sum->vms[i]->tx > wide->rx + wide->tx)
			wide = sum->vms[i];
	}
	if (hot->hottest >= BUSY_PCT) {
		struct mon_fact f = {
			.from = hot->hottest_from, .to = hot->hottest_to, .weight = WEIGHT_BUSY
		};

		say(f.what, "%s kept its CPUs %.0f %% busy", hot->name, hot->hottest);
		say(f.note, "%s", hottest);
		add(list, &f);
	}
	if (loud->alerts >= MANY_ALERTS) {
		struct mon_fact f = {
			.from = sum->from, .to = sum->until, .weight = WEIGHT_ALERTS
		};

		say(f.what, "%s logged %s alerts", loud->name, mon_human_count(loud->alerts, text));
		say(f.note, "%s", most);
		add(list, &f);
	}
	if (wide->rx + wide->tx >= MUCH_TRAFFIC) {
		struct mon_fact f = {
			.from = sum->from, .to = sum->until, .weight = WEIGHT_TRAFFIC
		};

		say(f.what, "%s moved %s", wide->name, mon_human_bytes(wide->rx + wide->tx, text));
		say(f.note, "%s", most);
		add(list, &f);
	}
}

static int
compare(const void *a, const void *b)
{
	const struct mon_fact *x = a, *y = b;

	return x->from != y->from ? (x->from > y->from) - (x->from < y->from)
				  : (y->weight > x->weight) - (y->weight < x->weight);
}

size_t
mon_fact_find(const struct mon_sum *sum, struct mon_fact facts[MON_FACTS])
{
	struct list list = { .facts = facts };

	if (sum->npolls == 0)
		return 0;
	add_incidents(&list, sum);
	add_gaps(&list, sum);
	for (size_t i = 0; i < sum->n; i++) {
		add_silence(&list, sum->vms[i]);
		add_lie(&list, sum->vms[i]);
		add_disks(&list, sum, sum->vms[i]);
		add_memory(&list, sum->vms[i]);
	}
	if (sum->n > 0)
		add_largest(&list, sum);
	if (list.n > 0)
		qsort(facts, list.n, sizeof(*facts), compare);
	return list.n;
}

bool
mon_fact_has_time(const struct mon_sum *sum, const struct mon_fact *fact)
{
	return fact->from != sum->from || fact->to != sum->until;
}
