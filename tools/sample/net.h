/*
 * net.h - what the network interfaces counted, from /proc/net/dev (proc(5)).
 *
 * No I/O, no malloc, no locale, no globals.
 */
#ifndef MON_NET_H
#define MON_NET_H

#include <stdbool.h>
#include <stddef.h>

#include "answer.h"
#include "left.h"

/*
 * mon_net_parse(buf, len, answer, left):
 * Read the text of /proc/net/dev and add one line an interface, in the kernel's order.  If there
 * are more than an answer may hold, those come first that lead out of the machine, and those last
 * that the machine made for others (vifN of a qube's clients, veth and tap of containers and
 * machines): kernels before 6.7 list them in no order at all, and eth0 may be anywhere.  What is
 * left out is added to ${left}.  Return false if the two heading lines are missing: then it is no
 * such file, and nothing was added.
 */
bool mon_net_parse(const char *buf, size_t len, struct mon_answer *answer, struct mon_left *left);

#endif /* !MON_NET_H */
