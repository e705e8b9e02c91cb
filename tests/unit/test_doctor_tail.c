/* test_doctor_tail.c - the end of scrape.csv, whatever stands there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "check_folder.h"
#include "io.h"
#include "schema.h"
#include "tail.h"

#define TS "2025-08-31T12:00:10Z"
#define T 1756641610
#define ROW(vm, result) TS "," vm "," result ",1,1183,1,0\n"

/* What is learnt of each text, as "VM=RESULT " from the last row on. */
/* clang-format off */
static const struct {
	const char *what, *text;
	size_t len;
	const char *want;
	size_t rows, bad;
	time_t first, last, newest;
} files[] = {
	{ "no row", L(""), "", 0, 0, 0, 0, 0 },
	{ "one", L(ROW("work", "ok")), "work=ok ", 1, 0, T, T, T },
	{ "the last row of each counts", L(ROW("work", "ok") ROW("mail", "timeout") ROW("work", "refused")), "work=refused mail=timeout ", 3, 0, T, T, T },
	{ "a row without LF is being written", L(ROW("work", "ok") TS ",work,refused,1,1,1,0"), "work=ok ", 1, 0, T, T, T },
	{ "a clock that went back", L("2025-08-31T13:00:10Z,a,ok,1,1,1,0\n" ROW("b", "ok")), "b=ok a=ok ", 2, 0, T + 3600, T, T + 3600 },
	{ "an unknown result", L(ROW("work", "fine") ROW("mail", "ok")), "mail=ok ", 1, 1, 0, T, T },
	{ "lines that are no rows", L("nonsense\n" ROW("work", "ok") "\033[31m\n\n" TS ",../x,ok,1,1,1,0\n" TS ",wo\0rk,ok,1,1,1,0\n"), "work=ok ", 1, 5, T, T, T },
	{ "a column more and one less", L(TS ",a,ok,1,1,1,0,0\n" TS ",b,ok,1,1,1\n"), "", 0, 2, 0, 0, 0 },
};
/* clang-format on */

static struct mon_tail tail;

/* Write a scrape.csv of the header and ${text} into the folder ${dirfd}. */
static void
put(int dirfd, const char *header, const char *text, size_t len)
{
	int fd = openat(dirfd, "scrape.csv", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(mon_io_write(fd, header, strlen(header)), 0);
	assert_int_equal(mon_io_write(fd, text, len), 0);
	close(fd);
}

static void
learns_the_last_rows(void **state)
{
	int dirfd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(files); i++) {
		char got[256] = "";

		put(dirfd, mon_schema[MON_KIND_SCRAPE].header, files[i].text, files[i].len);
		CHECK_EQ(mon_tail_read(dirfd, &tail), 0, "%s", files[i].what);
		for (size_t k = 0; k < tail.n; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s=%s ",
			    tail.qube[k].vm, mon_result_name(tail.qube[k].result));
		CHECK(strcmp(got, files[i].want) == 0, "%s: %s", files[i].what, got);
		CHECK_EQ(tail.rows, files[i].rows, "%s", files[i].what);
		CHECK_EQ(tail.bad, files[i].bad, "%s", files[i].what);
		CHECK_EQ(tail.first, files[i].first, "%s", files[i].what);
		CHECK_EQ(tail.last, files[i].last, "%s", files[i].what);
		CHECK_EQ(tail.newest, files[i].newest, "%s", files[i].what);
	}
	close(dirfd);
	check_done();
}

/* More rows and more qubes than are looked at: the last ones count. */
static void
reads_only_the_end(void **state)
{
	int dirfd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	char row[128];

	(void)state;
	put(dirfd, mon_schema[MON_KIND_SCRAPE].header, ROW("first", "ok"),
	    sizeof(ROW("first", "ok")) - 1);
	fd = openat(dirfd, "scrape.csv", O_WRONLY | O_APPEND);
	for (int i = 0; i < MON_TAIL_ROWS + 100; i++) {
		int n = snprintf(row, sizeof(row), TS ",q%d,ok,1,%d,1,0\n", i % 2000, i);

		assert_int_equal(mon_io_write(fd, row, (size_t)n), 0);
	}
	close(fd);
	CHECK_EQ(mon_tail_read(dirfd, &tail), 0, "read");
	CHECK_EQ(tail.rows, MON_TAIL_ROWS, "rows");
	CHECK_EQ(tail.n, MON_VMS_MAX, "qubes");
	CHECK_EQ(tail.qube[0].bytes, MON_TAIL_ROWS + 99, "the last one");
	CHECK_EQ(tail.first, T, "the first row of the file");
	CHECK(mon_tail_find(&tail, "first") == NULL, "too long ago");
	close(dirfd);
	check_done();
}

static void
refuses_other_files(void **state)
{
	int dirfd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	memset(&tail, 0, sizeof(tail));
	unlinkat(dirfd, "scrape.csv", 0);
	CHECK_EQ(mon_tail_read(dirfd, &tail), -ENOENT, "none");
	put(dirfd, "ts,vm,other\n", "", 0);
	CHECK_EQ(mon_tail_read(dirfd, &tail), -EBADMSG, "another header");
	unlinkat(dirfd, "scrape.csv", 0);
	assert_int_equal(mkfifoat(dirfd, "scrape.csv", 0600), 0);
	CHECK_EQ(mon_tail_read(dirfd, &tail), -ENXIO, "a FIFO");
	unlinkat(dirfd, "scrape.csv", 0);
	assert_int_equal(symlinkat("elsewhere", dirfd, "scrape.csv"), 0);
	CHECK_EQ(mon_tail_read(dirfd, &tail), -ELOOP, "a symlink");
	CHECK_EQ(tail.rows, 0, "untouched");
	close(dirfd);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(learns_the_last_rows),
		CHECK_TEST(reads_only_the_end),
		CHECK_TEST(refuses_other_files),
	};

	return cmocka_run_group_tests(tests, check_make_folder, check_remove_folder);
}
