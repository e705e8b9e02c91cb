/* test_quota.c - how much a qube may have filed: the sums, the memory of it, and weeks of it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "history.h"
#include "intake.h"
#include "quota.h"

#define DAY MON_QUOTA_DAY
#define SHARE MON_QUOTA_SHARE
#define FIGURES MON_QUOTA_FIGURES
#define MIB (UINT64_C(1) << 20)
#define HOUR ((time_t)3600)

/* ---- the sums ---- */

static void
shares_what_is_free(void **state)
{
	static const struct {
		const char *what;
		struct mon_quota quota;
		bool room;
		uint64_t share;
	} cases[] = {
		{ "nothing filed", { .most = DAY, .free = 1000 * MIB, .qubes = 40 }, true, DAY },
		{ "half of what is free",
		    { .most = DAY, .free = 600 * MIB, .filed = 300 * MIB, .qubes = 40 }, true,
		    DAY },
		{ "a byte more",
		    { .most = DAY, .free = 600 * MIB, .filed = 300 * MIB + 1, .qubes = 40 }, false,
		    SHARE },
		{ "nothing free", { .most = DAY, .free = 0, .filed = 1, .qubes = 40 }, false,
		    SHARE },
		{ "nothing free, nothing filed", { .most = DAY, .free = 0, .qubes = 40 }, true,
		    DAY },
		{ "a quarter of it for all",
		    { .most = DAY, .free = 4000 * MIB, .filed = 2001 * MIB, .qubes = 40 }, false,
		    25 * MIB },
		{ "for one", { .most = DAY, .free = 400 * MIB, .filed = 201 * MIB, .qubes = 1 },
		    false, 100 * MIB },
		{ "never more than where there is room",
		    { .most = DAY, .free = 3000 * MIB, .filed = 2001 * MIB, .qubes = 1 }, false,
		    DAY },
		{ "no qubes", { .most = DAY, .free = 3 * MIB, .filed = 3 * MIB }, false, SHARE },
		{ "a small quota is small with room",
		    { .most = 150, .free = 1000 * MIB, .qubes = 40 }, true, 150 },
		{ "and without", { .most = 150, .free = 0, .filed = 1, .qubes = 40 }, false, 150 },
		{ "what is free is not known",
		    { .most = DAY, .free = UINT64_MAX, .filed = UINT64_MAX / 2, .qubes = 40 }, true,
		    DAY },
		{ "no number is too large",
		    { .most = UINT64_MAX,
			.free = UINT64_MAX,
			.filed = UINT64_MAX,
			.qubes = UINT64_MAX },
		    false, SHARE },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		CHECK_EQ(mon_quota_has_room(&cases[i].quota), cases[i].room, "%s", cases[i].what);
		CHECK_EQ(mon_quota_share(&cases[i].quota), cases[i].share, "%s", cases[i].what);
	}
	check_done();
}

static void
leaves_what_was_not_used(void **state)
{
	struct mon_quota quota = { .most = DAY, .free = UINT64_MAX, .qubes = 40 };

	(void)state;
	CHECK_EQ(mon_quota_left(&quota, 0), DAY, "all");
	CHECK_EQ(mon_quota_left(&quota, DAY - 1), 1, "a byte");
	CHECK_EQ(mon_quota_left(&quota, DAY), 0, "nothing");
	CHECK_EQ(mon_quota_left(&quota, UINT64_MAX), 0, "less than nothing");
	CHECK_EQ(mon_quota_figures(&quota, 0), DAY, "figures: no more at the start of the day");
	quota.elapsed = MON_QUOTA_S / 2;
	CHECK_EQ(
	    mon_quota_figures(&quota, 0), DAY + FIGURES / 2, "at noon: half of what is theirs");
	CHECK_EQ(mon_quota_figures(&quota, DAY + FIGURES / 2 - 1), 1, "the last byte of it");
	CHECK_EQ(mon_quota_figures(&quota, DAY + FIGURES / 2), 0, "none left");
	CHECK_EQ(mon_quota_left(&quota, DAY), 0, "text has no part in it");
	quota.elapsed = UINT64_MAX;
	CHECK_EQ(mon_quota_figures(&quota, 0), DAY + FIGURES, "a day that does not end");
	check_done();
}

