/*
 * test_csv.c - the only writer of *.csv: headers, torn ends, full disks, strange files.
 *
 * As root, small file systems are mounted where only this process sees them (unshare(2));
 * otherwise that test is skipped, and says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check.h"
#include "check_folder.h"
#include "cleanup.h"
#include "csv.h"
#include "io.h"

#define H "ts,vm,a\n"
#define HLEN (sizeof(H) - 1)
#define ROW "2025-08-31T12:00:10Z,work,1\n"
#define ROWLEN (sizeof(ROW) - 1)
#define BIG (1 << 20)

static int dir = -1;
static bool mounts; /* we may mount */

static int
make_folder(void **state)
{
	mounts = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
		 mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	signal(SIGXFSZ, SIG_IGN);
	if (check_make_folder(state) != 0)
		return 1;
	dir = open(".", O_RDONLY | O_DIRECTORY);
	return dir < 0;
}

static int
remove_folder(void **state)
{
	close(dir);
	return check_remove_folder(state);
}

static void
put(const char *name, const void *text, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(mon_io_write(fd, text, len), 0);
	close(fd);
}

/* The whole file; static storage. */
static const char *
get(const char *name, size_t *len)
{
	static char text[2 * BIG];
	int fd = open(name, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(mon_io_read(fd, text, sizeof(text), len), 0);
	close(fd);
	return text;
}

static bool
holds(const char *name, const void *want, size_t len)
{
	size_t got;
	const char *text = get(name, &got);

	return got == len && memcmp(text, want, len) == 0;
}

/* What there is before, and what mon_csv_open() makes of it. */
static const struct {
	const char *what, *before;
	size_t len;
	int r;
	const char *after; /* NULL: as before */
	long cut;
} opens[] = {
	{ "header only", L(H), 0, NULL, 0 },
	{ "a row", L(H ROW), 0, NULL, 0 },
	{ "empty", L(""), 0, H, 0 },
	{ "a torn row", L(H ROW "2025-"), 0, H ROW, 5 },
	{ "a torn first row", L(H "2"), 0, H, 1 },
	{ "one byte", L(H ROW "2"), 0, H ROW, 1 },
	{ "a row without LF", L(H ROW "2025-08-31T12:00:10Z,work,1"), 0, H ROW, 27 },
	{ "a NUL behind", L(H ROW "\0"), 0, H ROW, 1 },
	{ "NULs behind", L(H ROW "\0\0\0\0"), 0, H ROW, 4 },
	{ "NULs, then a row", L(H ROW "\0\0\0" ROW), 0, H ROW, 3 + ROWLEN },
	{ "a row that ends in NULs", L(H ROW "2025\0\0"), 0, H ROW, 6 },
	{ "a NUL in a row", L(H ROW "20\00025\n" ROW), 0, H ROW, 6 + ROWLEN },
	{ "NULs behind the header", L(H "\0\0"), 0, H, 2 },
	{ "a NUL line behind the header", L(H "\0\n"), 0, H, 2 },
	{ "an empty line is a line", L(H "\n"), 0, NULL, 0 },
	{ "part of the header", L("ts,v"), 0, H, 4 },
	{ "the header without LF", L("ts,vm,a"), 0, H, 7 },
	{ "one byte of the header", L("t"), 0, H, 1 },
	{ "NULs for a header", L("\0\0\0"), 0, H, 3 },
	{ "part of the header, then NULs", L("ts\0\0\0\0\0\0"), 0, H, 8 },
	{ "NULs as long as a header", L("\0\0\0\0\0\0\0\0"), 0, H, 8 },
	{ "NULs a byte longer than a header", L("\0\0\0\0\0\0\0\0\0"), -EBADMSG, NULL, 0 },
	{ "NULs longer than a header", L("\0\0\0\0\0\0\0\0\0\0"), -EBADMSG, NULL, 0 },
	{ "another header", L("ts,vm,b\n" ROW), -EBADMSG, NULL, 0 },
	{ "another header, shorter", L("ts,vm\n" ROW), -EBADMSG, NULL, 0 },
	{ "another header, longer", L("ts,vm,a,b\n" ROW), -EBADMSG, NULL, 0 },
	{ "another header alone, shorter", L("ts,vm\n"), -EBADMSG, NULL, 0 },
	{ "another header, torn", L("ts,vm,b\n2025"), -EBADMSG, NULL, 0 },
	{ "another header, torn itself", L("time"), -EBADMSG, NULL, 0 },
	{ "CRLF", L("ts,vm,a\r\n" ROW), -EBADMSG, NULL, 0 },
	{ "a byte order mark", L("\xef\xbb\xbf" H ROW), -EBADMSG, NULL, 0 },
	{ "quotes", L("\"ts\",\"vm\",\"a\"\n"), -EBADMSG, NULL, 0 },
	{ "no header", L(ROW ROW), -EBADMSG, NULL, 0 },
	{ "one byte of something else", L("x"), -EBADMSG, NULL, 0 },
	{ "a LF", L("\n"), -EBADMSG, NULL, 0 },
};

static void
opens_what_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(opens); i++) {
		const char *after = opens[i].after != NULL ? opens[i].after : opens[i].before;
		size_t len = opens[i].after != NULL ? strlen(after) : opens[i].len;

		for (int heal = 0; heal < 2; heal++) {
			struct mon_csv csv;
			off_t cut;
			int r;

			put("file.csv", opens[i].before, opens[i].len);
			check_fill(&csv, sizeof(csv));
			check_fill(&cut, sizeof(cut));
			r = heal ? mon_csv_heal(dir, "file.csv", H, HLEN, &cut)
				 : mon_csv_open(dir, "file.csv", H, HLEN, &csv, &cut);
			CHECK_EQ(r, opens[i].r, "%s, heal %d", opens[i].what, heal);
			CHECK(holds("file.csv", after, len), "%s, heal %d", opens[i].what, heal);
			if (opens[i].r == 0)
				CHECK_EQ(cut, opens[i].cut, "%s, heal %d", opens[i].what, heal);
			else
				CHECK(check_untouched(&cut, sizeof(cut)), "%s", opens[i].what);
			if (heal || opens[i].r != 0) {
				CHECK(check_untouched(&csv, sizeof(csv)), "%s", opens[i].what);
				continue;
			}
			CHECK_EQ(csv.size, len, "%s", opens[i].what);
			CHECK_EQ(mon_csv_append(&csv, ROW, ROWLEN), 0, "%s", opens[i].what);
			mon_csv_close(&csv);
			CHECK(csv.fd == -1 && csv.size == 0, "%s: closed", opens[i].what);
			mon_csv_close(&csv);
		}
	}
	check_done();
}

