/* sum.c - what a span of the record was like; see sum.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "image.h"
#include "incidents.h"
#include "number.h"
#include "qubes.h"
#include "shape.h"
#include "stamp.h"
#include "sum.h"

/* FNV-1a: names become numbers of a fixed size. */
static uint64_t
id_of(struct mon_str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return h;
}

static void
keep_name(char *dst, size_t cap, struct mon_str name)
{
	size_t n = name.n < cap - 1 ? name.n : cap - 1;

	/* Not in the middle of a character. */
	while (n < name.n && n > 0 && ((unsigned char)name.p[n] & 0xc0) == 0x80)
		n--;
	*(char *)mempcpy(dst, name.p, n) = '\0';
}

static uint64_t
whole(struct mon_str field)
{
	return mon_shape_value(field.p, field.n);
}

void
mon_sum_begin(struct mon_sum *sum, time_t from, time_t to, time_t now)
{
	memset(sum, 0, sizeof(*sum));
	sum->from = from;
	sum->to = to;
	sum->until = now > from && now < to ? now : to;
}

void
mon_sum_free(struct mon_sum *sum)
{
	for (size_t i = 0; i < sum->n; i++)
		free(sum->vms[i]);
	free(sum->vms);
	free(sum->polls);
	memset(sum, 0, sizeof(*sum));
}

size_t
mon_sum_bin(const struct mon_sum *sum, time_t t)
{
	return (size_t)((t - sum->from) * MON_SUM_BINS / (sum->to - sum->from));
}

double
mon_sum_mean(const struct mon_bins *bins, size_t bin)
{
	return bins->n[bin] > 0 ? (double)bins->sum[bin] / bins->n[bin] : -1;
}

static void
add_sample(struct mon_bins *bins, size_t bin, double value)
{
	if (bins->n[bin] == UINT16_MAX)
		return; /* of a flood the first 65,535 count */
	bins->sum[bin] += (float)value;
	if (bins->n[bin]++ == 0 || (float)value > bins->max[bin])
		bins->max[bin] = (float)value;
}

/* The qube of ${name}, made if it is new; NULL: there are too many (${*ret} 0), or no memory. */
static struct mon_sum_vm *
find_vm(struct mon_sum *sum, struct mon_str name, int *ret)
{
	const size_t slots = sizeof(sum->slots) / sizeof(sum->slots[0]);
	struct mon_sum_vm *vm, **vms;
	size_t slot = id_of(name) % slots;

	*ret = 0;
	for (; sum->slots[slot] != 0; slot = (slot + 1) % slots) {
		vm = sum->vms[sum->slots[slot] - 1];
		if (mon_str_is(name, vm->name))
			return vm;
	}
	if (sum->n == MON_VMS_MAX) {
		sum->left_out++;
		return NULL;
	}
	vms = reallocarray(sum->vms, sum->n + 1, sizeof(*vms));
	if (vms != NULL)
		sum->vms = vms;
	vm = calloc(1, sizeof(*vm));
	if (vms == NULL || vm == NULL) {
		free(vm);
		*ret = -ENOMEM;
		return NULL;
	}
	keep_name(vm->name, sizeof(vm->name), name);
	vm->hottest = vm->xen_cpu = -1;
	sum->vms[sum->n] = vm;
	sum->slots[slot] = (uint16_t)++sum->n;
	return vm;
}

static int
add_poll(struct mon_sum *sum, time_t t)
{
	if (sum->npolls > 0 && sum->polls[sum->npolls - 1] == t)
		return 0;
	if (sum->npolls == sum->cap) {
		const size_t cap = sum->cap + sum->cap / 2 + 1024;
		time_t *polls = reallocarray(sum->polls, cap, sizeof(*polls));

		if (polls == NULL)
			return -ENOMEM;
		sum->polls = polls;
		sum->cap = cap;
	}
	sum->polls[sum->npolls++] = t;
	return 0;
}

/* ---- system.csv ---- */

