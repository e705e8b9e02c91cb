/* test_sample_state.c - what a sample keeps: the record, the file, and who may have it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "state.h"

#define BOOT "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
#define CURSOR "s=12;i=3;b=45;m=6;t=7;x=89"
#define RECORD                                                                                     \
	"mon-sample 1\nboot " BOOT "\ncpu 1 2 3 4 5 6 7 18446744073709551615\n"                    \
	"journal 9 10\ncursor " CURSOR "\nsaid 5\nend\n"

/* ${text} padded to a record, in a block of exactly its size. */
static char *
pad(const char *text, size_t len)
{
	char *record = malloc(MON_STATE_BYTES);

	assert_non_null(record);
	memset(record, ' ', MON_STATE_BYTES);
	memcpy(record, text, len);
	return record;
}

static const struct {
	const char *what, *text;
	size_t len;
	bool ok;
} records[] = {
	{"a good one",                L(RECORD),						 true },
	{ "no cursor yet",
         L("mon-sample 1\nboot " BOOT
	      "\ncpu 1 2 3 4 5 6 7 8\njournal 0 0\ncursor \nsaid 0\nend\n"),
         true											 },
	{ "blank: just made",         L(""),						     false},
	{ "another version",
         L("mon-sample 2\nboot " BOOT
	      "\ncpu 1 2 3 4 5 6 7 8\njournal 0 0\ncursor \nsaid 0\nend\n"),
         false											},
	{ "a short boot",
         L("mon-sample 1\nboot 0f1e\ncpu 1 2 3 4 5 6 7 8\njournal 0 0\ncursor \nsaid 0\nend\n"),
         false											},
	{ "a long boot",
         L("mon-sample 1\nboot " BOOT
	      "0\ncpu 1 2 3 4 5 6 7 8\njournal 0 0\ncursor \nsaid 0\nend\n"),
         false											},
	{ "seven counters",
         L("mon-sample 1\nboot " BOOT
	      "\ncpu 1 2 3 4 5 6 7\njournal 0 0\ncursor \nsaid 0\nend\n"),
         false											},
	{ "nine counters",
         L("mon-sample 1\nboot " BOOT
	      "\ncpu 1 2 3 4 5 6 7 8 9\njournal 0 0\ncursor \nsaid 0\nend\n"),
         false											},
	{ "two blanks",
         L("mon-sample 1\nboot " BOOT
	      "\ncpu 1  2 3 4 5 6 7 8\njournal 0 0\ncursor \nsaid 0\nend\n"),
         false											},
	{ "a blank in the cursor",
         L("mon-sample 1\nboot " BOOT
	      "\ncpu 1 2 3 4 5 6 7 8\njournal 0 0\ncursor a b\nsaid 0\nend\n"),
         false											},
	{ "a NUL in the cursor",
         L("mon-sample 1\nboot " BOOT
	      "\ncpu 1 2 3 4 5 6 7 8\njournal 0 0\ncursor a\0b\nsaid 0\nend\n"),
         false											},
	{ "no end",
         L("mon-sample 1\nboot " BOOT "\ncpu 1 2 3 4 5 6 7 8\njournal 0 0\ncursor \nsaid 0\n"),
         false											},
	{ "something behind the end",
         L("mon-sample 1\nboot " BOOT
	      "\ncpu 1 2 3 4 5 6 7 8\njournal 0 0\ncursor \nsaid 0\nend\n   x"),
         false											},
	{ "lines in another order",
         L("mon-sample 1\ncpu 1 2 3 4 5 6 7 8\nboot " BOOT
	      "\njournal 0 0\ncursor \nsaid 0\nend\n"),
         false											},
};

static void
parses_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(records); i++) {
		char *exact = pad(records[i].text, records[i].len);
		struct mon_state got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_state_parse(exact, MON_STATE_BYTES, &got), records[i].ok, "%s",
		    records[i].what);
		if (!records[i].ok)
			CHECK(check_untouched(&got, sizeof(got)), "%s", records[i].what);
		free(exact);
	}
	check_done();
}

static void
parses_no_part_of_a_record(void **state)
{
	char *whole = pad(L(RECORD));

	(void)state;
	for (size_t len = 0; len < MON_STATE_BYTES; len++) {
		char *exact = check_dup(whole, len);
		struct mon_state got;

		CHECK(!mon_state_parse(exact, len, &got), "the first %zu bytes", len);
		free(exact);
	}
	free(whole);
	check_done();
}

static void
formats_what_it_parses(void **state)
{
	char *record = pad(L(RECORD)), again[MON_STATE_BYTES];
	struct mon_state got;

	(void)state;
	assert_true(mon_state_parse(record, MON_STATE_BYTES, &got));
	CHECK(strcmp(got.boot, BOOT) == 0, "boot");
	CHECK(got.cpu.ticks[MON_CPU_STEAL] == UINT64_MAX, "the largest counter");
	CHECK_EQ(got.journal.signature, 9, "signature");
	CHECK_EQ(got.journal.read_ns, 10, "time");
	CHECK(strcmp(got.journal.cursor, CURSOR) == 0, "cursor");
	CHECK_EQ(got.said, 5, "said");
	CHECK(mon_state_format(&got, again), "it fits");
	CHECK(memcmp(record, again, MON_STATE_BYTES) == 0, "the same bytes");
	free(record);
	check_done();
}

