/* test_reader.c - the record is read back: every row once, whatever stands in the files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "check_folder.h"
#include "io.h"
#include "reader.h"
#include "row.h"
#include "stamp.h"

#define HEADER "ts,vm,tcp_established,udp_sockets\n"
#define TS "2025-08-31T12:00:10Z"
#define T 1756641610
#define CONN (&mon_schema[MON_KIND_CONN])

static struct mon_reader reader;
static struct mon_reader_day day;

static int
folder(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void
put(const char *name, const char *text, size_t len, int flags)
{
	int fd = open(name, O_WRONLY | O_CREAT | flags, 0600);

	assert_true(fd >= 0 && mon_io_write(fd, text, len) == 0);
	close(fd);
}

/* "VM=tcp " of a row of connections.csv */
static size_t
tell(const struct mon_rec *rec, char *to)
{
	struct mon_str field[MON_COLS_MAX];

	mon_wire_split(&rec->payload, field);
	return (size_t)sprintf(
	    to, "%.*s=%.*s ", (int)rec->vm.n, rec->vm.p, (int)field[0].n, field[0].p);
}

/* ---- rows ---- */

/* clang-format off */
static const struct {
	const char *what;
	enum mon_kind kind;
	const char *row;
	size_t len;
	bool good;
} rows[] = {
	{ "good numbers", MON_KIND_CONN, L(TS ",work,12,4"), true },
	{ "a field less", MON_KIND_CONN, L(TS ",work,12"), false },
	{ "a field more", MON_KIND_CONN, L(TS ",work,12,4,4"), false },
	{ "a leading zero", MON_KIND_CONN, L(TS ",work,012,4"), false },
	{ "a space for the comma", MON_KIND_CONN, L(TS " work,12,4"), false },
	{ "no name", MON_KIND_CONN, L(TS ",,12,4"), false },
	{ "a path for a name", MON_KIND_CONN, L(TS ",../x,12,4"), false },
	{ "no such day", MON_KIND_CONN, L("2025-02-30T12:00:10Z,work,12,4"), false },
	{ "a stamp alone", MON_KIND_CONN, L(TS), false },
	{ "nothing", MON_KIND_CONN, L(""), false },
	{ "NULs", MON_KIND_CONN, L("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), false },
	{ "CR at the end", MON_KIND_CONN, L(TS ",work,12,4\r"), false },
	{ "the row of another file", MON_KIND_STATE, L(TS ",work,12,4"), false },
	{ "a text", MON_KIND_ALERT, L(TS ",work,Aug 31 12:00:09 kernel: it's = all (right)"), true },
	{ "our own text", MON_KIND_ALERT, L(TS ",work,!cpu-hot FIRING cpu=97.2"), true },
	{ "a text of an older version: '='", MON_KIND_ALERT, L(TS ",work,=1+1"), true },
	{ "UTF-8 in a text", MON_KIND_ALERT, L(TS ",work,gr\xc3\xbc\xc3\x9f"), true },
	{ "half a character", MON_KIND_ALERT, L(TS ",work,gr\xc3"), false },
	{ "a comma in a text", MON_KIND_ALERT, L(TS ",work,a,b"), false },
	{ "a quote in a text", MON_KIND_ALERT, L(TS ",work,a\"b"), false },
	{ "an escape in a text", MON_KIND_ALERT, L(TS ",work,\033[2J"), false },
	{ "a hole in a text", MON_KIND_ALERT, L(TS ",work,a\0\0\0\0"), false },
	{ "no text", MON_KIND_ALERT, L(TS ",work,"), false },
	{ "a name with an escape", MON_KIND_NET, L(TS ",work,a\\040b,1,2,3,4,5,6"), true },
};
/* clang-format on */

static void
a_row_is_checked_as_a_line_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(rows); i++) {
		char *exact = check_dup(rows[i].row, rows[i].len), back[MON_ROW_MAX];
		struct mon_rec got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_row_parse(&mon_schema[rows[i].kind], exact, rows[i].len, &got),
		    rows[i].good, "%s", rows[i].what);
		if (!rows[i].good)
			CHECK(check_untouched(&got, sizeof(got)), "%s", rows[i].what);
		else if (strchr(rows[i].what, '=') == NULL)
			CHECK(mon_wire_row(&got, back) == rows[i].len + 1 &&
				  memcmp(back, exact, rows[i].len) == 0,
			    "%s: comes back as it was", rows[i].what);
		free(exact);
	}
	check_done();
}

