/* test_day.c - the Monitor folder, its days and their lock. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "check_folder.h"
#include "cleanup.h"
#include "day.h"
#include "dir.h"
#include "caps.h"
#include "stamp.h"

#define DAY 20331 /* 2025-08-31 */
#define NAME "2025-08-31"

/* An empty folder "base" for one test. */
static int
fresh_base(void)
{
	int fd;

	assert_int_equal(system("rm -rf base"), 0);
	fd = mon_dir_open("base", true);
	assert_true(fd >= 0);
	return fd;
}

static void
touch(int dirfd, const char *name, const char *text)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
opens_the_base(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(system("rm -rf base file link dangling"), 0);
	CHECK_EQ(mon_dir_open("base", false), -ENOENT, "missing, not to be made");
	CHECK_EQ(mon_dir_open("no/base", true), -ENOENT, "the parent is missing");
	fd = mon_dir_open("base", true);
	CHECK(fd >= 0, "made");
	CHECK(fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0700, "0700");
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC, "not inherited");
	close(fd);
	fd = mon_dir_open("base", true);
	CHECK(fd >= 0, "there already");
	close(fd);
	touch(AT_FDCWD, "file", "x");
	CHECK_EQ(mon_dir_open("file", true), -ENOTDIR, "a file");
	assert_int_equal(symlink("base", "link"), 0);
	fd = mon_dir_open("link", true);
	CHECK(fd >= 0, "a person may put the folder elsewhere by a symlink");
	close(fd);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	CHECK_EQ(mon_dir_open("dangling", true), -ENOENT, "a dangling symlink");
	check_done();
}

/* What stands where the folder of the day should be. */
static void
opens_and_makes_days(void **state)
{
	static const struct {
		const char *what, *set_up;
		int open, create; /* 0: a descriptor */
	} cases[] = {
		{ "missing", "true", -ENOENT, 0 },
		{ "a folder", "mkdir base/" NAME, 0, 0 },
		{ "a file", "touch base/" NAME, -ENOTDIR, -ENOTDIR },
		{ "a symlink to a folder", "mkdir base/x; ln -s x base/" NAME, -ENOTDIR, -ENOTDIR },
		{ "a symlink to elsewhere", "mkdir -p elsewhere; ln -s ../elsewhere base/" NAME,
		    -ENOTDIR, -ENOTDIR },
		{ "a symlink to nothing", "ln -s nothing base/" NAME, -ENOTDIR, -ENOTDIR },
		{ "a FIFO", "mkfifo base/" NAME, -ENOTDIR, -ENOTDIR },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		cleanup_fd int base = fresh_base();
		struct stat st, named;
		int fd;

		assert_int_equal(system(cases[i].set_up), 0);
		fd = mon_day_open(base, DAY);
		CHECK_EQ(fd < 0 ? fd : 0, cases[i].open, "%s: open", cases[i].what);
		if (fd >= 0)
			close(fd);
		fd = mon_day_create(base, DAY);
		CHECK_EQ(fd < 0 ? fd : 0, cases[i].create, "%s: create", cases[i].what);
		if (fd < 0)
			continue;
		CHECK(fstat(fd, &st) == 0 &&
			  fstatat(base, NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
			  st.st_ino == named.st_ino && S_ISDIR(st.st_mode),
		    "%s: the folder of that name", cases[i].what);
		CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC, "%s: not inherited", cases[i].what);
		if (cases[i].open == -ENOENT)
			CHECK_EQ(st.st_mode & 07777, 0700, "%s: mode", cases[i].what);
		close(fd);
	}
	CHECK_EQ(mon_day_open(AT_FDCWD, -1), -EINVAL, "before 1970");
	CHECK_EQ(mon_day_create(AT_FDCWD, LONG_MAX), -EINVAL, "after 9999");
	check_done();
}

