/* xen.c - ask dom0 once what Xen says of each domain; see xen.h. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "qubes.h"
#include "xen.h"

static bool
is_told(const struct mon_xen *xen, struct mon_str vm)
{
	for (size_t i = 0; i < xen->n; i++)
		if (mon_str_same(xen->domain[i].vm, vm))
			return true;
	return false;
}

static bool
are_all_told(const struct mon_xen *xen)
{
	for (size_t i = 0; i < xen->nrunning; i++)
		if (!is_told(xen, xen->running[i]))
			return false;
	return true;
}

void
mon_xen_learn(struct mon_xen *xen, const char *untrusted, size_t len)
{
	struct mon_stats stats;
	enum mon_stats_result r;

	while (!xen->over && !xen->bad) {
		r = mon_stats_next(untrusted, len, &xen->at, &stats);
		if (r == MON_STATS_MORE)
			return;
		xen->bad = r == MON_STATS_BAD;
		if (r != MON_STATS_OK)
			continue;
		if (xen->n == MON_VMS_MAX || is_told(xen, stats.vm))
			xen->over = true;
		else
			xen->domain[xen->n++] = stats;
	}
}

/* Wait for ${fd} until ${deadline}; false if that has come. */
static bool
wait_for(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const int64_t left = deadline - mon_clock_ms();

	if (left <= 0)
		return false;
	return poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX) != 0;
}

/* How a call went that told of no domain, and whose output has ended with ${r}. */
static int
why(struct mon_call *call, int r, int64_t deadline)
{
	int code = 0;

	if (r == 0 && wait_for(call->pidfd, deadline) && mon_call_reap(call, &code) && code > 0)
		return code;
	return r < 0 ? r : -EPROTO;
}

/* Is ${untrusted} the beginning of an exception whose name has not come in full? */
static bool
is_unnamed(const char *untrusted, size_t len)
{
	return len > 0 && untrusted[0] == '2' &&
	       (len <= 2 || memchr(untrusted + 2, '\0', len - 2) == NULL);
}

int
mon_xen_ask(struct mon_xen *xen, unsigned timeout_ms, const char **ret_answer, size_t *ret_len)
{
	static const char *const argv[] = { "qrexec-client-vm", MON_QUBES_DOM0, "admin.vm.Stats",
		NULL };
	static char answer[MON_STATS_MAX];
	const int64_t deadline = mon_clock_ms() + timeout_ms;
	struct mon_call call = MON_CALL_NONE;
	bool done = false;
	int r = mon_call_start(argv, 0, &call);

	*ret_answer = answer;
	*ret_len = 0;
	if (r < 0)
		return r;
	do {
		r = mon_call_drain(&call, answer, sizeof(answer), ret_len);
		mon_xen_learn(xen, answer, *ret_len);
		/* It looks through all names: once for what came together. */
		xen->over |= xen->n > 0 && are_all_told(xen);
		done = xen->over || (xen->bad && !is_unnamed(answer, *ret_len));
		if (r == -EAGAIN && !done && !wait_for(call.out, deadline))
			r = -ETIMEDOUT;
	} while (r == -EAGAIN && !done);
	r = xen->n > 0 ? 0 : why(&call, xen->bad ? -EPROTO : r, deadline);
	mon_call_end(&call);
	return r;
}