static void
the_longest_text_is_a_row(void **state)
{
	char line[1024];
	struct mon_rec rec;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, TS ",work,", MON_STAMP_LEN + 6);
	CHECK(
	    mon_row_parse(&mon_schema[MON_KIND_ALERT], line, MON_STAMP_LEN + 6 + MON_MSG_MAX, &rec),
	    "longest");
	CHECK(!mon_row_parse(
		  &mon_schema[MON_KIND_ALERT], line, MON_STAMP_LEN + 7 + MON_MSG_MAX, &rec),
	    "one more");
	check_done();
}

/* ---- files ---- */

static void
only_a_file_with_our_header_is_read(void **state)
{
	/* clang-format off */
	static const struct {
		const char *what, *text;
		size_t len;
		int want;
	} files[] = {
		{ "no row", L(HEADER), 0 },
		{ "nothing", L(""), -EBADMSG },
		{ "half a header", L("ts,vm,tcp_est"), -EBADMSG },
		{ "another header", L("ts,vm,other\n" TS ",a,1\n"), -EBADMSG },
		{ "rows without a header", L(TS ",work,12,4\n" TS ",work,12,4\n"), -EBADMSG },
		{ "the header of another file", L("ts,vm,state\n"), -EBADMSG },
	};
	/* clang-format on */
	int fd = folder();

	(void)state;
	unlink("f");
	CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), -ENOENT, "no file");
	mon_reader_close(&reader);
	for (size_t i = 0; i < CHECK_LEN(files); i++) {
		put("f", files[i].text, files[i].len, O_TRUNC);
		CHECK_EQ(
		    mon_reader_open(&reader, fd, "f", CONN), files[i].want, "%s", files[i].what);
		CHECK_EQ(reader.fd >= 0, files[i].want == 0, "%s", files[i].what);
		mon_reader_close(&reader);
	}
	put("f", L(HEADER), O_TRUNC);
	CHECK_EQ(mon_reader_take(&reader, open("f", O_RDONLY | O_CLOEXEC), NULL), 0,
	    "the header says what it is");
	CHECK_EQ(reader.table == CONN, 1, "the header says what it is");
	mon_reader_close(&reader);
	unlink("f");
	CHECK_EQ(symlink("/dev/null", "f"), 0, "symlink");
	CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), -ELOOP, "a symlink");
	unlink("f");
	CHECK_EQ(mkfifo("f", 0600), 0, "FIFO");
	CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), -ENXIO, "a FIFO");
	unlink("f");
	CHECK_EQ(mkdir("f", 0700), 0, "folder");
	CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), -ENXIO, "a folder");
	rmdir("f");
	close(fd);
	check_done();
}

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define X70000                                                                                     \
	X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000  \
	    X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000    \
		X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000      \
		    X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000  \
			X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000 X1000    \
			    X1000 X1000 X1000

static const char long_text[] = HEADER TS ",a,1,1\n" X70000 "\n" TS ",b,2,2\n";
static const char longer_text[] = HEADER TS ",a,1,1\n" X70000 X70000 "\n" TS ",b,2,2\n";
static const char torn_text[] = HEADER TS ",a,1,1\n" X70000 X70000;