/* ---- the memory ---- */

static struct mon_targets targets; /* static for its size */
static char path[64];

static int
fresh_folder(void)
{
	int fd;

	strcpy(path, "/tmp/mon-quota.XXXXXX");
	assert_non_null(mkdtemp(path));
	fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	return fd;
}

static void
drop_folder(int fd)
{
	unlinkat(fd, "scrape-history", 0);
	close(fd);
	assert_int_equal(rmdir(path), 0); /* nothing else is left in it */
}

static void
put_history(int fd, const char *text)
{
	int file = openat(fd, "scrape-history", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n = (ssize_t)strlen(text);

	assert_true(file >= 0 && write(file, text, (size_t)n) == n);
	close(file);
}

static void
only_work(uint64_t most, uint64_t free_bytes)
{
	memset(&targets, 0, sizeof(targets));
	strcpy(targets.list[0].vm, "work");
	targets.list[0].ask = true;
	targets.n = 1;
	targets.quota = (struct mon_quota){ .most = most, .free = free_bytes };
}

/* What may "work" have filed in a poll at ${now}, on a volume with room?  Then it has ${filed}. */
static uint64_t
poll_at(int fd, time_t now, size_t filed, enum mon_result result)
{
	uint64_t allowed;

	only_work(DAY, UINT64_MAX);
	assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
	allowed = targets.list[0].allowed;
	if (targets.list[0].result != MON_RESULT_BACKOFF) {
		targets.list[0].result = result;
		targets.list[0].filed = filed;
	}
	assert_int_equal(mon_history_keep(fd, now, &targets), 0);
	return allowed;
}

static void
remembers_what_was_filed(void **state)
{
	/* The time of each poll, what is left then, and what is filed. */
	static const struct {
		const char *what;
		time_t at;
		uint64_t used;
		size_t filed;
		enum mon_result result;
	} polls[] = {
		{ "a new name", 100000, 0, 1000, MON_RESULT_OK },
		{ "the same second", 100000, 1000, 500, MON_RESULT_TOO_BIG },
		{ "ten seconds", 100010, 1500, 500, MON_RESULT_TIMEOUT },
		{ "while it is left alone", 100020, 2000, 0, MON_RESULT_OK },
		{ "and after that", 100040, 2000, 500, MON_RESULT_OK },
		{ "hours later", 100000 + 20 * HOUR, 2500, 500, MON_RESULT_OK },
		{ "an hour back: nothing for that", 100000 + 19 * HOUR, 3000, 500,
		    MON_RESULT_NONE },
		{ "a year back: neither", 1, 3500, 500, MON_RESULT_OK },
		{ "but the day goes on from there", 24 * HOUR, 4000, 500, MON_RESULT_OK },
		{ "and ends", 24 * HOUR + 1, 0, 500, MON_RESULT_OK },
		{ "a second before the next", 48 * HOUR, 500, 500, MON_RESULT_OK },
		{ "the next", 48 * HOUR + 1, 0, 500, MON_RESULT_OK },
	};
	int fd = fresh_folder();

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(polls); i++)
		CHECK_EQ(poll_at(fd, polls[i].at, polls[i].filed, polls[i].result),
		    DAY - polls[i].used, "%s", polls[i].what);
	drop_folder(fd);
	check_done();
}