static void
makes_what_is_missing(void **state)
{
	struct mon_csv csv = MON_CSV_NONE;
	struct stat st;
	off_t cut;

	(void)state;
	unlink("new.csv");
	check_fill(&cut, sizeof(cut));
	CHECK_EQ(mon_csv_heal(dir, "new.csv", H, HLEN, &cut), -ENOENT, "heal makes nothing");
	CHECK(check_untouched(&cut, sizeof(cut)), "untouched");
	CHECK_EQ(access("new.csv", F_OK), -1, "heal makes nothing");
	CHECK_EQ(mon_csv_open(dir, "new.csv", H, HLEN, &csv, &cut), 0, "open");
	CHECK(cut == 0 && csv.size == (off_t)HLEN && holds("new.csv", H, HLEN), "the header");
	CHECK(
	    stat("new.csv", &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_nlink == 1, "0600");
	CHECK(fcntl(csv.fd, F_GETFD) & FD_CLOEXEC, "not inherited");
	CHECK_EQ(mon_csv_append(&csv, ROW, ROWLEN), 0, "append");
	CHECK_EQ(mon_csv_append(&csv, ROW ROW, 2 * ROWLEN), 0, "append after append");
	CHECK_EQ(mon_csv_append(&csv, "", 0), 0, "append nothing");
	CHECK_EQ(mon_csv_sync(&csv), 0, "sync");
	CHECK_EQ(csv.size, HLEN + 3 * ROWLEN, "size");
	mon_csv_close(&csv);
	CHECK_EQ(mon_csv_open(dir, "new.csv", H, HLEN, &csv, &cut), 0, "open again");
	CHECK_EQ(mon_csv_append(&csv, ROW, ROWLEN), 0, "append");
	mon_csv_close(&csv);
	CHECK(holds("new.csv", H ROW ROW ROW ROW, HLEN + 4 * ROWLEN), "the header once");
	CHECK_EQ(
	    system("test \"$(ls -A | grep -v '^new.csv$\\|^file.csv$')\" = ''"), 0, "no leftover");
	CHECK_EQ(mon_csv_open(-1, "new.csv", H, HLEN, &csv, &cut), -EBADF, "no folder");
	check_done();
}

/* Something in the place of the file: refused at once, without waiting, and left alone. */
static void
refuses_what_is_no_file(void **state)
{
	static const struct {
		const char *what, *set_up;
		int want;
	} cases[] = {
		{ "a FIFO", "mkfifo odd.csv", -ENXIO },
		{ "a directory", "mkdir odd.csv", -EISDIR },
		{ "a symlink to a good file", "ln -s good.csv odd.csv", -ELOOP },
		{ "a symlink to nothing", "ln -s nothing odd.csv", -ELOOP },
		{ "a device", "mknod odd.csv c 1 3 2>/dev/null", -ENXIO },
	};

	(void)state;
	put("good.csv", L(H ROW "torn"));
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		struct mon_csv csv;
		off_t cut;

		assert_int_equal(system("rm -rf odd.csv"), 0);
		if (system(cases[i].set_up) != 0) {
			print_message("not tested, we may not make it: %s\n", cases[i].what);
			continue;
		}
		check_fill(&csv, sizeof(csv));
		check_fill(&cut, sizeof(cut));
		alarm(10); /* a FIFO must not make it wait */
		CHECK_EQ(mon_csv_open(dir, "odd.csv", H, HLEN, &csv, &cut), cases[i].want, "%s",
		    cases[i].what);
		CHECK_EQ(mon_csv_heal(dir, "odd.csv", H, HLEN, &cut), cases[i].want, "%s",
		    cases[i].what);
		alarm(0);
		CHECK(check_untouched(&csv, sizeof(csv)) && check_untouched(&cut, sizeof(cut)),
		    "%s", cases[i].what);
	}
	CHECK(holds("good.csv", H ROW "torn", HLEN + ROWLEN + 4), "never through a symlink");
	check_done();
}

