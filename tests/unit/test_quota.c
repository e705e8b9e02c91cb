/* test_quota.c - how much a qube may have filed: the arithmetic, the memory of it, and a day of it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "history.h"
#include "intake.h"
#include "quota.h"

#define DAY MON_QUOTA_DAY
#define BURST MON_QUOTA_BURST
#define PARTS MON_QUOTA_PARTS
#define HOUR ((time_t)3600)

/* ---- the arithmetic ---- */

static void
refills_by_the_share_of_the_time(void **state)
{
	static const struct {
		const char *what;
		uint64_t owed, quota, seconds, want;
	} cases[] = {
		{ "nothing is owed", 0, DAY, 10, 0 },
		{ "no time", 1000 * PARTS, DAY, 0, 1000 * PARTS },
		{ "one second", BURST * PARTS, DAY, 1, BURST * PARTS - DAY },
		{ "ten seconds", BURST * PARTS, DAY, 10, BURST * PARTS - 10 * (uint64_t)DAY },
		{ "to the last part", DAY, DAY, 1, 0 },
		{ "a part is left", DAY + 1, DAY, 1, 1 },
		{ "more than is owed", DAY - 1, DAY, 1, 0 },
		{ "a bucket of the default: 90 minutes", BURST * PARTS, DAY, 5400, 0 },
		{ "and not a second less", BURST * PARTS, DAY, 5399, DAY },
		{ "the smallest quota: a part a second", PARTS, 1, 1, PARTS - 1 },
		{ "and a byte a day", PARTS, 1, 86400, 0 },
		{ "no quota", 0, 0, 10, 0 },
		{ "for ever", BURST * PARTS, DAY, UINT64_MAX, 0 },
		{ "no end of quota", BURST * PARTS, UINT64_MAX, 1, 0 },
		{ "both", BURST * PARTS, UINT64_MAX, UINT64_MAX, 0 },
		{ "a damaged number is two buckets", UINT64_MAX, DAY, 0, 2 * BURST * PARTS },
		{ "and of a small quota, two of its buckets", UINT64_MAX, 1000, 0, 2000 * PARTS },
		{ "which a day refills", 1000 * PARTS, 1000, 86400, 0 },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK_EQ(mon_quota_refill(cases[i].owed, cases[i].quota, cases[i].seconds),
		    cases[i].want, "%s", cases[i].what);
	check_done();
}

/* However the time is cut, the same is put back: no rounding starves short steps. */
static void
refills_alike_in_any_steps(void **state)
{
	static const uint64_t quotas[] = { 1, 7, 86399, 86401, 1000003, DAY };

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(quotas); i++) {
		const uint64_t start = mon_quota_bucket(quotas[i]) * PARTS;

		for (uint64_t step = 1; step <= 3600; step = step * 3 + 1) {
			uint64_t owed = start;

			for (uint64_t t = 0; t < step * 500; t += step)
				owed = mon_quota_refill(owed, quotas[i], step);
			CHECK_EQ(owed, mon_quota_refill(start, quotas[i], step * 500),
			    "quota %llu, steps of %llu s", (unsigned long long)quotas[i],
			    (unsigned long long)step);
		}
	}
	check_done();
}

