/* calls.c - ask many qubes at once; see calls.h. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "call.h"
#include "calls.h"
#include "clock.h"
#include "tool.h"

/* One open call.  The slots are static: 4 MiB of which an honest answer touches one page. */
struct slot {
	struct mon_call call;
	struct mon_target *target; /* NULL: the slot is free */
	struct run *run;
	sd_event_source *output, *end, *timer;
	uint64_t started; /* CLOCK_MONOTONIC, microseconds */
	bool fresh;       /* younger than MON_YIELD_MS */
	size_t len;
	char answer[MON_ANSWER_MAX];
};

struct run {
	const struct mon_calls *calls;
	sd_event *event;
	struct slot *slots; /* MON_CALLS_OPEN of them */
	size_t next;        /* the target to ask next */
	unsigned fresh, open;
	int failed; /* why a call could not be started: -errno, 0 in common */
	bool over;  /* the deadline has come: start no more */
};

static struct slot slots[MON_CALLS_OPEN];

/* Answers first, then ends, then clocks: a late wake-up must not lose what has come in time. */
enum { PRIORITY_OUTPUT = -20, PRIORITY_END = -10, PRIORITY_TIMER = 0 };

static int start_more(struct run *run);

/* Not sd_event_now(): that is when the loop woke up, and writing an answer may have taken long. */
static uint64_t
now_usec(void)
{
	return (uint64_t)mon_clock_us();
}

static void
stop_being_fresh(struct slot *s)
{
	if (s->fresh)
		s->run->fresh--;
	s->fresh = false;
}

static void
release(struct slot *s)
{
	/* The sources first: they must not outlive the descriptors they watch. */
	s->output = sd_event_source_disable_unref(s->output);
	s->end = sd_event_source_disable_unref(s->end);
	s->timer = sd_event_source_disable_unref(s->timer);
	mon_call_end(&s->call);
	stop_being_fresh(s);
	s->target = NULL;
	s->run->open--;
}

/* The question of ${s} is over: tell the result, free the slot, ask the next. */
static int
finish(struct slot *s, enum mon_target_result result, int exit_code)
{
	struct run *run = s->run;
	struct mon_target *target = s->target;
	int r;

	target->result = result;
	target->ms = (unsigned)((now_usec() - s->started) / 1000);
	target->bytes = s->len;
	/* The call is ended before its answer goes on: a slow reader must not keep it open. */
	release(s);
	r = run->calls->ended(target, s->answer, s->len, exit_code);
	return r < 0 ? r : start_more(run);
}

/*
 * What the exit code of qrexec-client-vm says: that of the handler, or 125 to 127, which are
 * reserved (qrexec.h of Qubes).  A mon-sample that could not read some figure ends with
 * MON_EX_PARTIAL; its answer is whole, and its alerts will not come again.
 */
static enum mon_target_result
result_of(int exit_code)
{
	switch (exit_code) {
	case MON_EX_OK:
	case MON_EX_PARTIAL: return MON_TARGET_OK;
	case 126: return MON_TARGET_REFUSED;
	case 127: return MON_TARGET_NO_HANDLER;
	default: return MON_TARGET_FAILED;
	}
}

/* Stop the loop if the run, not just one qube, has failed. */
static int
go_on(struct run *run, int r)
{
	return r < 0 ? sd_event_exit(run->event, r) : 0;
}

/*
 * Take what has come.  Return true if that was the end of the question, with what finish()
 * returned in ${ret}; false if the exit code is still to come.
 */
static bool
take_output(struct slot *s, int *ret)
{
	int r = mon_call_drain(&s->call, s->answer, sizeof(s->answer), &s->len);

	if (r == -EAGAIN)
		return false;
	if (r == 0) { /* the output has ended; the program has not */
		s->output = sd_event_source_disable_unref(s->output);
		return false;
	}
	*ret = finish(s, r == -EFBIG ? MON_TARGET_TOO_BIG : MON_TARGET_FAILED, -1);
	return true;
}

static int
on_output(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct slot *s = data;
	struct run *run = s->run;
	int r = 0;

	(void)source, (void)fd, (void)events;
	return take_output(s, &r) ? go_on(run, r) : 0;
}

static int
on_end(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct slot *s = data;
	struct run *run = s->run;
	int exit_code = 0, r = 0;

	(void)source, (void)fd, (void)events;
	if (!mon_call_reap(&s->call, &exit_code))
		return 0;
	/* What it wrote before its end is in the pipe by now; an heir of the pipe is not waited for. */
	if (s->output == NULL || !take_output(s, &r))
		r = finish(s, result_of(exit_code), exit_code);
	return go_on(run, r);
}

/* First the call stops being fresh, then its time is over. */
static int
on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct slot *s = data;
	struct run *run = s->run;
	uint64_t deadline = s->started + run->calls->timeout_ms * UINT64_C(1000);
	int r;

	(void)source, (void)usec;
	if (now_usec() >= deadline)
		return go_on(run, finish(s, MON_TARGET_TIMEOUT, -1));
	stop_being_fresh(s);
	r = sd_event_source_set_time(s->timer, deadline);
	if (r >= 0)
		r = sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
	return go_on(run, r < 0 ? r : start_more(run));
}