/* Slide the window of five minutes on to the sample at ${t}. */
static void
add_to_window(struct mon_sum_vm *vm, time_t t, double cpu)
{
	const size_t cap = sizeof(vm->window) / sizeof(vm->window[0]);
	time_t first;

	/* A clock that was set back begins the window anew; so does a flood in one second. */
	if (vm->window_n > 0 &&
	    (t < vm->window[(vm->window_at + vm->window_n - 1) % cap].t || vm->window_n == cap)) {
		vm->window_n = 0;
		vm->window_sum = 0;
	}
	while (vm->window_n > 0 && vm->window[vm->window_at].t <= t - MON_SUM_WINDOW_S) {
		vm->window_sum -= (double)vm->window[vm->window_at].cpu;
		vm->window_at = (vm->window_at + 1) % cap;
		vm->window_n--;
	}
	vm->window[(vm->window_at + vm->window_n) % cap].t = t;
	vm->window[(vm->window_at + vm->window_n) % cap].cpu = (float)cpu;
	vm->window_n++;
	vm->window_sum =
	    vm->window_n == 1 ? (double)(float)cpu : vm->window_sum + (double)(float)cpu;
	first = vm->window[vm->window_at].t;
	if (t - first < MON_SUM_COVERED_S || vm->window_sum / (double)vm->window_n <= vm->hottest)
		return;
	vm->hottest = vm->window_sum / (double)vm->window_n;
	vm->hottest_from = first;
	vm->hottest_to = t;
}

static void
add_sys(struct mon_sum_vm *vm, time_t t, size_t bin, const struct mon_str *fields)
{
	const uint64_t avail = whole(fields[MON_SYS_AVAIL]);
	double cpu = 100 - mon_number_value(fields[MON_SYS_IDLE]);

	/* A guest may say anything. */
	if (cpu < 0)
		cpu = 0;
	if (vm->samples++ == 0 || cpu > vm->cpu_max) {
		vm->cpu_max = cpu;
		vm->cpu_max_at = t;
	}
	vm->cpu_sum += cpu;
	if (vm->samples == 1 || avail < vm->mem_least_kb) {
		vm->mem_least_kb = avail;
		vm->mem_least_at = t;
	}
	vm->mem_total_kb = whole(fields[MON_SYS_TOTAL]);
	add_sample(&vm->cpu, bin, cpu);
	add_to_window(vm, t, cpu);
}

/* ---- network.csv ---- */

/* A counter that fell was begun anew at 0: what it shows came since. */
static uint64_t
grown(uint64_t last, uint64_t now)
{
	return now >= last ? now - last : now;
}

static void
add_net(struct mon_sum_vm *vm, const struct mon_str *fields)
{
	const uint64_t id = id_of(fields[MON_NET_IF]);
	const uint64_t rx = whole(fields[MON_NET_RX]), tx = whole(fields[MON_NET_TX]);
	size_t i = 0;

	/* What a router passes on for its clients comes in, or goes out, by its uplink, too. */
	if (mon_str_is(fields[MON_NET_IF], "lo") || mon_str_begins(fields[MON_NET_IF], "vif"))
		return;
	while (i < vm->nifs && vm->ifs[i].id != id)
		i++;
	if (i == MON_KIND_ROWS)
		return;
	if (i < vm->nifs) {
		vm->rx += grown(vm->ifs[i].rx, rx);
		vm->tx += grown(vm->ifs[i].tx, tx);
	} else {
		vm->nifs++;
	}
	vm->ifs[i] = (struct mon_sum_if){ id, rx, tx };
}

/* ---- disk.csv ---- */

static void
add_disk(struct mon_sum_vm *vm, time_t t, const struct mon_str *fields)
{
	const uint64_t id = id_of(fields[MON_DISK_MOUNT]);
	const unsigned pct = (unsigned)mon_number_value(fields[MON_DISK_PCT]);
	struct mon_sum_disk *d = vm->disks;

	while (d < vm->disks + vm->ndisks && d->id != id)
		d++;
	if (d == vm->disks + MON_SUM_DISKS)
		return;
	if (d == vm->disks + vm->ndisks) {
		vm->ndisks++;
		*d = (struct mon_sum_disk){ .id = id, .first = pct };
		keep_name(d->mount, sizeof(d->mount), fields[MON_DISK_MOUNT]);
		d->image = mon_image_is(fields[MON_DISK_FS], fields[MON_DISK_MOUNT]);
	}
	if (pct >= MON_SUM_FULL && d->last < MON_SUM_FULL)
		d->full_at = t;
	d->last = pct;
	if (pct > d->max)
		d->max = pct;
}