/* Rows, as many as fill ${len} bytes behind the header exactly; the last may be longer. */
static size_t
fill_rows(char *dst, size_t len)
{
	size_t n = 0;

	memcpy(dst, H, HLEN);
	n = HLEN;
	while (n + 2 * ROWLEN <= HLEN + len) {
		memcpy(dst + n, ROW, ROWLEN);
		n += ROWLEN;
	}
	while (n + 1 < HLEN + len)
		dst[n++] = 'x';
	dst[n++] = '\n';
	return n;
}

static void
heals_to(const char *text, size_t len, size_t want, const char *what, size_t i, size_t j)
{
	struct mon_csv csv = MON_CSV_NONE;
	off_t cut = -1;

	put("torn.csv", text, len);
	CHECK_EQ(mon_csv_open(dir, "torn.csv", H, HLEN, &csv, &cut), 0, "%s %zu %zu", what, i, j);
	CHECK_EQ(csv.size, want, "%s %zu %zu", what, i, j);
	CHECK_EQ(cut, len - want, "%s %zu %zu", what, i, j);
	CHECK(holds("torn.csv", text, want), "%s %zu %zu", what, i, j);
	mon_csv_close(&csv);
}

/* A torn end of every length, behind rows that end anywhere around the borders of a window. */
static void
heals_a_fragment_of_every_length(void **state)
{
	static const size_t wholes[] = { 1, 100, 4095, 4096, 4097, 32767, 32768, 32769, 65536 };
	char *text = malloc(BIG);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < CHECK_LEN(wholes); i++) {
		size_t whole = fill_rows(text, wholes[i]);

		memset(text + whole, 'f', BIG - whole);
		for (size_t torn = 1; torn < 5000; torn += torn < 40 || torn % 512 > 500 ? 1 : 37)
			heals_to(text, whole + torn, whole, "letters", wholes[i], torn);
		for (size_t torn = 32700; torn < 32800; torn += 7)
			heals_to(text, whole + torn, whole, "letters", wholes[i], torn);
		heals_to(text, whole + 500000, whole, "letters", wholes[i], 500000);
		memset(text + whole, '\0', BIG - whole);
		for (size_t torn = 1; torn < 5000; torn += torn < 40 || torn % 512 > 500 ? 1 : 37)
			heals_to(text, whole + torn, whole, "NULs", wholes[i], torn);
		heals_to(text, whole + 500000, whole, "NULs", wholes[i], 500000);
	}
	free(text);
	check_done();
}