static void
survives_an_odd_memory(void **state)
{
	static const struct {
		const char *what, *file;
		uint64_t allowed; /* at the time 1000 */
	} files[] = {
		{ "no file", NULL, DAY },
		{ "another name", "* 900 7\nplay ok 0 0 1000 7 take 0\n", DAY },
		{ "filed", "* 900 7\nwork ok 0 0 1000 7 take 0\n", DAY - 7 },
		{ "no day", "work ok 0 0 1000 7 take 0\n", DAY },
		{ "a day that is over", "* 1 7\nwork ok 0 0 1000 7 take 0\n", DAY - 7 },
		{ "a day to come", "* 9223372036854775807 7\nwork ok 0 0 1000 7 take 0\n",
		    DAY - 7 },
		{ "more than can be", "* 900 7\nwork ok 0 0 1000 9223372036854775807 take 0\n", 0 },
		{ "over the numbers", "* 900 7\nwork ok 0 0 1000 9223372036854775808 take 0\n",
		    DAY },
		{ "negative", "* 900 7\nwork ok 0 0 1000 -1 take 0\n", DAY },
		{ "cut off", "* 900 7\nwork ok 0 0 1000 905", DAY },
		{ "a bad day", "* 900 7 7\nwork ok 0 0 1000 7 take 0\n", DAY },
	};
	int fd = fresh_folder();

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(files); i++) {
		if (files[i].file != NULL)
			put_history(fd, files[i].file);
		CHECK_EQ(
		    poll_at(fd, 1000, 0, MON_RESULT_OK), files[i].allowed, "%s", files[i].what);
		CHECK_EQ(poll_at(fd, 1000 + 24 * HOUR, 0, MON_RESULT_OK), DAY, "%s: a day later",
		    files[i].what);
		unlinkat(fd, "scrape-history", 0);
	}
	/* What cannot be read at all is as good as nothing known. */
	assert_int_equal(mkdirat(fd, "scrape-history", 0700), 0);
	only_work(DAY, UINT64_MAX);
	CHECK(mon_history_recall(fd, 1000, true, &targets) < 0, "a folder in its place");
	CHECK_EQ(targets.list[0].allowed, DAY, "a folder in its place");
	assert_int_equal(unlinkat(fd, "scrape-history", AT_REMOVEDIR), 0);
	drop_folder(fd);
	check_done();
}

/* A person who names a qube gets to see what it sends; what is filed by that counts. */
static void
lets_a_person_see(void **state)
{
	int fd = fresh_folder();

	(void)state;
	put_history(fd, "* 900 7\nwork ok 0 0 1000 134217728 take 0\n");
	only_work(DAY, UINT64_MAX);
	targets.list[0].allowed = 12345;
	assert_int_equal(mon_history_recall(fd, 1000, false, &targets), 0);
	CHECK_EQ(targets.list[0].allowed, 12345, "as the caller has set it");
	targets.list[0].result = MON_RESULT_OK;
	targets.list[0].filed = 3;
	assert_int_equal(mon_history_keep(fd, 1000, &targets), 0);
	only_work(DAY, UINT64_MAX);
	assert_int_equal(mon_history_recall(fd, 1000, true, &targets), 0);
	CHECK_EQ(targets.quota.filed, 10, "what all had filed");
	CHECK_EQ(targets.list[0].allowed, 0, "and it");
	drop_folder(fd);
	check_done();
}

/* One poll in which the qubes q<from> to q<to> run, each has one byte filed.  How many are new? */
static size_t
crowd_at(int fd, time_t now, int from, int to)
{
	size_t fresh = 0;

	memset(&targets, 0, sizeof(targets));
	targets.quota = (struct mon_quota){ .most = DAY, .free = UINT64_MAX };
	for (int i = from; i < to; i++)
		sprintf(targets.list[targets.n++].vm, "q%d", i);
	assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
	for (size_t i = 0; i < targets.n; i++) {
		fresh += targets.list[i].allowed == DAY;
		targets.list[i].result = MON_RESULT_OK;
		targets.list[i].filed = 1;
	}
	assert_int_equal(mon_history_keep(fd, now, &targets), 0);
	return fresh;
}

