/* test_doctor_units.c - what mon-doctor makes of what `systemctl show` prints. */
#include <stdio.h>

#include "check.h"
#include "units.h"

#define NOW 1756641610

/* clang-format off */
static const struct {
	const char *what, *load, *active, *result;
	time_t last;
	bool stale;
	enum mon_finding_level level;
	const char *want;
} units[] = {
	{ "all well", "loaded", "active", "success", NOW - 4, false, MON_FINDING_OK, "ok    x.timer: it is active, last run 4 s ago\n" },
	{ "never run", "loaded", "active", "success", 0, false, MON_FINDING_OK, "ok    x.timer: it is active, not run yet since boot\n" },
	{ "the clock went back", "loaded", "active", "success", NOW + 100, false, MON_FINDING_OK, "ok    x.timer: it is active, last run 0 s ago\n" },
	{ "not installed", "not-found", "inactive", "success", 0, false, MON_FINDING_FAIL, "FAIL  x.timer: systemd cannot load it (not-found) -> install sys-monitor in the template" },
	{ "masked", "masked", "inactive", "success", 0, false, MON_FINDING_FAIL, "FAIL  x.timer: " },
	{ "off", "loaded", "inactive", "success", NOW - 4, false, MON_FINDING_FAIL, "FAIL  x.timer: it is inactive -> sudo systemctl start x.timer" },
	{ "broken", "loaded", "failed", "success", NOW - 4, false, MON_FINDING_FAIL, "FAIL  x.timer: it is failed -> sudo systemctl start x.timer" },
	{ "changed and not read", "loaded", "active", "success", NOW - 4, true, MON_FINDING_FAIL, "FAIL  x.timer: its unit files were changed, and systemd has not read them -> sudo systemctl daemon-reload" },
	{ "the last run failed", "loaded", "active", "exit-code", NOW - 7200, false, MON_FINDING_FAIL, "FAIL  x.timer: it is active, last run 2 h 00 min ago, but that run failed (exit-code) -> sudo journalctl -u x -n 20" },
};
/* clang-format on */

static void
judges_each_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(units); i++) {
		struct mon_findings findings = { 0 };
		struct mon_unit unit = { .last = units[i].last, .stale = units[i].stale };
		char *text = NULL;
		size_t len = 0;

		findings.out = open_memstream(&text, &len);
		assert_true(findings.out != NULL);
		strcpy(unit.load, units[i].load);
		strcpy(unit.active, units[i].active);
		strcpy(unit.result, units[i].result);
		mon_units_judge(&findings, "x", &unit, NOW);
		fclose(findings.out);
		CHECK(strncmp(text, units[i].want, strlen(units[i].want)) == 0, "%s: %s",
		    units[i].what, text);
		CHECK_EQ(findings.count[units[i].level], 1, "%s", units[i].what);
		free(text);
	}
	check_done();
}

/* As systemd 252 prints it: the properties in an order of its own. */
#define POLL_TIMER                                                                                 \
	"NextElapseUSecRealtime=Sun 2025-08-31 12:00:20 UTC\n"                                     \
	"LastTriggerUSec=Sun 2025-08-31 12:00:10 UTC\nResult=success\nId=monitor-poll.timer\n"     \
	"LoadState=loaded\nActiveState=active\nNeedDaemonReload=no\n"
#define POLL_SERVICE                                                                               \
	"Result=exit-code\nId=monitor-poll.service\nLoadState=loaded\nActiveState=failed\n"        \
	"NeedDaemonReload=no\n"
#define MISSING_TIMER                                                                              \
	"NextElapseUSecRealtime=\nLastTriggerUSec=n/a\nResult=success\nId=monitor-x.timer\n"       \
	"LoadState=not-found\nActiveState=inactive\n"
#define MISSING_SERVICE                                                                            \
	"Result=success\nId=monitor-x.service\nLoadState=not-found\nActiveState=inactive\n"        \
	"NeedDaemonReload=yes\n"

static void
reads_what_systemctl_shows(void **state)
{
	static const char text[] =
	    POLL_TIMER "\n" POLL_SERVICE "\n" MISSING_TIMER "\n" MISSING_SERVICE;
	struct mon_unit got;

	(void)state;
	CHECK(mon_units_learn(text, "monitor-poll", &got), "monitor-poll");
	CHECK(strcmp(got.load, "loaded") == 0 && strcmp(got.active, "active") == 0 &&
		  strcmp(got.result, "exit-code") == 0,
	    "%s %s %s", got.load, got.active, got.result);
	CHECK_EQ(got.last, NOW, "the last run");
	CHECK_EQ(got.next, NOW + 10, "the next");
	CHECK(!got.stale, "nothing was changed");
	CHECK(mon_units_learn(text, "monitor-x", &got), "monitor-x");
	CHECK(strcmp(got.load, "not-found") == 0 && strcmp(got.result, "success") == 0, "%s %s",
	    got.load, got.result);
	CHECK_EQ(got.last, 0, "never");
	CHECK_EQ(got.next, 0, "not planned");
	CHECK(got.stale, "changed");
	check_done();
}

static void
refuses_what_is_not_there(void **state)
{
	static const char *const texts[] = { "", "\n\n", "nonsense", POLL_TIMER, POLL_SERVICE,
		"Id=monitor-poll.timer", "XId=monitor-poll.timer\n\n" POLL_SERVICE };
	struct mon_unit got;

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(texts); i++) {
		char *exact = check_dup(texts[i], strlen(texts[i]) + 1);

		check_fill(&got, sizeof(got));
		CHECK(!mon_units_learn(exact, "monitor-poll", &got), "row %zu", i);
		CHECK(check_untouched(&got, sizeof(got)), "row %zu", i);
		free(exact);
	}
	/* Odd bytes and long words do not reach the terminal. */
	CHECK(mon_units_learn("Id=x.timer\nLoadState=a\033[31m\nActiveState="
			      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
			      "LastTriggerUSec=Sun 2025-99-31 12:00:10 UTC\n\nId=x.service\n",
		  "x", &got),
	    "odd");
	CHECK(strcmp(got.load, "?") == 0 && strcmp(got.active, "?") == 0 &&
		  strcmp(got.result, "?") == 0,
	    "%s %s %s", got.load, got.active, got.result);
	CHECK_EQ(got.last, 0, "no time");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(judges_each_state),
		CHECK_TEST(reads_what_systemctl_shows),
		CHECK_TEST(refuses_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
