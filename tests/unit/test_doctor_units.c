/* test_doctor_units.c - what mon-doctor makes of what a systemd says, over a real D-Bus. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "units.h"

#define NOW 1756641610

/* clang-format off */
static const struct {
	const char *what, *load, *active, *result;
	time_t last;
	enum mon_finding_level level;
	const char *want;
} units[] = {
	{ "all well", "loaded", "active", "success", NOW - 4, MON_FINDING_OK, "ok    x.timer: it is active, last run 4 s ago\n" },
	{ "never run", "loaded", "active", "success", 0, MON_FINDING_OK, "ok    x.timer: it is active, not run yet since boot\n" },
	{ "the clock went back", "loaded", "active", "success", NOW + 100, MON_FINDING_OK, "ok    x.timer: it is active, last run 0 s ago\n" },
	{ "not installed", "not-found", "inactive", "success", 0, MON_FINDING_FAIL, "FAIL  x.timer: systemd cannot load it (not-found) -> install sys-monitor in the template" },
	{ "masked", "masked", "inactive", "success", 0, MON_FINDING_FAIL, "FAIL  x.timer: " },
	{ "off", "loaded", "inactive", "success", NOW - 4, MON_FINDING_FAIL, "FAIL  x.timer: it is inactive -> sudo systemctl start x.timer" },
	{ "broken", "loaded", "failed", "success", NOW - 4, MON_FINDING_FAIL, "FAIL  x.timer: it is failed -> sudo systemctl start x.timer" },
	{ "the last run failed", "loaded", "active", "exit-code", NOW - 7200, MON_FINDING_FAIL, "FAIL  x.timer: it is active, last run 2 h ago, but that run failed (exit-code) -> sudo journalctl -u x -n 20" },
};
/* clang-format on */

static void
judges_each_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(units); i++) {
		struct mon_findings findings = { 0 };
		struct mon_unit unit = { .last = units[i].last };
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
		CHECK_EQ(findings.unable, false, "%s", units[i].what);
		free(text);
	}
	check_done();
}

/* How the systemd of a test behaves. */
struct machine {
	const char *what, *socket; /* below the run folder; NULL: none */
	bool is_bus;               /* there is a bus between it and us: it wants "Hello" */
	bool deaf;                 /* it never answers */
	const char *no;            /* this property is refused; NULL: none */
	uint64_t last_us, next_us; /* of each timer */
	/* what is told of it */
	size_t ok, warn, fail;
	bool unable;
	time_t period; /* -1: not told */
	const char *want;
};

#define BUS "/dbus/system_bus_socket"
#define PRIVATE "/systemd/private"
#define S 1000000ULL

/* clang-format off */
static const struct machine machines[] = {
	{ "over the bus", BUS, true, false, NULL, (NOW - 3) * S, (NOW + 7) * S, 3, 0, 0, false, 10, "ok    monitor-poll.timer: it is active, last run 3 s ago\nok    monitor-qubes.timer: it is active, last run 3 s ago\nok    monitor-backup.timer: it is active, last run 3 s ago\n" },
	{ "for root, without a bus", PRIVATE, false, false, NULL, (NOW - 3) * S, (NOW + 297) * S, 3, 0, 0, false, 300, "ok    monitor-poll.timer: it is active" },
	{ "no run yet", BUS, true, false, NULL, 0, (NOW + 7) * S, 3, 0, 0, false, -1, "ok    monitor-poll.timer: it is active, not run yet" },
	{ "no run planned", BUS, true, false, NULL, (NOW - 3) * S, UINT64_MAX, 3, 0, 0, false, -1, "ok    monitor-poll.timer: it is active" },
	{ "no socket", NULL, false, false, NULL, 0, 0, 0, 1, 0, true, -1, "warn  timers: not checked, no systemd answers below " },
	{ "a bus without a systemd", BUS, true, false, "LoadState", 0, 0, 0, 1, 0, true, -1, "warn  timers: not checked" },
	{ "one that hangs", BUS, true, true, NULL, 0, 0, 0, 1, 0, true, -1, "warn  timers: not checked" },
};
/* clang-format on */

