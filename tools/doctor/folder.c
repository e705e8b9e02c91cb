/* folder.c - the Monitor folder; see folder.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "cleanup.h"
#include "day.h"
#include "dir.h"
#include "folder.h"
#include "human.h"
#include "live.h"
#include "reader.h"
#include "schema.h"
#include "stamp.h"
#include "zone.h"

#define DAY_S 86400
#define RATE_DAYS 7    /* finished days that the rate is taken from: a week has quiet days */
#define RATE_MIN_S 600 /* of today, before it tells a rate */
#define AHEAD_S 60     /* the clock of a qube is set by steps of some seconds */
#define SPACE_WARN_DAYS 7
#define SPACE_FAIL_DAYS 1
#define SPACE_YEARS_DAYS 1000               /* more than that is not worth a number */
#define SPACE_FAIL_BYTES (16 * 1024 * 1024) /* less holds neither a common day nor its archive */
#define BACKLOG_FAIL 7                      /* days: half of the retention by default */
#define MOVE_AWAY "move it away, mon-split makes a new one; nothing else should write there"
#define BACKUP "sudo systemctl start monitor-backup; then: sudo journalctl -u monitor-backup -n 20"

/* What is in the folder of ${day}; UINT64_MAX bytes: it cannot be read. */
static struct mon_day_content
measure(int basefd, long day)
{
	cleanup_fd int fd = mon_day_open(basefd, day);
	struct mon_day_content content = { 0 };

	if (fd < 0 || mon_day_measure(fd, &content) < 0)
		content.bytes = UINT64_MAX;
	return content;
}

/* The days of ${folder}, and what the ledger knows of them.  0 or -errno. */
static int
read_days(struct mon_findings *findings, const char *vault, struct mon_folder *folder)
{
	cleanup_free long *days = NULL;
	size_t n = 0, bad = 0;
	char count[MON_HUMAN_MAX];
	int r = mon_day_list(folder->fd, &days, &n);

	if (r < 0)
		return r;
	folder->days = calloc(n + 1, sizeof(*folder->days));
	folder->content = calloc(n + 1, sizeof(*folder->content));
	if (folder->days == NULL || folder->content == NULL)
		return -ENOMEM;
	folder->n = n;
	for (size_t i = 0; i < n; i++) {
		folder->days[i].day = days[i];
		folder->content[i] = measure(folder->fd, days[i]);
	}
	r = mon_ledger_read(folder->fd, vault, folder->days, n, &bad);
	if (r < 0)
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "move it away; mon-archive makes a new one", "ledger: %s cannot be used (%s)",
		    mon_schema_ledger.file,
		    r == -EBADMSG ? "its first line is another header" : strerror(-r));
	else if (bad > 0)
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "take them out; mon-archive sends again what is not recorded: nano "
		    "~/Monitor/archives.csv",
		    "ledger: %s of %s that %s no row of it", mon_human_plural(bad, "line", count),
		    mon_schema_ledger.file, bad == 1 ? "is" : "are");
	return 0;
}

bool
mon_folder_open(struct mon_findings *findings, const char *path, const char *vault, time_t now,
    struct mon_folder *ret)
{
	struct mon_folder folder = { .path = path, .now = now };
	int r;

	folder.fd = mon_dir_open(path, false);
	r = folder.fd < 0 ? folder.fd : read_days(findings, vault, &folder);
	if (r == 0 && !mon_zone_day(now, &folder.today))
		r = -EOVERFLOW;
	if (r == 0) {
		*ret = folder;
		return true;
	}
	mon_folder_close(&folder);
	if (r == -ENOENT)
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "sudo systemctl restart monitor-settings makes it, and the next poll fills it; if "
		    "it is elsewhere: MON_DIR in the settings, or --dir",
		    "folder: there is no %s", path);
	else
		mon_finding_unable(findings,
		    "run mon-doctor as the user who owns it, or give --dir DIR",
		    "folder: cannot read %s (%s)", path, strerror(-r));
	return false;
}

void
mon_folder_close(struct mon_folder *folder)
{
	if (folder->fd >= 0)
		close(folder->fd);
	free(folder->days);
	free(folder->content);
	*folder = (struct mon_folder)MON_FOLDER_NONE;
}

