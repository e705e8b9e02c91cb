/*
 * mon-archive - pack finished days, copy each to the vault, print the days that are safe there.
 *
 * A day is printed only when its archive was read back and found equal to the files, the copy
 * ended with 0, the row in archives.csv is on the disk, and the day has not changed since.
 * What is printed is what mon-prune may delete: nothing else goes to stdout.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "copy.h"
#include "day.h"
#include "dir.h"
#include "human.h"
#include "ledger.h"
#include "caps.h"
#include "pack.h"
#include "plan.h"
#include "schema.h"
#include "show.h"
#include "stamp.h"
#include "store.h"
#include "tool.h"

static const char HELP[] =
    "Usage: mon-archive [OPTION]...\n"
    "Pack each finished day as one .tgz, copy it to the vault, print the safe days.\n"
    "\n"
    "  -d, --dir DIR         the folder of the day folders [MON_DIR, or ~/Monitor]\n"
    "      --date DAY        only this day, even if it was archived before\n"
    "      --partial         with --date: a day that is not over; never printed\n"
    "      --vault NAME      the qube that takes the copies [BACKUP_VAULT, or\n"
    "                        secrets-vault]\n"
    "      --no-copy         keep the archives here instead, without a vault\n"
    "      --out DIR         with --no-copy: where; on another disk that lasts, so\n"
    "                        that the day is safe there and printed [that of --dir]\n"
    "  -t, --timeout SECONDS for one copy [600]\n"
    "  -n, --dry-run         print the days that would be packed, do nothing\n"
    "      --now TS          the time, like 2025-08-31T12:00:10Z [the clock]\n"
    "  -h, --help            print this help, and exit\n"
    "  -V, --version         print the version, and exit\n"
    "\n"
    "Exit status: 0 done; 1 a day could not be archived, the next run tries again;\n"
    "2 wrong usage; 3 done, but something in a day folder or the ledger is not ours,\n"
    "or --out is gone at the next shutdown.\n"
    "\n"
    "Example: mon-archive | mon-prune\n";

struct options {
	const char *dir, *date, *vault, *out, *timeout, *now;
	bool partial, no_copy, dry_run;
};

/* One run. */
struct run {
	int basefd;
	const char *dir; /* its path */
	struct mon_store store;
	const char *place; /* the vault's name or the folder's absolute path */
	time_t now;
	long unfinished; /* this day and all after it are not over */
	unsigned timeout_ms;
	bool no_copy, partial, repeat, dry_run;
	bool failed, odd; /* for the exit code */
	bool give_up;     /* no more copies: the next one would fail alike */
	size_t same_disk; /* days that are kept on the disk of the Monitor folder */
	size_t fleeting;  /* days that are kept where nothing outlives a shutdown */
};

static int
fail(struct run *run)
{
	run->failed = true;
	return -1;
}

static bool
is_full(int r)
{
	return r == -ENOSPC || r == -EDQUOT;
}

static void
tell_cut(off_t cut)
{
	if (cut > 0)
		mon_tool_tell_cut("", mon_schema_ledger.file, (uint64_t)cut);
}

/* The ledger cannot be used because of ${r}, and ${so}. */
static void
tell_no_ledger(const struct run *run, int r, const char *so)
{
	if (r == -EBADMSG)
		mon_tool_error(0,
		    "cannot use %s, which does not begin with the expected header: move it away; %s",
		    mon_schema_ledger.file, so);
	else
		mon_tool_error(r, "cannot use %s; %s%s", mon_schema_ledger.file, so,
		    mon_tool_own(r, run->dir));
}

