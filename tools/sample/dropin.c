/* dropin.c - figures that people add; see dropin.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "cleanup.h"
#include "clock.h"
#include "dropin.h"
#include "caps.h"
#include "human.h"
#include "io.h"
#include "line.h"

#define ORPHAN_ROUNDS                                                                              \
	100 /* of a millisecond: what cannot be killed by then is stuck in the kernel */

struct program {
	char name[NAME_MAX + 1];
	struct mon_call call;
	char out[MON_DROPIN_BYTES + 1]; /* one more, to see that there is more */
	size_t len;
	int code;          /* its exit code */
	const char *wrong; /* why its answer does not count, or NULL */
};

static bool
ends(const char *name, const char *tail)
{
	const size_t n = strlen(name), t = strlen(tail);

	return n >= t && memcmp(name + n - t, tail, t) == 0;
}

bool
mon_dropin_is_name(const char *name)
{
	static const char good[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

	return *name != '\0' && *name != '.' && name[strspn(name, good)] == '\0' &&
	       strstr(name, ".dpkg-") == NULL && !ends(name, ".rpmsave") &&
	       !ends(name, ".rpmnew") && !ends(name, ".rpmorig");
}

/* Could somebody else change it? */
static bool
is_foreign(const struct stat *st)
{
	return (st->st_uid != 0 && st->st_uid != geteuid()) ||
	       (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* Put ${name} at its place in the sorted list; where there are too many, the last one goes. */
static size_t
insert(struct program *list, size_t n, const char *name)
{
	size_t at = n;

	while (at > 0 && strcmp(list[at - 1].name, name) > 0)
		at--;
	if (at == MON_DROPINS_MAX)
		return n;
	if (n == MON_DROPINS_MAX)
		n--;
	for (size_t i = n; i > at; i--)
		strcpy(list[i].name, list[i - 1].name);
	strcpy(list[at].name, name);
	return n + 1;
}

static bool
is_program(
    int dirfd, const struct mon_dropin_ask *ask, const char *name, struct mon_troubles *troubles)
{
	const char *dir = ask->dir;
	struct stat st;

	if (!mon_dropin_is_name(name))
		return false;
	if (mon_served_link(ask->served, dirfd, ask->inside, name)) {
		mon_trouble_name(troubles, MON_TROUBLE_LEFT, name, 0,
		    "does not run %s/%s, for it is a link to where a network or a program answers, and may hang",
		    dir, name);
		return false;
	}
	if (fstatat(dirfd, name, &st, 0) < 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		return false;
	if (is_foreign(&st)) {
		mon_trouble_name(troubles, MON_TROUBLE_DROPIN, name, 0,
		    "left out %s/%s, which others could change: chown root and chmod go-w it", dir,
		    name);
		return false;
	}
	return true;
}

/* List the programs, sorted by name.  Return how many. */
static size_t
list_programs(int dirfd, const struct mon_dropin_ask *ask, struct program *list,
    struct mon_troubles *troubles)
{
	static _Alignas(struct dirent64) char buf[32768];
	size_t found = 0, n = 0;
	ssize_t got;

	while ((got = getdents64(dirfd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buf + at);

			at += entry->d_reclen;
			if (!is_program(dirfd, ask, entry->d_name, troubles))
				continue;
			found++;
			n = insert(list, n, entry->d_name);
		}
	}
	if (found > MON_DROPINS_MAX)
		mon_trouble_add(troubles, MON_TROUBLE_DROPIN, 0,
		    "%s holds %zu programs: only the first %d by name are run", ask->dir, found,
		    MON_DROPINS_MAX);
	return n;
}

static void
start(const char *dir, struct program *p)
{
	char path[4096];
	const char *const argv[] = { path, NULL };
	int r;

	p->call = (struct mon_call)MON_CALL_NONE;
	p->len = 0;
	p->wrong = NULL;
	r = snprintf(
	    path, sizeof(path), "%s%s/%s", strchr(dir, '/') != NULL ? "" : "./", dir, p->name);
	if (r < 0 || (size_t)r >= sizeof(path) || mon_call_start(argv, 0, &p->call) < 0)
		p->wrong = "could not be started";
}

static bool
is_running(const struct program *p)
{
	return p->call.pid > 0;
}

/* Take what came, and the end if it came. */
static void
attend(struct program *p)
{
	bool ended = mon_call_reap(&p->call, &p->code);

	while (p->call.out >= 0 && p->len < sizeof(p->out)) {
		ssize_t n = mon_call_read(&p->call, p->out + p->len, sizeof(p->out) - p->len);

		if (n <= 0)
			break;
		p->len += (size_t)n;
	}
	if (p->len > MON_DROPIN_BYTES)
		p->wrong = "printed too much";
	else if (ended && p->code != 0)
		p->wrong = "failed";
	if (ended || p->wrong != NULL)
		mon_call_end(&p->call);
}

static void
wait_for_all(struct program *list, size_t n, unsigned timeout_ms)
{
	const int64_t deadline = mon_clock_ms() + timeout_ms;

	for (;;) {
		struct pollfd fds[2 * MON_DROPINS_MAX];
		nfds_t used = 0;
		int64_t left = deadline - mon_clock_ms();

		for (size_t i = 0; i < n; i++) {
			if (!is_running(&list[i]))
				continue;
			fds[used++] = (struct pollfd){ .fd = list[i].call.pidfd, .events = POLLIN };
			fds[used++] = (struct pollfd){ .fd = list[i].call.out, .events = POLLIN };
		}
		if (used == 0)
			return;
		if (left <= 0)
			break;
		if (poll(fds, used, (int)left) < 0 && errno != EINTR)
			break;
		for (size_t i = 0; i < n; i++)
			if (is_running(&list[i]))
				attend(&list[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (is_running(&list[i]))
			list[i].wrong = "did not end in time";
		mon_call_end(&list[i].call);
	}
}

/* The ID behind what was read; 0: no more. */
static pid_t
next_id(const char **p)
{
	pid_t id = 0;

	for (; **p == ' '; (*p)++)
		;
	for (; **p >= '0' && **p <= '9'; (*p)++)
		id = id * 10 + (**p - '0');
	return id;
}

/*
 * A program that made a session of its own is in no group of ours, but as their parents have
 * ended, all that the programs left belong to us (PR_SET_CHILD_SUBREAPER): end them, and what
 * these leave, until there is none.  (proc_pid_task(5): "children".)
 */
static void
end_orphans(void)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	for (int i = 0; i < ORPHAN_ROUNDS; i++) {
		const struct timespec nap = { .tv_nsec = 1000000 };
		const char *p = text;
		char *space;
		pid_t id;
		int r;

		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		r = mon_io_slurp(AT_FDCWD, path, text, sizeof(text), NULL);
		space = r == -EFBIG ? strrchr(text, ' ') : NULL;
		if (space != NULL) /* the ID behind it may be cut: it is another process's */
			*space = '\0';
		else if (r < 0)
			return;
		id = next_id(&p);
		if (id == 0)
			return;
		for (; id != 0; id = next_id(&p))
			kill(id, SIGKILL);
		nanosleep(&nap, NULL);
	}
}

static void
add_lines(
    struct program *p, const char *dir, struct mon_answer *answer, struct mon_troubles *troubles)
{
	char count[MON_HUMAN_MAX];
	struct mon_line lines;
	const char *line;
	size_t len, bad = 0;
	int r;

	mon_line_memory(&lines, p->out, p->len, MON_LINE_MAX);
	while ((r = mon_line_next(&lines, &line, &len)) > 0)
		bad += r != MON_LINE_OK || !mon_answer_payload(answer, line, len);
	if (bad > 0)
		mon_trouble_name(troubles, MON_TROUBLE_DROPIN, p->name, 0,
		    "dropped %s of %s/%s: not like 'custom: name,42', or too many",
		    mon_human_plural(bad, "line", count), dir, p->name);
}

void
mon_dropin_run(
    const struct mon_dropin_ask *ask, struct mon_answer *answer, struct mon_troubles *troubles)
{
	static struct program list[MON_DROPINS_MAX];
	const char *dir = ask->dir;
	cleanup_fd int fd = -1;
	struct stat st;
	size_t n;

	if (mon_served_covers(ask->served, ask->inside)) {
		mon_trouble_name(troubles, MON_TROUBLE_LEFT, dir, 0,
		    "does not run the programs in %s, for a network or a program answers for that folder, "
		    "and may hang",
		    dir);
		return;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		if (errno != ENOENT)
			mon_trouble_add(
			    troubles, MON_TROUBLE_DROPIN, errno, "cannot open the folder %s", dir);
		return;
	}
	if (fstat(fd, &st) < 0 || is_foreign(&st)) {
		mon_trouble_add(troubles, MON_TROUBLE_DROPIN, 0,
		    "left out %s, which others could change: chown root and chmod go-w it", dir);
		return;
	}
	n = list_programs(fd, ask, list, troubles);
	if (n == 0)
		return;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (size_t i = 0; i < n; i++)
		start(dir, &list[i]);
	wait_for_all(list, n, ask->timeout_ms);
	end_orphans();
	for (size_t i = 0; i < n; i++) {
		if (list[i].wrong != NULL)
			mon_trouble_name(troubles, MON_TROUBLE_DROPIN, list[i].name, 0,
			    "left out the answer of %s/%s: it %s", dir, list[i].name,
			    list[i].wrong);
		else
			add_lines(&list[i], dir, answer, troubles);
	}
}
