/* test_ledger.c - archives.csv: names, rows, what is known of a day, and who may be believed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "check_folder.h"
#include "cleanup.h"
#include "day.h"
#include "lasting.h"
#include "ledger.h"
#include "schema.h"

#define DAY 20331 /* 2025-08-31 */
#define NOON 1756641600
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TS "2025-09-01T03:50:00Z"
#define ROW(archive, size, place) TS ",2025-08-31," archive ",7," size "," HASH "," place

/* A day of 9 bytes, in the folder that was archived. */
static const struct mon_day_content NINE = { .bytes = 9, .dated = { .tv_sec = NOON } };

static void
test_names(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool good;
		struct mon_ledger_name name;
	} cases[] = {
		{ L("monitor-2025-08-31.tgz"), true, { DAY, false, 0 } },
		{ L("monitor-2025-08-31.1.tgz"), true, { DAY, false, 1 } },
		{ L("monitor-2025-08-31.999999.tgz"), true, { DAY, false, 999999 } },
		{ L("monitor-2025-08-31.partial.tgz"), true, { DAY, true, 0 } },
		{ L("monitor-2025-08-31.partial.12.tgz"), true, { DAY, true, 12 } },
		{ L("monitor-2025-08-31.0.tgz"), false, { 0 } },
		{ L("monitor-2025-08-31.01.tgz"), false, { 0 } },
		{ L("monitor-2025-08-31.1000000.tgz"), false, { 0 } },
		{ L("monitor-2025-08-31.-1.tgz"), false, { 0 } },
		{ L("monitor-2025-08-31..tgz"), false, { 0 } },
		{ L("monitor-2025-08-31.1.2.tgz"), false, { 0 } },
		{ L("monitor-2025-08-31.1.partial.tgz"), false, { 0 } },
		{ L("monitor-2025-08-31.tgz.tmp"), false, { 0 } },
		{ L("monitor-2025-08-31.tg"), false, { 0 } },
		{ L("monitor-2025-08-31.1"), false, { 0 } },
		{ L("monitor-2025-08-31."), false, { 0 } },
		{ L("monitor-2025-08-31"), false, { 0 } },
		{ L("monitor-2025-02-30.tgz"), false, { 0 } },
		{ L("monitor-2025-08-3"), false, { 0 } },
		{ L("monitor-"), false, { 0 } },
		{ L("../monitor-2025-08-31.tgz"), false, { 0 } },
		{ L("monitor-2025-08-31.tgz\0"), false, { 0 } },
		{ L(""), false, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].text, cases[i].len),
		     back[MON_ARCHIVE_NAME_MAX + 1];
		struct mon_ledger_name got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_ledger_parse_name(exact, cases[i].len, &got), cases[i].good, "%s",
		    cases[i].text);
		if (cases[i].good) {
			CHECK_EQ(got.day, cases[i].name.day, "%s", cases[i].text);
			CHECK_EQ(got.partial, cases[i].name.partial, "%s", cases[i].text);
			CHECK_EQ(got.number, cases[i].name.number, "%s", cases[i].text);
			mon_ledger_format_name(&got, back);
			CHECK(strcmp(back, cases[i].text) == 0, "%s came back as %s", cases[i].text,
			    back);
		} else {
			CHECK(check_untouched(&got, sizeof(got)), "%s", cases[i].text);
		}
		free(exact);
	}
	check_done();
}

