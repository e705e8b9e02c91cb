/*
 * process.h - start another program (vfork(2), execve(2)).
 *
 * Not posix_spawn(3): it maps a stack for the child and asks for all 64 signals whether one is
 * handled, 75 microseconds a start, and a poll has one for each qube.
 */
#ifndef MON_PROCESS_H
#define MON_PROCESS_H

#include <sys/types.h>

enum mon_process_flags {
	MON_PROCESS_APART = 1,     /* it leads a process group, and no signal is blocked in it */
	MON_PROCESS_UNBLOCKED = 2, /* no signal is blocked in it */
};

/*
 * mon_process_start(argv, in, out, err, flags, ret):
 * Start ${argv[0]}, found on PATH if it holds no slash, with these as stdin, stdout and stderr;
 * -1 leaves it ours.  SIGPIPE, which mon_tool_init() ignores for us, ends it as usual.  Return 0
 * with its ID in ${ret}, to be waited for; or -errno (-ENOENT: no such program; -ENOEXEC: a path
 * that is neither a binary nor begins with #!) with nothing left behind.
 *
 * The child uses our memory and stack until it is the program: while this is called no signal
 * that can come may have a handler.
 */
int mon_process_start(
    const char *const argv[], int in, int out, int err, unsigned flags, pid_t *ret);

#endif /* !MON_PROCESS_H */
