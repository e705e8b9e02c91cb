/* test_prune.c - the days that mon-prune is told, sizes, and the deleting itself. */
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "check_folder.h"
#include "dir.h"
#include "cleanup.h"
#include "days.h"
#include "remove.h"

#define DAY 20331 /* 2025-08-31 */

static void
test_add(void **state)
{
	static struct mon_days days;
	static const struct {
		const char *text;
		size_t len;
		bool good;
	} cases[] = {
		{ L("2025-08-31"), true },
		{ L("2025-08-30"), true },
		{ L("2025-08-31"), true },
		{ L("2025-08-3"), false },
		{ L("2025-08-31 "), false },
		{ L("2025-08-31\0"), false },
		{ L("2025-02-30"), false },
		{ L("../2025-08"), false },
		{ L(""), false },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].text, cases[i].len);
		size_t before = days.n;

		CHECK_EQ(
		    mon_days_add(&days, exact, cases[i].len), cases[i].good, "%s", cases[i].text);
		CHECK_EQ(days.n, before + cases[i].good, "%s", cases[i].text);
		free(exact);
	}
	mon_days_sort(&days);
	CHECK_EQ(days.n, 2, "each once");
	CHECK(days.day[0] == DAY - 1 && days.day[1] == DAY, "oldest first");
	while (mon_days_add(&days, "2025-08-31", 10))
		;
	CHECK_EQ(days.n, MON_DAYS_MAX, "full");
	check_done();
}

/* A base with a day of 46 bytes, and what ${command} does to it. */
static int
fresh_day(const char *command)
{
	assert_int_equal(system("rm -rf base other; mkdir -p base/2025-08-31;"
				"printf 'ts,vm,state\\n2025-08-31T10:00:00Z,work,Running\\n'"
				" >base/2025-08-31/qubes.csv"),
	    0);
	assert_int_equal(system(command), 0);
	return mon_dir_open("base", false);
}

#define BYTES 46

static void
test_remove(void **state)
{
	static const struct {
		const char *what, *command;
		uint64_t vouched; /* bytes; 0: no row */
		int want;
		const char *after; /* a command that must succeed */
	} cases[] = {
		{ "vouched for", "true", BYTES, MON_REMOVE_DONE, "test -z \"$(ls -A base)\"" },
		{ "not vouched for", "true", 0, MON_REMOVE_UNVOUCHED,
		    "test -s base/2025-08-31/qubes.csv" },
		{ "another size", "true", BYTES + 1, MON_REMOVE_UNVOUCHED,
		    "test -s base/2025-08-31/qubes.csv" },
		{ "absent", "rm -r base/*", BYTES, MON_REMOVE_ABSENT, "true" },
		{ "a foreign file", "touch base/2025-08-31/x", BYTES, MON_REMOVE_FOREIGN,
		    "test -s base/2025-08-31/qubes.csv" },
		{ "a folder inside", "mkdir base/2025-08-31/disk.csv", BYTES, MON_REMOVE_FOREIGN,
		    "test -s base/2025-08-31/qubes.csv" },
		{ "a symlink inside", "echo mine >mine; ln -s ../../mine base/2025-08-31/disk.csv",
		    BYTES, MON_REMOVE_FOREIGN, "test -s base/2025-08-31/qubes.csv" },
		{ "a symlink to a day", "mv base/2025-08-31 other; ln -s ../other base/2025-08-31",
		    BYTES, -ENOTDIR, "test -s other/qubes.csv" },
		{ "a file in its place", "rm -r base/2025-08-31; touch base/2025-08-31", BYTES,
		    -ENOTDIR, "test -e base/2025-08-31" },
		{ "what a killed mon-split left", "touch base/2025-08-31/.qubes.csv.tmp", BYTES,
		    MON_REMOVE_DONE, "test -z \"$(ls -A base)\"" },
		{ "something in the way", "mkdir base/.pruned-2025-08-31", BYTES, -EEXIST,
		    "test -s base/2025-08-31/qubes.csv" },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		cleanup_fd int basefd = fresh_day(cases[i].command);
		struct mon_ledger_row row = {
			.name = { DAY, false, 0 }, .csv_bytes = cases[i].vouched, .place = "vault"
		};
		struct mon_ledger_day d = { .day = DAY };
		struct mon_remove found;

		if (cases[i].vouched > 0) {
			cleanup_fd int dayfd = mon_day_open(basefd, DAY);

			mon_ledger_learn(&d, NULL, &row);
			if (dayfd >= 0)
				assert_int_equal(mon_day_date(dayfd, DAY), 0);
		}
		/* A dry run first: it answers the same (but for what only shows when renaming). */
		if (cases[i].want != -EEXIST) {
			CHECK_EQ(mon_remove_day(basefd, &d, true, &found), cases[i].want, "%s, dry",
			    cases[i].what);
			CHECK(cases[i].want != MON_REMOVE_DONE ||
				  system("test -d base/2025-08-31") == 0,
			    "%s: the dry run deletes nothing", cases[i].what);
		}
		check_fill(&found, sizeof(found));
		CHECK_EQ(
		    mon_remove_day(basefd, &d, false, &found), cases[i].want, "%s", cases[i].what);
		CHECK(cases[i].want >= 0 || check_untouched(&found, sizeof(found)), "%s",
		    cases[i].what);
		CHECK(cases[i].want != MON_REMOVE_DONE || found.content.bytes == BYTES, "%s",
		    cases[i].what);
		CHECK(system(cases[i].after) == 0, "%s: not %s", cases[i].what, cases[i].after);
	}
	check_done();
}