bool
mon_folder_tail(
    struct mon_findings *findings, const struct mon_folder *folder, struct mon_tail *ret)
{
	for (long day = folder->today; day >= folder->today - 1; day--) {
		cleanup_fd int fd = mon_day_open(folder->fd, day);
		int r = fd < 0 ? fd : mon_tail_read(fd, ret);
		char name[MON_DAY_LEN + 1] = "";

		if (r == 0 && ret->last > 0)
			return true;
		if (r == 0 || r == -ENOENT)
			continue;
		mon_stamp_format_day(day, name);
		if (fd == -ENOTDIR || fd == -ELOOP)
			mon_finding_tell(findings, MON_FINDING_FAIL, MOVE_AWAY,
			    "poll: %s is no folder, so nothing can be filed there", name);
		else
			mon_finding_tell(findings, MON_FINDING_FAIL,
			    r == -EACCES ? "sudo chown -R user:user ~/Monitor" : MOVE_AWAY,
			    "poll: %s/%s cannot be used (%s)", name,
			    mon_schema[MON_KIND_SCRAPE].file,
			    r == -EBADMSG ? "its first line is another header" : strerror(-r));
		return false;
	}
	return true;
}

void
mon_folder_files(struct mon_findings *findings, const struct mon_folder *folder)
{
	static struct mon_reader_day today;
	char trouble[MON_READER_TROUBLE_MAX];

	if (mon_reader_day_open(&today, folder->fd, folder->today, NULL) < 0)
		return; /* there is none yet, or mon_folder_tail() tells */
	for (unsigned i = 0; i < MON_KINDS; i++)
		if (i != MON_KIND_SCRAPE && today.err[i] < 0 && today.err[i] != -EACCES &&
		    mon_reader_day_trouble(&today, (enum mon_kind)i, trouble, sizeof(trouble)))
			mon_finding_tell(
			    findings, MON_FINDING_FAIL, MOVE_AWAY, "record: %s", trouble);
	mon_reader_day_close(&today);
}

void
mon_folder_clock(
    struct mon_findings *findings, const struct mon_folder *folder, const struct mon_tail *tail)
{
	char ts[MON_STAMP_LEN + 1] = "", first[MON_DAY_LEN + 1] = "", span[MON_HUMAN_MAX], days[64],
				remedy[512];
	size_t later = 0;

	mon_stamp_format(folder->now, ts);
	while (later < folder->n && folder->days[folder->n - 1 - later].day > folder->today)
		later++;
	if (tail->last > folder->now + AHEAD_S) {
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "compare `date -u` here and in dom0; if it is wrong here, set dom0's clock, then "
		    "in dom0: qvm-sync-clock; if it is right, look again after the next poll",
		    "clock: it shows %s, and the last row is %s later: it is behind, or was ahead",
		    ts, mon_human_duration(tail->last - folder->now, span));
	} else if (later > 0) {
		mon_stamp_format_day(folder->days[folder->n - later].day, first);
		snprintf(remedy, sizeof(remedy),
		    "if `date` is wrong here, set dom0's clock, then in dom0: qvm-sync-clock; if it is "
		    "right, take them out of the record: mkdir -p ~/Monitor-later && mv %s/%s%s "
		    "~/Monitor-later/",
		    folder->path, first, later > 1 ? " (and the later ones)" : "");
		mon_finding_tell(findings, MON_FINDING_WARN, remedy,
		    "clock: it shows %s, and there %s of later days, the first is %s: it is behind, or "
		    "was ahead",
		    ts,
		    later == 1 ? "is 1 folder"
			       : (snprintf(days, sizeof(days), "are %zu folders", later), days),
		    first);
	} else if (tail->newest > folder->now + AHEAD_S) {
		mon_finding_tell(findings, MON_FINDING_OK, NULL,
		    "clock: %s; it was up to %s ahead today, and was set back since", ts,
		    mon_human_duration(tail->newest - folder->now, span));
	} else {
		mon_finding_tell(
		    findings, MON_FINDING_OK, NULL, "clock: %s, after all that is recorded", ts);
	}
}

/* Whoever files in ${fd} must own it and what is in it. */
static void
look_for_others(
    struct mon_findings *findings, int fd, const char *where, const char *path, uid_t owner)
{
	char remedy[4096 + 128];
	const char *name = NULL;
	struct stat st;
	uid_t uid = owner;