/* Names without end do not wash out what those had filed that are still there. */
static void
is_not_crowded_out(void **state)
{
	const size_t all = MON_VMS_MAX, half = MON_VMS_MAX / 2;
	int fd = fresh_folder();
	time_t now = 1000;

	(void)state;
	CHECK_EQ(crowd_at(fd, now, 0, MON_VMS_MAX), all, "all new");
	CHECK_EQ(crowd_at(fd, now, 0, MON_VMS_MAX), 0, "all known");
	/* The half of them are gone, and others come, more than there is room for. */
	for (int i = 0; i < 4; i++) {
		const int gone = MON_VMS_MAX / 2 * (i + 1);

		CHECK_EQ(crowd_at(fd, ++now, gone, gone + MON_VMS_MAX / 2), i == 0 ? 0 : half,
		    "round %d", i);
		CHECK_EQ(crowd_at(fd, now, gone, gone + MON_VMS_MAX / 2), 0, "round %d, known", i);
	}
	CHECK_EQ(
	    targets.quota.filed, 2 * all + 7 * half, "what is forgotten of a qube is not of all");
	/* Records of a time to come make room, too. */
	CHECK_EQ(crowd_at(fd, now + 8760 * HOUR, 90000, 90000 + MON_VMS_MAX), all, "a year ahead");
	(void)crowd_at(fd, ++now, 0, 1); /* the clock is right again */
	CHECK_EQ(crowd_at(fd, ++now, 50000, 50000 + MON_VMS_MAX), all, "new ones");
	CHECK_EQ(crowd_at(fd, now, 50000, 50000 + MON_VMS_MAX), 0, "and they are known");
	drop_folder(fd);
	check_done();
}

/* ---- weeks on the default volume ---- */

/*
 * A volume of 2 GiB less what its file system keeps, with a poll every 10 s from 12:00 of the first
 * day on, so that the days of the quota and those of the folders are not the same.  At 03:50 the day
 * before is packed (random characters to 81 %, honest rows to 1/5), and the archive goes when it is safe; then
 * days go, but for today and yesterday, until the record takes 3/8 of the volume.
 */
struct world {
	uint64_t volume, archive;
	uint64_t days[64]; /* of the folders: what is there */
	int today;
	uint64_t honest, hostile; /* bytes a poll and qube */
	unsigned nhonest, nhostile, nrouters;
	uint64_t router; /* bytes a poll of a router */
	uint64_t filed[MON_VMS_MAX], all;
	time_t start; /* of the day of the quota */
	/* What is found out. */
	uint64_t least_free, most_day, lost_honest, lost_routers, lost_archives, most_hostile;
};

static uint64_t
free_of(const struct world *w)
{
	uint64_t used = w->archive;

	for (int i = 0; i <= w->today; i++)
		used += w->days[i];
	return used < w->volume ? w->volume - used : 0;
}

static void
night(struct world *w)
{
	const uint64_t yesterday = w->today > 0 ? w->days[w->today - 1] : 0;
	const uint64_t packed = w->nhostile > 0 ? yesterday / 100 * 81 : yesterday / 5;

	w->lost_archives += free_of(w) < packed;
	for (int i = 0; i < w->today - 1 && w->volume - free_of(w) > w->volume / 8 * 3; i++)
		w->days[i] = 0;
}

/* What ${qube} sends: of ${bytes}, all figures, what is filed? */
static uint64_t
file(struct world *w, const struct mon_quota *quota, unsigned qube, uint64_t bytes)
{
	uint64_t left = mon_quota_figures(quota, w->filed[qube]);

	if (bytes > left)
		bytes = left;
	if (bytes > free_of(w))
		bytes = free_of(w); /* the disk is full: what all of this is to prevent */
	w->filed[qube] += bytes;
	w->all += bytes;
	w->days[w->today] += bytes;
	return bytes;
}

