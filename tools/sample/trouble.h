/*
 * trouble.h - what went wrong in a sample, kept until the tool says it in the way that fits.
 *
 * No I/O, no malloc.
 */
#ifndef MON_TROUBLE_H
#define MON_TROUBLE_H

#include <stddef.h>
#include <stdint.h>

#include "caps.h"

/* Each is told once in a boot: the kept state remembers that (state.h). */
enum mon_trouble_kind {
	MON_TROUBLE_STATE,   /* the state cannot be kept */
	MON_TROUBLE_FIGURES, /* a source of figures cannot be read */
	MON_TROUBLE_LIBRARY, /* there is no libsystemd */
	MON_TROUBLE_DENIED,  /* the journal may not be read */
	MON_TROUBLE_JOURNAL, /* the journal, or one file of it, cannot be read */
	MON_TROUBLE_DROPIN,  /* a program in mon-sample.d was left out, or its answer was */
	MON_TROUBLE_NUMBER,  /* the kernel told a number that cannot be */
	MON_TROUBLE_CUT,     /* there is more than fits, or than is read */
	MON_TROUBLE_LEFT,    /* a disk is left out on purpose */
	MON_TROUBLE_HUNG,    /* a disk hangs */
};

#define MON_TROUBLE_MAX 400 /* bytes of a message: an alert holds it with its time */

struct mon_trouble {
	enum mon_trouble_kind kind;
	uint32_t key; /* one for each kind and name */
	char text[MON_TROUBLE_MAX + 1];
};

struct mon_troubles {
	size_t n;
	struct mon_trouble trouble[MON_TROUBLES_MAX];
};

/*
 * mon_trouble_add(troubles, kind, err, format, ...):
 * Keep a message, with the text of errno ${err} (either sign; 0: none) behind it.  Only the
 * first of each kind is kept.
 */
void mon_trouble_add(struct mon_troubles *troubles, enum mon_trouble_kind kind, int err,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * mon_trouble_name(troubles, kind, name, err, format, ...):
 * The same where one kind of trouble befalls many: the first of each ${kind} and ${name} is kept,
 * and each is told once.
 */
void mon_trouble_name(struct mon_troubles *troubles, enum mon_trouble_kind kind, const char *name,
    int err, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif /* !MON_TROUBLE_H */