static void
lists_days(void **state)
{
	static const char set_up[] =
	    "cd base && mkdir 2025-08-31 2024-02-29 9999-12-31 1970-01-01 2025-02-29 2025-8-31 "
	    "2025-08-31x .2025-08-31 2025-08-311 20250831 1969-12-31 x '2025-08-3 ' && "
	    "touch 2025-09-01 archives.csv && ln -s 2025-08-31 2025-09-02 && mkfifo 2025-09-03 && "
	    "ln -s nowhere 2025-09-04";
	static const long want[] = { 0, 19782, DAY, 2932896 };
	cleanup_fd int base = fresh_base();
	cleanup_free long *days = NULL, *many = NULL;
	size_t len = 99;

	(void)state;
	CHECK_EQ(mon_day_list(base, &days, &len), 0, "empty");
	CHECK(days == NULL && len == 0, "empty");
	assert_int_equal(system(set_up), 0);
	CHECK_EQ(mon_day_list(base, &days, &len), 0, "list");
	CHECK(len == CHECK_LEN(want) && memcmp(days, want, sizeof(want)) == 0,
	    "%zu days, oldest first", len);
	/* More than it has room for at first, in an order that is not theirs. */
	for (long day = 1500; day < 2000; day++) {
		char name[MON_DAY_LEN + 1];

		assert_true(mon_stamp_format_day(day * 7919 % 10007, name));
		assert_true(mkdirat(base, name, 0700) == 0 || errno == EEXIST);
	}
	CHECK_EQ(mon_day_list(base, &many, &len), 0, "many");
	CHECK(len >= 500, "%zu days", len);
	for (size_t i = 1; i < len; i++)
		CHECK(many[i - 1] < many[i], "%ld before %ld", many[i - 1], many[i]);
	check_done();
}

static void
tells_errors(void **state)
{
	static const long no_days[] = { -1, 2932897 /* 10000-01-01 */, LONG_MAX, LONG_MIN };
	cleanup_fd int base = fresh_base();
	cleanup_fd int other = mon_dir_open("base", false);
	long *days;
	size_t len;
	struct mon_day_content content;

	(void)state;
	check_fill(&days, sizeof(days));
	check_fill(&len, sizeof(len));
	check_fill(&content, sizeof(content));
	CHECK_EQ(mon_day_list(-1, &days, &len), -EBADF, "no folder");
	CHECK_EQ(mon_day_measure(-1, &content), -EBADF, "no folder");
	CHECK(check_untouched(&days, sizeof(days)) && check_untouched(&len, sizeof(len)) &&
		  check_untouched(&content, sizeof(content)),
	    "untouched");
	CHECK_EQ(mon_day_open(-1, DAY), -EBADF, "no folder");
	CHECK_EQ(mon_day_create(-1, DAY), -EBADF, "no folder");
	CHECK_EQ(mon_dir_lock(-1, 10), -EBADF, "no folder");
	CHECK_EQ(mon_day_lock(-1, DAY, -1), -EBADF, "no folder");
	CHECK_EQ(mon_day_empty(-1), -EBADF, "no folder");
	CHECK_EQ(mon_day_date(-1, DAY), -EBADF, "no folder");
	for (size_t i = 0; i < CHECK_LEN(no_days); i++) {
		CHECK_EQ(mon_day_open(AT_FDCWD, no_days[i]), -EINVAL, "day %ld", no_days[i]);
		CHECK_EQ(mon_day_create(AT_FDCWD, no_days[i]), -EINVAL, "day %ld", no_days[i]);
		CHECK_EQ(mon_day_lock(AT_FDCWD, no_days[i], base), -EINVAL, "day %ld", no_days[i]);
		CHECK_EQ(mon_dir_lock(other, 0), 0, "not locked, day %ld", no_days[i]);
		mon_dir_unlock(other);
	}
	check_done();
}

