/* ledger.c - read and write archives.csv; see ledger.h. */
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "csv.h"
#include "io.h"
#include "lasting.h"
#include "ledger.h"
#include "reader.h"
#include "schema.h"
#include "shape.h"
#include "stamp.h"
#include "text.h"

#define READ_BUF 65536 /* bytes of an archive read at a time */

/* The columns behind ts, in the order of mon_schema_ledger. */
enum { DAY, ARCHIVE, BYTES, CSV_BYTES, SHA256, PLACE, COLS };

static const char PREFIX[] = "monitor-", PARTIAL[] = ".partial", SUFFIX[] = ".tgz";

void
mon_ledger_format_name(const struct mon_ledger_name *name, char ret[MON_ARCHIVE_NAME_MAX + 1])
{
	char day[MON_DAY_LEN + 1] = "", number[16] = "";

	mon_stamp_format_day(name->day, day);
	if (name->number > 0)
		snprintf(number, sizeof(number), ".%u", name->number);
	snprintf(ret, MON_ARCHIVE_NAME_MAX + 1, "%s%s%s%s%s", PREFIX, day,
	    name->partial ? PARTIAL : "", number, SUFFIX);
}

/* If the text begins with ${word}, step behind it. */
static bool
skip(const char **p, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *p) < n || memcmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

bool
mon_ledger_parse_name(const char *untrusted, size_t len, struct mon_ledger_name *ret)
{
	const char *p = untrusted, *end = untrusted + len;
	struct mon_ledger_name name = { 0 };
	uint64_t number;

	if (!skip(&p, end, PREFIX) || end - p < MON_DAY_LEN ||
	    !mon_stamp_parse_day(p, MON_DAY_LEN, &name.day))
		return false;
	p += MON_DAY_LEN;
	name.partial = skip(&p, end, PARTIAL);
	if ((size_t)(end - p) > strlen(SUFFIX) && skip(&p, end, ".")) {
		const char *dot = memchr(p, '.', (size_t)(end - p));

		if (dot == NULL || !mon_shape_number(p, (size_t)(dot - p), &number) ||
		    number == 0 || number > MON_ARCHIVE_NUMBER_MAX)
			return false;
		name.number = (unsigned)number;
		p = dot;
	}
	if (!skip(&p, end, SUFFIX) || p != end)
		return false;
	*ret = name;
	return true;
}

size_t
mon_ledger_format(const struct mon_ledger_row *row, char *dst)
{
	char ts[MON_STAMP_LEN + 1], day[MON_DAY_LEN + 1], archive[MON_ARCHIVE_NAME_MAX + 1];
	char place[4 * MON_PLACE_MAX];
	size_t n;
	int r;

	if (!mon_stamp_format(row->ts, ts) || !mon_stamp_format_day(row->name.day, day))
		return 0;
	mon_ledger_format_name(&row->name, archive);
	n = mon_text_escape(place, sizeof(place), row->place, strlen(row->place));
	r = snprintf(dst, MON_LEDGER_ROW_MAX, "%s,%s,%s,%llu,%llu,%s,%.*s\n", ts, day, archive,
	    (unsigned long long)row->bytes, (unsigned long long)row->csv_bytes, row->sha256, (int)n,
	    place);
	return n > 0 && r > 0 && r < MON_LEDGER_ROW_MAX ? (size_t)r : 0;
}

/* Turn a checked NAME back into a place.  False if that is no qube and no folder, or too long. */
static bool
parse_place(const char *p, size_t len, char ret[MON_PLACE_MAX + 1])
{
	char place[MON_PLACE_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < len; n++) {
		if (n == MON_PLACE_MAX)
			return false;
		if (p[i] == '\\') { /* MON_NAME has checked the three digits behind it */
			place[n] =
			    (char)((p[i + 1] - '0') * 64 + (p[i + 2] - '0') * 8 + (p[i + 3] - '0'));
			i += 4;
		} else {
			place[n] = p[i++];
		}
		if (place[n] == '\0')
			return false;
	}
	place[n] = '\0';
	if (place[0] != '/' && !mon_shape_check(MON_VM, place, n))
		return false;
	memcpy(ret, place, n + 1);
	return true;
}

bool
mon_ledger_parse(const char *untrusted, size_t len, struct mon_ledger_row *ret)
{
	const char *p = untrusted, *end = untrusted + len, *field[COLS];
	size_t width[COLS];
	struct mon_ledger_row row = { 0 };
	long day;

	if (len < MON_STAMP_LEN || !mon_stamp_parse(p, MON_STAMP_LEN, &row.ts))
		return false;
	p += MON_STAMP_LEN;
	for (size_t i = 0; i < COLS; i++) {
		if (p == end || *p != ',')
			return false;
		field[i] = ++p;
		p = mon_shape_scan(mon_schema_ledger.cols[i].shape, p, end);
		if (p == NULL)
			return false;
		width[i] = (size_t)(p - field[i]);
	}
	if (p != end || !mon_stamp_parse_day(field[DAY], width[DAY], &day) ||
	    !mon_ledger_parse_name(field[ARCHIVE], width[ARCHIVE], &row.name) ||
	    row.name.day != day || !mon_shape_number(field[BYTES], width[BYTES], &row.bytes) ||
	    !mon_shape_number(field[CSV_BYTES], width[CSV_BYTES], &row.csv_bytes) ||
	    !parse_place(field[PLACE], width[PLACE], row.place))
		return false;
	memcpy(row.sha256, field[SHA256], MON_HEX_LEN);
	*ret = row;
	return true;
}

