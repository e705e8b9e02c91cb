/*
 * zoom.h - ten minutes of the record at full resolution: each sample, and the last alerts.
 */
#ifndef MON_ZOOM_H
#define MON_ZOOM_H

#include "sum.h"

#define MON_ZOOM_S 600     /* seconds */
#define MON_ZOOM_ALERTS 12 /* the last ones */
#define MON_ZOOM_SHOWN 10  /* qubes */
#define MON_ZOOMS 3        /* in a report: before the last ends of recording */

struct mon_zoom_vm {
	char name[MON_VM_MAX + 1];
	float cpu[MON_ZOOM_S]; /* percent at that second; below 0: not known */
	float max;
};

struct mon_zoom_alert {
	time_t t;
	char vm[MON_VM_MAX + 1], msg[MON_MSG_MAX + 1];
};

struct mon_zoom {
	time_t from, to, at;     /* ${at}: what it is about */
	bool ended;              /* that is an end of the recording; else --around */
	struct mon_zoom_vm *vms; /* the busiest first */
	size_t n;
	struct mon_zoom_alert alerts[MON_ZOOM_ALERTS]; /* the newest last */
	size_t nalerts;
	size_t all_alerts; /* how many there were */
};

/*
 * mon_zoom_find(sum, around, ret):
 * Set the times of the zooms of a report of ${sum}: one around ${around}, or, if that is 0, one
 * before each of the last ends of recording.  Return how many.
 */
size_t mon_zoom_find(const struct mon_sum *sum, time_t around, struct mon_zoom ret[MON_ZOOMS]);

/*
 * mon_zoom_read(zoom, day):
 * Read the rows of ${zoom} from the open ${day}, whose filter is changed.  Return 0, or -ENOMEM.
 */
int mon_zoom_read(struct mon_zoom *zoom, struct mon_reader_day *day);

/*
 * mon_zoom_shown(zoom):
 * Return how many of its qubes are worth a picture: at most MON_ZOOM_SHOWN, and beyond the third none
 * that did next to nothing.
 */
size_t mon_zoom_shown(const struct mon_zoom *zoom);

/*
 * mon_zoom_free(zoom):
 * Free what it holds.
 */
void mon_zoom_free(struct mon_zoom *zoom);

#endif /* !MON_ZOOM_H */
