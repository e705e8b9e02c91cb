/*
 * mon-sample.c - print this machine's figures once, as payload lines (wire.h) between "begin: 1"
 * and "end: N".
 *
 * In a qube it is the handler qubes.Metrics.Get.  Every figure comes from the kernel itself;
 * no process is started but the programs in mon-sample.d.  The answer is gathered in memory
 * and written at once.
 *
 * Only who asks with the argument "take" takes: the place in the journal and the counters move
 * on, after all of the answer was read, and "end: N" is sent behind that.  An alert in an answer
 * that was broken off comes again.  All others look: they change nothing.  A collector older
 * than that argument takes by a bare call, until "take" is heard from the same qube.
 *
 * Exit: 0 done; 1 the answer could not be written or was not read, or the state not be kept;
 * 2 usage; 3 done, but a source of figures could not be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "answer.h"
#include "caller.h"
#include "caps.h"
#include "cleanup.h"
#include "clock.h"
#include "counters.h"
#include "deliver.h"
#include "dropin.h"
#include "figures.h"
#include "io.h"
#include "journal.h"
#include "kept.h"
#include "trouble.h"
#include "shape.h"
#include "state.h"
#include "tool.h"

#define MARGIN 6 /* a sixth of the time is left to end in good order, on a busy machine too */

static const char HELP[] =
    "Usage: mon-sample [OPTION]... [take]\n"
    "Print this machine's figures once: one line per reading, such as\n"
    "'disk: /dev/xvdb,/rw,52428800,1000000,51428800,2%'.\n"
    "\n"
    "With 'take' the alerts count as delivered, and CPU is measured anew from now\n"
    "on.  Without it, mon-sample looks: it prints what waits, and changes nothing.\n"
    "\n"
    "      --alerts PRIORITY  journal entries of this priority or worse: emerg,\n"
    "                         alert, crit, err, warning, notice, info, debug or 0 to\n"
    "                         7 [MON_ALERTS, or notice]\n"
    "      --state-dir DIR    keep the place in the journal and the CPU counters here\n"
    "                         [MON_STATE_DIR; for root /run/mon-sample, and\n"
    "                         /var/lib/mon-sample where the journal lasts; else\n"
    "                         XDG_RUNTIME_DIR/mon-sample]\n"
    "      --dropins DIR      add what the programs in DIR print\n"
    "                         [ROOT/etc/mon-sample.d]\n"
    "      --root DIR         read all files below DIR [/]\n"
    "  -t, --timeout SECONDS  end after this time at the latest [3]\n"
    "      --now TS           the time, like 2025-08-31T12:00:10Z [the clock]\n"
    "  -h, --help             print this help, and exit\n"
    "  -V, --version          print the version, and exit\n"
    "\n"
    "CPU figures cover the time since the same caller took last, at first since\n"
    "boot. An alert is taken once by each caller. Caller and 'take' come from qrexec:\n"
    "by the service's socket as stdin, or by QREXEC_REMOTE_DOMAIN and\n"
    "QREXEC_SERVICE_ARGUMENT.\n"
    "\n"
    "Exit status: 0 done, also if no state can be kept (an alert says so); 1 the\n"
    "answer was not written or not read, or the state could not be replaced; 2 wrong\n"
    "usage; 3 done, but some figures could not be read.\n"
    "\n"
    "Example: mon-sample --alerts=warning\n";

struct sample {
	const char *root; /* without a slash at its end, so "" is the root itself */
	bool live;        /* of this very machine */
	const char *dropins;
	struct mon_caller caller;
	int priority;
	unsigned timeout_ms;
	int64_t start_ms; /* mon_clock_ms() */
	uint64_t now_ns;  /* by the wall clock, since the epoch */

	int rootfd;
	bool take;      /* the state is replaced; else this is a look */
	bool no_alerts; /* they would come again with every sample, or are another one's */
	struct mon_kept kept;
	struct mon_state state; /* the next one */
	bool known;             /* it holds counters of this boot */
	struct mon_counters before, now; /* of the last poll, and of this one */
	bool failed;                     /* some figures could not be read */
	struct mon_troubles troubles;
	struct mon_answer answer;
};

/* ---- options ---- */

static bool
parse_priority(const char *text, int *ret)
{
	static const char *const names[] = { "emerg", "alert", "crit", "err", "warning", "notice",
		"info", "debug" };

	for (int i = 0; i < 8; i++) {
		const char digit[2] = { (char)('0' + i), '\0' };

		if (strcmp(text, names[i]) == 0 || strcmp(text, digit) == 0) {
			*ret = i;
			return true;
		}
	}
	mon_tool_misuse("the priority '%s' (--alerts, MON_ALERTS) is none of emerg, alert, "
			"crit, err, warning, notice, info, debug or 0 to 7",
	    text);
	return false;
}

