/* sample.c - one sample: the state, what is printed, and its way to who asked; see sample.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "clock.h"
#include "deliver.h"
#include "dropin.h"
#include "figures.h"
#include "io.h"
#include "journal.h"
#include "sample.h"
#include "tool.h"

#define MARGIN 6 /* a sixth of the time is left to end in good order, on a busy machine too */

bool
mon_sample_start(const char *now, struct mon_sample *s)
{
	struct itimerval timer = { .it_value = { .tv_sec = s->timeout_ms / 1000,
				       .tv_usec = s->timeout_ms % 1000 * 1000 } };
	struct timespec ts;
	time_t t = 0;

	if (now != NULL && !mon_tool_now(now, &t))
		return false;
	s->start_ms = mon_clock_ms();
	clock_gettime(CLOCK_REALTIME, &ts);
	if (now != NULL)
		ts = (struct timespec){ .tv_sec = t };
	s->now_ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	setitimer(ITIMER_REAL, &timer, NULL);
	return true;
}

/* Milliseconds left for what may take long. */
static unsigned
time_left(const struct mon_sample *s)
{
	const unsigned ours = s->timeout_ms - s->timeout_ms / MARGIN;
	const int64_t left = s->start_ms + ours - mon_clock_ms();

	return left > 0 ? (unsigned)left : 0;
}

/* ---- the state ---- */