static void
takes_and_leaves(void **state)
{
	(void)state;
	CHECK_EQ(mon_quota_left(0, DAY), BURST, "a full bucket");
	CHECK_EQ(mon_quota_left(0, 1000), 1000, "a small quota has a small bucket");
	CHECK_EQ(mon_quota_left(0, UINT64_MAX), BURST, "a large one has no larger");
	CHECK_EQ(mon_quota_left(0, 0), 0, "none has none");
	CHECK_EQ(mon_quota_left(1, DAY), BURST - 1, "a byte that is not whole is not there");
	CHECK_EQ(mon_quota_left(PARTS, DAY), BURST - 1, "a byte");
	CHECK_EQ(mon_quota_left(BURST * PARTS - PARTS, DAY), 1, "the last byte");
	CHECK_EQ(mon_quota_left(BURST * PARTS - 1, DAY), 0, "a part of it");
	CHECK_EQ(mon_quota_left(BURST * PARTS, DAY), 0, "an empty bucket");
	CHECK_EQ(mon_quota_left(UINT64_MAX, DAY), 0, "a debt");
	CHECK_EQ(mon_quota_take(0, DAY, 0), 0, "nothing taken");
	CHECK_EQ(mon_quota_take(7, DAY, 3), 7 + 3 * PARTS, "three bytes");
	CHECK_EQ(mon_quota_take(BURST * PARTS, DAY, 5), (BURST + 5) * PARTS, "a debt is remembered");
	CHECK_EQ(mon_quota_take(0, DAY, SIZE_MAX), 2 * BURST * PARTS, "up to two buckets");
	CHECK_EQ(mon_quota_take(UINT64_MAX, DAY, 1), 2 * BURST * PARTS, "and no more");
	CHECK_EQ(mon_quota_left(mon_quota_first(DAY), DAY), MON_QUOTA_FIRST, "a new name");
	CHECK_EQ(mon_quota_left(mon_quota_first(1000), 1000), 1000, "has no more than its bucket");
	CHECK_EQ(mon_quota_left(mon_quota_first(0), 0), 0, "nor than nothing");
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
only_work(uint64_t quota)
{
	memset(&targets, 0, sizeof(targets));
	strcpy(targets.list[0].vm, "work");
	targets.list[0].ask = true;
	targets.n = 1;
	targets.quota = quota;
}

/* What may "work" have filed in a poll at ${now}?  Then it has ${filed} bytes filed. */
static size_t
poll_at(int fd, time_t now, size_t filed, enum mon_target_result result)
{
	size_t allowed;

	only_work(DAY);
	assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
	allowed = targets.list[0].allowed;
	if (targets.list[0].result != MON_TARGET_BACKOFF) {
		targets.list[0].result = result;
		targets.list[0].filed = filed;
	}
	assert_int_equal(mon_history_keep(fd, now, &targets), 0);
	return allowed;
}

#define SHARE(seconds) ((size_t)((uint64_t)(seconds)*DAY / 86400))

static void
remembers_what_was_filed(void **state)
{
	/* The time of each poll, what is allowed then, and what is filed. */
	static const struct {
		const char *what;
		time_t at;
		size_t allowed, filed;
		enum mon_target_result result;
	} polls[] = {
		{ "a new name", 100000, MON_QUOTA_FIRST, MON_QUOTA_FIRST, MON_TARGET_OK },
		{ "the same second", 100000, 0, 0, MON_TARGET_TOO_BIG },
		{ "a second", 100001, SHARE(1), 0, MON_TARGET_TOO_BIG },
		{ "ten", 100010, SHARE(10), 500, MON_TARGET_OK },
		{ "what is spared is kept", 100020, SHARE(20) - 500, 0, MON_TARGET_TIMEOUT },
		{ "it grows while it is left alone", 100030, SHARE(30) - 500, 0, MON_TARGET_OK },
		{ "and is not lost by that", 100040, SHARE(40) - 500, 0, MON_TARGET_OK },
		{ "an hour and a half", 100040 + HOUR * 3 / 2, BURST, BURST, MON_TARGET_OK },
		{ "empty", 100040 + HOUR * 3 / 2, 0, 0, MON_TARGET_NONE },
		{ "a year ahead: no more than a bucket", 100000 + HOUR * 8760, BURST, BURST, MON_TARGET_OK },
		{ "back again: nothing for that", 110000, 0, 0, MON_TARGET_OK },
		{ "and from there on as ever", 110010, SHARE(10), 0, MON_TARGET_OK },
		{ "an hour back: nothing is lost", 106410, SHARE(10), 0, MON_TARGET_OK },
		{ "and it goes on", 106420, SHARE(20), 0, MON_TARGET_OK },
		{ "a day without it: a new name", 106420 + 25 * HOUR, BURST, 0, MON_TARGET_NONE },
	};
	int fd = fresh_folder();

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(polls); i++) {
		size_t got = poll_at(fd, polls[i].at, polls[i].filed, polls[i].result);

		/* A part of a byte may be missing where shares are added. */
		CHECK(got == polls[i].allowed || got + 1 == polls[i].allowed, "%s: %zu, not %zu",
		    polls[i].what, got, polls[i].allowed);
	}
	drop_folder(fd);
	check_done();
}