/* A folder's name for use in paths: "" for "/", and no slash at its end. */
static bool
parse_root(const char *text, struct sample *s)
{
	static char root[4000];
	size_t n = strlen(text);

	while (n > 0 && text[n - 1] == '/')
		n--;
	if (*text == '\0' || n >= sizeof(root)) {
		mon_tool_misuse("--root '%s' is empty or too long", text);
		return false;
	}
	memcpy(root, text, n);
	s->root = root;
	s->live = n == 0;
	return true;
}

static const char *
default_state_dir(void)
{
	static char dir[4000];
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int n;

	if (geteuid() == 0)
		return "/run/mon-sample";
	if (runtime == NULL || *runtime != '/')
		return NULL;
	n = snprintf(dir, sizeof(dir), "%s/mon-sample", runtime);
	return n > 0 && (size_t)n < sizeof(dir) ? dir : NULL;
}

/* Where the journal lasts over a boot, so does our place in it. */
static const char *
lasting_dir(const char *option, const struct sample *s)
{
	return mon_tool_value(option, "MON_STATE_DIR", NULL) == NULL && s->live && geteuid() == 0 &&
		       access("/var/log/journal", F_OK) == 0
		   ? "/var/lib/mon-sample"
		   : NULL;
}

static const char *
default_dropins(const char *root)
{
	static char dir[4096];

	snprintf(dir, sizeof(dir), "%s/etc/mon-sample.d", root);
	return dir;
}

/* Take the clocks and start the deadline: what hangs, hangs no longer than that. */
static bool
start_clock(const char *now, struct sample *s)
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
time_left(const struct sample *s)
{
	const unsigned ours = s->timeout_ms - s->timeout_ms / MARGIN;
	const int64_t left = s->start_ms + ours - mon_clock_ms();

	return left > 0 ? (unsigned)left : 0;
}

/* ---- the state ---- */

