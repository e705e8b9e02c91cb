/*
 * io.h - read and write whole things over a descriptor, whatever signals and short counts come.
 */
#ifndef MON_IO_H
#define MON_IO_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h> /* off_t */

/* What a person is told where a file, or a folder, was to be and something else is. */
#define MON_IO_NO_FILE "is no plain file, and links are not followed"
#define MON_IO_NO_FOLDER "is no folder, and links are not followed"

/*
 * mon_io_is_no_file(err):
 * Is ${err}, a -errno, that of a path with a link, a folder, a FIFO or another odd thing in the
 * place of a regular file?
 */
static inline bool
mon_io_is_no_file(int err)
{
	return err == -ELOOP || err == -EISDIR || err == -ENXIO;
}

/*
 * mon_io_write(fd, buf, len):
 * Write all ${len} bytes.  Return 0, or -errno; how much was written by then is unknown.
 */
int mon_io_write(int fd, const char *buf, size_t len);

/*
 * mon_io_pwrite(fd, buf, len, offset):
 * The same at ${offset}, without moving the file's position.
 */
int mon_io_pwrite(int fd, const char *buf, size_t len, off_t offset);

/*
 * mon_io_read(fd, buf, cap, ret):
 * Read up to ${cap} bytes or the end of the file, and set ${ret} to how many came.  Return 0,
 * or -errno with ${ret} untouched.
 */
int mon_io_read(int fd, char *buf, size_t cap, size_t *ret);

/*
 * mon_io_pread(fd, buf, cap, offset, ret):
 * The same at ${offset}, without moving the file's position.
 */
int mon_io_pread(int fd, char *buf, size_t cap, off_t offset, size_t *ret);

/*
 * mon_io_sync(fd):
 * Return 0 when the file or folder is on the disk (fsync(2)), or -errno.
 */
int mon_io_sync(int fd);

/*
 * mon_io_slurp(dirfd, path, buf, cap, ret):
 * Read the file ${path} below ${dirfd} (openat(2)) into ${buf} and end it by a NUL; ${ret},
 * which may be NULL, is its length.  Meant for /proc, and for what a person names: a pipe or a
 * terminal is waited for, a FIFO in a folder is not.  Return 0; -EFBIG if it does not fit in
 * ${cap} - 1 bytes (the first of them are in ${buf} all the same); -ENXIO for a FIFO; or -errno.
 */
int mon_io_slurp(int dirfd, const char *path, char *buf, size_t cap, size_t *ret);

/*
 * mon_io_open_file(dirfd, path), mon_io_slurp_file(dirfd, path, buf, cap, ret):
 * Open the regular file ${path} below ${dirfd} to read it, and read it like mon_io_slurp(), where no file
 * may make us wait: a FIFO, a socket or a device in its place is not waited for and not read (open(2),
 * O_NONBLOCK).  Return the descriptor or 0; -EISDIR for a folder, -ENXIO for what is no file; or another -errno.
 */
int mon_io_open_file(int dirfd, const char *path);
int mon_io_slurp_file(int dirfd, const char *path, char *buf, size_t cap, size_t *ret);

#endif /* !MON_IO_H */
