/*
 * cleanup.h - let go of a resource when its name goes out of scope (gcc and clang).
 *
 *	cleanup_fd int fd = open(...);
 *	...
 *	ret->fd = mon_steal_fd(&fd);	// now it belongs to ret
 */
#ifndef MON_CLEANUP_H
#define MON_CLEANUP_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static inline void
mon_cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void
mon_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void
mon_cleanup_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Hand the descriptor over: the caller of this owns it, ${fd} is -1 from here on. */
static inline int
mon_steal_fd(int *fd)
{
	int r = *fd;

	*fd = -1;
	return r;
}

#define cleanup_fd __attribute__((cleanup(mon_cleanup_fd)))
#define cleanup_free __attribute__((cleanup(mon_cleanup_free)))
#define cleanup_dir __attribute__((cleanup(mon_cleanup_dir)))

#endif /* !MON_CLEANUP_H */
