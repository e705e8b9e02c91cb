/*
 * mon-notify - show what mon-rule told as notifications on the desktop, each incident in one bubble.
 *
 * A user unit of the session starts it when rules.told in the Monitor folder has changed, and at
 * login; nothing stays resident, and the units that take hostile bytes know nothing of the session.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bubbles.h"
#include "call.h"
#include "caps.h"
#include "cleanup.h"
#include "dir.h"
#include "io.h"
#include "kept.h"
#include "rulefile.h"
#include "shape.h"
#include "tool.h"

#define STATE "notify.state"

static const char HELP[] =
    "Usage: mon-notify [OPTION]...\n"
    "Show the incidents of mon-rule --live on the desktop, by notify-send.\n"
    "An incident has one bubble, which is replaced when it is over. What came while\n"
    "nobody was there is shown now; where that is much, as one bubble.\n"
    "It is as urgent as its rule says, in the file of the rules [MON_RULES].\n"
    "\n"
    "  -d, --dir DIR  the Monitor folder [MON_DIR, or ~/Monitor]\n"
    "  -n, --dry-run  print the bubbles instead, and remember nothing\n"
    "  -h, --help     print this help, and exit\n"
    "  -V, --version  print the version, and exit\n"
    "\n"
    "Exit status: 0 all is shown; 1 it could not be shown, and is the next time; 2\n"
    "wrong usage.\n"
    "\n"
    "Example: mon-notify --dry-run\n";

static struct mon_bubbles bubbles;
static struct mon_rules rules; /* for their urgency; none, where they cannot be read */
static char told[MON_RULE_TOLD_BYTES + 1], state[MON_NOTIFY_STATE_MAX + 1];
static bool dry_run;

/*
 * Show one bubble in the place of ${id} (0: a new one) and set ${id} to its number.  The words
 * are text: none of them is an option or markup.
 */
static bool
show(const char *head, const char *text, enum mon_rule_urgency urgency, uint64_t *id)
{
	char body[4 * MON_MSG_MAX], replace[32], answer[64], how[32];
	const char *const argv[] = { "notify-send", "--app-name=sys-monitor", how, "--print-id",
		replace, "--", head, body, NULL };
	struct mon_call call = MON_CALL_NONE;
	size_t len = 0;
	int r, code = 0;

	if (dry_run) {
		printf("%s\n\t%s\n", head, text);
		return true;
	}
	mon_bubbles_markup(text, body, sizeof(body));
	snprintf(how, sizeof(how), "--urgency=%s", mon_rule_urgencies[urgency]);
	snprintf(replace, sizeof(replace), "--replace-id=%llu", (unsigned long long)*id);
	r = mon_call_start(argv, MON_CALL_STDERR, &call);
	if (r == 0)
		r = mon_call_collect(&call, answer, sizeof(answer), MON_NOTIFY_MS, &len, &code);
	if (r == -ENOENT)
		mon_tool_error(0, "there is no notify-send; install libnotify-bin (Debian) or "
				  "libnotify (Fedora) in the template");
	else if (r < 0)
		mon_tool_error(r, "cannot run notify-send");
	else if (code != 0)
		mon_tool_error(0,
		    "notify-send failed with exit code %d; does a notification daemon run?", code);
	if (r < 0 || code != 0)
		return false;
	len -= len > 0 && answer[len - 1] == '\n';
	if (!mon_shape_number(answer, len, id))
		*id = 0;
	return true;
}

/* As its rule says; an end is never urgent. */
static enum mon_rule_urgency
urgency_of(const struct mon_bubble *b)
{
	const size_t rule = mon_language_find(&rules, mon_bubbles_rule(b));

	if (!b->firing)
		return MON_URGENCY_LOW;
	return rule < rules.n ? rules.list[rule].urgency : MON_URGENCY_NORMAL;
}

