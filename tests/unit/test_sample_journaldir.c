/* test_sample_journaldir.c - which files of a journal are looked at where there are too many. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "journaldir.h"

#define MACHINE "0123456789abcdef0123456789abcdef"
#define JOURNAL "var/log/journal/" MACHINE
#define FILES (MON_JOURNAL_FILES_MAX + 3)
#define NEWEST 100000 /* seconds since the epoch */

static const char *const folders[] = { "etc", "var", "var/log", "var/log/journal", JOURNAL };

static char root[] = "/tmp/mon-test-journaldir.XXXXXX";
static int rootfd = -1;
static const struct mon_served nothing_served;

static int
make_file(const char *path, const char *text)
{
	int fd = openat(rootfd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) >= 0;

	close(fd);
	return ok ? 0 : -1;
}

/* In the order in which the folder is read, each is older than the one before. */
static int
age_files(void)
{
	int fd = openat(rootfd, JOURNAL, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0, r = 0;
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (folder == NULL)
		return -1;
	while (r == 0 && (entry = readdir(folder)) != NULL) {
		const struct timespec times[2] = { { .tv_sec = NEWEST - n },
			{ .tv_sec = NEWEST - n } };

		if (*entry->d_name == '.')
			continue;
		r = utimensat(fd, entry->d_name, times, 0);
		n++;
	}
	closedir(folder);
	return n == FILES ? r : -1;
}

static void
path_of(int i, char ret[128])
{
	snprintf(ret, 128, JOURNAL "/%d.journal", i);
}

static int
set_up(void **state)
{
	char path[128];
	int r;

	(void)state;
	rootfd = open(mkdtemp(root), O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = rootfd < 0 ? -1 : 0;
	for (size_t i = 0; r == 0 && i < CHECK_LEN(folders); i++)
		r = mkdirat(rootfd, folders[i], 0700);
	if (r == 0)
		r = make_file("etc/machine-id", MACHINE "\n");
	for (int i = 0; r == 0 && i < FILES; i++) {
		path_of(i, path);
		r = make_file(path, "");
	}
	return r == 0 ? age_files() : r;
}

static int
tear_down(void **state)
{
	char path[128];

	(void)state;
	for (int i = 0; i < FILES; i++) {
		path_of(i, path);
		unlinkat(rootfd, path, 0);
	}
	unlinkat(rootfd, "etc/machine-id", 0);
	for (size_t i = CHECK_LEN(folders); i > 0; i--)
		unlinkat(rootfd, folders[i - 1], AT_REMOVEDIR);
	close(rootfd);
	return rmdir(root);
}

static void
keeps_the_newest(void **state)
{
	static struct mon_journaldir dir;
	const uint64_t last = NEWEST - MON_JOURNAL_FILES_MAX; /* the first one that is too old */

	(void)state;
	CHECK_EQ(mon_journaldir_look(rootfd, &nothing_served, &dir), 0, "it can be read");
	CHECK_EQ(dir.n, MON_JOURNAL_FILES_MAX, "as many as are looked at");
	for (size_t i = 0; i < dir.n; i++)
		CHECK(dir.file[i].changed_ns > last * 1000000000, "%s is an older one",
		    dir.file[i].name);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(keeps_the_newest),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
