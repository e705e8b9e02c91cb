/*
 * sources.h - the one table of what a sample reads: which file of the kernel, how much of it, whether
 * it may be missing, and who makes figures of it.
 *
 * No malloc, no locale.
 */
#ifndef MON_SOURCES_H
#define MON_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

#include "figures.h"
#include "memory.h"
#include "pressure.h"
#include "sockets.h"

/* What the readers know of each other: a line of the answer may come of several files. */
struct mon_sources {
	const struct mon_figures_ask *ask;
	struct mon_counters *now;
	struct mon_answer *answer;
	struct mon_troubles *troubles;
	bool failed; /* some figures could not be read */
	bool cut;    /* of the source that is being read the middle is missing */

	bool has_memory;
	struct mon_memory memory;
	char load[96]; /* the three averages with their commas; "": not read */
	struct mon_sockets_stat sockets6;
	struct mon_pressure cpu_pressure, memory_pressure;
	unsigned pressures; /* how many of the two were read */
};

struct mon_source {
	const char *path; /* below the root */
	size_t cap;       /* bytes wanted of it; at most MON_SOURCE_BYTES */
	bool
	    optional; /* a kernel may not have it: then its figures are missing, and that is no error */
	/*
	 * Make figures of its ${len} bytes, which may be changed; ${room} bytes from ${text} on may be used.
	 * Return 0, or -errno if some cannot be made; -EBADMSG: it is not such a file.
	 */
	int (*read)(struct mon_sources *s, char *text, size_t len, size_t room);
};

/* In the order they are read in; ended by a path NULL. */
extern const struct mon_source mon_sources_table[];

#endif /* !MON_SOURCES_H */
