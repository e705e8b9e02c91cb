/* history.c - what the runs before learnt; see history.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "dir.h"
#include "history.h"
#include "io.h"
#include "line.h"
#include "quota.h"
#include "shape.h"
#include "str.h"

#define FILE_NAME "scrape-history"
#define TEMP_NAME ".scrape-history.tmp"
#define FORGET_S 86400   /* a qube not met for a day: deleted, or a disposable */
#define LINE_MAX_LEN 160 /* name, word and four numbers */

struct record {
	char vm[MON_VM_MAX + 1]; /* zero-padded */
	enum mon_target_result result;
	unsigned timeouts; /* in a row */
	time_t until, seen;
	uint64_t owed; /* as of ${seen}; see quota.h */
};

struct records {
	struct record list[MON_VMS_MAX];
	size_t n;
};

/* Static: 64 KiB that one run needs twice at the most, one after the other. */
static struct records records;
static char text[MON_VMS_MAX * LINE_MAX_LEN];

static bool
parse(const char *line, size_t len, struct record *ret)
{
	struct mon_str rest = { line, len };
	struct mon_str vm = mon_str_word(&rest), result = mon_str_word(&rest);
	struct record r = { 0 };
	uint64_t number[4] = { 0 };

	if (!mon_shape_check(MON_VM, vm.p, vm.n))
		return false;
	memcpy(r.vm, vm.p, vm.n);
	r.result = mon_target_result_find(result.p, result.n);
	for (size_t i = 0; i < 3 || (i == 3 && rest.n > 0); i++) {
		struct mon_str word = mon_str_word(&rest);

		if (!mon_shape_number(word.p, word.n, &number[i]))
			return false;
	}
	r.timeouts = (unsigned)(number[0] < 64 ? number[0] : 64);
	r.until = (time_t)number[1];
	r.seen = (time_t)number[2];
	r.owed = number[3];
	*ret = r;
	return rest.n == 0;
}

/* Read the file into ${records}; a bad line, of a crash or another version, is forgotten. */
static int
load(int dirfd)
{
	struct mon_line lines;
	const char *line = NULL;
	size_t len = 0;
	int r = mon_io_slurp(dirfd, FILE_NAME, text, sizeof(text), &len);

	records.n = 0;
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	mon_line_memory(&lines, text, len, LINE_MAX_LEN);
	while ((r = mon_line_next(&lines, &line, &len)) != MON_LINE_EOF && records.n < MON_VMS_MAX)
		if (r == MON_LINE_OK && parse(line, len, &records.list[records.n]))
			records.n++;
	return 0;
}

static struct record *
find(const char *vm)
{
	for (size_t i = 0; i < records.n; i++)
		if (memcmp(records.list[i].vm, vm, sizeof(records.list[i].vm)) == 0)
			return &records.list[i];
	return NULL;
}

static time_t
pause_after(unsigned timeouts)
{
	time_t pause = MON_BACKOFF_FIRST_S;

	while (timeouts-- > 1 && pause < MON_BACKOFF_MAX_S)
		pause *= 2;
	return pause < MON_BACKOFF_MAX_S ? pause : MON_BACKOFF_MAX_S;
}

/* What ${r} owes at ${now}. */
static uint64_t
owed_at(const struct record *r, uint64_t quota, time_t now)
{
	return mon_quota_refill(r->owed, quota, now > r->seen ? (uint64_t)(now - r->seen) : 0);
}

int
mon_history_recall(int dirfd, time_t now, bool poll, struct mon_targets *targets)
{
	const uint64_t quota = targets->quota;
	int r = load(dirfd);

	for (size_t i = 0; i < targets->n; i++) {
		struct mon_target *t = &targets->list[i];
		const struct record *known = find(t->vm);

		if (poll)
			t->allowed = mon_quota_left(
			    known != NULL ? owed_at(known, quota, now) : mon_quota_first(quota),
			    quota);
		if (known == NULL)
			continue;
		t->last = known->result;
		/* Further away than its pause is long: the clock was set back, so ask. */
		if (poll && t->ask && known->until > now &&
		    known->until - now <= pause_after(known->timeouts)) {
			t->ask = false;
			t->result = MON_TARGET_BACKOFF;
		}
	}
	return r;
}