/* What a person should know of the folder, once for each time it is packed. */
static void
tell_oddities(struct run *run, const struct mon_pack *p, const char *day)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct mon_pack_file *f = &p->files[i];

		if (f->cut > 0)
			mon_tool_tell_cut(day, f->table->file, (uint64_t)f->cut);
		if (f->odd != 0) {
			mon_tool_warn(0,
			    "%s/%s does not begin with the expected header: archived as it is", day,
			    f->table->file);
			run->odd = true;
		}
	}
	if (p->content.foreign > 0) {
		mon_tool_warn(0,
		    "%s holds %zu %s not ours (%s): not archived; move what is not ours away", day,
		    p->content.foreign, p->content.foreign == 1 ? "file that is" : "files that are",
		    p->content.name);
		run->odd = true;
	}
}

/*
 * Nothing is copied that cannot be recorded.  Where the archive is not on the volume of the ledger,
 * it cannot make room there for the first row: the ledger is made before the copy.  0 or -1.
 */
static int
ready_ledger(struct run *run)
{
	off_t cut = 0;
	int r = mon_ledger_ready(run->basefd, run->store.spare, &cut);

	tell_cut(cut);
	if (r == 0)
		return 0;
	tell_no_ledger(run, r, "nothing is copied");
	run->give_up = true;
	return fail(run);
}

/* Write the archive of ${p} where the store is.  Return a descriptor to it, or -errno. */
static int
write_archive(
    struct run *run, const struct mon_pack *p, const char *day, struct mon_ledger_row *row)
{
	struct mon_show show;
	struct mon_pack_progress progress = { mon_show_bytes, &show };
	cleanup_fd int fd = mon_store_begin(&run->store, &row->name);
	int r = fd < 0 ? fd : 0;

	mon_show_begin(&show, day, p->content.bytes);
	if (r == 0)
		r = mon_pack_write(p, fd, &progress, row->sha256, &row->bytes);
	mon_show_end(&show);
	if (r == 0)
		return mon_steal_fd(&fd);
	mon_store_abandon(&run->store);
	return r;
}

/*
 * Write, prove and name the archive of ${p}; ${row} then describes it.  Return 0 or -1.
 * Where the volume of the days is full, archiving them is what frees it: elsewhere, then.
 */
static int
make_archive(struct run *run, const struct mon_pack *p, const char *day, struct mon_ledger_row *row)
{
	cleanup_fd int fd = write_archive(run, p, day, row);
	int r;

	if (is_full(fd) && run->store.outgoing && !run->store.spare &&
	    mon_store_spare(run->basefd, &run->store) == 0)
		fd = write_archive(run, p, day, row);
	r = fd < 0 ? fd : 0;
	if (r < 0) {
		mon_tool_error(r, "cannot write the archive of %s in %s; the day stays%s", day,
		    run->store.path, is_full(r) ? ", free some space there" : "");
	} else {
		r = mon_pack_verify(p, fd, row->sha256);
		if (r == -EBADMSG)
			mon_tool_error(0,
			    "the archive of %s, read back, is not equal to the files: the disk, "
			    "the "
			    "memory or another program changed bytes; the day stays",
			    day);
		else if (r < 0)
			mon_tool_error(r, "cannot read back the archive of %s; the day stays", day);
	}
	if (r == 0) {
		r = mon_store_finish(&run->store, row);
		if (r < 0)
			mon_tool_error(r,
			    "cannot give the archive of %s its name in %s; the day stays", day,
			    run->store.path);
	}
	mon_store_abandon(&run->store);
	return r < 0 ? fail(run) : 0;
}

