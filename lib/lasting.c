/* lasting.c - what outlives a shutdown; see lasting.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "call.h"
#include "caps.h"
#include "lasting.h"

/* Is ${dev} the device of the folder ${path}, if there is one? */
static bool
is_device_of(const char *path, dev_t dev)
{
	struct stat st;

	return fstatat(AT_FDCWD, path, &st, 0) == 0 && st.st_dev == dev;
}

/* Does a file system of this qube last that lies on the device of "/", or, ${rw}, of /rw? */
static bool
qube_keeps(bool rw)
{
	static const char *const ask[] = { "qubesdb-read", "/qubes-vm-persistence", NULL };
	struct mon_call call = MON_CALL_NONE;
	char word[32];
	size_t len = 0;
	int code = 0, r = mon_call_start(ask, 0, &call);

	if (r == -ENOENT)
		return true; /* no qube: an ordinary machine */
	if (r == 0)
		r = mon_call_collect(&call, word, sizeof(word) - 1, MON_QUBESDB_MS, &len, &code);
	if (r < 0 || code != 0)
		return false; /* who does not know shall not promise */
	word[len] = '\0';
	word[strcspn(word, "\n")] = '\0';
	return strcmp(word, "full") == 0 || (rw && strcmp(word, "rw-only") == 0);
}

int
mon_lasting_folder(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return -errno;
	switch ((unsigned long)fs.f_type) {
	case TMPFS_MAGIC:
	case RAMFS_MAGIC:
	case OVERLAYFS_SUPER_MAGIC: return 0;
	}
	if (is_device_of("/", st.st_dev))
		return qube_keeps(false);
	return !is_device_of("/rw", st.st_dev) || qube_keeps(true);
}
