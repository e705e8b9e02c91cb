/*
 * export.h - rows of the record in the formats of other programs.
 *
 * Names are those of the record everywhere: the file without ".csv" (network), and the column
 * (rx_bytes).  A column that holds a name or a word tells series apart; a number is a value,
 * without its "%"; a kind without numbers has the value 1.
 */
#ifndef MON_EXPORT_H
#define MON_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "caps.h"
#include "out.h"
#include "schema.h"
#include "str.h"

/* One --tag KEY=VALUE: the same for all rows. */
struct mon_tag {
	struct mon_str key, value;
};

struct mon_tags {
	struct mon_tag list[MON_TAGS_MAX];
	size_t n;
};

/* A row, checked and clean. */
struct mon_export_row {
	const struct mon_table *table;
	struct mon_str ts, vm;
	time_t t; /* ${ts} in seconds since the epoch */
	struct mon_str fields[MON_COLS_MAX];
	uint64_t
	    repeat; /* 1, or N for the N-th row of this second that repeat.h takes for the same */
};

struct mon_export_format {
	const char *name;  /* "lp" */
	const char *about; /* for --help */
	bool chunks;       /* the output may be cut between two rows */
	bool repeats;      /* it tells rows of one second apart: ${repeat} of a row is wanted */
	int64_t t_max;     /* the latest time that it can hold, in seconds; 0: all can be held */
	/*
	 * Each returns 0 or -errno.  ${begin} and ${end} write what stands before the first row and
	 * behind the last of the whole output; either may be NULL.
	 */
	int (*begin)(struct mon_out *out, const struct mon_tags *tags);
	int (*row)(
	    struct mon_out *out, const struct mon_tags *tags, const struct mon_export_row *row);
	int (*end)(struct mon_out *out, const struct mon_tags *tags);
};

/* The formats, in the order of --help. */
extern const struct mon_export_format mon_export_lp, mon_export_jsonl, mon_export_om,
    mon_export_sql;

/*
 * mon_export_stem(table):
 * Return the name of the file of ${table} without ".csv".
 */
struct mon_str mon_export_stem(const struct mon_table *table);

/*
 * mon_export_is_value(shape):
 * Is a column of ${shape} a number?  Else it is a name, a word or a text.
 */
bool mon_export_is_value(enum mon_shape shape);

/*
 * mon_export_has_values(table):
 * Has ${table} a column that is a number?
 */
bool mon_export_has_values(const struct mon_table *table);

/*
 * mon_export_number(field):
 * Return the number in ${field} as the formats write it: without the "%" of a percent.
 */
struct mon_str mon_export_number(struct mon_str field);

#endif /* !MON_EXPORT_H */
