/*
 * om.c - OpenMetrics 1.0 (github.com/prometheus/OpenMetrics), for promtool tsdb create-blocks-from.
 *
 *	# TYPE network_rx_bytes unknown
 *	network_rx_bytes{vm="work",if="eth0"} 1234567 1756641610
 *	# EOF
 *
 * The format wants all samples of a family together, those of a series behind one another, and
 * their times rising.  Rows come by time, so they are kept in an unlinked temporary file, and 8
 * bytes a row are held to sort them.
 *
 * The type is "unknown" for all: a counter would have to be renamed to end with _total, and names
 * are the same everywhere.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "export.h"
#include "io.h"
#include "unit.h"
#include "unnamed.h"

/* A row in the temporary file: this, then the labels, then the numbers with a comma between two. */
struct kept {
	int64_t t;
	uint32_t kind, labels, values; /* the last two: bytes */
};

static struct {
	int fd;
	char buf[MON_READ_BUF];
	size_t len;      /* in ${buf} */
	uint64_t offset; /* where ${buf} begins in the file */
	uint64_t *rows;  /* where each row begins */
	size_t n, cap;
} spool = { .fd = -1 };

static void
put_label(struct mon_unit *u, struct mon_str key, struct mon_str value)
{
	if (u->n > 0)
		mon_unit_text(u, ",");
	mon_unit_str(u, key);
	mon_unit_text(u, "=\"");
	mon_unit_escaped(u, value, "\"\\", '\\');
	mon_unit_text(u, "\"");
}

static void
put_labels(struct mon_unit *u, const struct mon_tags *tags, const struct mon_export_row *row)
{
	put_label(u, mon_str("vm"), row->vm);
	for (size_t i = 0; i < row->table->ncols; i++) {
		const struct mon_col *col = &row->table->cols[i];

		if (!mon_export_is_value(col->shape))
			put_label(u, mon_str(col->name), row->fields[i]);
	}
	for (size_t i = 0; i < tags->n; i++)
		put_label(u, tags->list[i].key, tags->list[i].value);
	if (row->repeat > 1) {
		mon_unit_text(u, ",n=\"");
		mon_unit_number(u, row->repeat);
		mon_unit_text(u, "\"");
	}
}

static void
put_values(struct mon_unit *u, const struct mon_export_row *row)
{
	const size_t before = u->n;

	for (size_t i = 0; i < row->table->ncols; i++) {
		if (!mon_export_is_value(row->table->cols[i].shape))
			continue;
		if (u->n > before)
			mon_unit_text(u, ",");
		mon_unit_str(u, mon_export_number(row->fields[i]));
	}
	if (u->n == before)
		mon_unit_text(u, "1");
}

static int
begin(struct mon_out *out, const struct mon_tags *tags)
{
	(void)tags;
	spool.fd = mon_unnamed_open();
	if (spool.fd < 0)
		out->failed = "make " MON_UNNAMED;
	return spool.fd < 0 ? spool.fd : 0;
}

static int
flush_spool(struct mon_out *out)
{
	int r = mon_io_write(spool.fd, spool.buf, spool.len);

	if (r < 0)
		out->failed = "write to " MON_UNNAMED;
	spool.offset += spool.len;
	spool.len = 0;
	return r;
}

static int
put_row(struct mon_out *out, const struct mon_tags *tags, const struct mon_export_row *row)
{
	struct kept kept = { .t = row->t, .kind = mon_schema_kind(row->table) };
	struct mon_unit u;
	int r = 0;

	u.n = 0;
	put_labels(&u, tags, row);
	kept.labels = (uint32_t)u.n;
	put_values(&u, row);
	kept.values = (uint32_t)u.n - kept.labels;
	if (sizeof(kept) + u.n > sizeof(spool.buf) - spool.len)
		r = flush_spool(out);
	if (r == 0 && spool.n == spool.cap) {
		size_t cap = spool.cap + spool.cap / 4 + 4096;
		uint64_t *rows = reallocarray(spool.rows, cap, sizeof(*rows));

		if (rows == NULL)
			return -ENOMEM;
		spool.rows = rows;
		spool.cap = cap;
	}
	if (r < 0)
		return r;
	spool.rows[spool.n++] = spool.offset + spool.len;
	memcpy(spool.buf + spool.len, &kept, sizeof(kept));
	memcpy(spool.buf + spool.len + sizeof(kept), u.p, u.n);
	spool.len += sizeof(kept) + u.n;
	return 0;
}

static struct kept
kept_at(const char *map, uint64_t offset)
{
	struct kept kept;

	memcpy(&kept, map + offset, sizeof(kept)); /* it is not aligned there */
	return kept;
}

