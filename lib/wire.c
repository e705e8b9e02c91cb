/* wire.c - the line format; see wire.h. */
#include <string.h>

#include "shape.h"
#include "text.h"
#include "wire.h"

enum mon_wire_err
mon_wire_payload(
    const char *untrusted, size_t len, enum mon_sender sender, struct mon_payload *ret)
{
	const char *end = untrusted + len, *p, *q;
	const struct mon_table *table;
	struct mon_payload out = { 0 };

	if (len > MON_LINE_MAX)
		return MON_WIRE_LONG;
	table = mon_schema_find(untrusted, len);
	if (table == NULL || (sender == MON_FROM_GUEST && table->sender != MON_FROM_GUEST))
		return MON_WIRE_KIND;
	p = untrusted + table->kindlen + 1;
	if (p == end || *p != ' ')
		return MON_WIRE_COLUMNS;
	p++;

	out.table = table;
	out.own = sender == MON_FROM_COLLECTOR;
	out.fields.p = p;
	for (size_t i = 0; i < table->ncols; i++) {
		const enum mon_shape shape = table->cols[i].shape;
		bool last = i + 1 == table->ncols;

		q = shape == MON_INT ? mon_shape_scan_int(p, end) : mon_shape_scan(shape, p, end);
		if (q == NULL)
			return p == end ? MON_WIRE_COLUMNS : MON_WIRE_FIELD;
		if (shape == MON_TEXT) {
			out.untrusted_text = (struct mon_str){ p, (size_t)(q - p) };
			out.fields.n = (size_t)(p - out.fields.p);
			*ret = out;
			return MON_WIRE_OK;
		}
		if (q < end && *q != ',')
			return MON_WIRE_FIELD;
		if (last != (q == end))
			return MON_WIRE_COLUMNS;
		p = q + !last;
	}
	out.fields.n = (size_t)(end - out.fields.p);
	*ret = out;
	return MON_WIRE_OK;
}

/* Cut the next word off ${rest}.  Is it ${known}, which was checked before, or of ${shape}? */
static inline bool
cut_word(struct mon_str *rest, enum mon_shape shape, struct mon_str known, struct mon_str *ret)
{
	if (known.n > 0 && rest->n > known.n && rest->p[known.n] == ' ' &&
	    memcmp(rest->p, known.p, known.n) == 0) {
		*ret = (struct mon_str){ rest->p, known.n };
		rest->p += known.n + 1;
		rest->n -= known.n + 1;
		return true;
	}
	*ret = mon_str_word(rest);
	return mon_shape_check(shape, ret->p, ret->n);
}

enum mon_wire_err
mon_wire_parse(
    const char *untrusted, size_t len, const struct mon_rec *last, struct mon_rec *ret)
{
	const struct mon_str none = { 0 };
	struct mon_str rest = { untrusted, len };
	struct mon_rec out;
	enum mon_wire_err err;

	if (len > MON_STAMPED_MAX)
		return MON_WIRE_LONG;
	if (!cut_word(&rest, MON_STAMP, last != NULL ? last->ts : none, &out.ts))
		return MON_WIRE_STAMP;
	if (!cut_word(&rest, MON_VM, last != NULL ? last->vm : none, &out.vm))
		return MON_WIRE_QUBE;
	err = mon_wire_payload(rest.p, rest.n, MON_FROM_COLLECTOR, &out.payload);
	if (err == MON_WIRE_OK)
		*ret = out;
	return err;
}

/* The fields, the cleaned text and the LF that end a row and a stamped line alike. */
static char *
put_payload(char *p, const struct mon_payload *payload)
{
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

	memcpy(p, rec->ts.p, MON_STAMP_LEN);
	p += MON_STAMP_LEN;
	*p++ = ',';
	memcpy(p, rec->vm.p, rec->vm.n);
	p += rec->vm.n;
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
