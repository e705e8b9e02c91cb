/* reader_archive.c - a day from its archive; see reader_archive.h. */
#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "io.h"
#include "reader_archive.h"
#include "stamp.h"
#include "unnamed.h"

#define BLOCK 65536 /* bytes unpacked at a time */

#define FUNCTIONS(F)                                                                               \
	F(read_new)                                                                                \
	F(read_support_filter_gzip)                                                                \
	F(read_support_format_tar)                                                                 \
	F(read_open_fd)                                                                            \
	F(read_next_header)                                                                        \
	F(read_data)                                                                               \
	F(read_free)                                                                               \
	F(entry_pathname)                                                                          \
	F(entry_filetype)                                                                          \
	F(error_string)

struct library {
#define AS_MEMBER(name) __typeof__(&archive_##name) name;
	FUNCTIONS(AS_MEMBER)
};

/* Load libarchive.  Return NULL, or why it could not be. */
static const char *
load(struct library *ret)
{
	void *handle = dlopen("libarchive.so.13", RTLD_LAZY | RTLD_LOCAL);
	struct library lib;

	if (handle == NULL)
		return dlerror();
#define AS_LOOKUP(name)                                                                            \
	*(void **)&lib.name = dlsym(handle, "archive_" #name);                                     \
	if (lib.name == NULL)                                                                      \
		return dlerror();
	FUNCTIONS(AS_LOOKUP)
	*ret = lib; /* it stays loaded */
	return NULL;
}

bool
mon_reader_archive_is(int fd)
{
	static const char magic[] = "ustar"; /* tar(5) */
	char buf[512];
	size_t got = 0;

	if (mon_io_pread(fd, buf, sizeof(buf), 0, &got) < 0)
		return false;
	return (got > 2 && memcmp(buf, "\x1f\x8b", 2) == 0) || /* RFC 1952 */
	       (got == sizeof(buf) && memcmp(buf + 257, magic, sizeof(magic) - 1) == 0);
}

/* The kind of the file ${untrusted}, [./]YYYY-MM-DD/NAME, and its day; -1 if it is none of a day. */
static int
find_kind(const char *untrusted, long *ret_day)
{
	if (strncmp(untrusted, "./", 2) == 0)
		untrusted += 2;
	if (strnlen(untrusted, MON_DAY_LEN + 1) <= MON_DAY_LEN || untrusted[MON_DAY_LEN] != '/' ||
	    !mon_stamp_parse_day(untrusted, MON_DAY_LEN, ret_day))
		return -1;
	for (int i = 0; i < MON_KINDS; i++)
		if (strcmp(untrusted + MON_DAY_LEN + 1, mon_schema[i].file) == 0)
			return i;
	return -1;
}

/* What is being unpacked. */
struct unpack {
	struct library lib;
	struct archive *archive;
	struct mon_reader_archive *ret;
	uint64_t bytes; /* of all files so far */
};

/* Say what failed; return ${e}. */
static int
fail(struct unpack *u, int e, const char *what, const char *why)
{
	snprintf(u->ret->why, sizeof(u->ret->why), "%s%s%s", what, why != NULL ? ": " : "",
	    why != NULL ? why : "");
	return e;
}

static int
fail_archive(struct unpack *u)
{
	return fail(u, -EBADMSG, "it is no archive of a day, or it is damaged",
	    u->lib.error_string(u->archive));
}

/* Unpack the data of the present entry into ${fd}. */
static int
copy(struct unpack *u, int fd)
{
	static char block[BLOCK];
	la_ssize_t n;

	while ((n = u->lib.read_data(u->archive, block, sizeof(block))) > 0) {
		int e;

		u->bytes += (uint64_t)n;
		if (u->bytes > MON_UNPACK_MAX)
			return fail(u, -EBADMSG, "it is larger than any day can be", NULL);
		e = mon_io_write(fd, block, (size_t)n);
		if (e < 0)
			return fail(u, e, "cannot write to " MON_UNNAMED, strerror(-e));
	}
	return n < 0 ? fail_archive(u) : 0;
}

/* Give the present entry to ${d}, if it is a wanted file of a day. */
static int
take_entry(struct unpack *u, struct mon_reader_day *d, struct archive_entry *entry)
{
	const char *untrusted = u->lib.entry_pathname(entry);
	const unsigned type = u->lib.entry_filetype(entry);
	long day = -1;
	int kind, fd, e, e2;

	if (type == AE_IFDIR)
		return 0;
	kind = untrusted != NULL && type == AE_IFREG ? find_kind(untrusted, &day) : -1;
	if (kind < 0) {
		u->ret->foreign++;
		return 0;
	}
	/* A day has each file once, and an archive one day. */
	if (d->file[kind].fd >= 0 || (d->day >= 0 && d->day != day)) {
		u->ret->others++;
		return 0;
	}
	d->day = day;
	if (d->filter.kinds != 0 && (d->filter.kinds & 1u << kind) == 0)
		return 0;
	fd = mon_unnamed_open();
	if (fd < 0)
		return fail(u, fd, "cannot make " MON_UNNAMED, strerror(-fd));
	e = copy(u, fd);
	e2 = mon_reader_take(&d->file[kind], fd, &mon_schema[kind]);
	if (e == 0)
		d->err[kind] = e2;
	return e;
}

static int
unpack(struct unpack *u, struct mon_reader_day *d, int fd)
{
	struct archive_entry *entry = NULL;
	int r, e = 0;

	if (u->lib.read_support_filter_gzip(u->archive) < ARCHIVE_WARN ||
	    u->lib.read_support_format_tar(u->archive) != ARCHIVE_OK ||
	    u->lib.read_open_fd(u->archive, fd, BLOCK) != ARCHIVE_OK)
		return fail_archive(u);
	while (e == 0 && (r = u->lib.read_next_header(u->archive, &entry)) != ARCHIVE_EOF) {
		if (r < ARCHIVE_WARN)
			return fail_archive(u);
		e = take_entry(u, d, entry);
	}
	return e;
}

int
mon_reader_archive_open(struct mon_reader_day *d, int fd, const struct mon_reader_filter *filter,
    struct mon_reader_archive *ret)
{
	static const struct mon_reader_filter all = { 0 };
	struct unpack u = { .ret = ret };
	const char *why;
	int e;

	*ret = (struct mon_reader_archive){ 0 };
	mon_reader_day_none(d);
	d->filter = filter != NULL ? *filter : all;
	why = load(&u.lib);
	if (why != NULL)
		return fail(&u, -ENOSYS, "cannot load libarchive", why);
	u.archive = u.lib.read_new();
	if (u.archive == NULL)
		return fail(&u, -ENOMEM, "no memory", NULL);
	e = unpack(&u, d, fd);
	u.lib.read_free(u.archive);
	mon_reader_day_want(d, filter != NULL ? filter : &all);
	return e;
}
