/*
 * fact.h - what stands out in a span of the record, as short sentences.
 */
#ifndef MON_FACT_H
#define MON_FACT_H

#include "sum.h"

#define MON_FACTS 8 /* as many as a person reads before the table */

struct mon_fact {
	time_t from, to;           /* all of the span: it has no time of its own */
	bool bad;                  /* something is wrong, not only large */
	int weight;                /* the larger, the more it matters */
	char what[256], note[160]; /* plain text; the note may be "" */
};

/*
 * mon_fact_find(sum, facts):
 * Write the facts of the ended ${sum} that matter most to ${facts}, by time.  Return how many, at
 * most MON_FACTS.
 */
size_t mon_fact_find(const struct mon_sum *sum, struct mon_fact facts[MON_FACTS]);

/*
 * mon_fact_has_time(sum, fact):
 * Is ${fact} about a part of the span?
 */
bool mon_fact_has_time(const struct mon_sum *sum, const struct mon_fact *fact);

#endif /* !MON_FACT_H */