static void
test_rows(void **state)
{
	static const struct {
		const char *what, *row;
		size_t len;
		const char *place; /* NULL: no row */
	} cases[] = {
		{ "a copy in a vault", L(ROW("monitor-2025-08-31.tgz", "99", "vault")), "vault" },
		{ "a kept archive", L(ROW("monitor-2025-08-31.2.tgz", "99", "/mnt/usb")),
		    "/mnt/usb" },
		{ "a folder with a space", L(ROW("monitor-2025-08-31.tgz", "0", "/my\\040disk")),
		    "/my disk" },
		{ "a folder with a comma", L(ROW("monitor-2025-08-31.tgz", "0", "/a\\054b")),
		    "/a,b" },
		{ "the largest day", L(ROW("monitor-2025-08-31.tgz", "9223372036854775807", "v")),
		    "v" },
		{ "one byte more", L(ROW("monitor-2025-08-31.tgz", "9223372036854775808", "v")),
		    NULL },
		{ "a leading zero", L(ROW("monitor-2025-08-31.tgz", "099", "vault")), NULL },
		{ "a sign", L(ROW("monitor-2025-08-31.tgz", "-1", "vault")), NULL },
		{ "another day's archive", L(ROW("monitor-2025-08-30.tgz", "99", "vault")), NULL },
		{ "no archive of ours", L(ROW("backup.tgz", "99", "vault")), NULL },
		{ "a place that is neither", L(ROW("monitor-2025-08-31.tgz", "99", "9vault")),
		    NULL },
		{ "a relative folder", L(ROW("monitor-2025-08-31.tgz", "99", "a/b")), NULL },
		{ "no place", L(ROW("monitor-2025-08-31.tgz", "99", "")), NULL },
		{ "a NUL in the place", L(ROW("monitor-2025-08-31.tgz", "99", "/a\\000b")), NULL },
		{ "a raw NUL in the place", L(ROW("monitor-2025-08-31.tgz", "99", "/a\0b")), NULL },
		{ "a column too many", L(ROW("monitor-2025-08-31.tgz", "99", "vault,")), NULL },
		{ "a column too few", L(TS ",2025-08-31,monitor-2025-08-31.tgz,7,99," HASH), NULL },
		{ "an upper-case hash",
		    L(TS ",2025-08-31,monitor-2025-08-31.tgz,7,9,A123456789abcdef0123456789abcdef"
			 "0123456789abcdef0123456789abcdef,v"),
		    NULL },
		{ "a short hash", L(TS ",2025-08-31,monitor-2025-08-31.tgz,7,9,0123,v"), NULL },
		{ "the header", L("ts,day,archive,bytes,csv_bytes,sha256,vault"), NULL },
		{ "no time", L("now,2025-08-31,monitor-2025-08-31.tgz,7,99," HASH ",vault"), NULL },
		{ "a carriage return", L(ROW("monitor-2025-08-31.tgz", "99", "vault\r")), NULL },
		{ "nothing", L(""), NULL },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].row, cases[i].len), back[MON_LEDGER_ROW_MAX];
		struct mon_ledger_row got;
		size_t n;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_ledger_parse(exact, cases[i].len, &got), cases[i].place != NULL, "%s",
		    cases[i].what);
		if (cases[i].place != NULL) {
			CHECK(strcmp(got.place, cases[i].place) == 0, "%s: %s", cases[i].what,
			    got.place);
			CHECK_EQ(got.name.day, DAY, "%s", cases[i].what);
			CHECK_EQ(got.bytes, 7, "%s", cases[i].what);
			CHECK(strcmp(got.sha256, HASH) == 0, "%s: %s", cases[i].what, got.sha256);
			n = mon_ledger_format(&got, back);
			CHECK(n == cases[i].len + 1 && memcmp(back, cases[i].row, n - 1) == 0 &&
				  back[n - 1] == '\n',
			    "%s is written as it was read", cases[i].what);
		} else {
			CHECK(check_untouched(&got, sizeof(got)), "%s", cases[i].what);
		}
		free(exact);
	}
	check_done();
}

