/* test_io.c - whole reads and writes, whatever signals and short counts come. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "check_folder.h"
#include "io.h"

#define BIG 1000000

static void
on_alarm(int sig)
{
	(void)sig;
}

/* Interrupt every call that takes longer than a millisecond, without SA_RESTART. */
static void
interrupt(bool on)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { .it_interval.tv_usec = on ? 1000 : 0,
		.it_value.tv_usec = on ? 1000 : 0 };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void
fill_pattern(char *p, size_t n)
{
	uint64_t seed = 5;

	for (size_t i = 0; i < n; i++)
		p[i] = (char)check_random(&seed);
}

/* A megabyte through a pipe that is read slowly: short writes and EINTR without end. */
static void
passes_all_through_a_pipe(void **state)
{
	char *out = malloc(BIG), *in = malloc(BIG + 1);
	size_t got = 0;
	int status;

	(void)state;
	assert_true(out != NULL && in != NULL);
	fill_pattern(out, BIG);
	for (int nonblock = 0; nonblock < 2; nonblock++) {
		int fds[2];
		pid_t pid;

		assert_int_equal(pipe2(fds, nonblock ? O_NONBLOCK : 0), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(fds[0]);
			interrupt(true);
			exit(mon_io_write(fds[1], out, BIG) != 0);
		}
		close(fds[1]);
		interrupt(true);
		CHECK_EQ(mon_io_read(fds[0], in, BIG + 1, &got), 0, "O_NONBLOCK %d", nonblock);
		interrupt(false);
		CHECK(got == BIG && memcmp(in, out, BIG) == 0, "O_NONBLOCK %d", nonblock);
		close(fds[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0, "O_NONBLOCK %d", nonblock);
	}
	free(in);
	free(out);
	check_done();
}

static void
reads_and_writes_at_an_offset(void **state)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char buf[16];
	size_t got = 0;

	(void)state;
	assert_true(fd >= 0);
	CHECK_EQ(mon_io_pwrite(fd, "cd", 2, 2), 0, "behind the end");
	CHECK_EQ(mon_io_pwrite(fd, "ab", 2, 0), 0, "the start");
	CHECK_EQ(mon_io_pwrite(fd, "", 0, 100), 0, "nothing");
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0, "the position did not move");
	CHECK_EQ(mon_io_pread(fd, buf, 3, 1, &got), 0, "the middle");
	CHECK(got == 3 && memcmp(buf, "bcd", 3) == 0, "the middle");
	CHECK_EQ(mon_io_pread(fd, buf, sizeof(buf), 3, &got), 0, "over the end");
	CHECK_EQ(got, 1, "over the end");
	CHECK_EQ(mon_io_pread(fd, buf, sizeof(buf), 50, &got), 0, "past the end");
	CHECK_EQ(got, 0, "past the end");
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0, "the position did not move");
	CHECK_EQ(mon_io_read(fd, buf, 4, &got), 0, "no more than asked");
	CHECK(got == 4 && memcmp(buf, "abcd", 4) == 0, "all");
	close(fd);
	check_done();
}

static void
tells_errors(void **state)
{
	char buf[4];
	size_t got;
	int fds[2], folder_fd = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	check_fill(&got, sizeof(got));
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	CHECK_EQ(mon_io_pread(fds[0], buf, 1, 0, &got), -ESPIPE, "a pipe has no offset");
	CHECK_EQ(mon_io_pwrite(fds[1], "a", 1, 0), -ESPIPE, "a pipe has no offset");
	close(fds[0]);
	CHECK_EQ(mon_io_write(fds[1], "a", 1), -EPIPE, "nobody reads");
	close(fds[1]);
	CHECK_EQ(mon_io_write(fds[1], "a", 1), -EBADF, "closed");
	CHECK_EQ(mon_io_write(fds[1], "a", 0), 0, "nothing to write");
	CHECK_EQ(mon_io_sync(fds[1]), -EBADF, "closed");
	assert_int_equal(pipe(fds), 0);
	CHECK_EQ(mon_io_sync(fds[1]), -EINVAL, "a pipe is on no disk");
	close(fds[0]), close(fds[1]);
	CHECK_EQ(mon_io_sync(folder_fd), 0, "a folder");
	CHECK_EQ(mon_io_read(folder_fd, buf, 1, &got), -EISDIR, "a directory");
	CHECK(check_untouched(&got, sizeof(got)), "untouched");
	close(folder_fd);
	check_done();
}

static void
writes_up_to_a_limit(void **state)
{
	struct rlimit old, ten = { .rlim_cur = 10 };
	struct stat st;
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);

	(void)state;
	assert_true(fd >= 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	ten.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &ten), 0);
	CHECK_EQ(mon_io_pwrite(fd, "0123456789abcdef", 16, 0), -EFBIG, "a short write, then none");
	CHECK_EQ(mon_io_write(fd, "0123456789abcdef", 16), -EFBIG, "a short write, then none");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 10, "the first part is there");
	close(fd);
	check_done();
}

