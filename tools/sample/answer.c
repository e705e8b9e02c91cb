/* answer.c - the answer of one sample; see answer.h. */
#include <string.h>

#include "answer.h"
#include "text.h"

#define ALERT_ROOM (sizeof("alert: \n") - 1 + MON_MSG_MAX) /* the longest alert, with its LF */
#define ROOM (MON_ANSWER_MAX - MON_ANSWER_FRAME)           /* for the lines */

void
mon_answer_reset(struct mon_answer *a)
{
	memcpy(a->begin, MON_ANSWER_BEGIN, sizeof(a->begin));
	a->len = a->at = a->lines = 0;
	memset(a->rows, 0, sizeof(a->rows));
	a->full = a->large = false;
}

struct mon_answer_mark
mon_answer_mark(const struct mon_answer *a)
{
	struct mon_answer_mark mark = { .len = a->len, .lines = a->lines };

	memcpy(mark.rows, a->rows, sizeof(mark.rows));
	return mark;
}

void
mon_answer_back(struct mon_answer *a, const struct mon_answer_mark *mark)
{
	a->len = a->at = mark->len;
	a->lines = mark->lines;
	memcpy(a->rows, mark->rows, sizeof(a->rows));
}

static void
put(struct mon_answer *a, const char *p, size_t n)
{
	if (a->full || ROOM - a->at < n) {
		a->full = true;
		return;
	}
	memcpy(a->buf + a->at, p, n);
	a->at += n;
}

static void
put_comma(struct mon_answer *a)
{
	if (!a->first)
		put(a, ",", 1);
	a->first = false;
}

/* Write ${value} in decimal; return how many bytes, up to 20. */
static size_t
digits(uint64_t value, char *dst)
{
	char text[20];
	size_t i = sizeof(text);

	do
		text[--i] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	memcpy(dst, text + i, sizeof(text) - i);
	return sizeof(text) - i;
}

static void
put_number(struct mon_answer *a, uint64_t value)
{
	char text[20];

	if (value > INT64_MAX) {
		value = INT64_MAX;
		a->large = true;
	}
	put(a, text, digits(value, text));
}

void
mon_answer_begin(struct mon_answer *a, enum mon_kind kind)
{
	a->at = a->len;
	a->kind = kind;
	a->first = true;
	a->full = mon_answer_full(a, kind);
	put(a, mon_schema[kind].kind, mon_schema[kind].kindlen);
	put(a, ": ", 2);
}

void
mon_answer_bytes(struct mon_answer *a, const char *p, size_t n)
{
	put_comma(a);
	put(a, p, n);
}

void
mon_answer_number(struct mon_answer *a, uint64_t value)
{
	put_comma(a);
	put_number(a, value);
}

void
mon_answer_percent(struct mon_answer *a, unsigned value)
{
	put_comma(a);
	put_number(a, value);
	put(a, "%", 1);
}

void
mon_answer_tenths(struct mon_answer *a, uint64_t value)
{
	const char decimal[2] = { '.', (char)('0' + value % 10) };

	put_comma(a);
	put_number(a, value / 10);
	put(a, decimal, sizeof(decimal));
}

void
mon_answer_hundredths(struct mon_answer *a, uint64_t value)
{
	const char decimals[3] = { '.', (char)('0' + value / 10 % 10), (char)('0' + value % 10) };

	put_comma(a);
	put_number(a, value / 100);
	put(a, decimals, sizeof(decimals));
}

void
mon_answer_name(struct mon_answer *a, const char *untrusted, size_t n)
{
	size_t written;

	put_comma(a);
	if (a->full)
		return;
	written = mon_text_escape(a->buf + a->at, ROOM - a->at, untrusted, n);
	a->at += written;
	a->full = written == 0;
}

/* How many alerts may still come, where the line is another one. */
static size_t
alerts_due(const struct mon_answer *a, enum mon_kind kind)
{
	return kind == MON_KIND_ALERT ? 0 : MON_ALERTS_MAX - a->rows[MON_KIND_ALERT];
}

bool
mon_answer_full(const struct mon_answer *a, enum mon_kind kind)
{
	return a->rows[kind] >= mon_schema[kind].rows_max ||
	       a->lines + alerts_due(a, kind) >= MON_ANSWER_LINES;
}

bool
mon_answer_end(struct mon_answer *a)
{
	struct mon_payload payload;
	const size_t room = ROOM - alerts_due(a, a->kind) * ALERT_ROOM;

	if (a->full || a->at >= room ||
	    mon_wire_payload(a->buf + a->len, a->at - a->len, MON_FROM_GUEST, &payload) !=
		MON_WIRE_OK) {
		a->at = a->len;
		return false;
	}
	a->buf[a->at++] = '\n';
	a->len = a->at;
	a->lines++;
	a->rows[a->kind]++;
	return true;
}

size_t
mon_answer_close(struct mon_answer *a)
{
	char *p = a->buf + a->len;
	size_t n = sizeof(MON_WIRE_END) - 1;

	memcpy(p, MON_WIRE_END, n);
	n += digits(a->lines, p + n);
	p[n++] = '\n';
	a->len += n;
	a->at = a->len;
	return n;
}

const char *
mon_answer_whole(const struct mon_answer *a, size_t *ret)
{
	*ret = sizeof(a->begin) + a->len;
	return (const char *)a + offsetof(struct mon_answer, begin);
}

bool
mon_answer_alert(struct mon_answer *a, const char *untrusted, size_t n)
{
	char text[MON_MSG_MAX];

	mon_answer_begin(a, MON_KIND_ALERT);
	mon_answer_bytes(a, text, mon_text_clean(text, untrusted, n, false));
	return mon_answer_end(a);
}

bool
mon_answer_payload(struct mon_answer *a, const char *untrusted, size_t n)
{
	struct mon_payload payload;
	char text[MON_MSG_MAX];

	if (mon_wire_payload(untrusted, n, MON_FROM_GUEST, &payload) != MON_WIRE_OK)
		return false;
	mon_answer_begin(a, mon_schema_kind(payload.table));
	put(a, payload.fields.p, payload.fields.n);
	if (payload.untrusted_text.n > 0)
		put(a, text,
		    mon_text_clean(
			text, payload.untrusted_text.p, payload.untrusted_text.n, false));
	return mon_answer_end(a);
}
