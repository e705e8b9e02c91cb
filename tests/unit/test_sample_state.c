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
#define ID "00112233445566778899aabbccddeeff"
#define START "boot " BOOT "\ntook 1\ncpu 1 2 3 4 5 6 7 18446744073709551615\n"
#define PLACE "journal 9 10\ncursor " CURSOR "\n"
#define RECORD                                                                                     \
	START PLACE "counted 5\nfile " ID " 42\nlogin 6124\nlogin 7\ntold 4294967295\nfigures 5\n" \
		    "a\0b\nc"
#define REST "counted 5\nfigures 0\n"
#define OLD                                                                                        \
	"mon-sample 1\nboot " BOOT "\ncpu 1 2 3 4 5 6 7 18446744073709551615\n" PLACE              \
	"said 5\nend\n"

static const struct {
	const char *what, *text;
	size_t len;
	bool ok;
} records[] = {
	/* clang-format off */
	{ "a good one", L(RECORD), true },
	{ "the least there may be", L(START "journal 0 0\ncursor \n" REST), true },
	{ "empty", L(""), false },
	{ "a record of 0.1.0", L(OLD), false },
	{ "a short boot", L("boot 0f1e\ntook 1\ncpu 1 2 3 4 5 6 7 8\n" PLACE REST), false },
	{ "a long boot", L("boot " BOOT "0\ntook 1\ncpu 1 2 3 4 5 6 7 8\n" PLACE REST), false },
	{ "took twice", L("boot " BOOT "\ntook 2\ncpu 1 2 3 4 5 6 7 8\n" PLACE REST), false },
	{ "seven counters", L("boot " BOOT "\ntook 1\ncpu 1 2 3 4 5 6 7\n" PLACE REST), false },
	{ "nine counters", L("boot " BOOT "\ntook 1\ncpu 1 2 3 4 5 6 7 8 9\n" PLACE REST), false },
	{ "two blanks", L("boot " BOOT "\ntook 1\ncpu 1  2 3 4 5 6 7 8\n" PLACE REST), false },
	{ "a blank in the cursor", L(START "journal 0 0\ncursor a b\n" REST), false },
	{ "a NUL in the cursor", L(START "journal 0 0\ncursor a\0b\n" REST), false },
	{ "priority 8", L(START PLACE "counted 8\nfigures 0\n"), false },
	{ "a short file ID", L(START PLACE "counted 5\nfile 0011 42\nfigures 0\n"), false },
	{ "no hexadecimal", L(START PLACE "counted 5\nfile X" ID " 42\nfigures 0\n"), false },
	{ "no count", L(START PLACE "counted 5\nfile " ID "\nfigures 0\n"), false },
	{ "two counts", L(START PLACE "counted 5\nfile " ID " 1 2\nfigures 0\n"), false },
	{ "told past 32 bits", L(START PLACE "counted 5\ntold 4294967296\nfigures 0\n"), false },
	{ "in another order", L(START PLACE "counted 5\ntold 1\nlogin 1\nfigures 0\n"), false },
	{ "no end", L(START PLACE "counted 5\n"), false },
	{ "figures cut", L(START PLACE "counted 5\nfigures 5\nabcd"), false },
	{ "more than figures", L(START PLACE "counted 5\nfigures 5\nabcdef"), false },
	{ "figures past the cap", L(START PLACE "counted 5\nfigures 49153\n"), false },
	/* clang-format on */
};

static struct mon_state got, other; /* not on the stack: 56 KiB each */

/* Written out, it is what a state without anything is. */
static bool
holds_nothing(const struct mon_state *s)
{
	static struct mon_state nothing;
	static char text[MON_STATE_MAX], want[MON_STATE_MAX];
	const size_t n = mon_state_format(s, text);

	return n == mon_state_format(&nothing, want) && memcmp(text, want, n) == 0;
}

