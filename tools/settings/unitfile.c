/* unitfile.c - the drop-ins that make systemd follow the settings; see unitfile.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "io.h"
#include "settings.h"
#include "unitfile.h"

/* As in systemd/monitor-backup.timer; tests/e2e/units-settings.sh compares. */
#define AFTER_BOOT "2min"

/* Behind an empty assignment, which takes back what the unit itself says (systemd.unit(5)). */
static int
format_timer(const char *calendar, char *ret, size_t cap)
{
	return snprintf(ret, cap, "[Timer]\nOnCalendar=\nOnCalendar=%s\n", calendar);
}

/* A backup timer also starts after boot: that trigger must be said again. */
static int
format_backup_timer(const char *time, char *ret, size_t cap)
{
	return snprintf(ret, cap,
	    "[Timer]\nOnCalendar=\nOnCalendar=*-*-* %s:00\nOnBootSec=" AFTER_BOOT "\n", time);
}

/*
 * The folder and the deadline also as variables, which go before the file: until this has run again
 * the sandbox opens the old folder, and the poll has the old time.
 */
static int
format_service(const struct mon_unitfile_values *v, bool poll, char *ret, size_t cap)
{
	int n = snprintf(ret, cap, "[Service]\n");

	if (v->dir != NULL)
		n += snprintf(ret + n, cap - (size_t)n,
		    "BindPaths=\nBindPaths=%s\nEnvironment=MON_DIR=%s\n", v->dir, v->dir);
	if (poll && v->interval_s > 0)
		n +=
		    snprintf(ret + n, cap - (size_t)n, "TimeoutStartSec=%lds\n", v->interval_s - 1);
	if (poll && v->deadline_ms > 0)
		n += snprintf(ret + n, cap - (size_t)n, "Environment=MON_DEADLINE=%ld.%03ld\n",
		    v->deadline_ms / 1000, v->deadline_ms % 1000);
	return n;
}

const char *
mon_unitfile_unit(enum mon_unitfile file)
{
	static const char *const units[MON_UNITFILES] = {
		[MON_UNITFILE_POLL_TIMER] = "monitor-poll.timer",
		[MON_UNITFILE_POLL_SERVICE] = "monitor-poll.service",
		[MON_UNITFILE_QUBES_SERVICE] = "monitor-qubes.service",
		[MON_UNITFILE_BACKUP_TIMER] = "monitor-backup.timer",
		[MON_UNITFILE_BACKUP_SERVICE] = "monitor-backup.service",
	};

	return units[file];
}

/* Is there anything to say?  Only then the file is there at all. */
static bool
is_wanted(enum mon_unitfile file, const struct mon_unitfile_values *v)
{
	switch (file) {
	case MON_UNITFILE_POLL_TIMER: return v->interval_s > 0;
	case MON_UNITFILE_POLL_SERVICE:
		return v->interval_s > 0 || v->deadline_ms > 0 || v->dir != NULL;
	case MON_UNITFILE_BACKUP_TIMER: return v->backup_time != NULL;
	default: return v->dir != NULL;
	}
}

size_t
mon_unitfile_format(
    enum mon_unitfile file, const struct mon_unitfile_values *values, char ret[MON_UNIT_TEXT_MAX])
{
	static const char head[] =
	    "# Made by mon-settings from the settings file: change that one.\n";
	const size_t n = sizeof(head) - 1;
	char calendar[MON_CALENDAR_MAX + 1] = "";
	int more = 0;

	*ret = '\0';
	if (!is_wanted(file, values))
		return 0;
	memcpy(ret, head, sizeof(head));
	if (file == MON_UNITFILE_POLL_TIMER && mon_settings_interval(values->interval_s, calendar))
		more = format_timer(calendar, ret + n, MON_UNIT_TEXT_MAX - n);
	else if (file == MON_UNITFILE_BACKUP_TIMER)
		more = format_backup_timer(values->backup_time, ret + n, MON_UNIT_TEXT_MAX - n);
	else if (file != MON_UNITFILE_POLL_TIMER)
		more = format_service(
		    values, file == MON_UNITFILE_POLL_SERVICE, ret + n, MON_UNIT_TEXT_MAX - n);
	return n + (size_t)more;
}

int
mon_unitfile_put(int dirfd, enum mon_unitfile file, const char *text, size_t len)
{
	static const char name[] = MON_UNITFILE_FILE, part[] = "." MON_UNITFILE_FILE ".tmp";
	char folder[64];
	cleanup_fd int folderfd = -1, fd = -1;
	int r;

	snprintf(folder, sizeof(folder), "%s.d", mon_unitfile_unit(file));
	if (len > 0 && mkdirat(dirfd, folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	folderfd = openat(dirfd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folderfd < 0)
		return len == 0 && errno == ENOENT ? 0 : -errno;
	if (len == 0)
		return unlinkat(folderfd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	if (unlinkat(folderfd, part, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(folderfd, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = mon_io_write(fd, text, len);
	if (r == 0 && renameat(folderfd, part, folderfd, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(folderfd, part, 0);
	return r;
}
