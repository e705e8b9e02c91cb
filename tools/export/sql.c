/*
 * sql.c - statements that PostgreSQL (9.5 and later) and SQLite (3.24 and later) take alike.
 *
 * A table a kind, with types, so that numbers sort and add up as numbers.  The primary key is
 * the time, the qube, the names and "n" (repeat.h): a row that is there already is left alone, so
 * loading the same day twice changes nothing.
 */
#include <string.h>

#include "export.h"
#include "unit.h"

static const char *
type_of(enum mon_shape shape)
{
	switch (shape) {
	case MON_INT:
	case MON_PERCENT: return "bigint";
	case MON_DECIMAL:
	case MON_SIGNED: return "numeric";
	default: return "text";
	}
}

static void
put_column(struct mon_unit *u, struct mon_str name, const char *type)
{
	mon_unit_text(u, ", \"");
	mon_unit_str(u, name);
	mon_unit_text(u, "\" ");
	mon_unit_text(u, type);
	mon_unit_text(u, " NOT NULL");
}

static int
put_table(struct mon_out *out, const struct mon_tags *tags, const struct mon_table *table)
{
	struct mon_unit u;

	u.n = 0;
	mon_unit_text(&u, "CREATE TABLE IF NOT EXISTS \"");
	mon_unit_str(&u, mon_export_stem(table));
	mon_unit_text(&u, "\" (\"ts\" timestamptz NOT NULL, \"vm\" text NOT NULL");
	for (size_t i = 0; i < tags->n; i++)
		put_column(&u, tags->list[i].key, "text");
	for (size_t i = 0; i < table->ncols; i++)
		put_column(&u, mon_str(table->cols[i].name), type_of(table->cols[i].shape));
	mon_unit_text(&u, ", \"n\" bigint NOT NULL, PRIMARY KEY (\"ts\", \"vm\"");
	for (size_t i = 0; i < tags->n; i++) {
		mon_unit_text(&u, ", \"");
		mon_unit_str(&u, tags->list[i].key);
		mon_unit_text(&u, "\"");
	}
	for (size_t i = 0; i < table->ncols; i++) {
		if (table->cols[i].shape != MON_NAME)
			continue;
		mon_unit_text(&u, ", \"");
		mon_unit_text(&u, table->cols[i].name);
		mon_unit_text(&u, "\"");
	}
	mon_unit_text(&u, ", \"n\"));\n");
	return mon_out_put(out, u.p, u.n);
}

/* Without a transaction, each row would be synced to the disk by itself. */
static int
begin(struct mon_out *out, const struct mon_tags *tags)
{
	static const char TEXT[] = "BEGIN;\n";
	int r = 0;

	for (size_t i = 0; i < MON_KINDS && r == 0; i++)
		r = put_table(out, tags, &mon_schema[i]);
	return r < 0 ? r : mon_out_put(out, TEXT, strlen(TEXT));
}

static int
end(struct mon_out *out, const struct mon_tags *tags)
{
	static const char TEXT[] = "COMMIT;\n";

	(void)tags;
	return mon_out_put(out, TEXT, strlen(TEXT));
}

static void
put_string(struct mon_unit *u, struct mon_str value)
{
	mon_unit_text(u, "'");
	/* A quote is doubled; a backslash is a byte like any other (standard_conforming_strings). */
	mon_unit_escaped(u, value, "'", '\'');
	mon_unit_text(u, "'");
}

static int
put_row(struct mon_out *out, const struct mon_tags *tags, const struct mon_export_row *row)
{
	struct mon_unit u;

	u.n = 0;
	mon_unit_text(&u, "INSERT INTO \"");
	mon_unit_str(&u, mon_export_stem(row->table));
	mon_unit_text(&u, "\" VALUES (");
	put_string(&u, row->ts);
	mon_unit_text(&u, ",");
	put_string(&u, row->vm);
	for (size_t i = 0; i < tags->n; i++) {
		mon_unit_text(&u, ",");
		put_string(&u, tags->list[i].value);
	}
	for (size_t i = 0; i < row->table->ncols; i++) {
		mon_unit_text(&u, ",");
		if (mon_export_is_value(row->table->cols[i].shape))
			mon_unit_str(&u, mon_export_number(row->fields[i]));
		else
			put_string(&u, row->fields[i]);
	}
	mon_unit_text(&u, ",");
	mon_unit_number(&u, row->repeat);
	mon_unit_text(&u, ") ON CONFLICT DO NOTHING;\n");
	return mon_out_put(out, u.p, u.n);
}

const struct mon_export_format mon_export_sql = {
	.name = "sql",
	.about = "tables and rows for PostgreSQL and SQLite",
	.repeats = true,
	.begin = begin,
	.row = put_row,
	.end = end,
};
