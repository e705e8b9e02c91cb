/*
 * fault.c - preloaded into a tool (LD_PRELOAD), make its n-th call that touches the disk fail.
 *
 *	FAULT_TOOL=mon-archive	only in the program of this name; a pattern (fnmatch(3))
 *	FAULT_KIND=kill		SIGKILL in the place of the call
 *	           eio		the call fails with EIO, once
 *	           enospc	calls that need space fail with ENOSPC from then on
 *	           edquot	the same with EDQUOT
 *	           filled	a read or write moves half of what was asked, and from then on
 *				calls that need space fail with ENOSPC
 *	           short	a read or write moves half of what was asked, at least a byte, once
 *	           eintr	the call fails with EINTR, once
 *	           torn		a read or write moves half of what was asked, then SIGKILL
 *	           rot		a byte of what is read or written is changed in silence, once;
 *				not in the few bytes of a header, or a row of the ledger
 *	           log		nothing fails; all calls go to FAULT_HIT, one a line
 *	           slow		nothing fails; each call waits, by chance up to FAULT_AT microseconds
 *	FAULT_AT=n		counted from 1, only calls that FAULT_KIND can hit
 *	FAULT_TMPFILE=no	all the time, the file system knows no O_TMPFILE
 *	FAULT_DTYPE=no		all the time, the file system does not tell what is a folder
 *	FAULT_HIT=FILE		gets the call's name when the fault strikes: without it the run was too short
 *
 * The shipped binaries are tested with it, so it must know every call they make:
 * faults.sh compares its names with `nm`.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What can happen to a call. */
enum {
	SPACE = 1, /* it needs space on the disk */
	PART = 2,  /* it may move less than was asked */
	INTR = 4,  /* a signal may break it off: read(2), fsync(2), fallocate(2), flock(2), ... */
	DATA = 8,  /* it moves the bytes of a day or an archive */
};

/* What strikes() answers, when it is no errno. */
enum { GO_ON = 0, HALF = -1, ROT = -2, TORN = -3, FILLED = -4 };

static const struct {
	const char *name;
	unsigned meets; /* what a call must be able to meet, 0: any call counts */
	int answer;
} kinds[] = {
	{ "kill", 0, EIO },
	{ "eio", 0, EIO },
	{ "log", 0, GO_ON },
	{ "slow", 0, GO_ON },
	{ "enospc", SPACE, ENOSPC },
	{ "edquot", SPACE, EDQUOT },
	{ "short", PART, HALF },
	{ "filled", PART, FILLED },
	{ "torn", PART, TORN },
	{ "eintr", INTR, EINTR },
	{ "rot", DATA, ROT },
};

/* By syscall(2): open() and the like here would come back to us. */
static void
note(const char *text)
{
	const char *hit = getenv("FAULT_HIT");
	int fd;

	if (hit == NULL)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, hit, O_WRONLY | O_CREAT | O_APPEND, 0600);
	syscall(SYS_write, fd, text, strlen(text));
	syscall(SYS_write, fd, "\n", 1);
	syscall(SYS_close, fd);
}

/* A full disk stays full. */
static bool
stays(int answer)
{
	return answer == ENOSPC || answer == EDQUOT;
}

static bool ended; /* main() is done: what libgcov writes then is not what is tested */

static void
end(void)
{
	ended = true;
}