static void
run_weeks(struct world *w, int days, time_t step)
{
	const unsigned n = w->nhonest + w->nrouters + w->nhostile;

	w->volume = (UINT64_C(2) << 30) / 100 * 95;
	w->least_free = w->volume;
	for (time_t t = 12 * HOUR; t < days * 24 * HOUR; t += step) {
		struct mon_quota quota;

		if (t % (24 * HOUR) < step && t > 12 * HOUR)
			w->today++;
		if ((t - 3 * HOUR - 50 * 60) % (24 * HOUR) < step && t > 12 * HOUR)
			night(w);
		if (t == 12 * HOUR || t - w->start >= MON_QUOTA_S) {
			w->start = t;
			w->all = 0;
			memset(w->filed, 0, sizeof(w->filed));
		}
		quota = (struct mon_quota){ .most = DAY,
			.free = free_of(w),
			.filed = w->all,
			.elapsed = (uint64_t)(t - w->start),
			.qubes = n };
		for (unsigned i = 0; i < n; i++) {
			const bool honest = i < w->nhonest,
				   router = !honest && i < w->nhonest + w->nrouters;
			const uint64_t bytes = honest ? w->honest : router ? w->router : w->hostile;
			const uint64_t lost = bytes - file(w, &quota, i, bytes);

			if (honest)
				w->lost_honest += lost;
			else if (router)
				w->lost_routers += lost;
			else if (w->filed[i] > w->most_hostile)
				w->most_hostile = w->filed[i];
		}
		if (free_of(w) < w->least_free)
			w->least_free = free_of(w);
		if (w->days[w->today] > w->most_day)
			w->most_day = w->days[w->today];
	}
}

static void
print_world(const char *what, const struct world *w)
{
	printf(
	    "%s: a day folder of %llu MiB at the most, %llu MiB always free, a hostile one %llu MiB a day\n",
	    what, (unsigned long long)(w->most_day / MIB),
	    (unsigned long long)(w->least_free / MIB), (unsigned long long)(w->most_hostile / MIB));
}

/* 38 of 40 send as much as goes; two honest ones, one of which sends 15 MiB a day, lose nothing. */
static void
shares_hold_against_38_of_40(void **state)
{
	static struct world w = { .nhonest = 1,
		.honest = 700,
		.nrouters = 1,
		.router = 15 * MIB / 8640,
		.nhostile = 38,
		.hostile = 85000 };

	(void)state;
	run_weeks(&w, 21, 10);
	print_world("38 hostile of 40, three weeks", &w);
	CHECK_EQ(w.lost_honest, 0, "the honest one");
	CHECK_EQ(w.lost_routers, 0, "one under its share");
	CHECK_EQ(w.lost_archives, 0, "nights without room for the archive of the day before");
	CHECK(w.least_free > 0, "the volume was full");
	CHECK(w.most_hostile >= SHARE, "what is allowed can be used: %llu",
	    (unsigned long long)w.most_hostile);
	check_done();
}

/* 38 qubes of 700 bytes a poll, two routers of 64 interfaces: nobody meets a bound in three weeks. */
static void
honest_qubes_meet_no_bound(void **state)
{
	static struct world w = {
		.nhonest = 38, .honest = 700, .nrouters = 2, .router = 700 + 64 * 80
	};

	(void)state;
	run_weeks(&w, 21, 10);
	print_world("40 honest ones, two of them routers", &w);
	CHECK_EQ(w.lost_honest + w.lost_routers, 0, "bytes lost");
	CHECK_EQ(w.lost_archives, 0, "nights without room for the archive");
	check_done();
}

static void
nor_with_a_poll_every_five_seconds(void **state)
{
	static struct world w = {
		.nhonest = 39, .honest = 500, .nrouters = 1, .router = 500 + 64 * 80
	};

	(void)state;
	run_weeks(&w, 21, 5);
	print_world("40 honest ones at 5 s, one of them a router", &w);
	CHECK_EQ(w.lost_honest + w.lost_routers, 0, "bytes lost");
	check_done();
}

