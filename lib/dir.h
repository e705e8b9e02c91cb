/*
 * dir.h - a folder by its descriptor: open it, lock it, visit what is in it.
 */
#ifndef MON_DIR_H
#define MON_DIR_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>

/* How a folder below another is opened: never through a symlink. */
#define MON_DIR_BELOW (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/*
 * mon_dir_open(path, create):
 * Open the folder ${path}; with ${create} make it (0700, synced into its parent) if it is
 * missing, but not its parents.
 * Return a descriptor that the caller closes, or -errno.
 */
int mon_dir_open(const char *path, bool create);

/*
 * mon_dir_again(fd, path):
 * If ${path} is another folder than ${fd} by now, because a person moved or deleted that, let ${fd}
 * be the new one.  Return true if it is; false if ${path} is the same one, or there is none.
 */
bool mon_dir_again(int fd, const char *path);

/*
 * mon_dir_lock(fd, timeout_ms):
 * Take the lock of the folder, flock(2).  It ends with the descriptor or mon_dir_unlock().
 * Return 0, -ETIMEDOUT if others held it all the time, or another -errno.
 */
int mon_dir_lock(int fd, unsigned timeout_ms);

/*
 * mon_dir_unlock(fd):
 * Let go of the lock.
 */
void mon_dir_unlock(int fd);

/*
 * mon_dir_visit(fd, visit, ctx):
 * Call ${visit} with ${fd}, each entry but "." and "..", in no order, and ${ctx}; names are as
 * untrusted as the folder is.  Return 0 after the last one, what ${visit} returned if that was
 * not 0 (no more are visited then), or -errno.  ${fd} itself and its position are not touched.
 */
int mon_dir_visit(
    int fd, int (*visit)(int fd, const struct dirent *untrusted_entry, void *ctx), void *ctx);

#endif /* !MON_DIR_H */