/* Now?  The errno to fail with, or another answer. */
static int
strikes(const char *call, unsigned able)
{
	static size_t kind;
	static long at = -1, count;

	if (ended)
		return GO_ON;
	if (at < 0) {
		const char *tool = getenv("FAULT_TOOL"), *n = getenv("FAULT_AT");
		const char *name = getenv("FAULT_KIND");

		at = 0;
		while (name != NULL && kind < sizeof(kinds) / sizeof(kinds[0]) &&
		       strcmp(kinds[kind].name, name) != 0)
			kind++;
		if (name != NULL && kind < sizeof(kinds) / sizeof(kinds[0]) && n != NULL &&
		    tool != NULL && fnmatch(tool, program_invocation_short_name, 0) == 0)
			at = atol(n);
		srandom((unsigned)getpid());
		atexit(end);
	}
	if (at > 0 && count >= at && kinds[kind].answer == FILLED && (able & SPACE))
		return ENOSPC;
	if (at == 0 || (kinds[kind].meets != 0 && !(able & kinds[kind].meets)))
		return GO_ON;
	if (strcmp(kinds[kind].name, "slow") == 0) {
		usleep((useconds_t)(random() % at));
		return GO_ON;
	}
	count++;
	if (strcmp(kinds[kind].name, "log") == 0)
		note(call);
	else if (count == at)
		note(call);
	else if (count < at || !stays(kinds[kind].answer))
		return GO_ON;
	if (strcmp(kinds[kind].name, "kill") == 0)
		kill(getpid(), SIGKILL);
	return kinds[kind].answer;
}

