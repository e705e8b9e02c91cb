/*
 * fuzz_intake.c - what one hostile qube says: only its own checked lines, within the bounds,
 * leave mon-scrape; see intake.h.  The lowest bit of the first byte says whether the call ended
 * well; the others tell what the quota allows: 0 for anything, else some few lines at the most.
 */
#include "fuzz.h"
#include "intake.h"

static char dst[MON_INTAKE_MAX], within[MON_INTAKE_MAX];

/*
 * The same answer under a quota: the beginning of what was filed without (${n} bytes in dst, as
 * ${free} tells), in whole lines, as much as fits.
 */
static void
check_quota(char *answer, size_t len, enum mon_result before, const char *ts, size_t allowed,
    const struct mon_target *free, size_t n)
{
	struct mon_target target = {
		.vm = "work", .result = before, .allowed = allowed, .allowed_figures = allowed
	};
	enum mon_wire_err reason = MON_WIRE_ERRS;
	size_t filed = mon_intake_lines(answer, len, true, ts, &target, within, &reason);

	MUST(filed <= allowed && filed <= n && filed == target.filed);
	MUST(memcmp(within, dst, filed) == 0);
	MUST(filed == 0 || within[filed - 1] == '\n');
	MUST(target.over_quota == (filed < n));
	if (filed < n) {
		const char *lf = memchr(dst + filed, '\n', n - filed);

		MUST((size_t)(lf - dst) + 1 > allowed);
		MUST(target.result ==
		     (free->result == MON_RESULT_OK ? MON_RESULT_TOO_BIG : free->result));
	} else {
		MUST(target.result == free->result);
	}
	MUST(target.lines + target.rejected == free->lines + free->rejected);
}

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char ts[] = "2025-08-31T12:00:10Z";
	struct mon_target target = {
		.vm = "work", .allowed = MON_INTAKE_MAX, .allowed_figures = MON_INTAKE_MAX
	};
	enum mon_result before;
	enum mon_frame frame;
	size_t rows[MON_KINDS] = { 0 }, lines = 0, len, n;
	enum mon_wire_err reason = MON_WIRE_ERRS;
	char report[MON_ROW_MAX], *answer;
	struct mon_rec rec;
	bool whole;

	if (size < 1 || size - 1 > MON_ANSWER_MAX)
		return 0;
	before = (data[0] & 1) != 0 ? MON_RESULT_OK : MON_RESULT_FAILED;
	answer = fuzz_place(&room, data + 1, size - 1);
	frame = mon_intake_frame(answer, size - 1);
	whole = frame == MON_FRAME_WHOLE || (frame == MON_FRAME_NONE && before == MON_RESULT_OK);
	target.result = before;
	len = mon_intake_lines(answer, size - 1, true, ts, &target, dst, &reason);
	MUST(len <= sizeof(dst) && reason < MON_WIRE_ERRS);
	for (size_t at = 0; at < len; at += n, lines++) {
		const char *lf = memchr(dst + at, '\n', len - at);
		enum mon_kind kind;

		MUST(lf != NULL);
		n = (size_t)(lf - dst) - at + 1;
		fuzz_harmless(dst + at, n - 1);
		MUST(mon_wire_parse(dst + at, n - 1, &rec) == MON_WIRE_OK);
		MUST(memcmp(rec.ts.p, ts, MON_STAMP_LEN) == 0);
		MUST(rec.vm.n == 4 && memcmp(rec.vm.p, "work", 4) == 0);
		MUST(rec.payload.table->sender == MON_FROM_GUEST);
		kind = mon_schema_kind(rec.payload.table);
		MUST(++rows[kind] <= rec.payload.table->rows_max);
		MUST(kind != MON_KIND_ALERT || (whole && rec.payload.untrusted_text.p[0] != '!'));
	}
	MUST(lines == target.lines && lines <= MON_ANSWER_LINES);
	MUST(target.filed == len && !target.over_quota);
	if (data[0] > 1) {
		memcpy(answer, data + 1, size - 1); /* intake may change what it reads */
		check_quota(
		    answer, size - 1, before, ts, 3 * ((size_t)data[0] / 2 - 1), &target, len);
	}
	MUST((reason != MON_WIRE_OK) <= (target.rejected > 0));
	MUST(target.frame == frame && (whole || target.result == MON_RESULT_FAILED));
	MUST(lines + target.unknown > 0 || target.result != MON_RESULT_OK);
	len = mon_intake_report(ts, &target, report);
	MUST(len <= sizeof(report) && report[len - 1] == '\n');
	MUST(mon_wire_parse(report, len - 1, &rec) == MON_WIRE_OK);
	MUST(mon_schema_kind(rec.payload.table) == MON_KIND_SCRAPE);
	return 0;
}
