/*
 * model.h - a frame: what was known of each qube at a moment, from the record alone.
 *
 * Only rows of a short time before the moment are looked at, so that the cost does not grow with
 * the record.  A figure is shown only if the newest answer of its qube has it, and that answer is
 * not too old: a qube that does not answer has an age, and no figures.
 */
#ifndef MON_TOP_MODEL_H
#define MON_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "caps.h"
#include "record.h"

#define TOP_SPARK 18 /* polls in a sparkline: three minutes at ten seconds */

/* What a qube has figures of; NAN where it has none. */
enum top_figure {
	TOP_CPU,       /* percent that was not idle */
	TOP_BUSY,      /* processors that worked */
	TOP_CPUS,      /* processors that it has */
	TOP_XEN,       /* processors that worked, by Xen: also of dom0 and of who gives no answer */
	TOP_LOAD,      /* of one minute */
	TOP_MEM,       /* bytes used */
	TOP_MEM_TOTAL, /* bytes */
	TOP_SWAP,      /* bytes used */
	TOP_DISK,      /* percent used of the fullest disk */
	TOP_IO,        /* bytes per second read and written, all disks */
	TOP_RX,        /* bytes per second, all interfaces but lo */
	TOP_TX,
	TOP_CONN,    /* established TCP connections */
	TOP_PSI_CPU, /* percent of the time in which some task waited for a processor, */
	TOP_PSI_MEM, /* for memory, */
	TOP_PSI_IO,  /* for a disk */
	TOP_FIGURES
};

struct top_qube {
	char name[MON_VM_MAX + 1];
	char state[MON_WORD_MAX + 1];  /* dom0's word; "": not known */
	char result[MON_WORD_MAX + 1]; /* how the last question went; "": not known */
	time_t state_at, result_at;
	time_t answered, before; /* its newest answer, and the one before that; 0: none */
	bool alive;              /* it has figures */
	double figure[TOP_FIGURES];
	double spark[TOP_SPARK];     /* percent of CPU, the newest first; NAN: none */
	char alert[MON_MSG_MAX + 1]; /* the newest; "": none */
	time_t alert_at;             /* 0: none */
};

struct top_frame {
	time_t at;
	time_t interval; /* seconds between two polls: the caller's */
	time_t filed;    /* the newest row of a poll; 0: none */
	size_t alerts;   /* in the time that is looked at for them */
	size_t n;
	size_t dropped; /* qubes or series that were too many */
	size_t bad;     /* lines of the files that are no rows: left out */
	struct top_qube qube[MON_TOP_QUBES_MAX];
};

/*
 * top_model_back(interval):
 * Return how many seconds before the moment a frame looks for qubes.
 */
time_t top_model_back(time_t interval);

/*
 * top_model_frame(record, at, vms, ret):
 * Fill ${ret}, whose ${interval} is set, with the frame at ${at}, of the qubes that ${vms} (NULL:
 * all) matches, in no order.
 */
void top_model_frame(
    struct top_record *record, time_t at, const struct mon_exclude *vms, struct top_frame *ret);

/*
 * top_model_word(qube):
 * Return the word for how it is: dom0's if it does not run, else that of the last question if it
 * was not answered, else dom0's; "-" if nothing is known.
 */
const char *top_model_word(const struct top_qube *qube);

/*
 * top_model_silent(qube):
 * Was it asked, and did not answer?  Those that nobody asks, like dom0, are not silent.
 */
bool top_model_silent(const struct top_qube *qube);

/*
 * top_model_pressure(qube, what):
 * Return the worst of the three pressures, or NAN, and set ${what}, if it is not NULL, to 'c', 'm'
 * or 'i': what was waited for.
 */
double top_model_pressure(const struct top_qube *qube, char *what);

#endif /* !MON_TOP_MODEL_H */
