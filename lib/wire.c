/* wire.c - the line format; see wire.h. */
#include <string.h>

#include "block.h"
#include "glance.h"
#include "shape.h"
#include "text.h"
#include "wire.h"

/*
 * mon_wire_payload() of a payload that ends a longer line: it may be read from ${begin} on, which
 * a glance at a short one needs.
 */
static inline enum mon_wire_err
parse_payload(const char *begin, const char *untrusted, size_t len, enum mon_sender sender,
    struct mon_payload *ret)
{
	const char *end = untrusted + len, *p, *q, *fields;
	struct mon_str untrusted_text = { NULL, 0 };
	const struct mon_table *table;
	size_t glance_at;

	if (len > MON_LINE_MAX)
		return MON_WIRE_LONG;
	table = mon_schema_find(untrusted, len);
	if (table == NULL || (sender == MON_FROM_GUEST && table->sender != MON_FROM_GUEST))
		return MON_WIRE_KIND;
	p = untrusted + table->kindlen + 1;
	if (p == end || *p != ' ')
		return MON_WIRE_COLUMNS;
	fields = ++p;
	glance_at = table->glanced;

	for (size_t i = 0;; p++) {
		const enum mon_shape shape = table->cols[i].shape;

		/* Nearly all lines are good, and seen to be so as soon as what is left is short. */
		if (i >= glance_at && mon_glance_fits(begin, p, end)) {
			glance_at = table->ncols; /* once */
			if (mon_glance(table, i, p, end)) {
				p = end;
				break;
			}
		}
		q = mon_shape_scan(shape, p, end);
		if (q == NULL)
			return p == end ? MON_WIRE_COLUMNS : MON_WIRE_FIELD;
		if (shape == MON_TEXT) {
			untrusted_text = (struct mon_str){ p, (size_t)(q - p) };
			break;
		}
		if (q < end && *q != ',')
			return MON_WIRE_FIELD;
		p = q;
		if ((++i == table->ncols) != (q == end))
			return MON_WIRE_COLUMNS;
		if (q == end)
			break;
	}
	*ret = (struct mon_payload){
		.table = table,
		.fields = { fields, (size_t)(p - fields) },
		.untrusted_text = untrusted_text,
		.own = sender == MON_FROM_COLLECTOR,
	};
	return MON_WIRE_OK;
}

enum mon_wire_err
mon_wire_payload(const char *untrusted, size_t len, enum mon_sender sender, struct mon_payload *ret)
{
	return parse_payload(untrusted, untrusted, len, sender, ret);
}

/*
 * Does the line begin with the stamp and name of ${last}?  They are in one piece there, with a
 * space behind each.
 */
static inline bool
begins_like(const char *untrusted, size_t len, const struct mon_rec *last, size_t *ret_len)
{
	*ret_len = last->ts.n + 1 + last->vm.n + 1;
	return len > *ret_len && mon_block_same(untrusted, last->ts.p, *ret_len);
}

enum mon_wire_err
mon_wire_parse(const char *untrusted, size_t len, const struct mon_rec *last, struct mon_rec *ret)
{
	struct mon_str rest = { untrusted, len }, ts, vm;
	enum mon_wire_err err;
	size_t lead;

	if (len > MON_STAMPED_MAX)
		return MON_WIRE_LONG;
	if (last != NULL && begins_like(untrusted, len, last, &lead)) {
		ts = last->ts;
		vm = last->vm;
		rest = (struct mon_str){ untrusted + lead, len - lead };
	} else {
		ts = mon_str_word(&rest);
		if (!(last != NULL && ts.n == last->ts.n &&
			mon_block_same(ts.p, last->ts.p, MON_STAMP_LEN)) &&
		    !mon_shape_check(MON_STAMP, ts.p, ts.n))
			return MON_WIRE_STAMP;
		vm = mon_str_word(&rest);
		if (!mon_shape_check(MON_VM, vm.p, vm.n))
			return MON_WIRE_QUBE;
	}
	err = parse_payload(untrusted, rest.p, rest.n, MON_FROM_COLLECTOR, &ret->payload);
	if (err != MON_WIRE_OK)
		return err;
	ret->ts = ts;
	ret->vm = vm;
	return MON_WIRE_OK;
}

/* The fields, the cleaned text and the LF that end a row and a stamped line alike. */
static char *
put_payload(char *p, const struct mon_payload *payload)
{
	if (payload->fields.n >= MON_BLOCK && payload->fields.n <= MON_GLANCE_MAX)
		mon_block_copy(p, payload->fields.p, payload->fields.n);
	else
		memcpy(p, payload->fields.p, payload->fields.n);
	p += payload->fields.n;
	if (payload->untrusted_text.n > 0)
		p += mon_text_clean(
		    p, payload->untrusted_text.p, payload->untrusted_text.n, payload->own);
	*p++ = '\n';
	return p;
}

size_t
mon_wire_row(const struct mon_rec *rec, char *dst)
{
	char *p = dst;

	/* Stamp and name are in one piece, each with one byte behind it. */
	mon_block_copy(p, rec->ts.p, MON_STAMP_LEN + 1 + rec->vm.n);
	p[MON_STAMP_LEN] = ',';
	p += MON_STAMP_LEN + 1 + rec->vm.n;
	*p++ = ',';
	p = put_payload(p, &rec->payload);
	return (size_t)(p - dst);
}

size_t
mon_wire_stamp(const char *ts, const char *vm, const struct mon_payload *payload, char *dst)
{
	char *p = dst;

	p = mempcpy(p, ts, MON_STAMP_LEN);
	*p++ = ' ';
	p = mempcpy(p, vm, strnlen(vm, MON_VM_MAX));
	*p++ = ' ';
	p = mempcpy(p, payload->table->kind, payload->table->kindlen);
	*p++ = ':';
	*p++ = ' ';
	p = put_payload(p, payload);
	return (size_t)(p - dst);
}

const char *
mon_wire_reason(enum mon_wire_err err)
{
	static const char *const reasons[MON_WIRE_ERRS] = {
		[MON_WIRE_OK] = "good",
		[MON_WIRE_STAMP] = "no stamp like 2025-08-31T12:00:10Z",
		[MON_WIRE_QUBE] = "no name of a qube after the stamp",
		[MON_WIRE_KIND] = "no known kind",
		[MON_WIRE_COLUMNS] = "too few or too many fields",
		[MON_WIRE_FIELD] = "a field of a wrong shape",
		[MON_WIRE_LONG] = "too long",
		[MON_WIRE_CUT] = "the input ended inside it",
	};

	return err < MON_WIRE_ERRS ? reasons[err] : "bad";
}
