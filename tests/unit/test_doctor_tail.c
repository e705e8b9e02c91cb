/* test_doctor_tail.c - the end of scrape.csv, whatever stands there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "io.h"
#include "schema.h"
#include "tail.h"

#define TS "2025-08-31T12:00:10Z"
#define T 1756641610

/* clang-format off */
static const struct {
	const char *what, *row;
	size_t len;
	bool good;
	enum mon_target_result result;
	uint64_t rejected;
} rows[] = {
	{ "a good row", L(TS ",work,ok,41,1183,13,0"), true, MON_TARGET_OK, 0 },
	{ "lines rejected", L(TS ",work,too-big,41,65536,13,257"), true, MON_TARGET_TOO_BIG, 257 },
	{ "the largest number", L(TS ",work,ok,1,1,1,9223372036854775807"), true, MON_TARGET_OK, INT64_MAX },
	{ "one past it", L(TS ",work,ok,1,1,1,9223372036854775808"), false, 0, 0 },
	{ "an unknown result", L(TS ",work,fine,41,1183,13,0"), false, 0, 0 },
	{ "never asked", L(TS ",work,none,41,1183,13,0"), false, 0, 0 },
	{ "a column less", L(TS ",work,ok,41,1183,13"), false, 0, 0 },
	{ "a column more", L(TS ",work,ok,41,1183,13,0,0"), false, 0, 0 },
	{ "an empty last column", L(TS ",work,ok,41,1183,13,"), false, 0, 0 },
	{ "leading zero", L(TS ",work,ok,041,1183,13,0"), false, 0, 0 },
	{ "minus", L(TS ",work,ok,-1,1183,13,0"), false, 0, 0 },
	{ "a stamp that is none", L("2025-08-32T12:00:10Z,work,ok,1,1,1,0"), false, 0, 0 },
	{ "no stamp", L(",work,ok,1,1,1,0"), false, 0, 0 },
	{ "a path for a name", L(TS ",../x,ok,1,1,1,0"), false, 0, 0 },
	{ "a name of 31", L(TS ",aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,ok,1,1,1,0"), true, MON_TARGET_OK, 0 },
	{ "a name of 32", L(TS ",aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,ok,1,1,1,0"), false, 0, 0 },
	{ "a NUL in a name", L(TS ",wo\0rk,ok,1,1,1,0"), false, 0, 0 },
	{ "an escape", L(TS ",work,\033[31m,1,1,1,0"), false, 0, 0 },
	{ "CR at the end", L(TS ",work,ok,1,1,1,0\r"), false, 0, 0 },
	{ "a stamp alone", L(TS), false, 0, 0 },
	{ "a stamp and a comma", L(TS ","), false, 0, 0 },
	{ "empty", L(""), false, 0, 0 },
};
/* clang-format on */

static void
parses_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(rows); i++) {
		char *exact = check_dup(rows[i].row, rows[i].len);
		struct mon_tail_row got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(
		    mon_tail_parse(exact, rows[i].len, &got), rows[i].good, "%s", rows[i].what);
		if (rows[i].good) {
			CHECK_EQ(got.ts, T, "%s", rows[i].what);
			CHECK_EQ(got.result, rows[i].result, "%s", rows[i].what);
			CHECK(got.bytes == 1 || got.bytes == 1183 || got.bytes == 65536, "%s",
			    rows[i].what);
			CHECK_EQ(got.rejected, rows[i].rejected, "%s", rows[i].what);
		} else {
			CHECK(check_untouched(&got, sizeof(got)), "%s", rows[i].what);
		}
		free(exact);
	}
	check_done();
}

