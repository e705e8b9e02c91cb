/* wire.c - the line format; see wire.h. */
#include <string.h>

#include "shape.h"
#include "stamp.h"
#include "text.h"
#include "wire.h"

/* Is this KIND ":" SP, as a later version may send it?  Kinds are lower-case words. */
static bool
is_kind(const char *untrusted, size_t len)
{
	size_t n = 0;

	while (n < len && n <= MON_WORD_MAX && untrusted[n] >= 'a' && untrusted[n] <= 'z')
		n++;
	return n > 0 && n <= MON_WORD_MAX && len - n >= 2 && untrusted[n] == ':' &&
	       untrusted[n + 1] == ' ';
}

enum mon_wire_err
mon_wire_fields(
    const struct mon_table *table, const char *untrusted, size_t len, struct mon_payload *ret)
{
	const char *end = untrusted + len, *p = untrusted, *q;
	struct mon_str untrusted_text = { NULL, 0 };

	for (size_t i = 0;; p++) {
		const enum mon_shape shape = table->cols[i].shape;

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
		.fields = { untrusted, (size_t)(p - untrusted) },
		.untrusted_text = untrusted_text,
	};
	return MON_WIRE_OK;
}

enum mon_wire_err
mon_wire_payload(const char *untrusted, size_t len, enum mon_sender sender, struct mon_payload *ret)
{
	const struct mon_table *table;
	enum mon_wire_err err;
	size_t lead;

	if (len > MON_LINE_MAX)
		return MON_WIRE_LONG;
	table = mon_schema_find(untrusted, len);
	if (table == NULL)
		return is_kind(untrusted, len) ? MON_WIRE_UNKNOWN : MON_WIRE_KIND;
	if (sender == MON_FROM_GUEST && table->sender != MON_FROM_GUEST)
		return MON_WIRE_KIND;
	lead = table->kindlen + 2; /* the colon and the space */
	if (len < lead || untrusted[lead - 1] != ' ')
		return MON_WIRE_COLUMNS;
	err = mon_wire_fields(table, untrusted + lead, len - lead, ret);
	if (err == MON_WIRE_OK)
		ret->own = sender == MON_FROM_COLLECTOR;
	return err;
}

enum mon_wire_err
mon_wire_parse(const char *untrusted, size_t len, struct mon_rec *ret)
{
	struct mon_str rest = { untrusted, len }, ts, vm;
	enum mon_wire_err err;
	time_t t;

	if (len > MON_STAMPED_MAX)
		return MON_WIRE_LONG;
	ts = mon_str_word(&rest);
	if (!mon_stamp_parse(ts.p, ts.n, &t))
		return MON_WIRE_STAMP;
	vm = mon_str_word(&rest);
	if (!mon_shape_check(MON_VM, vm.p, vm.n))
		return MON_WIRE_QUBE;
	err = mon_wire_payload(rest.p, rest.n, MON_FROM_COLLECTOR, &ret->payload);
	if (err != MON_WIRE_OK)
		return err;
	ret->ts = ts;
	ret->vm = vm;
	ret->t = t;
	return MON_WIRE_OK;
}

void
mon_wire_split(const struct mon_payload *payload, struct mon_str ret_fields[MON_COLS_MAX])
{
	const char *p = payload->fields.p, *end = p + payload->fields.n, *q;

	for (size_t i = 0; i < payload->table->ncols; i++, p = q + (q < end)) {
		if (payload->table->cols[i].shape == MON_TEXT) {
			ret_fields[i] = payload->untrusted_text;
			return;
		}
		for (q = p; q < end && *q != ','; q++)
			; /* a few bytes: less than a call of memchr() */
		ret_fields[i] = (struct mon_str){ p, (size_t)(q - p) };
	}
}

/* The number behind ${word} in a frame line, which is all that stands there. */
static bool
frame(const char *untrusted, size_t len, const char *word, uint64_t *ret)
{
	const size_t n = strlen(word);

	return len > n && memcmp(untrusted, word, n) == 0 &&
	       mon_shape_number(untrusted + n, len - n, ret);
}

bool
mon_wire_begin(const char *untrusted, size_t len, uint64_t *ret_version)
{
	return frame(untrusted, len, MON_WIRE_BEGIN, ret_version);
}

bool
mon_wire_end(const char *untrusted, size_t len, uint64_t *ret_lines)
{
	return frame(untrusted, len, MON_WIRE_END, ret_lines);
}

/* The fields, the cleaned text and the LF that end a row and a stamped line alike. */
static char *
put_payload(char *p, const struct mon_payload *payload)
{
	p = mempcpy(p, payload->fields.p, payload->fields.n);
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

	p = mempcpy(p, rec->ts.p, rec->ts.n);
	*p++ = ',';
	p = mempcpy(p, rec->vm.p, rec->vm.n);
	*p++ = ',';
	p = put_payload(p, &rec->payload);
	return (size_t)(p - dst);
}

size_t
mon_wire_line(const struct mon_rec *rec, char *dst)
{
	const struct mon_table *table = rec->payload.table;
	char *p = dst;

	p = mempcpy(p, rec->ts.p, MON_STAMP_LEN);
	*p++ = ' ';
	p = mempcpy(p, rec->vm.p, rec->vm.n);
	*p++ = ' ';
	p = mempcpy(p, table->kind, table->kindlen);
	*p++ = ':';
	*p++ = ' ';
	p = put_payload(p, &rec->payload);
	return (size_t)(p - dst);
}

size_t
mon_wire_stamp(const char *ts, const char *vm, const struct mon_payload *payload, char *dst)
{
	const struct mon_rec rec = {
		.ts = { ts, MON_STAMP_LEN },
		.vm = { vm, strnlen(vm, MON_VM_MAX) },
		.payload = *payload,
	};

	return mon_wire_line(&rec, dst);
}

const char *
mon_wire_reason(enum mon_wire_err err)
{
	static const char *const reasons[MON_WIRE_ERRS] = {
		[MON_WIRE_OK] = "good",
		[MON_WIRE_STAMP] = "no stamp like 2025-08-31T12:00:10Z",
		[MON_WIRE_QUBE] = "no name of a qube after the stamp",
		[MON_WIRE_KIND] = "no kind that may stand here",
		[MON_WIRE_UNKNOWN] = "of a kind that this version does not know",
		[MON_WIRE_COLUMNS] = "too few or too many fields",
		[MON_WIRE_FIELD] = "a field of a wrong shape",
		[MON_WIRE_LONG] = "too long",
		[MON_WIRE_CUT] = "the input ended inside it",
	};

	return err < MON_WIRE_ERRS ? reasons[err] : "bad";
}
