/* fuzz_state.c - what a sample keeps: a record that is taken means one thing; see state.h. */
#include "fuzz.h"
#include "state.h"

static struct fuzz_room room;
static struct mon_state state, again, before, nothing;
static char record[MON_STATE_MAX], twice[MON_STATE_MAX];

/* What was read says the same when it is written and read again. */
static void
check_again(void)
{
	const size_t n = mon_state_format(&state, record);

	MUST(n <= MON_STATE_MAX);
	MUST(memchr(state.boot, '\0', sizeof(state.boot)) != NULL);
	MUST(strspn(state.boot, "0123456789abcdef") == MON_BOOT_LEN);
	MUST(memchr(state.journal.cursor, '\0', sizeof(state.journal.cursor)) != NULL);
	MUST(state.journal.nfiles <= MON_COUNTED_MAX && state.told.n <= MON_TOLD_MAX);
	MUST(state.journal.logins.next < MON_LOGINS_MAX);
	MUST(mon_state_parse(record, n, &again));
	MUST(mon_state_format(&again, twice) == n && memcmp(record, twice, n) == 0);
	MUST(strcmp(state.journal.cursor, again.journal.cursor) == 0);
	MUST(memcmp(&state.cpu, &again.cpu, sizeof(state.cpu)) == 0);
	MUST(state.told.n == again.told.n); /* its list is as long as that, whatever lies behind */
}

/* A bad record leaves a state that is written as an empty one is. */
static void
check_nothing(void)
{
	const size_t n = mon_state_format(&state, record);

	MUST(n == mon_state_format(&nothing, twice) && memcmp(record, twice, n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_place(&room, data, size);

	if (before.boot[0] == '\0')
		memset(&before, 'x', sizeof(before));
	state = before;
	if (mon_state_parse(p, size, &state))
		check_again();
	else
		check_nothing();
	/* A record of 0.1.0 has one size, which a fuzzer hits too rarely: the spaces are ours. */
	if (size < MON_STATE_OLD) {
		p = fuzz_room(&room, MON_STATE_OLD);
		memset(p, ' ', MON_STATE_OLD);
		if (size > 0)
			memcpy(p, data, size);
		if (mon_state_parse_old(p, MON_STATE_OLD, &state))
			check_again();
		else
			check_nothing();
	}
	return 0;
}
