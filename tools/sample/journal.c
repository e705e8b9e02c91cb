/* journal.c - alerts from the journal; see journal.h. */
#include <dirent.h>
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
#include "io.h"
#include "journal.h"
#include "shape.h"

#define MACHINE_ID_LEN 32
#define SECOND_NS 1000000000u
#define SLACK_NS (2u * SECOND_NS) /* a file's time is set up to 0.25 s after journald wrote to it */
#define FIELD_MAX 1024            /* bytes taken of a field: twice what an alert holds */
#define PATHS_BYTES 262144        /* for the names of the files that are opened */

/* ---- what is left out ---- */

/* The poll's own echo: calling a service is logged in the guest, and would be the next alert. */
static const struct {
	const char *ident;   /* begins with this */
	const char *message; /* begins with this */
	const char *inside;  /* and holds this in its first word */
} noise[] = {
	{ "qrexec", "", "" },
	{ "qubes.Metrics.Get", "", "" },
	{ "", "pam_", "(qrexec:" },
};

bool
mon_journal_is_noise(const struct mon_journal_entry *entry)
{
	struct mon_str word = entry->untrusted_message;
	const char *space = word.n > 0 ? memchr(word.p, ' ', word.n) : NULL;

	if (space != NULL)
		word.n = (size_t)(space - word.p);
	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		if (mon_str_begins(entry->untrusted_ident, noise[i].ident) &&
		    mon_str_begins(entry->untrusted_message, noise[i].message) &&
		    (*noise[i].inside == '\0' ||
			memmem(word.p, word.n, noise[i].inside, strlen(noise[i].inside)) != NULL))
			return true;
	return false;
}

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

/* ---- which files there are ---- */

struct file {
	char name[NAME_MAX + 1];
	int folder;
	uint64_t changed_ns;
};

struct files {
	char machine[MACHINE_ID_LEN + 1];
	uint64_t signature;
	uint64_t newest_ns;
	size_t n;
	struct file file[MON_JOURNAL_FILES_MAX];
};

static const char *const folders[] = { "var/log/journal", "run/log/journal" };

static uint64_t
mix(uint64_t hash, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++) /* FNV-1a */
		hash = (hash ^ p[i]) * 0x100000001b3u;
	return hash;
}

static bool
is_journal(const char *name)
{
	const size_t n = strlen(name);

	return (n > 8 && memcmp(name + n - 8, ".journal", 8) == 0) ||
	       (n > 9 && memcmp(name + n - 9, ".journal~", 9) == 0);
}

/* Keep ${file}; where there are more than fit, the oldest one goes. */
static void
keep_file(struct files *files, const char *name, int folder, uint64_t changed_ns)
{
	struct file *slot = &files->file[0];

	if (files->n < MON_JOURNAL_FILES_MAX)
		slot = &files->file[files->n++];
	else
		for (size_t i = 1; i < files->n; i++)
			if (files->file[i].changed_ns < slot->changed_ns)
				slot = &files->file[i];
	if (strlen(name) >= sizeof(slot->name))
		return;
	strcpy(slot->name, name);
	slot->folder = folder;
	slot->changed_ns = changed_ns;
}

static void
look_at_file(struct files *files, int dirfd, int folder, const char *name)
{
	struct stat st;
	uint64_t changed, parts[4];

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	changed = st.st_mtim.tv_sec < 0
		      ? 0
		      : (uint64_t)st.st_mtim.tv_sec * SECOND_NS + (uint64_t)st.st_mtim.tv_nsec;
	parts[0] = (uint64_t)folder;
	parts[1] = st.st_ino;
	parts[2] = (uint64_t)st.st_size;
	parts[3] = changed;
	/* A sum, so that the order in which the folder is read does not count. */
	files->signature += mix(mix(0xcbf29ce484222325u, parts, sizeof(parts)), name, strlen(name));
	if (changed > files->newest_ns)
		files->newest_ns = changed;
	keep_file(files, name, folder, changed);
}