/* Copy the archive to the vault, under the first number that is free there.  0 or -1. */
static int
copy_archive(struct run *run, const char *day, struct mon_ledger_row *row)
{
	char path[sizeof(run->store.path) + MON_ARCHIVE_NAME_MAX + 2],
	    name[MON_ARCHIVE_NAME_MAX + 1];
	int r = 0, code = MON_COPY_EXISTS;

	for (int i = 0; code == MON_COPY_EXISTS && i < MON_COPY_NAMES; i++) {
		if (i > 0) {
			r = mon_store_renumber(&run->store, &row->name);
			if (r < 0) {
				mon_tool_error(r, "cannot rename the archive of %s in %s", day,
				    run->store.path);
				return fail(run);
			}
		}
		mon_ledger_format_name(&row->name, name);
		snprintf(path, sizeof(path), "%s/%s", run->store.path, name);
		mon_show_copy(day, name, run->place);
		r = mon_copy_run(run->place, path, run->timeout_ms, &code);
		if (r < 0)
			break;
	}
	if (r == 0 && code == MON_COPY_OK)
		return 0;
	if (r < 0)
		mon_tool_error(r,
		    "cannot copy %s to %s: %s; the day stays, the next run tries again", name,
		    run->place, mon_copy_advice(r, 0));
	else
		mon_tool_error(0,
		    "cannot copy %s to %s (exit %d): %s; the day stays, the next run tries again",
		    name, run->place, code, mon_copy_advice(0, code));
	run->give_up = true;
	return fail(run);
}

/* Put the row on the disk.  On a full one the archive, whose copy is safe, makes room for it. */
static int
record(struct run *run, const char *day, const struct mon_ledger_row *row)
{
	off_t cut = 0;
	int r = mon_ledger_append(run->basefd, row, &cut);

	if (is_full(r) && !run->no_copy) {
		(void)mon_store_remove(&run->store, &row->name); /* tried again, and told, below */
		r = mon_ledger_append(run->basefd, row, &cut);
	}
	tell_cut(cut);
	if (r == 0)
		return 0;
	mon_tool_error(r,
	    "cannot record %s in %s; the day is not vouched for, and no other is copied", day,
	    mon_schema_ledger.file);
	run->give_up = true;
	return fail(run);
}

/* The archive is made and recorded: print the day if that makes it safe as it is now. */
static int
vouch(struct run *run, const struct mon_ledger_day *d, const char *day)
{
	cleanup_fd int dayfd = mon_day_open(run->basefd, d->day);
	struct mon_day_content content;
	char line[MON_DAY_LEN + 2];
	int r;

	if (dayfd == -ENOENT)
		return 0; /* deleted meanwhile: there is nothing left to vouch for */
	r = dayfd < 0 ? dayfd : mon_day_measure(dayfd, &content);
	if (r == 0)
		r = mon_ledger_vouch(run->basefd, d, &content, false);
	if (r == MON_LEDGER_SAFE) {
		snprintf(line, sizeof(line), "%s\n", day);
		return mon_tool_write(line, strlen(line)) < 0 ? fail(run) : 0;
	}
	if (r == MON_LEDGER_SAME_DISK || r == MON_LEDGER_VOLATILE) {
		*(r == MON_LEDGER_SAME_DISK ? &run->same_disk : &run->fleeting) += 1;
		return 0;
	}
	mon_tool_warn(r < 0 ? r : 0, "%s is not vouched for in this run%s%s", day,
	    r > 0 ? ": " : "", r > 0 ? mon_ledger_reason((enum mon_ledger_answer)r) : "");
	run->odd = true;
	return 0;
}

/* Its row is on the disk: mark the very folder that was packed as the one it is about. */
static int
mark(struct run *run, const struct mon_pack *p, const char *day)
{
	int r = mon_day_date(p->dayfd, p->day);

	if (r == 0)
		return 0;
	mon_tool_error(r, "cannot set the time of the folder %s; the day is not vouched for%s", day,
	    mon_tool_own(r, run->dir));
	return fail(run);
}

/* Copy, record and vouch for the archive of ${p} that make_archive() made. */
static int
deliver(struct run *run, struct mon_ledger_day *d, const struct mon_pack *p, const char *day,
    struct mon_ledger_row *row)
{
	int r = ready_ledger(run);

