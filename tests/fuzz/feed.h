/*
 * feed.h - a descriptor whose bytes come as no pipe of the kernel gives them on demand: in odd
 * pieces, with pauses and interruptions.  tests/CMakeLists.txt links read(2) and poll(2) of the
 * targets that use it by --wrap; every other descriptor goes on to the kernel.
 */
#ifndef MON_FUZZ_FEED_H
#define MON_FUZZ_FEED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * feed(fd, data, size, seed, pauses):
 * From now on the descriptor ${fd} gives these bytes, then its end.  With ${seed} they come in
 * odd pieces and with interruptions, and with ${pauses} there is sometimes nothing for the time
 * that poll(2) waits.
 */
void feed(int fd, const void *data, size_t size, unsigned seed, bool pauses);

#endif /* !MON_FUZZ_FEED_H */