/* What is learnt of each text, as "VM=RESULT " in the order of the table. */
/* clang-format off */
static const struct {
	const char *what, *text;
	size_t len;
	const char *want;
	time_t last, newest;
	size_t bad;
} texts[] = {
	{ "nothing", L(""), "", 0, 0, 0 },
	{ "the last row of each counts", L(TS ",a,ok,1,1,1,0\n" TS ",b,ok,1,1,1,0\n2025-08-31T12:00:20Z,a,timeout,1,1,1,0\n"), "a=timeout b=ok ", T + 10, T + 10, 0 },
	{ "the order counts, not the stamp: the clock went back", L(TS ",a,ok,1,1,1,0\n2025-08-31T12:00:00Z,a,refused,1,1,1,0\n"), "a=refused ", T - 10, T, 0 },
	{ "a row without LF", L(TS ",a,ok,1,1,1,0\n" TS ",a,refused,1,1,1,0"), "a=ok ", T, T, 0 },
	{ "only a row without LF", L(TS ",a,ok,1,1,1,0"), "", 0, 0, 0 },
	{ "lines that are none", L("x\n\n" TS ",a,ok,1,1,1,0\n\0\n"), "a=ok ", T, T, 3 },
};
/* clang-format on */

static void
learns_the_last_rows(void **state)
{
	static struct mon_tail tail;

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(texts); i++) {
		char *exact = check_dup(texts[i].text, texts[i].len), got[256] = "";
		size_t n = 0;

		memset(&tail, 0, sizeof(tail));
		mon_tail_learn(&tail, exact, texts[i].len);
		for (size_t k = 0; k < tail.n; k++)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s=%s ", tail.qube[k].vm,
			    mon_target_result_name(tail.qube[k].result));
		CHECK(strcmp(got, texts[i].want) == 0, "%s: '%s'", texts[i].what, got);
		CHECK_EQ(tail.last, texts[i].last, "%s", texts[i].what);
		CHECK_EQ(tail.newest, texts[i].newest, "%s", texts[i].what);
		CHECK_EQ(tail.bad, texts[i].bad, "%s", texts[i].what);
		free(exact);
	}
	check_done();
}

static void
forgets_the_oldest_of_too_many(void **state)
{
	static struct mon_tail tail;
	char row[128];

	(void)state;
	memset(&tail, 0, sizeof(tail));
	for (int i = 0; i < MON_VMS_MAX + 10; i++) {
		/* first stays fresh: it has a row after each other one */
		int n =
		    snprintf(row, sizeof(row), TS ",q%d,ok,1,1,1,0\n" TS ",first,ok,1,1,1,0\n", i);

		mon_tail_learn(&tail, row, (size_t)n);
	}
	CHECK_EQ(tail.n, MON_VMS_MAX, "no more than the table");
	CHECK(mon_tail_find(&tail, "first") != NULL, "the one that is in every poll");
	CHECK(mon_tail_find(&tail, "q1033") != NULL, "the last");
	CHECK(mon_tail_find(&tail, "q1024") != NULL, "the first that found no free place");
	CHECK(mon_tail_find(&tail, "q0") == NULL, "the oldest");
	check_done();
}