	if (r == 0 && !run->no_copy)
		r = copy_archive(run, day, row);
	if (r == 0)
		r = record(run, day, row);
	if (r == 0 && !row->name.partial)
		r = mark(run, p, day);
	if (!run->no_copy) {
		int removed = mon_store_remove(&run->store, &row->name);

		if (removed < 0 && removed != -ENOENT)
			mon_tool_warn(removed,
			    "cannot delete the local archive of %s in %s; the next run will", day,
			    run->store.path);
	}
	if (r < 0 || row->name.partial)
		return r;
	mon_ledger_learn(d, NULL, row);
	return vouch(run, d, day);
}

static int
pack_day(struct run *run, struct mon_ledger_day *d, const char *day)
{
	struct mon_ledger_row row = { .ts = run->now };
	const char *failed_file = NULL;
	struct mon_pack pack;
	int r = mon_pack_open(run->basefd, d->day, &pack, &failed_file);

	if (r == -ENOENT && failed_file == NULL)
		return 0; /* deleted meanwhile */
	if (r < 0) {
		mon_tool_error(r, "cannot open %s%s%s%s; the day stays%s", day,
		    failed_file != NULL ? "/" : "", failed_file != NULL ? failed_file : "",
		    r == -ETIMEDOUT ? ", which another program has locked" : "",
		    mon_tool_own(r, run->dir));
		return fail(run);
	}
	tell_oddities(run, &pack, day);
	if (!run->repeat && mon_plan_held(run->basefd, d, &pack.content, run->place)) {
		mon_pack_close(&pack); /* healed, it is what was archived */
		return vouch(run, d, day);
	}
	row.name = (struct mon_ledger_name){ d->day, run->partial, d->next[run->partial] };
	for (size_t i = 0; i < pack.n; i++)
		row.csv_bytes += pack.files[i].size;
	snprintf(row.place, sizeof(row.place), "%s", run->place);
	r = make_archive(run, &pack, day, &row);
	if (r == 0)
		r = deliver(run, d, &pack, day, &row);
	mon_pack_close(&pack);
	return r;
}

/* Does the ledger hold the day as it is, if it is there at all?  1, 0, or -1 after the message. */
static int
is_held(struct run *run, const struct mon_ledger_day *d, const char *day)
{
	cleanup_fd int dayfd = mon_day_open(run->basefd, d->day);
	struct mon_day_content content;
	int r = dayfd < 0 ? dayfd : mon_day_measure(dayfd, &content);

	if (dayfd == -ENOENT)
		return 1; /* deleted since the days were listed, so it was */
	if (r < 0) {
		mon_tool_error(r, "cannot read the folder %s%s", day, mon_tool_own(r, run->dir));
		return fail(run);
	}
	return mon_plan_held(run->basefd, d, &content, run->place);
}

static void
do_day(struct run *run, struct mon_ledger_day *d)
{
	char day[MON_DAY_LEN + 1] = "";
	int held;

	mon_stamp_format_day(d->day, day);
	held = run->repeat ? 0 : is_held(run, d, day);
	if (held < 0)
		return;
	if (run->dry_run && !held)
		printf("%s\n", day);
	else if (!run->dry_run && held)
		vouch(run, d, day);
	else if (!run->dry_run && !run->give_up)
		pack_day(run, d, day);
}

