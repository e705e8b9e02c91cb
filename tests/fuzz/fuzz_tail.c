/* fuzz_tail.c - the end of a scrape.csv, as mon-doctor reads it; see tail.h. */
#include "fuzz.h"
#include "shape.h"
#include "tail.h"

static struct mon_tail tail;

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_place(&room, data, size);
	struct mon_tail_row row = { .ts = 7 };
	size_t lines = 0;

	if (!mon_tail_parse(p, size, &row))
		MUST(row.ts == 7 && row.vm[0] == '\0');
	else
		MUST(row.result < MON_TARGET_RESULTS && row.result != MON_TARGET_NONE);

	for (size_t i = 0; i < size; i++)
		lines += p[i] == '\n';
	tail.n = tail.rows = tail.bad = 0;
	tail.first = tail.last = tail.newest = 0;
	mon_tail_learn(&tail, p, size);
	MUST(tail.first == 0 && tail.n <= MON_VMS_MAX && tail.n <= tail.rows);
	MUST(tail.rows + tail.bad <= lines + 1 && tail.rows <= lines);
	MUST((tail.rows > 0) == (tail.n > 0));
	for (size_t i = 0; i < tail.n; i++) {
		const struct mon_tail_row *q = &tail.qube[i];

		MUST(mon_shape_check(MON_VM, q->vm, strnlen(q->vm, sizeof(q->vm))));
		MUST(q->at < tail.rows && q->ts <= tail.newest && q->ts >= 0);
		MUST(q->result < MON_TARGET_RESULTS && q->result != MON_TARGET_NONE);
		/* Each qube stands there once. */
		MUST(mon_tail_find(&tail, q->vm) == q);
	}
	return 0;
}