/* One bubble a key. */
static bool
show_each(void)
{
	char head[MON_BUBBLE_KEY_MAX + 64], text[MON_MSG_MAX + 64];

	for (size_t i = 0; i < bubbles.n; i++) {
		struct mon_bubble *b = &bubbles.list[i];

		/* What began and ended while nobody looked is still worth a line. */
		if (!b->fresh || mon_bubbles_quiet(b))
			continue;
		snprintf(head, sizeof(head), "%s%s", b->key, b->firing ? "" : ": over");
		if (b->times > MON_NOTIFY_FLAPS)
			snprintf(text, sizeof(text), "%s (%llu times; not shown again for a while)",
			    b->text, (unsigned long long)b->times);
		else
			snprintf(text, sizeof(text), "%s", b->text);
		if (!show(head, text, urgency_of(b), &b->id))
			return false;
		b->fresh = false;
	}
	return true;
}

/* All in one. */
static bool
show_sum(size_t keys)
{
	char head[64], text[MON_MSG_MAX + 1];
	size_t n = 0, firing = 0;
	enum mon_rule_urgency most = MON_URGENCY_LOW;
	uint64_t id = 0;

	for (size_t i = 0; i < bubbles.n; i++) {
		const struct mon_bubble *b = &bubbles.list[i];

		if (!b->fresh)
			continue;
		firing += b->firing;
		if (urgency_of(b) > most)
			most = urgency_of(b);
		if (n < sizeof(text) - 1)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s",
			    n > 0 ? "; " : "", b->key, b->firing ? "" : ": over");
	}
	snprintf(head, sizeof(head), "%zu incidents, %zu of them not over", keys, firing);
	return show(head, text, most, &id);
}

static int
run(int basefd)
{
	size_t len = 0, keys = 0;
	int r = mon_io_slurp_file(basefd, STATE, state, sizeof(state), &len);

	if (r < 0 && r != -ENOENT && r != -EFBIG) {
		mon_tool_error(r, "cannot read %s", STATE);
		return MON_EX_FAIL;
	}
	mon_bubbles_load(&bubbles, state, r == 0 ? len : 0);
	r = mon_io_slurp_file(basefd, MON_RULE_TOLD, told, sizeof(told), &len);
	if (r == -ENOENT)
		return MON_EX_OK; /* nothing was ever told */
	if (r < 0) {
		mon_tool_error(r, "cannot read %s", MON_RULE_TOLD);
		return MON_EX_FAIL;
	}
	if (mon_bubbles_take(&bubbles, told, len) == 0)
		return MON_EX_OK;
	for (size_t i = 0; i < bubbles.n; i++)
		keys += bubbles.list[i].fresh && !mon_bubbles_quiet(&bubbles.list[i]);
	if (!(keys > MON_NOTIFY_BUBBLES ? show_sum(keys) : show_each()))
		return MON_EX_FAIL;
	r = dry_run ? 0
		    : mon_kept_replace(basefd, STATE, state,
			  mon_bubbles_keep(&bubbles, state, sizeof(state)), false);
	if (r < 0)
		mon_tool_error(r, "cannot write %s; the same is shown again the next time", STATE);
	return r < 0 ? MON_EX_FAIL : MON_EX_OK;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *option = NULL;
	struct mon_tool_setting path;
	char dir[4096];
	cleanup_fd int basefd = -1;
	int c;

	mon_tool_init("mon-notify", HELP);
	while ((c = mon_tool_getopt(argc, argv, "+d:nhV", longs, "")) != -1) {
		switch (c) {
		case 'd': option = optarg; break;
		case 'n': dry_run = true; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (optind != argc)
		return mon_tool_misuse("unexpected argument '%s'", argv[optind]);
	if (!mon_tool_dir(option, dir, sizeof(dir)) ||
	    !mon_tool_setting(MON_SETTING_RULES, NULL, &path))
		return MON_EX_USAGE;
	(void)mon_rulefile_read(
	    path.text, path.set, &rules, NULL); /* mon-doctor tells what is wrong */
	basefd = mon_dir_open(dir, false);
	if (basefd < 0) {
		mon_tool_error(
		    basefd, "cannot open the folder '%s'; give one by --dir or MON_DIR", dir);
		return mon_tool_finish(MON_EX_FAIL);
	}
	return mon_tool_finish(run(basefd));
}