/* The day was deleted and came again, with as many bytes: the row is about the folder that is gone. */
static void
test_day_that_came_again(void **state)
{
	cleanup_fd int basefd = fresh_day("true");
	struct mon_ledger_row row = { .name = { DAY, false, 0 }, .csv_bytes = BYTES };
	struct mon_ledger_day d = { .day = DAY };
	struct mon_remove found;

	(void)state;
	strcpy(row.place, "vault");
	mon_ledger_learn(&d, NULL, &row);
	assert_int_equal(mon_remove_day(basefd, &d, false, &found), MON_REMOVE_UNVOUCHED);
	assert_int_equal(found.ledger, MON_LEDGER_OTHER);
	assert_int_equal(system("test -s base/2025-08-31/qubes.csv"), 0);
}

static void
count(void *ctx, long day, int r)
{
	long *told = ctx;

	told[r < 0] += day;
}

static void
test_leftovers(void **state)
{
	cleanup_fd int basefd = fresh_day("mkdir base/.pruned-2025-08-31 base/.pruned-2025-08-31x;"
					  "touch base/.pruned-2025-08-31/sys base/.pruned-x;"
					  "cp base/2025-08-31/qubes.csv base/.pruned-2025-08-31;"
					  "mv base/2025-08-31 base/.pruned-2025-08-30;"
					  "ln -s .pruned-2025-08-30 base/.pruned-2025-08-29");
	long told[2] = { 0, 0 };

	(void)state;
	assert_int_equal(mon_remove_leftovers(basefd, count, told), 0);
	assert_int_equal(told[0], DAY - 1);
	assert_int_equal(told[1], DAY + DAY - 2); /* a foreign file; a symlink */
	assert_int_equal(
	    system("test \"$(ls -A base | xargs)\" = "
		   "'.pruned-2025-08-29 .pruned-2025-08-31 .pruned-2025-08-31x .pruned-x'"),
	    0);
	/* Beside what is not ours, ours stays, too: somebody may want the whole. */
	assert_int_equal(
	    system("test \"$(ls base/.pruned-2025-08-31 | xargs)\" = 'qubes.csv sys'"), 0);
}

static void
test_usage(void **state)
{
	cleanup_fd int basefd = fresh_day(
	    "mkdir -p base/a/b; printf 12345 >base/a/b/c; mkdir other; head -c 9999 /dev/zero >other/y; ln -s ../../other base/a/d;"
	    "printf 12 >base/x; truncate -s 1G base/hole;"
	    "head -c 100000 /dev/zero >base/2025-08-31/disk.csv");
	uint64_t sum = 77, other = 77, want[2] = { 0, 0 };
	FILE *du;

	(void)state;
	/* What find(1) says of the blocks: of all, and of what is no day. */
	du = popen(
	    "cd base && find . -mindepth 1 -printf '%b\\n' | awk '{ n += $1 * 512 } END { print n }';"
	    "find . -mindepth 1 -path ./2025-08-31 -prune -o -mindepth 1 -printf '%b\\n' |"
	    " awk '{ n += $1 * 512 } END { print n }'",
	    "r");
	assert_non_null(du);
	assert_int_equal(fscanf(du, "%" SCNu64 " %" SCNu64, &want[0], &want[1]), 2);
	pclose(du);
	assert_int_equal(mon_remove_usage(basefd, &sum, &other), 0);
	assert_int_equal(sum, want[0]);
	assert_int_equal(other, want[1]);
	assert_true(sum >= other + 100000 && sum < 10000000);
	sum = other = 77;
	assert_int_equal(mon_remove_usage(-1, &sum, &other), -EBADF);
	assert_true(sum == 77 && other == 77);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		CHECK_TEST(test_add),
		CHECK_TEST(test_remove),
		CHECK_TEST(test_day_that_came_again),
		CHECK_TEST(test_leftovers),
		CHECK_TEST(test_usage),
	};

	return cmocka_run_group_tests(tests, check_make_folder, check_remove_folder);
}