	snprintf(remedy, sizeof(remedy), "sudo chown -R user:user %s", path);
	if (fstat(fd, &st) == 0 && st.st_uid != owner)
		uid = st.st_uid;
	for (size_t i = 0; i < MON_KINDS && uid == owner; i++) {
		name = mon_schema[i].file;
		if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid != owner)
			uid = st.st_uid;
	}
	if (uid != owner)
		mon_finding_tell(findings, MON_FINDING_FAIL, remedy,
		    "folder: %s%s%s belongs to %s, so nothing can be filed there", where,
		    name != NULL ? "/" : "", name != NULL ? name : "",
		    uid == 0 ? "root" : "another user");
}

/* The same for one file beside the days, which stops ${what} if another has it. */
static void
look_for_other(struct mon_findings *findings, int fd, const char *file, uid_t owner,
    const char *subject, const char *what)
{
	struct stat st;

	if (fstatat(fd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid != owner)
		mon_finding_tell(findings, MON_FINDING_FAIL, "sudo chown -R user:user ~/Monitor",
		    "%s: %s belongs to %s, so %s", subject, file,
		    st.st_uid == 0 ? "root" : "another user", what);
}

void
mon_folder_owner(struct mon_findings *findings, const struct mon_folder *folder)
{
	cleanup_fd int dayfd = mon_day_open(folder->fd, folder->today);
	char day[MON_DAY_LEN + 1] = "";
	static const char *const rule_files[] = { MON_LIVE_STATE, MON_LIVE_LOCK, MON_RULE_TOLD };
	uid_t owner = geteuid();
	struct stat st;

	/* Root is no one who files: then the folder itself tells. */
	if (owner == 0 && fstat(folder->fd, &st) == 0)
		owner = st.st_uid;
	mon_stamp_format_day(folder->today, day);
	if (fstat(folder->fd, &st) == 0 && st.st_uid != owner)
		look_for_others(findings, folder->fd, folder->path, folder->path, owner);
	else if (dayfd >= 0)
		look_for_others(findings, dayfd, day, folder->path, owner);
	look_for_other(findings, folder->fd, mon_schema_ledger.file, owner, "ledger",
	    "no archive can be recorded");
	for (size_t i = 0; i < sizeof(rule_files) / sizeof(rule_files[0]); i++)
		look_for_other(findings, folder->fd, rule_files[i], owner, "rules",
		    "no incident can be reported");
}

/* Bytes a day, or 0. */
static uint64_t
rate(const struct mon_folder *folder, const struct mon_tail *tail)
{
	uint64_t sum = 0, days = 0;

	for (size_t i = folder->n; i > 0 && days < RATE_DAYS; i--) {
		if (folder->days[i - 1].day >= folder->today ||
		    folder->content[i - 1].bytes == UINT64_MAX)
			continue;
		sum += folder->content[i - 1].bytes;
		days++;
	}
	if (days > 0)
		return sum / days;
	if (folder->n == 0 || folder->days[folder->n - 1].day != folder->today ||
	    folder->content[folder->n - 1].bytes == UINT64_MAX || tail->first == 0 ||
	    tail->last - tail->first < RATE_MIN_S || tail->last - tail->first > DAY_S)
		return 0;
	return folder->content[folder->n - 1].bytes / (uint64_t)(tail->last - tail->first) * DAY_S;
}

void
mon_folder_judge_space(
    struct mon_findings *findings, uint64_t available, uint64_t total, uint64_t per_day)
{
	static const char remedy[] =
	    "give sys-monitor a larger private volume (its settings in dom0), or lower MON_KEEP or "
	    "MON_BUDGET in the configuration";
	char free_text[MON_HUMAN_MAX], total_text[MON_HUMAN_MAX], rate_text[MON_HUMAN_MAX],
	    days_text[MON_HUMAN_MAX];
	enum mon_finding_level level = MON_FINDING_OK;
	uint64_t days = per_day > 0 ? available / per_day : UINT64_MAX;

	if (days < SPACE_WARN_DAYS)
		level = MON_FINDING_WARN;
	if (days < SPACE_FAIL_DAYS || available < SPACE_FAIL_BYTES)
		level = MON_FINDING_FAIL;
	mon_human_bytes(available, free_text);
	mon_human_bytes(total, total_text);
	if (per_day == 0)
		mon_finding_tell(findings, level, level != MON_FINDING_OK ? remedy : NULL,
		    "space: %s of %s free; how long that lasts is not known before the first day",
		    free_text, total_text);
	else
		mon_finding_tell(findings, level, level != MON_FINDING_OK ? remedy : NULL,
		    "space: %s of %s free: %s at %s a day, if nothing were deleted", free_text,
		    total_text,
		    days > SPACE_YEARS_DAYS ? "years" : mon_human_plural(days, "day", days_text),
		    mon_human_bytes(per_day, rate_text));
}

void
mon_folder_space(
    struct mon_findings *findings, const struct mon_folder *folder, const struct mon_tail *tail)
{
	struct statvfs fs;

	if (fstatvfs(folder->fd, &fs) < 0)
		mon_finding_unable(findings, "look by hand: df ~/Monitor",
		    "space: cannot be asked (%s)", strerror(errno));
	else
		mon_folder_judge_space(findings, (uint64_t)fs.f_bavail * fs.f_frsize,
		    (uint64_t)fs.f_blocks * fs.f_frsize, rate(folder, tail));
}

void
mon_folder_backlog(struct mon_findings *findings, const struct mon_folder *folder)
{
	size_t finished = 0, late = 0, same_disk = 0, fresh = 0;
	char oldest[MON_DAY_LEN + 1] = "", count[64];
	long unfinished = 0;

	if (!mon_zone_day(folder->now - MON_GRACE_S, &unfinished))
		return;
	for (size_t i = 0; i < folder->n && folder->days[i].day < unfinished; i++) {
		int r = folder->content[i].bytes == UINT64_MAX
			    ? MON_LEDGER_UNKNOWN
			    : mon_ledger_vouch(
				  folder->fd, &folder->days[i], &folder->content[i], false);

		finished++;
		if (r == MON_LEDGER_SAME_DISK)
			same_disk++;
		else if (r != MON_LEDGER_SAFE && folder->days[i].day >= folder->today - 1)
			fresh++; /* its night may still come */
		else if (r != MON_LEDGER_SAFE && late++ == 0)
			mon_stamp_format_day(folder->days[i].day, oldest);
	}
	if (late > 0)
		mon_finding_tell(findings,
		    late >= BACKLOG_FAIL ? MON_FINDING_FAIL : MON_FINDING_WARN, BACKUP,
		    "backup: %s not safe in the vault, the oldest is %s",
		    late == 1
			? "1 finished day is"
			: (snprintf(count, sizeof(count), "%zu finished days are", late), count),
		    oldest);
	if (same_disk > 0)
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "mon-archive --no-copy --out DIR on another disk, or a vault",
		    "backup: the archives of %s lie on the disk of the days themselves",
		    mon_human_plural(same_disk, "day", count));
	if (late == 0 && same_disk == 0)
		mon_finding_tell(findings, MON_FINDING_OK, NULL,
		    "backup: %zu of %zu finished days are safe%s", finished - fresh, finished,
		    fresh > 0 ? "; yesterday's turn comes with the next backup" : "");
}

void
mon_folder_vault(struct mon_findings *findings, const struct mon_folder *folder, const char *vault,
    const struct mon_dom0 *dom0)
{
	char span[MON_HUMAN_MAX], copied[64] = "no copy is recorded yet";
	time_t last = 0;

	for (size_t i = 0; folder != NULL && i < folder->n; i++)
		if (folder->days[i].in_vault && strcmp(folder->days[i].vault.place, vault) == 0 &&
		    folder->days[i].vault.ts > last)
			last = folder->days[i].vault.ts;
	if (last > 0)
		snprintf(copied, sizeof(copied), "the last copy is %s old",
		    mon_human_duration(folder->now > last ? folder->now - last : 0, span));
	if (dom0->known && mon_dom0_find(dom0, vault) == NULL)
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "create it, or set BACKUP_VAULT in the configuration and in dom0's policy",
		    "vault: there is no qube %s", vault);
	else
		mon_finding_tell(findings, MON_FINDING_OK, NULL, "vault: %s%s, %s", vault,
		    dom0->known ? "" : " (whether it is there is not known)", copied);
}
