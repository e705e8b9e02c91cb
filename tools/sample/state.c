/* state.c - what one sample keeps for the next; see state.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "io.h"
#include "scan.h"
#include "shape.h"
#include "state.h"

#define HEAD "mon-sample 2"
#define OLD_HEAD "mon-sample 1"
#define TRIES 3 /* a look may meet the moment in which a slot is reused */

/* ---- the record ---- */

static bool
parse_line(struct mon_scan *text, const char *key, struct mon_scan *ret)
{
	return mon_scan_line(text, ret) && mon_scan_literal(ret, key);
}

/* The next word must be a number, and with ${last} it must end the line. */
static bool
parse_number(struct mon_scan *line, bool last, uint64_t *ret)
{
	return mon_scan_literal(line, " ") && line->p < line->end && *line->p != ' ' &&
	       mon_scan_number(line, ret) && (!last || line->p == line->end);
}

/* A line that is this key and one number up to ${max}. */
static bool
parse_value(struct mon_scan *text, const char *key, uint64_t max, uint64_t *ret)
{
	struct mon_scan line;

	return parse_line(text, key, &line) && parse_number(&line, true, ret) && *ret <= max;
}

static bool
is_hex(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= '0' && p[i] <= '9') && !(p[i] >= 'a' && p[i] <= 'f'))
			return false;
	return true;
}

/* Cursors are "s=HEX;i=HEX;...": whatever else it is did not come from sd_journal_get_cursor(3). */
static bool
is_cursor(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= '0' && p[i] <= '9') && !(p[i] >= 'a' && p[i] <= 'z') && p[i] != '=' &&
		    p[i] != ';')
			return false;
	return true;
}

static bool
parse_word(
    struct mon_scan *line, bool (*check)(const char *, size_t), size_t min, size_t max, char *ret)
{
	const size_t n = line->p < line->end ? (size_t)(line->end - line->p) - 1 : 0;

	if (line->p == line->end || *line->p != ' ' || n < min || n > max || !check(line->p + 1, n))
		return false;
	memcpy(ret, line->p + 1, n);
	ret[n] = '\0';
	return true;
}

static bool
parse_boot(struct mon_scan *text, struct mon_state *s)
{
	struct mon_scan line;

	return parse_line(text, "boot", &line) &&
	       parse_word(&line, is_hex, MON_BOOT_LEN, MON_BOOT_LEN, s->boot);
}

static bool
parse_cpu(struct mon_scan *text, struct mon_state *s)
{
	struct mon_scan line;

	if (!parse_line(text, "cpu", &line))
		return false;
	for (int i = 0; i < MON_CPU_FIELDS; i++)
		if (!parse_number(&line, i + 1 == MON_CPU_FIELDS, &s->cpu.ticks[i]))
			return false;
	return true;
}

static bool
parse_place(struct mon_scan *text, struct mon_journal_place *place)
{
	struct mon_scan line;

	return parse_line(text, "journal", &line) &&
	       parse_number(&line, false, &place->signature) &&
	       parse_number(&line, true, &place->read_ns) && parse_line(text, "cursor", &line) &&
	       parse_word(&line, is_cursor, 0, MON_CURSOR_MAX, place->cursor);
}

/* The lines "file ID ENTRIES", as many as there are. */
static bool
parse_counts(struct mon_scan *text, struct mon_journal_place *place)
{
	struct mon_scan rest = *text, line;
	uint64_t priority;

	if (!parse_value(&rest, "counted", 7, &priority))
		return false;
	place->counted = (int)priority;
	for (*text = rest; parse_line(&rest, "file ", &line); *text = rest) {
		struct mon_journal_count *file = &place->file[place->nfiles];

		if (place->nfiles == MON_COUNTED_MAX || line.end - line.p <= MON_FILE_ID_LEN ||
		    !is_hex(line.p, MON_FILE_ID_LEN))
			return false;
		memcpy(file->id, line.p, MON_FILE_ID_LEN);
		file->id[MON_FILE_ID_LEN] = '\0';
		line.p += MON_FILE_ID_LEN;
		if (!parse_number(&line, true, &file->entries))
			return false;
		place->nfiles++;
	}
	return true;
}

static bool
parse_logins(struct mon_scan *text, struct mon_logins *logins)
{
	struct mon_scan rest = *text, line;

	for (; parse_line(&rest, "login", &line); *text = rest) {
		if (logins->next == MON_LOGINS_MAX ||
		    !parse_number(&line, true, &logins->pid[logins->next]))
			return false;
		logins->next++;
	}
	logins->next %= MON_LOGINS_MAX;
	return true;
}

static bool
parse_told(struct mon_scan *text, struct mon_told *told)
{
	struct mon_scan rest = *text, line;
	uint64_t key;

	for (; parse_line(&rest, "told", &line); *text = rest) {
		if (told->n == MON_TOLD_MAX || !parse_number(&line, true, &key) || key > UINT32_MAX)
			return false;
		told->key[told->n++] = (uint32_t)key;
	}
	return true;
}

