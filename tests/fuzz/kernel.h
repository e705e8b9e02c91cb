/*
 * kernel.h - a stdin and a folder in memory, for the targets that would spend their time in
 * system calls: twenty times as many inputs can be tried.  tests/CMakeLists.txt links each
 * call that kernel.c has by --wrap; what belongs to neither of the two goes on to the kernel.
 */
#ifndef MON_FUZZ_KERNEL_H
#define MON_FUZZ_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * kernel_feed(fd, data, size, seed, pauses):
 * From now on the descriptor ${fd} gives these bytes, then its end.  With ${seed} they come in
 * odd pieces and with interruptions, and with ${pauses} there is sometimes nothing for the time
 * that poll(2) waits.
 */
void kernel_feed(int fd, const void *data, size_t size, unsigned seed, bool pauses);

/*
 * kernel_folder(unnamed):
 * Return a descriptor of an empty folder; the one before and all below it is gone.  ${unnamed}:
 * it knows O_TMPFILE.  Folders in it hold files, no more.
 */
int kernel_folder(bool unnamed);

/*
 * kernel_open():
 * How many descriptors of that folder, and below it, are open; its own is one.
 */
size_t kernel_open(void);

#endif /* !MON_FUZZ_KERNEL_H */