/* Answer what mon-doctor asks, as systemd does. */
static int
answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const struct machine *machine = userdata;
	const char *interface = NULL, *property = NULL;

	(void)error;
	if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "Hello"))
		return sd_bus_reply_method_return(m, "s", ":1.1");
	if (!sd_bus_message_is_method_call(m, "org.freedesktop.DBus.Properties", "Get") ||
	    sd_bus_message_read(m, "ss", &interface, &property) < 0)
		return 0;
	if (machine->no != NULL && strcmp(property, machine->no) == 0)
		return sd_bus_reply_method_errorf(
		    m, SD_BUS_ERROR_SERVICE_UNKNOWN, "no such service");
	if (strcmp(property, "LoadState") == 0)
		return sd_bus_reply_method_return(m, "v", "s", "loaded");
	if (strcmp(property, "ActiveState") == 0)
		return sd_bus_reply_method_return(m, "v", "s", "active");
	if (strcmp(property, "Result") == 0)
		return sd_bus_reply_method_return(m, "v", "s", "success");
	if (strcmp(property, "LastTriggerUSec") == 0)
		return sd_bus_reply_method_return(m, "v", "t", machine->last_us);
	if (strcmp(property, "NextElapseUSecRealtime") == 0)
		return sd_bus_reply_method_return(m, "v", "t", machine->next_us);
	return 0;
}

/* The other end: serve one connection after the other, until killed. */
static void
serve(int listener, const struct machine *machine)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		sd_bus *bus = NULL;
		sd_id128_t id = { 0 };
		int r;

		if (fd < 0)
			_exit(1);
		if (machine->deaf)
			continue;
		r = sd_bus_new(&bus);
		if (r >= 0)
			r = sd_bus_set_fd(bus, fd, fd);
		if (r >= 0)
			r = sd_bus_set_server(bus, true, id);
		if (r >= 0)
			r = sd_bus_add_filter(bus, NULL, answer, (void *)(uintptr_t)machine);
		if (r >= 0)
			r = sd_bus_start(bus);
		while (r >= 0) {
			r = sd_bus_process(bus, NULL);
			if (r == 0)
				r = sd_bus_wait(bus, UINT64_MAX);
		}
		sd_bus_unref(bus);
	}
}

/* Start the machine's systemd below ${run}; return its process, or 0 if it has none. */
static pid_t
boot(const struct machine *machine, const char *run)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener;
	pid_t pid;

	if (machine->socket == NULL)
		return 0;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s%s", run, machine->socket);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 5), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		serve(listener, machine);
	close(listener);
	return pid;
}

static void
asks_systemd(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(machines); i++) {
		const struct machine *m = &machines[i];
		/* A comma and a space: they must be escaped in an address. */
		char run[] = "/tmp/mon-te,st .XXXXXX", path[256], *text = NULL;
		struct mon_findings f = { 0 };
		time_t period = -1;
		size_t len = 0;
		pid_t pid;

		assert_true(mkdtemp(run) != NULL);
		snprintf(path, sizeof(path), "%s/dbus", run);
		mkdir(path, 0700);
		snprintf(path, sizeof(path), "%s/systemd", run);
		mkdir(path, 0700);
		pid = boot(m, run);
		f.out = open_memstream(&text, &len);
		assert_true(f.out != NULL);
		mon_units_check(&f, run, NOW, &period);
		fclose(f.out);
		CHECK(strncmp(text, m->want, strlen(m->want)) == 0, "%s: %s", m->what, text);
		CHECK_EQ(f.count[MON_FINDING_OK], m->ok, "%s: %s", m->what, text);
		CHECK_EQ(f.count[MON_FINDING_WARN], m->warn, "%s: %s", m->what, text);
		CHECK_EQ(f.count[MON_FINDING_FAIL], m->fail, "%s: %s", m->what, text);
		CHECK_EQ(f.unable, m->unable, "%s", m->what);
		CHECK_EQ(period, m->period, "%s", m->what);
		free(text);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			snprintf(path, sizeof(path), "%s%s", run, m->socket);
			unlink(path);
		}
		snprintf(path, sizeof(path), "%s/dbus", run);
		rmdir(path);
		snprintf(path, sizeof(path), "%s/systemd", run);
		rmdir(path);
		rmdir(run);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(judges_each_state),
		CHECK_TEST(asks_systemd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
