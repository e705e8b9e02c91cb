/* stats.c - dom0's answer to admin.vm.Stats; see stats.h. */
#include <string.h>

#include "shape.h"
#include "stats.h"

/* Take the string up to the next NUL; false if that has not come. */
static bool
take(struct mon_str *rest, struct mon_str *ret)
{
	const char *nul = rest->n > 0 ? memchr(rest->p, '\0', rest->n) : NULL;

	if (nul == NULL)
		return false;
	*ret = (struct mon_str){ rest->p, (size_t)(nul - rest->p) };
	rest->p += ret->n + 1;
	rest->n -= ret->n + 1;
	return true;
}

/* Take the pairs of an event; false if its end has not come.  A key that comes twice counts as bad. */
static bool
take_pairs(struct mon_str *rest, struct mon_stats *ret, bool *ret_good)
{
	struct mon_str key, value;

	for (;;) {
		struct mon_str *want = NULL;

		if (!take(rest, &key))
			return false;
		if (key.n == 0)
			return true;
		if (!take(rest, &value))
			return false;
		if (mon_str_is(key, "cpu_time"))
			want = &ret->cpu_ms;
		else if (mon_str_is(key, "memory_kb"))
			want = &ret->memory_kb;
		if (want == NULL)
			continue;
		*ret_good &= want->p == NULL && mon_shape_check(MON_INT, value.p, value.n);
		*want = value;
	}
}

enum mon_stats_result
mon_stats_next(const char *untrusted, size_t len, size_t *at, struct mon_stats *ret)
{
	struct mon_str rest = { untrusted + *at, len - *at }, mark, event;
	struct mon_stats stats = { .vm = { NULL, 0 } };
	bool good = true;

	if (rest.n > 0 && rest.p[0] != '1')
		return MON_STATS_BAD;
	if (rest.n > 1 && rest.p[1] != '\0')
		return MON_STATS_BAD;
	if (!take(&rest, &mark) || !take(&rest, &stats.vm) || !take(&rest, &event) ||
	    !take_pairs(&rest, &stats, &good))
		return MON_STATS_MORE;
	*at = len - rest.n;
	if (!good || !mon_str_is(event, "vm-stats") || stats.cpu_ms.p == NULL ||
	    stats.memory_kb.p == NULL || !mon_shape_check(MON_VM, stats.vm.p, stats.vm.n))
		return MON_STATS_OTHER;
	*ret = stats;
	return MON_STATS_OK;
}
