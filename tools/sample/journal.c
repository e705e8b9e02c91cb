/* journal.c - alerts from the journal; see journal.h. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "echo.h"
#include "journal.h"
#include "journaldir.h"
#include "journalfile.h"
#include "shape.h"

#define SECOND_NS 1000000000u
#define SLACK_NS (2u * SECOND_NS) /* a file's time is set up to 0.25 s after journald wrote to it */
#define FIELD_MAX 1024            /* bytes taken of a field: twice what an alert holds */
#define PATHS_BYTES 262144        /* for the names of the files that are opened */
#define READ_TRIES 3              /* a journal that changes at each of them is read as it is */

/* ---- how an entry is printed ---- */

static size_t
append(char *dst, size_t cap, size_t at, const char *p, size_t n)
{
	if (n > cap - at)
		n = cap - at;
	if (n > 0)
		memcpy(dst + at, p, n);
	return at + n;
}

size_t
mon_journal_text(const struct mon_journal_entry *entry, char *dst, size_t cap)
{
	const time_t t = (time_t)(entry->realtime_us / 1000000);
	struct tm tm = { 0 };
	char date[32];
	size_t n;

	tzset();
	localtime_r(&t, &tm);
	/* No setlocale() was called: the names of the months are English. */
	n = append(dst, cap, 0, date, strftime(date, sizeof(date), "%b %d %H:%M:%S ", &tm));
	if (entry->untrusted_ident.n > 0)
		n = append(dst, cap, n, entry->untrusted_ident.p, entry->untrusted_ident.n);
	else
		n = append(dst, cap, n, "unknown", strlen("unknown"));
	if (entry->untrusted_pid.n > 0) {
		n = append(dst, cap, n, "[", 1);
		n = append(dst, cap, n, entry->untrusted_pid.p, entry->untrusted_pid.n);
		n = append(dst, cap, n, "]", 1);
	}
	n = append(dst, cap, n, ": ", 2);
	return append(dst, cap, n, entry->untrusted_message.p, entry->untrusted_message.n);
}

bool
mon_journal_same_entry(const char *cursor, const char *other)
{
	/* "s" and "i" name the place in a file; boot, both times and the hash name the entry. */
	const char *a = strstr(cursor, ";b="), *b = strstr(other, ";b=");

	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* ---- which files are read ---- */

/* Paths of files, ended by NULL, in one buffer. */
struct paths {
	size_t n;
	const char *path[MON_JOURNAL_FILES_MAX + 1];
	char arena[PATHS_BYTES];
};

/* What the files hold, as far as they tell (journalfile.h). */
struct counts {
	bool all; /* each of them told it */
	size_t n;
	struct mon_journal_count file[MON_COUNTED_MAX];
};

struct reading {
	const struct mon_journal_ask *ask;
	struct mon_journal_place *place;
	struct mon_answer *answer;
	struct mon_troubles *troubles;
	struct mon_journaldir dir;
	struct paths paths;
	struct counts counts;
	bool settled; /* nothing was added while it was read */
};

static void
report_denied(struct mon_troubles *troubles)
{
	mon_trouble_add(troubles, MON_TROUBLE_DENIED, 0,
	    "may not read the system journal: its alerts are left out; run as root "
	    "(in a qube: force-user='root' in /etc/qubes/rpc-config/qubes.Metrics.Get) "
	    "or as a member of the group systemd-journal");
}

static void
count_file(struct reading *r, const char *path)
{
	struct counts *counts = &r->counts;
	cleanup_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct mon_journal_count count;

	if (fd < 0 || !mon_journalfile_count(fd, r->ask->priority, &count))
		counts->all = false;
	else if (count.entries > 0 && counts->n == MON_COUNTED_MAX)
		counts->all = false;
	else if (count.entries > 0)
		counts->file[counts->n++] = count;
}

/* Choose, and count, the files that changed after ${since_ns} and may be read. */
static void
choose(struct reading *r, uint64_t since_ns)
{
	struct paths *paths = &r->paths;
	size_t used = 0;

	paths->n = r->counts.n = 0;
	r->counts.all = true;
	for (size_t i = 0; i < r->dir.n; i++) {
		char *path = paths->arena + used;
		size_t len;

		if (r->dir.file[i].changed_ns < since_ns)
			continue;
		len = mon_journaldir_path(
		    &r->dir, i, r->ask->root, path, sizeof(paths->arena) - used);
		if (len == 0)
			break;
		if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0) {
			/* One that vacuuming took away just now holds nothing to be read. */
			if (errno == EACCES || errno == EPERM)
				report_denied(r->troubles);
			continue;
		}
		paths->path[paths->n++] = path;
		used += len + 1;
		count_file(r, path);
	}
	paths->path[paths->n] = NULL;
}

