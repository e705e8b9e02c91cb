/* fuzz_state.c - what a sample keeps: a record that is taken means one thing; see state.h. */
#include "fuzz.h"
#include "state.h"

static struct fuzz_room room;

static void
check_record(const char *p, size_t size)
{
	static struct mon_state state, again, before;
	static char record[MON_STATE_BYTES], twice[MON_STATE_BYTES];
	size_t n;

	memset(&before, 'x', sizeof(before));
	state = before;
	if (!mon_state_parse(p, size, &state)) {
		MUST(memcmp(&state, &before, sizeof(state)) == 0);
	} else {
		MUST(memchr(state.boot, '\0', sizeof(state.boot)) != NULL);
		MUST(strspn(state.boot, "0123456789abcdef") == MON_BOOT_LEN);
		MUST(memchr(state.journal.cursor, '\0', sizeof(state.journal.cursor)) != NULL);
		/* Nothing stands behind the end. */
		for (n = size; n > 0 && p[n - 1] == ' '; n--)
			;
		MUST(n > 5 && memcmp(p + n - 5, "\nend\n", 5) == 0);
		/* What was read fits, and says the same. */
		MUST(mon_state_format(&state, record));
		MUST(mon_state_parse(record, sizeof(record), &again));
		MUST(mon_state_format(&again, twice));
		MUST(memcmp(record, twice, sizeof(record)) == 0);
		MUST(strcmp(state.boot, again.boot) == 0 && state.said == again.said);
		MUST(strcmp(state.journal.cursor, again.journal.cursor) == 0);
		MUST(memcmp(&state.cpu, &again.cpu, sizeof(state.cpu)) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_place(&room, data, size);

	check_record(p, size);
	/* A record has one size, which a fuzzer hits too rarely: the spaces at its end are ours. */
	if (size < MON_STATE_BYTES) {
		p = fuzz_room(&room, MON_STATE_BYTES);
		memset(p, ' ', MON_STATE_BYTES);
		if (size > 0)
			memcpy(p, data, size);
		check_record(p, MON_STATE_BYTES);
	}
	return 0;
}