/* Not by memset(3): each page of the long lists that is touched costs more than all that is read. */
static void
make_empty(struct mon_state *s)
{
	s->boot[0] = s->journal.cursor[0] = '\0';
	s->took = false;
	s->cpu = (struct mon_cpu){ 0 };
	s->journal.signature = s->journal.read_ns = 0;
	s->journal.counted = 0;
	s->journal.nfiles = 0;
	s->journal.logins = (struct mon_logins){ 0 };
	s->told.n = 0;
	s->figures_len = 0;
}

static bool
parse_new(const char *buf, size_t len, struct mon_state *ret)
{
	struct mon_scan text = { buf, buf + len };
	uint64_t took, figures;

	if (len > MON_STATE_MAX || !parse_boot(&text, ret) ||
	    !parse_value(&text, "took", 1, &took) || !parse_cpu(&text, ret) ||
	    !parse_place(&text, &ret->journal) || !parse_counts(&text, &ret->journal) ||
	    !parse_logins(&text, &ret->journal.logins) || !parse_told(&text, &ret->told) ||
	    !parse_value(&text, "figures", MON_STATE_FIGURES_MAX, &figures) ||
	    (size_t)(text.end - text.p) != figures)
		return false;
	ret->took = took == 1;
	ret->figures_len = (size_t)figures;
	if (figures > 0)
		memcpy(ret->figures, text.p, (size_t)figures);
	return true;
}

/* The lines of 0.1.0; its "said" had a meaning that is gone, and blanks follow its "end". */
static bool
parse_old(const char *buf, size_t len, struct mon_state *ret)
{
	struct mon_scan text = { buf, buf + len }, line;
	uint64_t said;

	if (len != MON_STATE_OLD || !parse_line(&text, OLD_HEAD, &line) || line.p != line.end ||
	    !parse_boot(&text, ret) || !parse_cpu(&text, ret) ||
	    !parse_place(&text, &ret->journal) || !parse_value(&text, "said", UINT64_MAX, &said) ||
	    !parse_line(&text, "end", &line) || line.p != line.end)
		return false;
	while (text.p < text.end)
		if (*text.p++ != ' ')
			return false;
	return true;
}

/* By ${parse}; what is bad leaves nothing of what was read before that. */
static bool
take(bool (*parse)(const char *, size_t, struct mon_state *), const char *buf, size_t len,
    struct mon_state *ret)
{
	bool good;

	make_empty(ret);
	good = parse(buf, len, ret);
	if (!good)
		make_empty(ret);
	return good;
}

bool
mon_state_parse(const char *buf, size_t len, struct mon_state *ret)
{
	return take(parse_new, buf, len, ret);
}

bool
mon_state_parse_old(const char *buf, size_t len, struct mon_state *ret)
{
	return take(parse_old, buf, len, ret);
}

/* snprintf(3) behind the ${at} bytes that are there. */
static size_t put(char *dst, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static size_t
put(char *dst, size_t at, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(dst + at, MON_STATE_MAX - at, format, args);
	va_end(args);
	return at + (n > 0 ? (size_t)n : 0);
}

size_t
mon_state_format(const struct mon_state *state, char *ret)
{
	const struct mon_journal_place *place = &state->journal;
	const uint64_t *t = state->cpu.ticks;
	size_t at = put(ret, 0,
	    "boot %s\n"
	    "took %d\n"
	    "cpu %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	    " %" PRIu64 "\n"
	    "journal %" PRIu64 " %" PRIu64 "\n"
	    "cursor %s\n"
	    "counted %d\n",
	    state->boot, state->took, t[MON_CPU_USER], t[MON_CPU_NICE], t[MON_CPU_SYSTEM],
	    t[MON_CPU_IDLE], t[MON_CPU_IOWAIT], t[MON_CPU_IRQ], t[MON_CPU_SOFTIRQ],
	    t[MON_CPU_STEAL], place->signature, place->read_ns, place->cursor, place->counted);

	for (size_t i = 0; i < place->nfiles; i++)
		at = put(
		    ret, at, "file %s %" PRIu64 "\n", place->file[i].id, place->file[i].entries);
	for (size_t i = 0; i < MON_LOGINS_MAX; i++) {
		/* From the oldest one on, so that the next one takes its place again. */
		const uint64_t pid = place->logins.pid[(place->logins.next + i) % MON_LOGINS_MAX];

		if (pid != 0)
			at = put(ret, at, "login %" PRIu64 "\n", pid);
	}
	for (size_t i = 0; i < state->told.n; i++)
		at = put(ret, at, "told %" PRIu32 "\n", state->told.key[i]);
	at = put(ret, at, "figures %zu\n", state->figures_len);
	memcpy(ret + at, state->figures, state->figures_len);
	return at + state->figures_len;
}

/* ---- the file ---- */

/* FNV-1a: it tells a torn record from a whole one, not a forged one. */
static uint64_t
checksum(const char *p, size_t n)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)p[i]) * 0x100000001b3u;
	return hash;
}

