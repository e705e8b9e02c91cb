/*
 * result.h - how the question to a qube went: the words of the column "result" in scrape.csv.
 */
#ifndef MON_RESULT_H
#define MON_RESULT_H

#include <stddef.h>

enum mon_result {
	MON_RESULT_NONE,       /* not known: never asked */
	MON_RESULT_OK,         /* the whole answer came, with at least one good line */
	MON_RESULT_TIMEOUT,    /* it did not end in time, and was ended */
	MON_RESULT_REFUSED,    /* by the policy, or the qube is halted or unknown */
	MON_RESULT_NO_HANDLER, /* the qube has no qubes.Metrics.Get */
	MON_RESULT_FAILED,     /* the handler or the call failed, or said nothing */
	MON_RESULT_TOO_BIG, /* over MON_ANSWER_MAX, MON_ANSWER_LINES, or what it may have filed */
	MON_RESULT_BACKOFF, /* left alone, because it timed out before */
	MON_RESULT_SKIPPED, /* the run ended before it had its time */
	MON_RESULTS
};

/*
 * mon_result_name(result), mon_result_find(name, len):
 * The word for a result, and back: MON_RESULT_NONE if it is no such word.  The word of that
 * itself, "none", stands in no row.
 */
const char *mon_result_name(enum mon_result result);
enum mon_result mon_result_find(const char *name, size_t len);

#endif /* !MON_RESULT_H */
