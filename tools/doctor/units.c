/* units.c - what systemd says; see units.h. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "units.h"

#define ANSWER_US 3000000 /* for one answer of systemd: it takes a millisecond */
#define ADDRESS_MAX 512
#define POLL "monitor-poll"

static void
free_string(char **s)
{
	free(*s);
}

static void
unref_bus(sd_bus **bus)
{
	sd_bus_close_unref(*bus); /* not flush: that waits for a systemd that hangs */
}

/* One property that is a word. */
static int
get_word(sd_bus *bus, const char *path, const char *interface, const char *name,
    char ret[MON_UNITS_WORD])
{
	__attribute__((cleanup(free_string))) char *value = NULL;
	int r = sd_bus_get_property_string(
	    bus, "org.freedesktop.systemd1", path, interface, name, NULL, &value);

	if (r >= 0)
		snprintf(ret, MON_UNITS_WORD, "%s", value);
	return r;
}

/* One property that is a time in microseconds, as seconds; "never" is 0. */
static int
get_time(sd_bus *bus, const char *path, const char *name, time_t *ret)
{
	uint64_t us = 0;
	int r = sd_bus_get_property_trivial(bus, "org.freedesktop.systemd1", path,
	    "org.freedesktop.systemd1.Timer", name, NULL, 't', &us);

	if (r >= 0)
		*ret = us == UINT64_MAX ? 0 : (time_t)(us / 1000000);
	return r;
}

/* The object of the unit ${name}${suffix}; NULL without memory. */
static char *
unit_path(const char *name, const char *suffix)
{
	char unit[64], *path = NULL;

	snprintf(unit, sizeof(unit), "%s%s", name, suffix);
	return sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path) < 0 ? NULL : path;
}

int
mon_units_read(sd_bus *bus, const char *name, struct mon_unit *ret)
{
	__attribute__((cleanup(free_string))) char *timer = unit_path(name, ".timer");
	__attribute__((cleanup(free_string))) char *service = unit_path(name, ".service");
	struct mon_unit unit = { 0 };
	int r;

	if (timer == NULL || service == NULL)
		return -ENOMEM;
	r = get_word(bus, timer, "org.freedesktop.systemd1.Unit", "LoadState", unit.load);
	if (r >= 0)
		r = get_word(
		    bus, timer, "org.freedesktop.systemd1.Unit", "ActiveState", unit.active);
	if (r >= 0)
		r = get_time(bus, timer, "LastTriggerUSec", &unit.last);
	if (r >= 0)
		r = get_time(bus, timer, "NextElapseUSecRealtime", &unit.next);
	if (r >= 0)
		r = get_word(
		    bus, service, "org.freedesktop.systemd1.Service", "Result", unit.result);
	if (r < 0)
		return r;
	*ret = unit;
	return 0;
}

void
mon_units_judge(
    struct mon_findings *findings, const char *name, const struct mon_unit *unit, time_t now)
{
	char remedy[256], span[MON_FINDING_SPAN], last[64] = "not run yet since boot";

	if (unit->last > 0)
		snprintf(last, sizeof(last), "last run %s ago",
		    mon_finding_span(now - unit->last, span));
	if (strcmp(unit->load, "loaded") != 0) {
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "install sys-monitor in the template of this qube, then restart this qube",
		    "%s.timer: systemd cannot load it (%s)", name, unit->load);
	} else if (strcmp(unit->active, "active") != 0) {
		snprintf(remedy, sizeof(remedy),
		    "sudo systemctl start %s.timer; if it is off again after the next boot, enable "
		    "it in "
		    "the template of this qube",
		    name);
		mon_finding_tell(
		    findings, MON_FINDING_FAIL, remedy, "%s.timer: it is %s", name, unit->active);
	} else if (strcmp(unit->result, "success") != 0) {
		snprintf(remedy, sizeof(remedy), "sudo journalctl -u %s -n 20", name);
		mon_finding_tell(findings, MON_FINDING_FAIL, remedy,
		    "%s.timer: it is active, %s, but that run failed (%s)", name, last,
		    unit->result);
	} else {
		mon_finding_tell(
		    findings, MON_FINDING_OK, NULL, "%s.timer: it is active, %s", name, last);
	}
}

