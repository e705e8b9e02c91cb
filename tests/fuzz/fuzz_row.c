/* fuzz_row.c - rows of the files: what is one comes back as the same bytes, by both ways.  See row.h. */
#include "fuzz.h"
#include "row.h"
#include "shape.h"
#include "stamp.h"

static struct fuzz_room room;

static void
check_row(const struct mon_table *table, const char *line, size_t len, const struct mon_rec *rec)
{
	char row[MON_ROW_MAX], stamped[MON_STAMPED_MAX + 1];
	const struct mon_str said = rec->payload.untrusted_text;
	struct mon_rec again;
	size_t n = mon_wire_row(rec, row);
	time_t t;

	MUST(rec->payload.table == table && rec->ts.p == line &&
	     mon_stamp_parse(rec->ts.p, rec->ts.n, &t));
	MUST(mon_shape_check(MON_VM, rec->vm.p, rec->vm.n));
	MUST(n <= sizeof(row));
	fuzz_row(row, n, table->ncols + 2);
	/* Texts that begin as a formula does were filed by older versions: that character is mended. */
	if (!mon_text_formula(said.p, said.n))
		MUST(n == len + 1 && memcmp(row, line, len) == 0);
	MUST(mon_row_parse(table, row, n - 1, &again) && mon_wire_row(&again, stamped) == n &&
	     memcmp(stamped, row, n) == 0);
	n = mon_wire_line(rec, stamped);
	MUST(n <= sizeof(stamped) && mon_wire_parse(stamped, n - 1, &again) == MON_WIRE_OK);
	MUST(again.payload.table == table && mon_str_same(again.ts, rec->ts) &&
	     mon_str_same(again.vm, rec->vm));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t at = 0; at <= size;) {
		const uint8_t *lf = at < size ? memchr(data + at, '\n', size - at) : NULL;
		const size_t len = lf != NULL ? (size_t)(lf - data) - at : size - at;
		const char *line = fuzz_place(&room, data + at, len);

		for (size_t kind = 0; kind < MON_KINDS; kind++) {
			struct mon_rec rec, before;

			memset(&rec, 0xa5, sizeof(rec));
			memcpy(&before, &rec, sizeof(rec));
			if (mon_row_parse(&mon_schema[kind], line, len, &rec))
				check_row(&mon_schema[kind], line, len, &rec);
			else
				MUST(memcmp(&before, &rec, sizeof(rec)) == 0);
		}
		at += len + 1;
	}
	return 0;
}
