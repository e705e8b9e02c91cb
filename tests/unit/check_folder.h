/*
 * check_folder.h - a fresh folder for a group of tests, which they stand in: the setup and
 * teardown of cmocka_run_group_tests().
 */
#ifndef MON_CHECK_FOLDER_H
#define MON_CHECK_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char check_folder[] = "/tmp/mon-test.XXXXXX";

static inline int
check_make_folder(void **state)
{
	(void)state;
	return mkdtemp(check_folder) == NULL || chdir(check_folder) < 0;
}

static inline int
check_remove_folder(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", check_folder);
	return chdir("/") < 0 || system(command) != 0;
}

#endif /* !MON_CHECK_FOLDER_H */
