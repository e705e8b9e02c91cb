/* calls.c - ask many qubes at once; see calls.h. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/signalfd.h>

#include "call.h"
#include "calls.h"
#include "cleanup.h"
#include "clock.h"
#include "qubes.h"
#include "tool.h"

/* One open call. */
struct slot {
	struct mon_call call;
	struct mon_target *target; /* NULL: the slot is free */
	int64_t started;           /* mon_clock_us() */
	bool fresh;                /* younger than MON_YIELD_MS */
	size_t len;                /* of its answer */
};

/* What poll(2) watches: the signals, then two descriptors of each slot; -1: nothing there. */
enum { SIGNALS, OF_SLOTS };

#define WATCHED (OF_SLOTS + 2 * MON_CALLS_OPEN)

struct run {
	const struct mon_calls *calls;
	int64_t deadline; /* mon_clock_us() */
	size_t next;      /* the target to ask next */
	unsigned fresh, open;
	int failed; /* why a call could not be started: -errno, 0 in common */
	bool full;  /* out of processes or descriptors until a call ends */
	bool over;  /* the deadline has come: start no more */
	struct pollfd watched[WATCHED];
};

/* Static: 4 MiB, of which an honest answer touches one page, and a slot that is looked at none. */
static struct slot slots[MON_CALLS_OPEN];
static char answers[MON_CALLS_OPEN][MON_ANSWER_MAX];

static char *
answer_of(const struct slot *s)
{
	return answers[s - slots];
}

static struct pollfd *
output_of(struct run *run, const struct slot *s)
{
	return &run->watched[OF_SLOTS + 2 * (s - slots)];
}

static struct pollfd *
end_of(struct run *run, const struct slot *s)
{
	return output_of(run, s) + 1;
}