const struct mon_sum_disk *
mon_sum_fullest(const struct mon_sum_vm *vm)
{
	const struct mon_sum_disk *fullest = NULL;

	for (size_t i = 0; i < vm->ndisks; i++)
		if (!vm->disks[i].image && (fullest == NULL || vm->disks[i].max > fullest->max))
			fullest = &vm->disks[i];
	return fullest;
}

/* ---- alerts.csv ---- */

/* The word behind "${key}" in ${msg}, or an empty one. */
static struct mon_str
value_of(struct mon_str msg, const char *key)
{
	for (struct mon_str word = mon_str_word(&msg); word.n > 0 || msg.n > 0;
	     word = mon_str_word(&msg))
		if (mon_str_begins(word, key))
			return (struct mon_str){ word.p + strlen(key), word.n - strlen(key) };
	return (struct mon_str){ "", 0 };
}

/* A rule of several instances names one first (mount=/rw), then the figure; else the figure is first. */
static bool
names_instance(struct mon_str what, struct mon_str rest)
{
	const struct mon_str next = mon_str_word(&rest);

	return !mon_str_begins(what, "after=") && !mon_str_begins(next, "limit=") &&
	       !mon_str_begins(next, "xen=") && !mon_str_begins(next, "for=") &&
	       !mon_str_begins(next, "since=");
}

/* "!NAME FIRING figure=... limit=... for=... since=TS", "!NAME RESOLVED ...": see RULES.md. */
static void
add_incident(struct mon_sum *sum, const struct mon_rec *rec)
{
	const struct mon_str msg = rec->payload.untrusted_text;
	struct mon_str rest = { msg.p + 1, msg.n - 1 }, rule = mon_str_word(&rest),
		       verb = mon_str_word(&rest);
	const bool firing = mon_str_is(verb, "FIRING");
	struct mon_sum_incident *in = sum->incidents, *end = sum->incidents + sum->nincidents;
	struct mon_sum_incident new = { .from = firing ? rec->t : sum->from };
	struct mon_str since = value_of(rest, "since="), what = mon_str_word(&rest);
	const bool instance = names_instance(what, rest);

	if (!firing && !mon_str_is(verb, "RESOLVED"))
		return;
	*(char *)mempcpy(new.vm, rec->vm.p, rec->vm.n) = '\0';
	keep_name(new.rule, sizeof(new.rule), rule);
	keep_name(new.what, sizeof(new.what), what);
	mon_stamp_parse(since.p, since.n, &new.from);
	while (in < end &&
	       (in->to != 0 || strcmp(in->rule, new.rule) != 0 || strcmp(in->vm, new.vm) != 0 ||
		   (instance && strcmp(in->what, new.what) != 0)))
		in++;
	/* It fires again, so its end was lost: what began before the span is left out then. */
	if (firing && in < end && in->from >= sum->from)
		in = end;
	if (in == sum->incidents + MON_SUM_INCIDENTS)
		return;
	if (in == end)
		sum->nincidents++;
	if (in == end || firing)
		*in = new;
	if (!firing)
		in->to = rec->t;
}

/* A row of a day before: only what was not over when the span begins is of it. */
static void
recall_row(void *ctx, const struct mon_rec *rec)
{
	struct mon_sum *sum = ctx;

	add_incident(sum, rec);
	for (size_t i = 0; i < sum->nincidents; i++)
		if (sum->incidents[i].to != 0)
			sum->incidents[i--] = sum->incidents[--sum->nincidents];
}

void
mon_sum_recall(struct mon_sum *sum, int basefd, long day, const struct mon_exclude *vms)
{
	static struct mon_reader reader;
	const struct mon_reader_filter before = { .to = sum->from, .vms = vms };

	if (sum->from > 0)
		mon_incidents_read(&reader, basefd, day, &before, recall_row, sum);
}

/* ---- scrape.csv ---- */

static void
add_scrape(struct mon_sum *sum, struct mon_sum_vm *vm, time_t t, size_t bin, struct mon_str word)
{
	const enum mon_result result = mon_result_find(word.p, word.n);

	/* Who was not asked owes no answer. */
	if (result == MON_RESULT_SKIPPED)
		return;
	if (result != MON_RESULT_BACKOFF) {
		vm->asked++;
		sum->asked++;
	}
	if (result == MON_RESULT_OK) {
		vm->answered++;
		sum->answered++;
		vm->silence.polls = 0;
		return;
	}
	if (vm->silent[bin] < UINT16_MAX)
		vm->silent[bin]++;
	if (vm->silence.polls == 0)
		vm->silence.from = t;
	if (vm->silence.polls++ == 0 || result != MON_RESULT_BACKOFF)
		vm->silence.last = result;
	vm->silence.to = t;
	if (vm->silence.polls > vm->longest.polls)
		vm->longest = vm->silence;
}