static void
parses_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(records); i++) {
		char *exact = check_dup(records[i].text, records[i].len);

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_state_parse(exact, records[i].len, &got), records[i].ok, "%s",
		    records[i].what);
		if (!records[i].ok)
			CHECK(holds_nothing(&got), "%s", records[i].what);
		free(exact);
	}
	check_done();
}

static void
parses_no_part_of_a_record(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(RECORD) - 1; len++) {
		char *exact = check_dup(RECORD, len);

		CHECK(!mon_state_parse(exact, len, &got), "the first %zu bytes", len);
		free(exact);
	}
	check_done();
}

static void
formats_what_it_parses(void **state)
{
	static char again[MON_STATE_MAX];
	size_t len;

	(void)state;
	assert_true(mon_state_parse(L(RECORD), &got));
	CHECK(strcmp(got.boot, BOOT) == 0 && got.took, "boot, took");
	CHECK(got.cpu.ticks[MON_CPU_STEAL] == UINT64_MAX, "the largest counter");
	CHECK_EQ(got.journal.signature, 9, "signature");
	CHECK_EQ(got.journal.read_ns, 10, "time");
	CHECK(strcmp(got.journal.cursor, CURSOR) == 0, "cursor");
	CHECK(got.journal.counted == 5 && got.journal.nfiles == 1, "counted");
	CHECK(strcmp(got.journal.file[0].id, ID) == 0 && got.journal.file[0].entries == 42, "file");
	CHECK(got.journal.logins.pid[0] == 6124 && got.journal.logins.next == 2, "logins");
	CHECK(got.told.n == 1 && got.told.key[0] == UINT32_MAX, "told");
	CHECK(got.figures_len == 5 && memcmp(got.figures, "a\0b\nc", 5) == 0, "figures");
	len = mon_state_format(&got, again);
	CHECK(len == sizeof(RECORD) - 1 && memcmp(again, RECORD, len) == 0, "the same: %.*s",
	    (int)len, again);
	check_done();
}

/* A record of the longest of everything must fit. */
static void
formats_the_largest(void **state)
{
	static char record[MON_STATE_MAX];
	size_t len;

	(void)state;
	memset(&got, 0, sizeof(got));
	strcpy(got.boot, BOOT);
	for (int i = 0; i < MON_CPU_FIELDS; i++)
		got.cpu.ticks[i] = UINT64_MAX;
	got.journal.signature = got.journal.read_ns = UINT64_MAX;
	memset(got.journal.cursor, 'x', MON_CURSOR_MAX);
	got.journal.nfiles = MON_COUNTED_MAX;
	for (size_t i = 0; i < MON_COUNTED_MAX; i++) {
		strcpy(got.journal.file[i].id, ID);
		got.journal.file[i].entries = UINT64_MAX;
	}
	for (size_t i = 0; i < MON_LOGINS_MAX; i++)
		got.journal.logins.pid[i] = UINT64_MAX;
	got.told.n = MON_TOLD_MAX;
	memset(got.told.key, 0xff, sizeof(got.told.key));
	got.figures_len = MON_STATE_FIGURES_MAX;
	memset(got.figures, 'f', MON_STATE_FIGURES_MAX);
	len = mon_state_format(&got, record);
	CHECK(len <= MON_STATE_MAX, "%zu bytes", len);
	CHECK(mon_state_parse(record, len, &other), "it comes back");
	CHECK(memcmp(&got.journal, &other.journal, sizeof(got.journal)) == 0, "the place");
	CHECK(memcmp(got.figures, other.figures, sizeof(got.figures)) == 0, "the figures");
	check_done();
}