/* clang-format off */
static const struct {
	const char *what, *text;
	size_t len;
	const char *want, *back; /* the rows, forwards and backwards */
	size_t bad, line;        /* how many are none; the first */
} texts[] = {
	{ "no row", L(HEADER), "", "", 0, 0 },
	{ "rows", L(HEADER TS ",a,1,1\n" TS ",b,2,2\n" TS ",c,3,3\n"), "a=1 b=2 c=3 ", "c=3 b=2 a=1 ", 0, 0 },
	{ "one being written", L(HEADER TS ",a,1,1\n" TS ",b,2,"), "a=1 ", "a=1 ", 0, 0 },
	{ "only one being written", L(HEADER TS ",b,2,2"), "", "", 0, 0 },
	{ "lines that are none", L(HEADER TS ",a,1,1\nx\n\n" TS ",b,2,2\n\0\0\0\n"), "a=1 b=2 ", "b=2 a=1 ", 3, 3 },
	{ "a header in the middle", L(HEADER TS ",a,1,1\n" HEADER TS ",b,2,2\n"), "a=1 b=2 ", "b=2 a=1 ", 1, 3 },
	{ "a clock that stepped back", L(HEADER TS ",a,1,1\n2025-08-31T11:00:00Z,a,2,2\n" TS ",a,3,3\n"), "a=1 a=2 a=3 ", "a=3 a=2 a=1 ", 0, 0 },
	{ "a line longer than the buffer", long_text, sizeof(long_text) - 1, "a=1 b=2 ", "b=2 a=1 ", 1, 3 },
	{ "a line of two buffers", longer_text, sizeof(longer_text) - 1, "a=1 b=2 ", "b=2 a=1 ", 1, 3 },
	{ "a torn end of two buffers", torn_text, sizeof(torn_text) - 1, "a=1 ", "a=1 ", 0, 0 },
};
/* clang-format on */

static void
gives_each_row_once_in_both_directions(void **state)
{
	int fd = folder();

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(texts); i++) {
		struct mon_rec rec;
		char got[256] = "";
		size_t n = 0;

		put("f", texts[i].text, texts[i].len, O_TRUNC);
		CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), 0, "%s", texts[i].what);
		while (mon_reader_next(&reader, &rec) == 1)
			n += tell(&rec, got + n);
		CHECK(strcmp(got, texts[i].want) == 0, "%s: '%s'", texts[i].what, got);
		CHECK_EQ(reader.bad, texts[i].bad, "%s", texts[i].what);
		CHECK_EQ(mon_reader_bad_line(&reader), texts[i].line, "%s", texts[i].what);
		CHECK_EQ(mon_reader_end(&reader), 0, "%s", texts[i].what);
		reader.bad = n = 0;
		got[0] = '\0';
		while (mon_reader_prev(&reader, &rec) == 1)
			n += tell(&rec, got + n);
		CHECK(strcmp(got, texts[i].back) == 0, "%s, backwards: '%s'", texts[i].what, got);
		CHECK_EQ(reader.bad, texts[i].bad, "%s, backwards", texts[i].what);
		/* Turned around at the start, all come again. */
		n = 0;
		got[0] = '\0';
		while (mon_reader_next(&reader, &rec) == 1)
			n += tell(&rec, got + n);
		CHECK(strcmp(got, texts[i].want) == 0, "%s, again: '%s'", texts[i].what, got);
		mon_reader_close(&reader);
	}
	close(fd);
	check_done();
}

/* The rows that are there now, as "VM=tcp ". */
static const char *
rest(void)
{
	static char got[256];
	struct mon_rec rec;
	size_t n = 0;

	got[0] = '\0';
	while (mon_reader_next(&reader, &rec) == 1)
		n += tell(&rec, got + n);
	return got;
}