static void
read_boot(struct sample *s, char ret[MON_BOOT_LEN + 1])
{
	char text[64], *out = ret;
	size_t len = 0;

	memset(ret, '0', MON_BOOT_LEN); /* not known */
	ret[MON_BOOT_LEN] = '\0';
	if (mon_io_slurp(s->rootfd, "proc/sys/kernel/random/boot_id", text, sizeof(text), &len) < 0)
		return;
	for (size_t i = 0; i < len && out < ret + MON_BOOT_LEN; i++)
		if ((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f'))
			*out++ = text[i];
}

static bool
by_hand(const struct sample *s)
{
	return *s->caller.name == '\0';
}

/* Take: the state is opened to be replaced.  What stands in the way is reported. */
static void
open_state(struct sample *s)
{
	int r = -ENOENT;

	if (s->kept.dir != NULL)
		r = mon_kept_open(&s->kept, &s->state, &s->known);
	s->take = s->no_alerts = true;
	if (s->kept.dir == NULL)
		mon_trouble_add(&s->troubles, MON_TROUBLE_STATE, 0,
		    "has no folder to keep its state in, so CPU is since boot and alerts are left "
		    "out: give one by --state-dir or set XDG_RUNTIME_DIR");
	else if (r == -EWOULDBLOCK) /* another sample takes: its alerts are not ours */
		s->known = mon_kept_peek(&s->kept, &s->state);
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
begin_state(struct sample *s)
{
	const bool asked = strcmp(s->caller.argument, "take") == 0;
	char boot[MON_BOOT_LEN + 1];

	s->kept.caller = by_hand(s) ? NULL : s->caller.name;
	s->kept.file.fd = -1;
	s->known = !asked && mon_kept_peek(&s->kept, &s->state);
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
	if (!s->known ||
	    !mon_counters_read(s->state.figures, s->state.figures_len, &s->before)) {
		s->before.has_cpu = s->known;
		s->before.has_io = false;
		s->before.cpu.all = s->state.cpu;
		s->before.cpu.kept = 0;
	}
	strcpy(s->state.boot, boot);
}

/* ---- what is printed ---- */

static void
add_figures(struct sample *s)
{
	const struct mon_figures_ask ask = {
		.rootfd = s->rootfd,
		.root = s->root,
		.live = s->live,
		.before = s->known ? &s->before : NULL,
		.state_dir = s->kept.dir,
		.boot = s->state.boot,
		.disks_ms = time_left(s) * 3 / 5, /* the rest is for what comes behind */
	};

	s->failed = !mon_figures_add(&ask, &s->now, &s->answer, &s->troubles);
	if (s->now.has_cpu)
		s->state.cpu = s->now.cpu.all;
	s->state.figures_len =
	    mon_counters_write(&s->now, s->state.figures, sizeof(s->state.figures));
}

static void
add_alerts(struct sample *s)
{
	const struct mon_journal_ask ask = {
		.rootfd = s->rootfd,
		.root = s->root,
		.boot = strspn(s->state.boot, "0") == MON_BOOT_LEN ? "" : s->state.boot,
		.priority = s->priority,
		.now_ns = s->now_ns,
	};

	if (!s->no_alerts)
		mon_journal_read(&ask, &s->state.journal, &s->answer, &s->troubles);
}

static void
add_dropins(struct sample *s)
{
	unsigned left = time_left(s);

	mon_dropin_run(
	    s->dropins, left < MON_DROPIN_MS ? left : MON_DROPIN_MS, &s->answer, &s->troubles);
}

/* An alert of our own, in the form of the others. */
static bool
add_own_alert(struct sample *s, const char *text)
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
say_reports(struct sample *s)
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
give_up(const struct sample *s, int err, const char *what)
{
	if (by_hand(s))
		mon_tool_error(err, "%s", what);
	return MON_EX_FAIL;
}

static int
end_code(const struct sample *s)
{
	return s->failed ? MON_EX_PARTIAL : MON_EX_OK;
}

static int
deliver_look(struct sample *s)
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
deliver_take(struct sample *s)
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
	r = mon_kept_commit(&s->kept);
	if (r < 0)
		return give_up(s, r, "cannot keep the state: its alerts come again");
	r = mon_io_write(STDOUT_FILENO, whole + len - end, end);
	if (r < 0)
		return give_up(s, r, "cannot write to stdout");
	if (s->kept.lasting != NULL) {
		hang_up();
		mon_kept_last(&s->kept, &s->state);
	}
	return end_code(s);
}

static int
deliver(struct sample *s)
{
	const struct mon_answer_mark figures = mon_answer_mark(&s->answer);
	int r;

	add_alerts(s);
	say_reports(s);
	if (!s->take)
		return deliver_look(s);
	r = mon_kept_prepare(&s->kept, &s->state);
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

static int
sample(struct sample *s)
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
	mon_kept_close(&s->kept);
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL); /* nothing is left that may hang */
	return code;
}

/* ---- who asks ---- */

/* By the service's socket, by the environment and argv[1], or by hand. */
static bool
find_caller(const char *argument, struct mon_caller *ret)
{
	const char *name = mon_tool_value(NULL, "QREXEC_REMOTE_DOMAIN", "");
	int r = -ENOENT;

	if (mon_caller_is_socket(STDIN_FILENO, *name == '\0'))
		r = mon_caller_read(STDIN_FILENO, MON_DESCRIPTOR_MS, ret);
	if (r == -EBADMSG) {
		mon_tool_misuse("what came on the socket is no 'SERVICE+ARGUMENT SOURCE' of "
				"qrexec");
		return false;
	}
	if (r < 0) {
		argument = mon_tool_value(argument, "QREXEC_SERVICE_ARGUMENT", "");
		snprintf(ret->name, sizeof(ret->name), "%s",
		    mon_shape_check(MON_VM, name, strnlen(name, MON_VM_MAX + 1)) ? name : "");
		snprintf(ret->argument, sizeof(ret->argument), "%s", argument);
	}
	if (*ret->argument == '\0' || strcmp(ret->argument, "take") == 0)
		return true;
	mon_tool_misuse("unknown argument '%s': it is 'take' or none", ret->argument);
	return false;
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "alerts", required_argument, NULL, 'a' },
		{ "state-dir", required_argument, NULL, 's' },
		{ "dropins", required_argument, NULL, 'd' },
		{ "root", required_argument, NULL, 'r' },
		{ "timeout", required_argument, NULL, 't' },
		{ "now", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static struct sample s; /* not on the stack, and no initial value: it is 64 KiB */
	const char *alerts = NULL, *state_dir = NULL, *now = NULL;
	int c;

	mon_tool_init("mon-sample", HELP);
	s.root = "";
	s.live = true;
	s.timeout_ms = MON_ANSWER_MS;
	while ((c = mon_tool_getopt(argc, argv, "+t:hV", options, "")) != -1) {
		switch (c) {
		case 'a': alerts = optarg; break;
		case 's': state_dir = optarg; break;
		case 'd': s.dropins = optarg; break;
		case 'r':
			if (!parse_root(optarg, &s))
				return MON_EX_USAGE;
			break;
		case 't':
			if (!mon_tool_seconds("--timeout", optarg, &s.timeout_ms))
				return MON_EX_USAGE;
			break;
		case 'n': now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (argc - optind > 1)
		return mon_tool_misuse("unknown argument '%s'", argv[optind + 1]);
	if (!parse_priority(mon_tool_value(alerts, "MON_ALERTS", "notice"), &s.priority) ||
	    !start_clock(now, &s) || !find_caller(argv[optind], &s.caller))
		return MON_EX_USAGE;
	s.kept.dir = mon_tool_value(state_dir, "MON_STATE_DIR", default_state_dir());
	s.kept.lasting = lasting_dir(state_dir, &s);
	if (s.dropins == NULL)
		s.dropins = default_dropins(s.root);
	return mon_tool_finish(sample(&s));
}
