/* fuzz_lie.c - what a qube says and what Xen says, in any order: see lie.h. */
#include <math.h>

#include "columns.h"
#include "fuzz.h"
#include "lie.h"
#include "shape.h"
#include "stamp.h"
#include "wire.h"

static struct fuzz_room room;

static uint64_t
number(struct mon_str s)
{
	return mon_shape_value(s.p, s.n);
}

/* The verdict follows from the pairs, and the pairs from what came. */
static void
check(const struct mon_lie *lie, enum mon_lie_verdict verdict, const struct mon_str *fields,
    uint64_t total)
{
	bool differs = false, known = false;

	for (size_t i = 0; i < MON_LIE_OFS; i++) {
		const struct mon_lie_pair *pair = &lie->pair[i];

		MUST(!pair->differs || pair->known);
		differs = differs || pair->differs;
		known = known || pair->known;
		if (!pair->known)
			continue;
		MUST(isfinite(pair->says) && isfinite(pair->xen) && pair->says >= 0 &&
		     pair->xen >= 0);
		MUST(pair->differs == mon_lie_differs((enum mon_lie_of)i, pair->says, pair->xen));
		MUST(!mon_lie_differs((enum mon_lie_of)i, pair->says, pair->says));
	}
	MUST((verdict == MON_LIE_DIFFERS) == differs);
	MUST(verdict != MON_LIE_AGREES || known);
	if (lie->pair[MON_LIE_MEMORY].known) {
		MUST(lie->pair[MON_LIE_MEMORY].says == (double)total);
		MUST(lie->pair[MON_LIE_MEMORY].xen == (double)number(fields[MON_XEN_MEMORY]));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mon_lie lie = { 0 };
	uint64_t total = 0;

	for (size_t at = 0; at <= size;) {
		const uint8_t *lf = at < size ? memchr(data + at, '\n', size - at) : NULL;
		const size_t len = lf != NULL ? (size_t)(lf - data) - at : size - at;
		const char *line = fuzz_place(&room, data + at, len);
		struct mon_str fields[MON_COLS_MAX];
		enum mon_lie_verdict verdict;
		struct mon_rec rec;
		enum mon_kind kind;
		time_t t;

		at += len + 1;
		if (mon_wire_parse(line, len, &rec) != MON_WIRE_OK)
			continue;
		MUST(mon_stamp_parse(rec.ts.p, rec.ts.n, &t));
		kind = mon_schema_kind(rec.payload.table);
		mon_wire_split(&rec.payload, fields);
		verdict = mon_lie_take(&lie, t, kind, fields);
		if (kind == MON_KIND_SYS)
			total = number(fields[MON_SYS_TOTAL]);
		if (kind != MON_KIND_XEN)
			MUST(verdict == MON_LIE_NOTHING);
		else if (verdict != MON_LIE_NOTHING)
			check(&lie, verdict, fields, total);
	}
	return 0;
}