static void
watch(struct pollfd *watched, int fd)
{
	*watched = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void
stop_being_fresh(struct run *run, struct slot *s)
{
	if (s->fresh)
		run->fresh--;
	s->fresh = false;
}

static void
release(struct run *run, struct slot *s)
{
	watch(output_of(run, s), -1);
	watch(end_of(run, s), -1);
	mon_call_end(&s->call);
	stop_being_fresh(run, s);
	s->target = NULL;
	run->open--;
	run->full = false;
}

/* start() has left ${target} as it was: it is to be asked when another call has ended. */
#define NO_ROOM 1
static int start(struct run *run, struct mon_target *target);

/* The question of ${s} is over: free the slot, tell the result, or ask once more. */
static int
finish(struct run *run, struct slot *s, enum mon_result result, int exit_code)
{
	struct mon_target *target = s->target;
	char *const answer = answer_of(s);
	const size_t len = s->len; /* start() takes the slot, even where there is no room */
	int r = NO_ROOM;

	target->result = result;
	target->ms = (unsigned)((mon_clock_us() - s->started) / 1000);
	target->bytes = len;
	/* The call is ended before its answer goes on: a slow reader must not keep it open. */
	release(run, s);
	if (exit_code >= 0 && !run->over && run->calls->again(target, answer, len, exit_code))
		r = start(run, target);
	if (r != NO_ROOM)
		return r;
	return run->calls->ended(target, answer, len, exit_code);
}

/*
 * What the exit code of qrexec-client-vm says: that of the handler, or 125 to 127, which are
 * reserved (qrexec.h of Qubes).  A mon-sample that could not read some figure ends with
 * MON_EX_PARTIAL; its answer is whole, and its alerts will not come again.
 */
static enum mon_result
result_of(int exit_code)
{
	switch (exit_code) {
	case MON_EX_OK:
	case MON_EX_PARTIAL: return MON_RESULT_OK;
	case MON_QREXEC_REFUSED: return MON_RESULT_REFUSED;
	case MON_QREXEC_NO_SERVICE: return MON_RESULT_NO_HANDLER;
	default: return MON_RESULT_FAILED;
	}
}

/*
 * Take what has come.  Return true if that was the end of the question, with what finish()
 * returned in ${ret}; false if the exit code is still to come.
 */
static bool
take_output(struct run *run, struct slot *s, int *ret)
{
	int r;

	if (output_of(run, s)->fd < 0) /* its end was seen */
		return false;
	r = mon_call_drain(&s->call, answer_of(s), MON_ANSWER_MAX, &s->len);
	if (r == -EAGAIN)
		return false;
	if (r == 0) { /* the output has ended; the program has not */
		watch(output_of(run, s), -1);
		return false;
	}
	*ret = finish(run, s, r == -EFBIG ? MON_RESULT_TOO_BIG : MON_RESULT_FAILED, -1);
	return true;
}

static int
on_output(struct run *run, struct slot *s)
{
	int r = 0;

	if (output_of(run, s)->revents != 0)
		take_output(run, s, &r);
	return r;
}

/* If the program has ended, so has the question: return true, with what finish() returned. */
static bool
take_end(struct run *run, struct slot *s, int *ret)
{
	int exit_code = 0;

	if (!mon_call_reap(&s->call, &exit_code))
		return false;
	/* What it wrote before its end is in the pipe by now; an heir of the pipe is not waited for. */
	if (!take_output(run, s, ret))
		*ret = finish(run, s, result_of(exit_code), exit_code);
	return true;
}

static int
on_end(struct run *run, struct slot *s)
{
	int r = 0;

	if (end_of(run, s)->revents != 0)
		take_end(run, s, &r);
	return r;
}

/* Was ${s} given the time of one answer?  Half a second less makes no difference. */
static bool
had_its_time(const struct run *run, const struct slot *s)
{
	const struct mon_calls *c = run->calls;
	unsigned full = c->timeout_ms < c->deadline_ms ? c->timeout_ms : c->deadline_ms;

	return (mon_clock_us() - s->started) / 1000 + MON_YIELD_MS >= full;
}

/* When the time of ${s} is over; for a fresh one, when it stops being fresh if that is sooner. */
static int64_t
next_turn(const struct run *run, const struct slot *s)
{
	const unsigned full = run->calls->timeout_ms;

	return s->started + INT64_C(1000) * (s->fresh && MON_YIELD_MS < full ? MON_YIELD_MS : full);
}

/* The time of ${s} is over; but what came while we waited for the reader of stdout came in time. */
static int
give_up(struct run *run, struct slot *s, enum mon_result result)
{
	int r = 0;

	if (take_end(run, s, &r) || take_output(run, s, &r))
		return r;
	return finish(run, s, result, -1);
}

static int
on_clock(struct run *run, struct slot *s)
{
	const int64_t now = mon_clock_us();

	if (run->over)
		return give_up(
		    run, s, had_its_time(run, s) ? MON_RESULT_TIMEOUT : MON_RESULT_SKIPPED);
	if (now >= s->started + run->calls->timeout_ms * INT64_C(1000))
		return give_up(run, s, MON_RESULT_TIMEOUT);
	if (now >= next_turn(run, s))
		stop_being_fresh(run, s);
	return 0;
}

static int
for_each_open(struct run *run, int (*what)(struct run *run, struct slot *s))
{
	int r = 0;

	for (size_t i = 0; i < MON_CALLS_OPEN && r >= 0; i++)
		if (slots[i].target != NULL)
			r = what(run, &slots[i]);
	return r;
}

static struct slot *
free_slot(void)
{
	for (size_t i = 0; i < MON_CALLS_OPEN; i++)
		if (slots[i].target == NULL)
			return &slots[i];
	return NULL;
}

/* Is ${err} the end of the run, and not just of one call?  No program will be found next time. */
static bool
is_fatal(int err)
{
	return err == -ENOENT || err == -EACCES || err == -ENOEXEC;
}

/* Does ${err} end as soon as another call ends? */
static bool
is_shortage(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -EAGAIN || err == -ENOMEM;
}

static int
start(struct run *run, struct mon_target *target)
{
	struct slot *s = free_slot();
	int r;

	s->call = (struct mon_call)MON_CALL_NONE;
	s->started = mon_clock_us();
	s->len = 0;
	r = mon_call_start(run->calls->command(target), 0, &s->call);
	if (is_fatal(r))
		return r;
	if (is_shortage(r) && run->open > 0) {
		run->full = true;
		return NO_ROOM;
	}
	if (r < 0) { /* the others may still be asked */
		run->failed = r;
		target->result = MON_RESULT_FAILED;
		return run->calls->ended(target, answer_of(s), 0, -1);
	}
	target->asked = true;
	s->target = target;
	s->fresh = true;
	run->fresh++;
	run->open++;
	watch(output_of(run, s), s->call.out);
	watch(end_of(run, s), s->call.pidfd);
	return 0;
}

/* Start as many calls as may be open. */
static int
start_more(struct run *run)
{
	struct mon_targets *targets = run->calls->targets;
	int r = 0;

	while (r >= 0 && !run->over && !run->full && run->next < targets->n &&
	       run->fresh < run->calls->fresh_max && run->open < MON_CALLS_OPEN) {
		struct mon_target *target = &targets->list[run->next];

		if (target->ask)
			r = start(run, target);
		if (!run->full)
			run->next++;
	}
	return r < 0 ? r : 0;
}

/* The signals that end the run; MON_PROCESS_APART unblocks them for the programs that are started. */
static int
open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Wait until there is something to do.  Return 0 or -errno. */
static int
wait_for_any(struct run *run)
{
	int64_t next = run->deadline, left;
	nfds_t n = OF_SLOTS;

	for (size_t i = 0; i < MON_CALLS_OPEN; i++) {
		if (slots[i].target == NULL)
			continue;
		if (next_turn(run, &slots[i]) < next)
			next = next_turn(run, &slots[i]);
		n = OF_SLOTS + 2 * (i + 1);
	}
	left = (next - mon_clock_us() + 999) / 1000;
	if (left < 0)
		left = 0;
	if (poll(run->watched, n, left < INT_MAX ? (int)left : INT_MAX) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

/* Answers first, then ends, then what stops us: what has come is not lost by it. */
static int
loop(struct run *run)
{
	int r = start_more(run);

	while (r >= 0 && run->open > 0) {
		r = wait_for_any(run);
		if (r >= 0)
			r = for_each_open(run, on_output);
		if (r >= 0)
			r = for_each_open(run, on_end);
		if (r >= 0 && run->watched[SIGNALS].revents != 0)
			r = -EINTR;
		run->over = mon_clock_us() >= run->deadline;
		if (r >= 0)
			r = for_each_open(run, on_clock);
		if (r >= 0)
			r = start_more(run);
	}
	return r;
}

int
mon_calls_run(const struct mon_calls *calls)
{
	struct run run = {
		.calls = calls,
		.deadline = mon_clock_us() + calls->deadline_ms * INT64_C(1000),
	};
	cleanup_fd int signals = open_signals();
	int r;

	if (signals < 0)
		return signals;
	for (size_t i = 0; i < WATCHED; i++)
		watch(&run.watched[i], i == SIGNALS ? signals : -1);
	for (size_t i = 0; i < calls->targets->n; i++)
		if (calls->targets->list[i].ask)
			calls->targets->list[i].result = MON_RESULT_SKIPPED; /* until it is asked */
	r = loop(&run);
	for (size_t i = 0; i < MON_CALLS_OPEN; i++)
		if (slots[i].target != NULL)
			release(&run, &slots[i]);
	return r < 0 ? r : run.failed;
}
