/*
 * state.h - what one sample keeps for the next: counters and the place in the journal, one
 * small file a caller.
 *
 * The file is a head of one page, which names a slot, and two slots, of which one holds the
 * record and the other one is free:
 *
 *	mon-sample 2 SLOT BYTES SUM	(padded with blanks to MON_STATE_HEAD)
 *
 * The next record is written into the free slot before the answer is printed, so that a full
 * disk is met before an alert is.  When the answer was read, one pwrite(2) within a page makes
 * it the record.  Whoever is killed between leaves the old record, and never half of one.
 * Whoever changes the file holds its flock(2); a look reads it without.
 *
 * A record is lines "key value" in this order, and behind them what the figures keep:
 *
 *	boot 0f1e2d3c4b5a69788796a5b4c3d2e1f0
 *	took 1
 *	cpu 4705 150 1120 16250 520 0 30 0
 *	journal 17290000000000000000 1724932809123456789
 *	cursor s=...;i=...;b=...;m=...;t=...;x=...
 *	counted 5				(the priority for which the files below were counted)
 *	file 0123456789abcdef0123456789abcdef 42
 *	login 6124				(PIDs of qrexec's last logins, see echo.h)
 *	told 3735928559
 *	figures BYTES
 *
 * Version 0.1.0 had one record of MON_STATE_OLD bytes and no head, see mon_state_parse_old().
 */
#ifndef MON_STATE_H
#define MON_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caps.h"
#include "cpu.h"

#define MON_BOOT_LEN 32    /* hexadecimal digits of a boot ID */
#define MON_FILE_ID_LEN 32 /* the same of the ID of a journal file */

/* A journal file whose entries were counted when all of them were read. */
struct mon_journal_count {
	char id[MON_FILE_ID_LEN + 1];
	uint64_t entries; /* of the priorities asked for */
};

/* PIDs under which qrexec's agent logged in lately; 0: none. */
struct mon_logins {
	uint64_t pid[MON_LOGINS_MAX];
	size_t next; /* the place of the next one */
};

/* The place in the journal up to which alerts were delivered. */
struct mon_journal_place {
	uint64_t signature; /* of the files, when all was read; 0: look again */
	uint64_t read_ns; /* since the epoch: all that was in the journal then was read; 0: never */
	char cursor[MON_CURSOR_MAX + 1]; /* of the last entry read; "": none yet */
	int counted;                     /* the priority of the counts; with nfiles = 0: any */
	size_t nfiles;
	struct mon_journal_count file[MON_COUNTED_MAX];
	struct mon_logins logins;
};

/* What was told in this boot, by mon_trouble_key(). */
struct mon_told {
	size_t n;
	uint32_t key[MON_TOLD_MAX];
};

struct mon_state {
	char boot[MON_BOOT_LEN + 1];
	bool took; /* this caller has said "take" before */
	struct mon_cpu cpu;
	struct mon_journal_place journal;
	struct mon_told told;
	size_t figures_len; /* what the figures keep besides: any bytes, read by who wrote them */
	char figures[MON_STATE_FIGURES_MAX];
};

struct mon_state_file {
	int fd;        /* -1: none */
	unsigned slot; /* the free one */
	size_t len;    /* what was prepared in it */
	uint64_t sum;
};

/* clang-format off */
#define MON_STATE_FILE_NONE { .fd = -1, .slot = 0, .len = 0, .sum = 0 }
/* clang-format on */

/*
 * mon_state_parse(buf, len, ret), mon_state_parse_old(buf, len, ret):
 * Read a record, or one of version 0.1.0.  Return false, and in ${ret} a state that holds nothing,
 * if anything about it is odd.
 */
bool mon_state_parse(const char *buf, size_t len, struct mon_state *ret);
bool mon_state_parse_old(const char *buf, size_t len, struct mon_state *ret);

/*
 * mon_state_format(state, ret):
 * Write ${state} as a record to ${ret}, which has room for MON_STATE_MAX bytes; return its
 * length.  The largest state fits.
 */
size_t mon_state_format(const struct mon_state *state, char *ret);

/*
 * mon_state_open(dir, caller, ret_file, ret, ret_known):
 * Open and lock the state of ${caller} (the name of a qube, else NULL or odd: "self") in the
 * folder ${dir}; both are made (0700, 0600) if they are missing, but not the parents of ${dir}.
 * Return 0 with ${ret_file}, which the caller closes by mon_state_close(); ${ret_known} tells
 * whether ${ret} was filled from a good record.  Return -EWOULDBLOCK if another sample of this
 * caller is running; or another -errno, such as -ENOSPC when a new file has no room.  On failure
 * ${ret_file} and ${ret_known} are untouched, and ${ret} is untouched or holds nothing.
 */
int mon_state_open(const char *dir, const char *caller, struct mon_state_file *ret_file,
    struct mon_state *ret, bool *ret_known);

/*
 * mon_state_peek(dir, caller, ret):
 * Read the state without locking or making anything.  Return 0; -ENOENT if there is none;
 * -EBADMSG if it is no good; or another -errno: then ${ret} is untouched or holds nothing.
 */
int mon_state_peek(const char *dir, const char *caller, struct mon_state *ret);

/*
 * mon_state_prepare(file, state):
 * Write the next record beside the one that counts.  Return 0 or -errno.
 */
int mon_state_prepare(struct mon_state_file *file, const struct mon_state *state);

/*
 * mon_state_commit(file):
 * Make what was prepared the record.  Return 0 or -errno; then the old record counts.
 */
int mon_state_commit(struct mon_state_file *file);

/*
 * mon_state_close(file):
 * Close and unlock; doing it again does nothing.
 */
void mon_state_close(struct mon_state_file *file);

#endif /* !MON_STATE_H */
