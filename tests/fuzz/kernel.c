/* kernel.c - a stdin and a folder in memory; see kernel.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "kernel.h"

#define FD_FIRST 1000000 /* the kernel gives none so large */
#define FDS 64
#define FILES_MAX 32 /* of one folder */
#define NAME_SIZE 64

struct file {
	char *data;
	size_t size, cap;
	unsigned links, opened;
	struct file *next; /* among the spare ones */
};

struct folder {
	char name[NAME_SIZE];
	struct {
		char name[NAME_SIZE];
		struct file *file;
	} entry[FILES_MAX];
	size_t n;
	struct folder *next; /* among the spare ones */
	int locked;          /* the descriptor that holds its lock, or -1 */
};

struct descriptor {
	enum { CLOSED, BASE, FOLDER, REGULAR } what;
	struct folder *folder;
	struct file *file;
	size_t at;
	bool append;
};

/* A DIR of ours: what it has told, and room for what it tells. */
struct listing {
	int fd;
	size_t at;
	struct dirent entry;
};

static struct descriptor fds[FDS];
static struct folder **folders;
static size_t nfolders, folders_cap;
/* Kept for the next input: malloc() costs more than all that is done with them. */
static struct file *spare_files;
static struct folder *spare_folders;
static bool unnamed_files;
static struct listing listings[2];

static struct {
	int fd;
	const char *data;
	size_t size, at;
	unsigned seed;
	bool pauses;
	bool quiet; /* the last call told of a pause: one is enough */
} feed = { .fd = -1 };

/* The calls as the tools make them, and those of libc. */
#define WRAP(type, name, ...)                                                                      \
	type __real_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__)

static int
fail(int err)
{
	errno = err;
	return -1;
}

/* Our descriptor, or NULL: the kernel's. */
static struct descriptor *
find_fd(int fd)
{
	if (fd < FD_FIRST)
		return NULL;
	MUST(fd < FD_FIRST + FDS && fds[fd - FD_FIRST].what != CLOSED);
	return &fds[fd - FD_FIRST];
}

static int
new_fd(struct descriptor d)
{
	for (int i = 0; i < FDS; i++) {
		if (fds[i].what != CLOSED)
			continue;
		fds[i] = d;
		if (d.file != NULL)
			d.file->opened++;
		return FD_FIRST + i;
	}
	MUST(false && "descriptors are left open");
	return -1;
}

static void
drop_file(struct file *file)
{
	if (file->links > 0 || file->opened > 0)
		return;
	file->next = spare_files;
	spare_files = file;
}

static struct file *
new_file(void)
{
	struct file *file = spare_files;

	if (file != NULL) {
		spare_files = file->next;
		file->size = 0;
		return file;
	}
	file = calloc(1, sizeof(*file));
	MUST(file != NULL);
	return file;
}

static struct folder *
find_folder(const char *name)
{
	for (size_t i = 0; i < nfolders; i++)
		if (strcmp(folders[i]->name, name) == 0)
			return folders[i];
	return NULL;
}

/* The place of ${name} in ${folder}, or FILES_MAX. */
static size_t
find_entry(const struct folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->n; i++)
		if (strcmp(folder->entry[i].name, name) == 0)
			return i;
	return FILES_MAX;
}

static void
add_entry(struct folder *folder, const char *name, struct file *file)
{
	MUST(folder->n < FILES_MAX && strlen(name) < NAME_SIZE && strchr(name, '/') == NULL);
	strcpy(folder->entry[folder->n].name, name);
	folder->entry[folder->n++].file = file;
	file->links++;
}

static void
remove_entry(struct folder *folder, size_t i)
{
	struct file *file = folder->entry[i].file;

	folder->entry[i] = folder->entry[--folder->n];
	file->links--;
	drop_file(file);
}

static void
set_size(struct file *file, size_t size)
{
	if (size > file->cap) {
		file->cap = 2 * size + 256;
		file->data = realloc(file->data, file->cap);
		MUST(file->data != NULL);
	}
	if (size > file->size)
		memset(file->data + file->size, 0, size - file->size);
	file->size = size;
}

static void
remove_folder(size_t i)
{
	struct folder *folder = folders[i];

	while (folder->n > 0)
		remove_entry(folder, 0);
	folders[i] = folders[--nfolders];
	folder->next = spare_folders;
	spare_folders = folder;
}

int
kernel_folder(bool unnamed)
{
	for (int i = 0; i < FDS; i++)
		if (fds[i].what != CLOSED)
			close(FD_FIRST + i);
	while (nfolders > 0)
		remove_folder(nfolders - 1);
	unnamed_files = unnamed;
	return new_fd((struct descriptor){ .what = BASE });
}

