/* line.c - bounded lines; see line.h. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "line.h"

void
mon_line_init(struct mon_line *l, int fd, char *buf, size_t cap, size_t max)
{
	*l = (struct mon_line){ .fd = fd, .buf = buf, .cap = cap, .max = max, .idle_ms = -1 };
}

void
mon_line_memory(struct mon_line *l, char *buf, size_t len, size_t max)
{
	*l = (struct mon_line){
		.fd = -1, .buf = buf, .cap = len, .max = max, .idle_ms = -1, .end = len, .eof = true
	};
}

/* Read more behind what is unread.  Return MON_LINE_OK, MON_LINE_IDLE, or -errno. */
static int
fill(struct mon_line *l)
{
	ssize_t n;

	if (l->start > 0) {
		memmove(l->buf, l->buf + l->start, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
	}
	/* Also for a stdin that somebody left non-blocking: qrexec-client-vm does. */
	if (l->idle_ms >= 0 || l->wait) {
		struct pollfd p = { .fd = l->fd, .events = POLLIN };
		int r = poll(&p, 1, l->idle_ms);

		if (r == 0)
			return MON_LINE_IDLE;
		if (r < 0)
			return errno == EINTR ? MON_LINE_OK : -errno;
	}
	n = read(l->fd, l->buf + l->end, l->cap - l->end);
	l->wait = n < 0 && errno == EAGAIN;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? MON_LINE_OK : -errno;
	l->eof = n == 0;
	l->end += (size_t)n;
	return MON_LINE_OK;
}

int
mon_line_next(struct mon_line *l, const char **ret, size_t *len)
{
	size_t seen = 0; /* unread bytes known to hold no LF */

	for (;;) {
		char *p = l->buf + l->start;
		size_t n = l->end - l->start;
		char *lf = n > seen ? memchr(p + seen, '\n', n - seen) : NULL;
		int r;

		if (lf != NULL) {
			size_t got = (size_t)(lf - p);
			bool too_long = l->swallow || got > l->max;

			l->start += got + 1;
			l->swallow = false;
			if (too_long)
				return MON_LINE_LONG;
			*ret = p;
			*len = got;
			return MON_LINE_OK;
		}
		if (n > l->max) {
			l->swallow = true;
			l->start = l->end;
			n = 0;
		}
		seen = n;
		if (l->eof) {
			bool cut = n > 0 || l->swallow;

			l->start = l->end;
			l->swallow = false;
			return cut ? MON_LINE_CUT : MON_LINE_EOF;
		}
		r = fill(l);
		if (r != MON_LINE_OK)
			return r;
	}
}
