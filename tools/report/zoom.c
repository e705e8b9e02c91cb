/* zoom.c - ten minutes at full resolution; see zoom.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "number.h"
#include "text.h"
#include "zoom.h"

#define QUIET_PCT 5 /* a qube that never had so much of its CPUs did next to nothing */
#define END_S                                                                                      \
	300 /* a recording has ended when nothing comes for so long: a shorter gap is a slow poll */

size_t
mon_zoom_find(const struct mon_sum *sum, time_t around, struct mon_zoom ret[MON_ZOOMS])
{
	size_t n = 0;

	memset(ret, 0, MON_ZOOMS * sizeof(*ret));
	if (around != 0) {
		ret[0].at = around;
		ret[0].from = around - MON_ZOOM_S / 2;
		ret[0].to = ret[0].from + MON_ZOOM_S;
		return 1;
	}
	for (size_t i = sum->ngaps; i-- > 0 && n < MON_ZOOMS;) {
		const time_t end = sum->gaps[i].from;

		/* The span begins with a gap where nothing was recorded before: nothing ended there. */
		if (end == sum->from || sum->gaps[i].to - end < END_S)
			continue;
		ret[n].ended = true;
		ret[n].at = end;
		ret[n].to = end + 1;
		ret[n++].from = end + 1 - MON_ZOOM_S;
	}
	/* By time. */
	for (size_t i = 0; i < n / 2; i++) {
		const struct mon_zoom swap = ret[i];

		ret[i] = ret[n - 1 - i];
		ret[n - 1 - i] = swap;
	}
	return n;
}

static struct mon_zoom_vm *
find_vm(struct mon_zoom *zoom, struct mon_str name)
{
	struct mon_zoom_vm *vms;

	for (size_t i = 0; i < zoom->n; i++)
		if (mon_str_is(name, zoom->vms[i].name))
			return &zoom->vms[i];
	if (zoom->n == MON_VMS_MAX)
		return NULL;
	vms = reallocarray(zoom->vms, zoom->n + 1, sizeof(*vms));
	if (vms == NULL)
		return NULL;
	zoom->vms = vms;
	vms += zoom->n++;
	*(char *)mempcpy(vms->name, name.p, name.n) = '\0';
	vms->max = -1;
	for (size_t s = 0; s < MON_ZOOM_S; s++)
		vms->cpu[s] = -1;
	return vms;
}

static int
add_sys(struct mon_zoom *zoom, const struct mon_rec *rec)
{
	struct mon_zoom_vm *vm = find_vm(zoom, rec->vm);
	struct mon_str fields[MON_COLS_MAX];
	double cpu;

	if (vm == NULL)
		return zoom->n == MON_VMS_MAX ? 0 : -ENOMEM;
	mon_wire_split(&rec->payload, fields);
	cpu = 100 - mon_number_value(fields[MON_SYS_IDLE]);
	cpu = cpu < 0 ? 0 : cpu;
	vm->cpu[rec->t - zoom->from] = (float)cpu;
	if ((float)cpu > vm->max)
		vm->max = (float)cpu;
	return 0;
}

static void
add_alert(struct mon_zoom *zoom, const struct mon_rec *rec)
{
	struct mon_str fields[MON_COLS_MAX];
	struct mon_zoom_alert *a;

	mon_wire_split(&rec->payload, fields);
	zoom->all_alerts++;
	if (zoom->nalerts == MON_ZOOM_ALERTS) {
		memmove(zoom->alerts, zoom->alerts + 1, (MON_ZOOM_ALERTS - 1) * sizeof(*a));
		zoom->nalerts--;
	}
	a = &zoom->alerts[zoom->nalerts++];
	a->t = rec->t;
	*(char *)mempcpy(a->vm, rec->vm.p, rec->vm.n) = '\0';
	a->msg[mon_text_clean(a->msg, fields[0].p, fields[0].n, true)] = '\0';
}

static int
read_file(struct mon_zoom *zoom, struct mon_reader *file, const struct mon_reader_filter *filter)
{
	const size_t bad = file->bad;
	struct mon_rec rec;
	int r = 0;

	/* The sum has met the same file, and told of it. */
	if (file->fd < 0 || mon_reader_want(file, filter) < 0)
		return 0;
	while (r == 0 && mon_reader_next(file, &rec) > 0) {
		if (mon_schema_kind(rec.payload.table) == MON_KIND_ALERT)
			add_alert(zoom, &rec);
		else
			r = add_sys(zoom, &rec);
	}
	file->bad = bad;
	return r;
}

/* A sample stands for the time since the one before, where that is a minute at most. */
static void
fill(struct mon_zoom_vm *vm)
{
	int last = -1;

	for (int s = 0; s < MON_ZOOM_S; s++) {
		if (vm->cpu[s] < 0)
			continue;
		for (int i = last < 0 || s - last > 60 ? s - 9 : last + 1; i < s; i++)
			if (i >= 0)
				vm->cpu[i] = vm->cpu[s];
		last = s;
	}
}

static int
compare_vms(const void *a, const void *b)
{
	const struct mon_zoom_vm *x = a, *y = b;

	if (x->max != y->max)
		return x->max < y->max ? 1 : -1;
	return strcmp(x->name, y->name);
}

int
mon_zoom_read(struct mon_zoom *zoom, struct mon_reader_day *day)
{
	struct mon_reader_filter filter = day->filter;
	int r;

	filter.from = zoom->from;
	filter.to = zoom->to;
	r = read_file(zoom, &day->file[MON_KIND_SYS], &filter);
	if (r == 0)
		r = read_file(zoom, &day->file[MON_KIND_ALERT], &filter);
	for (size_t i = 0; i < zoom->n; i++)
		fill(&zoom->vms[i]);
	if (zoom->n > 0)
		qsort(zoom->vms, zoom->n, sizeof(*zoom->vms), compare_vms);
	return r;
}

size_t
mon_zoom_shown(const struct mon_zoom *zoom)
{
	size_t n = 0;

	while (n < zoom->n && n < MON_ZOOM_SHOWN && (n < 3 || zoom->vms[n].max >= QUIET_PCT))
		n++;
	return n;
}

void
mon_zoom_free(struct mon_zoom *zoom)
{
	free(zoom->vms);
	memset(zoom, 0, sizeof(*zoom));
}