static void
sees_what_is_appended_and_not_what_was_cut_off(void **state)
{
	int fd = folder();
	struct mon_rec rec;

	(void)state;
	put("f", L(HEADER TS ",a,1,1\n"), O_TRUNC);
	CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), 0, "open");
	CHECK(strcmp(rest(), "a=1 ") == 0, "first");
	CHECK(strcmp(rest(), "") == 0, "no row twice");
	put("f", L(TS ",b,2"), O_APPEND);
	CHECK(strcmp(rest(), "") == 0, "half a row");
	put("f", L("2,2\n"), O_APPEND);
	CHECK(strcmp(rest(), "b=22 ") == 0, "its other half");
	/* A killed writer's half row is cut off, and another written in its place. */
	put("f", L(TS ",c,3"), O_APPEND);
	CHECK(strcmp(rest(), "") == 0, "a torn row");
	CHECK_EQ(truncate("f", sizeof(HEADER TS ",a,1,1\n" TS ",b,22,2\n") - 1), 0, "cut");
	put("f", L(TS ",d,4,4\n"), O_APPEND);
	CHECK(strcmp(rest(), "d=4 ") == 0, "the row that came in its place");
	/* Whole rows that were taken back, because the disk was full. */
	put("f", L(TS ",e,5,5\n"), O_APPEND);
	CHECK(strcmp(rest(), "e=5 ") == 0, "a row that will be taken back");
	CHECK_EQ(
	    truncate("f", sizeof(HEADER TS ",a,1,1\n" TS ",b,22,2\n" TS ",d,4,4\n") - 1), 0, "cut");
	CHECK(strcmp(rest(), "") == 0, "nothing new");
	put("f", L(TS ",f,6,6\n"), O_APPEND);
	CHECK(strcmp(rest(), "f=6 ") == 0, "the row after it");
	CHECK(mon_reader_prev(&reader, &rec) == 1 && rec.vm.p[0] == 'f', "backwards from here");
	CHECK(mon_reader_prev(&reader, &rec) == 1 && rec.vm.p[0] == 'd', "and on");
	mon_reader_close(&reader);
	close(fd);
	check_done();
}

static void
gives_only_wanted_qubes(void **state)
{
	static const char *const globs[] = { "work", "dev-*" };
	struct mon_exclude vms = { .n = 0 };
	struct mon_reader_filter filter = { .vms = &vms };
	int fd = folder();

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(globs); i++)
		CHECK(mon_exclude_add(&vms, globs[i]), "glob");
	put("f",
	    L(HEADER TS ",work,1,1\n" TS ",dev-a,2,2\n" TS ",work2,3,3\n" TS ",wor,4,4\n" TS
			",dev-b,5,5\n" TS ",work,6,6\n"),
	    O_TRUNC);
	CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), 0, "open");
	CHECK_EQ(mon_reader_want(&reader, &filter), 0, "want");
	CHECK(strcmp(rest(), "work=1 dev-a=2 dev-b=5 work=6 ") == 0, "two globs");
	mon_reader_close(&reader);
	close(fd);
	check_done();
}

/* ---- spans of time ---- */

#define MANY 40000

/* A day of rows with the times ${t}, large enough to be bisected. */
static void
make_day(const time_t *t, size_t n)
{
	FILE *f = fopen("f", "w");
	char ts[MON_STAMP_LEN + 1];

	assert_true(f != NULL);
	fputs(HEADER, f);
	for (size_t i = 0; i < n; i++) {
		assert_true(mon_stamp_format(t[i], ts));
		fprintf(f, "%s,work,%zu,%d\n", ts, i, 1);
	}
	assert_true(fclose(f) == 0);
}

/* Are the rows of from <= ts < to those that stand in ${t}?  Each has its place as its value. */
static bool
check_span(const time_t *t, size_t n, time_t from, time_t to, time_t back, size_t *ret_read)
{
	const struct mon_reader_filter filter = { .from = from, .to = to, .back = back };
	struct mon_str field[MON_COLS_MAX];
	struct mon_rec rec;
	off_t begin;

	if (mon_reader_want(&reader, &filter) != 0)
		return false;
	begin = mon_reader_at(&reader);
	for (size_t i = 0; i < n; i++) {
		uint64_t have = 0;

		if ((from != 0 && t[i] < from) || (to != 0 && t[i] >= to))
			continue;
		if (mon_reader_next(&reader, &rec) != 1)
			return false;
		mon_wire_split(&rec.payload, field);
		for (size_t k = 0; k < field[0].n; k++)
			have = have * 10 + (uint64_t)(field[0].p[k] - '0');
		if (have != i)
			return false;
	}
	if (mon_reader_next(&reader, &rec) != 0)
		return false;
	*ret_read = (size_t)(mon_reader_at(&reader) - begin);
	return true;
}