/* The finished days, or the one of --date, with what the ledger knows.  0, or an exit code. */
static int
list_days(struct run *run, const char *date, struct mon_ledger_day **ret, size_t *ret_n)
{
	cleanup_free long *found = NULL;
	struct mon_ledger_day *days;
	size_t len = 0, n = 0, bad = 0;
	long only = 0;
	struct mon_tool_setting vault;
	int r = mon_day_list(run->basefd, &found, &len);

	if (r < 0) {
		mon_tool_error(r, "cannot list the Monitor folder");
		return MON_EX_FAIL;
	}
	if (date != NULL)
		mon_stamp_parse_day(date, strlen(date), &only); /* main() has checked it */
	days = calloc(len + 1, sizeof(*days));
	if (days == NULL) {
		mon_tool_error(ENOMEM, "cannot list %zu days", len);
		return MON_EX_FAIL;
	}
	for (size_t i = 0; i < len; i++)
		if (date != NULL ? found[i] == only : found[i] < run->unfinished)
			days[n++].day = found[i];
	/* Without a copy: the vault that is configured, or that took the newest. */
	(void)mon_tool_setting(MON_SETTING_VAULT, NULL, &vault);
	r = mon_ledger_read(run->basefd,
	    !run->no_copy ? run->place
	    : vault.set   ? vault.text
			  : NULL,
	    days, n, &bad);
	if (bad > 0) {
		mon_tool_warn(0, "%s: ignored %zu %s of the ledger", mon_schema_ledger.file, bad,
		    bad == 1 ? "line that is no row" : "lines that are no rows");
		run->odd = true;
	}
	if (r < 0)
		tell_no_ledger(run, r, "nothing was archived");
	else if (date != NULL && n == 0)
		mon_tool_error(0, "there is no folder for %s", date);
	if (r < 0 || (date != NULL && n == 0)) {
		free(days);
		return MON_EX_FAIL;
	}
	*ret = days;
	*ret_n = n;
	return 0;
}

static int
do_days(struct run *run, const char *date)
{
	cleanup_free struct mon_ledger_day *days = NULL;
	char count[MON_HUMAN_MAX];
	size_t n = 0;
	int r = list_days(run, date, &days, &n);

	if (r != 0)
		return r;
	for (size_t i = 0; i < n; i++)
		do_day(run, &days[i]);
	if (run->same_disk > 0)
		mon_tool_warn(0,
		    "archived in %s, on the disk of the days themselves: %s that mon-prune "
		    "will not delete; give --out DIR on another disk, or a vault",
		    run->store.path, mon_human_plural(run->same_disk, "day", count));
	if (run->fleeting > 0) {
		mon_tool_warn(0,
		    "archived in %s, which is gone at the next shutdown: mon-prune will not delete "
		    "what only it has; give --out DIR on a disk that stays, or a vault",
		    run->store.path);
		run->odd = true;
	}
	if (run->failed)
		return MON_EX_FAIL;
	return run->odd ? MON_EX_PARTIAL : MON_EX_OK;
}

/* Take the place of work: alone, tidied, and named for the ledger.  0, or an exit code. */
static int
open_store(struct run *run, const struct options *o, const char *dir)
{
	const char *out = o->no_copy ? (o->out != NULL ? o->out : dir) : NULL;
	int r = run->dry_run ? 0 : mon_dir_lock(run->basefd, MON_LOCK_MS);

	if (r < 0) {
		mon_tool_error(r == -ETIMEDOUT ? 0 : r, "cannot lock %s%s", dir,
		    r == -ETIMEDOUT ? ": another mon-archive is at work there" : "");
		return MON_EX_FAIL;
	}
	if (run->dry_run && out == NULL)
		return 0;
	r = mon_store_open(run->basefd, out, &run->store);
	if (is_full(r) && out == NULL)
		r = mon_store_spare(run->basefd, &run->store);
	if (r == 0 && !run->dry_run)
		r = mon_store_clean(&run->store);
	if (r < 0) {
		mon_tool_error(r, "cannot use the folder for archives, %s%s",
		    out != NULL ? out : dir, out != NULL ? "" : "/.outgoing");
		return MON_EX_FAIL;
	}
	if (run->no_copy && strlen(run->store.path) > MON_PLACE_MAX)
		return mon_tool_misuse("the path of --out is longer than %d bytes", MON_PLACE_MAX);
	if (run->no_copy)
		run->place = run->store.path;
	return 0;
}

