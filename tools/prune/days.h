/*
 * days.h - the days that mon-prune was told, as numbers, sorted, each once.
 */
#ifndef MON_DAYS_H
#define MON_DAYS_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"

struct mon_days {
	long day[MON_DAYS_MAX];
	size_t n;
};

/*
 * mon_days_add(days, untrusted, len):
 * Add the day whose whole text are the ${len} bytes.  Return false, ${days} untouched, if it is
 * no day or there are MON_DAYS_MAX already.
 */
bool mon_days_add(struct mon_days *days, const char *untrusted, size_t len);

/*
 * mon_days_read(fd, days, ret_bad):
 * Add a day a line, to the end of the input; ${ret_bad} counts the lines that are none, a last
 * one without LF among them.  Return 0; or -errno, ${ret_bad} untouched: then the list is not
 * whole, though every day in it was named.
 */
int mon_days_read(int fd, struct mon_days *days, size_t *ret_bad);

/*
 * mon_days_sort(days):
 * Oldest first, each day once.
 */
void mon_days_sort(struct mon_days *days);

#endif /* !MON_DAYS_H */