static off_t
slot_offset(unsigned slot)
{
	return MON_STATE_HEAD + (off_t)slot * MON_STATE_MAX;
}

static bool
parse_head(const char *buf, size_t len, struct mon_state_file *ret)
{
	struct mon_scan text = { buf, buf + len }, line;
	uint64_t slot, bytes, sum;

	if (!parse_line(&text, HEAD, &line) || !parse_number(&line, false, &slot) || slot > 1 ||
	    !parse_number(&line, false, &bytes) || bytes > MON_STATE_MAX ||
	    !parse_number(&line, true, &sum))
		return false;
	ret->slot = (unsigned)slot;
	ret->len = (size_t)bytes;
	ret->sum = sum;
	return true;
}

/* Read the record that counts.  0; -EBADMSG: there is none; or -errno. */
static int
read_record(int fd, struct mon_state_file *ret_at, struct mon_state *ret)
{
	static char record[MON_STATE_MAX];
	char head[MON_STATE_OLD];
	struct mon_state_file at = MON_STATE_FILE_NONE;
	size_t len = 0;
	int r = mon_io_pread(fd, head, sizeof(head), 0, &len);

	if (r < 0)
		return r;
	if (!parse_head(head, len, &at))
		return len >= MON_STATE_OLD && mon_state_parse_old(head, MON_STATE_OLD, ret)
			   ? 0
			   : -EBADMSG;
	r = mon_io_pread(fd, record, at.len, slot_offset(at.slot), &len);
	if (r < 0)
		return r;
	if (len != at.len || checksum(record, len) != at.sum || !mon_state_parse(record, len, ret))
		return -EBADMSG;
	*ret_at = at;
	return 0;
}

static int
make_path(const char *dir, const char *caller, char *ret, size_t cap)
{
	const bool named =
	    caller != NULL && mon_shape_check(MON_VM, caller, strnlen(caller, MON_VM_MAX + 1));
	int n = snprintf(ret, cap, "%s/%s%s", dir, named ? "vm-" : "self", named ? caller : "");

	return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}

static int
open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : -errno;
}

/* Nobody else may have put it there: what it says decides which alerts are left out. */
static int
check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	return st.st_uid == geteuid() ? 0 : -EPERM;
}

/* A head that names nothing, at the size that it will always have. */
static int
write_head(int fd, const char *text)
{
	char head[MON_STATE_HEAD];
	const size_t n = strlen(text);

	memcpy(head, text, n);
	memset(head + n, ' ', sizeof(head) - n);
	return mon_io_pwrite(fd, head, sizeof(head), 0);
}

int
mon_state_open(const char *dir, const char *caller, struct mon_state_file *ret_file,
    struct mon_state *ret, bool *ret_known)
{
	cleanup_fd int fd = -1;
	char path[4096];
	struct mon_state_file at = MON_STATE_FILE_NONE;
	int r = make_path(dir, caller, path, sizeof(path));

	if (r < 0)
		return r;
	fd = open_file(path, O_RDWR | O_CREAT);
	if (fd == -ENOENT) {
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			return -errno;
		fd = open_file(path, O_RDWR | O_CREAT);
	}
	if (fd < 0)
		return fd;
	r = check_file(fd);
	if (r < 0)
		return r;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	r = read_record(fd, &at, ret);
	if (r < 0 && r != -EBADMSG)
		return r;
	*ret_known = r == 0;
	/* Its space is taken now, so that a full disk is met before an alert is printed. */
	if (r < 0 && (r = write_head(fd, "")) < 0)
		return r;
	*ret_file = (struct mon_state_file){ .fd = mon_steal_fd(&fd), .slot = at.slot ^ 1 };
	return 0;
}

int
mon_state_peek(const char *dir, const char *caller, struct mon_state *ret)
{
	cleanup_fd int fd = -1;
	char path[4096];
	struct mon_state_file at;
	int r = make_path(dir, caller, path, sizeof(path));

	if (r < 0)
		return r;
	fd = open_file(path, O_RDONLY);
	if (fd < 0)
		return fd;
	r = check_file(fd);
	for (int i = 0; r >= 0 && i < TRIES; i++) {
		r = read_record(fd, &at, ret);
		if (r != -EBADMSG)
			return r;
		r = i + 1 < TRIES ? 0 : r;
	}
	return r;
}

int
mon_state_prepare(struct mon_state_file *file, const struct mon_state *state)
{
	static char record[MON_STATE_MAX];

	file->len = mon_state_format(state, record);
	file->sum = checksum(record, file->len);
	return mon_io_pwrite(file->fd, record, file->len, slot_offset(file->slot));
}

int
mon_state_commit(struct mon_state_file *file)
{
	char head[MON_STATE_HEAD];
	int r;

	snprintf(
	    head, sizeof(head), HEAD " %u %zu %" PRIu64 "\n", file->slot, file->len, file->sum);
	r = write_head(file->fd, head);
	if (r == 0)
		file->slot ^= 1;
	return r;
}

void
mon_state_close(struct mon_state_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
