/* lie.c - does a qube say of itself what Xen says of it?  See lie.h. */
#include "columns.h"
#include "lie.h"
#include "number.h"
#include "shape.h"

bool
mon_lie_differs(enum mon_lie_of of, double says, double xen)
{
	const double larger = says > xen ? says : xen, apart = larger - (says > xen ? xen : says);

	if (of == MON_LIE_MEMORY)
		return apart > MON_LIE_MEMORY_KB + MON_LIE_SHARE * larger;
	if (says > xen)
		return apart > MON_LIE_AT_LEAST && says > MON_LIE_TIMES * xen;
	return apart > MON_LIE_CPUS + MON_LIE_SHARE * larger;
}

/* The row that was held belongs to the time before ${t}: it counts. */
static void
count_held(struct mon_lie *lie, int64_t t)
{
	if (!lie->held || lie->row_t >= t)
		return;
	lie->worked += lie->held_worked;
	lie->covered += lie->held_covered;
	lie->held = false;
}

static void
take_cpu(struct mon_lie *lie, int64_t t, double busy)
{
	const int64_t apart = lie->has_row ? t - lie->row_t : 0;

	if (lie->has_row && apart == 0)
		return; /* a second row of one poll says nothing */
	count_held(lie, t);
	if (apart < 0) {
		lie->worked = lie->covered = 0;
		lie->held = false;
	}
	if (apart > 0 && apart <= MON_LIE_ROW_S) {
		lie->held = true;
		lie->held_worked = busy * (double)apart;
		lie->held_covered = (double)apart;
	}
	lie->has_row = true;
	lie->row_t = t;
}

static void
compare(struct mon_lie_pair *pair, enum mon_lie_of of, double says, double xen)
{
	*pair = (struct mon_lie_pair){ true, mon_lie_differs(of, says, xen), says, xen };
}

static enum mon_lie_verdict
take_xen(struct mon_lie *lie, int64_t t, uint64_t ms, double memory_kb)
{
	struct mon_lie_pair *cpu = &lie->pair[MON_LIE_CPU], *memory = &lie->pair[MON_LIE_MEMORY];
	const int64_t apart = lie->has_xen ? t - lie->xen_t : 0;
	bool polled;

	if (lie->has_xen && apart >= 0 && apart < MON_LIE_NEAR_S)
		return MON_LIE_NOTHING;
	count_held(lie, t);
	cpu->known = cpu->differs = memory->known = memory->differs = false;
	/* A smaller counter is one of a qube that began anew. */
	if (apart > 0 && apart <= MON_LIE_GAP_S && ms >= lie->xen_ms &&
	    lie->covered >= MON_LIE_COVER * (double)apart)
		compare(cpu, MON_LIE_CPU, lie->worked / lie->covered,
		    (double)(ms - lie->xen_ms) / 1000 / (double)apart);
	if (lie->has_total && t >= lie->total_t && t - lie->total_t <= MON_LIE_ROW_S)
		compare(memory, MON_LIE_MEMORY, lie->total_kb, memory_kb);
	lie->has_xen = true;
	lie->xen_t = t;
	lie->xen_ms = ms;
	lie->worked = lie->covered = 0;
	if (cpu->differs || memory->differs)
		return MON_LIE_DIFFERS;
	/* Who left its CPU out of this minute alone is not cleared by its memory. */
	polled = lie->has_row && t >= lie->row_t && t - lie->row_t <= MON_LIE_GAP_S;
	return cpu->known || (memory->known && !polled) ? MON_LIE_AGREES : MON_LIE_NOTHING;
}

enum mon_lie_verdict
mon_lie_take(struct mon_lie *lie, int64_t t, enum mon_kind kind, const struct mon_str *fields)
{
	const struct mon_str *total = &fields[MON_SYS_TOTAL];

	switch (kind) {
	case MON_KIND_CPU: take_cpu(lie, t, mon_number_value(fields[MON_CPU_BUSY])); break;
	case MON_KIND_SYS:
		lie->has_total = true;
		lie->total_t = t;
		lie->total_kb = (double)mon_shape_value(total->p, total->n);
		break;
	case MON_KIND_XEN:
		return take_xen(lie, t, mon_shape_value(fields[MON_XEN_MS].p, fields[MON_XEN_MS].n),
		    (double)mon_shape_value(fields[MON_XEN_MEMORY].p, fields[MON_XEN_MEMORY].n));
	default: break;
	}
	return MON_LIE_NOTHING;
}