/* ---- cpu.csv and xen.csv ---- */

/* The CPUs of one poll are added up; a poll has one time. */
static void
add_machine(struct mon_sum *sum, time_t t, double busy)
{
	if (t != sum->machine_t && sum->machine_t >= sum->from && sum->machine_t != 0)
		add_sample(&sum->machine, mon_sum_bin(sum, sum->machine_t), sum->machine_now);
	if (t != sum->machine_t)
		sum->machine_now = 0;
	sum->machine_t = t;
	sum->machine_now += busy;
}

static void
add_xen(struct mon_sum *sum, struct mon_sum_vm *vm, time_t t, const struct mon_str *fields)
{
	const uint64_t ms = whole(fields[MON_XEN_MS]);
	const time_t apart = t - vm->xen_t;

	/* A qube that began anew counts from 0; its first figure is no difference. */
	if (vm->xen_t != 0 && apart > 0 && apart <= MON_LIE_GAP_S && ms >= vm->xen_ms) {
		const double used = (double)(ms - vm->xen_ms) / 1000;

		sum->xen = true;
		vm->xen_cpu = (vm->xen_cpu < 0 ? 0 : vm->xen_cpu) + used;
		vm->xen_time += (double)apart;
		/* The figure is one of all the time since the last one. */
		for (size_t b = mon_sum_bin(sum, vm->xen_t); b <= mon_sum_bin(sum, t - 1); b++)
			add_sample(&vm->xen, b, used / (double)apart);
	}
	vm->xen_ms = ms;
	vm->xen_t = t;
}

/* What Xen says is compared with what the qube says; rows come by time. */
static void
add_compared(struct mon_sum_vm *vm, time_t t, enum mon_kind kind, const struct mon_str *fields)
{
	const enum mon_lie_verdict verdict = mon_lie_take(&vm->compared, t, kind, fields);
	struct mon_sum_lie *now = &vm->lying;

	if (verdict == MON_LIE_NOTHING)
		return;
	if (verdict == MON_LIE_AGREES || t < now->to || t - now->to > MON_LIE_GAP_S)
		*now = (struct mon_sum_lie){ .from = t };
	if (verdict == MON_LIE_AGREES)
		return;
	now->to = t;
	for (size_t i = 0; i < MON_LIE_OFS; i++) {
		if (!vm->compared.pair[i].differs)
			continue;
		now->minutes[i]++;
		now->says[i] += vm->compared.pair[i].says;
		now->xen[i] += vm->compared.pair[i].xen;
	}
	if (now->to - now->from >= MON_LIE_FOR_S &&
	    now->to - now->from >= vm->lie.to - vm->lie.from)
		vm->lie = *now;
}

/* ---- rows ---- */

static int
add_row(struct mon_sum *sum, const struct mon_rec *rec)
{
	const enum mon_kind kind = mon_schema_kind(rec->payload.table);
	const time_t t = rec->t;
	struct mon_str fields[MON_COLS_MAX];
	struct mon_sum_vm *vm;
	size_t bin;
	int r;

	if (t < sum->from || t >= sum->to)
		return 0;
	bin = mon_sum_bin(sum, t);
	vm = find_vm(sum, rec->vm, &r);
	if (vm == NULL)
		return r;
	mon_wire_split(&rec->payload, fields);
	sum->rows++;
	if ((MON_LIE_KINDS >> kind & 1) != 0)
		add_compared(vm, t, kind, fields);
	switch (kind) {
	case MON_KIND_SYS:
		add_sys(vm, t, bin, fields);
		return sum->by_scrape ? 0 : add_poll(sum, t);
	case MON_KIND_NET: add_net(vm, fields); break;
	case MON_KIND_DISK: add_disk(vm, t, fields); break;
	case MON_KIND_ALERT:
		if (fields[0].p[0] == '!')
			add_incident(sum, rec);
		else
			vm->alerts++;
		break;
	case MON_KIND_SCRAPE: add_scrape(sum, vm, t, bin, fields[0]); return add_poll(sum, t);
	case MON_KIND_CPU: {
		const double busy = mon_number_value(fields[MON_CPU_BUSY]);

		vm->busy_sum += busy;
		vm->busy_samples++;
		add_sample(&vm->busy, bin, busy);
		add_machine(sum, t, busy);
		break;
	}
	case MON_KIND_XEN: add_xen(sum, vm, t, fields); break;
	default: break;
	}
	return 0;
}

