/* known.c - what dom0's list says of qubes that a person named; see known.h. */
#include <string.h>

#include "known.h"
#include "qubes.h"

static enum mon_known
find(const char *vm, char *untrusted_answer, size_t len, size_t *ret_qubes)
{
	enum mon_known known = MON_KNOWN_ABSENT;
	struct mon_qube qube = { 0 };
	struct mon_qubes list;
	int r;

	*ret_qubes = 0;
	if (!mon_qubes_init(&list, untrusted_answer, len))
		return MON_KNOWN_NOT;
	while ((r = mon_qubes_next(&list, &qube)) != MON_LINE_EOF) {
		if (r != MON_LINE_OK)
			continue;
		++*ret_qubes;
		if (!mon_str_is(qube.vm, vm))
			continue;
		known = qube.remote                        ? MON_KNOWN_REMOTE
			: mon_qubes_is_running(qube.state) ? MON_KNOWN_RUNNING
							   : MON_KNOWN_NOT_RUNNING;
	}
	return known;
}

void
mon_known_learn(struct mon_targets *targets, char *untrusted_answer, size_t len)
{
	for (size_t i = 0; i < targets->n; i++) {
		struct mon_target *t = &targets->list[i];
		size_t qubes;

		t->known = find(t->vm, untrusted_answer, len, &qubes);
		/* dom0 alone: the policy hides all others. */
		if (t->known == MON_KNOWN_ABSENT && qubes <= 1)
			t->known = MON_KNOWN_NOT;
		if (t->known == MON_KNOWN_REMOTE)
			t->ask = false;
	}
}

void
mon_known_ask(struct mon_targets *targets, unsigned timeout_ms)
{
	static char answer[MON_LIST_MAX];
	size_t len = 0;

	if (mon_qubes_ask(answer, sizeof(answer), timeout_ms, &len) == 0)
		mon_known_learn(targets, answer, len);
}
