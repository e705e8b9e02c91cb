/*
 * mon-doctor - look whether all of sys-monitor works, and tell what to do where it does not.
 *
 * Run by a person inside sys-monitor.  It changes nothing, calls no qube but dom0 (for its
 * list), and reads what the last poll left.  One line a finding (finding.h).
 */
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "dom0.h"
#include "finding.h"
#include "folder.h"
#include "notify.h"
#include "older.h"
#include "polls.h"
#include "rules.h"
#include "settings.h"
#include "tail.h"
#include "tool.h"
#include "units.h"
#include "zone.h"

static const char HELP[] =
    "Usage: mon-doctor [OPTION]...\n"
    "Look whether sys-monitor works: one line for each finding, with what to do.\n"
    "\n"
    "  -d, --dir DIR   the folder of the day folders [MON_DIR, or ~/Monitor]\n"
    "      --settings FILE\n"
    "                  the settings [MON_SETTINGS, or\n"
    "                  " MON_SETTINGS_FILE ", if it is there]\n"
    "      --run DIR   where the service flag and the drop-ins of systemd are [/run]\n"
    "      --now TS    the time, like 2025-08-31T12:00:10Z [the clock]\n"
    "  -h, --help      print this help, and exit\n"
    "  -V, --version   print the version, and exit\n"
    "\n"
    "A line begins with 'ok', 'warn' (the record goes on) or 'FAIL' (something is not\n"
    "recorded, or soon will not be); what to do follows '->'. Nothing is changed.\n"
    "Where sudo wants a password, in dom0: qvm-run -u root sys-monitor COMMAND\n"
    "Settings count as they do for the other tools.\n"
    "\n"
    "Exit status: 0 all is well; 1 some check could not be made; 2 wrong usage;\n"
    "3 there are warnings or failures.\n"
    "\n"
    "Example: mon-doctor | grep -v '^ok'\n";

struct options {
	const char *dir, *run, *settings, *now;
	char self[MON_VM_MAX + 1];
	struct mon_exclude exclude, mute;
};

static struct mon_tail tail;
static struct mon_dom0 dom0;

/* dom0 says by this file that this very qube is the collector (qvm-service). */
static void
check_flag(struct mon_findings *findings, const char *run)
{
	char path[4096 + 64];

	snprintf(path, sizeof(path), "%s/qubes-service/sys-monitor", run);
	if (access(path, F_OK) == 0)
		mon_finding_tell(findings, MON_FINDING_OK, NULL, "service: %s is there", path);
	else
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "in dom0: qvm-service sys-monitor sys-monitor on; then restart sys-monitor",
		    "service: there is no %s, so no timer runs here", path);
}

/* The zone decides what a day is. */
static void
check_zone(struct mon_findings *findings)
{
	const char *tz = getenv("TZ");

	if (mon_zone_known(tz, MON_TOOL_LOCALTIME))
		return;
	mon_finding_tell(findings, MON_FINDING_WARN,
	    tz != NULL ? "timedatectl list-timezones names them; set another TZ, or none"
		       : "install tzdata in the template of this qube, then restart this qube",
	    "zone: there is no %s, so the days are those of UTC",
	    tz != NULL ? tz : MON_TOOL_LOCALTIME);
}

/* All checks, in the order in which one thing needs the other.  Return the exit code. */
static int
examine(struct options *o, time_t now)
{
	struct mon_findings f = { .out = stdout };
	struct mon_folder folder = MON_FOLDER_NONE;
	struct mon_polls polls = { .tail = &tail,
		.dom0 = &dom0,
		.exclude = &o->exclude,
		.mute = &o->mute,
		.self = o->self,
		.now = now };
	struct mon_tool_setting vault, rules;
	char dir[4096];
	bool have_folder;

	mon_tool_let_go();
	f.colour = isatty(STDOUT_FILENO) && mon_tool_value(NULL, "NO_COLOR", NULL) == NULL;
	check_flag(&f, o->run);
	mon_conf_check(&f, o->settings, o->run);
	(void)mon_tool_self(NULL, o->self);
	(void)mon_tool_setting(MON_SETTING_VAULT, NULL, &vault);
	(void)mon_tool_setting(MON_SETTING_RULES, NULL, &rules);
	(void)mon_tool_exclude(NULL, &o->exclude);
	mon_tool_globs(MON_SETTING_NO_HANDLER, &o->mute);
	if (!mon_tool_dir(o->dir, dir, sizeof(dir)))
		return MON_EX_USAGE;
	check_zone(&f);
	mon_units_check(&f, now, &polls.period);
	mon_dom0_check(&f, &dom0);
	have_folder = mon_folder_open(&f, dir, vault.set ? vault.text : NULL, now, &folder);
	if (have_folder) {
		if (mon_folder_tail(&f, &folder, &tail) && mon_polls_age(&f, &polls) && dom0.known)
			mon_polls_qubes(&f, &polls);
		mon_folder_files(&f, &folder);
		mon_folder_owner(&f, &folder);
		mon_folder_clock(&f, &folder, &tail);
		mon_folder_space(&f, &folder, &tail);
		mon_folder_backlog(&f, &folder);
	}
	mon_folder_vault(&f, have_folder ? &folder : NULL, vault.text, &dom0);
	mon_older_check(&f, o->run);
	mon_rules_check(&f, &rules, have_folder ? folder.fd : -1);
	mon_notify_check(&f);
	mon_folder_close(&folder);
	if (f.unable)
		return MON_EX_FAIL;
	return f.count[MON_FINDING_WARN] + f.count[MON_FINDING_FAIL] > 0 ? MON_EX_PARTIAL
									 : MON_EX_OK;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "settings", required_argument, NULL, 's' },
		{ "run", required_argument, NULL, 'r' },
		{ "now", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static struct options o = { .run = "/run" };
	time_t now = 0;
	int c;

	mon_tool_init("mon-doctor", HELP);
	while ((c = mon_tool_getopt(argc, argv, "+d:hV", longs, "")) != -1) {
		switch (c) {
		case 'd': o.dir = optarg; break;
		case 's': o.settings = optarg; break;
		case 'r': o.run = optarg; break;
		case 'n': o.now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (optind != argc)
		return mon_tool_misuse("unexpected argument '%s'", argv[optind]);
	if (!mon_tool_now(o.now, &now))
		return MON_EX_USAGE;
	return mon_tool_finish(examine(&o, now));
}
