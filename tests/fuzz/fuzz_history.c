/* fuzz_history.c - the file of the polls before: a record is read, written and read the same. */
#include "fuzz.h"

/* The reader of one line is static; the file around it is line.h's, which has a target. */
#include "../../tools/scrape/history.c"

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t at = 0; at <= size;) {
		const uint8_t *lf = at < size ? memchr(data + at, '\n', size - at) : NULL;
		size_t len = lf != NULL ? (size_t)(lf - data) - at : size - at, n;
		uint64_t quota; /* some number of the input */
		char *line = fuzz_place(&room, data + at, len);
		struct record *r = &records.list[0], again;

		at += len + 1;
		if (len <= LINE_MAX_LEN && parse(line, len, r)) {
			MUST(mon_shape_check(MON_VM, r->vm, strnlen(r->vm, sizeof(r->vm))));
			MUST(r->result < MON_TARGET_RESULTS && r->timeouts <= 64);
			MUST(r->until >= 0 && r->seen >= 0 && r->owed <= INT64_MAX);
			MUST(pause_after(r->timeouts) <= MON_BACKOFF_MAX_S);
			records.n = 1;
			quota = (uint64_t)r->until;
			n = format(r->seen);
			MUST(n > 1 && n <= LINE_MAX_LEN && text[n - 1] == '\n');
			MUST(parse(text, n - 1, &again) && memcmp(&again, r, sizeof(again)) == 0);
			records.n = 0;
			/* Whatever it owes, at any time and quota: no more than a bucket, in the end all. */
			MUST(mon_quota_left(r->owed, quota) <= mon_quota_bucket(quota));
			again = (struct record){ .seen = r->until, .owed = r->owed };
			MUST(owed_at(&again, MON_QUOTA_DAY, r->seen) <=
			     2 * MON_QUOTA_BURST * MON_QUOTA_PARTS);
			MUST(owed_at(&again, quota, r->seen) >= owed_at(&again, quota, INT64_MAX));
			MUST(mon_quota_refill(r->owed, MON_QUOTA_DAY, 3 * 3600) == 0);
		}
	}
	return 0;
}
