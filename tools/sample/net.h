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

/*
 * mon_net_parse(buf, len, answer):
 * Read the text of /proc/net/dev and add one line an interface, in the kernel's order, up to as
 * many as an answer may hold.  A line that is odd, or cut off, is left out.  Return false if the
 * two heading lines are missing: then it is no such file, and nothing was added.
 */
bool mon_net_parse(const char *buf, size_t len, struct mon_answer *answer);

#endif /* !MON_NET_H */