/*
 * A power cut wrote the later pages of some appends and not the earlier: whole rows stand
 * behind NULs.  Whatever page is missing, all from there on is cut.
 */
static void
heals_a_hole_between_rows(void **state)
{
	static const size_t sizes[] = { 2, 3, 9, 13, 40, 120 };
	char *text = malloc(BIG);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < CHECK_LEN(sizes); i++) {
		for (size_t hole = 1; hole < sizes[i]; hole += 1 + sizes[i] / 10) {
			for (size_t tail = 0; tail < 3; tail++) {
				size_t len = sizes[i] * 4096 - (tail == 1 ? 1000 : 0), whole;

				/* the file is exactly full, ends in the last page, or has a torn end */
				assert_int_equal(fill_rows(text, len - HLEN), len);
				if (tail == 2)
					text[len - 1] = 'x';
				memset(text + hole * 4096, '\0',
				    len - hole * 4096 < 4096 ? len - hole * 4096 : 4096);
				whole = hole * 4096;
				while (text[whole - 1] != '\n')
					whole--;
				heals_to(text, len, whole, "a hole", sizes[i], hole);
			}
		}
	}
	free(text);
	check_done();
}

/* Append ${n} times ${len} bytes of rows to synced.csv, and sync them or not. */
static void
grow(size_t n, const char *rows, size_t len, bool sync)
{
	struct mon_csv csv = MON_CSV_NONE;
	off_t cut = -1;

	assert_int_equal(mon_csv_open(dir, "synced.csv", H, HLEN, &csv, &cut), 0);
	assert_int_equal(cut, 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(mon_csv_append(&csv, rows, len), 0);
	if (sync)
		assert_int_equal(mon_csv_sync(&csv), 0);
	mon_csv_close(&csv);
}

/* What was synced is known: all behind it is searched, however much, and nothing before it. */
static void
heals_all_behind_what_was_synced(void **state)
{
	static char rows[10000 * ROWLEN];
	static const struct {
		const char *what, *claim; /* the attribute is set to; NULL: as it was left */
		size_t hole;              /* a NUL at this row, counted in 10,000 */
		size_t left;              /* rows */
	} cases[] = {
		{ "just behind", NULL, 1, 10000 },
		{ "in the first append behind", NULL, 2, 20000 },
		{ "in the last", NULL, 5, 50000 },
		{ "before: no power cut made it", NULL, 0, 60000 },
		{ "a claim beyond the end", "9999999999", 0, 0 },
		{ "a claim within a row", "280009", 0, 0 },
		{ "a claim that is none", "1x", 0, 0 },
		{ "an empty claim", "", 0, 0 },
	};
	char claim[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows); i += ROWLEN)
		memcpy(rows + i, ROW, ROWLEN);
	unlink("synced.csv");
	grow(1, rows, sizeof(rows), true);
	if (getxattr("synced.csv", "user.sys-monitor.synced", claim, sizeof(claim)) < 0) {
		print_message("not tested, this file system has no extended attributes\n");
		skip();
	}
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		off_t cut = -1;
		struct stat st;

		unlink("synced.csv");
		grow(1, rows, sizeof(rows), true);
		grow(5, rows, sizeof(rows), false);
		if (cases[i].claim != NULL)
			assert_int_equal(setxattr("synced.csv", "user.sys-monitor.synced",
					     cases[i].claim, strlen(cases[i].claim), 0),
			    0);
		{
			cleanup_fd int fd = open("synced.csv", O_WRONLY);

			assert_int_equal(
			    pwrite(fd, "", 1, (off_t)(HLEN + cases[i].hole * sizeof(rows) + 3)), 1);
		}
		CHECK_EQ(mon_csv_heal(dir, "synced.csv", H, HLEN, &cut), 0, "%s", cases[i].what);
		assert_int_equal(stat("synced.csv", &st), 0);
		CHECK_EQ(st.st_size, HLEN + cases[i].left * ROWLEN, "%s", cases[i].what);
		CHECK_EQ(cut, (60000 - cases[i].left) * ROWLEN, "%s", cases[i].what);
	}
	/* The claim is never more than what was synced, whatever failed. */
	unlink("synced.csv");
	grow(2, rows, sizeof(rows), false);
	CHECK(getxattr("synced.csv", "user.sys-monitor.synced", claim, sizeof(claim)) < 0,
	    "nothing was synced");
	check_done();
}