/* Another process has the lock: it is waited for, but no longer than asked. */
static void
excludes_others(void **state)
{
	cleanup_fd int base = fresh_base();
	int mine = mon_day_create(base, DAY), held[2], go[2], status;
	pid_t pid;
	char c;

	(void)state;
	assert_true(mine >= 0 && pipe(held) == 0 && pipe(go) == 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int theirs = mon_day_open(base, DAY);

		close(go[1]);
		if (theirs < 0 || mon_dir_lock(theirs, 0) != 0 || write(held[1], "x", 1) != 1)
			_exit(1);
		/* Hold it until we are told, then give it back by hand, then live on a little. */
		if (read(go[0], &c, 1) != 1)
			_exit(2);
		mon_dir_unlock(theirs);
		exit(read(go[0], &c, 1) != 1);
	}
	assert_int_equal(read(held[0], &c, 1), 1);
	CHECK_EQ(mon_dir_lock(mine, 0), -ETIMEDOUT, "held by another, no wait");
	CHECK_EQ(mon_dir_lock(mine, 30), -ETIMEDOUT, "held by another, a short wait");
	assert_int_equal(write(go[1], "x", 1), 1);
	CHECK_EQ(mon_dir_lock(mine, 60000), 0, "given back");
	CHECK_EQ(mon_dir_lock(mine, 0), 0, "ours already");
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0, "the other process");
	close(mine);
	close(held[0]), close(held[1]), close(go[0]), close(go[1]);
	check_done();
}