static void
parses_what_0_1_0_kept(void **state)
{
	char *record = malloc(MON_STATE_OLD);

	(void)state;
	assert_non_null(record);
	memset(record, ' ', MON_STATE_OLD);
	memcpy(record, OLD, sizeof(OLD) - 1);
	CHECK(mon_state_parse_old(record, MON_STATE_OLD, &got), "a good one");
	CHECK(strcmp(got.journal.cursor, CURSOR) == 0 && got.journal.read_ns == 10, "the place");
	CHECK(got.journal.nfiles == 0 && !got.took && got.told.n == 0, "what it had not");
	for (size_t len = 0; len < MON_STATE_OLD; len++)
		CHECK(!mon_state_parse_old(record, len, &got), "the first %zu bytes", len);
	record[MON_STATE_OLD - 1] = 'x';
	CHECK(!mon_state_parse_old(record, MON_STATE_OLD, &got), "something behind the end");
	free(record);
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
	{ "by hand", NULL, "self" },
	{ "a qube", "work", "vm-work" },
	{ "a path", "../work", "self" },
	{ "empty", "", "self" },
	{ "too long", "a1234567890123456789012345678901", "self" },
};

static void
keeps_one_file_a_caller(void **state)
{
	char path[128];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(callers); i++) {
		struct mon_state_file file = MON_STATE_FILE_NONE;
		struct stat st;
		bool known = true;

		CHECK_EQ(mon_state_peek(folder, callers[i].caller, &got), -ENOENT,
		    "%s: a look makes nothing", callers[i].what);
		CHECK_EQ(mon_state_open(folder, callers[i].caller, &file, &got, &known), 0, "%s",
		    callers[i].what);
		CHECK(!known, "%s: a new file holds nothing", callers[i].what);
		snprintf(path, sizeof(path), "%s/%s", folder, callers[i].file);
		CHECK_EQ(stat(path, &st), 0, "%s", callers[i].what);
		CHECK_EQ(st.st_mode & 07777, 0600, "%s", callers[i].what);
		CHECK_EQ(st.st_size, MON_STATE_HEAD, "%s: its space is taken", callers[i].what);
		CHECK_EQ(mon_state_peek(folder, callers[i].caller, &got), -EBADMSG,
		    "%s: no record yet", callers[i].what);
		mon_state_close(&file);
		unlink(path);
	}
	check_done();
}

/* Save ${n} as the counter that tells one record from another. */
static void
save(uint64_t n, bool commit)
{
	struct mon_state_file file = MON_STATE_FILE_NONE;
	bool known;

	assert_int_equal(mon_state_open(folder, NULL, &file, &got, &known), 0);
	memset(&got, 0, sizeof(got));
	strcpy(got.boot, BOOT);
	got.cpu.ticks[0] = n;
	got.figures_len = (size_t)(n % 1000);
	CHECK_EQ(mon_state_prepare(&file, &got), 0, "prepared");
	if (commit)
		CHECK_EQ(mon_state_commit(&file), 0, "committed");
	mon_state_close(&file);
}

static void
gives_back_what_was_committed(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 2000; n += 333) {
		save(n, true);
		CHECK_EQ(mon_state_peek(folder, NULL, &other), 0, "a look");
		CHECK_EQ(other.cpu.ticks[0], n, "it is this one");
		save(n + 1, false);
		CHECK_EQ(mon_state_peek(folder, NULL, &other), 0, "a look");
		CHECK_EQ(other.cpu.ticks[0], n, "what was only prepared is none");
	}
	check_done();
}

/* Whatever single byte of the file is wrong, it is no record, or the same one. */
static void
takes_no_damaged_record(void **state)
{
	char path[128];
	struct stat st;
	int fd;

	(void)state;
	save(42, true);
	snprintf(path, sizeof(path), "%s/self", folder);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	for (off_t at = 0; at<st.st_size; at += at> 64 && at < MON_STATE_HEAD ? 64 : 1) {
		char was, bad;

		if (pread(fd, &was, 1, at) != 1)
			break;
		bad = (char)(was ^ 1);
		CHECK_EQ(pwrite(fd, &bad, 1, at), 1, "written");
		if (mon_state_peek(folder, NULL, &other) == 0)
			CHECK_EQ(other.cpu.ticks[0], 42, "byte %ld", (long)at);
		CHECK_EQ(pwrite(fd, &was, 1, at), 1, "written");
	}
	close(fd);
	check_done();
}

