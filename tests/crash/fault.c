/*
 * fault.c - preloaded into a tool (LD_PRELOAD), make its n-th call that touches the disk fail.
 *
 *	FAULT_TOOL=mon-archive	only in the program of this name
 *	FAULT_KIND=kill		SIGKILL in the place of the call
 *	           eio		the call fails with EIO, once
 *	           enospc	calls that need space fail with ENOSPC from then on
 *	           short	a read or write moves half of what was asked, at least a byte, once
 *	           eintr	the call fails with EINTR, once
 *	FAULT_AT=n		counted from 1, only calls that FAULT_KIND can hit
 *	FAULT_HIT=FILE		made when the fault strikes: without it the run was too short
 *
 * The shipped binaries are tested with it, so it must know every call they make:
 * faults.sh compares its names with `nm`.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What can happen to a call. */
enum {
	SPACE = 1, /* it needs space on the disk */
	PART = 2,  /* it may move less than was asked */
	INTR =
	    4, /* a signal may break it off: read(2), write(2), fsync(2), fallocate(2), flock(2) */
};

/* Now?  The errno to fail with, 0 to go on, -1 for half the bytes. */
static int
strikes(unsigned able)
{
	static const char *kind;
	static long at, count;
	const char *hit = getenv("FAULT_HIT");
	bool counts;
	int fd;

	if (kind == NULL) {
		const char *tool = getenv("FAULT_TOOL"), *n = getenv("FAULT_AT");

		kind = getenv("FAULT_KIND");
		if (kind == NULL || n == NULL || tool == NULL ||
		    strcmp(tool, program_invocation_short_name) != 0)
			kind = "none";
		at = n != NULL ? atol(n) : 0;
	}
	counts = strcmp(kind, "kill") == 0 || strcmp(kind, "eio") == 0 ||
		 (strcmp(kind, "enospc") == 0 && (able & SPACE)) ||
		 (strcmp(kind, "short") == 0 && (able & PART)) ||
		 (strcmp(kind, "eintr") == 0 && (able & INTR));
	if (!counts)
		return 0;
	count++;
	if (count < at || (count > at && strcmp(kind, "enospc") != 0))
		return 0;
	/* By syscall(2): open() and close() here would come back to us. */
	if (count == at && hit != NULL) {
		fd = (int)syscall(SYS_openat, AT_FDCWD, hit, O_WRONLY | O_CREAT, 0600);
		syscall(SYS_close, fd);
	}
	if (strcmp(kind, "kill") == 0)
		kill(getpid(), SIGKILL);
	if (strcmp(kind, "short") == 0)
		return -1;
	return strcmp(kind, "eio") == 0 ? EIO : strcmp(kind, "enospc") == 0 ? ENOSPC : EINTR;
}

/* CALL(what it can meet, what it returns on failure, type, name, (declared), (handed on)). */
#define CALL(able, bad, type, name, declared, given)                                               \
	type name declared                                                                         \
	{                                                                                          \
		static type(*real) declared;                                                       \
		int e = strikes(able);                                                             \
                                                                                                   \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return bad;                                                                \
		}                                                                                  \
		if (real == NULL)                                                                  \
			real = (type(*) declared)dlsym(RTLD_NEXT, #name);                          \
		return real given;                                                                 \
	}

/* The same for a call that moves ${n} bytes. */
#define MOVE(able, name, declared, given)                                                          \
	ssize_t name declared                                                                      \
	{                                                                                          \
		static ssize_t(*real) declared;                                                    \
		int e = strikes((able) | PART | INTR);                                             \
                                                                                                   \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return -1;                                                                 \
		}                                                                                  \
		if (real == NULL)                                                                  \
			real = (ssize_t(*) declared)dlsym(RTLD_NEXT, #name);                       \
		if (e < 0 && n > 1)                                                                \
			n /= 2;                                                                    \
		return real given;                                                                 \
	}

static bool
creates(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

/* The same for open(2) and openat(2), which need space when they make a file. */
#define OPEN(name, declared, given)                                                                \
	int name declared                                                                          \
	{                                                                                          \
		static int(*real) declared;                                                        \
		int e = strikes(creates(flags) ? SPACE : 0);                                       \
		mode_t mode = 0;                                                                   \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, flags);                                                             \
		if (creates(flags))                                                                \
			mode = va_arg(args, mode_t);                                               \
		va_end(args);                                                                      \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return -1;                                                                 \
		}                                                                                  \
		if (real == NULL)                                                                  \
			real = (int(*) declared)dlsym(RTLD_NEXT, #name);                           \
		return real given;                                                                 \
	}

OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int fd, const char *path, int flags, ...), (fd, path, flags, mode))
MOVE(0, read, (int fd, void *buf, size_t n), (fd, buf, n))
MOVE(0, pread, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))
MOVE(SPACE, write, (int fd, const void *buf, size_t n), (fd, buf, n))
MOVE(SPACE, pwrite, (int fd, const void *buf, size_t n, off_t at), (fd, buf, n, at))
CALL(SPACE | INTR, -1, int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
CALL(INTR, -1, int, ftruncate, (int fd, off_t n), (fd, n))
CALL(INTR, -1, int, fsync, (int fd), (fd))
CALL(INTR, -1, int, fdatasync, (int fd), (fd))
CALL(INTR, -1, int, flock, (int fd, int how), (fd, how))
CALL(0, -1, int, fstat, (int fd, struct stat *st), (fd, st))
CALL(0, -1, int, fstatat, (int fd, const char *path, struct stat *st, int flags),
    (fd, path, st, flags))
CALL(0, -1, ssize_t, readlink, (const char *path, char *buf, size_t n), (path, buf, n))
CALL(0, NULL, struct dirent *, readdir, (DIR * dir), (dir))
CALL(SPACE, -1, int, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(SPACE, -1, int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
CALL(SPACE, -1, int, linkat, (int from, const char *a, int to, const char *b, int flags),
    (from, a, to, b, flags))
CALL(SPACE, -1, int, renameat, (int from, const char *a, int to, const char *b), (from, a, to, b))
CALL(SPACE, -1, int, renameat2, (int from, const char *a, int to, const char *b, unsigned flags),
    (from, a, to, b, flags))
CALL(0, -1, int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
