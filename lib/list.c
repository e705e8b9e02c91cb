/* list.c - dom0's answer to admin.vm.List; see list.h. */
#include <string.h>

#include "caps.h"
#include "list.h"
#include "shape.h"

bool
mon_list_init(struct mon_list *list, char *untrusted_answer, size_t len)
{
	if (len < 2 || memcmp(untrusted_answer, "0", 2) != 0)
		return false;
	mon_line_memory(&list->lines, untrusted_answer + 2, len - 2, MON_LINE_MAX);
	return true;
}

/* Cut one line into name and state; false if it has no good ones. */
static bool
parse(const char *untrusted, size_t len, struct mon_str *ret_vm, struct mon_str *ret_state)
{
	static const char key[] = "state=";
	const size_t keylen = sizeof(key) - 1;
	struct mon_str rest = { untrusted, len };
	struct mon_str vm = mon_str_word(&rest);

	if (!mon_shape_check(MON_VM, vm.p, vm.n))
		return false;
	while (rest.n > 0) {
		struct mon_str w = mon_str_word(&rest);

		if (w.n < keylen || memcmp(w.p, key, keylen) != 0)
			continue;
		w.p += keylen;
		w.n -= keylen;
		if (!mon_shape_check(MON_WORD, w.p, w.n))
			return false;
		*ret_vm = vm;
		*ret_state = w;
		return true;
	}
	return false;
}

int
mon_list_next(struct mon_list *list, struct mon_str *ret_vm, struct mon_str *ret_state)
{
	const char *untrusted = NULL;
	size_t len = 0;
	int r = mon_line_next(&list->lines, &untrusted, &len);

	if (r == MON_LINE_OK && !parse(untrusted, len, ret_vm, ret_state))
		return MON_LINE_LONG;
	return r;
}

bool
mon_list_is_running(struct mon_str state)
{
	return mon_str_is(state, "Running");
}

void
mon_list_error(const char *untrusted_answer, size_t len, char *dst)
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
