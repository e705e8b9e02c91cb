/* test_sample_probe.c - the helper that asks the disks, where its time ends with its work. */
#include <errno.h>

#include "check.h"
#include "probe.h"

/* With no time at all a helper is given up at once, and often has answered by then: it does not
 * hang, nor does what stands behind the last disk. */
static void
gives_up_on_its_own_disks(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct mon_probe probe = { .boot = "b" };
		struct mon_disk disks[2] = {
			{ .device = { "8:1", 3 }, .source = { "/dev/a", 6 }, .path = "." },
			{ .path = "behind the last", .result = 7 },
		};

		mon_probe_disks(&probe, disks, 1);
		if (disks[1].result != 7) {
			CHECK_EQ(disks[1].result, 7, "round %d: behind the last disk", i);
			break;
		}
		CHECK_EQ(probe.hung, disks[0].result == -ETIMEDOUT, "round %d: who hangs", i);
	}
	check_done();
}

static void
asks_all(void **state)
{
	struct mon_probe probe = { .boot = "b", .left_ms = 30000 };
	struct mon_disk disks[2] = {
		{ .path = "." },
		{ .path = "./missing" },
	};

	(void)state;
	mon_probe_disks(&probe, disks, 2);
	CHECK_EQ(disks[0].result, 0, "the folder of this test");
	CHECK(disks[0].usage.unit > 0, "its figures");
	CHECK_EQ(disks[1].result, -ENOENT, "one that is not there");
	CHECK_EQ(probe.hung, 0, "none hangs");
	CHECK_EQ(probe.error, 0, "no error");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(gives_up_on_its_own_disks),
		CHECK_TEST(asks_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
