/*
 * sockets.h - how many sockets are open, IPv4 and IPv6 together.
 *
 * tcp_established is what `ss -Htan state established | wc -l` counts.  It is asked of the
 * kernel by sock_diag(7), which walks the table of connections once a family: 0.15 ms where
 * the table has 262,144 places, be they empty.  So it is not asked where there can be none.
 * sockstat counts every socket that stands in that table or listens (sock_prot_inuse_add() is
 * called by the functions that put it there); if none is in use, or as many listen as are in
 * use, no connection is left.  Listeners have a table of their own, which costs 0.01 ms.
 *
 * udp_sockets is what `ss -Huan | wc -l` counts: "inuse" of sockstat and sockstat6, for UDP
 * counts a socket when it enters the very table that ss is shown.
 *
 * No malloc, no locale.
 */
#ifndef MON_SOCKETS_H
#define MON_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of sockstat and sockstat6. */
struct mon_sockets_stat {
	uint64_t tcp_inuse, udp_inuse;
};

/*
 * mon_sockets_parse_stat(buf, len, ret):
 * Read the text of /proc/net/sockstat or sockstat6.  Return false, ${ret} untouched, if it does
 * not tell of TCP and UDP.
 */
bool mon_sockets_parse_stat(const char *buf, size_t len, struct mon_sockets_stat *ret);

/*
 * mon_sockets_count_lines(buf, len, ret_used):
 * Return how many of the whole lines in ${buf}, text of /proc/net/tcp or tcp6, tell of an
 * established connection; ${ret_used} is where the last whole line ends.
 */
uint64_t mon_sockets_count_lines(const char *buf, size_t len, size_t *ret_used);

/*
 * mon_sockets_established(rootfd, live, v4, v6, buf, cap, ret):
 * Count the established connections of the machine whose root is ${rootfd} and whose sockstat and
 * sockstat6 said ${v4} and ${v6}: with ${live} of this one, asking sock_diag if the kernel has it,
 * otherwise by reading proc/net/tcp and tcp6.  ${buf} of ${cap} bytes (64 KiB is a good size) is
 * scratch.  Return 0, or -errno with ${ret} untouched; -EBADMSG: a file has not the form it
 * should have.
 */
int mon_sockets_established(int rootfd, bool live, const struct mon_sockets_stat *v4,
    const struct mon_sockets_stat *v6, char *buf, size_t cap, uint64_t *ret);

#endif /* !MON_SOCKETS_H */