/* List the files, and choose among them.  All that was there at read_ns was read: what did not
 * change since holds nothing new. */
static void
look(struct reading *r)
{
	const struct mon_journal_place *place = r->place;
	uint64_t since = 0;
	int err = mon_journaldir_look(r->ask->rootfd, r->ask->served, &r->dir);

	if (err == -EACCES || err == -EPERM)
		report_denied(r->troubles);
	else if (err == -EREMOTE)
		mon_trouble_name(r->troubles, MON_TROUBLE_LEFT, "journal", 0,
		    "does not read a folder of the journal, for a network or a program answers for "
		    "it, and may hang: its alerts are left out");
	else if (err < 0)
		mon_trouble_add(
		    r->troubles, MON_TROUBLE_JOURNAL, err, "cannot look into the journal's folder");
	r->paths.n = 0;
	if (r->dir.n == 0 || (place->signature != 0 && r->dir.signature == place->signature))
		return;
	if (place->read_ns > SLACK_NS && place->read_ns <= r->ask->now_ns)
		since = place->read_ns - SLACK_NS;
	choose(r, since);
	if (r->paths.n == 0 && since > 0)
		choose(r, 0);
}

static const struct mon_journal_count *
find_count(const struct mon_journal_count *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].id, id) == 0)
			return &list[i];
	return NULL;
}

/* Is all that the chosen files hold read already? */
static bool
nothing_new(const struct reading *r)
{
	const struct mon_journal_place *place = r->place;

	if (!r->counts.all || place->read_ns == 0 || place->counted != r->ask->priority)
		return false;
	for (size_t i = 0; i < r->counts.n; i++) {
		const struct mon_journal_count *now = &r->counts.file[i],
					       *then =
						   find_count(place->file, place->nfiles, now->id);

		if (then == NULL || then->entries != now->entries)
			return false;
	}
	return true;
}

static bool
same_counts(const struct counts *a, const struct counts *b)
{
	if (a->all != b->all || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct mon_journal_count *c = find_count(b->file, b->n, a->file[i].id);

		if (c == NULL || c->entries != a->file[i].entries)
			return false;
	}
	return true;
}

/* All that the files hold was read: remember their counts, and of the others what fits. */
static void
keep_counts(struct reading *r)
{
	struct mon_journal_place *place = r->place;
	static struct mon_journal_count kept[MON_COUNTED_MAX];
	size_t n = r->counts.n;

	memcpy(kept, r->counts.file, n * sizeof(kept[0]));
	for (size_t i = 0; place->counted == r->ask->priority && i < place->nfiles; i++)
		if (n < MON_COUNTED_MAX && find_count(kept, n, place->file[i].id) == NULL)
			kept[n++] = place->file[i];
	memcpy(place->file, kept, n * sizeof(kept[0]));
	place->nfiles = n;
	place->counted = r->ask->priority;
	/* A file that changed this very moment may change again without its time showing it. */
	place->signature =
	    r->settled && r->dir.newest_ns + SECOND_NS < r->ask->now_ns ? r->dir.signature : 0;
	place->read_ns = r->ask->now_ns;
}

/* ---- libsystemd ---- */

#define FUNCTIONS(F)                                                                               \
	F(open_files)                                                                              \
	F(close)                                                                                   \
	F(set_data_threshold)                                                                      \
	F(add_match)                                                                               \
	F(seek_head)                                                                               \
	F(seek_cursor)                                                                             \
	F(next)                                                                                    \
	F(get_cursor)                                                                              \
	F(get_data)                                                                                \
	F(get_realtime_usec)

struct library {
#define AS_MEMBER(name) __typeof__(&sd_journal_##name) name;
	FUNCTIONS(AS_MEMBER)
};

