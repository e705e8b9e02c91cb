/*
 * out.h - where the output goes: to stdout, or in chunks to a command that is run once for each.
 */
#ifndef MON_OUT_H
#define MON_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "caps.h"

struct mon_out {
	const char *const *command; /* NULL: stdout */
	uint64_t chunk_max;         /* bytes for one run of ${command} */

	/* The rest is its own; all zero at the start. */
	uint64_t chunk;     /* bytes of this chunk */
	pid_t pid;          /* of the command that takes it; 0: none runs */
	int fd;             /* its stdin */
	int code;           /* of the command that failed, as a shell says it */
	const char *failed; /* what a format could not do, if it is not the output that failed */
	size_t len;
	char buf[MON_READ_BUF];
};

/*
 * mon_out_put(out, unit, len):
 * Append ${len} bytes that must not be torn apart.  A chunk that would grow over its size is
 * ended first.  Return 0; -EPIPE if a command failed (${out->code} is its exit code, 0 if it
 * left before it had read all); or another -errno.
 */
int mon_out_put(struct mon_out *out, const char *unit, size_t len);

/*
 * mon_out_end(out):
 * Bring all to its place, and wait for the command.  Returns as mon_out_put().
 */
int mon_out_end(struct mon_out *out);

#endif /* !MON_OUT_H */
