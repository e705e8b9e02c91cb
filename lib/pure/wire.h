/*
 * wire.h - the line format, defined only here.
 *
 *	payload = KIND ": " FIELD { "," FIELD }			what a guest sends
 *	stamped = TS " " VM " " payload				what flows between our tools
 *	row     = TS "," VM "," FIELD { "," FIELD }		what stands in a file
 *
 * each ended by LF.  KIND, and how many fields of which shape follow, are those of
 * schema.h.  A TEXT field is the last one and takes the rest of the line, commas included;
 * it is cleaned on its way out.  An answer of mon-sample is framed:
 *
 *	answer  = "begin: 1" LF { payload LF } "end: " N LF	N: how many payloads
 *
 * No line carries an identity but the stamp, and only the
 * collector stamps: nothing in a payload can change when or whose it is.
 *
 * Pure: no I/O, no malloc, no locale, no globals.  Defined for every (buf, len), NULs included.
 */
#ifndef MON_WIRE_H
#define MON_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "caps.h"
#include "schema.h"
#include "str.h"

/* The frame of an answer: MON_WIRE_BEGIN MON_WIRE_VERSION LF ... MON_WIRE_END LINES LF. */
#define MON_WIRE_BEGIN "begin: "
#define MON_WIRE_VERSION "1"
#define MON_WIRE_END "end: "

/* Why a line is bad; the stream goes on behind it. */
enum mon_wire_err {
	MON_WIRE_OK = 0,
	MON_WIRE_STAMP,   /* no stamp */
	MON_WIRE_QUBE,    /* no name of a qube */
	MON_WIRE_KIND,    /* no word and colon, or a kind that this sender may not use */
	MON_WIRE_UNKNOWN, /* a well-formed kind that is not in the schema: a later version's */
	MON_WIRE_COLUMNS, /* too few or too many fields */
	MON_WIRE_FIELD,   /* a field is not of its column's shape */
	MON_WIRE_LONG,    /* longer than MON_LINE_MAX (MON_STAMPED_MAX when stamped) */
	MON_WIRE_CUT,     /* the input ended before its LF; told by who reads the lines (line.h) */
	MON_WIRE_ERRS
};

/* A payload that was checked. */
struct mon_payload {
	const struct mon_table *table;
	struct mon_str fields;         /* checked fields with their commas, without the text */
	struct mon_str untrusted_text; /* the TEXT column as it came; n = 0 where there is none */
	bool own;                      /* sys-monitor may have written it: a leading '!' stays */
};

/* A stamped line that was checked. */
struct mon_rec {
	struct mon_str ts, vm;
	time_t t; /* ${ts} in seconds since the epoch */
	struct mon_payload payload;
};

/*
 * mon_wire_payload(untrusted, len, sender, ret):
 * Check one payload of ${len} bytes, without its LF, that ${sender} wrote: kinds of the
 * collector are refused from MON_FROM_GUEST.  Fill ${ret}, whose strings point into
 * ${untrusted} and live as long as that does, and return MON_WIRE_OK; otherwise return the
 * reason and leave ${ret} untouched.
 */
enum mon_wire_err mon_wire_payload(
    const char *untrusted, size_t len, enum mon_sender sender, struct mon_payload *ret);

/*
 * mon_wire_fields(table, untrusted, len, ret):
 * The same of the fields alone, which are to be those of ${table}; ${ret->own} is false.
 */
enum mon_wire_err mon_wire_fields(
    const struct mon_table *table, const char *untrusted, size_t len, struct mon_payload *ret);

/*
 * mon_wire_parse(untrusted, len, ret):
 * Check one stamped line of ${len} bytes, without its LF.  Fill ${ret} as mon_wire_payload()
 * does, or leave it untouched.
 */
enum mon_wire_err mon_wire_parse(const char *untrusted, size_t len, struct mon_rec *ret);

/*
 * mon_wire_split(payload, ret_fields):
 * Cut the checked ${payload} into its columns, ${payload->table->ncols} of them, which point
 * into it.  A TEXT column is still untrusted, as it came.
 */
void mon_wire_split(const struct mon_payload *payload, struct mon_str ret_fields[MON_COLS_MAX]);

/*
 * mon_wire_begin(untrusted, len, ret_version), mon_wire_end(untrusted, len, ret_lines):
 * Is this line, without its LF, the first or the last of an answer?  Then set ${ret_version},
 * the version of the format, or ${ret_lines}, how many lines came between the two.  Return
 * false, the output untouched, if it is not.
 */
bool mon_wire_begin(const char *untrusted, size_t len, uint64_t *ret_version);
bool mon_wire_end(const char *untrusted, size_t len, uint64_t *ret_lines);

/*
 * mon_wire_row(rec, dst):
 * Write the row of ${rec}, with its LF, to ${dst}, which has room for MON_ROW_MAX bytes;
 * return its length.
 */
#define MON_ROW_MAX (MON_STAMPED_MAX + 1)
size_t mon_wire_row(const struct mon_rec *rec, char *dst);

/*
 * mon_wire_line(rec, dst):
 * Write the stamped line of ${rec}, with its LF, to ${dst}, which has room for MON_ROW_MAX bytes;
 * return its length.
 */
size_t mon_wire_line(const struct mon_rec *rec, char *dst);

/*
 * mon_wire_stamp(ts, vm, payload, dst):
 * The same of ${payload}.  ${ts} has MON_STAMP_LEN bytes; ${vm} is a checked
 * name, NUL-terminated.
 */
size_t mon_wire_stamp(const char *ts, const char *vm, const struct mon_payload *payload, char *dst);

/*
 * mon_wire_reason(err):
 * Return what is wrong with the line, in words that end a sentence; static storage.
 */
const char *mon_wire_reason(enum mon_wire_err err);

#endif /* !MON_WIRE_H */