/* A process that dies lets go of the lock; a second descriptor of our own excludes, too. */
static void
lock_ends_with_its_holder(void **state)
{
	cleanup_fd int base = fresh_base();
	int mine = mon_day_create(base, DAY), other = mon_day_open(base, DAY), held[2], status;
	pid_t pid;
	char c;

	(void)state;
	assert_true(mine >= 0 && other >= 0 && pipe(held) == 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int theirs = mon_day_open(base, DAY);

		if (mon_dir_lock(theirs, 0) == 0 && write(held[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(held[0], &c, 1), 1);
	CHECK_EQ(mon_dir_lock(mine, 0), -ETIMEDOUT, "alive");
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	CHECK_EQ(mon_dir_lock(mine, 0), 0, "killed");
	CHECK_EQ(mon_dir_lock(other, 0), -ETIMEDOUT, "our own other descriptor");
	close(mine);
	CHECK_EQ(mon_dir_lock(other, 0), 0, "closed");
	close(other);
	close(held[0]), close(held[1]);
	check_done();
}

/* A folder that lost its name while somebody waited for its lock is not the day's any more. */
static void
locks_only_what_has_its_name(void **state)
{
	static const struct {
		const char *what, *meanwhile;
		int want;
	} cases[] = {
		{ "nothing happened", "true", 0 },
		{ "a file came", "touch " NAME "/system.csv", 0 },
		{ "set aside by mon-prune", "mv " NAME " .pruned-" NAME, -ENOENT },
		{ "deleted", "rmdir " NAME, -ENOENT },
		{ "deleted and made anew", "rmdir " NAME " && mkdir x && mkdir " NAME, -ENOENT },
		{ "a symlink to it", "mv " NAME " x && ln -s x " NAME, -ENOENT },
		{ "a file of that name", "rmdir " NAME " && touch " NAME, -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		cleanup_fd int base = fresh_base();
		cleanup_fd int day = mon_day_create(base, DAY);
		cleanup_fd int other = mon_day_open(base, DAY);
		char command[300];

		assert_true(day >= 0 && other >= 0);
		snprintf(command, sizeof(command), "cd base && %s", cases[i].meanwhile);
		assert_int_equal(system(command), 0);
		CHECK_EQ(mon_day_lock(base, DAY, day), cases[i].want, "%s", cases[i].what);
		CHECK_EQ(mon_dir_lock(other, 0), cases[i].want == 0 ? -ETIMEDOUT : 0,
		    "%s: the lock", cases[i].what);
	}
	check_done();
}

static void
measures_and_empties(void **state)
{
	static const struct {
		const char *what, *set_up;
		uint64_t bytes;
		size_t foreign;
		const char *name; /* of the first that is not ours, where there is one only */
	} cases[] = {
		{ "nothing", "true", 0, 0, "" },
		{ "ours", "printf 12345 >system.csv; printf 123 >custom.csv", 8, 0, "" },
		{ "a leftover of ours", "printf 12345 >.disk.csv.tmp", 0, 0, "" },
		{ "another file", "printf 12345 >notes.txt", 0, 1, "notes.txt" },
		{ "a folder", "mkdir sub", 0, 1, "sub" },
		{ "a folder with our name", "mkdir system.csv", 0, 1, "system.csv" },
		{ "a symlink with our name", "echo mine >../mine; ln -s ../mine system.csv", 0, 1,
		    "system.csv" },
		{ "a FIFO with our name", "mkfifo disk.csv", 0, 1, "disk.csv" },
		{ "the ledger belongs elsewhere", "touch archives.csv", 0, 1, "archives.csv" },
		{ "nearly ours", "touch system.csvx", 0, 1, "system.csvx" },
		{ "nearly a leftover", "touch .x.csv.tmp", 0, 1, ".x.csv.tmp" },
		{ "a name that draws on the terminal", "touch \"$(printf 'a\\033[2J\\nb')\"", 0, 1,
		    "a\\033[2J\\012b" },
		{ "two and one of ours", "touch a b; printf 12 >disk.csv", 2, 2, NULL },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		cleanup_fd int base = fresh_base();
		cleanup_fd int day = mon_day_create(base, DAY);
		struct mon_day_content c;
		char command[300];

		assert_true(day >= 0);
		snprintf(command, sizeof(command), "cd base/" NAME " && { %s; }", cases[i].set_up);
		assert_int_equal(system(command), 0);
		CHECK_EQ(mon_day_measure(day, &c), 0, "%s", cases[i].what);
		CHECK_EQ(c.bytes, cases[i].bytes, "%s", cases[i].what);
		CHECK_EQ(c.foreign, cases[i].foreign, "%s", cases[i].what);
		if (cases[i].name != NULL)
			CHECK(strcmp(c.name, cases[i].name) == 0, "%s: %s", cases[i].what, c.name);
		if (cases[i].foreign > 0)
			continue;
		CHECK_EQ(mon_day_empty(day), 0, "%s", cases[i].what);
		CHECK_EQ(unlinkat(base, NAME, AT_REMOVEDIR), 0, "%s: empty", cases[i].what);
	}
	check_done();
}

/* mon_day_empty() deletes nothing that is not ours. */
static void
empties_only_what_is_ours(void **state)
{
	cleanup_fd int base = fresh_base();
	cleanup_fd int day = mon_day_create(base, DAY);

	(void)state;
	assert_true(day >= 0);
	assert_int_equal(
	    system("cd base/" NAME " && touch system.csv .system.csv.tmp notes archives.csv"), 0);
	CHECK_EQ(mon_day_empty(day), 0, "empty");
	CHECK_EQ(faccessat(day, "system.csv", F_OK, 0), -1, "gone");
	CHECK_EQ(faccessat(day, ".system.csv.tmp", F_OK, 0), -1, "gone");
	CHECK_EQ(faccessat(day, "notes", F_OK, 0), 0, "kept");
	CHECK_EQ(faccessat(day, "archives.csv", F_OK, 0), 0, "kept");
	CHECK_EQ(mon_day_empty(day), 0, "again");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(opens_the_base),
		CHECK_TEST(opens_and_makes_days),
		CHECK_TEST(lists_days),
		CHECK_TEST(tells_errors),
		CHECK_TEST(excludes_others),
		CHECK_TEST(lock_ends_with_its_holder),
		CHECK_TEST(locks_only_what_has_its_name),
		CHECK_TEST(measures_and_empties),
		CHECK_TEST(empties_only_what_is_ours),
	};

	return cmocka_run_group_tests(tests, check_make_folder, check_remove_folder);
}
