/* history.c - what the runs before learnt; see history.h. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dir.h"
#include "history.h"
#include "io.h"
#include "kept.h"
#include "line.h"
#include "shape.h"
#include "str.h"

#define FILE_NAME "scrape-history"
#define FORGET_S MON_QUOTA_S /* a qube not met for a day: deleted, or a disposable */
#define LINE_MAX_LEN 192     /* name, two words and five numbers */

struct record {
	char vm[MON_VM_MAX + 1]; /* zero-padded */
	enum mon_result result;
	enum mon_older older;
	time_t since, until, seen, asked;
	uint64_t filed;
};

struct records {
	struct record list[MON_VMS_MAX];
	size_t n;
	time_t start;   /* of the day */
	uint64_t filed; /* in it, by all qubes */
};

/* Static: what one run needs twice at the most, one after the other. */
static struct records records;
static char text[(MON_VMS_MAX + 1) * LINE_MAX_LEN];

/* The next word of ${rest} as a number. */
static bool
take_number(struct mon_str *rest, uint64_t *ret)
{
	struct mon_str word = mon_str_word(rest);

	return mon_shape_number(word.p, word.n, ret);
}

static bool
take_time(struct mon_str *rest, time_t *ret)
{
	uint64_t n;

	if (!take_number(rest, &n))
		return false;
	*ret = (time_t)n; /* at most 2^63-1: see mon_shape_number() */
	return true;
}

static bool
parse_day(const char *line, size_t len, struct records *ret)
{
	struct mon_str rest = { line, len };
	time_t start;
	uint64_t filed;

	if (!mon_str_is(mon_str_word(&rest), "*") || !take_time(&rest, &start) ||
	    !take_number(&rest, &filed) || rest.n > 0)
		return false;
	ret->start = start;
	ret->filed = filed;
	return true;
}

static bool
parse(const char *line, size_t len, struct record *ret)
{
	struct mon_str rest = { line, len };
	struct mon_str vm = mon_str_word(&rest), result = mon_str_word(&rest), older;
	struct record r = { 0 };

	if (!mon_shape_check(MON_VM, vm.p, vm.n))
		return false;
	memcpy(r.vm, vm.p, vm.n);
	r.result = mon_result_find(result.p, result.n);
	if (!take_time(&rest, &r.since) || !take_time(&rest, &r.until) ||
	    !take_time(&rest, &r.seen) || !take_number(&rest, &r.filed))
		return false;
	older = mon_str_word(&rest);
	r.older = mon_target_older_find(older.p, older.n);
	if (!take_time(&rest, &r.asked) || rest.n > 0)
		return false;
	*ret = r;
	return true;
}

/* Read the file into ${records}; a bad line, of a crash or another version, is forgotten. */
static int
load(int dirfd)
{
	struct mon_line lines;
	const char *line = NULL;
	size_t len = 0;
	int r = mon_io_slurp_file(dirfd, FILE_NAME, text, sizeof(text), &len);

	records.n = 0;
	records.start = -1; /* there is no day yet */
	records.filed = 0;
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	mon_line_memory(&lines, text, len, LINE_MAX_LEN);
	while ((r = mon_line_next(&lines, &line, &len)) != MON_LINE_EOF && records.n < MON_VMS_MAX)
		if (r == MON_LINE_OK && !parse_day(line, len, &records) &&
		    parse(line, len, &records.list[records.n]))
			records.n++;
	return 0;
}

/*
 * Let it be ${now}.  What is of a time to come was met just now: a qube that is gone would not be
 * forgotten until then, and no day end.  After a day all begin anew.
 */
static void
move_on(time_t now)
{
	for (size_t i = 0; i < records.n; i++) {
		struct record *r = &records.list[i];

		r->seen = r->seen < now ? r->seen : now;
		r->since = r->since < now ? r->since : now;
		r->asked = r->asked < now ? r->asked : now;
	}
	if (records.start > now)
		records.start = now;
	if (records.start >= 0 && now - records.start < MON_QUOTA_S)
		return;
	records.start = now;
	records.filed = 0;
	for (size_t i = 0; i < records.n; i++)
		records.list[i].filed = 0;
}

static struct record *
find(const char *vm)
{
	for (size_t i = 0; i < records.n; i++)
		if (memcmp(records.list[i].vm, vm, sizeof(records.list[i].vm)) == 0)
			return &records.list[i];
	return NULL;
}

/* For how long is ${r} left alone, which timed out at ${now}? */
static time_t
pause_after(const struct record *r, time_t now)
{
	const time_t pause = (now - r->since) / MON_BACKOFF_PART;

	if (pause < MON_BACKOFF_FIRST_S)
		return MON_BACKOFF_FIRST_S;
	return pause < MON_BACKOFF_MAX_S ? pause : MON_BACKOFF_MAX_S;
}