static int
compare_day(const void *a, const void *b)
{
	long x = ((const struct mon_ledger_day *)a)->day,
	     y = ((const struct mon_ledger_day *)b)->day;

	return (x > y) - (x < y);
}

struct mon_ledger_day *
mon_ledger_find(struct mon_ledger_day *days, size_t n, long day)
{
	const struct mon_ledger_day key = { .day = day };

	return n == 0 ? NULL : bsearch(&key, days, n, sizeof(*days), compare_day);
}

void
mon_ledger_learn(struct mon_ledger_day *d, const char *vault, const struct mon_ledger_row *row)
{
	unsigned *next = &d->next[row->name.partial];

	if (row->name.number >= *next)
		*next = row->name.number + 1;
	if (row->name.partial)
		return;
	d->csv_bytes = row->csv_bytes;
	if (row->place[0] == '/') {
		d->folder = *row;
		d->in_folder = true;
	} else if (vault != NULL && strcmp(row->place, vault) != 0) {
		d->in_former = true;
	} else {
		d->vault = *row;
		d->in_vault = true;
	}
}

static void
forget(struct mon_ledger_day *days, size_t n)
{
	for (size_t i = 0; i < n; i++)
		days[i] = (struct mon_ledger_day){ .day = days[i].day };
}

/* Does the ledger end in its first line?  Then it is made at this moment, or a crash tore it. */
static bool
is_begun(int basefd)
{
	char text[MON_LEDGER_ROW_MAX];
	size_t len = 0;

	return mon_io_slurp_file(basefd, mon_schema_ledger.file, text, sizeof(text), &len) == 0 &&
	       memchr(text, '\n', len) == NULL;
}

/* Learn from the row in ${untrusted}.  False if it is none. */
static bool
learn_line(const char *untrusted, size_t len, const char *vault, struct mon_ledger_day *days,
    size_t n, char ret_newest[MON_PLACE_MAX + 1])
{
	struct mon_ledger_row row;
	struct mon_ledger_day *d;

	if (!mon_ledger_parse(untrusted, len, &row))
		return false;
	if (row.place[0] != '/' && !row.name.partial)
		strcpy(ret_newest, row.place);
	d = mon_ledger_find(days, n, row.name.day);
	if (d != NULL)
		mon_ledger_learn(d, vault, &row);
	return true;
}

/* The same for all rows from where ${r} stands.  Return 0 or -errno. */
static int
learn_rows(struct mon_reader *r, const char *vault, struct mon_ledger_day *days, size_t n,
    char ret_newest[MON_PLACE_MAX + 1])
{
	const char *untrusted = NULL;
	size_t len = 0;
	int e;

	while ((e = mon_reader_line(r, &untrusted, &len)) > 0)
		if (!learn_line(untrusted, len, vault, days, n, ret_newest))
			mon_reader_is_bad(r);
	return e;
}

int
mon_ledger_read(
    int basefd, const char *vault, struct mon_ledger_day *days, size_t n, size_t *ret_bad)
{
	static struct mon_reader reader;
	char newest[MON_PLACE_MAX + 1] = "", unused[MON_PLACE_MAX + 1];
	int r = mon_reader_open(&reader, basefd, mon_schema_ledger.file, &mon_schema_ledger);

	forget(days, n);
	if (r == -ENOENT || (r == -EBADMSG && is_begun(basefd))) {
		*ret_bad = 0;
		return 0;
	}
	if (r == 0 && vault == NULL) {
		r = learn_rows(&reader, NULL, NULL, 0, newest);
		mon_reader_start(&reader);
		reader.bad = 0; /* they come again */
	}
	if (r == 0)
		r = learn_rows(&reader, vault != NULL ? vault : newest, days, n, unused);
	mon_reader_close(&reader);
	if (r < 0)
		forget(days, n);
	else
		*ret_bad = reader.bad;
	return r;
}

