/* intake.c - what one qube said; see intake.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "intake.h"
#include "line.h"

/* An answer without its frame. */
struct answer {
	enum mon_frame frame;
	char *untrusted;
	size_t len;
};

static size_t
count_lines(const char *untrusted, size_t len)
{
	const char *end = untrusted + len, *lf;
	size_t n = 0;

	for (; (lf = memchr(untrusted, '\n', (size_t)(end - untrusted))) != NULL; n++)
		untrusted = lf + 1;
	return n;
}

static struct answer
take_off_frame(char *untrusted, size_t len)
{
	struct answer a = { MON_FRAME_NONE, untrusted, len };
	char *lf = memchr(untrusted, '\n', len), *last;
	uint64_t version, said;

	/* Every version is taken the same way; there is one so far. */
	if (lf == NULL || !mon_wire_begin(untrusted, (size_t)(lf - untrusted), &version))
		return a;
	a.frame = MON_FRAME_CUT;
	a.untrusted = lf + 1;
	a.len = len - (size_t)(a.untrusted - untrusted);
	if (a.len == 0 || a.untrusted[a.len - 1] != '\n')
		return a;
	lf = memrchr(a.untrusted, '\n', a.len - 1);
	last = lf != NULL ? lf + 1 : a.untrusted;
	if (!mon_wire_end(last, (size_t)(a.untrusted + a.len - 1 - last), &said))
		return a;
	a.len = (size_t)(last - a.untrusted);
	if (said == count_lines(a.untrusted, a.len))
		a.frame = MON_FRAME_WHOLE;
	return a;
}

enum mon_frame
mon_intake_frame(const char *untrusted, size_t len)
{
	/* It is only looked at; what comes back is not used. */
	return take_off_frame((char *)(uintptr_t)untrusted, len).frame;
}

/* What the frame says of a call that has ended by itself. */
static enum mon_result
by_frame(enum mon_result result, enum mon_frame frame)
{
	switch (result) {
	case MON_RESULT_OK:
	case MON_RESULT_REFUSED:
	case MON_RESULT_NO_HANDLER:
	case MON_RESULT_FAILED:
		if (frame == MON_FRAME_WHOLE)
			return MON_RESULT_OK;
		return frame == MON_FRAME_CUT ? MON_RESULT_FAILED : result;
	default: return result;
	}
}

/* Why a line is bad.  Those of a frame are nothing else, so one in another place is no kind. */
static enum mon_wire_err
check(const char *untrusted, size_t len, struct mon_payload *ret)
{
	enum mon_wire_err err = mon_wire_payload(untrusted, len, MON_FROM_GUEST, ret);
	uint64_t number;

	if (err == MON_WIRE_UNKNOWN &&
	    (mon_wire_begin(untrusted, len, &number) || mon_wire_end(untrusted, len, &number)))
		return MON_WIRE_KIND;
	return err;
}

size_t
mon_intake_lines(char *untrusted, size_t len, bool alerts, const char *ts,
    struct mon_target *target, char *dst, enum mon_wire_err *ret_reason)
{
	const struct answer answer = take_off_frame(untrusted, len);
	size_t rows[MON_KINDS] = { 0 };
	size_t n = 0, seen = 0;
	enum mon_wire_err reason = MON_WIRE_OK;
	bool too_big = false;
	const char *line = NULL;
	size_t linelen = 0;
	struct mon_line lines;
	int r;

	target->frame = answer.frame;
	target->result = by_frame(target->result, answer.frame);
	alerts &= answer.frame == MON_FRAME_WHOLE ||
		  (answer.frame == MON_FRAME_NONE && target->result == MON_RESULT_OK);
	mon_line_memory(&lines, answer.untrusted, answer.len, MON_LINE_MAX);
	while ((r = mon_line_next(&lines, &line, &linelen)) != MON_LINE_EOF) {
		struct mon_payload payload = { 0 };
		enum mon_wire_err err = r == MON_LINE_CUT ? MON_WIRE_CUT : MON_WIRE_LONG;
		enum mon_kind kind;

		if (seen++ == MON_ANSWER_LINES) {
			too_big = true;
			target->rejected++;
			break;
		}
		if (r == MON_LINE_OK)
			err = check(line, linelen, &payload);
		if (err == MON_WIRE_UNKNOWN) {
			target->unknown++;
			continue;
		}
		if (err != MON_WIRE_OK) {
			target->rejected++;
			if (reason == MON_WIRE_OK)
				reason = err;
			continue;
		}
		kind = mon_schema_kind(payload.table);
		if (kind == MON_KIND_ALERT && !alerts)
			continue;
		if (rows[kind]++ >= payload.table->rows_max) {
			target->rejected++;
			continue;
		}
		if (!target->over_quota) {
			size_t one = mon_wire_stamp(ts, target->vm, &payload, dst + n);

			if (n + one <=
			    (kind == MON_KIND_ALERT ? target->allowed : target->allowed_figures)) {
				target->lines++;
				n += one;
				continue;
			}
			target->over_quota = true;
		}
		target->rejected++;
	}
	target->filed = n;
	/* Another result stays: one that hangs as well must not escape the pause for that. */
	if (target->result == MON_RESULT_OK && (too_big || target->over_quota))
		target->result = MON_RESULT_TOO_BIG;
	if (target->result == MON_RESULT_OK && target->lines == 0 && target->unknown == 0)
		target->result = MON_RESULT_FAILED;
	*ret_reason = reason;
	return n;
}

size_t
mon_intake_report(const char *ts, const struct mon_target *target, char *dst)
{
	char fields[128];
	int n =
	    snprintf(fields, sizeof(fields), "%s,%u,%zu,%zu,%zu", mon_result_name(target->result),
		target->ms, target->bytes, target->lines, target->rejected);
	struct mon_payload payload = {
		.table = &mon_schema[MON_KIND_SCRAPE],
		.fields = { fields, (size_t)n },
		.own = true,
	};

	return mon_wire_stamp(ts, target->vm, &payload, dst);
}
