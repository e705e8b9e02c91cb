/*
 * local.h - this very machine as a target: its sampler.
 */
#ifndef MON_LOCAL_H
#define MON_LOCAL_H

#include <stddef.h>

/*
 * mon_local_sampler(ret, cap):
 * Set ${ret}, of ${cap} > 10 bytes, to the path of the mon-sample beside the running program,
 * or to "mon-sample", to be found on PATH, if there is none.
 */
void mon_local_sampler(char *ret, size_t cap);

#endif /* !MON_LOCAL_H */