/* A file of ${len} bytes into a buffer of ${cap}. */
static void
slurps(void **state)
{
	static const struct {
		const char *what;
		size_t len, cap;
		int want;
	} cases[] = {
		{ "empty", 0, 8, 0 },
		{ "short", 3, 8, 0 },
		{ "fits", 7, 8, 0 },
		{ "no room for the NUL", 8, 8, -EFBIG },
		{ "too long", 9, 8, -EFBIG },
		{ "much too long", 100, 8, -EFBIG },
		{ "only the NUL fits", 0, 1, 0 },
		{ "not even a byte", 1, 1, -EFBIG },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char text[100], *buf = malloc(cases[i].cap);
		size_t got, part;
		int fd = open("file", O_WRONLY | O_CREAT | O_TRUNC, 0600);

		assert_non_null(buf);
		memset(text, 'x', sizeof(text));
		assert_int_equal(mon_io_write(fd, text, cases[i].len), 0);
		close(fd);
		check_fill(&got, sizeof(got));
		check_fill(buf, cases[i].cap);
		CHECK_EQ(mon_io_slurp(AT_FDCWD, "file", buf, cases[i].cap, &got), cases[i].want,
		    "%s", cases[i].what);
		if (cases[i].want == 0)
			CHECK_EQ(got, cases[i].len, "%s", cases[i].what);
		else
			CHECK(check_untouched(&got, sizeof(got)), "%s", cases[i].what);
		part = cases[i].len < cases[i].cap ? cases[i].len : cases[i].cap - 1;
		CHECK(memcmp(buf, text, part) == 0 && buf[part] == '\0', "%s", cases[i].what);
		CHECK_EQ(mon_io_slurp(AT_FDCWD, "file", buf, cases[i].cap, NULL), cases[i].want,
		    "%s, length not asked", cases[i].what);
		free(buf);
	}
	CHECK_EQ(mon_io_slurp(AT_FDCWD, "missing", (char[8]){ 0 }, 8, NULL), -ENOENT, "missing");
	CHECK_EQ(mon_io_slurp(AT_FDCWD, "/", (char[8]){ 0 }, 8, NULL), -EISDIR, "a directory");
	check_done();
}

static void
slurps_a_pipe_and_no_fifo(void **state)
{
	char buf[16], path[64];
	size_t len = 77;
	int ends[2];

	(void)state;
	assert_int_equal(mkfifo("nobody-writes", 0600), 0);
	CHECK_EQ(mon_io_slurp(AT_FDCWD, "nobody-writes", buf, sizeof(buf), &len), -ENXIO,
	    "nobody writes");
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	if (fork() == 0) {
		usleep(200000); /* the reader waits */
		_exit(write(ends[1], "abc", 3) != 3);
	}
	close(ends[1]);
	CHECK_EQ(mon_io_slurp(AT_FDCWD, path, buf, sizeof(buf), &len), 0, "a pipe");
	CHECK(len == 3 && strcmp(buf, "abc") == 0, "a pipe: %zu", len);
	close(ends[0]);
	wait(NULL);
	CHECK_EQ(mon_io_slurp(AT_FDCWD, "/dev/null", buf, sizeof(buf), &len), 0, "/dev/null");
	CHECK_EQ(len, 0, "/dev/null");
	check_done();
}

static void
slurps_below_a_folder(void **state)
{
	char buf[4096];
	size_t len = 0;
	int proc = open("/proc", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_true(proc >= 0);
	CHECK_EQ(mon_io_slurp(proc, "uptime", buf, sizeof(buf), &len), 0, "/proc/uptime");
	CHECK(len > 3 && strlen(buf) == len && buf[len - 1] == '\n', "/proc/uptime: %s", buf);
	close(proc);
	check_done();
}

/* What could make a reader wait is refused at once: a FIFO without a writer, and with one that writes nothing. */
static void
slurps_files_alone(void **state)
{
	char buf[64];
	size_t len;
	int fd = open("file", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	(void)state;
	assert_int_equal(mon_io_write(fd, "text", 4), 0);
	close(fd);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	check_fill(&len, sizeof(len));
	alarm(10); /* it would wait for ever */
	CHECK_EQ(
	    mon_io_slurp_file(AT_FDCWD, "fifo", buf, sizeof(buf), &len), -ENXIO, "nobody writes");
	fd = open("fifo", O_RDWR);
	assert_true(fd >= 0);
	CHECK_EQ(
	    mon_io_slurp_file(AT_FDCWD, "fifo", buf, sizeof(buf), &len), -ENXIO, "nothing comes");
	close(fd);
	alarm(0);
	CHECK_EQ(
	    mon_io_slurp_file(AT_FDCWD, "/dev/zero", buf, sizeof(buf), &len), -ENXIO, "a device");
	CHECK_EQ(mon_io_slurp_file(AT_FDCWD, "/", buf, sizeof(buf), &len), -EISDIR, "a folder");
	CHECK_EQ(
	    mon_io_slurp_file(AT_FDCWD, "missing", buf, sizeof(buf), &len), -ENOENT, "missing");
	CHECK(check_untouched(&len, sizeof(len)), "nothing was read");
	CHECK_EQ(mon_io_slurp_file(AT_FDCWD, "file", buf, sizeof(buf), &len), 0, "a file");
	CHECK(len == 4 && strcmp(buf, "text") == 0, "a file");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(passes_all_through_a_pipe),
		CHECK_TEST(reads_and_writes_at_an_offset),
		CHECK_TEST(tells_errors),
		CHECK_TEST(writes_up_to_a_limit),
		CHECK_TEST(slurps),
		CHECK_TEST(slurps_below_a_folder),
		CHECK_TEST(slurps_a_pipe_and_no_fifo),
		CHECK_TEST(slurps_files_alone),
	};

	return cmocka_run_group_tests(tests, check_make_folder, check_remove_folder);
}