size_t
kernel_open(void)
{
	size_t n = 0;

	for (int i = 0; i < FDS; i++)
		n += fds[i].what != CLOSED;
	return n;
}

/* ---- stdin ---- */

void
kernel_feed(int fd, const void *data, size_t size, unsigned seed, bool pauses)
{
	feed.fd = fd;
	feed.data = data;
	feed.size = size;
	feed.at = 0;
	feed.seed = seed;
	feed.pauses = pauses;
	feed.quiet = false;
}

/* A number below ${n}; always 0 without a seed. */
static unsigned
draw(unsigned n)
{
	if (feed.seed == 0)
		return 0;
	feed.seed = feed.seed * 1103515245u + 12345u;
	return (feed.seed >> 16) % n;
}

static ssize_t
read_feed(void *buf, size_t n)
{
	size_t left = feed.size - feed.at;
	unsigned how = draw(16);

	MUST(n > 0); /* it would look like the end */
	if (how == 1)
		return fail(EINTR);
	if (how == 2 && !feed.quiet) {
		feed.quiet = true;
		return fail(EAGAIN);
	}
	feed.quiet = false;
	if (n > left)
		n = left;
	if (how > 8 && n > 1 + how)
		n = 1 + draw(how > 12 ? 97 : 7) % n;
	if (n > 0)
		memcpy(buf, feed.data + feed.at, n);
	feed.at += n;
	return (ssize_t)n;
}

WRAP(ssize_t, read, int fd, void *buf, size_t n)
{
	struct descriptor *d = find_fd(fd);

	if (fd == feed.fd)
		return read_feed(buf, n);
	if (d == NULL)
		return __real_read(fd, buf, n);
	MUST(d->what == REGULAR);
	if (n > d->file->size - d->at)
		n = d->file->size - d->at;
	if (n > 0)
		memcpy(buf, d->file->data + d->at, n);
	d->at += n;
	return (ssize_t)n;
}

WRAP(int, poll, struct pollfd *p, nfds_t n, int timeout)
{
	unsigned how = draw(8);

	if (n != 1 || p->fd != feed.fd)
		return __real_poll(p, n, timeout);
	p->revents = 0;
	if (how == 1)
		return fail(EINTR);
	if ((how == 2 || how == 3) && timeout >= 0 && feed.pauses && !feed.quiet) {
		feed.quiet = true;
		return 0;
	}
	p->revents = POLLIN;
	return 1;
}

/* ---- files ---- */

static int
open_entry(struct folder *folder, const char *name, int flags)
{
	struct descriptor d = { .what = REGULAR, .append = (flags & O_APPEND) != 0 };
	size_t i = find_entry(folder, name);

	if (i == FILES_MAX && !(flags & O_CREAT))
		return fail(ENOENT);
	if (i == FILES_MAX) {
		i = folder->n;
		add_entry(folder, name, new_file());
	} else if ((flags & O_CREAT) && (flags & O_EXCL)) {
		return fail(EEXIST);
	}
	d.file = folder->entry[i].file;
	if (flags & O_TRUNC)
		set_size(d.file, 0);
	return new_fd(d);
}

static int
open_below(const struct descriptor *d, const char *name, int flags)
{
	struct descriptor below = { .what = FOLDER };

	MUST(flags & O_CLOEXEC);
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		MUST(d->what == FOLDER && strcmp(name, ".") == 0);
		if (!unnamed_files)
			return fail(EOPNOTSUPP);
		return new_fd((struct descriptor){ .what = REGULAR, .file = new_file() });
	}
	if (strcmp(name, ".") == 0) {
		below = *d;
		below.at = 0;
		return new_fd(below);
	}
	if (d->what == FOLDER)
		return open_entry(d->folder, name, flags);
	MUST(d->what == BASE && (flags & O_DIRECTORY));
	below.folder = find_folder(name);
	return below.folder != NULL ? new_fd(below) : fail(ENOENT);
}

int __real_openat(int dirfd, const char *name, int flags, ...);
int __wrap_openat(int dirfd, const char *name, int flags, ...);
int
__wrap_openat(int dirfd, const char *name, int flags, ...)
{
	const struct descriptor *d = find_fd(dirfd);
	unsigned mode = 0;
	va_list args;

	if (d != NULL)
		return open_below(d, name, flags);
	if (flags & (O_CREAT | __O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, unsigned);
		va_end(args);
	}
	return __real_openat(dirfd, name, flags, mode);
}