static void
read_boot(struct mon_sample *s, char ret[MON_BOOT_LEN + 1])
{
	char text[64], *out = ret;
	size_t len = 0;

	memset(ret, '0', MON_BOOT_LEN); /* not known */
	ret[MON_BOOT_LEN] = '\0';
	if (mon_io_slurp_file(
		s->rootfd, "proc/sys/kernel/random/boot_id", text, sizeof(text), &len) < 0)
		return;
	for (size_t i = 0; i < len && out < ret + MON_BOOT_LEN; i++)
		if ((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f'))
			*out++ = text[i];
}

static bool
by_hand(const struct mon_sample *s)
{
	return *s->caller.name == '\0';
}

/* Take: the state is opened to be replaced.  What stands in the way is reported. */
static void
open_state(struct mon_sample *s)
{
	int r = -ENOENT;

	if (s->kept.dir != NULL)
		r = mon_statedirs_open(&s->kept, &s->state, &s->known);
	s->take = s->no_alerts = true;
	if (s->kept.dir == NULL)
		mon_trouble_add(&s->troubles, MON_TROUBLE_STATE, 0,
		    "has no folder to keep its state in, so CPU is since boot and alerts are left "
		    "out: give one by --state-dir or set XDG_RUNTIME_DIR");
	else if (r == -EWOULDBLOCK) /* another sample takes: its alerts are not ours */
		s->known = mon_statedirs_peek(&s->kept, &s->state);
	else if (r < 0)
		mon_trouble_add(&s->troubles, MON_TROUBLE_STATE, r,
		    "cannot keep its state in %.200s, so CPU is since boot and alerts are left "
		    "out; "
		    "free it or give another folder by --state-dir",
		    s->kept.dir);
	if (r < 0)
		s->take = false;
	else
		s->no_alerts = false;
}

/*
 * Look or take?  A collector of version 0.1.0 knows no arguments: its bare calls take, as long
 * as nobody in that qube has said "take".
 */
static void
begin_state(struct mon_sample *s)
{
	const bool asked = strcmp(s->caller.argument, "take") == 0;
	char boot[MON_BOOT_LEN + 1];

	s->kept.caller = by_hand(s) ? NULL : s->caller.name;
	s->kept.file.fd = -1;
	s->known = !asked && mon_statedirs_peek(&s->kept, &s->state);
	if (asked || (!by_hand(s) && !(s->known && s->state.took)))
		open_state(s);
	s->state.took = s->state.took || asked;
	/* The counters began anew with the boot; the journal did not. */
	read_boot(s, boot);
	if (s->known && strcmp(s->state.boot, boot) != 0) {
		s->known = false;
		s->state.told.n = s->state.figures_len = 0;
		mon_journal_new_boot(&s->state.journal);
	}
	/* What a state of version 0.1.0 has is the sum alone. */
	if (!s->known || !mon_counters_read(s->state.figures, s->state.figures_len, &s->before)) {
		s->before.has_cpu = s->known;
		s->before.has_io = false;
		s->before.cpu.all = s->state.cpu;
		s->before.cpu.kept = 0;
	}
	strcpy(s->state.boot, boot);
}

/* ---- what is printed ---- */

static void
add_figures(struct mon_sample *s)
{
	const struct mon_figures_ask ask = {
		.rootfd = s->rootfd,
		.root = s->root,
		.live = s->live,
		.before = s->known ? &s->before : NULL,
		.state_dir = s->kept.dir,
		.boot = s->state.boot,
		.served = &s->served,
		.disks_ms = time_left(s) * 3 / 5, /* the rest is for what comes behind */
	};

	s->failed = !mon_figures_add(&ask, &s->now, &s->answer, &s->troubles);
	if (s->now.has_cpu)
		s->state.cpu = s->now.cpu.all;
	s->state.figures_len =
	    mon_counters_write(&s->now, s->state.figures, sizeof(s->state.figures));
}

static void
add_alerts(struct mon_sample *s)
{
	const struct mon_journal_ask ask = {
		.rootfd = s->rootfd,
		.root = s->root,
		.served = &s->served,
		.boot = strspn(s->state.boot, "0") == MON_BOOT_LEN ? "" : s->state.boot,
		.priority = s->priority,
		.now_ns = s->now_ns,
	};

	if (!s->no_alerts)
		mon_journal_read(&ask, &s->state.journal, &s->answer, &s->troubles);
}

static void
add_dropins(struct mon_sample *s)
{
	const unsigned left = time_left(s);
	const size_t n = strlen(s->root);
	const struct mon_dropin_ask ask = {
		.dir = s->dropins,
		.inside = strncmp(s->dropins, s->root, n) == 0 ? s->dropins + n : "",
		.served = &s->served,
		.timeout_ms = left < MON_DROPIN_MS ? left : MON_DROPIN_MS,
	};

	mon_dropin_run(&ask, &s->answer, &s->troubles);
}

/* An alert of our own, in the form of the others. */
static bool
add_own_alert(struct mon_sample *s, const char *text)
{
	const struct mon_journal_entry entry = {
		.realtime_us = s->now_ns / 1000,
		.untrusted_ident = { "mon-sample", strlen("mon-sample") },
		.untrusted_message = { text, strlen(text) },
	};
	char line[MON_MSG_MAX];

	return mon_answer_alert(&s->answer, line, mon_journal_text(&entry, line, sizeof(line)));
}

static bool
was_told(const struct mon_told *told, uint32_t key)
{
	for (size_t i = 0; i < told->n; i++)
		if (told->key[i] == key)
			return true;
	return false;
}

/*
 * Say what went wrong.  By hand on stderr.  Under qrexec that would be journalled at notice
 * and be the next alert, so it is an alert at once, the first time in a boot.  A lost state is
 * one in every answer: nothing can remember that it was said, and a person must get to know.
 */
static void
say_reports(struct mon_sample *s)
{
	struct mon_told *told = &s->state.told;

	for (size_t i = 0; i < s->troubles.n; i++) {
		const struct mon_trouble *t = &s->troubles.trouble[i];

		if (t->kind == MON_TROUBLE_STATE)
			add_own_alert(s, t->text);
		else if (by_hand(s))
			mon_tool_warn(0, "%s", t->text);
		else if (!was_told(told, t->key) && told->n < MON_TOLD_MAX &&
			 add_own_alert(s, t->text))
			told->key[told->n++] = t->key;
	}
}

/* ---- the whole ---- */

/* A failure after the figures; under qrexec the exit code must do. */
static int
give_up(const struct mon_sample *s, int err, const char *what)
{
	if (by_hand(s))
		mon_tool_error(err, "%s", what);
	return MON_EX_FAIL;
}

static int
end_code(const struct mon_sample *s)
{
	return s->failed ? MON_EX_PARTIAL : MON_EX_OK;
}

static int
deliver_look(struct mon_sample *s)
{
	const char *whole;
	size_t len;
	int r;

	mon_answer_close(&s->answer);
	whole = mon_answer_whole(&s->answer, &len);
	r = mon_io_write(STDOUT_FILENO, whole, len);
	return r < 0 ? give_up(s, r, "cannot write to stdout") : end_code(s);
}

/* Nothing of ours keeps the connection open any longer. */
static void
hang_up(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
}

static int
deliver_take(struct mon_sample *s)
{
	const size_t end = mon_answer_close(&s->answer);
	size_t len;
	const char *whole = mon_answer_whole(&s->answer, &len);
	int r = mon_io_write(STDOUT_FILENO, whole, len - end);

	if (r < 0)
		return give_up(s, r, "cannot write to stdout");
	r = mon_deliver_wait(STDOUT_FILENO, time_left(s));
	if (r < 0)
		return give_up(s, r,
		    "nobody read the whole answer: its alerts come again with the next "
		    "one");
	r = mon_statedirs_commit(&s->kept);
	if (r < 0)
		return give_up(s, r, "cannot keep the state: its alerts come again");
	r = mon_io_write(STDOUT_FILENO, whole + len - end, end);
	if (r < 0)
		return give_up(s, r, "cannot write to stdout");
	if (s->kept.lasting != NULL) {
		hang_up();
		mon_statedirs_last(&s->kept, &s->state);
	}
	return end_code(s);
}

static int
deliver(struct mon_sample *s)
{
	const struct mon_answer_mark figures = mon_answer_mark(&s->answer);
	int r;

	add_alerts(s);
	say_reports(s);
	if (!s->take)
		return deliver_look(s);
	r = mon_statedirs_prepare(&s->kept, &s->state);
	if (r == 0)
		return deliver_take(s);
	/* No alert is printed that could not be remembered. */
	mon_answer_back(&s->answer, &figures);
	s->troubles.n = 0;
	mon_trouble_add(&s->troubles, MON_TROUBLE_STATE, r,
	    "cannot keep its state in %.200s, so alerts are left out; free it or give another "
	    "folder by --state-dir",
	    s->kept.dir);
	say_reports(s);
	return deliver_look(s);
}

int
mon_sample_run(struct mon_sample *s)
{
	cleanup_fd int rootfd = open(s->live ? "/" : s->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int code;

	if (rootfd < 0)
		return mon_tool_misuse(
		    "cannot open the folder --root %s: %s", s->root, strerror(errno));
	s->rootfd = rootfd;
	begin_state(s);
	mon_answer_reset(&s->answer);
	add_figures(s);
	add_dropins(s);
	code = deliver(s);
	mon_statedirs_close(&s->kept);
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL); /* nothing is left that may hang */
	return code;
}