/* Was ${s} given the time of one answer?  Half a second less makes no difference. */
static bool
had_its_time(const struct slot *s)
{
	const struct mon_calls *c = s->run->calls;
	unsigned full = c->timeout_ms < c->deadline_ms ? c->timeout_ms : c->deadline_ms;

	return (now_usec() - s->started) / 1000 + MON_YIELD_MS >= full;
}

static int
on_deadline(sd_event_source *source, uint64_t usec, void *data)
{
	struct run *run = data;
	int r = 0;

	(void)source, (void)usec;
	run->over = true;
	for (size_t i = 0; i < MON_CALLS_OPEN && r >= 0; i++) {
		struct slot *s = &run->slots[i];

		if (s->target != NULL)
			r = finish(
			    s, had_its_time(s) ? MON_TARGET_TIMEOUT : MON_TARGET_SKIPPED, -1);
	}
	return sd_event_exit(run->event, r);
}

static int
on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct run *run = data;

	(void)source, (void)info;
	return sd_event_exit(run->event, -EINTR);
}

/* Watch the call of ${s}, which was started. */
static int
watch(struct run *run, struct slot *s)
{
	uint64_t first = s->started + MON_YIELD_MS * UINT64_C(1000);
	uint64_t deadline = s->started + run->calls->timeout_ms * UINT64_C(1000);
	int r;

	r = sd_event_add_io(run->event, &s->output, s->call.out, EPOLLIN, on_output, s);
	if (r >= 0)
		r = sd_event_source_set_priority(s->output, PRIORITY_OUTPUT);
	if (r >= 0)
		r = sd_event_add_io(run->event, &s->end, s->call.pidfd, EPOLLIN, on_end, s);
	if (r >= 0)
		r = sd_event_source_set_priority(s->end, PRIORITY_END);
	if (r >= 0)
		r = sd_event_add_time(run->event, &s->timer, CLOCK_MONOTONIC,
		    first < deadline ? first : deadline, 1000, on_timer, s);
	if (r >= 0)
		r = sd_event_source_set_priority(s->timer, PRIORITY_TIMER);
	return r;
}

static struct slot *
free_slot(struct run *run)
{
	for (size_t i = 0; i < MON_CALLS_OPEN; i++)
		if (run->slots[i].target == NULL)
			return &run->slots[i];
	return NULL;
}

/* Is ${err} the end of the run, and not just of one call?  No program will be found next time. */
static bool
is_fatal(int err)
{
	return err == -ENOENT || err == -EACCES || err == -ENOEXEC;
}

static int
start(struct run *run, struct mon_target *target)
{
	struct slot *s = free_slot(run);
	int r;

	s->call = (struct mon_call)MON_CALL_NONE;
	s->started = now_usec();
	s->len = 0;
	s->run = run;
	r = mon_call_start(run->calls->command(target), 0, &s->call);
	if (is_fatal(r))
		return r;
	if (r < 0) { /* out of processes or descriptors: the others may still be asked */
		run->failed = r;
		target->result = MON_TARGET_FAILED;
		return run->calls->ended(target, s->answer, 0, -1);
	}
	s->target = target;
	s->fresh = true;
	run->fresh++;
	run->open++;
	return watch(run, s);
}

/* Start as many calls as may be open; end the loop when all is done. */
static int
start_more(struct run *run)
{
	struct mon_targets *targets = run->calls->targets;

	while (!run->over && run->next < targets->n && run->fresh < run->calls->fresh_max &&
	       run->open < MON_CALLS_OPEN) {
		struct mon_target *target = &targets->list[run->next++];
		int r = target->ask ? start(run, target) : 0;

		if (r < 0)
			return r;
	}
	if (run->open == 0 && run->next == targets->n)
		return sd_event_exit(run->event, 0);
	return 0;
}

/* sd-event wants the signals blocked; lib/call.c unblocks them for the programs it starts. */
static int
add_signals(struct run *run)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t set;
	int r = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	for (size_t i = 0; r >= 0 && i < sizeof(signals) / sizeof(signals[0]); i++)
		r = sd_event_add_signal(run->event, NULL, signals[i], on_signal, run);
	return r;
}

static int
loop(struct run *run)
{
	int r = add_signals(run);

	if (r >= 0)
		r = sd_event_add_time_relative(run->event, NULL, CLOCK_MONOTONIC,
		    run->calls->deadline_ms * UINT64_C(1000), 1000, on_deadline, run);
	if (r >= 0)
		r = start_more(run);
	return r < 0 ? r : sd_event_loop(run->event);
}

int
mon_calls_run(const struct mon_calls *calls)
{
	struct run run = { .calls = calls, .slots = slots };
	int r = sd_event_new(&run.event);

	if (r < 0)
		return r;
	for (size_t i = 0; i < calls->targets->n; i++)
		if (calls->targets->list[i].ask)
			calls->targets->list[i].result = MON_TARGET_SKIPPED; /* until it is asked */
	r = loop(&run);
	for (size_t i = 0; i < MON_CALLS_OPEN; i++)
		if (slots[i].target != NULL)
			release(&slots[i]);
	sd_event_unref(run.event);
	return r < 0 ? r : run.failed;
}
