/* fuzz_qubes.c - dom0's answer to admin.vm.List: what comes out is a name and a state; see qubes.h. */
#include "fuzz.h"
#include "qubes.h"
#include "shape.h"

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *answer = fuzz_place(&room, data, size), word[MON_WORD_MAX + 1];
	struct mon_qubes list;
	size_t lines = 0, got = 0;

	memset(word, 'x', sizeof(word));
	mon_qubes_error(answer, size, word);
	MUST(memchr(word, '\0', sizeof(word)) != NULL && word[0] != '\0');
	fuzz_harmless(word, strlen(word));

	for (size_t i = 2; i < size; i++)
		lines += answer[i] == '\n' || i + 1 == size;
	MUST(mon_qubes_init(&list, answer, size) ==
	     (size >= 2 && answer[0] == '0' && answer[1] == '\0'));
	if (size >= 2 && answer[0] == '0' && answer[1] == '\0') {
		for (int r = MON_LINE_OK; r != MON_LINE_EOF; got++) {
			struct mon_qube q = { .vm = { NULL, 7 }, .state = { NULL, 9 } };

			r = mon_qubes_next(&list, &q);
			if (r != MON_LINE_OK) {
				MUST(q.vm.p == NULL && q.vm.n == 7 && q.state.p == NULL);
				MUST(r == MON_LINE_EOF || r == MON_LINE_LONG || r == MON_LINE_CUT);
				continue;
			}
			MUST(q.vm.p >= answer && q.vm.p + q.vm.n <= answer + size);
			MUST(q.state.p >= answer && q.state.p + q.state.n <= answer + size);
			MUST(mon_shape_check(MON_VM, q.vm.p, q.vm.n));
			MUST(mon_shape_check(MON_WORD, q.state.p, q.state.n));
		}
		/* Each line was told of once, and the end. */
		MUST(got == lines + 1);
	}
	return 0;
}
