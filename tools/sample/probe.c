/* probe.c - ask the disks of this machine how full they are; see probe.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "io.h"
#include "probe.h"
#include "scan.h"
#include "text.h"

#define HELPERS 3 /* in one sample: so many disks that hang are found, others by the next one */
#define STACK_BYTES                                                                                \
	16384 /* for each: a struct statfs and some calls; its own, for the kernel may write to it late */
#define CLOSE_MAX 256    /* descriptors to close where the kernel is older than 5.9: we have ten */
#define HUNG_BYTES 65536 /* of the file: some hundred disks */
#define HUNG_LINE (MON_LINE_MAX * 4)

/* ---- what hung ---- */

struct hung {
	size_t len; /* whole lines of this boot */
	char text[HUNG_BYTES];
};

static bool
hung_path(const struct mon_probe *probe, char *dst, size_t cap)
{
	int n = probe->dir != NULL ? snprintf(dst, cap, "%s/hung", probe->dir) : -1;

	return n > 0 && (size_t)n < cap;
}

/* Read the lines "MAJOR:MINOR MOUNTPOINT"; in front of them stands the boot that they tell of. */
static void
load_hung(const struct mon_probe *probe, struct hung *ret)
{
	char path[4096];
	struct mon_scan text, line;
	size_t len = 0;

	ret->len = 0;
	if (!hung_path(probe, path, sizeof(path)) ||
	    mon_io_slurp_file(AT_FDCWD, path, ret->text, sizeof(ret->text), &len) < 0)
		return;
	text = (struct mon_scan){ ret->text, ret->text + len };
	if (!mon_scan_line(&text, &line) || !mon_scan_literal(&line, probe->boot) ||
	    line.p != line.end)
		return;
	ret->len = len;
}

/* The line of ${d}, with its LF.  Return its length, or 0 if there is none. */
static size_t
hung_line(const struct mon_disk *d, char dst[HUNG_LINE])
{
	size_t n = d->device.n, path;

	if (n >= HUNG_LINE - 2)
		return 0;
	memcpy(dst, d->device.p, n);
	dst[n++] = ' ';
	path = mon_text_escape(dst + n, HUNG_LINE - n - 1, d->path, strlen(d->path));
	if (path == 0)
		return 0;
	n += path;
	dst[n++] = '\n';
	return n;
}

static bool
is_hung(const struct hung *hung, const struct mon_disk *d)
{
	char line[HUNG_LINE];
	const size_t n = hung->len > 0 ? hung_line(d, line) : 0;

	return n > 0 && memmem(hung->text, hung->len, line, n) != NULL;
}

static int
save_hung(const struct mon_probe *probe, const struct hung *hung, const struct mon_disk *d)
{
	cleanup_fd int fd = -1;
	char path[4096], line[HUNG_LINE];
	const size_t n = hung_line(d, line);
	int r = 0;

	if (probe->dir == NULL)
		return 0;
	if (!hung_path(probe, path, sizeof(path)) || n == 0)
		return -ENAMETOOLONG;
	/* Before the first poll there may be no folder (state.h). */
	if (mkdir(probe->dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path,
	    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
		(hung->len == 0 ? O_TRUNC : 0),
	    0600);
	if (fd < 0)
		return -errno;
	if (hung->len == 0) {
		char boot[64];
		int k = snprintf(boot, sizeof(boot), "%s\n", probe->boot);

		r = mon_io_write(fd, boot, (size_t)k);
	}
	return r < 0 ? r : mon_io_write(fd, line, n);
}

/* ---- the helper ---- */

/* Its stack is no stack that AddressSanitizer knows. */
#define ON_ANOTHER_STACK __attribute__((no_sanitize("address")))

struct work {
	struct mon_disk *disks;
	size_t n;
	_Atomic size_t at; /* which it asks: all before have their results */
};

#define NOT_ASKED (-EAGAIN) /* the result until then */

ON_ANOTHER_STACK static void
close_all(void)
{
	if (syscall(SYS_close_range, 0u, ~0u, 0u) < 0)
		for (int fd = 0; fd < CLOSE_MAX; fd++)
			close(fd);
}

/* O_PATH without O_DIRECTORY opens what is there, and makes no automount mount (open(2)). */
ON_ANOTHER_STACK static int
ask(const char *path, struct mon_disks_usage *ret)
{
	struct statfs st;
	int r = 0, fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &st) < 0)
		r = -errno;
	else if (st.f_type == AUTOFS_SUPER_MAGIC)
		r = -ENOENT; /* unmounted since */
	else
		*ret = (struct mon_disks_usage){
			.unit = (uint64_t)(st.f_frsize != 0 ? st.f_frsize : st.f_bsize),
			.blocks = st.f_blocks,
			.free = st.f_bfree,
			.avail = st.f_bavail,
		};
	close(fd);
	return r;
}