static void
finds_a_span_of_time_whatever_the_clock_did(void **state)
{
	static time_t t[MANY];
	uint64_t seed = 20250831;
	int fd = folder();
	size_t most = 0;

	(void)state;
	for (int round = 0; round < 12; round++) {
		time_t now = T;

		for (size_t i = 0; i < MANY; i++) {
			t[i] = now;
			if (i % 4 == 0)
				now += 10;
			if (round > 0 && check_below(&seed, 5000) == 0)
				now -= (time_t)check_below(&seed, MON_READER_BACK_S + 1) /
				       (round % 3 + 1);
			if (round > 6 && check_below(&seed, 5000) == 0)
				now += (time_t)check_below(&seed, 100000);
		}
		make_day(t, MANY);
		CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), 0, "open");
		for (int k = 0; k < 60; k++) {
			time_t from = t[check_below(&seed, MANY)] - (time_t)check_below(&seed, 20);
			time_t to =
			    k % 5 == 0 ? 0 : from + (time_t)check_below(&seed, k % 2 ? 300 : 50000);
			size_t got = 0;

			if (k % 7 == 0)
				from = 0;
			CHECK(check_span(t, MANY, from, to, 0, &got), "round %d: %lld to %lld",
			    round, (long long)from, (long long)to);
			if (from != 0 && to != 0 && to - from < 300 && round == 0 && got > most)
				most = got;
		}
		mon_reader_close(&reader);
	}
	/* Bisected: of 1.4 MB no more than what may be early or late, and some blocks. */
	CHECK(most < 200000, "%zu bytes were read for five minutes", most);
	close(fd);
	check_done();
}

/* What mon-top asks for: it pays for its own minute, not for that of a clock which stepped far. */
static void
a_view_of_a_moment_reads_less(void **state)
{
	static time_t t[MANY];
	uint64_t seed = 20250831;
	int fd = folder();

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		t[i] = T + (time_t)(i / 4) * 10 - (i % 10000 < 5000 ? 0 : 20);
	make_day(t, MANY);
	CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), 0, "open");
	for (int k = 0; k < 100; k++) {
		const time_t from = t[check_below(&seed, MANY)];
		size_t got = 0;

		CHECK(
		    check_span(t, MANY, from, from + 300, 30, &got), "from %lld", (long long)from);
		/* Five minutes are 4 KB, and two blocks may lie before them. */
		CHECK(got < 40000, "from %lld: %zu bytes were read for five minutes",
		    (long long)from, got);
	}
	mon_reader_close(&reader);
	close(fd);
	check_done();
}

/* The clock was an hour ahead for a while: further than is promised, and seen all the same. */
static void
finds_what_a_clock_left_that_was_ahead(void **state)
{
	static time_t t[MANY];
	int fd = folder();
	size_t got;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		t[i] = T + (time_t)i * 2 + (i > 10000 && i < 14000 ? 36000 : 0);
	make_day(t, MANY);
	CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), 0, "open");
	CHECK(check_span(t, MANY, t[12000], t[12000] + 300, 0, &got), "within it");
	CHECK(check_span(t, MANY, t[14500], t[14500] + 300, 0, &got), "behind it");
	CHECK(check_span(t, MANY, t[9900], t[9900] + 300, 0, &got), "before it");
	mon_reader_close(&reader);
	close(fd);
	check_done();
}