static void
survives_an_odd_memory(void **state)
{
	static const struct {
		const char *what, *file;
		size_t allowed; /* at the time 1000 */
	} files[] = {
		{ "no file", NULL, MON_QUOTA_FIRST },
		{ "another name", "play ok 0 0 1000 0\n", MON_QUOTA_FIRST },
		{ "an older version", "work ok 0 0 1000\n", BURST },
		{ "nothing owed", "work ok 0 0 1000 0\n", BURST },
		{ "a byte owed", "work ok 0 0 1000 86400\n", BURST - 1 },
		{ "a bucket owed", "work ok 0 0 1000 90596966400\n", 0 },
		{ "a bucket owed ten seconds ago", "work ok 0 0 990 90596966400\n", SHARE(10) },
		{ "more than can be", "work ok 0 0 1000 9223372036854775807\n", 0 },
		{ "more than can be, long ago", "work ok 0 0 0 9223372036854775807\n", SHARE(1000) },
		{ "of a time to come", "work ok 0 0 9223372036854775807 90596966400\n", 0 },
		{ "over the numbers", "work ok 0 0 1000 9223372036854775808\n", MON_QUOTA_FIRST },
		{ "negative", "work ok 0 0 1000 -1\n", MON_QUOTA_FIRST },
		{ "cut off", "work ok 0 0 1000 905", MON_QUOTA_FIRST },
	};
	int fd = fresh_folder();

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(files); i++) {
		size_t want = files[i].allowed;

		if (files[i].file != NULL)
			put_history(fd, files[i].file);
		/* Two buckets are the most that can be owed: the first is paid before any may be spent. */
		if (strstr(files[i].file != NULL ? files[i].file : "", " 0 0 9223372036854775807\n") != NULL)
			want = 0;
		CHECK_EQ(poll_at(fd, 1000, 0, MON_TARGET_OK), want, "%s", files[i].what);
		/* And it never takes longer than to fill two buckets. */
		CHECK_EQ(poll_at(fd, 1000 + 3 * HOUR, 0, MON_TARGET_OK), BURST, "%s", files[i].what);
		unlinkat(fd, "scrape-history", 0);
	}
	/* What cannot be read at all is as good as nothing known, and no end of the quota. */
	assert_int_equal(mkdirat(fd, "scrape-history", 0700), 0);
	only_work(DAY);
	CHECK(mon_history_recall(fd, 1000, true, &targets) < 0, "a folder in its place");
	CHECK_EQ(targets.list[0].allowed, MON_QUOTA_FIRST, "a folder in its place");
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
	put_history(fd, "work ok 0 0 1000 90596966400\n");
	only_work(DAY);
	targets.list[0].allowed = 12345;
	assert_int_equal(mon_history_recall(fd, 1000, false, &targets), 0);
	CHECK_EQ(targets.list[0].allowed, 12345, "as the caller has set it");
	targets.list[0].result = MON_TARGET_OK;
	targets.list[0].filed = SHARE(10);
	assert_int_equal(mon_history_keep(fd, 1000, &targets), 0);
	CHECK_EQ(poll_at(fd, 1010, 0, MON_TARGET_OK), 0, "the debt is paid first");
	CHECK(poll_at(fd, 1020, 0, MON_TARGET_OK) >= SHARE(10) - 1, "then it goes on");
	drop_folder(fd);
	check_done();
}