/* We sleep until it ends: what it writes to, errno with it, is its own as long as it runs. */
ON_ANOTHER_STACK static int
help(void *cookie)
{
	struct work *work = cookie;

	close_all();
	for (size_t i = work->at; i < work->n; i = ++work->at)
		if (work->disks[i].result == NOT_ASKED)
			work->disks[i].result = ask(work->disks[i].path, &work->disks[i].usage);
	_exit(0);
}

/* Does ${pid} only wait for a processor?  Then the machine is slow, and nothing hangs. */
static bool
is_runnable(pid_t pid)
{
	char path[64], text[256];
	const char *name_end;
	size_t len = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (mon_io_slurp(AT_FDCWD, path, text, sizeof(text), &len) < 0)
		return false;
	name_end = strrchr(text, ')');
	return name_end != NULL && strncmp(name_end, ") R", 3) == 0;
}

/* Wait for the end of ${pid}.  Return false if it did not come in time. */
static bool
wait_for(pid_t pid, int64_t until_ns)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		const int64_t left = until_ns - mon_clock_ns();
		const struct timespec ts = { left / 1000000000, left % 1000000000 };

		/* Not by errno, which the helper may set. */
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		if (left <= 0)
			return false;
		sigtimedwait(&child, NULL, &ts);
	}
}

/* Let a helper ask the disks from ${work->at} on.  Return 1: all are asked; 0: that one hangs; or -errno. */
static int
run_helper(struct work *work, char stack[STACK_BYTES], int64_t until_ns)
{
	bool ended;
	pid_t pid = clone(help, stack + STACK_BYTES, CLONE_VM | SIGCHLD, work);

	if (pid < 0)
		return -errno;
	ended = wait_for(pid, until_ns);
	if (ended)
		return work->at == work->n ? 1 : -ECHILD;
	ended = is_runnable(pid);
	kill(pid, SIGKILL);
	/* Where nothing holds it, it ends at once. */
	wait_for(pid, mon_clock_ns() + 10000000);
	/* It may have answered the last one when its time was just over. */
	if (work->at == work->n)
		return 1;
	return ended ? -EBUSY : 0;
}

/* ---- the whole ---- */

static void
note_hung(struct mon_probe *probe, struct hung *hung, struct mon_disk *d)
{
	int r;

	d->result = -ETIMEDOUT;
	if (probe->hung++ == 0)
		snprintf(probe->first, sizeof(probe->first), "%.*s at %s", (int)d->source.n,
		    d->source.p, d->path);
	r = save_hung(probe, hung, d);
	if (r < 0)
		probe->unsaved = r;
	load_hung(probe, hung);
}

/* Ask those that are ready.  Return whether there are others. */
static bool
ask_ready(struct mon_disk *disks, size_t n)
{
	bool others = false;

	for (size_t i = 0; i < n; i++) {
		disks[i].result = disks[i].ready ? ask(disks[i].path, &disks[i].usage) : NOT_ASKED;
		others = others || !disks[i].ready;
	}
	return others;
}

/* Leave out those that hung before.  Return whether there are others. */
static bool
skip_hung(struct mon_probe *probe, const struct hung *hung, struct mon_disk *disks, size_t n)
{
	bool others = false;

	for (size_t i = 0; i < n; i++) {
		if (disks[i].result != NOT_ASKED)
			continue;
		if (is_hung(hung, &disks[i])) {
			disks[i].result = -ETIMEDOUT;
			probe->skipped++;
		} else
			others = true;
	}
	return others;
}

void
mon_probe_disks(void *context, struct mon_disk *disks, size_t n)
{
	static char stacks[HELPERS][STACK_BYTES] __attribute__((aligned(16)));
	static struct hung hung;
	struct mon_probe *probe = context;
	const int64_t slice = (int64_t)probe->left_ms * 1000000 / HELPERS;
	struct work work = { .disks = disks, .n = n };
	sigset_t child, before;

	probe->error = probe->unsaved = 0;
	probe->skipped = probe->hung = 0;
	if (!ask_ready(disks, n))
		return;
	load_hung(probe, &hung);
	if (!skip_hung(probe, &hung, disks, n))
		return;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	for (int i = 0; i < HELPERS && work.at < work.n; i++) {
		int r = run_helper(&work, stacks[i], mon_clock_ns() + slice);

		if (r == 0)
			note_hung(probe, &hung, &disks[work.at++]);
		else if (r < 0) {
			probe->error = r;
			break;
		}
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}