static void
lines_that_are_none_do_not_mislead_the_search(void **state)
{
	char ts[MON_STAMP_LEN + 1];
	FILE *f = fopen("f", "w");
	int fd = folder(), n = 0;
	const struct mon_reader_filter filter = { .from = T + 15000, .to = T + 15100 };
	struct mon_rec rec;

	(void)state;
	assert_true(f != NULL);
	fputs(HEADER, f);
	for (int i = 0; i < 20000; i++) {
		assert_true(mon_stamp_format(T + i, ts));
		fprintf(f, "%s,work,%d,1\n", ts, i);
		if (i % 3 == 0)
			fprintf(f, "%s\n", i % 2 ? "9" : "9999-99-99T99:99:99Z,what is this");
	}
	for (int i = 0; i < 300000; i++)
		fputc(0, f);
	assert_true(fclose(f) == 0);
	CHECK_EQ(mon_reader_open(&reader, fd, "f", CONN), 0, "open");
	CHECK_EQ(mon_reader_want(&reader, &filter), 0, "want");
	while (mon_reader_next(&reader, &rec) == 1)
		n++;
	CHECK_EQ(n, 100, "each row of the span");
	mon_reader_close(&reader);
	close(fd);
	check_done();
}

/* ---- days ---- */

static void
merges_the_files_of_a_day(void **state)
{
	const struct mon_reader_filter conn = { .kinds = 1u << MON_KIND_CONN };
	char got[512] = "", text[512];
	struct mon_rec rec;
	size_t n = 0;
	int fd = folder();

	(void)state;
	CHECK_EQ(mon_reader_day_open(&day, fd, 20331, NULL), -ENOENT, "no day");
	mon_reader_day_close(&day);
	assert_true(mkdir("2025-08-31", 0700) == 0);
	put("2025-08-31/connections.csv",
	    L(HEADER TS ",a,1,1\n2025-08-31T12:00:30Z,a,3,3\n2025-08-31T12:00:20Z,a,2,2\nodd\n"),
	    O_TRUNC);
	put("2025-08-31/qubes.csv",
	    L("ts,vm,state\n2025-08-31T12:00:00Z,a,Running\n2025-08-31T12:00:30Z,a,Halted\n"),
	    O_TRUNC);
	put("2025-08-31/scrape.csv", L("something else\n"), O_TRUNC);
	put("2025-08-31/alerts.csv", L("ts,vm,msg\n" TS ",a,one\n" TS ",a,two\n"), O_TRUNC);
	CHECK_EQ(mon_reader_day_open(&day, fd, 20331, NULL), 0, "open");
	while (mon_reader_day_next(&day, &rec) == 1)
		n += (size_t)sprintf(got + n, "%s%.2s ", rec.payload.table->kind, rec.ts.p + 17);
	CHECK(
	    strcmp(got, "state00 conn10 alert10 alert10 conn30 conn20 state30 ") == 0, "'%s'", got);
	CHECK_EQ(day.err[MON_KIND_SCRAPE], -EBADMSG, "a foreign file");
	CHECK_EQ(day.err[MON_KIND_SYS], 0, "a missing file");
	CHECK(mon_reader_day_trouble(&day, MON_KIND_SCRAPE, text, sizeof(text)) &&
		  strstr(text, "2025-08-31/scrape.csv does not begin with the expected header"),
	    "%s", text);
	CHECK(
	    mon_reader_day_trouble(&day, MON_KIND_CONN, text, sizeof(text)) &&
		strstr(text,
		    "2025-08-31/connections.csv: skipped 1 line that is no row; the first is line 5"),
	    "%s", text);
	CHECK(!mon_reader_day_trouble(&day, MON_KIND_STATE, text, sizeof(text)), "a good file");

	/* What comes while it is read. */
	put("2025-08-31/alerts.csv", L("2025-08-31T12:00:40Z,a,three\n"), O_APPEND);
	put("2025-08-31/custom.csv", L("ts,vm,name,value\n2025-08-31T12:00:35Z,a,x,1\n"), O_TRUNC);
	CHECK(mon_reader_day_refresh(&day), "the folder is there");
	CHECK(mon_reader_day_next(&day, &rec) == 1 &&
		  rec.payload.table == &mon_schema[MON_KIND_CUSTOM],
	    "a new file");
	CHECK(mon_reader_day_next(&day, &rec) == 1 &&
		  rec.payload.table == &mon_schema[MON_KIND_ALERT],
	    "a new row");
	CHECK_EQ(mon_reader_day_next(&day, &rec), 0, "no more");
	unlink("2025-08-31/custom.csv");
	put("2025-08-31/custom.csv", L("ts,vm,name,value\n2025-08-31T12:00:45Z,a,y,1\n"), O_TRUNC);
	CHECK(mon_reader_day_refresh(&day), "the folder is there");
	CHECK(mon_reader_day_next(&day, &rec) == 1 && rec.ts.p[18] == '5',
	    "a file in the place of another");
	CHECK_EQ(mon_reader_day_next(&day, &rec), 0, "no more");

	mon_reader_day_want(&day, &conn);
	CHECK(mon_reader_day_next(&day, &rec) == 1 && rec.payload.table == CONN, "one kind");
	mon_reader_day_end(&day);
	CHECK_EQ(mon_reader_day_next(&day, &rec), 0, "at the end");
	CHECK_EQ(system("rm -r 2025-08-31"), 0, "delete");
	CHECK(!mon_reader_day_refresh(&day), "the folder is gone");
	mon_reader_day_close(&day);
	close(fd);
	check_done();
}