/* An append goes where the whole rows end, whatever another hand wrote behind them meanwhile. */
static void
appends_at_its_place(void **state)
{
	struct mon_csv csv = MON_CSV_NONE;
	off_t cut;

	(void)state;
	put("place.csv", L(H ROW));
	assert_int_equal(mon_csv_open(dir, "place.csv", H, HLEN, &csv, &cut), 0);
	assert_int_equal(system("printf foreign >>place.csv"), 0);
	CHECK_EQ(mon_csv_append(&csv, ROW, ROWLEN), 0, "append");
	mon_csv_close(&csv);
	CHECK(holds("place.csv", H ROW ROW, HLEN + 2 * ROWLEN), "no row is glued to it");
	check_done();
}

/* Random files: what is left is the header and whole rows, and nothing good at the end is lost. */
static void
heals_random_ends(void **state)
{
	uint64_t seed = 2025;

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		char text[12000];
		size_t len = fill_rows(text, 1 + check_below(&seed, 9000)), whole = len;
		size_t torn = check_below(&seed, 2500);
		bool nul = false;

		for (size_t j = 0; j < torn; j++) {
			char c = "ab,\0\n"[check_below(&seed, 200) > 0 ? check_below(&seed, 3)
								       : 3 + check_below(&seed, 2)];

			text[len++] = c;
			nul |= c == '\0';
			if (c == '\n' && !nul)
				whole = len;
		}
		heals_to(text, len, whole, "random", i, torn);
	}
	check_done();
}

/* An append that fails leaves the file as it was, and a later one succeeds. */
static void
fails_without_a_trace(const char *path, const char *what, int want)
{
	static char rows[BIG];
	int there = open(path, O_RDONLY | O_DIRECTORY);
	struct mon_csv csv = MON_CSV_NONE;
	struct stat before, after;
	char name[300];
	off_t cut;

	assert_true(there >= 0);
	for (size_t i = 0; i + ROWLEN <= sizeof(rows); i += ROWLEN)
		memcpy(rows + i, ROW, ROWLEN);
	snprintf(name, sizeof(name), "%s/full.csv", path);
	CHECK_EQ(mon_csv_open(there, "full.csv", H, HLEN, &csv, &cut), 0, "%s: open", what);
	CHECK_EQ(mon_csv_append(&csv, ROW, ROWLEN), 0, "%s: one row", what);
	CHECK_EQ(mon_csv_sync(&csv), 0, "%s: sync", what);
	assert_int_equal(fstat(csv.fd, &before), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(
		    mon_csv_append(&csv, rows, sizeof(rows) / ROWLEN * ROWLEN), want, "%s", what);
		assert_int_equal(fstat(csv.fd, &after), 0);
		CHECK_EQ(after.st_size, before.st_size, "%s", what);
		/* A block of the file system's own may come; that is not the rest of the disk. */
		CHECK(after.st_blocks <= before.st_blocks + 64, "%s: keeps %lld blocks", what,
		    (long long)after.st_blocks);
		CHECK_EQ(csv.size, before.st_size, "%s", what);
	}
	CHECK_EQ(mon_csv_append(&csv, ROW, ROWLEN), 0, "%s: a row that fits", what);
	mon_csv_close(&csv);
	CHECK(holds(name, H ROW ROW, HLEN + 2 * ROWLEN), "%s: whole rows", what);
	close(there);
}

/* No file system to be filled is needed for this: the limit of the process. */
static void
survives_a_limit(void **state)
{
	struct rlimit old, small = { .rlim_cur = 5000 };

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	fails_without_a_trace(".", "RLIMIT_FSIZE", -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	check_done();
}

static void
survives_a_full_disk(void **state)
{
	static const struct {
		const char *what, *set_up;
	} cases[] = {
		{ "tmpfs", "mount -t tmpfs -o size=256k none full" },
		{ "ext4", "truncate -s 1M img && mke2fs -q -t ext4 -O ^has_journal img && mount -o "
			  "loop img full" },
		{ "ext2, without fallocate",
		    "truncate -s 1M img && mke2fs -q -t ext2 img && mount -o loop img full" },
	};
	size_t tried = 0;

	(void)state;
	if (!mounts) {
		print_message("not tested, only root can mount: full disks\n");
		skip();
	}
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char command[300];

		assert_int_equal(system("rm -rf full img; mkdir full"), 0);
		snprintf(command, sizeof(command), "{ %s; } >/dev/null 2>&1", cases[i].set_up);
		if (system(command) != 0) {
			print_message("not tested, cannot be mounted here: %s\n", cases[i].what);
			continue;
		}
		fails_without_a_trace("full", cases[i].what, -ENOSPC);
		assert_int_equal(system("umount full"), 0);
		tried++;
	}
	if (tried == 0)
		skip();
	check_done();
}

