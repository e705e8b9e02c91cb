/* verify.c - read an archive back and compare it with the files; see pack.h. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "entry.h"
#include "io.h"
#include "caps.h"
#include "pack.h"

#define READ_BUF 131072   /* bytes of a CSV read at a time */
#define ARCHIVE_BUF 65536 /* bytes of the archive read at a time */

/* What gives the bytes of the file to libarchive, and hashes them on the way. */
struct source {
	int fd;
	char *buf; /* ARCHIVE_BUF bytes */
	struct sha256_ctx sha256;
	int err; /* -errno of what failed, or 0 */
};

/* The archive_read_callback: 0 at the end of the file. */
static la_ssize_t
read_block(struct archive *a, void *ctx, const void **ret)
{
	struct source *s = ctx;
	size_t got = 0;

	s->err = mon_io_read(s->fd, s->buf, ARCHIVE_BUF, &got);
	if (s->err < 0) {
		archive_set_error(a, -s->err, "cannot read");
		return -1;
	}
	sha256_update(&s->sha256, got, (const uint8_t *)s->buf);
	*ret = s->buf;
	return (la_ssize_t)got;
}

/* libarchive says EILSEQ, EINVAL or its own -1 for an archive that is not sound. */
static int
read_error(struct archive *a, const struct source *s)
{
	if (s->err < 0)
		return s->err;
	return archive_errno(a) == ENOMEM ? -ENOMEM : -EBADMSG;
}

/* Are these ${len} bytes those of the file at ${at}? */
static int
compare_block(const struct mon_pack_file *f, uint64_t at, const char *block, size_t len, char *buf)
{
	while (len > 0) {
		size_t want = len < READ_BUF ? len : READ_BUF, got = 0;
		int r = mon_io_pread(f->fd, buf, want, (off_t)at, &got);

		if (r < 0)
			return r;
		if (got != want || memcmp(block, buf, want) != 0)
			return -EBADMSG;
		block += want;
		at += want;
		len -= want;
	}
	return 0;
}

static int
compare_data(struct archive *a, const struct source *s, const struct mon_pack_file *f, char *buf)
{
	uint64_t at = 0;

	for (;;) {
		const void *block = NULL;
		la_int64_t offset = 0;
		size_t len = 0;
		int r = archive_read_data_block(a, &block, &len, &offset);

		if (r == ARCHIVE_EOF)
			return at == f->size ? 0 : -EBADMSG;
		if (r != ARCHIVE_OK)
			return read_error(a, s);
		if ((uint64_t)offset != at || len > f->size - at)
			return -EBADMSG;
		r = compare_block(f, at, block, len, buf);
		if (r < 0)
			return r;
		at += len;
	}
}

/* Does the next entry look like ${want}? */
static int
compare_header(struct archive *a, const struct source *s, struct archive_entry *want)
{
	struct archive_entry *have = NULL;
	int r = archive_read_next_header(a, &have);

	if (r == ARCHIVE_EOF)
		return -EBADMSG;
	if (r != ARCHIVE_OK)
		return read_error(a, s);
	return mon_entry_same(have, want) ? 0 : -EBADMSG;
}

static int
compare_entries(struct archive *a, const struct source *s, const struct mon_pack *p, char *buf)
{
	struct archive_entry *want = archive_entry_new(), *extra = NULL;
	int r;

	if (want == NULL)
		return -ENOMEM;
	mon_entry_folder(want, p->day);
	r = compare_header(a, s, want);
	for (size_t i = 0; r == 0 && i < p->n; i++) {
		mon_entry_file(want, p->day, p->files[i].table->file, p->files[i].size);
		r = compare_header(a, s, want);
		if (r == 0)
			r = compare_data(a, s, &p->files[i], buf);
	}
	archive_entry_free(want);
	if (r == 0 && archive_read_next_header(a, &extra) != ARCHIVE_EOF)
		r = -EBADMSG;
	return s->err < 0 ? s->err : r;
}

/* Behind the end of the tar libarchive need not read on; all must be read for the SHA-256. */
static int
read_rest(struct source *s)
{
	size_t got = 0;
	int r;

	do {
		r = mon_io_read(s->fd, s->buf, ARCHIVE_BUF, &got);
		if (r < 0)
			return r;
		sha256_update(&s->sha256, got, (const uint8_t *)s->buf);
	} while (got > 0);
	return 0;
}

static int
verify(const struct mon_pack *p, struct source *s, char *buf)
{
	struct archive *a = archive_read_new();
	int r;

	if (a == NULL)
		return -ENOMEM;
	/* Without zlib libarchive would run a program for it, and say ARCHIVE_WARN. */
	r = archive_read_support_filter_gzip(a) == ARCHIVE_OK &&
		    archive_read_support_format_tar(a) == ARCHIVE_OK
		? 0
		: -ENOMEM;
	if (r == 0 && archive_read_open(a, s, NULL, read_block, NULL) != ARCHIVE_OK)
		r = read_error(a, s);
	if (r == 0)
		r = compare_entries(a, s, p, buf);
	if (archive_read_free(a) != ARCHIVE_OK && r == 0)
		r = -EIO;
	return r < 0 ? r : read_rest(s);
}

int
mon_pack_verify(const struct mon_pack *p, int fd, const char sha256[MON_HEX_LEN + 1])
{
	struct source s = { .fd = fd };
	cleanup_free char *in = malloc(ARCHIVE_BUF);
	cleanup_free char *buf = malloc(READ_BUF);
	uint8_t digest[SHA256_DIGEST_SIZE];
	char found[MON_HEX_LEN + 1];
	int r;

	if (in == NULL || buf == NULL)
		return -ENOMEM;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	/* It was synced, so it can leave the cache: what is compared comes from the disk. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	sha256_init(&s.sha256);
	s.buf = in;
	r = verify(p, &s, buf);
	if (r < 0)
		return r;
	sha256_digest(&s.sha256, sizeof(digest), digest);
	mon_ledger_hex(digest, found);
	return strcmp(found, sha256) == 0 ? 0 : -EBADMSG;
}