/* ---- answers ---- */

/* An answer of figures and of alerts, as many as one may hold: what is filed of each of 1,080 polls? */
static void
keeps_the_figures_of_the_chatty(void **state)
{
	static char answer[MON_ANSWER_MAX], copy[MON_ANSWER_MAX], out[MON_INTAKE_MAX];
	const size_t figures = 2; /* sys and cpu */
	uint64_t text = 0;
	size_t len, least = SIZE_MAX;
	int fd = fresh_folder();

	(void)state;
	len = (size_t)sprintf(answer,
	    "begin: 1\nsys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\n"
	    "cpu: 4,0.19,0.3,0.0\n");
	for (int i = 0; i < MON_ALERTS_MAX; i++)
		len += (size_t)sprintf(answer + len, "alert: Aug 31 12:00:09 chatty: %0490d\n", i);
	len += (size_t)sprintf(answer + len, "end: %d\n", MON_ALERTS_MAX + 2);
	for (time_t now = 1000; now < 1000 + 24 * HOUR; now += 10) {
		struct mon_target *t = &targets.list[0];
		enum mon_wire_err reason = MON_WIRE_OK;

		only_work(DAY, 0); /* the volume is full */
		assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
		t->result = MON_RESULT_OK;
		memcpy(copy, answer, len);
		(void)mon_intake_lines(copy, len, true, "2025-08-31T12:00:10Z", t, out, &reason);
		least = t->lines < least ? t->lines : least;
		text += t->lines - figures;
		assert_int_equal(mon_history_keep(fd, now, &targets), 0);
	}
	CHECK_EQ(least, figures, "lines of one poll");
	CHECK(text * 520 > 14 * MIB && text * 520 < SHARE, "%llu alerts", (unsigned long long)text);
	drop_folder(fd);
	check_done();
}

/* A boot with 300 alerts of 250 bytes; on a full volume, too, for it is under the share. */
static void
takes_all_of_a_boot(void **state)
{
	static char copy[MON_ANSWER_MAX], out[MON_INTAKE_MAX];
	size_t told = 0;
	int fd = fresh_folder();

	(void)state;
	for (time_t now = 1000; now < 1120; now += 10) {
		struct mon_target *t = &targets.list[0];
		enum mon_wire_err reason = MON_WIRE_OK;
		size_t len = (size_t)sprintf(copy, "begin: 1\nconn: 1,2\n"), n = 0;

		for (; told + n < 300 && n < MON_ALERTS_MAX; n++)
			len += (size_t)sprintf(
			    copy + len, "alert: Aug 31 12:00:09 boot: %0230zu\n", told + n);
		len += (size_t)sprintf(copy + len, "end: %zu\n", n + 1);
		only_work(DAY, 0);
		assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
		t->result = MON_RESULT_OK;
		(void)mon_intake_lines(copy, len, true, "2025-08-31T12:00:10Z", t, out, &reason);
		CHECK_EQ(t->rejected, 0, "at %lld", (long long)now);
		told += t->lines - 1;
		assert_int_equal(mon_history_keep(fd, now, &targets), 0);
	}
	CHECK_EQ(told, 300, "alerts in two minutes");
	drop_folder(fd);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(shares_what_is_free),
		CHECK_TEST(leaves_what_was_not_used),
		CHECK_TEST(remembers_what_was_filed),
		CHECK_TEST(survives_an_odd_memory),
		CHECK_TEST(lets_a_person_see),
		CHECK_TEST(is_not_crowded_out),
		CHECK_TEST(shares_hold_against_38_of_40),
		CHECK_TEST(honest_qubes_meet_no_bound),
		CHECK_TEST(nor_with_a_poll_every_five_seconds),
		CHECK_TEST(keeps_the_figures_of_the_chatty),
		CHECK_TEST(takes_all_of_a_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
