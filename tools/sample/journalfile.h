/*
 * journalfile.h - how many entries of a priority does a journal file hold?
 *
 * Asked of the file itself, without libsystemd, whose loading is half the cost of a sample.  A
 * file has one data object for each value of a field, found by the file's own hash table, and
 * it counts the entries that have the value: systemd's JOURNAL_FILE_FORMAT.  It is the object
 * in which an sd-journal match looks, so an entry that it would find is counted here.  (The
 * header counts entries, too, but journald raises that before the data object's.)
 *
 * By pread(2), never mapped: journald cuts files under its readers.
 */
#ifndef MON_JOURNALFILE_H
#define MON_JOURNALFILE_H

#include <stdbool.h>

#include "state.h"

/*
 * mon_journalfile_count(fd, priority, ret):
 * Count the entries of the priorities 0 to ${priority} in the journal file ${fd}.  Return false,
 * ${ret} untouched, if anything about the file is odd or not known here; then libsystemd must
 * be asked.
 */
bool mon_journalfile_count(int fd, int priority, struct mon_journal_count *ret);

/*
 * mon_journalfile_keyed_hash(key, text, n), mon_journalfile_plain_hash(text):
 * The hash of ${n} bytes in a file with the flag "keyed hash" (SipHash-2-4, ${key} being the 16
 * bytes of the file's ID), and that of the 10 bytes "PRIORITY=N" in a file without (Jenkins'
 * lookup3, hashlittle2() with zeroes).
 */
uint64_t mon_journalfile_keyed_hash(const unsigned char key[16], const void *text, size_t n);
uint64_t mon_journalfile_plain_hash(const unsigned char text[10]);

#endif /* !MON_JOURNALFILE_H */
