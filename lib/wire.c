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
	p = memchr(untrusted, ':', len);
	if (p == NULL)
		return MON_WIRE_KIND;
	table = mon_schema_find(untrusted, (size_t)(p - untrusted));
	if (table == NULL || (sender == MON_FROM_GUEST && table->sender != MON_FROM_GUEST))
		return MON_WIRE_KIND;
	if (end - p < 2 || p[1] != ' ')
		return MON_WIRE_COLUMNS;
	p += 2;

	out.table = table;
	out.own = sender == MON_FROM_COLLECTOR;
	out.fields.p = p;
	for (size_t i = 0; i < table->ncols; i++) {
		bool last = i + 1 == table->ncols;

		q = mon_shape_scan(table->cols[i].shape, p, end);
		if (q == NULL)
			return p == end ? MON_WIRE_COLUMNS : MON_WIRE_FIELD;
		if (table->cols[i].shape == MON_TEXT) {
			out.untrusted_text = (struct mon_str){ p, (size_t)(q - p) };
			out.fields.n = (size_t)(p - out.fields.p);
			*ret = out;
			return MON_WIRE_OK;
		}
		if (q < end && *q != ',')
			return MON_WIRE_FIELD;
		if (last != (q == end))
			return MON_WIRE_COLUMNS;
		p = q + 1;
	}
	out.fields.n = (size_t)(end - out.fields.p);
	*ret = out;
	return MON_WIRE_OK;
}

static bool
same(struct mon_str a, struct mon_str b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

enum mon_wire_err
mon_wire_parse(
    const char *untrusted, size_t len, const struct mon_rec *last, struct mon_rec *ret)
{
	struct mon_str rest = { untrusted, len };
	struct mon_rec out;
	enum mon_wire_err err;

	if (len > MON_STAMPED_MAX)
		return MON_WIRE_LONG;
	out.ts = mon_str_word(&rest);
	if ((last == NULL || !same(out.ts, last->ts)) &&
	    !mon_shape_check(MON_STAMP, out.ts.p, out.ts.n))
		return MON_WIRE_STAMP;
	out.vm = mon_str_word(&rest);
	if ((last == NULL || !same(out.vm, last->vm)) &&
	    !mon_shape_check(MON_VM, out.vm.p, out.vm.n))
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
