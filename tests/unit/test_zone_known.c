/* test_zone_known.c - a time zone that does not exist is seen. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "check_folder.h"
#include "zone.h"

static void
knows_zones(void **state)
{
	static const struct {
		const char *tz;
		bool want;
	} cases[] = {
		{ "Here", true },
		{ ":Here", true },
		{ "There/Now", true },
		{ "", true },
		{ "UTC", true },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", true },
		{ "<+03>-3", true },
		{ "UTC0", true },
		{ "Europe/Berlinn", false },
		{ "There", false }, /* a folder */
		{ "CET", false },
		{ "C1", false },
		{ "<+03", false },
		{ "/no/such/zone", false },
	};
	char here[64];

	(void)state;
	snprintf(here, sizeof(here), "%s/Here", check_folder);
	setenv("TZDIR", check_folder, 1);
	assert_int_equal(mkdir("There", 0700), 0);
	close(open("Here", O_WRONLY | O_CREAT, 0600));
	close(open("There/Now", O_WRONLY | O_CREAT, 0600));
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK_EQ(mon_zone_known(cases[i].tz, "none"), cases[i].want, "%s", cases[i].tz);
	CHECK(mon_zone_known(here, "none"), "a path");
	check_done();
}

static void
follows_the_link(void **state)
{
	(void)state;
	CHECK(mon_zone_known(NULL, "none"), "none is UTC");
	assert_int_equal(symlink("Here", "link"), 0);
	assert_int_equal(symlink("gone", "dangling"), 0);
	CHECK(mon_zone_known(NULL, "link"), "a link to a file");
	CHECK(!mon_zone_known(NULL, "dangling"), "a link to nowhere");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(knows_zones),
		CHECK_TEST(follows_the_link),
	};

	return cmocka_run_group_tests(tests, check_make_folder, check_remove_folder);
}