WRAP(int, close, int fd)
{
	struct descriptor *d = find_fd(fd);
	struct file *file;

	if (d == NULL)
		return __real_close(fd);
	if (d->what == FOLDER && d->folder->locked == fd)
		d->folder->locked = -1;
	file = d->file;
	*d = (struct descriptor){ .what = CLOSED };
	if (file != NULL) {
		file->opened--;
		drop_file(file);
	}
	return 0;
}

static void
describe(const struct file *file, struct stat *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->st_mode = file != NULL ? S_IFREG | 0600 : S_IFDIR | 0700;
	ret->st_nlink = file != NULL ? file->links : 2;
	ret->st_size = file != NULL ? (off_t)file->size : 0;
	ret->st_uid = geteuid();
}

WRAP(int, fstat, int fd, struct stat *ret)
{
	const struct descriptor *d = find_fd(fd);

	if (d == NULL)
		return __real_fstat(fd, ret);
	describe(d->file, ret);
	return 0;
}

WRAP(int, fstatat, int dirfd, const char *name, struct stat *ret, int flags)
{
	const struct descriptor *d = find_fd(dirfd);
	size_t i;

	if (d == NULL)
		return __real_fstatat(dirfd, name, ret, flags);
	if (d->what == BASE) {
		if (find_folder(name) == NULL)
			return fail(ENOENT);
		describe(NULL, ret);
		return 0;
	}
	i = find_entry(d->folder, name);
	if (i == FILES_MAX)
		return fail(ENOENT);
	describe(d->folder->entry[i].file, ret);
	return 0;
}

WRAP(ssize_t, pread, int fd, void *buf, size_t n, off_t at)
{
	const struct descriptor *d = find_fd(fd);

	if (d == NULL)
		return __real_pread(fd, buf, n, at);
	MUST(d->what == REGULAR && at >= 0);
	if ((size_t)at >= d->file->size)
		return 0;
	if (n > d->file->size - (size_t)at)
		n = d->file->size - (size_t)at;
	memcpy(buf, d->file->data + at, n);
	return (ssize_t)n;
}

static ssize_t
write_at(struct file *file, const void *buf, size_t n, size_t at)
{
	if (n == 0)
		return 0;
	if (at + n > file->size)
		set_size(file, at + n);
	memcpy(file->data + at, buf, n);
	return (ssize_t)n;
}

WRAP(ssize_t, pwrite, int fd, const void *buf, size_t n, off_t at)
{
	const struct descriptor *d = find_fd(fd);

	if (d == NULL)
		return __real_pwrite(fd, buf, n, at);
	MUST(d->what == REGULAR && at >= 0);
	/* Linux, pwrite(2), BUGS: O_APPEND wins. */
	return write_at(d->file, buf, n, d->append ? d->file->size : (size_t)at);
}

WRAP(ssize_t, write, int fd, const void *buf, size_t n)
{
	struct descriptor *d = find_fd(fd);

	if (d == NULL)
		return __real_write(fd, buf, n);
	MUST(d->what == REGULAR);
	if (d->append)
		d->at = d->file->size;
	d->at += n;
	return write_at(d->file, buf, n, d->at - n);
}

WRAP(int, ftruncate, int fd, off_t size)
{
	const struct descriptor *d = find_fd(fd);

	if (d == NULL)
		return __real_ftruncate(fd, size);
	MUST(d->what == REGULAR && size >= 0);
	set_size(d->file, (size_t)size);
	return 0;
}

WRAP(int, fallocate, int fd, int mode, off_t at, off_t n)
{
	const struct descriptor *d = find_fd(fd);

	if (d == NULL)
		return __real_fallocate(fd, mode, at, n);
	MUST(d->what == REGULAR && mode == FALLOC_FL_KEEP_SIZE);
	return at >= 0 && n > 0 ? 0 : fail(EINVAL);
}

WRAP(int, fsync, int fd)
{
	return find_fd(fd) != NULL ? 0 : __real_fsync(fd);
}

WRAP(int, fdatasync, int fd)
{
	return find_fd(fd) != NULL ? 0 : __real_fdatasync(fd);
}

WRAP(int, flock, int fd, int what)
{
	const struct descriptor *d = find_fd(fd);

	if (d == NULL)
		return __real_flock(fd, what);
	MUST(d->what == FOLDER);
	if (what == LOCK_UN) {
		if (d->folder->locked == fd)
			d->folder->locked = -1;
		return 0;
	}
	/* There is one process: it would wait for itself. */
	MUST(d->folder->locked == -1 || d->folder->locked == fd);
	d->folder->locked = fd;
	return 0;
}