/* The longest place there can be, all of it odd bytes, goes into a row and comes back. */
static void
test_longest_place(void **state)
{
	struct mon_ledger_row row = { .name = { DAY, true, 999999 }, .sha256 = HASH }, got;
	char buf[MON_LEDGER_ROW_MAX];
	size_t n;

	(void)state;
	row.bytes = row.csv_bytes = INT64_MAX;
	memset(row.place, ' ', MON_PLACE_MAX);
	row.place[0] = '/';
	n = mon_ledger_format(&row, buf);
	assert_true(n > 0);
	assert_true(mon_ledger_parse(buf, n - 1, &got));
	assert_string_equal(got.place, row.place);
	row.place[0] = '\0';
	assert_int_equal(mon_ledger_format(&row, buf), 0);
	row.name.day = -1;
	assert_int_equal(mon_ledger_format(&row, buf), 0);
}

static void
write_ledger(const char *text, size_t len)
{
	cleanup_fd int fd = open("archives.csv", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
}

#define HEADER "ts,day,archive,bytes,csv_bytes,sha256,vault\n"
#define LINE(archive, size, place) ROW(archive, size, place) "\n"

/* A file that is one long line, as of a foreign program, is not read as a ledger. */
static void
test_endless_header(void **state)
{
	static char text[2 * MON_LEDGER_ROW_MAX];
	struct mon_ledger_day day = { .day = DAY };
	size_t bad = 77;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	write_ledger(text, sizeof(text));
	assert_int_equal(mon_ledger_read(AT_FDCWD, NULL, &day, 1, &bad), -EBADMSG);
	assert_int_equal(bad, 77);
}

/* A place that is too long for us is no place: such a row vouches for nothing. */
static void
test_place_too_long(void **state)
{
	char row[MON_LEDGER_ROW_MAX + 16] = ROW("monitor-2025-08-31.tgz", "9", "/");
	struct mon_ledger_row got;
	size_t before = strlen(row) - 1; /* of the place */

	(void)state;
	memset(row + before + 1, 'p', MON_PLACE_MAX);
	assert_true(mon_ledger_parse(row, before + MON_PLACE_MAX, &got));
	assert_false(mon_ledger_parse(row, before + MON_PLACE_MAX + 1, &got));
}

static void
test_read(void **state)
{
	static char long_line[2 * MON_LEDGER_ROW_MAX + sizeof(HEADER) + 256];
	const struct {
		const char *what, *text;
		size_t len;
		int r;
		size_t bad;
		bool in_vault, in_folder;
		uint64_t csv_bytes;
		unsigned next, next_partial;
	} cases[] = {
		{ "only the header", L(HEADER), 0, 0, false, false, 0, 0, 0 },
		{ "an empty file", L(""), 0, 0, false, false, 0, 0, 0 },
		{ "the torn start of a header", L("ts,day,arch"), 0, 0, false, false, 0, 0, 0 },
		{ "another header", L("ts,vm,state\n"), -EBADMSG, 0, false, false, 0, 0, 0 },
		{ "a row in the header's place", L(LINE("monitor-2025-08-31.tgz", "9", "v")),
		    -EBADMSG, 0, false, false, 0, 0, 0 },
		{ "one row", L(HEADER LINE("monitor-2025-08-31.tgz", "9", "v")), 0, 0, true, false,
		    9, 1, 0 },
		{ "the newest counts",
		    L(HEADER LINE("monitor-2025-08-31.tgz", "9", "v")
			    LINE("monitor-2025-08-31.1.tgz", "11", "v")),
		    0, 0, true, false, 11, 2, 0 },
		{ "numbers out of order",
		    L(HEADER LINE("monitor-2025-08-31.5.tgz", "9", "v")
			    LINE("monitor-2025-08-31.1.tgz", "11", "/k")),
		    0, 0, true, true, 11, 6, 0 },
		{ "a partial one says nothing of the day",
		    L(HEADER LINE("monitor-2025-08-31.partial.3.tgz", "9", "v")), 0, 0, false,
		    false, 0, 0, 4 },
		{ "a torn last row", L(HEADER ROW("monitor-2025-08-31.tgz", "9", "v")), 0, 0, false,
		    false, 0, 0, 0 },
		{ "bad lines between good ones",
		    L(HEADER "x\n\n" LINE("monitor-2025-08-31.tgz", "9", "v") "\0\0\n"), 0, 3, true,
		    false, 9, 1, 0 },
		{ "a line too long", long_line, sizeof(long_line) - 1, 0, 1, true, false, 9, 1, 0 },
	};

	(void)state;
	memset(long_line, 'x', sizeof(long_line));
	memcpy(long_line, HEADER, sizeof(HEADER) - 1);
	snprintf(
	    long_line + sizeof(long_line) - 1 - sizeof(LINE("monitor-2025-08-31.tgz", "9", "v")),
	    sizeof(LINE("monitor-2025-08-31.tgz", "9", "v")) + 1, "\n%s",
	    LINE("monitor-2025-08-31.tgz", "9", "v"));
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		struct mon_ledger_day days[2] = { { .day = DAY - 1, .in_vault = true },
			{ .day = DAY } };
		size_t bad = 77;

		write_ledger(cases[i].text, cases[i].len);
		CHECK_EQ(mon_ledger_read(AT_FDCWD, NULL, days, 2, &bad), cases[i].r, "%s",
		    cases[i].what);
		CHECK_EQ(bad, cases[i].r < 0 ? 77 : cases[i].bad, "%s", cases[i].what);
		CHECK_EQ(days[0].in_vault, false, "%s: nothing of another day", cases[i].what);
		CHECK_EQ(days[1].in_vault, cases[i].in_vault, "%s", cases[i].what);
		CHECK_EQ(days[1].in_folder, cases[i].in_folder, "%s", cases[i].what);
		CHECK_EQ(days[1].csv_bytes, cases[i].csv_bytes, "%s", cases[i].what);
		CHECK_EQ(days[1].next[0], cases[i].next, "%s", cases[i].what);
		CHECK_EQ(days[1].next[1], cases[i].next_partial, "%s", cases[i].what);
	}
	/* The header is that of the schema. */
	CHECK(strcmp(mon_schema_ledger.header, HEADER) == 0, "%s", mon_schema_ledger.header);
	check_done();
}