/* Write the D-Bus address of the socket ${run}${file}.  False if it does not fit. */
static bool
format_address(const char *run, const char *file, char ret[ADDRESS_MAX])
{
	size_t n = (size_t)snprintf(ret, ADDRESS_MAX, "unix:path=");
	const char *part[2] = { run, file };

	for (size_t i = 0; i < 2; i++) {
		for (const char *p = part[i]; *p != '\0'; p++) {
			if (n + 4 > ADDRESS_MAX)
				return false;
			/* Every byte may be escaped, and most need not be: D-Bus specification. */
			if (strchr("/-_.", *p) != NULL || (*p >= '0' && *p <= '9') ||
			    (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
				ret[n++] = *p;
			else
				n += (size_t)snprintf(ret + n, 4, "%%%02x", (unsigned char)*p);
		}
	}
	ret[n] = '\0';
	return true;
}

/* Shake hands.  sd-bus would wait a minute and a half for a systemd that hangs. */
static int
wait_ready(sd_bus *bus)
{
	uint64_t now, end = (uint64_t)mon_clock_us() + ANSWER_US;
	for (;;) {
		int r = sd_bus_is_ready(bus);

		if (r != 0)
			return r;
		r = sd_bus_process(bus, NULL);
		if (r < 0)
			return r;
		now = (uint64_t)mon_clock_us();
		if (now >= end)
			return -ETIMEDOUT;
		if (r == 0)
			r = sd_bus_wait(bus, end - now);
		if (r < 0 && r != -EINTR)
			return r;
	}
}

/* Connect to a bus, or, without ${is_bus}, to systemd itself (which only root may). */
static int
connect_to(const char *address, bool is_bus, sd_bus **ret)
{
	__attribute__((cleanup(unref_bus))) sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, is_bus);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, ANSWER_US);
	if (r >= 0)
		r = wait_ready(bus);
	if (r < 0)
		return r;
	*ret = bus;
	bus = NULL; /* now the caller's */
	return 0;
}

/* Connect to the first socket that leads to a systemd, and ask it for the poll. */
static int
find_systemd(const char *run, sd_bus **ret, struct mon_unit *ret_poll)
{
	static const char *const sockets[2] = { "/dbus/system_bus_socket", "/systemd/private" };
	int first = 0;

	for (size_t i = 0; i < 2; i++) {
		__attribute__((cleanup(unref_bus))) sd_bus *bus = NULL;
		char address[ADDRESS_MAX];
		int r = -ENAMETOOLONG;

		if (format_address(run, sockets[i], address))
			r = connect_to(address, i == 0, &bus);
		if (r >= 0)
			r = mon_units_read(bus, POLL, ret_poll);
		if (r >= 0) {
			*ret = bus;
			bus = NULL; /* now the caller's */
			return 0;
		}
		if (i == 0)
			first = r;
	}
	return first;
}

void
mon_units_check(struct mon_findings *findings, const char *run, time_t now, time_t *ret_period)
{
	static const char *const others[] = { "monitor-qubes", "monitor-backup" };
	__attribute__((cleanup(unref_bus))) sd_bus *bus = NULL;
	struct mon_unit unit;
	int r = find_systemd(run, &bus, &unit);

	if (r < 0) {
		mon_finding_unable(findings,
		    "run mon-doctor inside sys-monitor; there, look by hand: systemctl list-timers "
		    "'monitor-*'",
		    "timers: not checked, no systemd answers below %s (%s)", run, strerror(-r));
		return;
	}
	mon_units_judge(findings, POLL, &unit, now);
	if (unit.last > 0 && unit.next > unit.last)
		*ret_period = unit.next - unit.last;
	for (size_t i = 0; i < 2; i++) {
		r = mon_units_read(bus, others[i], &unit);
		if (r < 0)
			mon_finding_unable(findings,
			    "look by hand: systemctl list-timers 'monitor-*'",
			    "%s.timer: not checked, systemd gave no answer (%s)", others[i],
			    strerror(-r));
		else
			mon_units_judge(findings, others[i], &unit, now);
	}
}
