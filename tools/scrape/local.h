/*
 * local.h - this very machine as a target: its name and its sampler.
 */
#ifndef MON_LOCAL_H
#define MON_LOCAL_H

#include <stddef.h>

#include "caps.h"

/*
 * mon_local_name(ret):
 * Set ${ret} to the host name up to its first dot (in a qube that is the qube's name), or to
 * "localhost" if that is no name that a qube could have; zero-padded.
 */
void mon_local_name(char ret[MON_VM_MAX + 1]);

/*
 * mon_local_sampler(ret, cap):
 * Set ${ret}, of ${cap} > 10 bytes, to the path of the mon-sample beside the running program,
 * or to "mon-sample", to be found on PATH, if there is none.
 */
void mon_local_sampler(char *ret, size_t cap);

#endif /* !MON_LOCAL_H */