/* Is ${r} still to be left alone?  What is further away than any pause is of another clock. */
static bool
is_alone(const struct record *r, time_t now)
{
	return r->until > now && r->until - now <= MON_BACKOFF_MAX_S;
}

static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

int
mon_history_recall(int dirfd, time_t now, bool poll, struct mon_targets *targets)
{
	struct mon_quota *quota = &targets->quota;
	int r = load(dirfd);

	move_on(now);
	quota->filed = records.filed;
	quota->elapsed = (uint64_t)(now - records.start);
	quota->qubes = records.n > targets->n ? records.n : targets->n;
	for (size_t i = 0; i < targets->n; i++) {
		struct mon_target *t = &targets->list[i];
		const struct record *known = find(t->vm);

		if (poll) {
			const uint64_t filed = known != NULL ? known->filed : 0;

			t->allowed = mon_quota_left(quota, filed);
			t->allowed_figures = mon_quota_figures(quota, filed);
		}
		if (known == NULL)
			continue;
		t->last = known->result;
		t->known_older = known->older;
		if (now - known->asked < MON_RETAKE_S)
			t->older = known->older;
		if (poll && t->ask && is_alone(known, now)) {
			t->ask = false;
			t->result = MON_RESULT_BACKOFF;
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
add(const char *vm, time_t now)
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
	*r = (struct record){ .seen = now };
	memcpy(r->vm, vm, sizeof(r->vm));
	return r;
}

/* Put what this run learnt of ${t} into its record. */
static void
learn(struct record *r, const struct mon_target *t, time_t now)
{
	r->filed = sum(r->filed, t->filed);
	r->seen = now;
	if (t->result == MON_RESULT_BACKOFF)
		return;
	if (t->older != r->older || (t->older != MON_OLDER_NONE && now - r->asked >= MON_RETAKE_S))
		r->asked = now;
	r->older = t->older;
	r->until = 0;
	if (t->result == MON_RESULT_TIMEOUT) {
		r->since = r->since > 0 ? r->since : now;
		r->until = now + pause_after(r, now);
	} else if (t->result != MON_RESULT_SKIPPED) {
		r->since = 0;
	}
	/* NONE: it is not running.  A change of state ends the pause. */
	r->result = t->result;
}

/* The same for all.  Who is known comes first: then add() sees who was met in this run. */
static void
learn_all(const struct mon_targets *targets, time_t now)
{
	for (size_t i = 0; i < targets->n; i++)
		records.filed = sum(records.filed, targets->list[i].filed);
	for (int known = 1; known >= 0; known--) {
		for (size_t i = 0; i < targets->n; i++) {
			const struct mon_target *t = &targets->list[i];
			struct record *r = find(t->vm);

			if ((r != NULL) != known)
				continue;
			if (r == NULL)
				r = add(t->vm, now);
			if (r != NULL)
				learn(r, t, now);
		}
	}
}

static size_t
format(time_t now)
{
	size_t len = (size_t)snprintf(text, sizeof(text), "* %lld %llu\n", (long long)records.start,
	    (unsigned long long)records.filed);

	for (size_t i = 0; i < records.n; i++) {
		const struct record *r = &records.list[i];
		int n;

		if (now - r->seen > FORGET_S)
			continue;
		n = snprintf(text + len, sizeof(text) - len, "%s %s %lld %lld %lld %llu %s %lld\n",
		    r->vm, mon_result_name(r->result), (long long)r->since, (long long)r->until,
		    (long long)r->seen, (unsigned long long)r->filed,
		    mon_target_older_name(r->older), (long long)r->asked);
		if (n < 0 || (size_t)n >= sizeof(text) - len)
			break;
		len += (size_t)n;
	}
	return len;
}

int
mon_history_keep(int dirfd, time_t now, const struct mon_targets *targets)
{
	int r = mon_dir_lock(dirfd, MON_LOCK_MS);

	if (r < 0)
		return r;
	r = load(dirfd);
	if (r == 0) {
		move_on(now);
		learn_all(targets, now);
		r = mon_kept_replace(dirfd, FILE_NAME, text, format(now), false);
	}
	mon_dir_unlock(dirfd);
	return r;
}

int
mon_history_older(
    int dirfd, void (*each)(const char *vm, enum mon_older older, void *cookie), void *cookie)
{
	int r = load(dirfd);

	for (size_t i = 0; i < records.n; i++)
		if (records.list[i].older != MON_OLDER_NONE)
			each(records.list[i].vm, records.list[i].older, cookie);
	return r;
}
