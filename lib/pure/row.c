/* row.c - read a row of a CSV file; see row.h. */
#include "row.h"
#include "shape.h"
#include "stamp.h"
#include "text.h"

/* The column of ${shape} that begins at ${untrusted} and a comma ends; NULL if there is none. */
static const char *
scan_lead(enum mon_shape shape, const char *untrusted, const char *end)
{
	const char *q = mon_shape_scan(shape, untrusted, end);

	return q != NULL && q < end && *q == ',' ? q : NULL;
}

/* Is this what mon_text_clean() leaves?  How it begins is not asked. */
static bool
is_text(struct mon_str untrusted)
{
	if (untrusted.n > MON_MSG_MAX)
		return false;
	for (size_t i = 0, n; i < untrusted.n; i += n) {
		n = mon_text_rune(untrusted.p + i, untrusted.n - i);
		if (n == 0 || untrusted.p[i] == ',' || untrusted.p[i] == '"')
			return false;
	}
	return true;
}

bool
mon_row_parse(const struct mon_table *table, const char *untrusted, size_t len, struct mon_rec *ret)
{
	const char *end = untrusted + len, *ts = untrusted + MON_STAMP_LEN, *vm;
	struct mon_payload payload;
	time_t t;

	if (len <= MON_STAMP_LEN || *ts != ',' || !mon_stamp_parse(untrusted, MON_STAMP_LEN, &t))
		return false;
	vm = scan_lead(MON_VM, ts + 1, end);
	if (vm == NULL ||
	    mon_wire_fields(table, vm + 1, (size_t)(end - vm) - 1, &payload) != MON_WIRE_OK ||
	    !is_text(payload.untrusted_text))
		return false;
	payload.own = true; /* it stands in the record, so a '!' was let in there */
	*ret = (struct mon_rec){
		.ts = { untrusted, MON_STAMP_LEN },
		.t = t,
		.vm = { ts + 1, (size_t)(vm - ts) - 1 },
		.payload = payload,
	};
	return true;
}
