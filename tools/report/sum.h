/*
 * sum.h - what a span of the record was like, gathered row by row.
 *
 * The span is cut into MON_SUM_BINS equal parts, the pixels of the pictures.  Each part keeps the
 * mean and the largest value, so that a burst of one poll is never lost in a mean.
 *
 * Figures of a guest are what the guest says: bounded here in number, believed in nothing.
 */
#ifndef MON_SUM_H
#define MON_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "caps.h"
#include "lie.h"
#include "reader.h"
#include "result.h"

#define MON_SUM_BINS 720     /* two minutes each, in a day */
#define MON_SUM_WINDOW_S 300 /* "the hottest five minutes" */
#define MON_SUM_COVERED_S                                                                          \
	240             /* of them there must be so much between the first and the last sample */
#define MON_SUM_NAME 64 /* bytes kept of a mount or an alert's rule, with a NUL */

/* The kinds of rows that are looked at, a mask of 1 << enum mon_kind. */
#define MON_SUM_KINDS                                                                              \
	(1u << MON_KIND_SYS | 1u << MON_KIND_NET | 1u << MON_KIND_DISK | 1u << MON_KIND_ALERT |    \
	    1u << MON_KIND_SCRAPE | 1u << MON_KIND_CPU | 1u << MON_KIND_XEN)

/* Mean and largest of the samples of each part of the span. */
struct mon_bins {
	float sum[MON_SUM_BINS], max[MON_SUM_BINS];
	uint16_t n[MON_SUM_BINS];
};

struct mon_sum_disk {
	uint64_t id; /* of the mount's whole name */
	char mount[MON_SUM_NAME];
	bool image;                /* a read-only image: it is always full */
	unsigned first, last, max; /* percent used */
	time_t full_at;            /* when it reached MON_SUM_FULL; 0: it did not */
};
#define MON_SUM_FULL 90 /* percent: a disk that has so much used is worth a word */

/* The last figures of an interface. */
struct mon_sum_if {
	uint64_t id, rx, tx;
};

/* A time in which a qube gave no answer. */
struct mon_sum_silence {
	time_t from, to;
	unsigned polls;
	enum mon_result last; /* why; "backoff" only if there is no other word */
};

/* A time in which the figures of a qube differed from Xen's in each minute. */
struct mon_sum_lie {
	time_t from, to;
	unsigned minutes[MON_LIE_OFS];              /* in which they did */
	double says[MON_LIE_OFS], xen[MON_LIE_OFS]; /* added up over these minutes */
};

struct mon_sum_vm {
	char name[MON_VM_MAX + 1];

	uint64_t samples; /* rows of system.csv */
	double cpu_sum;   /* percent, 100 - cpu_idle */
	double cpu_max;
	time_t cpu_max_at;
	double hottest; /* the highest mean of MON_SUM_WINDOW_S; below 0: there is none */
	time_t hottest_from, hottest_to;
	uint64_t mem_total_kb, mem_least_kb; /* MemAvailable */
	time_t mem_least_at;
	double busy_sum; /* CPUs at work; of ${busy_samples} rows of cpu.csv */
	uint64_t busy_samples;

	uint64_t rx, tx; /* bytes over the uplinks: no loopback, no interface of a client (vif*) */
	uint64_t alerts;
	uint64_t asked,
	    answered; /* rows of scrape.csv but "skipped" and "backoff", and those that are ok */
	struct mon_sum_silence silence, longest; /* the one under way, and the longest */

	double xen_cpu;  /* seconds of CPU by xen.csv; below 0: there is none */
	double xen_time; /* in so many seconds */
	struct mon_sum_lie lying,
	    lie; /* the one under way, and the longest of MON_LIE_FOR_S or more */

	struct mon_sum_disk disks[MON_SUM_DISKS];
	size_t ndisks;

	struct mon_bins cpu, busy, xen; /* percent; CPUs; CPUs */
	uint16_t silent[MON_SUM_BINS];  /* polls without an answer */

	/* Its own, while rows come. */
	struct mon_sum_if ifs[MON_KIND_ROWS];
	size_t nifs;
	struct {
		time_t t;
		float cpu;
	} window[MON_SUM_WINDOW_S];
	size_t window_at, window_n;
	double window_sum;
	uint64_t xen_ms;
	time_t xen_t;
	struct mon_lie compared;
};