/* Where there is no room for the header there is no file either, not even an empty one. */
static void
makes_no_file_on_a_full_disk(void **state)
{
	struct rlimit old, none = { .rlim_cur = 3 };
	struct mon_csv csv;
	off_t cut;

	(void)state;
	check_fill(&csv, sizeof(csv));
	check_fill(&cut, sizeof(cut));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	CHECK_EQ(mon_csv_open(dir, "none.csv", H, HLEN, &csv, &cut), -EFBIG, "no room");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	CHECK(
	    check_untouched(&csv, sizeof(csv)) && check_untouched(&cut, sizeof(cut)), "untouched");
	CHECK_EQ(access("none.csv", F_OK), -1, "no file");
	CHECK_EQ(access(".none.csv.tmp", F_OK), -1, "no leftover");
	check_done();
}

/*
 * From here on, in this process and its children, the kernel answers the system call ${nr},
 * where the bits ${mask} of its third argument are set, with the error ${err}: seccomp(2).
 */
static void
refuse_call(int nr, uint32_t mask, int err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mask, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { CHECK_LEN(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		exit(99);
}

/* What a new file and a torn one give when one system call fails, and what they leave. */
static const struct {
	const char *what;
	int nr;
	uint32_t mask;
	int err;
	int open_new, append, sync, open_torn;
	bool made, grown; /* is there a new file; did it get its row */
} refused[] = {
	{ "O_TMPFILE: EOPNOTSUPP", SYS_openat, O_TMPFILE & ~O_DIRECTORY, EOPNOTSUPP, 0, 0, 0, 0,
	    true, true },
	{ "O_TMPFILE: EISDIR, an old kernel", SYS_openat, O_TMPFILE & ~O_DIRECTORY, EISDIR, 0, 0, 0,
	    0, true, true },
	{ "O_TMPFILE: ENOSPC", SYS_openat, O_TMPFILE & ~O_DIRECTORY, ENOSPC, -ENOSPC, 0, 0, 0,
	    false, false },
	{ "linkat: EDQUOT", SYS_linkat, 0, EDQUOT, -EDQUOT, 0, 0, 0, false, false },
	{ "fsync: EIO", SYS_fsync, 0, EIO, -EIO, 0, 0, 0, false, false },
	{ "fallocate: EOPNOTSUPP", SYS_fallocate, 0, EOPNOTSUPP, 0, 0, 0, 0, true, true },
	{ "fallocate: ENOSYS", SYS_fallocate, 0, ENOSYS, 0, 0, 0, 0, true, true },
	{ "fallocate: EDQUOT", SYS_fallocate, 0, EDQUOT, 0, -EDQUOT, 0, 0, true, false },
	{ "pwrite: EIO", SYS_pwrite64, 0, EIO, 0, -EIO, 0, 0, true, false },
	{ "write: ENOSPC", SYS_write, 0, ENOSPC, -ENOSPC, 0, 0, 0, false, false },
	{ "fdatasync: EIO", SYS_fdatasync, 0, EIO, 0, 0, -EIO, 0, true, true },
	{ "ftruncate: EIO", SYS_ftruncate, 0, EIO, 0, 0, 0, -EIO, true, true },
	{ "pread: EIO", SYS_pread64, 0, EIO, -EIO, 0, 0, -EIO, true, false },
};

/* In a child of its own: 0 if all is as the row says, else the step that was not. */
static int
try_refused(size_t i)
{
	struct mon_csv csv = MON_CSV_NONE;
	off_t cut = -1;

	refuse_call(refused[i].nr, refused[i].mask, refused[i].err);
	if (mon_csv_open(dir, "torn.csv", H, HLEN, &csv, &cut) != refused[i].open_torn)
		return 1;
	if (refused[i].open_torn < 0 && (csv.fd != -1 || cut != -1))
		return 2;
	mon_csv_close(&csv);
	cut = -1;
	if (mon_csv_open(dir, "refused.csv", H, HLEN, &csv, &cut) != refused[i].open_new)
		return 3;
	if (refused[i].open_new < 0)
		return csv.fd != -1 || cut != -1 ? 4 : 0;
	if (mon_csv_append(&csv, ROW, ROWLEN) != refused[i].append)
		return 5;
	if (mon_csv_sync(&csv) != refused[i].sync)
		return 6;
	mon_csv_close(&csv);
	return 0;
}

static void
keeps_its_promises_when_a_call_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(refused); i++) {
		const char *want = refused[i].grown ? H ROW : H;
		int status;
		pid_t pid;

		assert_int_equal(system("rm -f refused.csv .refused.csv.tmp"), 0);
		put("torn.csv", L(H ROW "torn"));
		/* What a killed run may have left is no hindrance. */
		if (refused[i].made)
			put(".refused.csv.tmp", L("ts,vm,a and much more than a header"));
		fflush(NULL);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			exit(try_refused(i));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		CHECK_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0, "%s: the step",
		    refused[i].what);
		CHECK(holds("torn.csv", H ROW "torn",
			  HLEN + ROWLEN + (refused[i].open_torn < 0 ? 4 : 0)),
		    "%s: the torn file", refused[i].what);
		if (refused[i].made) {
			CHECK(holds("refused.csv", want, strlen(want)), "%s: the new file",
			    refused[i].what);
			continue;
		}
		/* fsync(2) of the folder comes when the file has its name: it is whole then. */
		CHECK(access("refused.csv", F_OK) < 0, "%s: no new file", refused[i].what);
		CHECK(access(".refused.csv.tmp", F_OK) < 0, "%s: no leftover", refused[i].what);
	}
	check_done();
}