static void
test_no_file(void **state)
{
	struct mon_ledger_day day = { .day = DAY, .in_vault = true };
	size_t bad = 77;

	(void)state;
	unlink("archives.csv");
	assert_int_equal(mon_ledger_read(AT_FDCWD, NULL, &day, 1, &bad), 0);
	assert_int_equal(bad, 0);
	assert_false(day.in_vault);
	bad = 77;
	write_ledger(L(HEADER));
	assert_int_equal(rename("archives.csv", "mine"), 0);
	assert_int_equal(symlink("mine", "archives.csv"), 0);
	assert_int_equal(mon_ledger_read(AT_FDCWD, NULL, &day, 1, &bad), -ELOOP);
	assert_int_equal(unlink("archives.csv"), 0);
	assert_int_equal(mkfifo("archives.csv", 0600), 0);
	assert_int_equal(mon_ledger_read(AT_FDCWD, NULL, &day, 1, &bad), -ENXIO);
	assert_int_equal(unlink("archives.csv"), 0);
	assert_int_equal(bad, 77);
}

/* Copies in a vault that is not the present one do not count, and are known as such. */
static void
test_present_vault(void **state)
{
	static const struct {
		const char *what, *text;
		size_t len;
		const char *vault;
		bool in_vault, in_former;
		enum mon_ledger_answer answer; /* for a day of 9 bytes */
	} cases[] = {
		{ "the one that is given", L(HEADER LINE("monitor-2025-08-31.tgz", "9", "v")), "v",
		    true, false, MON_LEDGER_SAFE },
		{ "another is given", L(HEADER LINE("monitor-2025-08-31.tgz", "9", "v")), "w",
		    false, true, MON_LEDGER_FORMER },
		{ "none is given: the newest", L(HEADER LINE("monitor-2025-08-31.tgz", "9", "v")),
		    NULL, true, false, MON_LEDGER_SAFE },
		{ "another day was sent elsewhere",
		    L(HEADER LINE("monitor-2025-08-31.tgz", "9", "v") TS
			",2025-08-30,monitor-2025-08-30.tgz,7,9," HASH ",w\n"),
		    NULL, false, true, MON_LEDGER_FORMER },
		{ "... only in part",
		    L(HEADER LINE("monitor-2025-08-31.tgz", "9", "v") TS
			",2025-08-30,monitor-2025-08-30.partial.tgz,7,9," HASH ",w\n"),
		    NULL, true, false, MON_LEDGER_SAFE },
		{ "... to a folder",
		    L(HEADER LINE("monitor-2025-08-31.tgz", "9", "v") TS
			",2025-08-30,monitor-2025-08-30.tgz,7,9," HASH ",/k\n"),
		    NULL, true, false, MON_LEDGER_SAFE },
		{ "both have it",
		    L(HEADER LINE("monitor-2025-08-31.tgz", "9", "v")
			    LINE("monitor-2025-08-31.1.tgz", "9", "w")),
		    "v", true, true, MON_LEDGER_SAFE },
		{ "the present one has it as it was before",
		    L(HEADER LINE("monitor-2025-08-31.tgz", "8", "v")
			    LINE("monitor-2025-08-31.1.tgz", "9", "w")),
		    "v", true, true, MON_LEDGER_FORMER },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		struct mon_ledger_day day = { .day = DAY };
		size_t bad = 77;

		write_ledger(cases[i].text, cases[i].len);
		CHECK_EQ(mon_ledger_read(AT_FDCWD, cases[i].vault, &day, 1, &bad), 0, "%s",
		    cases[i].what);
		CHECK_EQ(day.in_vault, cases[i].in_vault, "%s", cases[i].what);
		CHECK_EQ(day.in_former, cases[i].in_former, "%s", cases[i].what);
		CHECK_EQ(mon_ledger_vouch(AT_FDCWD, &day, &NINE, true), cases[i].answer, "%s",
		    cases[i].what);
	}
	unlink("archives.csv");
	check_done();
}

