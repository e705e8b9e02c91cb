/* fuzz_stats.c - dom0's answer to admin.vm.Stats: only checked names and numbers come out; see stats.h. */
#include "fuzz.h"
#include "shape.h"
#include "xen.h"

static struct fuzz_room room;
static struct mon_xen xen, again;

static bool
is_inside(struct mon_str s, const char *p, size_t size)
{
	return s.p >= p && s.p + s.n <= p + size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = fuzz_place(&room, data, size);
	size_t half = size / 2;

	xen.n = xen.at = xen.nrunning = 0;
	xen.over = xen.bad = false;
	again.n = again.at = again.nrunning = 0;
	again.over = again.bad = false;
	mon_xen_learn(&xen, p, size);
	MUST(xen.at <= size && xen.n <= MON_VMS_MAX);
	for (size_t i = 0; i < xen.n; i++) {
		const struct mon_stats *s = &xen.domain[i];

		MUST(is_inside(s->vm, p, size) && mon_shape_check(MON_VM, s->vm.p, s->vm.n));
		MUST(is_inside(s->cpu_ms, p, size) &&
		     mon_shape_check(MON_INT, s->cpu_ms.p, s->cpu_ms.n));
		MUST(is_inside(s->memory_kb, p, size) &&
		     mon_shape_check(MON_INT, s->memory_kb.p, s->memory_kb.n));
		for (size_t j = 0; j < i; j++)
			MUST(!mon_str_same(s->vm, xen.domain[j].vm));
	}
	/* In two pieces it says the same. */
	mon_xen_learn(&again, p, half);
	MUST(again.at <= half);
	mon_xen_learn(&again, p, size);
	MUST(again.n == xen.n && again.at == xen.at && again.over == xen.over &&
	     again.bad == xen.bad);
	return 0;
}
