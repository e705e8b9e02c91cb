/* qubes.c - dom0's answer to admin.vm.List; see qubes.h. */
#include <string.h>

#include "call.h"
#include "caps.h"
#include "qubes.h"
#include "shape.h"

const char *const mon_qubes_states[MON_QUBES_STATES] = { MON_QUBES_RUNNING, "Halted", "Paused",
	"Transient", "Halting", "Dying", "Crashed", "Suspended", "NA" };

bool
mon_qubes_init(struct mon_qubes *list, char *untrusted_answer, size_t len)
{
	if (len < 2 || memcmp(untrusted_answer, "0", 2) != 0)
		return false;
	mon_line_memory(&list->lines, untrusted_answer + 2, len - 2, MON_LINE_MAX);
	return true;
}

/* The value of ${word}, if it is that of ${key} and there was none before. */
static void
take_value(struct mon_str word, const char *key, struct mon_str *ret)
{
	const size_t n = strlen(key);

	if (ret->p == NULL && mon_str_begins(word, key))
		*ret = (struct mon_str){ word.p + n, word.n - n };
}

/* Cut one line into name, class and state; false if it has no good ones. */
static bool
parse(const char *untrusted, size_t len, struct mon_qube *ret)
{
	struct mon_str rest = { untrusted, len }, class = { NULL, 0 }, state = { NULL, 0 };
	struct mon_str vm = mon_str_word(&rest);

	if (!mon_shape_check(MON_VM, vm.p, vm.n))
		return false;
	while (rest.n > 0) {
		struct mon_str word = mon_str_word(&rest);

		take_value(word, "class=", &class);
		take_value(word, "state=", &state);
	}
	if (state.p == NULL || !mon_shape_check(MON_WORD, state.p, state.n))
		return false;
	*ret =
	    (struct mon_qube){ .vm = vm, .state = state, .remote = mon_str_is(class, "RemoteVM") };
	return true;
}

int
mon_qubes_next(struct mon_qubes *list, struct mon_qube *ret)
{
	const char *untrusted = NULL;
	size_t len = 0;
	int r = mon_line_next(&list->lines, &untrusted, &len);

	if (r == MON_LINE_OK && !parse(untrusted, len, ret))
		return MON_LINE_LONG;
	return r;
}

bool
mon_qubes_is_running(struct mon_str state)
{
	return mon_str_is(state, MON_QUBES_RUNNING);
}

void
mon_qubes_error(const char *untrusted_answer, size_t len, char *dst)
{
	struct mon_str name = { "none", 4 };

	if (len > 2 && memcmp(untrusted_answer, "2", 2) == 0) {
		name.p = untrusted_answer + 2;
		name.n = strnlen(name.p, len - 2);
		/* An identifier, or it is not shown: this goes to a terminal. */
		if (!mon_shape_check(MON_WORD, name.p, name.n))
			name = (struct mon_str){ "unreadable", 10 };
	}
	memcpy(dst, name.p, name.n);
	dst[name.n] = '\0';
}

int
mon_qubes_ask(char *answer, size_t cap, unsigned timeout_ms, size_t *ret_len)
{
	static const char *const argv[] = { "qrexec-client-vm", MON_QUBES_DOM0, "admin.vm.List",
		NULL };
	struct mon_call call = MON_CALL_NONE;
	int code = 0, r = mon_call_start(argv, 0, &call);

	if (r == 0)
		r = mon_call_collect(&call, answer, cap, timeout_ms, ret_len, &code);
	return r < 0 ? r : code;
}