/* The ledger's way: every line comes, whatever it is, and the caller says which is none. */
static void
gives_lines_that_are_no_records(void **state)
{
	static char text[3 * MON_READER_BUF];
	const struct mon_table *table = &mon_schema_ledger;
	const char *want[] = { "one", "", "two" }, *line = NULL;
	size_t n = table->headerlen, len = 0;
	int fd = open("lines", O_RDWR | O_CREAT | O_TRUNC, 0600);

	(void)state;
	memcpy(text, table->header, n);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "one\n\n");
	memset(text + n, 'x', 2 * MON_READER_BUF); /* longer than any row, and than the buffer */
	n += 2 * MON_READER_BUF;
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\ntwo\nbeing writ");
	CHECK_EQ(write(fd, text, n), n, "write");
	close(fd);

	CHECK_EQ(mon_reader_open(&reader, AT_FDCWD, "lines", table), 0, "open");
	for (size_t i = 0; i < CHECK_LEN(want); i++) {
		CHECK_EQ(mon_reader_line(&reader, &line, &len), 1, "line %zu", i);
		CHECK(len == strlen(want[i]) && memcmp(line, want[i], len) == 0, "line %zu", i);
		if (i == 1) {
			mon_reader_is_bad(&reader);
			CHECK_EQ(reader.bad, 1, "the caller's word counts");
			CHECK_EQ(reader.first_bad, table->headerlen + 4, "where it begins");
			CHECK_EQ(mon_reader_bad_line(&reader), 3, "and its number");
		}
	}
	CHECK_EQ(reader.bad, 2, "what is longer than a row counts by itself");
	CHECK_EQ(mon_reader_line(&reader, &line, &len), 0, "a line without LF is being written");
	mon_reader_close(&reader);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(a_row_is_checked_as_a_line_is),
		CHECK_TEST(the_longest_text_is_a_row),
		CHECK_TEST(only_a_file_with_our_header_is_read),
		CHECK_TEST(gives_each_row_once_in_both_directions),
		CHECK_TEST(sees_what_is_appended_and_not_what_was_cut_off),
		CHECK_TEST(gives_only_wanted_qubes),
		CHECK_TEST(finds_a_span_of_time_whatever_the_clock_did),
		CHECK_TEST(a_view_of_a_moment_reads_less),
		CHECK_TEST(finds_what_a_clock_left_that_was_ahead),
		CHECK_TEST(lines_that_are_none_do_not_mislead_the_search),
		CHECK_TEST(merges_the_files_of_a_day),
		CHECK_TEST(gives_lines_that_are_no_records),
	};

	return cmocka_run_group_tests(tests, check_make_folder, check_remove_folder);
}
