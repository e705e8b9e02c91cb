/* feed.c - bytes in pieces, with pauses and interruptions; see feed.h. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "feed.h"
#include "fuzz.h"

/* The calls as the tools make them, and those of libc. */
#define WRAP(type, name, ...)                                                                      \
	type __real_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__)

static struct {
	int fd;
	const char *data;
	size_t size, at;
	unsigned seed;
	bool pauses;
	bool quiet; /* the last call told of a pause: one is enough */
} source = { .fd = -1 };

void
feed(int fd, const void *data, size_t size, unsigned seed, bool pauses)
{
	source.fd = fd;
	source.data = data;
	source.size = size;
	source.at = 0;
	source.seed = seed;
	source.pauses = pauses;
	source.quiet = false;
}

/* A number below ${n}; always 0 without a seed. */
static unsigned
draw(unsigned n)
{
	if (source.seed == 0)
		return 0;
	source.seed = source.seed * 1103515245u + 12345u;
	return (source.seed >> 16) % n;
}

static int
fail(int err)
{
	errno = err;
	return -1;
}

WRAP(ssize_t, read, int fd, void *buf, size_t n)
{
	size_t left = source.size - source.at;
	unsigned how;

	if (fd != source.fd)
		return __real_read(fd, buf, n);
	how = draw(16);
	MUST(n > 0); /* it would look like the end */
	if (how == 1)
		return fail(EINTR);
	if (how == 2 && !source.quiet) {
		source.quiet = true;
		return fail(EAGAIN);
	}
	source.quiet = false;
	if (n > left)
		n = left;
	if (how > 8 && n > 1 + how)
		n = 1 + draw(how > 12 ? 97 : 7) % n;
	if (n > 0)
		memcpy(buf, source.data + source.at, n);
	source.at += n;
	return (ssize_t)n;
}

WRAP(int, poll, struct pollfd *p, nfds_t n, int timeout)
{
	unsigned how;

	if (n != 1 || p->fd != source.fd)
		return __real_poll(p, n, timeout);
	how = draw(8);
	p->revents = 0;
	if (how == 1)
		return fail(EINTR);
	if ((how == 2 || how == 3) && timeout >= 0 && source.pauses && !source.quiet) {
		source.quiet = true;
		return 0;
	}
	p->revents = POLLIN;
	return 1;
}