/* Return NULL, or what dlerror(3) says. */
static const char *
load(struct library *ret)
{
	void *handle = dlopen("libsystemd.so.0", RTLD_LAZY | RTLD_LOCAL);
	struct library lib;

	if (handle == NULL)
		return dlerror();
#define AS_LOOKUP(name)                                                                            \
	*(void **)&lib.name = dlsym(handle, "sd_journal_" #name);                                  \
	if (lib.name == NULL)                                                                      \
		return dlerror();
	FUNCTIONS(AS_LOOKUP)
	*ret = lib; /* it stays loaded: this process ends soon */
	return NULL;
}

static int
add_matches(const struct library *lib, sd_journal *j, int priority, const char *boot)
{
	char match[64];
	int r = 0;

	for (int i = 0; r >= 0 && i <= priority; i++) {
		snprintf(match, sizeof(match), "PRIORITY=%d", i);
		r = lib->add_match(j, match, 0);
	}
	if (r >= 0 && *boot != '\0') {
		snprintf(match, sizeof(match), "_BOOT_ID=%s", boot);
		r = lib->add_match(j, match, 0);
	}
	return r;
}

static struct mon_str
get_field(const struct library *lib, sd_journal *j, const char *field)
{
	const size_t skip = strlen(field) + 1; /* "FIELD=" */
	const void *data;
	size_t n;

	if (lib->get_data(j, field, &data, &n) < 0 || n < skip)
		return (struct mon_str){ NULL, 0 };
	return (struct mon_str){ (const char *)data + skip, n - skip };
}

/* A field stays readable until the next one is asked for: copy what must last. */
static struct mon_str
copy_field(const struct library *lib, sd_journal *j, const char *field, char *dst, size_t cap)
{
	struct mon_str s = get_field(lib, j, field);

	if (s.n > cap)
		s.n = cap;
	if (s.n > 0)
		memcpy(dst, s.p, s.n);
	return (struct mon_str){ dst, s.n };
}

/* The fields that journalctl -o short prints, in the order in which it looks for them. */
static void
get_entry(const struct library *lib, sd_journal *j, struct mon_journal_entry *ret)
{
	static char ident[128], pid[20], uid[20];
	struct mon_str source;

	*ret = (struct mon_journal_entry){ 0 };
	source = get_field(lib, j, "_SOURCE_REALTIME_TIMESTAMP");
	if (source.n == 0 || !mon_shape_number(source.p, source.n, &ret->realtime_us))
		lib->get_realtime_usec(j, &ret->realtime_us);
	ret->untrusted_ident = copy_field(lib, j, "SYSLOG_IDENTIFIER", ident, sizeof(ident));
	if (ret->untrusted_ident.n == 0)
		ret->untrusted_ident = copy_field(lib, j, "_COMM", ident, sizeof(ident));
	ret->untrusted_pid = copy_field(lib, j, "_PID", pid, sizeof(pid));
	if (ret->untrusted_pid.n == 0)
		ret->untrusted_pid = copy_field(lib, j, "SYSLOG_PID", pid, sizeof(pid));
	ret->uid = copy_field(lib, j, "_UID", uid, sizeof(uid));
	ret->untrusted_message = get_field(lib, j, "MESSAGE");
}

/* Add the entry.  Return false if the answer has no room for it. */
static bool
add_entry(const struct library *lib, sd_journal *j, struct reading *r)
{
	struct mon_journal_entry entry;
	char text[FIELD_MAX];

	get_entry(lib, j, &entry);
	if (entry.untrusted_message.n == 0 ||
	    mon_echo_is(&(struct mon_echo_entry){ .untrusted_ident = entry.untrusted_ident,
			    .untrusted_message = entry.untrusted_message,
			    .uid = entry.uid },
		&r->place->logins))
		return true;
	return mon_answer_alert(r->answer, text, mon_journal_text(&entry, text, sizeof(text)));
}

/* Which entries one pass over the journal takes. */
enum pass {
	THIS_BOOT, /* all of this boot */
	BEHIND,    /* all behind the cursor */
	BEFORE,    /* those behind the cursor that are not of this boot */
};

/* Is the entry that ${cursor} names one of ${boot}? */
static bool
is_of_boot(const char *cursor, const char *boot)
{
	const char *b = strstr(cursor, ";b=");

	return b != NULL && strncmp(b + strlen(";b="), boot, MON_BOOT_LEN) == 0;
}

/* Read on behind the place.  1: to the end.  0: there may be more.  -errno. */
static int
read_entries(const struct library *lib, sd_journal *j, enum pass pass, struct reading *r)
{
	struct mon_journal_place *place = r->place;

	for (int i = 0; i < MON_JOURNAL_SCAN_MAX; i++) {
		cleanup_free char *cursor = NULL;
		int err = lib->next(j);

		if (err <= 0)
			return err < 0 ? err : 1;
		err = lib->get_cursor(j, &cursor);
		if (err < 0) {
			mon_trouble_add(r->troubles, MON_TROUBLE_JOURNAL, err,
			    "cannot read an entry of the journal, so an alert may be missing "
			    "(journalctl --verify tells more)");
			continue;
		}
		if (mon_journal_same_entry(cursor, place->cursor) ||
		    (pass == BEFORE && is_of_boot(cursor, r->ask->boot)))
			continue;
		if (strlen(cursor) > MON_CURSOR_MAX)
			return -EOVERFLOW;
		if (!add_entry(lib, j, r))
			return 0;
		strcpy(place->cursor, cursor);
	}
	return 0;
}

/* Open the files, without those that cannot be: they are named, and the others are read. */
static int
open_files(const struct library *lib, struct reading *r, sd_journal **ret)
{
	struct paths *paths = &r->paths;
	size_t good = 0;

	if (lib->open_files(ret, paths->path, 0) >= 0)
		return 0;
	for (size_t i = 0; i < paths->n; i++) {
		const char *one[] = { paths->path[i], NULL };
		const char *name = strrchr(one[0], '/');
		sd_journal *j = NULL;
		int err = lib->open_files(&j, one, 0);

		if (err >= 0) {
			lib->close(j);
			paths->path[good++] = one[0];
		} else if (err != -ENOENT) {
			mon_trouble_name(r->troubles, MON_TROUBLE_JOURNAL, name, err,
			    "left out the journal file %.300s, which is damaged or of a newer "
			    "systemd",
			    one[0]);
		}
	}
	paths->n = good;
	paths->path[good] = NULL;
	return good == 0 ? -ENOENT : lib->open_files(ret, paths->path, 0);
}

static int
read_pass(const struct library *lib, enum pass pass, struct reading *r)
{
	const char *cursor = r->place->cursor;
	sd_journal *j = NULL;
	int err = open_files(lib, r, &j);

	if (err < 0)
		return err == -ENOENT ? 1 : err; /* none is left: there is nothing to read */
	err = lib->set_data_threshold(j, FIELD_MAX);
	if (err >= 0)
		err = add_matches(lib, j, r->ask->priority, pass == THIS_BOOT ? r->ask->boot : "");
	if (err >= 0)
		err = pass == THIS_BOOT ? lib->seek_head(j) : lib->seek_cursor(j, cursor);
	if (err >= 0)
		err = read_entries(lib, j, pass, r);
	lib->close(j);
	return err;
}

/*
 * Behind a cursor of an earlier boot comes first what is left of that and of those between; but
 * entries of this boot may bear an earlier time than the cursor, so they are read on their own.
 */
static int
read_files(const struct library *lib, struct reading *r)
{
	const char *cursor = r->place->cursor;
	int err;

	if (*cursor == '\0')
		return read_pass(lib, THIS_BOOT, r);
	if (*r->ask->boot == '\0' || is_of_boot(cursor, r->ask->boot))
		return read_pass(lib, BEHIND, r);
	err = read_pass(lib, BEFORE, r);
	return err == 1 ? read_pass(lib, THIS_BOOT, r) : err;
}

/*
 * libsystemd looks into the lists of the priorities one after the other.  An entry written into
 * one already looked at, just before one in another that it then finds, would lie behind the
 * cursor for ever.  So what was counted before is counted after, too; where that differs, all is
 * read again from the old place.
 */
static int
read_settled(const struct library *lib, struct reading *r)
{
	static struct mon_journal_place old, after;
	static struct counts before;
	const struct mon_answer_mark mark = mon_answer_mark(r->answer);
	int err = 0;

	old = *r->place;
	for (int i = 0;; i++) {
		bool same;

		before = r->counts;
		err = read_files(lib, r);
		if (err < 0 || !before.all)
			break;
		after = *r->place;
		*r->place = old;
		look(r);
		same = same_counts(&before, &r->counts);
		if (same || i + 1 == READ_TRIES) {
			*r->place = after;
			r->settled = same;
			break;
		}
		mon_answer_back(r->answer, &mark);
	}
	/* Not more is known to be read than what was there before. */
	r->counts = before;
	return err;
}

void
mon_journal_read(const struct mon_journal_ask *ask, struct mon_journal_place *place,
    struct mon_answer *answer, struct mon_troubles *troubles)
{
	static struct reading r;
	struct library lib;
	const char *why;
	int err;

	r.ask = ask;
	r.place = place;
	r.answer = answer;
	r.troubles = troubles;
	r.settled = true;
	look(&r);
	if (r.paths.n == 0)
		return;
	if (nothing_new(&r)) {
		keep_counts(&r);
		return;
	}
	why = load(&lib);
	if (why != NULL) {
		mon_trouble_add(troubles, MON_TROUBLE_LIBRARY, 0,
		    "cannot load libsystemd, so alerts are left out: %s; install libsystemd0 "
		    "(Debian) "
		    "or systemd-libs (Fedora)",
		    why);
		return;
	}
	err = read_settled(&lib, &r);
	if (err < 0)
		mon_trouble_add(troubles, MON_TROUBLE_JOURNAL, err,
		    "cannot read the journal, so alerts are missing (journalctl --verify tells "
		    "more)");
	if (err == 1) {
		keep_counts(&r);
	} else {
		place->signature = 0;
		place->nfiles = 0;
	}
}

void
mon_journal_new_boot(struct mon_journal_place *place)
{
	place->signature = place->read_ns = 0;
	place->nfiles = 0;
	memset(&place->logins, 0, sizeof(place->logins));
}
