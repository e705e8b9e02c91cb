/* csv.c - append whole rows; see csv.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "csv.h"
#include "io.h"
#include "caps.h"
#include "shape.h"

/*
 * A power cut may write the later pages of what was not synced and leave holes before them, which
 * read as NULs.  So all behind the last sync is searched when a file is opened.  Where that sync
 * ended stands in an extended attribute of the file, which is set behind the sync and so never
 * claims too much; a file without it is searched from its start.
 */
#define SYNCED_NAME "user.sys-monitor.synced"
#define SYNCED_STEP                                                                                \
	131072           /* bytes between two settings of it: each makes the disk write an inode */
#define SEARCH_BUF 32768 /* bytes searched at a time */

/* Where the attribute says that the whole rows that are synced end, or 0. */
static off_t
read_synced(int fd)
{
	char text[MON_NUMBER_MAX];
	ssize_t len = fgetxattr(fd, SYNCED_NAME, text, sizeof(text));
	uint64_t n;

	return len > 0 && mon_shape_number(text, (size_t)len, &n) && n <= INT64_MAX ? (off_t)n : 0;
}

/* A file system that cannot keep it, or a full one: the next search takes longer. */
static void
write_synced(int fd, off_t synced)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%lld", (long long)synced);

	(void)fsetxattr(fd, SYNCED_NAME, text, (size_t)n, 0);
}

/*
 * Search the bytes from ${from}, where whole rows end, to ${size} for the first NUL, and set
 * ${ret} to the end of the last whole row before it.  1: done; 0: the byte before ${from} is no LF.
 */
static int
find_whole(int fd, off_t from, off_t size, off_t *ret)
{
	char block[SEARCH_BUF];
	off_t end = -1;

	for (off_t at = from - 1; at < size;) {
		size_t want = size - at < SEARCH_BUF ? (size_t)(size - at) : SEARCH_BUF, got = 0;
		const char *nul, *lf;
		int r = mon_io_pread(fd, block, want, at, &got);

		if (r < 0)
			return r;
		if (got != want)
			return -EIO; /* somebody cut the file while we hold its lock */
		if (end < 0 && block[0] != '\n')
			return 0;
		nul = memchr(block, '\0', got);
		lf = memrchr(block, '\n', nul != NULL ? (size_t)(nul - block) : got);
		if (lf != NULL)
			end = at + (lf - block) + 1;
		if (nul != NULL)
			break;
		at += (off_t)got;
	}
	*ret = end;
	return 1;
}

/* Write ${header} as a new file and give it its name only when it is on the disk. */
static int
create(int dirfd, const char *name, const char *header, size_t headerlen, int *ret_fd)
{
	cleanup_fd int fd = -1;
	char path[64], temp[MON_NAME_MAX + 1];
	bool unnamed = true;
	int r;

	fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		/* A file system without O_TMPFILE; what a killed run left is overwritten. */
		unnamed = false;
		r = snprintf(temp, sizeof(temp), ".%s.tmp", name);
		if (r < 0 || (size_t)r >= sizeof(temp))
			return -ENAMETOOLONG;
		fd = openat(dirfd, temp, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	}
	if (fd < 0)
		return -errno;
	r = mon_io_write(fd, header, headerlen);
	if (r == 0)
		r = mon_io_sync(fd);
	if (r == 0 && unnamed) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (linkat(AT_FDCWD, path, dirfd, name, AT_SYMLINK_FOLLOW) < 0)
			r = -errno;
	} else if (r == 0 && renameat(dirfd, temp, dirfd, name) < 0) {
		r = -errno;
	}
	if (r == 0)
		r = mon_io_sync(dirfd);
	if (r < 0) {
		if (!unnamed)
			unlinkat(dirfd, temp, 0);
		return r;
	}
	*ret_fd = mon_steal_fd(&fd);
	return 0;
}

/*
 * Is the start of the file our header?  1: yes.  0: it holds nothing but the torn start of
 * one (or NULs), so it may be begun anew.  -EBADMSG: it is somebody else's.
 */
static int
check_header(int fd, off_t size, const char *header, size_t headerlen)
{
	char have[1024];
	size_t got = 0;
	int r;

	if (headerlen > sizeof(have))
		return -EINVAL;
	r = mon_io_pread(fd, have, headerlen, 0, &got);
	if (r < 0)
		return r;
	if (got == headerlen && memcmp(have, header, headerlen) == 0)
		return 1;
	if ((size_t)size > headerlen)
		return -EBADMSG;
	for (size_t i = 0; i < got; i++)
		if (have[i] != '\0' && have[i] != header[i])
			return -EBADMSG;
	return 0;
}