static bool
same_series(const char *map, uint64_t x, uint64_t y, int *ret_order)
{
	struct kept a = kept_at(map, x), b = kept_at(map, y);
	int order = memcmp(
	    map + x + sizeof(a), map + y + sizeof(b), a.labels < b.labels ? a.labels : b.labels);

	if (a.kind != b.kind)
		order = a.kind < b.kind ? -1 : 1;
	else if (order == 0)
		order = (a.labels > b.labels) - (a.labels < b.labels);
	*ret_order = order;
	return order == 0;
}

/* By kind, series and time; what is the same stays in its order. */
static int
compare(const void *p, const void *q, void *ctx)
{
	const char *map = ctx;
	uint64_t x = *(const uint64_t *)p, y = *(const uint64_t *)q;
	int64_t a, b;
	int order;

	if (!same_series(map, x, y, &order))
		return order;
	a = kept_at(map, x).t;
	b = kept_at(map, y).t;
	return a != b ? (a > b) - (a < b) : (x > y) - (x < y);
}

/* The number of ${row} for the ${place}-th of the columns that hold one. */
static struct mon_str
value_at(const char *row, const struct kept *kept, size_t place)
{
	const char *p = row + sizeof(*kept) + kept->labels, *end = p + kept->values, *comma;

	while (place-- > 0)
		p = (const char *)memchr(p, ',', (size_t)(end - p)) + 1;
	comma = memchr(p, ',', (size_t)(end - p));
	return (struct mon_str){ p, (size_t)((comma != NULL ? comma : end) - p) };
}

/* All samples of one family: the ${place}-th number, which is called ${column}, of the sorted ${rows}. */
static int
put_family(struct mon_out *out, const char *map, const uint64_t *rows, size_t n,
    const struct mon_table *table, const char *column, size_t place)
{
	struct mon_unit name, u;
	int order, r;

	name.n = 0;
	mon_unit_str(&name, mon_export_stem(table));
	mon_unit_text(&name, "_");
	mon_unit_text(&name, column);
	u.n = 0;
	mon_unit_text(&u, "# TYPE ");
	mon_unit_str(&u, (struct mon_str){ name.p, name.n });
	mon_unit_text(&u, " unknown\n");
	r = mon_out_put(out, u.p, u.n);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct kept kept = kept_at(map, rows[i]);

		/* A clock that was set back brought this second twice: the later row counts. */
		if (i + 1 < n && same_series(map, rows[i], rows[i + 1], &order) &&
		    kept_at(map, rows[i + 1]).t == kept.t)
			continue;
		u.n = 0;
		mon_unit_str(&u, (struct mon_str){ name.p, name.n });
		mon_unit_text(&u, "{");
		mon_unit_str(&u, (struct mon_str){ map + rows[i] + sizeof(kept), kept.labels });
		mon_unit_text(&u, "} ");
		mon_unit_str(&u, value_at(map + rows[i], &kept, place));
		mon_unit_text(&u, " ");
		mon_unit_number(&u, (uint64_t)kept.t);
		mon_unit_text(&u, "\n");
		r = mon_out_put(out, u.p, u.n);
	}
	return r;
}

static int
put_kind(struct mon_out *out, const char *map, const uint64_t *rows, size_t n,
    const struct mon_table *table)
{
	size_t place = 0;
	int r = 0;

	for (size_t i = 0; i < table->ncols && r == 0; i++)
		if (mon_export_is_value(table->cols[i].shape))
			r = put_family(out, map, rows, n, table, table->cols[i].name, place++);
	return place > 0 || r < 0 ? r : put_family(out, map, rows, n, table, "value", 0);
}

static int
put_sorted(struct mon_out *out, const char *map)
{
	int r = 0;

	qsort_r(spool.rows, spool.n, sizeof(*spool.rows), compare, (void *)(uintptr_t)map);
	for (size_t i = 0, n; i < spool.n && r == 0; i += n) {
		const uint32_t kind = kept_at(map, spool.rows[i]).kind;

		for (n = 1; i + n < spool.n && kept_at(map, spool.rows[i + n]).kind == kind; n++)
			;
		r = put_kind(out, map, spool.rows + i, n, &mon_schema[kind]);
	}
	return r;
}

static int
end(struct mon_out *out, const struct mon_tags *tags)
{
	static const char TEXT[] = "# EOF\n";
	int r = flush_spool(out);
	char *map;

	(void)tags;
	if (r == 0 && spool.n > 0) {
		map = mmap(NULL, spool.offset, PROT_READ, MAP_PRIVATE, spool.fd, 0);
		r = map != MAP_FAILED ? put_sorted(out, map) : -errno;
		if (map != MAP_FAILED)
			munmap(map, spool.offset);
	}
	close(spool.fd);
	free(spool.rows);
	return r < 0 ? r : mon_out_put(out, TEXT, strlen(TEXT));
}

const struct mon_export_format mon_export_om = {
	.name = "om",
	.about = "OpenMetrics text (promtool tsdb create-blocks-from)",
	.repeats = true,
	.begin = begin,
	.row = put_row,
	.end = end,
};
