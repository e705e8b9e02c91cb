/* tail.c - the last rows of scrape.csv; see tail.h. */
#include <string.h>

#include "reader.h"
#include "schema.h"
#include "shape.h"
#include "tail.h"
#include "wire.h"

/* The columns behind ts and vm, in the order of the table. */
enum { RESULT, MS, BYTES, LINES, REJECTED };

const struct mon_tail_row *
mon_tail_find(const struct mon_tail *tail, const char *vm)
{
	for (size_t i = 0; i < tail->n; i++)
		if (strcmp(tail->qube[i].vm, vm) == 0)
			return &tail->qube[i];
	return NULL;
}

/* A row as its figures; false if its result is no word of ours. */
static bool
take_row(const struct mon_rec *rec, struct mon_tail_row *ret)
{
	struct mon_str field[MON_COLS_MAX];

	memset(ret, 0, sizeof(*ret));
	mon_wire_split(&rec->payload, field);
	memcpy(ret->vm, rec->vm.p, rec->vm.n); /* checked: at most MON_VM_MAX */
	ret->ts = rec->t;
	ret->result = mon_result_find(field[RESULT].p, field[RESULT].n);
	return ret->result != MON_RESULT_NONE &&
	       mon_shape_number(field[BYTES].p, field[BYTES].n, &ret->bytes) &&
	       mon_shape_number(field[REJECTED].p, field[REJECTED].n, &ret->rejected);
}

/* Take the rows before the place of ${r}, the last one first.  Return 0 or -errno. */
static int
read_back(struct mon_reader *r, struct mon_tail *ret)
{
	struct mon_tail_row row;
	struct mon_rec rec;
	int more = 1;

	for (size_t i = 0; i < MON_TAIL_ROWS && (more = mon_reader_prev(r, &rec)) > 0; i++) {
		if (!take_row(&rec, &row)) {
			ret->bad++;
			continue;
		}
		/* The order of the file counts, not that of the stamps: the clock may have jumped. */
		if (ret->rows++ == 0)
			ret->last = row.ts;
		if (row.ts > ret->newest)
			ret->newest = row.ts;
		if (ret->n < MON_VMS_MAX && mon_tail_find(ret, row.vm) == NULL)
			ret->qube[ret->n++] = row;
	}
	ret->bad += r->bad;
	return more < 0 ? more : 0;
}

int
mon_tail_read(int dayfd, struct mon_tail *ret)
{
	static struct mon_reader reader;
	static struct mon_tail tail;
	const struct mon_table *table = &mon_schema[MON_KIND_SCRAPE];
	struct mon_tail_row row;
	struct mon_rec rec;
	int r = mon_reader_open(&reader, dayfd, table->file, table);

	if (r < 0)
		return r;
	memset(&tail, 0, sizeof(tail));
	r = mon_reader_next(&reader, &rec);
	if (r > 0 && take_row(&rec, &row))
		tail.first = row.ts;
	if (r >= 0)
		r = mon_reader_end(&reader);
	reader.bad = 0; /* those before the first row do not lie in the end */
	if (r >= 0)
		r = read_back(&reader, &tail);
	mon_reader_close(&reader);
	if (r == 0)
		*ret = tail;
	return r;
}
