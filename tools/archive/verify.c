/* verify.c - read an archive back and compare it with the files; see pack.h. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "entry.h"
#include "io.h"
#include "caps.h"
#include "pack.h"

#define READ_BUF 131072 /* bytes of a CSV read at a time */

/* What turns the gzip members of a file back into blocks of tar, and hashes it on the way. */
struct source {
	int fd;
	struct libdeflate_decompressor *inflate;
	char *in; /* the file from where the next member begins */
	size_t cap, have;
	char *out; /* one member, unpacked: MON_MEMBER_BYTES */
	struct sha256_ctx sha256;
	uint64_t bytes; /* of the file, read so far */
	int err;        /* -errno of what failed, or 0 */
};

/* Unpack the next member into s->out.  ${ret}: its length, 0 at the end of the file. */
static int
next_member(struct source *s, size_t *ret)
{
	size_t got = 0, used = 0;
	int r = mon_io_read(s->fd, s->in + s->have, s->cap - s->have, &got);

	if (r < 0)
		return r;
	sha256_update(&s->sha256, got, (const uint8_t *)s->in + s->have);
	s->bytes += got;
	s->have += got;
	*ret = 0;
	if (s->have == 0)
		return 0;
	if (libdeflate_gzip_decompress_ex(s->inflate, s->in, s->have, s->out, MON_MEMBER_BYTES,
		&used, ret) != LIBDEFLATE_SUCCESS ||
	    *ret == 0)
		return -EBADMSG;
	s->have -= used;
	memmove(s->in, s->in + used, s->have);
	return 0;
}

/* The archive_read_callback. */
static la_ssize_t
read_member(struct archive *a, void *ctx, const void **ret)
{
	struct source *s = ctx;
	size_t n = 0;

	s->err = next_member(s, &n);
	if (s->err < 0) {
		archive_set_error(a, -s->err, "cannot read");
		return -1;
	}
	*ret = s->out;
	return (la_ssize_t)n;
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

/* Behind the end of the tar there may be zeros of its end mark; all must be read for the SHA-256. */
static int
read_rest(struct source *s)
{
	size_t n = 0;
	int r;

	do {
		r = next_member(s, &n);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++)
			if (s->out[i] != '\0')
				return -EBADMSG;
	} while (n > 0);
	return 0;
}

static int
verify(const struct mon_pack *p, struct source *s, char *buf)
{
	struct archive *a = archive_read_new();
	int r;

	if (a == NULL)
		return -ENOMEM;
	r = archive_read_support_format_tar(a) == ARCHIVE_OK ? 0 : -ENOMEM;
	if (r == 0 && archive_read_open(a, s, NULL, read_member, NULL) != ARCHIVE_OK)
		r = read_error(a, s);
	if (r == 0)
		r = compare_entries(a, s, p, buf);
	if (archive_read_free(a) != ARCHIVE_OK && r == 0)
		r = -EIO;
	return r < 0 ? r : read_rest(s);
}

int
mon_pack_verify(
    const struct mon_pack *p, int fd, char ret_sha256[MON_HEX_LEN + 1], uint64_t *ret_bytes)
{
	struct source s = { .fd = fd, .cap = MON_MEMBER_BYTES + MON_MEMBER_BYTES / 8 };
	cleanup_free char *in = malloc(s.cap);
	cleanup_free char *out = malloc(MON_MEMBER_BYTES);
	cleanup_free char *buf = malloc(READ_BUF);
	uint8_t digest[SHA256_DIGEST_SIZE];
	int r = -ENOMEM;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	/* It was synced, so it can leave the cache: what is compared comes from the disk. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	sha256_init(&s.sha256);
	s.in = in;
	s.out = out;
	s.inflate = libdeflate_alloc_decompressor();
	if (s.inflate != NULL && in != NULL && out != NULL && buf != NULL)
		r = verify(p, &s, buf);
	libdeflate_free_decompressor(s.inflate);
	if (r < 0)
		return r;
	sha256_digest(&s.sha256, sizeof(digest), digest);
	mon_ledger_hex(digest, ret_sha256);
	*ret_bytes = s.bytes;
	return 0;
}
