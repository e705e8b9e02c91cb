/*
 * call.h - run another program, hear its answer, and never wait for it longer than allowed.
 *
 * The program gets /dev/null as stdin (an open one hangs admin.vm.List for ever), a pipe of
 * its own as stdout (qrexec-client-vm leaves O_NONBLOCK set on what it inherits), and no
 * stderr unless asked.  It leads a process group, so that what it started ends with it.
 */
#ifndef MON_CALL_H
#define MON_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct mon_call {
	pid_t pid; /* 0: not running */
	int pidfd; /* readable when the program has ended (pidfd_open(2)) */
	int out;   /* its stdout, non-blocking */
};

/* clang-format off */
#define MON_CALL_NONE { .pid = 0, .pidfd = -1, .out = -1 }
/* clang-format on */

enum mon_call_flags {
	MON_CALL_STDERR = 1, /* the program keeps our stderr */
};

/*
 * mon_call_start(argv, flags, ret):
 * Start ${argv[0]}, found on PATH if it holds no slash, as mon_process_start() does: no signal
 * that can come may have a handler.  Return 0 with ${ret} set, which mon_call_end() must release;
 * or -errno (-ENOENT: no such program) with nothing left behind.
 */
int mon_call_start(const char *const argv[], unsigned flags, struct mon_call *ret);

/*
 * mon_call_read(call, buf, cap):
 * Read what has come on stdout.  Return the bytes read, 0 at the end, -EAGAIN if there is
 * nothing yet, or another -errno.
 */
ssize_t mon_call_read(const struct mon_call *call, char *buf, size_t cap);

/*
 * mon_call_drain(call, buf, cap, len):
 * Read all that has come on stdout behind the ${len} bytes that ${buf} of ${cap} holds, and
 * count it in ${len}.  Return 0 at the end of the output, -EAGAIN if more may come, -EFBIG if
 * there was more than ${cap} (the first ${cap} bytes are in ${buf}), or another -errno.
 */
int mon_call_drain(const struct mon_call *call, char *buf, size_t cap, size_t *len);

/*
 * mon_call_reap(call, ret):
 * If the program has ended, set ${ret} to its exit code (128 + N after signal N, as a shell
 * says it) and return true.  What it left in its process group is killed.
 */
bool mon_call_reap(struct mon_call *call, int *ret);

/*
 * mon_call_end(call):
 * Kill the program and its process group if they still run, wait for it (but not for one that
 * even SIGKILL cannot end, stuck in the kernel), close everything.  ${call} is MON_CALL_NONE
 * afterwards; calling it again does nothing.
 */
void mon_call_end(struct mon_call *call);

/*
 * mon_call_collect(call, buf, cap, timeout_ms, ret_len, ret_code):
 * Read stdout until the program has ended, into ${buf}.  Return 0 with the bytes and the
 * exit code; -ETIMEDOUT when ${timeout_ms} was over, -EFBIG when there was more than ${cap},
 * or another -errno: then ${ret_len} bytes came in time and ${ret_code} is untouched.  The
 * program has ended, or is killed, in every case.
 */
int mon_call_collect(struct mon_call *call, char *buf, size_t cap, unsigned timeout_ms,
    size_t *ret_len, int *ret_code);

#endif /* !MON_CALL_H */
