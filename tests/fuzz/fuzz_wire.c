/* fuzz_wire.c - a line of the stream: what is taken becomes one clean row; see wire.h. */
#include "fuzz.h"
#include "shape.h"
#include "stamp.h"
#include "wire.h"

static struct fuzz_room whole, single;

static bool
same_str(struct mon_str a, struct mon_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool
same_payload(const struct mon_payload *a, const struct mon_payload *b)
{
	return a->table == b->table && same_str(a->fields, b->fields) &&
	       same_str(a->untrusted_text, b->untrusted_text) && a->own == b->own;
}

static size_t
check_payload(const char *line, size_t len, enum mon_sender sender, char *stamped)
{
	const struct mon_payload before = { .own = true };
	struct mon_payload p = before, again;
	enum mon_wire_err err = mon_wire_payload(line, len, sender, &p);
	struct mon_rec rec;
	size_t n, m;
	static char twice[MON_ROW_MAX];

	if (err != MON_WIRE_OK) {
		MUST(memcmp(&p, &before, sizeof(p)) == 0);
		return 0;
	}
	MUST(sender == MON_FROM_COLLECTOR || p.table->sender == MON_FROM_GUEST);
	MUST(mon_wire_payload(line, len, MON_FROM_COLLECTOR, &again) == MON_WIRE_OK);
	MUST(again.table == p.table && same_str(again.fields, p.fields));
	n = mon_wire_stamp("2025-08-31T12:00:10Z", "work", &p, stamped);
	MUST(n > 0 && n <= MON_ROW_MAX && stamped[n - 1] == '\n');
	fuzz_harmless(stamped, n - 1);
	/* What we stamp must be taken by the next tool, and mean the same there. */
	MUST(mon_wire_parse(stamped, n - 1, &rec) == MON_WIRE_OK);
	MUST(rec.payload.table == p.table && same_str(rec.payload.fields, p.fields));
	MUST(rec.vm.n == 4 && memcmp(rec.vm.p, "work", 4) == 0);
	/* A guest's '!' is gone, so that what the stream says of itself cannot be forged. */
	if (sender == MON_FROM_GUEST && rec.payload.untrusted_text.n > 0)
		MUST(rec.payload.untrusted_text.p[0] != '!');
	/* Once clean, always the same. */
	m = mon_wire_stamp("2025-08-31T12:00:10Z", "work", &rec.payload, twice);
	MUST(m == n && memcmp(twice, stamped, n) == 0);
	return n;
}

static void
check_row(const struct mon_rec *rec)
{
	static char row[MON_ROW_MAX];
	char ts[MON_STAMP_LEN + 1];
	size_t n = mon_wire_row(rec, row);
	time_t t;

	MUST(n <= MON_ROW_MAX);
	fuzz_row(row, n, 2 + rec->payload.table->ncols);
	MUST(mon_stamp_parse(rec->ts.p, rec->ts.n, &t) && mon_stamp_format(t, ts));
	MUST(memcmp(ts, row, MON_STAMP_LEN) == 0 && memcmp(ts, rec->ts.p, MON_STAMP_LEN) == 0);
	MUST(mon_shape_check(MON_VM, rec->vm.p, rec->vm.n));
	/* Every field of the row, not only of the line, is of its column's shape. */
	const char *p = row + MON_STAMP_LEN + 1 + rec->vm.n + 1;
	for (size_t i = 0; i < rec->payload.table->ncols; i++) {
		bool last = i + 1 == rec->payload.table->ncols;
		const char *end = last ? row + n - 1 : memchr(p, ',', (size_t)(row + n - p));

		MUST(end != NULL);
		MUST(mon_shape_check(rec->payload.table->cols[i].shape, p, (size_t)(end - p)));
		/* No spreadsheet runs a field; to one, a number below zero is a number. */
		MUST(!mon_text_formula(p, (size_t)(end - p)) ||
		     rec->payload.table->cols[i].shape == MON_SIGNED);
		p = end + 1;
	}
}

/* The payload that ends the line is what it is alone, where nothing before it can be read. */
static void
check_end(const char *line, size_t len, enum mon_wire_err err, const struct mon_rec *rec)
{
	const char *space = memchr(line, ' ', len);
	struct mon_payload alone;
	const char *p;
	size_t n;

	if (space != NULL)
		space = memchr(space + 1, ' ', len - (size_t)(space + 1 - line));
	if (space == NULL) {
		MUST(err != MON_WIRE_OK);
		return;
	}
	n = len - (size_t)(space + 1 - line);
	p = fuzz_place(&single, space + 1, n);
	if (mon_wire_payload(p, n, MON_FROM_COLLECTOR, &alone) != MON_WIRE_OK) {
		MUST(err != MON_WIRE_OK);
		return;
	}
	MUST(err == MON_WIRE_OK || err == MON_WIRE_STAMP || err == MON_WIRE_QUBE ||
	     (err == MON_WIRE_LONG && len > MON_STAMPED_MAX));
	if (err == MON_WIRE_OK)
		MUST(same_payload(&alone, &rec->payload));
}

static void
check_line(const char *line, size_t len)
{
	const struct mon_rec before = { .vm = { line, 0 } };
	struct mon_rec rec = before;
	enum mon_wire_err err = mon_wire_parse(line, len, &rec);

	MUST(mon_wire_reason(err)[0] != '\0');
	check_end(line, len, err, &rec);
	if (err != MON_WIRE_OK)
		MUST(memcmp(&rec, &before, sizeof(rec)) == 0);
	else
		check_row(&rec);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char stamped[MON_ROW_MAX];
	char *untrusted = fuzz_place(&whole, data, size);

	/* Each line alone, then where it stands. */
	for (size_t at = 0; at <= size;) {
		const char *lf = at < size ? memchr(untrusted + at, '\n', size - at) : NULL;
		size_t len = lf != NULL ? (size_t)(lf - untrusted) - at : size - at;
		char *line = fuzz_place(&single, untrusted + at, len);

		check_payload(line, len, MON_FROM_GUEST, stamped);
		check_payload(line, len, MON_FROM_COLLECTOR, stamped);
		check_line(untrusted + at, len);
		at += len + 1;
	}
	return 0;
}