/* A record of the longest of everything must fit. */
static void
formats_the_largest(void **state)
{
	struct mon_state s = { .said = UINT64_MAX }, back;
	char record[MON_STATE_BYTES];

	(void)state;
	strcpy(s.boot, BOOT);
	for (int i = 0; i < MON_CPU_FIELDS; i++)
		s.cpu.ticks[i] = UINT64_MAX;
	s.journal.signature = s.journal.read_ns = UINT64_MAX;
	memset(s.journal.cursor, 'x', MON_CURSOR_MAX);
	s.journal.cursor[MON_CURSOR_MAX] = '\0';
	CHECK(mon_state_format(&s, record), "it fits");
	CHECK(mon_state_parse(record, sizeof(record), &back), "it comes back");
	CHECK(strcmp(back.journal.cursor, s.journal.cursor) == 0, "the cursor too");
	check_done();
}

/* ---- the file ---- */

static char dir[] = "/tmp/mon-test-state.XXXXXX";
static char folder[64];

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "%s/made", mkdtemp(dir));
	return 0;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = { "self", "vm-work", "vm-link", "elsewhere" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	return rmdir(dir);
}

static const struct {
	const char *what, *caller, *file;
} callers[] = {
	{"by hand",   NULL,			       "self"   },
	{ "a qube",   "work",			     "vm-work"},
	{ "a path",   "../work",                          "self"   },
	{ "empty",    "",				 "self"   },
	{ "too long", "a1234567890123456789012345678901", "self"   },
};

static void
keeps_one_file_a_caller(void **state)
{
	struct mon_state s;
	char path[128];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(callers); i++) {
		struct stat st;
		bool known = true;
		int fd = -1;

		CHECK_EQ(mon_state_open(folder, callers[i].caller, &fd, &s, &known), 0, "%s",
		    callers[i].what);
		CHECK(!known, "%s: a new file holds nothing", callers[i].what);
		snprintf(path, sizeof(path), "%s/%s", folder, callers[i].file);
		CHECK_EQ(stat(path, &st), 0, "%s", callers[i].what);
		CHECK_EQ(st.st_mode & 07777, 0600, "%s", callers[i].what);
		CHECK_EQ(st.st_size, MON_STATE_BYTES, "%s: its space is taken", callers[i].what);
		close(fd);
		unlink(path);
	}
	check_done();
}

static void
gives_back_what_was_saved(void **state)
{
	struct mon_state s = { 0 }, got;
	bool known = false;
	int fd = -1;

	(void)state;
	assert_int_equal(mon_state_open(folder, NULL, &fd, &got, &known), 0);
	strcpy(s.boot, BOOT);
	strcpy(s.journal.cursor, CURSOR);
	s.cpu.ticks[0] = 42;
	CHECK_EQ(mon_state_save(fd, &s), 0, "saved");
	close(fd);
	assert_int_equal(mon_state_open(folder, NULL, &fd, &got, &known), 0);
	CHECK(known, "it is known now");
	CHECK_EQ(got.cpu.ticks[0], 42, "the counter");
	CHECK(strcmp(got.journal.cursor, CURSOR) == 0, "the cursor");
	close(fd);
	check_done();
}

static void
lets_one_have_it(void **state)
{
	struct mon_state s, other;
	bool known = false, others_known;
	int fd = -1, others_fd;

	(void)state;
	assert_int_equal(mon_state_open(folder, "work", &fd, &s, &known), 0);
	check_fill(&other, sizeof(other));
	check_fill(&others_fd, sizeof(others_fd));
	check_fill(&others_known, sizeof(others_known));
	CHECK_EQ(mon_state_open(folder, "work", &others_fd, &other, &others_known), -EWOULDBLOCK,
	    "taken");
	CHECK(check_untouched(&other, sizeof(other)) &&
		  check_untouched(&others_fd, sizeof(others_fd)) &&
		  check_untouched(&others_known, sizeof(others_known)),
	    "untouched");
	close(fd);
	CHECK_EQ(mon_state_open(folder, "work", &fd, &s, &known), 0, "free again");
	close(fd);
	check_done();
}

static void
refuses_what_is_not_its_own(void **state)
{
	struct mon_state s;
	char path[128];
	bool known;
	int fd = -1;

	(void)state;
	snprintf(path, sizeof(path), "%s/vm-link", folder);
	CHECK_EQ(symlink("elsewhere", path), 0, "made");
	CHECK_EQ(mon_state_open(folder, "link", &fd, &s, &known), -ELOOP, "a symlink");
	unlink(path);
	CHECK_EQ(mkfifo(path, 0600), 0, "made");
	CHECK_EQ(mon_state_open(folder, "link", &fd, &s, &known), -ENXIO, "a FIFO");
	unlink(path);
	CHECK_EQ(
	    mon_state_open("/proc/nowhere/at/all", NULL, &fd, &s, &known), -ENOENT, "no parent");
	CHECK_EQ(mon_state_open("/dev/null", NULL, &fd, &s, &known), -ENOTDIR, "no folder");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(parses_records),
		CHECK_TEST(parses_no_part_of_a_record),
		CHECK_TEST(formats_what_it_parses),
		CHECK_TEST(formats_the_largest),
		CHECK_TEST(keeps_one_file_a_caller),
		CHECK_TEST(gives_back_what_was_saved),
		CHECK_TEST(lets_one_have_it),
		CHECK_TEST(refuses_what_is_not_its_own),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