/* The files that are compared, by time. */
static int
add_merged(struct mon_sum *sum, struct mon_reader_day *day)
{
	const struct mon_reader_filter all = day->filter;
	struct mon_reader_filter some = all;
	int err[MON_KINDS];
	struct mon_rec rec;
	int r = 0;

	memcpy(err, day->err, sizeof(err));

	some.kinds = (all.kinds == 0 ? MON_READER_ALL : all.kinds) & MON_LIE_KINDS;
	mon_reader_day_want(day, &some);
	while (r == 0 && mon_reader_day_next(day, &rec) > 0)
		r = add_row(sum, &rec);
	mon_reader_day_want(day, &all);
	for (size_t k = 0; k < MON_KINDS; k++)
		if (day->err[k] == 0)
			day->err[k] = err[k]; /* what was wrong before stays so */
	return r;
}

/* Each file by itself: the order between files says nothing here, and merging them costs. */
static int
add_file(struct mon_sum *sum, struct mon_reader *file, int *ret_err)
{
	struct mon_rec rec;
	int r;

	while ((r = mon_reader_next(file, &rec)) > 0) {
		r = add_row(sum, &rec);
		if (r < 0)
			return r;
	}
	if (r < 0 && *ret_err == 0)
		*ret_err = r;
	return 0;
}

int
mon_sum_day(struct mon_sum *sum, struct mon_reader_day *day)
{
	/* First those that the others ask: who was asked, and when. */
	static const enum mon_kind order[] = { MON_KIND_SCRAPE, MON_KIND_SYS, MON_KIND_CPU,
		MON_KIND_NET, MON_KIND_DISK, MON_KIND_ALERT };
	const bool merged = day->file[MON_KIND_XEN].fd >= 0;
	int r = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && r == 0; i++) {
		struct mon_reader *file = &day->file[order[i]];

		if (file->fd >= 0 && !(merged && (MON_LIE_KINDS >> order[i] & 1) != 0))
			r = add_file(sum, file, &day->err[order[i]]);
		if (order[i] != MON_KIND_SCRAPE)
			continue;
		sum->by_scrape = sum->by_scrape || sum->npolls > 0;
		if (merged && r == 0)
			r = add_merged(sum, day);
	}
	return r;
}

/* ---- the end ---- */

static int
compare_times(const void *a, const void *b)
{
	const time_t x = *(const time_t *)a, y = *(const time_t *)b;

	return (x > y) - (x < y);
}

/* Put the polls in order, each once: the clock may have been set back. */
static void
sort_polls(struct mon_sum *sum)
{
	size_t kept = 0;

	if (sum->npolls > 0)
		qsort(sum->polls, sum->npolls, sizeof(*sum->polls), compare_times);
	for (size_t i = 0; i < sum->npolls; i++)
		if (kept == 0 || sum->polls[i] != sum->polls[kept - 1])
			sum->polls[kept++] = sum->polls[i];
	sum->npolls = kept;
}

/* The most common time between two polls, of those up to an hour. */
static time_t
find_interval(const struct mon_sum *sum)
{
	static uint32_t counts[3601];
	time_t best = 0;

	memset(counts, 0, sizeof(counts));
	for (size_t i = 1; i < sum->npolls; i++) {
		const time_t between = sum->polls[i] - sum->polls[i - 1];

		if (between > 0 && between <= 3600)
			counts[between]++;
	}
	for (time_t s = 1; s <= 3600; s++)
		if (counts[s] > counts[best])
			best = s;
	return best;
}

