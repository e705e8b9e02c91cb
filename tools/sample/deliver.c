/* deliver.c - was the answer read?  See deliver.h. */
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "clock.h"
#include "deliver.h"

#define FIRST_NAP_NS 20000     /* a waiting reader needs about this long */
#define LONGEST_NAP_NS 4000000 /* later: what nobody hastens to read may take its time */

/* What is unread?  Bytes, or -errno; -EPIPE if the reader is gone. */
static int
unread(int fd, bool is_socket)
{
	struct pollfd p = { .fd = fd, .events = 0 };
	int n = 0, err = 0;
	socklen_t len = sizeof(err);

	if (ioctl(fd, is_socket ? SIOCOUTQ : FIONREAD, &n) < 0)
		return -errno;
	if (is_socket && getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 && err != 0)
		return -EPIPE;
	/* Who has read all and is gone will not read the end that is still to come. */
	if (poll(&p, 1, 0) < 0)
		return errno == EINTR ? 1 : -errno;
	return (p.revents & (POLLERR | POLLHUP)) != 0 ? -EPIPE : n;
}

int
mon_deliver_wait(int fd, unsigned timeout_ms)
{
	const int64_t deadline = mon_clock_ns() + (int64_t)timeout_ms * 1000000;
	int64_t nap = FIRST_NAP_NS;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode))
		return 0;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = 0 };
		const struct timespec pause = { .tv_nsec = nap };
		int r = unread(fd, S_ISSOCK(st.st_mode));

		if (r <= 0)
			return r;
		if (mon_clock_ns() >= deadline)
			return -ETIMEDOUT;
		/* No event tells of an empty pipe, but one tells of a lost reader. */
		if (ppoll(&p, 1, &pause, NULL) < 0 && errno != EINTR)
			return -errno;
		if ((nap *= 2) > LONGEST_NAP_NS)
			nap = LONGEST_NAP_NS;
	}
}