/* Two runs at once both see what is left, and both spend it: the second bucketful is owed. */
static void
counts_two_runs_at_once(void **state)
{
	static struct mon_targets other;
	size_t sum = 0;
	int fd = fresh_folder();

	(void)state;
	put_history(fd, "work ok 0 0 1000 0\n");
	for (time_t now = 1000; now < 1000 + 6 * HOUR; now += 10) {
		only_work(DAY);
		assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
		other = targets;
		assert_int_equal(mon_history_recall(fd, now, true, &other), 0);
		other.list[0].filed = targets.list[0].filed =
		    targets.list[0].allowed < 60000 ? targets.list[0].allowed : 60000;
		sum += 2 * targets.list[0].filed;
		assert_int_equal(mon_history_keep(fd, now, &targets), 0);
		assert_int_equal(mon_history_keep(fd, now, &other), 0);
	}
	CHECK(sum <= BURST + 60000 + SHARE(6 * HOUR), "%zu bytes in six hours", sum);
	drop_folder(fd);
	check_done();
}

/* One poll in which the qubes q<from> to q<to> run, each has all filed that it may. */
static size_t
crowd_at(int fd, time_t now, int from, int to)
{
	size_t sum = 0;

	memset(&targets, 0, sizeof(targets));
	targets.quota = DAY;
	for (int i = from; i < to; i++)
		sprintf(targets.list[targets.n++].vm, "q%d", i);
	assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
	for (size_t i = 0; i < targets.n; i++) {
		targets.list[i].result = MON_TARGET_OK;
		sum += targets.list[i].filed = targets.list[i].allowed;
	}
	assert_int_equal(mon_history_keep(fd, now, &targets), 0);
	return sum;
}

/* Names without end do not wash out what those owe that are still there. */
static void
is_not_crowded_out(void **state)
{
	int fd = fresh_folder();
	time_t now = 1000;

	(void)state;
	CHECK_EQ(crowd_at(fd, now, 0, MON_VMS_MAX), (size_t)MON_VMS_MAX * MON_QUOTA_FIRST, "all new");
	CHECK_EQ(crowd_at(fd, now, 0, MON_VMS_MAX), 0, "all known");
	/* The half of them are gone, and others come, more than there is room for. */
	for (int i = 0; i < 4; i++) {
		const int gone = MON_VMS_MAX / 2 * (i + 1);

		CHECK_EQ(crowd_at(fd, ++now, gone, gone + MON_VMS_MAX / 2),
		    MON_VMS_MAX / 2 * (i == 0 ? SHARE(1) : MON_QUOTA_FIRST), "round %d", i);
		CHECK_EQ(crowd_at(fd, now, gone, gone + MON_VMS_MAX / 2), 0, "round %d, known", i);
	}
	/* Records of a time to come make room, too. */
	CHECK_EQ(crowd_at(fd, now + 8760 * HOUR, 90000, 90000 + MON_VMS_MAX),
	    (size_t)MON_VMS_MAX * MON_QUOTA_FIRST, "a year ahead");
	(void)crowd_at(fd, ++now, 0, 1); /* the clock is right again */
	CHECK_EQ(crowd_at(fd, ++now, 50000, 50000 + MON_VMS_MAX),
	    (size_t)MON_VMS_MAX * MON_QUOTA_FIRST, "new ones");
	CHECK_EQ(crowd_at(fd, now, 50000, 50000 + MON_VMS_MAX), 0, "and they are known");
	drop_folder(fd);
	check_done();
}

/* ---- a day ---- */

/* The answer of which the most is filed that the bounds of one allow. */
static size_t
worst_answer(char *dst)
{
	static const char *const begin[] = { "net: ", "disk: ", "custom: " };
	static const char *const end[] = { ",1,0,0,1,0,0\n", ",/,1,1,1,1%\n", ",1\n" };
	size_t n = 0;

	for (size_t kind = 0; kind < CHECK_LEN(begin); kind++)
		for (int i = 0; i < MON_KIND_ROWS; i++)
			n += (size_t)sprintf(dst + n, "%sn%0*d%s", begin[kind], 136, i, end[kind]);
	for (int i = 0; i < MON_KIND_ROWS; i++)
		n += (size_t)sprintf(dst + n, "conn: 9223372036854775807,9223372036854775807\n");
	return n;
}

