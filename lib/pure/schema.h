/*
 * schema.h - what is recorded: one table of kinds, files and columns.
 *
 * Routing, checks, headers, `mon-split --schema`, docs/SCHEMA.md and the tests are made
 * from it.  New data means a new file, never a new column: a reader of old days must not break.
 */
#ifndef MON_SCHEMA_H
#define MON_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

/* The shape of a column; shape.h says what each admits. */
enum mon_shape {
	MON_INT,     /* 0 to 2^63-1 */
	MON_DECIMAL, /* MON_INT, then maybe a point and digits */
	MON_SIGNED,  /* MON_DECIMAL, maybe behind a "-" */
	MON_PERCENT, /* 0% to 100% */
	MON_WORD,    /* letters and '-': a state, a result */
	MON_NAME,    /* a name or path, odd bytes as \ooo */
	MON_TEXT,    /* free text to the end of the line; only as the last column */
	MON_DAY,     /* YYYY-MM-DD */
	MON_STAMP,   /* YYYY-MM-DDTHH:MM:SSZ */
	MON_VM,      /* a qube's name */
	MON_HEX,     /* 64 lower-case hexadecimal digits: a SHA-256, as sha256sum prints it */
};

struct mon_col {
	const char *name;
	enum mon_shape shape;
	const char *unit;   /* "" where there is none */
	const char *origin; /* where the figure comes from */
};

/* Who may send a line of this kind. */
enum mon_sender {
	MON_FROM_GUEST,     /* a guest, and so anybody */
	MON_FROM_COLLECTOR, /* only mon-scrape and mon-vmstate: from a guest it is a forgery */
};

/* A table's place in mon_schema: an index for arrays with one element a table. */
enum mon_kind {
	MON_KIND_SYS,
	MON_KIND_NET,
	MON_KIND_CONN,
	MON_KIND_DISK,
	MON_KIND_ALERT,
	MON_KIND_STATE,
	MON_KIND_SCRAPE,
	MON_KIND_CUSTOM,
	MON_KIND_CPU,
	MON_KIND_IO,
	MON_KIND_PRESSURE,
	MON_KIND_XEN,
	MON_KINDS
};

struct mon_table {
	const char *kind;   /* "sys": the word before the colon */
	const char *file;   /* "system.csv" */
	const char *header; /* the first line of the file, with its LF */
	size_t kindlen, headerlen;
	const struct mon_col *cols; /* after ts and vm */
	size_t ncols;
	enum mon_sender sender;
	size_t rows_max; /* rows taken from one answer of one guest */
	const char *about;
};

/* The kinds of the stream, by enum mon_kind. */
extern const struct mon_table mon_schema[MON_KINDS];

/*
 * The ledger of the archives, archives.csv in the Monitor folder itself.  No kind of the
 * stream: mon_schema_find() does not know it, and its columns follow "ts" alone.
 */
extern const struct mon_table mon_schema_ledger;

/* The two columns that lead every file of a day: stamped by the collector. */
extern const struct mon_col mon_schema_lead[2];

/*
 * mon_schema_find(untrusted, len):
 * Return the table whose kind, with a colon behind it, begins the ${len} bytes at
 * ${untrusted}, or NULL.
 */
const struct mon_table *mon_schema_find(const char *untrusted, size_t len);

/*
 * mon_schema_kind(table):
 * Return the place of ${table} in mon_schema.
 */
enum mon_kind mon_schema_kind(const struct mon_table *table);

/*
 * mon_schema_shape_name(shape):
 * Return the shape's name for documents ("integer", "text", ...); static storage.
 */
const char *mon_schema_shape_name(enum mon_shape shape);

#endif /* !MON_SCHEMA_H */
