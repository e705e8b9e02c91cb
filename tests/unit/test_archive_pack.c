/* test_archive_pack.c - a day becomes an archive, and a damaged archive never passes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "check_folder.h"
#include "cleanup.h"
#include "dir.h"
#include "pack.h"
#include "plan.h"
#include "stamp.h"

#define DAY 20331 /* 2025-08-31 */

/* A base with one day: two files, of which one is ${mib} MiB long and some. */
static int
fresh_day(int mib)
{
	FILE *f;
	int fd;

	assert_int_equal(system("rm -rf base"), 0);
	fd = mon_dir_open("base", true);
	assert_int_equal(mkdirat(fd, "2025-08-31", 0700), 0);
	f = fopen("base/2025-08-31/qubes.csv", "w");
	assert_non_null(f);
	fputs("ts,vm,state\n2025-08-31T10:00:00Z,work,Running\n", f);
	assert_int_equal(fclose(f), 0);
	f = fopen("base/2025-08-31/connections.csv", "w");
	assert_non_null(f);
	fputs("ts,vm,tcp_established,udp_sockets\n", f);
	for (unsigned i = 0, n = 7; i < 30000U * (unsigned)mib; i++, n = n * 1103515245 + 12345)
		fprintf(f, "2025-08-31T10:00:00Z,work,%u,4\n", n >> 8);
	assert_int_equal(fclose(f), 0);
	return fd;
}

