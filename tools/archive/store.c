/* store.c - temporary and final names of archives; see store.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "dir.h"
#include "io.h"
#include "store.h"

static const char OUTGOING[] = ".outgoing", TEMP_PREFIX[] = ".", TEMP_SUFFIX[] = ".tmp";

/* Where is the open folder?  Absolute: the ledger and qvm-copy-to-vm must not depend on where we stand. */
static int
find_path(int fd, char ret[PATH_MAX])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret, PATH_MAX);
	if (n < 0)
		return -errno;
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	ret[n] = '\0';
	return 0;
}

int
mon_store_open(int basefd, const char *out, struct mon_store *ret)
{
	struct mon_store s = { .outgoing = out == NULL };
	cleanup_fd int fd = -1;
	int r;

	if (s.outgoing && mkdirat(basefd, OUTGOING, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = s.outgoing ? openat(basefd, OUTGOING, MON_DIR_BELOW)
			: open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = find_path(fd, s.path);
	if (r < 0)
		return r;
	s.dirfd = mon_steal_fd(&fd);
	*ret = s;
	return 0;
}

int
mon_store_spare(int basefd, struct mon_store *store)
{
	struct mon_store s = { .outgoing = true, .spare = true };
	const char *tmp = getenv("TMPDIR");
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	if (fstat(basefd, &st) < 0)
		return -errno;
	r = snprintf(s.path, sizeof(s.path), "%s/sys-monitor-archive.%llx.%llx",
	    tmp != NULL && tmp[0] == '/' ? tmp : "/var/tmp", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	if (r < 0 || (size_t)r >= sizeof(s.path))
		return -ENAMETOOLONG;
	if (mkdir(s.path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(s.path, MON_DIR_BELOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return -EPERM; /* anybody may make a folder of that name there */
	r = find_path(fd, s.path);
	if (r < 0)
		return r;
	s.dirfd = fd;
	r = mon_store_clean(&s);
	if (r < 0)
		return r;
	mon_store_close(basefd, store);
	fd = -1; /* now store's */
	*store = s;
	return 0;
}

/* Is this the name of an archive of ours, and is it a temporary one? */
static bool
is_ours(const char *untrusted, bool *ret_temp)
{
	const size_t len = strlen(untrusted), before = strlen(TEMP_PREFIX),
		     after = strlen(TEMP_SUFFIX);
	struct mon_ledger_name name;

	if (mon_ledger_parse_name(untrusted, len, &name)) {
		*ret_temp = false;
		return true;
	}
	*ret_temp = true;
	return len > before + after && memcmp(untrusted, TEMP_PREFIX, before) == 0 &&
	       strcmp(untrusted + len - after, TEMP_SUFFIX) == 0 &&
	       mon_ledger_parse_name(untrusted + before, len - before - after, &name);
}

static int
remove_ours(int dirfd, const struct dirent *untrusted_entry, void *ctx)
{
	const struct mon_store *store = ctx;
	bool temp;

	if (is_ours(untrusted_entry->d_name, &temp) && (temp || store->outgoing) &&
	    unlinkat(dirfd, untrusted_entry->d_name, 0) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

int
mon_store_clean(struct mon_store *store)
{
	return mon_dir_visit(store->dirfd, remove_ours, store);
}

int
mon_store_begin(struct mon_store *store, const struct mon_ledger_name *name)
{
	char final[MON_ARCHIVE_NAME_MAX + 1];
	int fd;

	mon_ledger_format_name(name, final);
	snprintf(store->temp, sizeof(store->temp), "%s%s%s", TEMP_PREFIX, final, TEMP_SUFFIX);
	fd = openat(
	    store->dirfd, store->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		store->temp[0] = '\0';
		return -errno;
	}
	return fd;
}

/* Rename, but never over an archive.  FUSE and old vfat know no RENAME_NOREPLACE. */
static int
rename_new(int dirfd, const char *from, const char *to)
{
	struct stat st;

	if (renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (fstatat(dirfd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	if (errno != ENOENT || renameat(dirfd, from, dirfd, to) < 0)
		return -errno;
	return 0;
}

/* Is the file ${name} the archive of ${row}?  A run killed before its ledger row leaves that. */
static bool
is_same(int dirfd, const char *name, const struct mon_ledger_row *row)
{
	cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char sha256[MON_HEX_LEN + 1];
	struct stat st;
	uint64_t bytes;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == row->bytes && mon_ledger_hash(fd, sha256, &bytes) == 0 &&
	       strcmp(sha256, row->sha256) == 0;
}

int
mon_store_finish(struct mon_store *store, struct mon_ledger_row *row)
{
	struct mon_ledger_row named = *row;
	char final[MON_ARCHIVE_NAME_MAX + 1];
	int r = -EEXIST;

	for (int i = 0; r == -EEXIST && i < MON_COPY_NAMES; i++, named.name.number++) {
		if (named.name.number > MON_ARCHIVE_NUMBER_MAX)
			return -ERANGE;
		mon_ledger_format_name(&named.name, final);
		r = rename_new(store->dirfd, store->temp, final);
		if (r == -EEXIST && is_same(store->dirfd, final, row))
			r = renameat(store->dirfd, store->temp, store->dirfd, final) < 0 ? -errno
											 : 0;
		if (r == 0)
			row->name = named.name;
	}
	if (r < 0)
		return r;
	store->temp[0] = '\0';
	return mon_io_sync(store->dirfd);
}

int
mon_store_renumber(const struct mon_store *store, struct mon_ledger_name *name)
{
	struct mon_ledger_name next = *name;
	char from[MON_ARCHIVE_NAME_MAX + 1], to[MON_ARCHIVE_NAME_MAX + 1];

	if (next.number >= MON_ARCHIVE_NUMBER_MAX)
		return -ERANGE;
	next.number++;
	mon_ledger_format_name(name, from);
	mon_ledger_format_name(&next, to);
	if (renameat(store->dirfd, from, store->dirfd, to) < 0)
		return -errno;
	*name = next;
	return 0;
}

int
mon_store_remove(const struct mon_store *store, const struct mon_ledger_name *name)
{
	char final[MON_ARCHIVE_NAME_MAX + 1];

	mon_ledger_format_name(name, final);
	return unlinkat(store->dirfd, final, 0) < 0 ? -errno : 0;
}

void
mon_store_abandon(struct mon_store *store)
{
	if (store->temp[0] != '\0')
		unlinkat(store->dirfd, store->temp, 0);
	store->temp[0] = '\0';
}

void
mon_store_close(int basefd, struct mon_store *store)
{
	if (store->dirfd < 0)
		return;
	close(store->dirfd);
	if (store->spare)
		unlinkat(AT_FDCWD, store->path, AT_REMOVEDIR);
	else if (store->outgoing)
		unlinkat(basefd, OUTGOING, AT_REMOVEDIR);
	*store = (struct mon_store)MON_STORE_NONE;
}
