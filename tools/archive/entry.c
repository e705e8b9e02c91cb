/* entry.c - the entries of an archive; see entry.h. */
#include <stdio.h>
#include <string.h>

#include "entry.h"
#include "caps.h"
#include "stamp.h"

static void
fill(struct archive_entry *entry, long day, const char *file, unsigned type, unsigned mode)
{
	char path[MON_DAY_LEN + 1 + MON_NAME_MAX + 1], name[MON_DAY_LEN + 1] = "";

	mon_stamp_format_day(day, name);
	snprintf(path, sizeof(path), "%s/%s", name, file);
	archive_entry_clear(entry);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, mode);
	archive_entry_set_mtime(entry, mon_stamp_noon(day), 0);
}

void
mon_entry_folder(struct archive_entry *entry, long day)
{
	fill(entry, day, "", AE_IFDIR, 0700);
	archive_entry_set_size(entry, 0);
}

void
mon_entry_file(struct archive_entry *entry, long day, const char *file, uint64_t size)
{
	fill(entry, day, file, AE_IFREG, 0600);
	archive_entry_set_size(entry, (la_int64_t)size);
}

bool
mon_entry_same(struct archive_entry *a, struct archive_entry *b)
{
	const char *x = archive_entry_pathname(a), *y = archive_entry_pathname(b);

	return x != NULL && y != NULL && strcmp(x, y) == 0 &&
	       archive_entry_mode(a) == archive_entry_mode(b) &&
	       archive_entry_uid(a) == archive_entry_uid(b) &&
	       archive_entry_gid(a) == archive_entry_gid(b) &&
	       archive_entry_mtime(a) == archive_entry_mtime(b) &&
	       archive_entry_size(a) == archive_entry_size(b);
}
