/*
 * report.h - what went wrong in a sample, kept until the tool says it in the way that fits.
 *
 * No I/O, no malloc.
 */
#ifndef MON_REPORT_H
#define MON_REPORT_H

#include <stddef.h>

/* Each is said once: a bit of its own in the kept state remembers that (state.h). */
enum mon_report_kind {
	MON_REPORT_STATE,   /* the state cannot be kept */
	MON_REPORT_FIGURES, /* a source of figures cannot be read */
	MON_REPORT_LIBRARY, /* there is no libsystemd */
	MON_REPORT_DENIED,  /* the journal may not be read */
	MON_REPORT_JOURNAL, /* the journal cannot be read */
	MON_REPORT_DROPIN,  /* a program in mon-sample.d was left out, or its answer was */
	MON_REPORTS
};

#define MON_REPORT_MAX 400 /* bytes of a message: an alert holds it with its time */

struct mon_report {
	char text[MON_REPORTS][MON_REPORT_MAX + 1]; /* "": nothing to say */
};

/*
 * mon_report_add(report, kind, err, format, ...):
 * Keep a message, with the text of errno ${err} (either sign; 0: none) behind it.  Only the
 * first of each kind is kept.
 */
void mon_report_add(struct mon_report *report, enum mon_report_kind kind, int err,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif /* !MON_REPORT_H */