/*
 * Make a record for ${vm}.  If there is no room, that of the qube not met for longest goes: a
 * crowd of disposables must not take the place of qubes that are still there.  NULL if all were
 * met in this run.
 */
static struct record *
add(const char *vm, uint64_t quota, time_t now)
{
	struct record *r = &records.list[0];

	if (records.n < MON_VMS_MAX) {
		r = &records.list[records.n++];
	} else {
		for (size_t i = 1; i < records.n; i++)
			if (records.list[i].seen < r->seen)
				r = &records.list[i];
		if (r->seen >= now)
			return NULL;
	}
	*r = (struct record){ .seen = now, .owed = mon_quota_first(quota) };
	memcpy(r->vm, vm, sizeof(r->vm));
	return r;
}

/* Put what this run learnt of ${t} into its record. */
static void
learn(struct record *r, const struct mon_target *t, uint64_t quota, time_t now)
{
	r->owed = mon_quota_take(owed_at(r, quota, now), quota, t->filed);
	r->seen = now;
	if (t->result == MON_TARGET_BACKOFF)
		return;
	/* NONE: it is not running.  A change of state ends the pause. */
	r->result = t->result;
	r->until = 0;
	if (t->result == MON_TARGET_TIMEOUT) {
		r->timeouts++;
		r->until = now + pause_after(r->timeouts);
	} else if (t->result != MON_TARGET_SKIPPED) {
		r->timeouts = 0;
	}
}

/* The same for all.  Who is known comes first: then add() sees who was met in this run. */
static void
learn_all(const struct mon_targets *targets, time_t now)
{
	/* Of a clock that was ahead: a qube that is gone would not be forgotten until then. */
	for (size_t i = 0; i < records.n; i++)
		if (records.list[i].seen > now)
			records.list[i].seen = now;
	for (int known = 1; known >= 0; known--) {
		for (size_t i = 0; i < targets->n; i++) {
			const struct mon_target *t = &targets->list[i];
			struct record *r = find(t->vm);

			if ((r != NULL) != known)
				continue;
			if (r == NULL)
				r = add(t->vm, targets->quota, now);
			if (r != NULL)
				learn(r, t, targets->quota, now);
		}
	}
}

static size_t
format(time_t now)
{
	size_t len = 0;

	for (size_t i = 0; i < records.n; i++) {
		const struct record *r = &records.list[i];
		int n;

		if (r->seen < now - FORGET_S)
			continue;
		n = snprintf(text + len, sizeof(text) - len, "%s %s %u %lld %lld %llu\n", r->vm,
		    mon_target_result_name(r->result), r->timeouts, (long long)r->until,
		    (long long)r->seen, (unsigned long long)r->owed);
		if (n < 0 || (size_t)n >= sizeof(text) - len)
			break;
		len += (size_t)n;
	}
	return len;
}

static int
replace(int dirfd, size_t len)
{
	cleanup_fd int fd =
	    openat(dirfd, TEMP_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = mon_io_write(fd, text, len);
	if (r == 0 && renameat(dirfd, TEMP_NAME, dirfd, FILE_NAME) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, TEMP_NAME, 0);
	return r;
}

int
mon_history_keep(int dirfd, time_t now, const struct mon_targets *targets)
{
	int r = mon_dir_lock(dirfd, MON_LOCK_MS);

	if (r < 0)
		return r;
	r = load(dirfd);
	if (r == 0) {
		learn_all(targets, now);
		r = replace(dirfd, format(now));
	}
	mon_dir_unlock(dirfd);
	return r;
}