int
mon_ledger_ready(int basefd, bool create, off_t *ret_cut)
{
	struct mon_csv csv = MON_CSV_NONE;
	int r;

	if (!create && faccessat(basefd, mon_schema_ledger.file, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		return 0;
	r = mon_csv_open(basefd, mon_schema_ledger.file, mon_schema_ledger.header,
	    mon_schema_ledger.headerlen, &csv, ret_cut);
	mon_csv_close(&csv);
	return r;
}

int
mon_ledger_append(int basefd, const struct mon_ledger_row *row, off_t *ret_cut)
{
	struct mon_csv csv = MON_CSV_NONE;
	char line[MON_LEDGER_ROW_MAX];
	size_t len = mon_ledger_format(row, line);
	off_t lost = 0;
	int r;

	if (len == 0)
		return -EINVAL;
	r = mon_csv_open(basefd, mon_schema_ledger.file, mon_schema_ledger.header,
	    mon_schema_ledger.headerlen, &csv, &lost);
	if (r < 0)
		return r;
	r = mon_csv_append(&csv, line, len);
	if (r == 0)
		r = mon_csv_sync(&csv);
	mon_csv_close(&csv);
	if (r == 0)
		*ret_cut = lost;
	return r;
}

/* The answer for an archive that is kept in a folder. */
static int
check_kept(int basefd, const struct mon_ledger_row *row, bool hash)
{
	char name[MON_ARCHIVE_NAME_MAX + 1], sha256[MON_HEX_LEN + 1];
	cleanup_fd int dirfd = -1;
	cleanup_fd int fd = -1;
	struct stat st;
	dev_t base = 0, kept = 0;
	uint64_t bytes;
	int r;

	mon_ledger_format_name(&row->name, name);
	dirfd = open(row->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd >= 0)
		fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? MON_LEDGER_GONE
									     : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != row->bytes)
		return MON_LEDGER_DAMAGED;
	r = mon_lasting_disk(basefd, &base);
	if (r == 0)
		r = mon_lasting_disk(fd, &kept);
	if (r < 0)
		return r;
	if (kept == base)
		return MON_LEDGER_SAME_DISK;
	r = mon_lasting_folder(dirfd);
	if (r <= 0)
		return r < 0 ? r : MON_LEDGER_VOLATILE;
	if (!hash)
		return MON_LEDGER_SAFE;
	r = mon_ledger_hash(fd, sha256, &bytes);
	if (r < 0)
		return r;
	return strcmp(sha256, row->sha256) == 0 ? MON_LEDGER_SAFE : MON_LEDGER_DAMAGED;
}

int
mon_ledger_vouch(
    int basefd, const struct mon_ledger_day *day, const struct mon_day_content *content, bool hash)
{
	const uint64_t bytes = content->bytes;

	if (!day->in_vault && !day->in_folder && !day->in_former)
		return MON_LEDGER_UNKNOWN;
	if (day->csv_bytes != bytes)
		return MON_LEDGER_CHANGED;
	if (content->dated.tv_sec != mon_stamp_noon(day->day) || content->dated.tv_nsec != 0)
		return MON_LEDGER_OTHER;
	if (day->in_vault && day->vault.csv_bytes == bytes)
		return MON_LEDGER_SAFE;
	if (day->in_folder && day->folder.csv_bytes == bytes)
		return check_kept(basefd, &day->folder, hash);
	return day->in_former ? MON_LEDGER_FORMER : MON_LEDGER_CHANGED;
}

const char *
mon_ledger_reason(enum mon_ledger_answer answer)
{
	switch (answer) {
	case MON_LEDGER_SAFE: return "it is safe";
	case MON_LEDGER_UNKNOWN: return "the ledger has no archive of it";
	case MON_LEDGER_CHANGED: return "its files have another size than when it was archived";
	case MON_LEDGER_OTHER:
		return "its folder is not the one that was archived; mon-archive archives it anew";
	case MON_LEDGER_FORMER:
		return "only a former vault has it; mon-archive sends it to the present one";
	case MON_LEDGER_SAME_DISK: return "its archive lies on the same disk";
	case MON_LEDGER_VOLATILE:
		return "its archive lies in a folder that is gone at the next shutdown";
	case MON_LEDGER_GONE: return "its archive is no longer where the ledger says";
	case MON_LEDGER_DAMAGED: return "its archive is not the one that the ledger names";
	}
	return "?";
}

void
mon_ledger_hex(const uint8_t digest[32], char ret[MON_HEX_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		ret[2 * i] = digits[digest[i] >> 4];
		ret[2 * i + 1] = digits[digest[i] & 15];
	}
	ret[MON_HEX_LEN] = '\0';
}

int
mon_ledger_hash(int fd, char ret[MON_HEX_LEN + 1], uint64_t *ret_bytes)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	char buf[READ_BUF];
	uint64_t at = 0;
	size_t got = 0;
	int r;

	sha256_init(&ctx);
	do {
		r = mon_io_pread(fd, buf, sizeof(buf), (off_t)at, &got);
		if (r < 0)
			return r;
		sha256_update(&ctx, got, (const uint8_t *)buf);
		at += got;
	} while (got == sizeof(buf));
	sha256_digest(&ctx, sizeof(digest), digest);
	mon_ledger_hex(digest, ret);
	*ret_bytes = at;
	return 0;
}
