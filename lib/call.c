/* call.c - run another program; see call.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"
#include "cleanup.h"
#include "clock.h"
#include "process.h"

#define REAP_MS 1000 /* for a killed program to end: microseconds, unless the kernel holds it */

int
mon_call_start(const char *const argv[], unsigned flags, struct mon_call *ret)
{
	cleanup_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	cleanup_fd int in = -1;
	cleanup_fd int out = -1;
	struct mon_call call = MON_CALL_NONE;
	int fds[2], r;

	if (null < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	/* Only our end: the flag belongs to the open file, and the ends are two. */
	if (fcntl(in, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	r = mon_process_start(
	    argv, null, out, flags & MON_CALL_STDERR ? -1 : null, MON_PROCESS_APART, &call.pid);
	if (r < 0)
		return r;
	call.pidfd = (int)syscall(SYS_pidfd_open, call.pid, 0);
	if (call.pidfd < 0) {
		r = -errno;
		mon_call_end(&call);
		return r;
	}
	call.out = mon_steal_fd(&in);
	*ret = call;
	return 0;
}

ssize_t
mon_call_read(const struct mon_call *call, char *buf, size_t cap)
{
	ssize_t n;

	do
		n = read(call->out, buf, cap);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int
mon_call_drain(const struct mon_call *call, char *buf, size_t cap, size_t *len)
{
	for (;;) {
		char over;
		bool full = *len == cap;
		ssize_t n = full ? mon_call_read(call, &over, 1)
				 : mon_call_read(call, buf + *len, cap - *len);

		if (n <= 0)
			return (int)n;
		if (full)
			return -EFBIG;
		*len += (size_t)n;
	}
}

bool
mon_call_reap(struct mon_call *call, int *ret)
{
	siginfo_t info = { 0 };
	int status = 0;

	if (call->pid == 0)
		return false;
	if (waitid(P_PID, (id_t)call->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid != call->pid)
		return false;
	/* Before it is reaped: until then nobody else can get its number. */
	kill(-call->pid, SIGKILL);
	waitpid(call->pid, &status, 0);
	call->pid = 0;
	*ret = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

void
mon_call_end(struct mon_call *call)
{
	if (call->pid > 0) {
		struct pollfd ended = { .fd = call->pidfd, .events = POLLIN };

		kill(-call->pid, SIGKILL);
		while (poll(&ended, 1, REAP_MS) < 0 && errno == EINTR)
			;
		waitpid(call->pid, NULL, WNOHANG);
	}
	if (call->pidfd >= 0)
		close(call->pidfd);
	if (call->out >= 0)
		close(call->out);
	*call = (struct mon_call)MON_CALL_NONE;
}

int
mon_call_collect(struct mon_call *call, char *buf, size_t cap, unsigned timeout_ms, size_t *ret_len,
    int *ret_code)
{
	const int64_t deadline = mon_clock_ms() + timeout_ms;
	struct pollfd p[2] = {
		{ .fd = call->pidfd, .events = POLLIN },
		{ .fd = call->out, .events = POLLIN },
	};
	size_t len = 0;
	int r, code = 0;

	for (;;) {
		int64_t left = deadline - mon_clock_ms();
		bool ended;

		r = left > 0 ? poll(p, 2, left < INT_MAX ? (int)left : INT_MAX) : 0;
		if (r == 0) {
			r = -ETIMEDOUT;
			break;
		}
		if (r < 0 && errno != EINTR) {
			r = -errno;
			break;
		}
		/* In this order: what was written before the end is in the pipe by now. */
		ended = mon_call_reap(call, &code);
		if (p[1].fd >= 0) {
			r = mon_call_drain(call, buf, cap, &len);
			if (r < 0 && r != -EAGAIN)
				break;
			if (r == 0)
				p[1].fd = -1; /* or poll() would report its end for ever */
		}
		if (ended) {
			*ret_code = code;
			r = 0;
			break;
		}
	}
	*ret_len = len;
	mon_call_end(call);
	return r;
}