/* The ledger is made, or healed, before anything is copied; or that it cannot be is known. */
static void
test_ready(void **state)
{
	cleanup_fd int basefd = open(".", O_RDONLY | O_DIRECTORY);
	off_t cut = 77;

	(void)state;
	unlink("archives.csv");
	assert_int_equal(mon_ledger_ready(basefd, false, &cut), 0);
	assert_true(access("archives.csv", F_OK) < 0 && cut == 77);
	assert_int_equal(mon_ledger_ready(basefd, true, &cut), 0);
	assert_int_equal(cut, 0);
	assert_int_equal(access("archives.csv", R_OK), 0);
	write_ledger(L(HEADER "torn"));
	assert_int_equal(mon_ledger_ready(basefd, false, &cut), 0);
	assert_int_equal(cut, 4);
	cut = 77;
	write_ledger(L("ts,vm\n"));
	assert_int_equal(mon_ledger_ready(basefd, false, &cut), -EBADMSG);
	assert_int_equal(cut, 77);
	unlink("archives.csv");
}

static void
test_append(void **state)
{
	struct mon_ledger_row row = { .ts = 1756698600,
		.name = { DAY, false, 3 },
		.bytes = 7,
		.csv_bytes = 9,
		.sha256 = HASH,
		.place = "vault" };
	cleanup_fd int basefd = open(".", O_RDONLY | O_DIRECTORY);
	struct mon_ledger_day day = { .day = DAY };
	off_t cut = 77;
	size_t bad;

	(void)state;
	unlink("archives.csv");
	assert_int_equal(mon_ledger_append(basefd, &row, &cut), 0);
	assert_int_equal(cut, 0);
	write_ledger(L(HEADER "torn"));
	assert_int_equal(mon_ledger_append(basefd, &row, &cut), 0);
	assert_int_equal(cut, 4);
	assert_int_equal(mon_ledger_read(AT_FDCWD, NULL, &day, 1, &bad), 0);
	assert_int_equal(bad, 0);
	assert_true(day.in_vault);
	assert_int_equal(day.vault.csv_bytes, 9);
	assert_int_equal(day.next[0], 4);
	cut = 77;
	write_ledger(L("ts,vm\n"));
	assert_int_equal(mon_ledger_append(basefd, &row, &cut), -EBADMSG);
	row.name.day = -1;
	assert_int_equal(mon_ledger_append(basefd, &row, &cut), -EINVAL);
	assert_int_equal(cut, 77);
}