static int
look_at_folder(struct files *files, int rootfd, int folder)
{
	static _Alignas(struct dirent64) char buf[32768];
	char path[64];
	cleanup_fd int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", folders[folder], files->machine);
	fd = openat(rootfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	while ((n = getdents64(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(buf + at);

			if (is_journal(entry->d_name))
				look_at_file(files, fd, folder, entry->d_name);
			at += entry->d_reclen;
		}
	}
	return n < 0 ? -errno : 0;
}

/* List the files of this machine's journal.  A machine without an ID has none. */
static int
look(int rootfd, struct files *files)
{
	char text[MACHINE_ID_LEN + 2];
	size_t len = 0;
	int result = 0;
	int r = mon_io_slurp(rootfd, "etc/machine-id", text, sizeof(text), &len);

	files->n = 0;
	files->signature = files->newest_ns = 0;
	if (r == -EFBIG)
		len = sizeof(text) - 1;
	else if (r < 0)
		return 0;
	if (len < MACHINE_ID_LEN || strspn(text, "0123456789abcdef") != MACHINE_ID_LEN)
		return 0;
	memcpy(files->machine, text, MACHINE_ID_LEN);
	files->machine[MACHINE_ID_LEN] = '\0';
	for (int i = 0; i < 2; i++) {
		r = look_at_folder(files, rootfd, i);
		if (r < 0)
			result = r;
	}
	return result;
}

/* The paths, ended by NULL, of the files that changed after ${since_ns} and may be read. */
static size_t
choose(const struct mon_journal_ask *ask, const struct files *files, uint64_t since_ns,
    const char *paths[MON_JOURNAL_FILES_MAX + 1], bool *denied)
{
	static char arena[PATHS_BYTES];
	size_t used = 0, n = 0;

	for (size_t i = 0; i < files->n; i++) {
		const struct file *f = &files->file[i];
		char *path = arena + used;
		const size_t room = sizeof(arena) - used;
		int len = snprintf(path, room, "%s/%s/%s/%s", ask->root, folders[f->folder],
		    files->machine, f->name);

		if (f->changed_ns < since_ns)
			continue;
		if (len < 0 || (size_t)len >= room)
			break;
		if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0) {
			/* One that vacuuming took away just now holds nothing to be read. */
			*denied = *denied || errno == EACCES || errno == EPERM;
			continue;
		}
		paths[n++] = path;
		used += (size_t)len + 1;
	}
	paths[n] = NULL;
	return n;
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
	static char ident[128], pid[20];
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
	ret->untrusted_message = get_field(lib, j, "MESSAGE");
}

/* Add the entry.  Return false if the answer has no room for it. */
static bool
add_entry(const struct library *lib, sd_journal *j, struct mon_answer *answer)
{
	struct mon_journal_entry entry;
	char text[FIELD_MAX];

	get_entry(lib, j, &entry);
	if (entry.untrusted_message.n == 0 || mon_journal_is_noise(&entry))
		return true;
	return mon_answer_alert(answer, text, mon_journal_text(&entry, text, sizeof(text)));
}

/* Read on behind ${place}.  1: to the end.  0: there may be more.  -errno. */
static int
read_entries(const struct library *lib, sd_journal *j, struct mon_journal_place *place,
    struct mon_answer *answer)
{
	for (int i = 0; i < MON_JOURNAL_SCAN_MAX; i++) {
		cleanup_free char *cursor = NULL;
		int r = lib->next(j);

		if (r <= 0)
			return r < 0 ? r : 1;
		r = lib->get_cursor(j, &cursor);
		if (r < 0)
			return r;
		if (mon_journal_same_entry(cursor, place->cursor))
			continue;
		if (strlen(cursor) > MON_CURSOR_MAX)
			return -EOVERFLOW;
		if (!add_entry(lib, j, answer))
			return 0;
		strcpy(place->cursor, cursor);
	}
	return 0;
}

static int
read_files(const struct library *lib, const char *paths[], const struct mon_journal_ask *ask,
    struct mon_journal_place *place, struct mon_answer *answer)
{
	sd_journal *j = NULL;
	/* Behind a cursor all is new, whatever boot it is of. */
	const bool first = *place->cursor == '\0';
	int r = lib->open_files(&j, paths, 0);

	if (r < 0)
		return r;
	r = lib->set_data_threshold(j, FIELD_MAX);
	if (r >= 0)
		r = add_matches(lib, j, ask->priority, first ? ask->boot : "");
	if (r >= 0)
		r = first ? lib->seek_head(j) : lib->seek_cursor(j, place->cursor);
	if (r >= 0)
		r = read_entries(lib, j, place, answer);
	lib->close(j);
	return r;
}

static void
report_denied(struct mon_report *report)
{
	mon_report_add(report, MON_REPORT_DENIED, 0,
	    "may not read the system journal: its alerts are left out; run as root "
	    "(in a qube: force-user='root' in /etc/qubes/rpc-config/qubes.Metrics.Get) "
	    "or as a member of the group systemd-journal");
}

void
mon_journal_read(const struct mon_journal_ask *ask, struct mon_journal_place *place,
    struct mon_answer *answer, struct mon_report *report)
{
	static struct files files;
	static const char *paths[MON_JOURNAL_FILES_MAX + 1];
	struct library lib;
	uint64_t since = 0;
	bool denied = false;
	const char *why;
	size_t n;
	int r = look(ask->rootfd, &files);

	if (r == -EACCES || r == -EPERM)
		report_denied(report);
	else if (r < 0)
		mon_report_add(
		    report, MON_REPORT_JOURNAL, r, "cannot look into the journal's folder");
	if (files.n == 0 || (place->signature != 0 && files.signature == place->signature))
		return;

	/* All that was there at read_ns was read: what did not change since holds nothing new. */
	if (place->read_ns > SLACK_NS && place->read_ns <= ask->now_ns)
		since = place->read_ns - SLACK_NS;
	n = choose(ask, &files, since, paths, &denied);
	if (n == 0 && since > 0)
		n = choose(ask, &files, 0, paths, &denied);
	if (denied)
		report_denied(report);
	if (n == 0)
		return;
	why = load(&lib);
	if (why != NULL) {
		mon_report_add(report, MON_REPORT_LIBRARY, 0,
		    "cannot load libsystemd, so alerts are left out: %s; install libsystemd0 "
		    "(Debian) "
		    "or systemd-libs (Fedora)",
		    why);
		return;
	}
	r = read_files(&lib, paths, ask, place, answer);
	if (r < 0)
		mon_report_add(report, MON_REPORT_JOURNAL, r,
		    "cannot read the journal, so alerts are missing (journalctl --verify tells "
		    "more)");
	if (r <= 0) {
		place->signature = 0;
		return;
	}
	/* A file that changed this very moment may change again without its time showing it. */
	place->signature = files.newest_ns + SECOND_NS < ask->now_ns ? files.signature : 0;
	place->read_ns = ask->now_ns;
}
