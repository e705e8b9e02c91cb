/*
 * deliver.h - was all but the end of the answer read, and is somebody there to read that?
 */
#ifndef MON_DELIVER_H
#define MON_DELIVER_H

/*
 * mon_deliver_wait(fd, timeout_ms):
 * Wait until all that was written to ${fd} was read at the other end.  Return 0 then, and at
 * once if ${fd} is no pipe and no socket; -EPIPE if the reader is gone, read or not;
 * -ETIMEDOUT after ${timeout_ms}; or another -errno.
 *
 * A pipe tells what is unread by FIONREAD (pipe(7)); a socket by SIOCOUTQ (unix(7), tcp(7)),
 * and by an error of its own when the reader closed it with bytes unread.
 */
int mon_deliver_wait(int fd, unsigned timeout_ms);

#endif /* !MON_DELIVER_H */