/* The real call. */
#define REAL(type, name, declared)                                                                 \
	static type(*real) declared;                                                               \
	if (real == NULL)                                                                          \
	real = (type(*) declared)dlsym(RTLD_NEXT, #name)

/* CALL(what it can meet, what it returns on failure, type, name, (declared), (handed on)). */
#define CALL(able, bad, type, name, declared, given)                                               \
	type name declared                                                                         \
	{                                                                                          \
		int e = strikes(#name, able);                                                      \
		REAL(type, name, declared);                                                        \
                                                                                                   \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return bad;                                                                \
		}                                                                                  \
		return real given;                                                                 \
	}

/* The same for a call that moves ${n} bytes from a file; rot spoils the first. */
#define READ(name, declared, given)                                                                \
	ssize_t name declared                                                                      \
	{                                                                                          \
		int e = strikes(#name, PART | INTR | (n > 4096 ? DATA : 0));                       \
		ssize_t got;                                                                       \
		REAL(ssize_t, name, declared);                                                     \
                                                                                                   \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return -1;                                                                 \
		}                                                                                  \
		if ((e == HALF || e == TORN || e == FILLED) && n > 1)                              \
			n /= 2;                                                                    \
		got = real given;                                                                  \
		if (e == TORN)                                                                     \
			kill(getpid(), SIGKILL);                                                   \
		if (e == ROT && got > 0)                                                           \
			*(char *)buf ^= 1;                                                         \
		return got;                                                                        \
	}

/* And to a file.  What goes to stdout is a promise: logged as "print"; to stderr: "tell",
 * which needs no space on this disk. */
#define WRITE(name, declared, given)                                                               \
	ssize_t name declared                                                                      \
	{                                                                                          \
		int e = strikes(fd == 1   ? "print"                                                \
				: fd == 2 ? "tell"                                                 \
					  : #name,                                                 \
		    (fd == 2 ? 0 : SPACE) | PART | INTR |                                          \
			(fd > 2 && strcmp(#name, "write") == 0 ? DATA : 0));                       \
		char spoilt[65536];                                                                \
		ssize_t put;                                                                       \
		REAL(ssize_t, name, declared);                                                     \
                                                                                                   \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return -1;                                                                 \
		}                                                                                  \
		if ((e == HALF || e == TORN || e == FILLED) && n > 1)                              \
			n /= 2;                                                                    \
		if (e == ROT && n > 0) {                                                           \
			n = n < sizeof(spoilt) ? n : sizeof(spoilt);                               \
			memcpy(spoilt, buf, n);                                                    \
			spoilt[n / 2] ^= 1;                                                        \
			buf = spoilt;                                                              \
		}                                                                                  \
		put = real given;                                                                  \
		if (e == TORN)                                                                     \
			kill(getpid(), SIGKILL);                                                   \
		return put;                                                                        \
	}

/* For readdir(3), which may not tell what an entry is. */
#define READDIR(name, declared, given)                                                             \
	struct dirent *name declared                                                               \
	{                                                                                          \
		int e = strikes(#name, 0);                                                         \
		const char *tells = getenv("FAULT_DTYPE");                                         \
		struct dirent *entry;                                                              \
		REAL(struct dirent *, name, declared);                                             \
                                                                                                   \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return NULL;                                                               \
		}                                                                                  \
		entry = real given;                                                                \
		if (entry != NULL && tells != NULL && strcmp(tells, "no") == 0)                    \
			entry->d_type = DT_UNKNOWN;                                                \
		return entry;                                                                      \
	}

static bool
creates(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

static bool
lacks_tmpfile(int flags)
{
	const char *no = getenv("FAULT_TMPFILE");

	return no != NULL && strcmp(no, "no") == 0 && (flags & O_TMPFILE) == O_TMPFILE;
}

/* For open(2) and openat(2), which need space when they make a file. */
#define OPEN(name, declared, given)                                                                \
	int name declared                                                                          \
	{                                                                                          \
		int e = strikes(#name, creates(flags) ? SPACE : 0);                                \
		mode_t mode = 0;                                                                   \
		va_list args;                                                                      \
		REAL(int, name, declared);                                                         \
                                                                                                   \
		va_start(args, flags);                                                             \
		if (creates(flags))                                                                \
			mode = va_arg(args, mode_t);                                               \
		va_end(args);                                                                      \
		if (e <= 0 && lacks_tmpfile(flags))                                                \
			e = EOPNOTSUPP;                                                            \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return -1;                                                                 \
		}                                                                                  \
		return real given;                                                                 \
	}

OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int fd, const char *path, int flags, ...), (fd, path, flags, mode))
READ(read, (int fd, void *buf, size_t n), (fd, buf, n))
READ(pread, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))
WRITE(write, (int fd, const void *buf, size_t n), (fd, buf, n))
WRITE(pwrite, (int fd, const void *buf, size_t n, off_t at), (fd, buf, n, at))
CALL(SPACE | INTR, -1, int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
CALL(INTR, -1, int, ftruncate, (int fd, off_t n), (fd, n))
CALL(INTR, -1, int, fsync, (int fd), (fd))
CALL(INTR, -1, int, fdatasync, (int fd), (fd))
CALL(0, -1, int, sync_file_range, (int fd, off64_t at, off64_t n, unsigned flags),
    (fd, at, n, flags))
CALL(INTR, -1, int, flock, (int fd, int how), (fd, how))
CALL(0, -1, int, fstat, (int fd, struct stat *st), (fd, st))
CALL(0, -1, ssize_t, fgetxattr, (int fd, const char *name, void *value, size_t n),
    (fd, name, value, n))
CALL(SPACE, -1, int, fsetxattr, (int fd, const char *name, const void *value, size_t n, int flags),
    (fd, name, value, n, flags))
CALL(0, -1, int, futimens, (int fd, const struct timespec times[2]), (fd, times))
CALL(0, -1, int, stat, (const char *path, struct stat *st), (path, st))
CALL(0, -1, int, lstat, (const char *path, struct stat *st), (path, st))
CALL(0, -1, int, fstatat, (int fd, const char *path, struct stat *st, int flags),
    (fd, path, st, flags))
CALL(0, -1, ssize_t, readlink, (const char *path, char *buf, size_t n), (path, buf, n))
READDIR(readdir, (DIR * dir), (dir))
CALL(SPACE, -1, int, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(SPACE, -1, int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
CALL(SPACE, -1, int, linkat, (int from, const char *a, int to, const char *b, int flags),
    (from, a, to, b, flags))
CALL(SPACE, -1, int, renameat, (int from, const char *a, int to, const char *b), (from, a, to, b))
CALL(SPACE, -1, int, renameat2, (int from, const char *a, int to, const char *b, unsigned flags),
    (from, a, to, b, flags))
CALL(0, -1, int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
/* What a hardened build (_FORTIFY_SOURCE) makes of open(2) where the flags are no constant. */
int __open_2(const char *path, int flags);
CALL(0, -1, int, __open_2, (const char *path, int flags), (path, flags))
