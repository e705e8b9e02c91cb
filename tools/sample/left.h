/*
 * left.h - how much of a source found no place in the answer, so that it can be told.
 */
#ifndef MON_LEFT_H
#define MON_LEFT_H

#include <stddef.h>

struct mon_left {
	size_t cut; /* rows for which there was no room */
	size_t odd; /* lines that were not understood */
};

#endif /* !MON_LEFT_H */
