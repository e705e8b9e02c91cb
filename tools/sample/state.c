/* state.c - what one sample keeps for the next; see state.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

#define HEAD "mon-sample 1"

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

bool
mon_state_parse(const char *buf, size_t len, struct mon_state *ret)
{
	struct mon_scan text = { buf, buf + len }, line;
	struct mon_state s = { 0 };

	if (len != MON_STATE_BYTES || !parse_line(&text, HEAD, &line) || line.p != line.end ||
	    !parse_line(&text, "boot", &line) ||
	    !parse_word(&line, is_hex, MON_BOOT_LEN, MON_BOOT_LEN, s.boot) ||
	    !parse_line(&text, "cpu", &line))
		return false;
	for (int i = 0; i < MON_CPU_FIELDS; i++)
		if (!parse_number(&line, i + 1 == MON_CPU_FIELDS, &s.cpu.ticks[i]))
			return false;
	if (!parse_line(&text, "journal", &line) ||
	    !parse_number(&line, false, &s.journal.signature) ||
	    !parse_number(&line, true, &s.journal.read_ns) || !parse_line(&text, "cursor", &line) ||
	    !parse_word(&line, is_cursor, 0, MON_CURSOR_MAX, s.journal.cursor) ||
	    !parse_line(&text, "said", &line) || !parse_number(&line, true, &s.said) ||
	    !parse_line(&text, "end", &line) || line.p != line.end)
		return false;
	while (text.p < text.end)
		if (*text.p++ != ' ')
			return false;
	*ret = s;
	return true;
}

bool
mon_state_format(const struct mon_state *state, char ret[MON_STATE_BYTES])
{
	const uint64_t *t = state->cpu.ticks;
	int n = snprintf(ret, MON_STATE_BYTES,
	    HEAD "\n"
		 "boot %s\n"
		 "cpu %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		 " %" PRIu64 " %" PRIu64 "\n"
		 "journal %" PRIu64 " %" PRIu64 "\n"
		 "cursor %s\n"
		 "said %" PRIu64 "\n"
		 "end\n",
	    state->boot, t[MON_CPU_USER], t[MON_CPU_NICE], t[MON_CPU_SYSTEM], t[MON_CPU_IDLE],
	    t[MON_CPU_IOWAIT], t[MON_CPU_IRQ], t[MON_CPU_SOFTIRQ], t[MON_CPU_STEAL],
	    state->journal.signature, state->journal.read_ns, state->journal.cursor, state->said);

	if (n < 0 || n >= MON_STATE_BYTES)
		return false;
	memset(ret + n, ' ', (size_t)(MON_STATE_BYTES - n));
	return true;
}

static int
open_file(const char *path)
{
	int fd =
	    open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : -errno;
}

/* Nobody else may have put it there: what it says decides which alerts are left out. */
static int
check_file(int fd, off_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	if (st.st_uid != geteuid())
		return -EPERM;
	*ret_size = st.st_size;
	return 0;
}

int
mon_state_open(
    const char *dir, const char *caller, int *ret_fd, struct mon_state *ret, bool *ret_known)
{
	cleanup_fd int fd = -1;
	char path[4096], record[MON_STATE_BYTES + 1];
	const bool named =
	    caller != NULL && mon_shape_check(MON_VM, caller, strnlen(caller, MON_VM_MAX + 1));
	struct mon_state state;
	size_t len = 0;
	off_t size = 0;
	bool known;
	int r;

	r = snprintf(
	    path, sizeof(path), "%s/%s%s", dir, named ? "vm-" : "self", named ? caller : "");
	if (r < 0 || (size_t)r >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open_file(path);
	if (fd == -ENOENT) {
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			return -errno;
		fd = open_file(path);
	}
	if (fd < 0)
		return fd;
	r = check_file(fd, &size);
	if (r < 0)
		return r;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	r = mon_io_pread(fd, record, sizeof(record), 0, &len);
	if (r < 0)
		return r;
	known = mon_state_parse(record, len, &state);
	if (!known) {
		memset(record, ' ', MON_STATE_BYTES);
		r = mon_io_pwrite(fd, record, MON_STATE_BYTES, 0);
		if (r == 0 && size > MON_STATE_BYTES && ftruncate(fd, MON_STATE_BYTES) < 0)
			r = -errno;
		if (r < 0)
			return r;
	}
	*ret_fd = mon_steal_fd(&fd);
	*ret_known = known;
	if (known)
		*ret = state;
	return 0;
}

int
mon_state_save(int fd, const struct mon_state *state)
{
	char record[MON_STATE_BYTES];

	if (!mon_state_format(state, record))
		return -EOVERFLOW;
	return mon_io_pwrite(fd, record, sizeof(record), 0);
}
