/* fuzz_history.c - the file of the polls before: a record is read, written and read the same. */
#include "fuzz.h"

/* The reader of one line is static; the file around it is line.h's, which has a target. */
#include "../../lib/history/history.c"

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	records.start = 0;
	records.filed = 0;
	for (size_t at = 0; at <= size;) {
		const uint8_t *lf = at < size ? memchr(data + at, '\n', size - at) : NULL;
		size_t len = lf != NULL ? (size_t)(lf - data) - at : size - at, n, head;
		char *line = fuzz_place(&room, data + at, len);
		struct record *r = &records.list[0];
		static struct records again;

		at += len + 1;
		if (len <= LINE_MAX_LEN && parse_day(line, len, &records)) {
			MUST(records.start >= 0 && records.filed <= INT64_MAX);
			records.n = 0;
			n = format(records.start);
			MUST(n > 1 && n <= LINE_MAX_LEN && text[n - 1] == '\n');
			MUST(parse_day(text, n - 1, &again));
			MUST(again.start == records.start && again.filed == records.filed);
		}
		if (len <= LINE_MAX_LEN && parse(line, len, r)) {
			const time_t now = records.start; /* some time of the input */

			MUST(mon_shape_check(MON_VM, r->vm, strnlen(r->vm, sizeof(r->vm))));
			MUST(r->result < MON_RESULTS && r->older < MON_OLDERS);
			MUST(r->since >= 0 && r->until >= 0 && r->seen >= 0 && r->asked >= 0);
			MUST(r->filed <= INT64_MAX);
			records.n = 1;
			n = format(r->seen);
			head = (size_t)((char *)memchr(text, '\n', n) - text) + 1;
			MUST(n > head && n - head <= LINE_MAX_LEN && text[n - 1] == '\n');
			MUST(parse(text + head, n - head - 1, &again.list[0]) &&
			     memcmp(&again.list[0], r, sizeof(*r)) == 0);
			/* Whatever stands there, at any time: bounded. */
			move_on(now);
			MUST(r->seen <= now && r->since <= now && r->asked <= now);
			MUST(pause_after(r, now) >= MON_BACKOFF_FIRST_S);
			MUST(pause_after(r, now) <= MON_BACKOFF_MAX_S);
			MUST(!is_alone(r, r->until) && !is_alone(r, r->until + MON_BACKOFF_MAX_S));
			MUST(records.start == now || now - records.start < MON_QUOTA_S);
			records.n = 0;
		}
	}
	return 0;
}