/* Make scrape.csv in the folder ${fd} of a header, ${n} rows and ${end}. */
static void
make(int fd, const char *header, int n, const char *end)
{
	int out = openat(fd, "scrape.csv", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char row[128];

	assert_true(out >= 0 && mon_io_write(out, header, strlen(header)) == 0);
	for (int i = 0; i < n; i++) {
		snprintf(row, sizeof(row), "2025-08-31T%02d:%02d:%02dZ,work,ok,%d,1,1,0\n",
		    i / 3600, i / 60 % 60, i % 60, i);
		assert_true(mon_io_write(out, row, strlen(row)) == 0);
	}
	assert_true(mon_io_write(out, end, strlen(end)) == 0);
	close(out);
}

static void
reads_the_file(void **state)
{
	/* clang-format off */
	static const struct {
		const char *what, *header;
		int n;
		const char *end;
		int want;
		time_t last;
	} files[] = {
		{ "no row", NULL, 0, "", 0, 0 },
		{ "one row", NULL, 1, "", 0, T - 12 * 3600 - 10 },
		{ "more than is read", NULL, 20000, "", 0, T - 12 * 3600 - 10 + 19999 },
		{ "a torn end", NULL, 20000, "2025-08-31T23:", 0, T - 12 * 3600 - 10 + 19999 },
		{ "another header", "ts,vm,result\n", 1, "", -EBADMSG, 0 },
		{ "an empty file", "", 0, "", -EBADMSG, 0 },
		{ "half a header", "ts,vm,resu", 0, "", -EBADMSG, 0 },
	};
	/* clang-format on */
	static struct mon_tail tail;
	char path[] = "/tmp/mon-test.XXXXXX";
	int fd;

	(void)state;
	assert_true(mkdtemp(path) != NULL);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check_fill(&tail, sizeof(tail));
	CHECK_EQ(mon_tail_read(fd, &tail), -ENOENT, "no file");
	for (size_t i = 0; i < CHECK_LEN(files); i++) {
		const char *header =
		    files[i].header != NULL ? files[i].header : mon_schema[MON_KIND_SCRAPE].header;

		make(fd, header, files[i].n, files[i].end);
		check_fill(&tail, sizeof(tail));
		CHECK_EQ(mon_tail_read(fd, &tail), files[i].want, "%s", files[i].what);
		if (files[i].want < 0) {
			CHECK(check_untouched(&tail, sizeof(tail)), "%s", files[i].what);
			continue;
		}
		CHECK_EQ(tail.last, files[i].last, "%s", files[i].what);
		CHECK_EQ(tail.first, files[i].n > 0 ? T - 12 * 3600 - 10 : 0, "%s", files[i].what);
		CHECK_EQ(tail.bad, 0, "%s", files[i].what);
	}
	unlinkat(fd, "scrape.csv", 0);
	CHECK_EQ(symlinkat("/dev/null", fd, "scrape.csv"), 0, "symlink");
	CHECK_EQ(mon_tail_read(fd, &tail), -ELOOP, "a symlink");
	unlinkat(fd, "scrape.csv", 0);
	CHECK_EQ(mkfifoat(fd, "scrape.csv", 0600), 0, "FIFO");
	CHECK_EQ(mon_tail_read(fd, &tail), -ENXIO, "a FIFO");
	unlinkat(fd, "scrape.csv", 0);
	close(fd);
	rmdir(path);
	check_done();
}

/* Rows with some bytes changed, at random: never a crash, a name that is none, or an odd result. */
static void
survives_random_bytes(void **state)
{
	static const char row[] = TS ",work,ok,41,1183,13,0\n" TS ",mail,timeout,41,1183,13,0\n";
	static struct mon_tail tail;
	uint64_t seed = 20250831;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char *exact = check_dup(row, sizeof(row) - 1);

		for (size_t k = check_below(&seed, 4); k > 0; k--)
			exact[check_below(&seed, sizeof(row) - 1)] = (char)check_random(&seed);
		memset(&tail, 0, offsetof(struct mon_tail, qube) + 4 * sizeof(tail.qube[0]));
		tail.n = tail.rows = tail.bad = 0;
		mon_tail_learn(&tail, exact, sizeof(row) - 1);
		for (size_t k = 0; k < tail.n; k++)
			CHECK(tail.qube[k].vm[0] >= 'A' && tail.qube[k].vm[MON_VM_MAX] == '\0' &&
				  tail.qube[k].result > MON_TARGET_NONE &&
				  tail.qube[k].result < MON_TARGET_RESULTS,
			    "%s", check_hex(exact, sizeof(row) - 1));
		free(exact);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(parses_rows),
		CHECK_TEST(learns_the_last_rows),
		CHECK_TEST(forgets_the_oldest_of_too_many),
		CHECK_TEST(reads_the_file),
		CHECK_TEST(survives_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
