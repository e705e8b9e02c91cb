/*
 * entry.h - what an entry of an archive looks like, for who writes it and who checks it.
 */
#ifndef MON_ENTRY_H
#define MON_ENTRY_H

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * mon_entry_folder(entry, day), mon_entry_file(entry, day, file, size):
 * Set ${entry} to the folder of the day, or to a file in it: fixed modes, no owners, and noon
 * (UTC) of the day as its time, which is that same date in nearly every time zone.
 */
void mon_entry_folder(struct archive_entry *entry, long day);
void mon_entry_file(struct archive_entry *entry, long day, const char *file, uint64_t size);

/*
 * mon_entry_same(a, b):
 * Are the path, type, mode, owner, time and size of the two the same?
 */
bool mon_entry_same(struct archive_entry *a, struct archive_entry *b);

#endif /* !MON_ENTRY_H */