/*
 * ${polls} polls, ${step} seconds apart, each answered by the ${len} bytes: what was filed of them.
 * ${ret_least} is the fewest lines taken from one of them.
 */
static uint64_t
attack(uint64_t quota, time_t step, int polls, const char *answer, size_t len, size_t *ret_least)
{
	static char copy[MON_ANSWER_MAX], out[MON_INTAKE_MAX];
	uint64_t sum = 0;
	size_t least = SIZE_MAX;
	int fd = fresh_folder();

	for (time_t now = 1756598400; polls > 0; now += step, polls--) {
		struct mon_target *t = &targets.list[0];
		enum mon_wire_err reason = MON_WIRE_OK;

		only_work(quota);
		strcpy(t->vm, "a-name-as-long-as-a-name-may-be"); /* the longest stamp */
		assert_int_equal(mon_history_recall(fd, now, true, &targets), 0);
		t->result = MON_TARGET_OK;
		memcpy(copy, answer, len);
		sum += mon_intake_lines(copy, len, true, "2025-08-31T12:00:10Z", t, out, &reason);
		least = t->lines < least ? t->lines : least;
		assert_int_equal(mon_history_keep(fd, now, &targets), 0);
	}
	drop_folder(fd);
	*ret_least = least;
	return sum;
}

/*
 * A day of the worst attack.  Without a quota all polls are alike, after the first ones, in which
 * the name is new.
 */
static void
holds_for_a_day(void **state)
{
	static char answer[MON_ANSWER_MAX + 1];
	size_t len = worst_answer(answer), least = 0;
	uint64_t free_one = attack(UINT64_MAX, 10, 101, answer, len, &least), sum;

	(void)state;
	assert_true(len <= MON_ANSWER_MAX);
	free_one = (free_one - MON_QUOTA_FIRST) / 100;
	CHECK(free_one > MON_ANSWER_MAX / 5 * 6, "%llu bytes a poll are not the worst",
	    (unsigned long long)free_one);
	sum = attack(DAY, 10, 8640, answer, len, &least);
	printf("the worst attack in a day of 8,640 polls: without a quota %.1f MB, with it %.1f MB\n",
	    (double)free_one * 8640 / 1e6, (double)sum / 1e6);
	CHECK(sum <= DAY + MON_QUOTA_FIRST, "%llu bytes", (unsigned long long)sum);
	CHECK(sum > DAY - DAY / 10, "%llu bytes: what is allowed can be used", (unsigned long long)sum);
	check_done();
}

/* One that sends too many alerts keeps its figures, for they come first: at each poll of three hours. */
static void
keeps_the_figures_of_the_chatty(void **state)
{
	static char answer[MON_ANSWER_MAX];
	size_t len, figures = 4, least = 0;
	uint64_t sum;

	(void)state;
	len = (size_t)sprintf(answer, "sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\n"
				      "net: eth0,1234567,0,0,7654321,0,0\nconn: 12,4\n"
				      "disk: /dev/xvdb,/rw,52428800,1000000,51428800,2%%\n");
	for (int i = 0; i < MON_ALERTS_MAX; i++)
		len += (size_t)sprintf(answer + len, "alert: Aug 31 12:00:09 chatty: %0400d\n", i);
	sum = attack(DAY, 10, 1080, answer, len, &least);
	CHECK(sum <= SHARE(3 * HOUR) + MON_QUOTA_FIRST, "%llu bytes", (unsigned long long)sum);
	CHECK(least >= figures, "%zu lines of one poll", least);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(refills_by_the_share_of_the_time),
		CHECK_TEST(refills_alike_in_any_steps),
		CHECK_TEST(takes_and_leaves),
		CHECK_TEST(remembers_what_was_filed),
		CHECK_TEST(survives_an_odd_memory),
		CHECK_TEST(lets_a_person_see),
		CHECK_TEST(counts_two_runs_at_once),
		CHECK_TEST(is_not_crowded_out),
		CHECK_TEST(holds_for_a_day),
		CHECK_TEST(keeps_the_figures_of_the_chatty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
