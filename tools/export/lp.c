/*
 * lp.c - InfluxDB's line protocol, which VictoriaMetrics, Telegraf and QuestDB take as well:
 *
 *	network,vm=work,if=eth0 rx_bytes=1i,rx_errs=0i 1756641610000000000
 *
 * (docs.influxdata.com, "Line protocol".)  Times are nanoseconds, the default of all of them.
 */
#include "export.h"
#include "unit.h"

#define NS_PER_S 1000000000

/* The bytes that have a meaning in the key or value of a tag. */
static const char SPECIAL[] = ",= ";

static void
put_tag(struct mon_unit *u, struct mon_str key, struct mon_str value)
{
	mon_unit_text(u, ",");
	mon_unit_str(u, key);
	mon_unit_text(u, "=");
	mon_unit_escaped(u, value, SPECIAL, '\\');
}

static void
put_tags(struct mon_unit *u, const struct mon_tags *tags, const struct mon_export_row *row)
{
	put_tag(u, mon_str("vm"), row->vm);
	for (size_t i = 0; i < row->table->ncols; i++) {
		const struct mon_col *col = &row->table->cols[i];

		if (col->shape == MON_NAME || col->shape == MON_WORD)
			put_tag(u, mon_str(col->name), row->fields[i]);
	}
	for (size_t i = 0; i < tags->n; i++)
		put_tag(u, tags->list[i].key, tags->list[i].value);
	if (row->repeat > 1) {
		mon_unit_text(u, ",n=");
		mon_unit_number(u, row->repeat);
	}
}

static void
put_value(struct mon_unit *u, const struct mon_col *col, struct mon_str field)
{
	mon_unit_text(u, col->name);
	mon_unit_text(u, "=");
	if (col->shape == MON_TEXT) {
		mon_unit_text(u, "\"");
		mon_unit_escaped(u, field, "\"\\", '\\');
		mon_unit_text(u, "\"");
		return;
	}
	mon_unit_str(u, mon_export_number(field));
	if (col->shape == MON_INT || col->shape == MON_PERCENT)
		mon_unit_text(
		    u, "i"); /* else it is a float, for good: a field never changes its type */
}

static int
put_row(struct mon_out *out, const struct mon_tags *tags, const struct mon_export_row *row)
{
	struct mon_unit u;
	const char *separator = " ";

	u.n = 0;
	mon_unit_str(&u, mon_export_stem(row->table));
	put_tags(&u, tags, row);
	for (size_t i = 0; i < row->table->ncols; i++) {
		const struct mon_col *col = &row->table->cols[i];

		if (!mon_export_is_value(col->shape) && col->shape != MON_TEXT)
			continue;
		mon_unit_text(&u, separator);
		put_value(&u, col, row->fields[i]);
		separator = ",";
	}
	if (!mon_export_has_values(row->table)) {
		mon_unit_text(&u, separator);
		mon_unit_text(&u, "value=1i");
	}
	mon_unit_text(&u, " ");
	mon_unit_number(&u, (uint64_t)row->t);
	mon_unit_text(&u, "000000000\n");
	return mon_out_put(out, u.p, u.n);
}

const struct mon_export_format mon_export_lp = {
	.name = "lp",
	.about = "InfluxDB's line protocol (VictoriaMetrics, Telegraf)",
	.repeats = true,
	.chunks = true,
	.t_max = INT64_MAX / NS_PER_S, /* all of them keep 64 bits with a sign */
	.row = put_row,
};