static int
new_archive(void)
{
	int fd = open("archive", O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static void
test_round(void **state)
{
	for (int mib = 0; mib <= 4; mib += 2) {
		cleanup_fd int basefd = fresh_day(mib);
		cleanup_fd int fd = new_archive();
		char sha256[MON_HEX_LEN + 1], expected[MON_HEX_LEN + 1];
		const char *failed;
		struct mon_pack pack;
		uint64_t bytes = 0, size = 0;
		char head[8];

		assert_int_equal(mon_pack_open(basefd, DAY, &pack, &failed), 0);
		assert_int_equal(pack.n, 2);
		assert_string_equal(pack.files[0].table->file, "connections.csv");
		assert_int_equal(mon_pack_write(&pack, fd, NULL, sha256, &bytes), 0);
		assert_int_equal(mon_pack_verify(&pack, fd, sha256), 0);
		/* The header of RFC 1952: no name, no time, made on Unix, nothing of this machine. */
		assert_int_equal(pread(fd, head, sizeof(head), 0), sizeof(head));
		assert_memory_equal(head, "\x1f\x8b\x08\0\0\0\0\0", 8);
		assert_int_equal(mon_ledger_hash(fd, expected, &size), 0);
		assert_string_equal(sha256, expected);
		assert_int_equal(bytes, size);
		assert_int_equal(system("mkdir -p u && tar xzf archive -C u && diff -r u base"), 0);
		/* Rows that come later are no part of it. */
		assert_int_equal(system("echo more >>base/2025-08-31/qubes.csv"), 0);
		assert_int_equal(mon_pack_verify(&pack, fd, sha256), 0);
		mon_pack_close(&pack);
	}
	(void)state;
}

/* One file's worth of failures: every byte of a small archive, changed, must be noticed. */
static void
test_damage(void **state)
{
	cleanup_fd int basefd = fresh_day(0);
	cleanup_fd int fd = new_archive();
	char sha256[MON_HEX_LEN + 1];
	const char *failed;
	struct mon_pack pack;
	uint64_t size = 0;

	(void)state;
	assert_int_equal(mon_pack_open(basefd, DAY, &pack, &failed), 0);
	assert_int_equal(mon_pack_write(&pack, fd, NULL, sha256, &size), 0);
	assert_int_equal(mon_pack_verify(&pack, fd, sha256), 0);
	for (uint64_t i = 0; i < size; i++) {
		unsigned char was, now;

		assert_int_equal(pread(fd, &was, 1, (off_t)i), 1);
		now = (unsigned char)(was ^ 1);
		assert_int_equal(pwrite(fd, &now, 1, (off_t)i), 1);
		CHECK_EQ(mon_pack_verify(&pack, fd, sha256), -EBADMSG, "byte %d", (int)i);
		assert_int_equal(pwrite(fd, &was, 1, (off_t)i), 1);
	}
	for (uint64_t n = 0; n < size; n++) {
		assert_int_equal(ftruncate(fd, (off_t)(size - n - 1)), 0);
		CHECK_EQ(
		    mon_pack_verify(&pack, fd, sha256), -EBADMSG, "cut to %d", (int)(size - n - 1));
	}
	mon_pack_close(&pack);
	check_done();
}

/* The archive is sound, but the files are others by now, or another day's. */
static void
test_different(void **state)
{
	static const struct {
		const char *what, *command;
		int want;
	} cases[] = {
		{ "nothing", "true", 0 },
		{ "a byte",
		    "printf X | dd of=base/2025-08-31/qubes.csv bs=1 seek=30 conv=notrunc "
		    "2>/dev/null",
		    -EBADMSG },
		{ "a byte behind the first MiB",
		    "printf X | dd of=base/2025-08-31/connections.csv bs=1 seek=1060000 "
		    "conv=notrunc 2>/dev/null",
		    -EBADMSG },
		{ "a file cut short", "truncate -s -1 base/2025-08-31/connections.csv", -EBADMSG },
		{ "an archive with something behind it", "printf x >>archive", -EBADMSG },
		{ "another archive behind it", "cat archive >a && cat a >>archive", -EBADMSG },
		{ "no archive", ": >archive", -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		cleanup_fd int basefd = fresh_day(1);
		cleanup_fd int fd = new_archive();
		char sha256[MON_HEX_LEN + 1];
		const char *failed;
		struct mon_pack pack;
		uint64_t bytes;

		assert_int_equal(mon_pack_open(basefd, DAY, &pack, &failed), 0);
		assert_int_equal(mon_pack_write(&pack, fd, NULL, sha256, &bytes), 0);
		assert_int_equal(system(cases[i].command), 0);
		CHECK_EQ(mon_pack_verify(&pack, fd, sha256), cases[i].want, "%s", cases[i].what);
		mon_pack_close(&pack);
	}
	check_done();
}

static void
test_open(void **state)
{
	cleanup_fd int basefd = fresh_day(0);
	const char *failed = "x";
	struct mon_pack pack;

	(void)state;
	check_fill(&pack, sizeof(pack));
	assert_int_equal(mon_pack_open(basefd, DAY + 1, &pack, &failed), -ENOENT);
	assert_null(failed);
	assert_true(check_untouched(&pack, sizeof(pack)));
	assert_int_equal(symlink("2025-08-31", "base/2025-09-01"), 0);
	assert_int_equal(mon_pack_open(basefd, DAY + 1, &pack, &failed), -ENOTDIR);
	assert_true(check_untouched(&pack, sizeof(pack)));
	/* Torn ends are cut, foreign headers and foreign files told. */
	assert_int_equal(
	    system(
		"printf torn >>base/2025-08-31/qubes.csv;"
		"printf 'a,b\\nc\\n' >base/2025-08-31/disk.csv;"
		"echo mine >mine; ln -s ../../mine base/2025-08-31/alerts.csv; touch base/2025-08-31/x"),
	    0);
	assert_int_equal(mon_pack_open(basefd, DAY, &pack, &failed), 0);
	assert_int_equal(pack.n, 3);
	assert_string_equal(pack.files[1].table->file, "disk.csv");
	assert_int_equal(pack.files[1].odd, -EBADMSG);
	assert_int_equal(pack.files[2].cut, 4);
	assert_int_equal(pack.content.foreign, 2);
	mon_pack_close(&pack);
}

static void
test_finished(void **state)
{
	static const struct {
		const char *tz, *now;
		const char *first_unfinished;
	} cases[] = {
		{ "UTC", "2025-09-01T12:00:00Z", "2025-09-01" },
		{ "UTC", "2025-09-01T00:10:00Z", "2025-09-01" },
		{ "UTC", "2025-09-01T00:09:59Z", "2025-08-31" },
		{ "UTC", "2025-09-01T00:00:00Z", "2025-08-31" },
		{ "America/New_York", "2025-09-01T04:09:59Z", "2025-08-31" },
		{ "America/New_York", "2025-09-01T04:10:00Z", "2025-09-01" },
		{ "Pacific/Auckland", "2025-08-31T12:10:00Z", "2025-09-01" },
	};
	long got = 77, want;
	time_t now;

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		setenv("TZ", cases[i].tz, 1);
		assert_true(mon_stamp_parse(cases[i].now, MON_STAMP_LEN, &now));
		assert_true(mon_stamp_parse_day(cases[i].first_unfinished, MON_DAY_LEN, &want));
		CHECK(mon_plan_finished(now, &got), "%s", cases[i].now);
		CHECK_EQ(got, want, "%s in %s", cases[i].now, cases[i].tz);
	}
	unsetenv("TZ");
	/* A clock that begins at the epoch: nothing is over, also where the wall still shows 1969. */
	setenv("TZ", "America/New_York", 1);
	for (now = 0; now < 90000; now += 130) {
		got = 77;
		CHECK(mon_plan_finished(now, &got) && got == 0, "second %ld of 1970", (long)now);
	}
	unsetenv("TZ");
	got = 77;
	CHECK(!mon_plan_finished(-1, &got) && got == 77, "before the epoch");
	CHECK(!mon_plan_finished((time_t)1 << 40, &got) && got == 77, "behind the year 9999");
	check_done();
}

static void
test_held(void **state)
{
	static const struct {
		const char *what, *vault, *kept; /* places of rows, or NULL */
		uint64_t newest;
		const char *place;
		bool want; /* for a day of 9 bytes that was archived */
	} cases[] = {
		{ "nothing", NULL, NULL, 0, "v", false },
		{ "in the vault", "v", NULL, 9, "v", true },
		{ "in the vault, asked for a folder", "v", NULL, 9, "/nowhere", true },
		{ "of another size", "v", NULL, 8, "v", false },
		{ "kept is not in the vault", NULL, "/nowhere", 9, "v", false },
		{ "kept, but gone", NULL, "/nowhere", 9, "/nowhere", false },
		{ "kept elsewhere", NULL, "/elsewhere", 9, "/nowhere", false },
	};

	struct mon_day_content content = { .bytes = 9, .dated = { mon_stamp_noon(DAY), 0 } };

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		struct mon_ledger_day d = { .day = DAY, .csv_bytes = cases[i].newest };

		d.in_vault = cases[i].vault != NULL;
		d.in_folder = cases[i].kept != NULL;
		d.vault.csv_bytes = d.folder.csv_bytes = cases[i].newest;
		snprintf(
		    d.folder.place, sizeof(d.folder.place), "%s", d.in_folder ? cases[i].kept : "");
		CHECK_EQ(mon_plan_held(AT_FDCWD, &d, &content, cases[i].place), cases[i].want, "%s",
		    cases[i].what);
		content.dated.tv_nsec = 1;
		CHECK_EQ(mon_plan_held(AT_FDCWD, &d, &content, cases[i].place), false,
		    "%s, in another folder", cases[i].what);
		content.dated.tv_nsec = 0;
	}
	check_done();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		CHECK_TEST(test_round),
		CHECK_TEST(test_damage),
		CHECK_TEST(test_different),
		CHECK_TEST(test_open),
		CHECK_TEST(test_finished),
		CHECK_TEST(test_held),
	};

	return cmocka_run_group_tests(tests, check_make_folder, check_remove_folder);
}