static void
reads_a_file_of_0_1_0(void **state)
{
	struct mon_state_file file = MON_STATE_FILE_NONE;
	char path[128], record[MON_STATE_OLD];
	bool known = false;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/vm-work", folder);
	memset(record, ' ', sizeof(record));
	memcpy(record, OLD, sizeof(OLD) - 1);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK_EQ(write(fd, record, sizeof(record)), sizeof(record), "written");
	close(fd);
	CHECK_EQ(mon_state_open(folder, "work", &file, &got, &known), 0, "opened");
	CHECK(known && strcmp(got.journal.cursor, CURSOR) == 0, "known");
	CHECK_EQ(mon_state_prepare(&file, &got), 0, "prepared");
	CHECK_EQ(mon_state_peek(folder, "work", &other), 0, "the old record counts");
	got.took = true;
	CHECK_EQ(mon_state_prepare(&file, &got), 0, "prepared");
	CHECK_EQ(mon_state_commit(&file), 0, "committed");
	mon_state_close(&file);
	CHECK_EQ(mon_state_peek(folder, "work", &other), 0, "the new one does");
	CHECK(other.took && strcmp(other.journal.cursor, CURSOR) == 0, "with what it says");
	unlink(path);
	check_done();
}

static void
lets_one_have_it(void **state)
{
	struct mon_state_file file = MON_STATE_FILE_NONE, others;
	bool known = false, others_known;

	(void)state;
	assert_int_equal(mon_state_open(folder, "work", &file, &got, &known), 0);
	check_fill(&other, sizeof(other));
	check_fill(&others, sizeof(others));
	check_fill(&others_known, sizeof(others_known));
	CHECK_EQ(
	    mon_state_open(folder, "work", &others, &other, &others_known), -EWOULDBLOCK, "taken");
	CHECK(check_untouched(&other, sizeof(other)) && check_untouched(&others, sizeof(others)) &&
		  check_untouched(&others_known, sizeof(others_known)),
	    "untouched");
	mon_state_close(&file);
	CHECK_EQ(mon_state_open(folder, "work", &file, &got, &known), 0, "free again");
	mon_state_close(&file);
	check_done();
}

static void
refuses_what_is_not_its_own(void **state)
{
	struct mon_state_file file = MON_STATE_FILE_NONE;
	char path[128];
	bool known;

	(void)state;
	snprintf(path, sizeof(path), "%s/vm-link", folder);
	CHECK_EQ(symlink("elsewhere", path), 0, "made");
	CHECK_EQ(mon_state_open(folder, "link", &file, &got, &known), -ELOOP, "a symlink");
	CHECK_EQ(mon_state_peek(folder, "link", &got), -ELOOP, "a symlink, to look");
	unlink(path);
	CHECK_EQ(mkfifo(path, 0600), 0, "made");
	CHECK_EQ(mon_state_open(folder, "link", &file, &got, &known), -ENXIO, "a FIFO");
	CHECK_EQ(mon_state_peek(folder, "link", &got), -ENXIO, "a FIFO, to look");
	unlink(path);
	CHECK_EQ(mon_state_open("/proc/nowhere/at/all", NULL, &file, &got, &known), -ENOENT,
	    "no parent");
	CHECK_EQ(mon_state_open("/dev/null", NULL, &file, &got, &known), -ENOTDIR, "no folder");
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
		CHECK_TEST(parses_what_0_1_0_kept),
		CHECK_TEST(keeps_one_file_a_caller),
		CHECK_TEST(gives_back_what_was_committed),
		CHECK_TEST(takes_no_damaged_record),
		CHECK_TEST(reads_a_file_of_0_1_0),
		CHECK_TEST(lets_one_have_it),
		CHECK_TEST(refuses_what_is_not_its_own),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
