/* intake.c - what one qube said; see intake.h. */
#include <stdio.h>
#include <string.h>

#include "intake.h"
#include "line.h"

size_t
mon_intake_lines(char *untrusted, size_t len, bool whole, const char *ts, struct mon_target *target,
    char *dst, enum mon_wire_err *ret_reason)
{
	size_t rows[MON_KINDS] = { 0 };
	size_t n = 0, seen = 0;
	enum mon_wire_err reason = MON_WIRE_OK;
	bool too_big = false;
	const char *line = NULL;
	size_t linelen = 0;
	struct mon_line lines;
	int r;

	mon_line_memory(&lines, untrusted, len, MON_LINE_MAX);
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
			err = mon_wire_payload(line, linelen, MON_FROM_GUEST, &payload);
		if (err != MON_WIRE_OK) {
			target->rejected++;
			if (reason == MON_WIRE_OK)
				reason = err;
			continue;
		}
		kind = mon_schema_kind(payload.table);
		if (kind == MON_KIND_ALERT && !whole)
			continue;
		if (rows[kind]++ >= payload.table->rows_max) {
			target->rejected++;
			continue;
		}
		if (!target->over_quota) {
			size_t one = mon_wire_stamp(ts, target->vm, &payload, dst + n);

			if (one <= target->allowed - n) {
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
	if (target->result == MON_TARGET_OK && (too_big || target->over_quota))
		target->result = MON_TARGET_TOO_BIG;
	if (target->result == MON_TARGET_OK && target->lines == 0)
		target->result = MON_TARGET_FAILED;
	*ret_reason = reason;
	return n;
}

size_t
mon_intake_report(const char *ts, const struct mon_target *target, char *dst)
{
	char fields[128];
	int n = snprintf(fields, sizeof(fields), "%s,%u,%zu,%zu,%zu",
	    mon_target_result_name(target->result), target->ms, target->bytes, target->lines,
	    target->rejected);
	struct mon_payload payload = {
		.table = &mon_schema[MON_KIND_SCRAPE],
		.fields = { fields, (size_t)n },
		.own = true,
	};

	return mon_wire_stamp(ts, target->vm, &payload, dst);
}
