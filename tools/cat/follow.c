/* follow.c - print rows as they are filed; see cat.h. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "cat.h"
#include "cleanup.h"
#include "day.h"
#include "dir.h"
#include "stamp.h"
#include "tool.h"

#define PAUSE_MS 500 /* between two looks: a look at three days costs some 40 system calls */

/*
 * Three days are kept open.  Two are enough over midnight, when late rows of the old day still
 * come; the third is for a clock that was in another year for a while.
 */
#define SLOTS 3

static struct slot {
	bool used;
	size_t idle; /* looks since it last had a row */
	unsigned told;
	struct mon_reader_day day;
} slots[SLOTS];

/* The days that have a folder, as they were at the last look. */
struct days {
	long *list;
	size_t n;
};

static bool
knows(const struct days *days, long number)
{
	for (size_t i = 0; i < days->n; i++)
		if (days->list[i] == number)
			return true;
	return false;
}

static bool
is_open(long number)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].used && slots[i].day.day == number)
			return true;
	return false;
}

static void
close_slot(struct slot *s)
{
	mon_reader_day_close(&s->day);
	s->used = false;
}

/* Open the folder of ${number} in a free slot, or in that which was idle for longest. */
static struct slot *
open_slot(struct mon_cat *cat, long number)
{
	struct slot *s = &slots[0];
	char name[MON_DAY_LEN + 1] = "";
	int r;

	for (size_t i = 0; i < SLOTS; i++) {
		if (!slots[i].used) {
			s = &slots[i];
			break;
		}
		if (slots[i].idle > s->idle)
			s = &slots[i];
	}
	if (s->used)
		close_slot(s);
	r = mon_reader_day_open(&s->day, cat->source.basefd, number, &cat->source.filter);
	if (r < 0) {
		mon_stamp_format_day(number, name);
		if (r != -ENOENT)
			mon_tool_warn(r, "cannot open '%s/%s'", cat->source.dir, name);
		return NULL;
	}
	s->used = true;
	s->idle = 0;
	s->told = 0;
	return s;
}

/* Print what ${s} has now.  Return 0, or -errno if stdout cannot be written. */
static int
look(struct mon_cat *cat, struct slot *s)
{
	const long number = s->day.day;
	const size_t before = cat->rows;
	int r;

	if (!mon_reader_day_refresh(&s->day)) {
		close_slot(s);
		/* mon-prune deleted it; late rows may have made it anew. */
		s = open_slot(cat, number);
		if (s == NULL)
			return 0;
	}
	r = mon_cat_drain(cat, &s->day);
	s->idle = cat->rows != before ? 0 : s->idle + 1;
	mon_source_tell(&cat->source, &s->day, "", &s->told);
	return r;
}

/* Open the days that came since the last look, and print what they have.  Return as look() does. */
static int
find_new(struct mon_cat *cat, struct days *known)
{
	struct days now = { 0 };
	int r = 0;

	if (mon_day_list(cat->source.basefd, &now.list, &now.n) < 0)
		return 0; /* the next look tries again */
	for (size_t i = 0; i < now.n && r == 0; i++) {
		struct slot *s = NULL;

		if (!knows(known, now.list[i]) && !is_open(now.list[i]))
			s = open_slot(cat, now.list[i]);
		if (s != NULL)
			r = look(cat, s);
	}
	free(known->list);
	*known = now;
	return r;
}

/* Days before the last ones are printed and done with; the last ones stay open. */
static int
begin(struct mon_cat *cat, const long *days, size_t n, bool all)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct slot *s = open_slot(cat, days[i]);

		if (s != NULL && !all)
			mon_reader_day_end(&s->day);
		else if (s != NULL)
			r = look(cat, s);
		for (size_t k = 0; k < SLOTS; k++)
			slots[k].idle++;
	}
	return r;
}

/* Wait.  False if stdout lost its reader: we would never know, where nothing is filed. */
static bool
pause_for_more(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, PAUSE_MS) <= 0 || (out.revents & (POLLERR | POLLHUP)) == 0;
}

bool
mon_cat_wait(struct mon_cat *cat)
{
	while ((cat->source.basefd = mon_dir_open(cat->source.dir, false)) == -ENOENT) {
		if (!cat->waited)
			mon_tool_warn(
			    0, "there is no folder '%s' yet; waiting for it", cat->source.dir);
		cat->waited = true;
		if (!pause_for_more())
			return false;
	}
	return mon_source_base(&cat->source) >= 0;
}

int
mon_cat_follow(struct mon_cat *cat, const long *days, size_t n, bool all)
{
	struct days known = { 0 };
	/* Listed before the first is read: what comes meanwhile is new.  So is all, if we waited. */
	int r = cat->waited ? 0 : mon_day_list(cat->source.basefd, &known.list, &known.n);

	if (r < 0) {
		mon_tool_error(r, "cannot read the Monitor folder '%s'", cat->source.dir);
		cat->source.missed = true;
		return 0;
	}
	r = cat->waited ? find_new(cat, &known) : begin(cat, days, n, all);
	while (r == 0) {
		r = mon_cat_flush(cat);
		if (r < 0 || !pause_for_more())
			break;
		if (mon_dir_again(cat->source.basefd, cat->source.dir))
			known.n = 0; /* all that is in the new folder came since */
		r = find_new(cat, &known);
		for (size_t i = 0; i < SLOTS && r == 0; i++)
			if (slots[i].used)
				r = look(cat, &slots[i]);
	}
	free(known.list);
	return r;
}
