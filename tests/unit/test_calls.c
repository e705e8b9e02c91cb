/* test_calls.c - many calls at once: what becomes of an answer when the next call cannot begin. */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "calls.h"
#include "check.h"

#define LONG_MS 60000 /* never reached: the deadline of a machine that is badly loaded */
#define SHORT_MS 1000

static struct mon_targets targets; /* static for its size */
static struct rlimit limit;
static struct {
	size_t calls, len;
	enum mon_result result;
	char answer[64];
} ended_with;

/* The names of the qubes are their scripts. */
static void
target_all(const char *const *scripts, size_t n)
{
	memset(&targets, 0, sizeof(targets));
	memset(&ended_with, 0, sizeof(ended_with));
	targets.n = n;
	for (size_t i = 0; i < n; i++) {
		targets.list[i].ask = true;
		strcpy(targets.list[i].vm, scripts[i]);
	}
}

static const char *const *
command(const struct mon_target *target)
{
	static const char *argv[4] = { "sh", "-c" };

	argv[2] = target->vm;
	return argv;
}

static int
ended(struct mon_target *target, char *untrusted, size_t len, int exit_code)
{
	(void)exit_code;
	assert_true(len < sizeof(ended_with.answer));
	ended_with.calls++;
	ended_with.len = len;
	ended_with.result = target->result;
	memcpy(ended_with.answer, untrusted, len);
	return 0;
}

static bool
never_again(struct mon_target *target, const char *untrusted, size_t len, int exit_code)
{
	(void)target;
	(void)untrusted;
	(void)len;
	(void)exit_code;
	return false;
}

/* Once more, but there is no descriptor left for it. */
static bool
again_without_descriptors(
    struct mon_target *target, const char *untrusted, size_t len, int exit_code)
{
	struct rlimit none = limit;

	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	return !never_again(target, untrusted, len, exit_code);
}

static int
ended_then_stop(struct mon_target *target, char *untrusted, size_t len, int exit_code)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ended(target, untrusted, len, exit_code);
	return -ECANCELED;
}

static void
keeps_the_answer_where_the_next_call_has_no_room(void **state)
{
	static const char *const scripts[] = { "echo conn: 1,2; exit 1", "exec sleep 1000" };
	const struct mon_calls calls = { .targets = &targets,
		.timeout_ms = LONG_MS,
		.deadline_ms = LONG_MS,
		.fresh_max = 2,
		.command = command,
		.again = again_without_descriptors,
		.ended = ended_then_stop };

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	target_all(scripts, 2);
	assert_int_equal(mon_calls_run(&calls), -ECANCELED);
	CHECK_EQ(targets.list[0].bytes, 10, "bytes that came");
	CHECK_EQ(ended_with.len, targets.list[0].bytes, "bytes that are told");
	CHECK(memcmp(ended_with.answer, "conn: 1,2\n", 10) == 0, "the answer");
	CHECK_EQ(ended_with.result, MON_RESULT_FAILED, "the result");
	check_done();
}

static bool
again_when_the_run_is_over(
    struct mon_target *target, const char *untrusted, size_t len, int exit_code)
{
	usleep(SHORT_MS * 1000);
	return !never_again(target, untrusted, len, exit_code);
}

/* However short it was: one that was asked has its row from ended(). */
static void
knows_who_was_asked(void **state)
{
	static const char *const last_moment[] = { "exit 1", "exit 0" };
	static const char *const hangs[] = { "exec sleep 1000", "exit 0" };
	struct mon_calls calls = { .targets = &targets,
		.timeout_ms = LONG_MS,
		.deadline_ms = SHORT_MS,
		.fresh_max = 1,
		.command = command,
		.again = again_when_the_run_is_over,
		.ended = ended };

	(void)state;
	target_all(last_moment, 2);
	assert_int_equal(mon_calls_run(&calls), 0);
	CHECK_EQ(ended_with.calls, 1, "the second question began as the time was over");
	CHECK_EQ(ended_with.result, MON_RESULT_SKIPPED, "so it did not have its time");
	CHECK(targets.list[0].asked, "but it was asked");
	CHECK_EQ(targets.list[1].result, MON_RESULT_SKIPPED, "the other was not reached");
	CHECK(!targets.list[1].asked, "and not asked");

	calls.deadline_ms = 0;
	calls.again = never_again;
	target_all(hangs, 2);
	assert_int_equal(mon_calls_run(&calls), 0);
	CHECK_EQ(ended_with.calls, 1, "no time at all");
	CHECK(targets.list[0].asked && !targets.list[1].asked, "the first was asked");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(keeps_the_answer_where_the_next_call_has_no_room),
		CHECK_TEST(knows_who_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
