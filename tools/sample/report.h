/*
 * report.h - what went wrong in a sample, kept until the tool says it in the way that fits.
 *
 * No I/O, no malloc.
 */
#ifndef MON_REPORT_H
#define MON_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "caps.h"

/* Each is told once in a boot: the kept state remembers that (state.h). */
enum mon_report_kind {
	MON_REPORT_STATE,   /* the state cannot be kept */
	MON_REPORT_FIGURES, /* a source of figures cannot be read */
	MON_REPORT_LIBRARY, /* there is no libsystemd */
	MON_REPORT_DENIED,  /* the journal may not be read */
	MON_REPORT_JOURNAL, /* the journal, or one file of it, cannot be read */
	MON_REPORT_DROPIN,  /* a program in mon-sample.d was left out, or its answer was */
	MON_REPORT_NUMBER,  /* the kernel told a number that cannot be */
	MON_REPORT_CUT,     /* there is more than fits, or than is read */
	MON_REPORT_LEFT,    /* a disk is left out on purpose */
	MON_REPORT_HUNG,    /* a disk hangs */
};

#define MON_REPORT_MAX 400 /* bytes of a message: an alert holds it with its time */

struct mon_trouble {
	enum mon_report_kind kind;
	uint32_t key; /* one for each kind and name */
	char text[MON_REPORT_MAX + 1];
};

struct mon_report {
	size_t n;
	struct mon_trouble trouble[MON_TROUBLES_MAX];
};

/*
 * mon_report_add(report, kind, err, format, ...):
 * Keep a message, with the text of errno ${err} (either sign; 0: none) behind it.  Only the
 * first of each kind is kept.
 */
void mon_report_add(struct mon_report *report, enum mon_report_kind kind, int err,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * mon_report_name(report, kind, name, err, format, ...):
 * The same where one kind of trouble befalls many: the first of each ${kind} and ${name} is kept,
 * and each is told once.
 */
void mon_report_name(struct mon_report *report, enum mon_report_kind kind, const char *name,
    int err, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif /* !MON_REPORT_H */