static void
learn(struct mon_ledger_day *d, uint64_t csv_bytes, const char *place)
{
	struct mon_ledger_row row = { .name = { DAY, false, 0 }, .csv_bytes = csv_bytes };

	snprintf(row.place, sizeof(row.place), "%s", place);
	mon_ledger_learn(d, NULL, &row);
}

static void
test_vouch(void **state)
{
	static const struct {
		const char *what;
		struct {
			uint64_t csv_bytes;
			const char *place;
		} rows[2];                   /* oldest first */
		enum mon_ledger_answer want; /* for a day of 9 bytes */
	} cases[] = {
		{ "no row", { { 0, NULL }, { 0, NULL } }, MON_LEDGER_UNKNOWN },
		{ "in the vault", { { 9, "v" }, { 0, NULL } }, MON_LEDGER_SAFE },
		{ "in the vault, of another size", { { 8, "v" }, { 0, NULL } },
		    MON_LEDGER_CHANGED },
		{ "the newest is right", { { 8, "v" }, { 9, "v" } }, MON_LEDGER_SAFE },
		{ "an older one was right", { { 9, "v" }, { 8, "v" } }, MON_LEDGER_CHANGED },
		{ "the newest is right, but kept nowhere", { { 8, "v" }, { 9, "/nowhere" } },
		    MON_LEDGER_GONE },
		{ "the newest is kept, of another size", { { 9, "v" }, { 8, "/nowhere" } },
		    MON_LEDGER_CHANGED },
		{ "vault and kept are right", { { 9, "v" }, { 9, "/nowhere" } }, MON_LEDGER_SAFE },
		{ "kept nowhere", { { 9, "/nowhere" }, { 0, NULL } }, MON_LEDGER_GONE },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		struct mon_ledger_day d = { .day = DAY };

		for (size_t j = 0; j < 2; j++)
			if (cases[i].rows[j].place != NULL)
				learn(&d, cases[i].rows[j].csv_bytes, cases[i].rows[j].place);
		CHECK_EQ(mon_ledger_vouch(AT_FDCWD, &d, &NINE, true), cases[i].want, "%s",
		    cases[i].what);
	}
	check_done();
}

/* A folder that was made after the day was archived is not what the row is about. */
static void
test_other_folder(void **state)
{
	static const struct {
		const char *what;
		struct mon_day_content content;
		int want;
	} cases[] = {
		{ "as it was left", { .bytes = 9, .dated = { NOON, 0 } }, MON_LEDGER_SAFE },
		{ "a second later", { .bytes = 9, .dated = { NOON + 1, 0 } }, MON_LEDGER_OTHER },
		{ "a nanosecond later", { .bytes = 9, .dated = { NOON, 1 } }, MON_LEDGER_OTHER },
		{ "a day later", { .bytes = 9, .dated = { NOON + 86400, 0 } }, MON_LEDGER_OTHER },
		{ "other size, too", { .bytes = 8, .dated = { 0, 0 } }, MON_LEDGER_CHANGED },
	};
	struct mon_ledger_day d = { .day = DAY };

	(void)state;
	learn(&d, 9, "v");
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK_EQ(mon_ledger_vouch(AT_FDCWD, &d, &cases[i].content, true), cases[i].want,
		    "%s", cases[i].what);
	check_done();
}

