/*
 * folder.h - the Monitor folder: its days, the clock they tell of, space, and what the vault
 * does not have yet.
 */
#ifndef MON_FOLDER_H
#define MON_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "dom0.h"
#include "finding.h"
#include "ledger.h"
#include "tail.h"

struct mon_folder {
	int fd;
	const char *path;
	time_t now;
	long today; /* the local date of now */
	struct mon_ledger_day
	    *days; /* that have a folder, oldest first, with what the ledger knows */
	struct mon_day_content *content; /* of each day; UINT64_MAX bytes: it cannot be read */
	size_t n;
};

/* clang-format off */
#define MON_FOLDER_NONE { .fd = -1 }
/* clang-format on */

/*
 * mon_folder_open(findings, path, vault, now, ret):
 * Open the Monitor folder ${path} and read its days and its ledger; tell what is wrong.  ${vault}
 * is the configured one, or NULL: as in mon_ledger_read().
 * Return true with ${ret} to be closed by mon_folder_close(), or false with it untouched.
 */
bool mon_folder_open(struct mon_findings *findings, const char *path, const char *vault, time_t now,
    struct mon_folder *ret);

/*
 * mon_folder_close(folder):
 * Let go of all; ${folder} is MON_FOLDER_NONE afterwards.
 */
void mon_folder_close(struct mon_folder *folder);

/*
 * mon_folder_tail(findings, folder, ret):
 * Read the last rows of today's scrape.csv, or of yesterday's if there is none today; tell what
 * is wrong.  Without any, ${ret} holds none.  Return whether the files could be read.
 */
bool mon_folder_tail(
    struct mon_findings *findings, const struct mon_folder *folder, struct mon_tail *ret);

/*
 * mon_folder_files(findings, folder):
 * Tell which of the other files of today are no files of the record, so that nothing can be filed
 * there.  Whose they are is told by mon_folder_owner().
 */
void mon_folder_files(struct mon_findings *findings, const struct mon_folder *folder);

/*
 * mon_folder_clock(findings, folder, tail):
 * Tell if days or rows are ahead of the clock.
 */
void mon_folder_clock(
    struct mon_findings *findings, const struct mon_folder *folder, const struct mon_tail *tail);

/*
 * mon_folder_owner(findings, folder):
 * Tell if the folder, or what is in it of today, belongs to another user than the one who files.
 */
void mon_folder_owner(struct mon_findings *findings, const struct mon_folder *folder);

/*
 * mon_folder_space(findings, folder, tail):
 * Tell how much space is free, and how long it lasts at the rate of the last finished days, or
 * of today where there are none.
 */
void mon_folder_space(
    struct mon_findings *findings, const struct mon_folder *folder, const struct mon_tail *tail);

/*
 * mon_folder_judge_space(findings, available, total, rate):
 * The same for ${available} of ${total} bytes and a rate in bytes a day, 0 if it is not known.
 */
void mon_folder_judge_space(
    struct mon_findings *findings, uint64_t available, uint64_t total, uint64_t rate);

/*
 * mon_folder_backlog(findings, folder):
 * Tell how many finished days are not safe elsewhere.
 */
void mon_folder_backlog(struct mon_findings *findings, const struct mon_folder *folder);

/*
 * mon_folder_vault(findings, folder, vault, dom0):
 * Tell whether ${vault} is there, and when the last copy went to it.  ${folder} may be NULL.
 */
void mon_folder_vault(struct mon_findings *findings, const struct mon_folder *folder,
    const char *vault, const struct mon_dom0 *dom0);

#endif /* !MON_FOLDER_H */
