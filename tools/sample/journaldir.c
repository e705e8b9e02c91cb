/* journaldir.c - the files of this machine's journal; see journaldir.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "io.h"
#include "journaldir.h"

static const char *const folders[] = { "var/log/journal", "run/log/journal" };

static uint64_t
mix(uint64_t hash, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++) /* FNV-1a */
		hash = (hash ^ p[i]) * 0x100000001b3u;
	return hash;
}

static bool
is_journal(const char *name)
{
	const size_t n = strlen(name);

	return (n > 8 && memcmp(name + n - 8, ".journal", 8) == 0) ||
	       (n > 9 && memcmp(name + n - 9, ".journal~", 9) == 0);
}

/* Keep ${file}; where there are more than fit, the oldest one goes. */
static void
keep_file(struct mon_journaldir *files, const char *name, int folder, uint64_t changed_ns)
{
	struct mon_journaldir_file *slot = &files->file[0];

	if (files->n < MON_JOURNAL_FILES_MAX)
		slot = &files->file[files->n++];
	else {
		for (size_t i = 1; i < files->n; i++)
			if (files->file[i].changed_ns < slot->changed_ns)
				slot = &files->file[i];
		if (slot->changed_ns >= changed_ns)
			return;
	}
	if (strlen(name) >= sizeof(slot->name))
		return;
	strcpy(slot->name, name);
	slot->folder = folder;
	slot->changed_ns = changed_ns;
}

static void
look_at_file(struct mon_journaldir *files, int dirfd, int folder, const char *name)
{
	struct stat st;
	uint64_t changed, parts[4];

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	changed = st.st_mtim.tv_sec < 0
		      ? 0
		      : (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
	parts[0] = (uint64_t)folder;
	parts[1] = st.st_ino;
	parts[2] = (uint64_t)st.st_size;
	parts[3] = changed;
	/* A sum, so that the order in which the folder is read does not count. */
	files->signature += mix(mix(0xcbf29ce484222325u, parts, sizeof(parts)), name, strlen(name));
	if (changed > files->newest_ns)
		files->newest_ns = changed;
	keep_file(files, name, folder, changed);
}

static int
look_at_folder(
    struct mon_journaldir *files, int rootfd, const struct mon_served *served, int folder)
{
	static _Alignas(struct dirent64) char buf[32768];
	char path[64];
	cleanup_fd int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/%s/%s", folders[folder], files->machine);
	if (mon_served_covers(served, path))
		return -EREMOTE;
	fd = openat(rootfd, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	while ((n = getdents64(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(buf + at);

			if (is_journal(entry->d_name))
				look_at_file(files, fd, folder, entry->d_name);
			at += entry->d_reclen;
		}
	}
	return n < 0 ? -errno : 0;
}

int
mon_journaldir_look(int rootfd, const struct mon_served *served, struct mon_journaldir *files)
{
	char text[MON_MACHINE_ID_LEN + 2];
	size_t len = 0;
	int result = 0;
	int r = mon_io_slurp_file(rootfd, "etc/machine-id", text, sizeof(text), &len);

	files->n = 0;
	files->signature = files->newest_ns = 0;
	if (r == -EFBIG)
		len = sizeof(text) - 1;
	else if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (len < MON_MACHINE_ID_LEN || strspn(text, "0123456789abcdef") != MON_MACHINE_ID_LEN)
		return 0;
	memcpy(files->machine, text, MON_MACHINE_ID_LEN);
	files->machine[MON_MACHINE_ID_LEN] = '\0';
	for (int i = 0; i < 2; i++) {
		r = look_at_folder(files, rootfd, served, i);
		if (r < 0)
			result = r;
	}
	return result;
}

size_t
mon_journaldir_path(
    const struct mon_journaldir *dir, size_t i, const char *root, char *ret, size_t cap)
{
	const struct mon_journaldir_file *f = &dir->file[i];
	int n = snprintf(ret, cap, "%s/%s/%s/%s", root, folders[f->folder], dir->machine, f->name);

	return n > 0 && (size_t)n < cap ? (size_t)n : 0;
}