/* What a rule said. */
struct mon_sum_incident {
	char vm[MON_VM_MAX + 1], rule[MON_SUM_NAME], what[MON_SUM_NAME];
	time_t from, to; /* ${to} 0: it still goes on */
};

struct mon_sum_gap {
	time_t from, to;
};

struct mon_sum {
	time_t from, to; /* the span */
	time_t until;    /* what can be recorded: ${to}, or now where the span is not over */
	bool xen;        /* there are figures of Xen */

	struct mon_sum_vm **vms;
	size_t n;
	size_t left_out; /* rows of qubes past MON_VMS_MAX */

	time_t *polls; /* when each poll was, in order after mon_sum_end() */
	size_t npolls, cap;
	bool by_scrape;  /* they are those of scrape.csv, else those of system.csv */
	time_t interval; /* the most common time between two; 0: not known */
	uint64_t asked, answered, rows;

	struct mon_sum_gap gaps[MON_SUM_GAPS]; /* nothing was recorded; the longest ones, by time */
	size_t ngaps;

	struct mon_sum_incident incidents[MON_SUM_INCIDENTS];
	size_t nincidents;

	struct mon_bins machine; /* CPUs at work in all qubes together, by poll */
	time_t machine_t;
	double machine_now;

	uint16_t slots[4 * MON_VMS_MAX]; /* hash table of the names: 1 + the place in ${vms} */
};

/*
 * mon_sum_begin(sum, from, to, now):
 * Begin to sum up the time from ${from} to before ${to}, as it is known at ${now}.
 */
void mon_sum_begin(struct mon_sum *sum, time_t from, time_t to, time_t now);

/*
 * mon_sum_recall(sum, basefd, day, vms):
 * Before mon_sum_day() of day ${day} in the Monitor folder ${basefd}: find the rules that fired on
 * one of ${vms} (NULL, or none: on any qube) when the span began.
 */
void mon_sum_recall(struct mon_sum *sum, int basefd, long day, const struct mon_exclude *vms);

/*
 * mon_sum_day(sum, day):
 * Add the rows of the open ${day} that lie in the span.  Its own filter says which qubes are
 * wanted.  Return 0, or -ENOMEM.
 */
int mon_sum_day(struct mon_sum *sum, struct mon_reader_day *day);

/*
 * mon_sum_end(sum):
 * All rows have come: find the gaps, and sort the qubes by their hottest five minutes.
 */
void mon_sum_end(struct mon_sum *sum);

/*
 * mon_sum_free(sum):
 * Free what ${sum} holds.
 */
void mon_sum_free(struct mon_sum *sum);

/*
 * mon_sum_mean(bins, bin), mon_sum_bin(sum, t):
 * Return the mean of the samples in ${bin}, below 0 if there are none; and the bin of time ${t},
 * which lies in the span.
 */
double mon_sum_mean(const struct mon_bins *bins, size_t bin);
size_t mon_sum_bin(const struct mon_sum *sum, time_t t);

/*
 * mon_sum_fullest(vm):
 * Return the disk of ${vm} of which the most was used, images left out, or NULL.
 */
const struct mon_sum_disk *mon_sum_fullest(const struct mon_sum_vm *vm);

/*
 * mon_sum_qubes(sum, ret_dom0):
 * Return how many qubes there are.  dom0, of which Xen may have figures, is none, and is told by
 * ${ret_dom0}.
 */
size_t mon_sum_qubes(const struct mon_sum *sum, bool *ret_dom0);

/*
 * mon_sum_end_of_record(sum):
 * Return the time up to which the ended ${sum} knows anything: the last poll where the recording
 * ended before ${until}, else ${until}.
 */
time_t mon_sum_end_of_record(const struct mon_sum *sum);

/*
 * mon_sum_ran(vm):
 * Was there any figure of ${vm}, or any question to it?
 */
bool mon_sum_ran(const struct mon_sum_vm *vm);

/*
 * mon_sum_by_xen(vm), mon_sum_xen_mean(vm), mon_sum_xen_most(vm):
 * Is all that is known of the CPU of ${vm} what Xen sees, as of dom0?  The CPUs that it had at work
 * by Xen: their mean, and the most in a part of the span, 1 at least, for the scale of a picture.
 */
bool mon_sum_by_xen(const struct mon_sum_vm *vm);
double mon_sum_xen_mean(const struct mon_sum_vm *vm);
double mon_sum_xen_most(const struct mon_sum_vm *vm);

#endif /* !MON_SUM_H */
