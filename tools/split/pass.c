/* pass.c - lines whose rows are on the disk; see pass.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "pass.h"
#include "str.h"

bool
mon_pass_has_room(const struct mon_pass *pass)
{
	return sizeof(pass->lines) - pass->len >= MON_ROW_MAX;
}

void
mon_pass_add(struct mon_pass *pass, const struct mon_rec *rec)
{
	pass->len += mon_wire_line(rec, pass->lines + pass->len);
}

/* Let the reader see the end, and be sure that nothing else gets our descriptor. */
static void
leave(struct mon_pass *pass, int err)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	pass->left = err;
	if (fd < 0)
		return;
	dup2(fd, STDOUT_FILENO);
	close(fd);
}

/*
 * Write to stdout, and wait for the reader for MON_PASS_MS in all.  poll(2) promises room for
 * PIPE_BUF bytes in a pipe, so a write of no more does not block, whatever its flags.
 */
static int
write_bounded(const char *p, size_t len)
{
	const int64_t end = mon_clock_ms() + MON_PASS_MS;

	while (len > 0) {
		struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
		const int64_t left = end - mon_clock_ms();
		int r = poll(&out, 1, left > 0 ? (int)left : 0);
		ssize_t n;

		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r < 0)
			continue;
		n = write(STDOUT_FILENO, p, len < PIPE_BUF ? len : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* Is the line one of a kind in the mask ${kinds}?  It was made by mon_wire_line(). */
static bool
is_of(struct mon_str line, unsigned kinds)
{
	const struct mon_table *t;

	mon_str_word(&line);
	mon_str_word(&line);
	t = mon_schema_find(line.p, line.n);
	return t != NULL && (kinds & 1u << mon_schema_kind(t)) != 0;
}

/* Drop the lines of the kinds in the mask ${kinds}. */
static void
drop(struct mon_pass *pass, unsigned kinds)
{
	const char *end = pass->lines + pass->len;
	char *to = pass->lines;

	for (char *p = pass->lines, *next; p < end; p = next) {
		const size_t n = (size_t)((char *)memchr(p, '\n', (size_t)(end - p)) - p) + 1;

		next = p + n;
		if (is_of((struct mon_str){ p, n }, kinds))
			continue;
		memmove(to, p, n);
		to += n;
	}
	pass->len = (size_t)(to - pass->lines);
}

void
mon_pass_print(struct mon_pass *pass, unsigned failed)
{
	int r;

	if (pass->left == 0) {
		if (failed != 0)
			drop(pass, failed);
		r = write_bounded(pass->lines, pass->len);
		if (r < 0)
			leave(pass, r);
	}
	pass->len = 0;
}