WRAP(int, mkdirat, int dirfd, const char *name, mode_t mode)
{
	const struct descriptor *d = find_fd(dirfd);
	struct folder *folder;

	if (d == NULL)
		return __real_mkdirat(dirfd, name, mode);
	MUST(d->what == BASE && strlen(name) < NAME_SIZE && strchr(name, '/') == NULL);
	if (find_folder(name) != NULL)
		return fail(EEXIST);
	if (nfolders == folders_cap) {
		folders_cap = 2 * folders_cap + 16;
		folders = reallocarray(folders, folders_cap, sizeof(struct folder *));
		MUST(folders != NULL);
	}
	folder = spare_folders;
	if (folder != NULL)
		spare_folders = folder->next;
	else
		folder = malloc(sizeof(*folder));
	MUST(folder != NULL);
	strcpy(folder->name, name);
	folder->n = 0;
	folder->locked = -1;
	folders[nfolders++] = folder;
	return 0;
}

WRAP(int, unlinkat, int dirfd, const char *name, int flags)
{
	const struct descriptor *d = find_fd(dirfd);
	size_t i;

	if (d == NULL)
		return __real_unlinkat(dirfd, name, flags);
	if (d->what == BASE) {
		MUST(flags == AT_REMOVEDIR);
		for (i = 0; i < nfolders && strcmp(folders[i]->name, name) != 0; i++)
			;
		if (i == nfolders)
			return fail(ENOENT);
		if (folders[i]->n > 0)
			return fail(ENOTEMPTY);
		remove_folder(i);
		return 0;
	}
	i = find_entry(d->folder, name);
	if (i == FILES_MAX)
		return fail(ENOENT);
	remove_entry(d->folder, i);
	return 0;
}

WRAP(int, renameat, int dirfd, const char *from, int newfd, const char *to)
{
	const struct descriptor *d = find_fd(dirfd);
	size_t i;

	if (d == NULL)
		return __real_renameat(dirfd, from, newfd, to);
	MUST(find_fd(newfd) != NULL && find_fd(newfd)->folder == d->folder && d->what == FOLDER);
	i = find_entry(d->folder, to);
	if (i != FILES_MAX)
		remove_entry(d->folder, i);
	i = find_entry(d->folder, from);
	if (i == FILES_MAX)
		return fail(ENOENT);
	MUST(strlen(to) < NAME_SIZE);
	strcpy(d->folder->entry[i].name, to);
	return 0;
}

WRAP(int, linkat, int fromfd, const char *from, int dirfd, const char *to, int flags)
{
	static const char own[] = "/proc/self/fd/";
	const struct descriptor *d = find_fd(dirfd), *file;

	if (d == NULL)
		return __real_linkat(fromfd, from, dirfd, to, flags);
	MUST(d->what == FOLDER && strncmp(from, own, sizeof(own) - 1) == 0);
	file = find_fd(atoi(from + sizeof(own) - 1));
	MUST(file != NULL && file->what == REGULAR && flags == AT_SYMLINK_FOLLOW);
	if (find_entry(d->folder, to) != FILES_MAX)
		return fail(EEXIST);
	add_entry(d->folder, to, file->file);
	return 0;
}

/* ---- folders ---- */

static struct listing *
find_listing(const DIR *dir)
{
	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++)
		if ((const void *)dir == (const void *)&listings[i])
			return &listings[i];
	return NULL;
}

WRAP(DIR *, fdopendir, int fd)
{
	if (find_fd(fd) == NULL)
		return __real_fdopendir(fd);
	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
		if (listings[i].fd != 0)
			continue;
		listings[i] = (struct listing){ .fd = fd };
		return (DIR *)&listings[i];
	}
	MUST(false && "folders are left open");
	return NULL;
}

WRAP(struct dirent *, readdir, DIR *dir)
{
	struct listing *l = find_listing(dir);
	const struct descriptor *d;
	const char *name;

	if (l == NULL)
		return __real_readdir(dir);
	d = find_fd(l->fd);
	if (l->at >= (d->what == BASE ? nfolders : d->folder->n))
		return NULL;
	name = d->what == BASE ? folders[l->at]->name : d->folder->entry[l->at].name;
	l->entry.d_type = d->what == BASE ? DT_DIR : DT_REG;
	strcpy(l->entry.d_name, name);
	l->at++;
	return &l->entry;
}

WRAP(int, closedir, DIR *dir)
{
	struct listing *l = find_listing(dir);
	int fd;

	if (l == NULL)
		return __real_closedir(dir);
	fd = l->fd;
	l->fd = 0;
	return close(fd);
}
