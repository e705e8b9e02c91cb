/*
 * show.h - progress on a terminal; nothing at all where stderr is none.  No colours.
 */
#ifndef MON_SHOW_H
#define MON_SHOW_H

#include <stdint.h>

struct mon_show {
	const char *day;
	uint64_t total;             /* bytes */
	int64_t begun_ms, shown_ms; /* mon_clock_ms() */
};

/*
 * mon_show_begin(show, day, total), mon_show_bytes(show, done), mon_show_end(show):
 * Show how far the packing of ${total} bytes of ${day} is: MB and MB/s, a few times a second.
 */
void mon_show_begin(struct mon_show *show, const char *day, uint64_t total);
void mon_show_bytes(void *show, uint64_t done);
void mon_show_end(struct mon_show *show);

/*
 * mon_show_copy(day, name, vault):
 * Show that the archive ${name} is on its way.
 */
void mon_show_copy(const char *day, const char *name, const char *vault);

#endif /* !MON_SHOW_H */
