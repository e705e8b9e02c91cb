/*
 * ledger.h - archives.csv: which day was archived, at what size, and where it is safe.
 *
 * mon-archive alone writes it, mon-prune deletes on the strength of it.  A row counts only when
 * every field of it has its shape and its archive's name belongs to its day; anything else in
 * the file vouches for nothing.
 *
 * The place of an archive is the name of the qube that took the copy, or, from mon-archive
 * --no-copy, the absolute folder that keeps it.  A folder begins with "/", a qube never does.
 */
#ifndef MON_LEDGER_H
#define MON_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "caps.h"
#include "day.h"

/* monitor-YYYY-MM-DD[.partial][.N].tgz */
struct mon_ledger_name {
	long day;
	bool partial;    /* packed before the day was over: vouches for nothing */
	unsigned number; /* 0: none */
};

struct mon_ledger_row {
	time_t ts; /* when it was written */
	struct mon_ledger_name name;
	uint64_t bytes;     /* of the archive */
	uint64_t csv_bytes; /* of the day, as mon_day_measure() counts, when it was packed */
	char sha256[MON_HEX_LEN + 1];
	char place[MON_PLACE_MAX + 1]; /* plain, not escaped */
};

/* What the ledger knows of one day. */
struct mon_ledger_day {
	long day;
	bool in_vault, in_folder, in_former; /* are there such rows of the whole day? */
	struct mon_ledger_row vault, folder; /* the newest of each */
	uint64_t csv_bytes; /* of the newest row of the whole day, wherever its archive is */
	unsigned
	    next[2]; /* first number above all used, for names that are [0] whole, [1] partial */
};

/* Is the day safe?  In this order: what comes first is what a person should hear. */
enum mon_ledger_answer {
	MON_LEDGER_SAFE = 0,
	MON_LEDGER_UNKNOWN,   /* no row */
	MON_LEDGER_CHANGED,   /* the day's size is not that of its newest row */
	MON_LEDGER_OTHER,     /* its folder was made after that: the day was deleted before */
	MON_LEDGER_FORMER,    /* only a vault that is not the present one has it */
	MON_LEDGER_SAME_DISK, /* the kept archive lies on the disk of the day itself */
	MON_LEDGER_VOLATILE,  /* it lies where nothing outlives a shutdown (lasting.h) */
	MON_LEDGER_GONE,      /* the kept archive is not there */
	MON_LEDGER_DAMAGED,   /* it is, but is not the one that was recorded */
};

/*
 * mon_ledger_format_name(name, ret):
 * Write the file name of the archive ${name}.
 */
void mon_ledger_format_name(const struct mon_ledger_name *name, char ret[MON_ARCHIVE_NAME_MAX + 1]);

/*
 * mon_ledger_parse_name(untrusted, len, ret):
 * Read a file name that mon_ledger_format_name() can have written.  Return false, ${ret}
 * untouched, if it is none.
 */
bool mon_ledger_parse_name(const char *untrusted, size_t len, struct mon_ledger_name *ret);

/*
 * mon_ledger_format(row, dst):
 * Write the row with its LF to ${dst}, which has room for MON_LEDGER_ROW_MAX bytes.  Return its
 * length, or 0 if the time or day of ${row} cannot be written.
 */
size_t mon_ledger_format(const struct mon_ledger_row *row, char *dst);

/*
 * mon_ledger_parse(untrusted, len, ret):
 * Read a row of ${len} bytes, without its LF.  Return false, ${ret} untouched, if it is none.
 */
bool mon_ledger_parse(const char *untrusted, size_t len, struct mon_ledger_row *ret);

/*
 * mon_ledger_read(basefd, vault, days, n, ret_bad):
 * Read the ledger of the Monitor folder ${basefd}, and set what it knows of each of the ${n}
 * ${days}, which are sorted and have their ${day} set.  The present vault is ${vault}, or, with
 * NULL, the one that took the newest copy: copies in others do not count, as nobody promises that
 * a former vault is kept.  ${ret_bad} counts lines that are no rows.  Memory does not grow with the ledger; no ledger is an empty one.  Return 0; -EBADMSG
 * if it begins with another header; -ELOOP or -ENXIO if it is no regular file; or another
 * -errno.  On failure nothing is known of any day, and ${ret_bad} is untouched.
 */
int mon_ledger_read(
    int basefd, const char *vault, struct mon_ledger_day *days, size_t n, size_t *ret_bad);

/*
 * mon_ledger_find(days, n, day):
 * Return the element of the sorted ${days} for ${day}, or NULL.
 */
struct mon_ledger_day *mon_ledger_find(struct mon_ledger_day *days, size_t n, long day);

/*
 * mon_ledger_learn(day, vault, row):
 * Let ${day} know of a new row of its own day; ${vault} is the present one, or NULL for any.
 */
void mon_ledger_learn(
    struct mon_ledger_day *day, const char *vault, const struct mon_ledger_row *row);

/*
 * mon_ledger_ready(basefd, create, ret_cut):
 * Can a row be appended?  The ledger is healed, by ${ret_cut} bytes; a missing one is made with
 * ${create}.  The caller holds the lock of the base.  Return 0 or an error of mon_csv_open().
 */
int mon_ledger_ready(int basefd, bool create, off_t *ret_cut);

/*
 * mon_ledger_append(basefd, row, ret_cut):
 * Append ${row}, and return 0 when it is on the disk.  A torn end is cut off first, by
 * ${ret_cut} bytes.  The caller holds the lock of the base.  Otherwise an error of
 * mon_csv_open() or mon_csv_append(), and ${ret_cut} is untouched.
 */
int mon_ledger_append(int basefd, const struct mon_ledger_row *row, off_t *ret_cut);

/*
 * mon_ledger_vouch(basefd, day, content, hash):
 * Is the day, that holds ${content} now, safe outside the disk of ${basefd}?  Its size must be
 * the recorded one, and its folder the one that was packed (mon_day_date()): after a clock that
 * is dead at each boot, a day comes again under its name, and may have the same size by chance.
 * A copy in a vault counts as it is recorded: the copy's exit 0 proved it.  An archive in a folder
 * must be there now, on another file system that outlives a shutdown, with the recorded size and,
 * with ${hash}, the recorded SHA-256.
 * Return an enum mon_ledger_answer, or -errno if the archive cannot be read.
 */
int mon_ledger_vouch(
    int basefd, const struct mon_ledger_day *day, const struct mon_day_content *content, bool hash);

/*
 * mon_ledger_reason(answer):
 * Return the answer in words that end a sentence; static storage.
 */
const char *mon_ledger_reason(enum mon_ledger_answer answer);

/*
 * mon_ledger_hash(fd, ret, ret_bytes):
 * Read the file from its start: its SHA-256 in digits, and its size.  Return 0, or -errno with
 * both untouched.
 */
int mon_ledger_hash(int fd, char ret[MON_HEX_LEN + 1], uint64_t *ret_bytes);

/*
 * mon_ledger_hex(digest, ret):
 * Write the 32 bytes of a SHA-256 as digits.
 */
void mon_ledger_hex(const uint8_t digest[32], char ret[MON_HEX_LEN + 1]);

#endif /* !MON_LEDGER_H */
