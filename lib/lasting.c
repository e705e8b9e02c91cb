/* lasting.c - what outlives a shutdown; see lasting.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "call.h"
#include "caps.h"
#include "cleanup.h"
#include "io.h"
#include "lasting.h"

#define DEPTH_MAX 8 /* loop devices upon each other: nobody has more than two */

/* Is ${dev} the device of the folder ${path}, if there is one? */
static bool
is_device_of(const char *path, dev_t dev)
{
	struct stat st;

	return fstatat(AT_FDCWD, path, &st, 0) == 0 && st.st_dev == dev;
}

/* What a qube keeps, by its persistence. */
enum keeps {
	KEEPS_UNKNOWN, /* who does not know shall not promise */
	KEEPS_RW,      /* /rw alone */
	KEEPS_ALL,     /* its root, too */
	KEEPS_NO_QUBE, /* an ordinary machine */
};

static enum keeps
ask_persistence(void)
{
	static const char *const ask[] = { "qubesdb-read", "/qubes-vm-persistence", NULL };
	struct mon_call call = MON_CALL_NONE;
	char word[32];
	size_t len = 0;
	int code = 0, r = mon_call_start(ask, 0, &call);

	if (r == -ENOENT)
		return KEEPS_NO_QUBE;
	if (r == 0)
		r = mon_call_collect(&call, word, sizeof(word) - 1, MON_QUBESDB_MS, &len, &code);
	if (r < 0 || code != 0)
		return KEEPS_UNKNOWN;
	word[len] = '\0';
	word[strcspn(word, "\n")] = '\0';
	if (strcmp(word, "full") == 0)
		return KEEPS_ALL;
	return strcmp(word, "rw-only") == 0 ? KEEPS_RW : KEEPS_UNKNOWN;
}

/* Does what lies on ${dev} last, as far as the device can tell? */
static bool
device_lasts(dev_t dev)
{
	char path[64], to[4096];
	const char *name;
	ssize_t n;

	if (is_device_of("/", dev))
		return ask_persistence() >= KEEPS_ALL;
	if (is_device_of("/rw", dev))
		return ask_persistence() >= KEEPS_RW;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	n = readlink(path, to, sizeof(to) - 1);
	to[n > 0 ? n : 0] = '\0';
	name = strrchr(to, '/');
	if (name == NULL) /* a network, or several disks as one */
		return true;
	if (strncmp(name, "/ram", 4) == 0 || strncmp(name, "/zram", 5) == 0)
		return false;
	return strncmp(name, "/xvdc", 5) != 0 || ask_persistence() == KEEPS_NO_QUBE;
}

/*
 * Open the file of the loop device ${dev}, or of the one that ${dev} is a partition of.  Return its
 * descriptor; -ENODEV if that is no loop device; -ENOENT if the file is not to be found.
 */
static int
open_backing(dev_t dev)
{
	static const char *const below[] = { "", "../" };
	char path[64], file[4096];
	size_t len = 0;
	int fd;

	for (size_t i = 0; i < 2; i++) {
		int r;

		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%sloop/backing_file", major(dev),
		    minor(dev), below[i]);
		r = mon_io_slurp(AT_FDCWD, path, file, sizeof(file), &len);
		if (r == -ENOENT)
			continue;
		if (r < 0 || len < 2)
			return -ENOENT;
		file[len - 1] = '\0'; /* the LF; of a deleted file " (deleted)" stands before it */
		fd = open(file, O_PATH | O_CLOEXEC);
		return fd < 0 ? -ENOENT : fd;
	}
	return major(dev) == LOOP_MAJOR ? -ENOENT : -ENODEV;
}

/* What ${fd} lies on: the device, and whether it is there after a shutdown. */
struct ground {
	dev_t dev;
	bool lasts;
};

/* Look at ${fd} itself, not below a loop device. */
static int
look(int fd, struct ground *ret)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return -errno;
	/* A loop device of a whole disk: its node lies in memory, the disk does not. */
	ret->dev = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
	ret->lasts = true;
	switch ((unsigned long)fs.f_type) {
	case TMPFS_MAGIC:
	case RAMFS_MAGIC:
	case OVERLAYFS_SUPER_MAGIC: ret->lasts = S_ISBLK(st.st_mode);
	}
	return 0;
}

/* Go down from loop device to file until there is none. */
static int
find_ground(int fd, struct ground *ret)
{
	int r = look(fd, ret);

	for (int depth = 0; r == 0 && depth < DEPTH_MAX; depth++) {
		cleanup_fd int file = open_backing(ret->dev);

		if (file == -ENODEV)
			return 0;
		if (file < 0)
			break;
		r = look(file, ret);
	}
	ret->lasts = false; /* the file is gone, or hidden */
	return r;
}

int
mon_lasting_folder(int fd)
{
	struct ground ground;
	int r = find_ground(fd, &ground);

	if (r < 0)
		return r;
	return ground.lasts && device_lasts(ground.dev);
}

int
mon_lasting_disk(int fd, dev_t *ret)
{
	struct ground ground;
	int r = find_ground(fd, &ground);

	if (r == 0)
		*ret = ground.dev;
	return r;
}
