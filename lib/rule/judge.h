/*
 * judge.h - the rules on a stream of samples: which incidents begin, and which end.
 *
 * A series is what one rule sees of one instance (interface, mount, device, name) of one qube.
 * Its state is ok, pending or FIRING:
 *
 *	ok ------- true -------> pending      a sample that is not true, or a gap: ok again
 *	pending -- true for T --> FIRING      one row
 *	FIRING --- clear for U -> ok          one row; in a gap the time towards it begins anew
 *	FIRING --- gone --------> ok          one row, reason=gone
 *
 * A gap is a time without a sample of more than MON_RULE_GAPS intervals of the rule's file, or a
 * clock that was set back.  Only what is not ok, and the last value where a rate is asked, is
 * kept.  docs/RULES.md has the semantics in words.
 *
 * No I/O and no malloc; the names of instances are hostile, and bounded here.
 */
#ifndef MON_JUDGE_H
#define MON_JUDGE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "caps.h"
#include "language.h"
#include "lie.h"
#include "wire.h"

#define MON_JUDGE_NEVER INT64_MIN /* a time that is not */

enum mon_series_state { MON_SERIES_OK, MON_SERIES_PENDING, MON_SERIES_FIRING };

struct mon_series {
	unsigned rule, qube;  /* indexes; the judge's own */
	unsigned chain, next; /* of the hash, of the qube; 0: the end */
	bool used;
	enum mon_series_state state;
	int64_t since; /* the first true sample of what is pending or FIRING */
	int64_t seen;  /* the last sample that was judged */
	int64_t clear; /* since when it is clear, while FIRING; or NEVER */
	int64_t row;   /* the last row that had it */
	int64_t last_ts;
	double last;                              /* the raw value at ${last_ts} */
	double worst;                             /* in the rule's direction, since ${since} */
	char instance[MON_RULE_INSTANCE_MAX + 1]; /* "": the file has none */
};

struct mon_judge_qube {
	char vm[MON_VM_MAX + 1];
	uint64_t covered[(MON_RULES_MAX + 63) / 64]; /* by which rules */
	unsigned first;                              /* of its series; 0: none */
	int64_t full;       /* the answer from which on it may have no more of them; or NEVER */
	int64_t ts;         /* of the answer that is being read */
	bool ok;            /* it is an answer: result ok */
	int64_t listed;     /* the last list of dom0 that had it */
	struct mon_lie lie; /* where a rule asks whether it lies */
	unsigned chain;
};

struct mon_judge {
	/* Set by the caller, before mon_judge_init(). */
	const struct mon_rules *rules;
	time_t interval; /* of the poll, in seconds */
	/* Take a row for alerts.csv; false: there is no room, and its incident stays as it is. */
	bool (*tell)(int64_t ts, const char *vm, const char *msg, void *ctx);
	void *ctx;

	const char *self; /* the own qube, for what is told of the rules themselves */

	/* What was not judged, because a cap was met. */
	size_t refused;
	char refused_vm[MON_VM_MAX + 1]; /* the first of it */

	/* The rest is the judge's own. */
	unsigned of_table[MON_KINDS][MON_RULES_MAX];
	size_t n_of_table[MON_KINDS];
	bool lies;       /* a rule asks whether a qube lies */
	int64_t list_ts; /* of the list of dom0 that is being read */
	size_t list_n;
	size_t nqubes, nseries;
	struct mon_judge_qube *last; /* that was looked for: lines come qube by qube; or NULL */
	unsigned free;               /* list of unused series */
	unsigned qube_hash[MON_RULE_HASH], series_hash[MON_RULE_HASH];
	struct mon_judge_qube qubes[MON_RULE_QUBES_MAX + 1]; /* from 1 */
	struct mon_series series[MON_RULE_SERIES_MAX + 1];   /* from 1 */
};

/*
 * mon_judge_init(judge):
 * Begin from nothing; ${judge}, but for what the caller has set, must be all zero.
 */
void mon_judge_init(struct mon_judge *judge);

/*
 * mon_judge_reset(judge):
 * Forget all series and qubes.
 */
void mon_judge_reset(struct mon_judge *judge);

/*
 * mon_judge_line(judge, rec):
 * Take one checked line.  Kinds that no rule reads are ignored.
 */
void mon_judge_line(struct mon_judge *judge, const struct mon_rec *rec);

/*
 * mon_judge_witness(judge, rec):
 * Take one checked line of the past only for what a qube says and what Xen says of it (lie.h):
 * nothing is judged.  A live run calls it with the lines of the record before its own.
 */
void mon_judge_witness(struct mon_judge *judge, const struct mon_rec *rec);

/*
 * mon_judge_end(judge):
 * The input is over: settle what the last answers and the last list of dom0 did not have.
 */
void mon_judge_end(struct mon_judge *judge);

/*
 * mon_judge_put(judge, rule, vm, instance):
 * Return the series of the rule of index ${rule}, made anew if there is none, for a state that was
 * kept; or NULL where a cap is met, or the rule does not cover the qube or has (no) instances.
 */
struct mon_series *mon_judge_put(
    struct mon_judge *judge, unsigned rule, struct mon_str vm, struct mon_str instance);

/*
 * mon_judge_resolve(judge, ts, series, reason):
 * Tell that the FIRING ${series} is over at ${ts}, for ${reason} (NULL: it cleared).  Where that
 * cannot be told it stays FIRING.
 */
void mon_judge_resolve(
    struct mon_judge *judge, int64_t ts, struct mon_series *series, const char *reason);

/*
 * mon_judge_tell_bad(judge, ts):
 * Tell, as an incident of the own qube, which of the rules are bad.  Return what ${tell} does.
 */
bool mon_judge_tell_bad(struct mon_judge *judge, int64_t ts);

/*
 * mon_judge_interval(judge, table):
 * Return how many seconds lie between two rows of ${table}.
 */
time_t mon_judge_interval(const struct mon_judge *judge, const struct mon_table *table);

/*
 * mon_judge_stamp(ts, vm, msg, dst):
 * Write the stamped alert line of a row, with its LF, to ${dst}, which has room for MON_ROW_MAX
 * bytes; return its length.
 */
size_t mon_judge_stamp(int64_t ts, const char *vm, const char *msg, char *dst);

/*
 * mon_judge_number(value, decimals, ret):
 * Write ${value} with at most ${decimals} (0 to 9) decimals and no zeros at its end.
 */
#define MON_JUDGE_NUMBER_LEN 48
void mon_judge_number(double value, int decimals, char ret[MON_JUDGE_NUMBER_LEN]);

#endif /* !MON_JUDGE_H */