/* Of too many gaps the shortest goes. */
static void
add_gap(struct mon_sum *sum, time_t from, time_t to)
{
	size_t shortest = 0;

	if (sum->ngaps == MON_SUM_GAPS) {
		for (size_t i = 1; i < sum->ngaps; i++)
			if (sum->gaps[i].to - sum->gaps[i].from <
			    sum->gaps[shortest].to - sum->gaps[shortest].from)
				shortest = i;
		if (to - from <= sum->gaps[shortest].to - sum->gaps[shortest].from)
			return;
		memmove(&sum->gaps[shortest], &sum->gaps[shortest + 1],
		    (sum->ngaps - shortest - 1) * sizeof(sum->gaps[0]));
		sum->ngaps--;
	}
	sum->gaps[sum->ngaps++] = (struct mon_sum_gap){ from, to };
}

static void
find_gaps(struct mon_sum *sum)
{
	/* Three polls that did not come, and a minute at least: one late poll is no gap. */
	const time_t least = 3 * sum->interval > 60 ? 3 * sum->interval : 60;
	time_t last = sum->from;

	for (size_t i = 0; i < sum->npolls; i++) {
		if (sum->polls[i] - last > least)
			add_gap(sum, last, sum->polls[i]);
		last = sum->polls[i];
	}
	if (sum->until - last > least)
		add_gap(sum, last, sum->until);
}

bool
mon_sum_ran(const struct mon_sum_vm *vm)
{
	return vm->samples > 0 || vm->asked > 0 || vm->xen_cpu >= 0;
}

size_t
mon_sum_qubes(const struct mon_sum *sum, bool *ret_dom0)
{
	size_t n = 0;

	for (size_t i = 0; i < sum->n; i++)
		n += strcmp(sum->vms[i]->name, MON_QUBES_DOM0) != 0;
	*ret_dom0 = n < sum->n;
	return n;
}

time_t
mon_sum_end_of_record(const struct mon_sum *sum)
{
	const struct mon_sum_gap *last = sum->ngaps > 0 ? &sum->gaps[sum->ngaps - 1] : NULL;

	return last != NULL && last->to == sum->until ? last->from : sum->until;
}

bool
mon_sum_by_xen(const struct mon_sum_vm *vm)
{
	return vm->samples == 0 && vm->xen_cpu >= 0;
}

double
mon_sum_xen_mean(const struct mon_sum_vm *vm)
{
	return vm->xen_time > 0 ? vm->xen_cpu / vm->xen_time : 0;
}

double
mon_sum_xen_most(const struct mon_sum_vm *vm)
{
	double most = 1;

	for (size_t b = 0; b < MON_SUM_BINS; b++)
		if (mon_sum_mean(&vm->xen, b) > most)
			most = mon_sum_mean(&vm->xen, b);
	return most;
}

static int
compare_vms(const void *a, const void *b)
{
	const struct mon_sum_vm *x = *(struct mon_sum_vm *const *)a,
				*y = *(struct mon_sum_vm *const *)b;

	if (x->hottest != y->hottest)
		return x->hottest < y->hottest ? 1 : -1;
	if (x->cpu_max != y->cpu_max)
		return x->cpu_max < y->cpu_max ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* A sample stands for the time since the one before: up to ${n} parts, where polls are that rare. */
static void
spread(struct mon_bins *bins, size_t n)
{
	size_t next = MON_SUM_BINS; /* none */

	for (size_t b = MON_SUM_BINS; b-- > 0;) {
		if (bins->n[b] > 0) {
			next = b;
		} else if (next < MON_SUM_BINS && next - b < n) {
			bins->sum[b] = bins->sum[next];
			bins->max[b] = bins->max[next];
			bins->n[b] = bins->n[next];
		}
	}
}

void
mon_sum_end(struct mon_sum *sum)
{
	size_t kept = 0, parts;

	add_machine(sum, 0, 0); /* the last poll's */
	sort_polls(sum);
	sum->interval = find_interval(sum);
	find_gaps(sum);
	parts = (size_t)((sum->interval * MON_SUM_BINS + sum->to - sum->from - 1) /
			 (sum->to - sum->from));
	spread(&sum->machine, parts);
	for (size_t i = 0; i < sum->n; i++) {
		spread(&sum->vms[i]->cpu, parts);
		spread(&sum->vms[i]->busy, parts);
		if (mon_sum_ran(sum->vms[i]))
			sum->vms[kept++] = sum->vms[i];
		else
			free(sum->vms[i]);
	}
	sum->n = kept;
	if (kept > 0)
		qsort(sum->vms, kept, sizeof(*sum->vms), compare_vms);
}
