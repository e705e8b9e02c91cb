/* pack.c - open a day's files and write them as one archive; see pack.h. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "dir.h"
#include "csv.h"
#include "entry.h"
#include "io.h"
#include "caps.h"
#include "pack.h"

#define LEVEL "5"         /* of gzip: 6, its default, saves 3 % for half as much work again */
#define READ_BUF 131072   /* bytes of a CSV read at a time: half of a common L2 cache */
#define WRITE_BLOCK 65536 /* bytes of the archive written at a time */

/* Where the archive goes, and what went there. */
struct sink {
	int fd;
	struct sha256_ctx sha256;
	uint64_t bytes;
	int err; /* -errno of the write that failed, or 0 */
};

static int
compare_files(const void *a, const void *b)
{
	const struct mon_pack_file *x = a, *y = b;

	return strcmp(x->table->file, y->table->file);
}

/* Open one file of the day.  1: opened, 0: there is none, or none of ours. */
static int
open_file(int dayfd, const struct mon_table *table, struct mon_pack_file *ret)
{
	struct mon_pack_file f = { .table = table, .fd = -1 };
	struct stat st;
	int r;

	r = mon_csv_heal(dayfd, table->file, table->header, table->headerlen, &f.cut);
	if (r == -EBADMSG)
		f.odd = r; /* somebody's, but the name is ours: better in the vault than lost */
	else if (r == -ENOENT || mon_io_is_no_file(r))
		return 0; /* mon_day_measure() tells of what is no regular file */
	else if (r < 0)
		return r;
	f.fd = openat(dayfd, table->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (f.fd < 0)
		return -errno;
	if (fstat(f.fd, &st) < 0) {
		r = -errno;
		close(f.fd);
		return r;
	}
	f.size = (uint64_t)st.st_size;
	*ret = f;
	return 1;
}

static int
open_files(int dayfd, struct mon_pack *p, const char **ret_failed)
{
	int r;

	for (size_t i = 0; i < MON_KINDS; i++) {
		r = open_file(dayfd, &mon_schema[i], &p->files[p->n]);
		if (r < 0) {
			*ret_failed = mon_schema[i].file;
			return r;
		}
		p->n += (size_t)r;
	}
	qsort(p->files, p->n, sizeof(p->files[0]), compare_files);
	return mon_day_measure(dayfd, &p->content);
}

int
mon_pack_open(int basefd, long day, struct mon_pack *ret, const char **ret_failed)
{
	struct mon_pack p = { .day = day, .dayfd = mon_day_open(basefd, day) };
	int r;

	*ret_failed = NULL;
	if (p.dayfd < 0)
		return p.dayfd;
	r = mon_day_lock(basefd, day, p.dayfd);
	if (r == 0)
		r = open_files(p.dayfd, &p, ret_failed);
	if (r < 0) {
		mon_pack_close(&p);
		return r;
	}
	mon_dir_unlock(p.dayfd);
	*ret = p;
	return 0;
}

void
mon_pack_close(struct mon_pack *p)
{
	for (size_t i = 0; i < p->n; i++)
		close(p->files[i].fd);
	p->n = 0;
	if (p->dayfd >= 0)
		close(p->dayfd);
	p->dayfd = -1;
}

/* The archive_write_callback. */
static la_ssize_t
write_block(struct archive *a, void *ctx, const void *block, size_t len)
{
	struct sink *s = ctx;

	s->err = mon_io_write(s->fd, block, len);
	if (s->err < 0) {
		archive_set_error(a, -s->err, "cannot write");
		return -1;
	}
	sha256_update(&s->sha256, len, block);
	s->bytes += len;
	return (la_ssize_t)len;
}

/* ARCHIVE_WARN is a failure too: nothing in our entries gives reason for a warning. */
static int
archive_result(struct archive *a, la_ssize_t r)
{
	if (r == ARCHIVE_OK)
		return 0;
	return archive_errno(a) > 0 ? -archive_errno(a) : -EIO;
}

/* The bytes of the file that were there when it was opened, and not one more or less. */
static int
write_data(struct archive *a, const struct mon_pack_file *f, char *buf, uint64_t before,
    const struct mon_pack_progress *progress)
{
	for (uint64_t at = 0; at < f->size;) {
		size_t want = f->size - at < READ_BUF ? (size_t)(f->size - at) : READ_BUF, got = 0;
		la_ssize_t n;
		int r = mon_io_pread(f->fd, buf, want, (off_t)at, &got);

		if (r < 0)
			return r;
		if (got != want)
			return -EIO; /* somebody cut the file */
		n = archive_write_data(a, buf, got);
		if (n != (la_ssize_t)got)
			return n < 0 && archive_errno(a) > 0 ? -archive_errno(a) : -EIO;
		at += got;
		if (progress != NULL)
			progress->tell(progress->ctx, before + at);
	}
	return 0;
}

static int
write_entries(struct archive *a, const struct mon_pack *p, char *buf,
    const struct mon_pack_progress *progress)
{
	struct archive_entry *entry = archive_entry_new();
	uint64_t before = 0;
	int r;

	if (entry == NULL)
		return -ENOMEM;
	mon_entry_folder(entry, p->day);
	r = archive_result(a, archive_write_header(a, entry));
	for (size_t i = 0; r == 0 && i < p->n; i++) {
		const struct mon_pack_file *f = &p->files[i];

		mon_entry_file(entry, p->day, f->table->file, f->size);
		r = archive_result(a, archive_write_header(a, entry));
		if (r == 0)
			r = write_data(a, f, buf, before, progress);
		if (r == 0)
			r = archive_result(a, archive_write_finish_entry(a));
		before += f->size;
	}
	archive_entry_free(entry);
	return r;
}

/*
 * Plain ustar blocks, and a pax header only for what ustar cannot say: a file of 8 GiB.  One gzip
 * member without a name or a time in its header, as not every reader goes on behind the first.
 */
static int
set_format(struct archive *a)
{
	int r = archive_result(a, archive_write_set_format_pax_restricted(a));

	if (r == 0)
		r = archive_result(a, archive_write_add_filter_gzip(a));
	if (r == 0)
		r = archive_result(
		    a, archive_write_set_filter_option(a, "gzip", "compression-level", LEVEL));
	if (r == 0)
		r = archive_result(
		    a, archive_write_set_filter_option(a, "gzip", "timestamp", NULL));
	if (r == 0)
		r = archive_result(a, archive_write_set_bytes_per_block(a, WRITE_BLOCK));
	if (r == 0)
		r = archive_result(a, archive_write_set_bytes_in_last_block(a, 1)); /* no padding */
	return r;
}

static int
write_archive(
    const struct mon_pack *p, struct sink *s, char *buf, const struct mon_pack_progress *progress)
{
	struct archive *a = archive_write_new();
	int r;

	if (a == NULL)
		return -ENOMEM;
	r = set_format(a);
	if (r == 0)
		r = archive_result(a, archive_write_open(a, s, NULL, write_block, NULL));
	if (r == 0)
		r = write_entries(a, p, buf, progress);
	/* After an error the rest of the blocks would be half an archive that looks whole. */
	if (r < 0)
		archive_write_fail(a);
	else
		r = archive_result(a, archive_write_close(a));
	if (archive_write_free(a) != ARCHIVE_OK && r == 0)
		r = -EIO;
	return s->err < 0 ? s->err : r;
}

int
mon_pack_write(const struct mon_pack *p, int fd, const struct mon_pack_progress *progress,
    char ret_sha256[MON_HEX_LEN + 1], uint64_t *ret_bytes)
{
	struct sink s = { .fd = fd };
	cleanup_free char *buf = malloc(READ_BUF);
	uint8_t digest[SHA256_DIGEST_SIZE];
	int r;

	if (buf == NULL)
		return -ENOMEM;
	sha256_init(&s.sha256);
	r = write_archive(p, &s, buf, progress);
	if (r == 0)
		r = mon_io_sync(fd);
	if (r < 0)
		return r;
	sha256_digest(&s.sha256, sizeof(digest), digest);
	mon_ledger_hex(digest, ret_sha256);
	*ret_bytes = s.bytes;
	return 0;
}