/* An append whose rollback fails, too, leaves what the next open heals. */
static void
heals_what_could_not_be_rolled_back(void **state)
{
	struct rlimit small = { .rlim_cur = HLEN + ROWLEN + 10, .rlim_max = RLIM_INFINITY };
	struct mon_csv csv = MON_CSV_NONE;
	off_t cut = -1;
	int status;
	pid_t pid;

	(void)state;
	put("back.csv", L(H ROW));
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_FSIZE, &small);
		refuse_call(SYS_ftruncate, 0, EIO);
		exit(mon_csv_open(dir, "back.csv", H, HLEN, &csv, &cut) != 0 ||
		     mon_csv_append(&csv, ROW, ROWLEN) != -EIO);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0, "-EIO");
	CHECK(holds("back.csv", H ROW ROW, HLEN + ROWLEN + 10), "the row is torn");
	CHECK_EQ(mon_csv_heal(dir, "back.csv", H, HLEN, &cut), 0, "heal");
	CHECK(cut == 10 && holds("back.csv", H ROW, HLEN + ROWLEN), "healed");
	check_done();
}

static void
tells_errors(void **state)
{
	struct mon_csv none = MON_CSV_NONE, csv;
	char name[300], header[1025];
	off_t cut;

	(void)state;
	CHECK_EQ(mon_csv_append(&none, ROW, ROWLEN), -EIO, "no file");
	CHECK_EQ(mon_csv_sync(&none), -EBADF, "no file");
	check_fill(&csv, sizeof(csv));
	check_fill(&cut, sizeof(cut));
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK_EQ(mon_csv_open(dir, name, H, HLEN, &csv, &cut), -ENAMETOOLONG, "a long name");
	memset(header, 'h', sizeof(header));
	put("file.csv", header, sizeof(header));
	CHECK_EQ(mon_csv_open(dir, "file.csv", header, sizeof(header), &csv, &cut), -EINVAL,
	    "a header longer than any of ours");
	CHECK(
	    check_untouched(&csv, sizeof(csv)) && check_untouched(&cut, sizeof(cut)), "untouched");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(makes_what_is_missing),
		CHECK_TEST(opens_what_is_there),
		CHECK_TEST(refuses_what_is_no_file),
		CHECK_TEST(heals_a_fragment_of_every_length),
		CHECK_TEST(heals_a_hole_between_rows),
		CHECK_TEST(heals_all_behind_what_was_synced),
		CHECK_TEST(appends_at_its_place),
		CHECK_TEST(heals_random_ends),
		CHECK_TEST(survives_a_limit),
		CHECK_TEST(survives_a_full_disk),
		CHECK_TEST(makes_no_file_on_a_full_disk),
		CHECK_TEST(keeps_its_promises_when_a_call_fails),
		CHECK_TEST(heals_what_could_not_be_rolled_back),
		CHECK_TEST(tells_errors),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