static int
archive(const struct options *o, struct run *run)
{
	char dir[4096];
	int r;

	if (!mon_tool_dir(o->dir, dir, sizeof(dir)))
		return MON_EX_USAGE;
	run->dir = dir;
	run->basefd = mon_dir_open(dir, false);
	if (run->basefd < 0) {
		mon_tool_no_dir(run->basefd, o->dir, dir);
		return MON_EX_FAIL;
	}
	r = open_store(run, o, dir);
	if (r == 0)
		r = do_days(run, o->date);
	mon_store_close(run->basefd, &run->store);
	close(run->basefd);
	return r;
}

/* Options that do not go together, and values that are none.  Return 0, or an exit code. */
static int
check(const struct options *o, struct run *run)
{
	struct mon_tool_setting vault = { .text = "" };
	long day;

	if (o->no_copy && o->vault != NULL)
		return mon_tool_misuse("--no-copy and --vault exclude each other");
	if (o->no_copy && o->timeout != NULL)
		return mon_tool_misuse("--timeout is for a copy, and --no-copy makes none");
	if (!o->no_copy && o->out != NULL)
		return mon_tool_misuse(
		    "--out goes with --no-copy: with a vault no archive stays here");
	if (o->partial && o->date == NULL)
		return mon_tool_misuse("--partial goes with --date DAY");
	if (!o->no_copy && !mon_tool_setting(MON_SETTING_VAULT, o->vault, &vault))
		return MON_EX_USAGE;
	if (vault.wrong) {
		mon_tool_error(0,
		    "nothing is copied while BACKUP_VAULT is wrong, or may be meant by a "
		    "wrong line: days for one vault must not go to another");
		return MON_EX_FAIL;
	}
	run->place = vault.text;
	run->timeout_ms = MON_COPY_MS;
	if (o->timeout != NULL && !mon_tool_seconds("--timeout", o->timeout, &run->timeout_ms))
		return MON_EX_USAGE;
	if (!mon_tool_now(o->now, &run->now))
		return MON_EX_USAGE;
	if (!mon_plan_finished(run->now, &run->unfinished))
		return mon_tool_misuse(
		    "the time is outside the years 1970 to 9999: set the clock or --now");
	if (o->date == NULL)
		return 0;
	if (!mon_stamp_parse_day(o->date, strlen(o->date), &day))
		return mon_tool_misuse("--date '%s' is no day like 2025-08-31", o->date);
	if (day >= run->unfinished && !o->partial)
		return mon_tool_misuse(
		    "%s is not over (nor are its late rows, until %d minutes after "
		    "midnight): --partial packs what is there",
		    o->date, MON_GRACE_S / 60);
	if (day < run->unfinished && o->partial)
		return mon_tool_misuse("%s is over: leave --partial out", o->date);
	return 0;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "date", required_argument, NULL, 'D' },
		{ "partial", no_argument, NULL, 'p' },
		{ "vault", required_argument, NULL, 'v' },
		{ "no-copy", no_argument, NULL, 'c' },
		{ "out", required_argument, NULL, 'o' },
		{ "timeout", required_argument, NULL, 't' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "now", required_argument, NULL, 'N' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	struct run run = { .store = MON_STORE_NONE };
	int c, r;

	mon_tool_init("mon-archive", HELP);
	while ((c = mon_tool_getopt(argc, argv, "+d:t:nhV", longs, "")) != -1) {
		switch (c) {
		case 'd': o.dir = optarg; break;
		case 'D': o.date = optarg; break;
		case 'p': o.partial = true; break;
		case 'v': o.vault = optarg; break;
		case 'c': o.no_copy = true; break;
		case 'o': o.out = optarg; break;
		case 't': o.timeout = optarg; break;
		case 'n': o.dry_run = true; break;
		case 'N': o.now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (optind != argc)
		return mon_tool_misuse(
		    "unexpected argument '%s': a day is given by --date", argv[optind]);
	r = check(&o, &run);
	if (r != 0)
		return r;
	run.no_copy = o.no_copy;
	run.partial = o.partial;
	run.repeat = o.date != NULL;
	run.dry_run = o.dry_run;
	return mon_tool_finish(archive(&o, &run));
}
