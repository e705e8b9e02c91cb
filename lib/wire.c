/* wire.c - the line format; see wire.h. */
#include <string.h>

#include "shape.h"
#include "text.h"
#include "wire.h"

enum mon_wire_err
mon_wire_payload(const char *untrusted, size_t len, enum mon_sender sender, struct mon_payload *ret)
{
	const char *end = untrusted + len, *p, *q, *fields;
	struct mon_str untrusted_text = { NULL, 0 };
	const struct mon_table *table;

	if (len > MON_LINE_MAX)
		return MON_WIRE_LONG;
	table = mon_schema_find(untrusted, len);
	if (table == NULL || (sender == MON_FROM_GUEST && table->sender != MON_FROM_GUEST))
		return MON_WIRE_KIND;
	p = untrusted + table->kindlen + 1;
	if (p == end || *p != ' ')
		return MON_WIRE_COLUMNS;
	fields = ++p;

	for (const struct mon_col *col = table->cols, *over = col + table->ncols;; p++) {
		q = col->shape == MON_INT ? mon_shape_scan_int(p, end)
					  : mon_shape_scan(col->shape, p, end);
		if (q == NULL)
			return p == end ? MON_WIRE_COLUMNS : MON_WIRE_FIELD;
		if (col->shape == MON_TEXT) {
			untrusted_text = (struct mon_str){ p, (size_t)(q - p) };
			break;
		}
		if (q < end && *q != ',')
			return MON_WIRE_FIELD;
		p = q;
		if ((++col == over) != (q == end))
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

/*
 * Cut the next word off ${rest}.  Is it ${known}, which was checked before, or of ${shape}?
 * ${n} is the length of ${known}: where it is a constant, comparing costs no call.
 */
static inline bool
cut_word(
    struct mon_str *rest, enum mon_shape shape, const char *known, size_t n, struct mon_str *ret)
{
	if (known != NULL && rest->n > n && rest->p[n] == ' ' && memcmp(rest->p, known, n) == 0) {
		*ret = (struct mon_str){ known, n };
		rest->p += n + 1;
		rest->n -= n + 1;
		return true;
	}
	*ret = mon_str_word(rest);
	return mon_shape_check(shape, ret->p, ret->n);
}

enum mon_wire_err
mon_wire_parse(const char *untrusted, size_t len, const struct mon_rec *last, struct mon_rec *ret)
{
	const struct mon_str none = { NULL, 0 };
	const struct mon_str last_vm = last != NULL ? last->vm : none;
	struct mon_str rest = { untrusted, len }, ts, vm;
	enum mon_wire_err err;

	if (len > MON_STAMPED_MAX)
		return MON_WIRE_LONG;
	if (!cut_word(&rest, MON_STAMP, last != NULL ? last->ts.p : NULL, MON_STAMP_LEN, &ts))
		return MON_WIRE_STAMP;
	if (!cut_word(&rest, MON_VM, last_vm.p, last_vm.n, &vm))
		return MON_WIRE_QUBE;
	err = mon_wire_payload(rest.p, rest.n, MON_FROM_COLLECTOR, &ret->payload);
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
