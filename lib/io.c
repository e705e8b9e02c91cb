/* io.c - whole reads and writes; see io.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "io.h"

/* Wait until a descriptor that somebody left non-blocking (qrexec-client-vm does) is ready. */
static int
wait_ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

int
mon_io_write(int fd, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && wait_ready(fd, POLLOUT) == 0)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

int
mon_io_pwrite(int fd, const char *buf, size_t len, off_t offset)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, buf, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= (size_t)n;
		offset += n;
	}
	return 0;
}

/* At ${offset}, or, if that is negative, where the file stands. */
static int
read_all(int fd, char *buf, size_t cap, off_t offset, size_t *ret)
{
	size_t got = 0;

	while (got < cap) {
		ssize_t n = offset < 0 ? read(fd, buf + got, cap - got)
				       : pread(fd, buf + got, cap - got, offset + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && wait_ready(fd, POLLIN) == 0)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*ret = got;
	return 0;
}

int
mon_io_read(int fd, char *buf, size_t cap, size_t *ret)
{
	return read_all(fd, buf, cap, -1, ret);
}

int
mon_io_pread(int fd, char *buf, size_t cap, off_t offset, size_t *ret)
{
	return offset < 0 ? -EINVAL : read_all(fd, buf, cap, offset, ret);
}

int
mon_io_sync(int fd)
{
	int r;

	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* The whole of ${fd}, ended by a NUL. */
static int
slurp(int fd, char *buf, size_t cap, size_t *ret)
{
	size_t len = 0;
	int r = mon_io_read(fd, buf, cap, &len);

	if (r < 0)
		return r;
	if (len == cap) {
		buf[cap - 1] = '\0';
		return -EFBIG;
	}
	buf[len] = '\0';
	if (ret != NULL)
		*ret = len;
	return 0;
}

/* A FIFO that lies in a folder, where perhaps nobody ever writes, and not the pipe of a shell (pipe(7)). */
static bool
is_named_fifo(int fd, mode_t mode)
{
	struct statfs fs;

	return S_ISFIFO(mode) && (fstatfs(fd, &fs) < 0 || fs.f_type != PIPEFS_MAGIC);
}

int
mon_io_slurp(int dirfd, const char *path, char *buf, size_t cap, size_t *ret)
{
	cleanup_fd int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return is_named_fifo(fd, st.st_mode) ? -ENXIO : slurp(fd, buf, cap, ret);
}

int
mon_io_open_file(int dirfd, const char *path)
{
	cleanup_fd int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENXIO;
	return mon_steal_fd(&fd);
}

int
mon_io_slurp_file(int dirfd, const char *path, char *buf, size_t cap, size_t *ret)
{
	cleanup_fd int fd = mon_io_open_file(dirfd, path);

	return fd >= 0 ? slurp(fd, buf, cap, ret) : fd;
}
