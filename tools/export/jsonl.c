/*
 * jsonl.c - JSON lines: one object a row (RFC 8259).
 *
 *	{"ts":"2025-08-31T12:00:10Z","vm":"work","kind":"conn","tcp_established":12,"udp_sockets":4}
 *
 * Numbers stand as they were filed.  A counter may be larger than 2^53, which readers that know
 * only doubles round.
 */
#include "export.h"
#include "unit.h"

static void
put_key(struct mon_unit *u, struct mon_str key)
{
	mon_unit_text(u, ",\"");
	mon_unit_str(u, key);
	mon_unit_text(u, "\":");
}

static void
put_string(struct mon_unit *u, struct mon_str value)
{
	mon_unit_text(u, "\"");
	/* Control bytes, which would need \u00XX, are in no checked field. */
	mon_unit_escaped(u, value, "\"\\", '\\');
	mon_unit_text(u, "\"");
}

/* A stamp, a qube's name or a kind: no byte of these needs an escape. */
static void
put_plain(struct mon_unit *u, struct mon_str value)
{
	mon_unit_text(u, "\"");
	mon_unit_str(u, value);
	mon_unit_text(u, "\"");
}

static int
put_row(struct mon_out *out, const struct mon_tags *tags, const struct mon_export_row *row)
{
	struct mon_unit u;

	u.n = 0;
	mon_unit_text(&u, "{\"ts\":");
	put_plain(&u, row->ts);
	put_key(&u, mon_str("vm"));
	put_plain(&u, row->vm);
	for (size_t i = 0; i < tags->n; i++) {
		put_key(&u, tags->list[i].key);
		put_string(&u, tags->list[i].value);
	}
	put_key(&u, mon_str("kind"));
	put_plain(&u, mon_str(row->table->kind));
	for (size_t i = 0; i < row->table->ncols; i++) {
		const struct mon_col *col = &row->table->cols[i];

		put_key(&u, mon_str(col->name));
		if (mon_export_is_value(col->shape))
			mon_unit_str(&u, mon_export_number(row->fields[i]));
		else
			put_string(&u, row->fields[i]);
	}
	mon_unit_text(&u, "}\n");
	return mon_out_put(out, u.p, u.n);
}

const struct mon_export_format mon_export_jsonl = {
	.name = "jsonl",
	.about = "JSON lines, an object a row",
	.chunks = true,
	.row = put_row,
};
