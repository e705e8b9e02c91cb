/*
 * answer.h - the answer of one sample, gathered in memory: payload lines (wire.h) that keep
 * every bound a collector sets (caps.h), in the frame of "begin: 1" and "end: N".
 *
 *	mon_answer_begin(a, MON_KIND_CONN);
 *	mon_answer_number(a, established);
 *	mon_answer_number(a, udp);
 *	mon_answer_end(a);
 *
 * A line gets in whole or not at all: mon_answer_end() checks it as the collector will, and
 * takes it back if it is bad or one too many.  Room for the alerts still due, in bytes and in
 * lines, is kept free of others: a figure comes again with the next sample, an alert does not.
 *
 * No I/O, no malloc.
 */
#ifndef MON_ANSWER_H
#define MON_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caps.h"
#include "schema.h"
#include "wire.h"

#define MON_ANSWER_BEGIN MON_WIRE_BEGIN MON_WIRE_VERSION "\n"
#define MON_ANSWER_FRAME 36 /* bytes of the frame's two lines: "end: " and a number of 20 digits */

struct mon_answer {
	size_t len;   /* whole lines */
	size_t at;    /* end of the line that is being written */
	size_t lines; /* between begin and end */
	size_t rows[MON_KINDS];
	enum mon_kind kind;                       /* of the line that is being written */
	bool first;                               /* its next field is its first one */
	bool full;                                /* it did not fit */
	bool large;                               /* a number was too large for its column */
	char begin[sizeof(MON_ANSWER_BEGIN) - 1]; /* in one piece with what follows */
	char buf[MON_ANSWER_MAX - sizeof(MON_ANSWER_BEGIN) + 1];
};

/* How much there was at a moment: what came after it can be taken back. */
struct mon_answer_mark {
	size_t len, lines, rows[MON_KINDS];
};

/*
 * mon_answer_reset(a):
 * Make ${a} empty.
 */
void mon_answer_reset(struct mon_answer *a);

/*
 * mon_answer_close(a):
 * Add the "end: N" that makes it whole; nothing may come behind it.  It always has room.  Return
 * how many bytes it has.
 */
size_t mon_answer_close(struct mon_answer *a);

/*
 * mon_answer_whole(a, ret):
 * Return what is to be sent, from "begin: 1" on, and set ${ret} to how many bytes there are.
 */
const char *mon_answer_whole(const struct mon_answer *a, size_t *ret);

/*
 * mon_answer_mark(a), mon_answer_back(a, mark):
 * Remember how much there is; take back what was added since.
 */
struct mon_answer_mark mon_answer_mark(const struct mon_answer *a);
void mon_answer_back(struct mon_answer *a, const struct mon_answer_mark *mark);

/*
 * mon_answer_begin(a, kind):
 * Begin a line of ${kind}; what was not ended is forgotten.
 */
void mon_answer_begin(struct mon_answer *a, enum mon_kind kind);

/*
 * mon_answer_bytes(a, p, n), mon_answer_number(a, value), mon_answer_percent(a, value),
 * mon_answer_tenths(a, value), mon_answer_hundredths(a, value), mon_answer_name(a, untrusted, n):
 * Add a field: ${n} bytes as they are; ${value} in decimal; "${value}%"; ${value} tenths or
 * hundredths, with a point; a foreign name or path, escaped by mon_text_escape().  A number of 2^63
 * or more, which no column takes, becomes 2^63-1, and ${a->large} is set: drivers let counters
 * fall below zero, and the other figures of the line are good.
 */
void mon_answer_bytes(struct mon_answer *a, const char *p, size_t n);
void mon_answer_number(struct mon_answer *a, uint64_t value);
void mon_answer_percent(struct mon_answer *a, unsigned value);
void mon_answer_tenths(struct mon_answer *a, uint64_t value);
void mon_answer_hundredths(struct mon_answer *a, uint64_t value);
void mon_answer_name(struct mon_answer *a, const char *untrusted, size_t n);

/*
 * mon_answer_end(a):
 * End the line.  Return false, the line taken back, if it does not pass mon_wire_payload() as a
 * guest's, if the answer or its kind is full, or if a field did not fit.
 */
bool mon_answer_end(struct mon_answer *a);

/*
 * mon_answer_full(a, kind):
 * Are there as many lines of ${kind} as there may be?  Those that alerts may need count as there.
 */
bool mon_answer_full(const struct mon_answer *a, enum mon_kind kind);

/*
 * mon_answer_alert(a, untrusted, n):
 * Add one alert, its text cleaned by mon_text_clean().  Return as mon_answer_end() does.
 */
bool mon_answer_alert(struct mon_answer *a, const char *untrusted, size_t n);

/*
 * mon_answer_payload(a, untrusted, n):
 * Add one line that somebody else wrote, without its LF.  Return false, nothing added, if it is
 * no payload that a guest may send, or one too many.
 */
bool mon_answer_payload(struct mon_answer *a, const char *untrusted, size_t n);

#endif /* !MON_ANSWER_H */
