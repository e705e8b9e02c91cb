/* call.c - run another program; see call.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"
#include "cleanup.h"
#include "clock.h"

#define REAP_MS 1000 /* for a killed program to end: microseconds, unless the kernel holds it */

extern char **environ;

static int
set_up_files(posix_spawn_file_actions_t *files, int out, unsigned flags)
{
	int r;

	r = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
	if (r == 0 && !(flags & MON_CALL_STDERR))
		r = posix_spawn_file_actions_addopen(
		    files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	return r;
}

/* A group of its own, no blocked signal, SIGPIPE as it was before mon_tool_init(). */
static int
set_up_process(posix_spawnattr_t *attr)
{
	sigset_t none, pipe_only;
	int r;

	sigemptyset(&none);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	r = posix_spawnattr_setpgroup(attr, 0);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attr, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attr, &pipe_only);
	if (r == 0)
		r = posix_spawnattr_setflags(
		    attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return r;
}

static int
spawn(const char *const argv[], int out, unsigned flags, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int r;

	r = posix_spawn_file_actions_init(&files);
	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attr);
	if (r == 0) {
		r = set_up_files(&files, out, flags);
		if (r == 0)
			r = set_up_process(&attr);
		if (r == 0)
			/* posix_spawn does not change argv; its type is as old as C. */
			r = posix_spawnp(
			    ret, argv[0], &files, &attr, (char *const *)(uintptr_t)argv, environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return -r;
}

int
mon_call_start(const char *const argv[], unsigned flags, struct mon_call *ret)
{
	cleanup_fd int in = -1;
	cleanup_fd int out = -1;
	struct mon_call call = MON_CALL_NONE;
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	/* Only our end: the flag belongs to the open file, and the ends are two. */
	if (fcntl(in, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	r = spawn(argv, out, flags, &call.pid);
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