/* An archive that is kept in a folder is looked at, not only believed. */
static void
test_kept(void **state)
{
	struct mon_ledger_day d = { .day = DAY, .in_folder = true, .csv_bytes = 9 };
	cleanup_fd int basefd = open(".", O_RDONLY | O_DIRECTORY);
	cleanup_fd int procfd = open("/proc", O_RDONLY | O_DIRECTORY);
	cleanup_fd int fd = -1;

	(void)state;
	assert_true(basefd >= 0 && procfd >= 0);
	d.folder.name.day = DAY;
	d.folder.csv_bytes = 9;
	d.folder.bytes = 3;
	assert_non_null(getcwd(d.folder.place, sizeof(d.folder.place)));
	/* printf abc | sha256sum */
	strcpy(d.folder.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(mon_ledger_vouch(basefd, &d, &NINE, true), MON_LEDGER_GONE);
	fd = open("monitor-2025-08-31.tgz", O_RDWR | O_CREAT, 0600);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(mon_ledger_vouch(basefd, &d, &NINE, true), MON_LEDGER_SAME_DISK);
	/* A base on another file system: any will do.  What is in memory is safe nowhere. */
	if (mon_lasting_folder(basefd) == 0) {
		assert_int_equal(mon_ledger_vouch(procfd, &d, &NINE, true), MON_LEDGER_VOLATILE);
		print_message(
		    "not tested, the folder of this test lies in memory: a kept archive\n");
		return;
	}
	assert_int_equal(mon_ledger_vouch(procfd, &d, &NINE, true), MON_LEDGER_SAFE);
	assert_int_equal(pwrite(fd, "abd", 3, 0), 3);
	assert_int_equal(mon_ledger_vouch(procfd, &d, &NINE, true), MON_LEDGER_DAMAGED);
	assert_int_equal(mon_ledger_vouch(procfd, &d, &NINE, false), MON_LEDGER_SAFE);
	assert_int_equal(ftruncate(fd, 2), 0);
	assert_int_equal(mon_ledger_vouch(procfd, &d, &NINE, false), MON_LEDGER_DAMAGED);
	assert_int_equal(unlink("monitor-2025-08-31.tgz"), 0);
	assert_int_equal(symlink("hashed", "monitor-2025-08-31.tgz"), 0);
	assert_int_equal(mon_ledger_vouch(procfd, &d, &NINE, true), MON_LEDGER_GONE);
	assert_int_equal(unlink("monitor-2025-08-31.tgz"), 0);
}

static void
test_hash(void **state)
{
	cleanup_fd int fd = open("hashed", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char hash[MON_HEX_LEN + 1];
	uint64_t bytes = 77;

	(void)state;
	assert_int_equal(mon_ledger_hash(fd, hash, &bytes), 0);
	assert_string_equal(
	    hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(bytes, 0);
	assert_int_equal(ftruncate(fd, 1000000), 0); /* head -c 1000000 /dev/zero | sha256sum */
	assert_int_equal(mon_ledger_hash(fd, hash, &bytes), 0);
	assert_string_equal(
	    hash, "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025");
	assert_int_equal(bytes, 1000000);
	bytes = 77;
	check_fill(hash, sizeof(hash));
	assert_int_equal(mon_ledger_hash(-1, hash, &bytes), -EBADF);
	assert_int_equal(bytes, 77);
	assert_true(check_untouched(hash, sizeof(hash)));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		CHECK_TEST(test_names),
		CHECK_TEST(test_rows),
		CHECK_TEST(test_longest_place),
		CHECK_TEST(test_endless_header),
		CHECK_TEST(test_place_too_long),
		CHECK_TEST(test_read),
		CHECK_TEST(test_no_file),
		CHECK_TEST(test_present_vault),
		CHECK_TEST(test_ready),
		CHECK_TEST(test_append),
		CHECK_TEST(test_vouch),
		CHECK_TEST(test_other_folder),
		CHECK_TEST(test_kept),
		CHECK_TEST(test_hash),
	};

	return cmocka_run_group_tests(tests, check_make_folder, check_remove_folder);
}