static int
cut(int fd, off_t to)
{
	int r;

	do
		r = ftruncate(fd, to);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* Check and heal the open file; ${ret_cut} is what was cut. */
static int
heal(int fd, const char *header, size_t headerlen, struct mon_csv *ret, off_t *ret_cut)
{
	struct stat st;
	off_t whole = 0, synced;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENXIO;
	r = check_header(fd, st.st_size, header, headerlen);
	if (r < 0)
		return r;
	if (r == 0) {
		/* Headers are synced before the file has a name, so this is a foreign hand or disk. */
		r = cut(fd, 0);
		if (r == 0)
			r = mon_io_pwrite(fd, header, headerlen, 0);
		if (r == 0)
			r = mon_io_sync(fd);
		if (r < 0)
			return r;
		*ret = (struct mon_csv){
			.fd = fd, .size = (off_t)headerlen, .synced = (off_t)headerlen
		};
		*ret_cut = st.st_size;
		return 0;
	}
	synced = read_synced(fd);
	if (synced < (off_t)headerlen || synced > st.st_size)
		synced = (off_t)headerlen;
	r = find_whole(fd, synced, st.st_size, &whole);
	if (r == 0) {
		/* Another hand changed the file: what it holds now was never synced by us. */
		synced = (off_t)headerlen;
		r = find_whole(fd, synced, st.st_size, &whole);
	}
	if (r < 0)
		return r;
	if (whole < st.st_size) {
		r = cut(fd, whole);
		if (r < 0)
			return r;
	}
	*ret = (struct mon_csv){ .fd = fd, .size = whole, .synced = synced };
	*ret_cut = st.st_size - whole;
	return 0;
}

/* O_NONBLOCK: opening a FIFO that somebody put there must not hang. */
static int
open_existing(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}

int
mon_csv_open(int dirfd, const char *name, const char *header, size_t headerlen, struct mon_csv *ret,
    off_t *ret_cut)
{
	cleanup_fd int fd = open_existing(dirfd, name);
	int r;

	if (fd == -ENOENT) {
		r = create(dirfd, name, header, headerlen, &fd);
		if (r < 0)
			return r;
	}
	if (fd < 0)
		return fd;
	r = heal(fd, header, headerlen, ret, ret_cut);
	if (r == 0)
		fd = -1; /* now ret's */
	return r;
}

int
mon_csv_heal(int dirfd, const char *name, const char *header, size_t headerlen, off_t *ret_cut)
{
	struct mon_csv csv = MON_CSV_NONE;
	cleanup_fd int fd = open_existing(dirfd, name);
	off_t lost = 0;
	int r;

	if (fd < 0)
		return fd;
	r = heal(fd, header, headerlen, &csv, &lost);
	if (r == 0)
		r = mon_csv_sync(&csv);
	if (r == 0)
		*ret_cut = lost;
	return r;
}

int
mon_csv_append(struct mon_csv *csv, const char *rows, size_t len)
{
	int r;

	if (len == 0) /* to fallocate(2) an error */
		return 0;
	do
		r = fallocate(csv->fd, FALLOC_FL_KEEP_SIZE, csv->size, (off_t)len);
	while (r < 0 && errno == EINTR);
	/* Where the file system cannot reserve, the write below meets the full disk itself. */
	r = r < 0 && errno != EOPNOTSUPP && errno != ENOSYS ? -errno : 0;
	if (r == 0)
		r = mon_io_pwrite(csv->fd, rows, len, csv->size);
	if (r < 0) {
		/* After a failed fallocate(2), too: ext4 keeps the last blocks of a full disk. */
		if (cut(csv->fd, csv->size) < 0)
			return -EIO;
		return r;
	}
	csv->size += (off_t)len;
	return 0;
}

bool
mon_csv_is_current(const struct mon_csv *csv)
{
	struct stat st;

	/* Rows are only ever added, or a torn end cut off: the same size means the same rows. */
	return fstat(csv->fd, &st) == 0 && st.st_nlink > 0 && st.st_size == csv->size;
}

void
mon_csv_begin_sync(const struct mon_csv *csv)
{
	/* What fails here fails again in mon_csv_sync(), which tells of it. */
	sync_file_range(csv->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

int
mon_csv_sync(struct mon_csv *csv)
{
	int r;

	do
		r = fdatasync(csv->fd);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	if (csv->size - csv->synced >= SYNCED_STEP) {
		write_synced(csv->fd, csv->size);
		csv->synced = csv->size;
	}
	return 0;
}

void
mon_csv_close(struct mon_csv *csv)
{
	if (csv->fd >= 0)
		close(csv->fd);
	*csv = (struct mon_csv)MON_CSV_NONE;
}
