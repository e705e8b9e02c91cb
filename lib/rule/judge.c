/* judge.c - the rules on a stream of samples; see judge.h. */
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "number.h"
#include "result.h"
#include "stamp.h"

#define NEVER MON_JUDGE_NEVER

/* ---- numbers and rows ---- */

void
mon_judge_number(double value, int decimals, char ret[MON_JUDGE_NUMBER_LEN])
{
	char *end, *point;

	/* Of 2^63 and more there is none in the record, but a difference may be. */
	if (!(value < 9.2e18))
		value = 9.2e18;
	if (!(value > -9.2e18))
		value = -9.2e18;
	end = ret + snprintf(ret, MON_JUDGE_NUMBER_LEN, "%.*f", decimals, value);
	point = strchr(ret, '.');
	while (point != NULL && end > point && (end[-1] == '0' || end[-1] == '.'))
		*--end = '\0';
	if (strcmp(ret, "-0") == 0)
		strcpy(ret, "0");
}

size_t
mon_judge_stamp(int64_t ts, const char *vm, const char *msg, char *dst)
{
	const struct mon_payload payload = { .table = &mon_schema[MON_KIND_ALERT],
		.fields = { "", 0 },
		.untrusted_text = { msg, strlen(msg) },
		.own = true };
	char stamp[MON_STAMP_LEN + 1] = "1970-01-01T00:00:00Z";

	mon_stamp_format((time_t)ts, stamp);
	return mon_wire_stamp(stamp, vm, &payload, dst);
}

time_t
mon_judge_interval(const struct mon_judge *judge, const struct mon_table *table)
{
	return mon_schema_kind(table) == MON_KIND_STATE || mon_schema_kind(table) == MON_KIND_XEN
		   ? MON_RULE_LIST_S
		   : judge->interval;
}

static int64_t
gap_of(const struct mon_judge *judge, const struct mon_rule *rule)
{
	return MON_RULE_GAPS * (int64_t)mon_judge_interval(judge, rule->table);
}

/* " mount=/rw", or nothing. */
static int
format_instance(const struct mon_rule *rule, const struct mon_series *s, char *ret, size_t cap)
{
	if (s->instance[0] == '\0')
		return 0;
	return snprintf(ret, cap, " %s=%s", rule->table->cols[rule->instance].name, s->instance);
}

/* " cpu=0.52 xen=1.03": what the qube says, and what Xen. */
static int
format_lie(const struct mon_lie *lie, char *ret, size_t cap)
{
	static const char *const names[] = { "cpu", "memory_kb" };
	char says[MON_JUDGE_NUMBER_LEN], xen[MON_JUDGE_NUMBER_LEN];
	int n = 0;

	for (size_t i = 0; i < MON_LIE_OFS; i++) {
		if (!lie->pair[i].differs)
			continue;
		mon_judge_number(lie->pair[i].says, 2, says);
		mon_judge_number(lie->pair[i].xen, 2, xen);
		n += snprintf(ret + n, cap - (size_t)n, " %s=%s xen=%s", names[i], says, xen);
	}
	return n;
}

static bool
tell_firing(struct mon_judge *judge, int64_t ts, const struct mon_series *s, struct mon_str word)
{
	const struct mon_rule *rule = &judge->rules->list[s->rule];
	char msg[MON_MSG_MAX + 1], value[MON_JUDGE_NUMBER_LEN], hold[MON_DURATION_LEN];
	char since[MON_STAMP_LEN + 1] = "";
	int n;

	if (!mon_stamp_format((time_t)s->since, since))
		return false;
	n = snprintf(msg, sizeof(msg), "!%s FIRING", rule->name);
	n += format_instance(rule, s, msg + n, sizeof(msg) - (size_t)n);
	if (rule->lies) {
		n += format_lie(&judge->qubes[s->qube].lie, msg + n, sizeof(msg) - (size_t)n);
	} else if (word.n > 0) {
		n += snprintf(
		    msg + n, sizeof(msg) - (size_t)n, " %s=%.*s", rule->shown, (int)word.n, word.p);
	} else {
		mon_judge_number(s->worst / rule->shown_per, 3, value);
		n += snprintf(msg + n, sizeof(msg) - (size_t)n, " %s=%s", rule->shown, value);
		mon_judge_number(rule->when.limit / rule->shown_per, 9, value);
		n += snprintf(msg + n, sizeof(msg) - (size_t)n, " limit=%s", value);
	}
	if (rule->hold > 0) {
		mon_language_duration(rule->hold, hold);
		n += snprintf(msg + n, sizeof(msg) - (size_t)n, " for=%s", hold);
	}
	snprintf(msg + n, sizeof(msg) - (size_t)n, " since=%s", since);
	return judge->tell(ts, judge->qubes[s->qube].vm, msg, judge->ctx);
}

static bool
tell_resolved(struct mon_judge *judge, int64_t ts, const struct mon_series *s, const char *reason)
{
	const struct mon_rule *rule = &judge->rules->list[s->rule];
	char msg[MON_MSG_MAX + 1], value[MON_JUDGE_NUMBER_LEN], after[MON_DURATION_LEN];
	int n;

	n = snprintf(msg, sizeof(msg), "!%s RESOLVED", rule->name);
	n += format_instance(rule, s, msg + n, sizeof(msg) - (size_t)n);
	mon_language_duration((time_t)(ts - s->since), after);
	n += snprintf(msg + n, sizeof(msg) - (size_t)n, " after=%s", after);
	if (rule->when.word[0] == '\0' && !rule->lies) {
		mon_judge_number(s->worst / rule->shown_per, 3, value);
		n += snprintf(msg + n, sizeof(msg) - (size_t)n, " max=%s", value);
	}
	if (reason != NULL)
		snprintf(msg + n, sizeof(msg) - (size_t)n, " reason=%s", reason);
	return judge->tell(ts, judge->qubes[s->qube].vm, msg, judge->ctx);
}

bool
mon_judge_tell_bad(struct mon_judge *judge, int64_t ts)
{
	const struct mon_rules *rules = judge->rules;
	char msg[MON_MSG_MAX + 1];

	snprintf(msg, sizeof(msg), "!" MON_RULE_OWN " FIRING bad=%zu line=%u column=%u", rules->bad,
	    rules->first.line, rules->first.column);
	return judge->tell(ts, judge->self, msg, judge->ctx);
}

/* ---- qubes and series ---- */

/* FNV-1a (Fowler, Noll, Vo): short keys, and a chain is bounded by the caps. */
static uint32_t
hash(uint32_t h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619U;
	return h;
}

#define HASH_SEED 2166136261U

/* Note that something of ${vm} is not judged, because a cap was met. */
static void
refuse(struct mon_judge *judge, struct mon_str vm)
{
	const size_t n = vm.n < MON_VM_MAX ? vm.n : MON_VM_MAX;

	if (judge->refused++ == 0)
		*(char *)mempcpy(judge->refused_vm, vm.p, n) = '\0';
}

static struct mon_judge_qube *
find_qube(struct mon_judge *judge, struct mon_str vm)
{
	unsigned *chain;
	struct mon_judge_qube *q;

	if (judge->last != NULL && mon_str_is(vm, judge->last->vm))
		return judge->last;
	chain = &judge->qube_hash[hash(HASH_SEED, vm.p, vm.n) % MON_RULE_HASH];
	for (unsigned i = *chain; i != 0; i = judge->qubes[i].chain)
		if (mon_str_is(vm, judge->qubes[i].vm))
			return judge->last = &judge->qubes[i];
	if (judge->nqubes == MON_RULE_QUBES_MAX) {
		refuse(judge, vm);
		return NULL;
	}
	q = &judge->qubes[++judge->nqubes];
	memcpy(q->vm, vm.p, vm.n);
	q->ts = q->listed = q->full = NEVER;
	q->chain = *chain;
	*chain = (unsigned)judge->nqubes;
	for (size_t i = 0; i < judge->rules->n; i++)
		if (mon_language_covers(&judge->rules->list[i], vm))
			q->covered[i / 64] |= UINT64_C(1) << i % 64;
	return q;
}

static bool
is_covered(const struct mon_judge_qube *q, unsigned rule)
{
	return q->covered[rule / 64] >> rule % 64 & 1;
}

static unsigned *
series_chain(struct mon_judge *judge, unsigned rule, unsigned qube, struct mon_str instance)
{
	const unsigned key[2] = { rule, qube };
	uint32_t h = hash(HASH_SEED, (const char *)key, sizeof(key));

	return &judge->series_hash[hash(h, instance.p, instance.n) % MON_RULE_HASH];
}

static struct mon_series *
find_series(
    struct mon_judge *judge, unsigned rule, const struct mon_judge_qube *q, struct mon_str instance)
{
	const unsigned qube = (unsigned)(q - judge->qubes);

	if (q->first == 0)
		return NULL;
	for (unsigned i = *series_chain(judge, rule, qube, instance); i != 0;
	     i = judge->series[i].chain) {
		struct mon_series *s = &judge->series[i];

		if (s->rule == rule && s->qube == qube && mon_str_is(instance, s->instance))
			return s;
	}
	return NULL;
}

static void
unlink_from(struct mon_judge *judge, unsigned *at, unsigned index, bool of_qube)
{
	while (*at != 0 && *at != index)
		at = of_qube ? &judge->series[*at].next : &judge->series[*at].chain;
	if (*at == index)
		*at = of_qube ? judge->series[index].next : judge->series[index].chain;
}

static void
drop_series(struct mon_judge *judge, struct mon_series *s)
{
	const unsigned index = (unsigned)(s - judge->series);
	const struct mon_str instance = { s->instance, strlen(s->instance) };

	unlink_from(judge, series_chain(judge, s->rule, s->qube, instance), index, false);
	unlink_from(judge, &judge->qubes[s->qube].first, index, true);
	s->used = false;
	s->next = judge->free;
	judge->free = index;
}

/*
 * Where the rule has as many instances of the qube as it may, or the qube as many series: give the
 * place of the one that was not seen for longest to a new one, so that who renames its interfaces pays
 * for it alone; but FIRING ones, and those of the same answer, stay.
 */
static bool
make_room(struct mon_judge *judge, struct mon_judge_qube *q, unsigned rule, int64_t ts)
{
	struct mon_series *of_rule = NULL, *of_qube = NULL, *oldest;
	size_t n = 0, all = 0;

	if (q->full == ts && ts != NEVER)
		return false; /* nothing becomes older in an answer: who sends much is not looked through again */
	for (unsigned i = q->first; i != 0; i = judge->series[i].next) {
		struct mon_series *s = &judge->series[i];

		all++;
		n += s->rule == rule;
		if (s->state == MON_SERIES_FIRING || s->row == ts)
			continue;
		if (of_qube == NULL || s->row < of_qube->row)
			of_qube = s;
		if (s->rule == rule && (of_rule == NULL || s->row < of_rule->row))
			of_rule = s;
	}
	if (n < MON_RULE_INSTANCES_MAX && all < MON_RULE_QUBE_SERIES_MAX)
		return true;
	oldest = n < MON_RULE_INSTANCES_MAX ? of_qube : of_rule;
	if (oldest != NULL)
		drop_series(judge, oldest);
	else if (all >= MON_RULE_QUBE_SERIES_MAX)
		q->full = ts;
	return oldest != NULL;
}

static struct mon_series *
add_series(struct mon_judge *judge, unsigned rule, struct mon_judge_qube *q,
    struct mon_str instance, int64_t ts)
{
	const unsigned qube = (unsigned)(q - judge->qubes);
	struct mon_series *s;
	unsigned *chain, index;

	if (instance.n > MON_RULE_INSTANCE_MAX || !make_room(judge, q, rule, ts) ||
	    (judge->free == 0 && judge->nseries == MON_RULE_SERIES_MAX)) {
		refuse(judge, (struct mon_str){ q->vm, strlen(q->vm) });
		return NULL;
	}
	index = judge->free;
	if (index != 0)
		judge->free = judge->series[index].next;
	else
		index = (unsigned)++judge->nseries;
	chain = series_chain(judge, rule, qube, instance);
	s = &judge->series[index];
	s->rule = rule;
	s->qube = qube;
	s->used = true;
	s->state = MON_SERIES_OK;
	s->since = s->seen = s->clear = s->row = s->last_ts = NEVER;
	s->last = s->worst = 0;
	*(char *)mempcpy(s->instance, instance.p, instance.n) = '\0';
	s->chain = *chain;
	*chain = index;
	s->next = q->first;
	q->first = index;
	return s;
}

struct mon_series *
mon_judge_put(struct mon_judge *judge, unsigned rule, struct mon_str vm, struct mon_str instance)
{
	const struct mon_rule *r = &judge->rules->list[rule];
	struct mon_judge_qube *q = find_qube(judge, vm);
	struct mon_series *s;

	if (q == NULL || !is_covered(q, rule) ||
	    (instance.n > 0) != (r->instance < r->table->ncols))
		return NULL;
	s = find_series(judge, rule, q, instance);
	return s != NULL ? s : add_series(judge, rule, q, instance, NEVER);
}

/* ---- one sample ---- */

static bool
is_upward(enum mon_rule_op op)
{
	return op == MON_OP_GT || op == MON_OP_GE || op == MON_OP_EQ;
}

static void
keep_worst(const struct mon_rule *rule, struct mon_series *s, double value)
{
	if (is_upward(rule->when.op) ? value > s->worst : value < s->worst)
		s->worst = value;
}

void
mon_judge_resolve(struct mon_judge *judge, int64_t ts, struct mon_series *s, const char *reason)
{
	if (!tell_resolved(judge, ts, s, reason))
		return;
	s->state = MON_SERIES_OK;
	if (!judge->rules->list[s->rule].rate || reason != NULL)
		drop_series(judge, s);
}

/* A sample of a series that is FIRING. */
static void
judge_firing(struct mon_judge *judge, const struct mon_rule *rule, struct mon_series *s, int64_t ts,
    double value, struct mon_str word)
{
	keep_worst(rule, s, value);
	if (!mon_language_holds(&rule->until, value, word)) {
		s->clear = NEVER;
		return;
	}
	if (s->clear == NEVER)
		s->clear = ts;
	if (ts - s->clear >= rule->until_hold)
		mon_judge_resolve(judge, ts, s, NULL);
}

/* One sample of a series that is not ok, or where the condition is true. */
static void
judge_sample(struct mon_judge *judge, const struct mon_rule *rule, struct mon_series *s, int64_t ts,
    double value, struct mon_str word)
{
	const bool gap = s->seen != NEVER && (ts < s->seen || ts - s->seen > gap_of(judge, rule));

	s->seen = ts;
	if (gap)
		s->clear = NEVER;
	if (s->state == MON_SERIES_FIRING) {
		judge_firing(judge, rule, s, ts, value, word);
		return;
	}
	if (!mon_language_holds(&rule->when, value, word)) {
		s->state = MON_SERIES_OK;
		if (!rule->rate)
			drop_series(judge, s);
		return;
	}
	if (s->state == MON_SERIES_OK || gap) {
		s->state = MON_SERIES_PENDING;
		s->since = ts;
		s->worst = value;
	}
	keep_worst(rule, s, value);
	if (ts - s->since < rule->hold)
		return;
	s->clear = NEVER;
	if (tell_firing(judge, ts, s, word))
		s->state = MON_SERIES_FIRING;
}

/* The change in a second since the last value.  Return false where the pair says nothing. */
static bool
take_rate(struct mon_judge *judge, const struct mon_rule *rule, struct mon_series *s, int64_t ts,
    double *value)
{
	const double now = *value, before = s->last;
	const int64_t apart = s->last_ts == NEVER ? 0 : ts - s->last_ts;

	s->last = now;
	s->last_ts = ts;
	if (apart <= 0 || apart > gap_of(judge, rule) || now < before)
		return false;
	*value = (now - before) / (double)apart;
	return true;
}

/* 100 less ${idle}, as exact as a decimal: 100 - 99.7 is not 0.3 for a double. */
static double
busy(double idle)
{
	const double left = 100 - idle;

	return left > -1e6 && left < 1e6
		   ? (double)(int64_t)(left * 1e9 + (left < 0 ? -0.5 : 0.5)) / 1e9
		   : left;
}

static void
take_sample(struct mon_judge *judge, unsigned index, struct mon_judge_qube *q,
    struct mon_str instance, int64_t ts, double value, struct mon_str word, bool row)
{
	const struct mon_rule *rule = &judge->rules->list[index];
	struct mon_series *s = find_series(judge, index, q, instance);

	if (s == NULL && !rule->rate && !mon_language_holds(&rule->when, value, word))
		return; /* ok, as it was */
	if (s == NULL)
		s = add_series(judge, index, q, instance, ts);
	if (s == NULL)
		return;
	if (row)
		s->row = ts;
	if (rule->rate) {
		if (!take_rate(judge, rule, s, ts, &value))
			return;
	} else {
		s->last = value;
	}
	judge_sample(judge, rule, s, ts, value, word);
}

/* ---- lines ---- */

/*
 * The answer of ${q->ts} is complete, and it was whole: what of its series was not in it?  A disk
 * that is not in it has not moved since the last one; all else is gone, if it stays away.
 */
static void
settle(struct mon_judge *judge, struct mon_judge_qube *q)
{
	const int64_t ts = q->ts;
	unsigned next;

	if (!q->ok)
		return;
	q->ok = false;
	for (unsigned i = q->first; i != 0; i = next) {
		struct mon_series *s = &judge->series[i];
		const struct mon_rule *rule = &judge->rules->list[s->rule];
		const struct mon_str none = { NULL, 0 };

		next = s->next;
		if (s->row == ts || rule->table->sender != MON_FROM_GUEST)
			continue;
		if (rule->table == &mon_schema[MON_KIND_IO]) {
			take_sample(judge, s->rule, q,
			    (struct mon_str){ s->instance, strlen(s->instance) }, ts, s->last, none,
			    false);
			continue;
		}
		if (s->row > ts || s->row == NEVER)
			s->row = ts; /* the clock was set back, or the state was lost: count anew */
		if (ts - s->row < MON_RULE_GONE_S)
			continue;
		if (s->state == MON_SERIES_FIRING)
			mon_judge_resolve(judge, ts, s, "gone");
		else
			drop_series(judge, s);
	}
}

/* The list of dom0 is complete: who is not in it is gone. */
static void
settle_list(struct mon_judge *judge)
{
	unsigned next;

	/* The asking qube runs, so a list that is right has two at least. */
	if (judge->list_n >= 2) {
		for (size_t q = 1; q <= judge->nqubes; q++) {
			if (judge->qubes[q].listed == judge->list_ts)
				continue;
			for (unsigned i = judge->qubes[q].first; i != 0; i = next) {
				struct mon_series *s = &judge->series[i];

				next = s->next;
				if (s->state == MON_SERIES_FIRING)
					mon_judge_resolve(judge, judge->list_ts, s, "gone");
				else
					drop_series(judge, s);
			}
		}
	}
	judge->list_n = 0;
}

static void
take_list(struct mon_judge *judge, int64_t ts, struct mon_judge_qube *q)
{
	if (ts != judge->list_ts)
		settle_list(judge);
	judge->list_ts = ts;
	judge->list_n++;
	q->listed = ts;
}

void
mon_judge_init(struct mon_judge *judge)
{
	for (size_t i = 0; i < judge->rules->n; i++) {
		const enum mon_kind kind = mon_schema_kind(judge->rules->list[i].table);

		judge->of_table[kind][judge->n_of_table[kind]++] = (unsigned)i;
		judge->lies = judge->lies || judge->rules->list[i].lies;
	}
	judge->list_ts = NEVER;
}

void
mon_judge_reset(struct mon_judge *judge)
{
	memset(judge->qube_hash, 0, sizeof(judge->qube_hash));
	memset(judge->series_hash, 0, sizeof(judge->series_hash));
	memset(judge->qubes, 0, (judge->nqubes + 1) * sizeof(judge->qubes[0]));
	memset(judge->series, 0, (judge->nseries + 1) * sizeof(judge->series[0]));
	judge->nqubes = judge->nseries = judge->free = 0;
	judge->last = NULL;
	judge->list_ts = NEVER;
	judge->list_n = 0;
}

static bool
is_witness(const struct mon_judge *judge, enum mon_kind kind)
{
	return judge->lies && (MON_LIE_KINDS >> kind & 1) != 0;
}

void
mon_judge_witness(struct mon_judge *judge, const struct mon_rec *rec)
{
	const enum mon_kind kind = mon_schema_kind(rec->payload.table);
	struct mon_str fields[MON_COLS_MAX];
	struct mon_judge_qube *q;

	if (!is_witness(judge, kind))
		return;
	q = find_qube(judge, rec->vm);
	if (q == NULL)
		return;
	mon_wire_split(&rec->payload, fields);
	(void)mon_lie_take(&q->lie, rec->t, kind, fields);
}

void
mon_judge_line(struct mon_judge *judge, const struct mon_rec *rec)
{
	const enum mon_kind kind = mon_schema_kind(rec->payload.table);
	const int64_t ts = rec->t;
	enum mon_lie_verdict verdict = MON_LIE_NOTHING;
	struct mon_str fields[MON_COLS_MAX];
	struct mon_judge_qube *q;

	if (judge->n_of_table[kind] == 0 && is_witness(judge, kind)) {
		mon_judge_witness(judge, rec);
		return;
	}
	if (judge->n_of_table[kind] == 0 && kind != MON_KIND_STATE && kind != MON_KIND_SCRAPE)
		return;
	q = find_qube(judge, rec->vm);
	if (q == NULL)
		return;
	if (kind == MON_KIND_STATE) {
		take_list(judge, ts, q);
	} else if (q->ts != ts) {
		settle(judge, q);
		q->ts = ts;
	}
	mon_wire_split(&rec->payload, fields);
	if (is_witness(judge, kind))
		verdict = mon_lie_take(&q->lie, ts, kind, fields);
	if (kind == MON_KIND_SCRAPE) {
		const enum mon_result result = mon_result_find(fields[0].p, fields[0].n);

		if (result == MON_RESULT_SKIPPED)
			return; /* the poll had no time for it: it says nothing */
		if (result == MON_RESULT_OK)
			q->ok = true;
	}
	for (size_t i = 0; i < judge->n_of_table[kind]; i++) {
		const unsigned index = judge->of_table[kind][i];
		const struct mon_rule *rule = &judge->rules->list[index];
		const struct mon_str none = { "", 0 };
		const bool is_word = rule->when.word[0] != '\0';
		double value;

		if (!is_covered(q, index) || !mon_language_where(rule, fields))
			continue;
		if (rule->lies && verdict == MON_LIE_NOTHING)
			continue;
		value = rule->lies ? verdict == MON_LIE_DIFFERS
			: is_word  ? 0
				   : mon_number_value(fields[rule->col]);
		take_sample(judge, index, q,
		    rule->instance < rule->table->ncols ? fields[rule->instance] : none, ts,
		    rule->busy ? busy(value) : value, is_word ? fields[rule->col] : none, true);
	}
}

void
mon_judge_end(struct mon_judge *judge)
{
	for (size_t q = 1; q <= judge->nqubes; q++)
		settle(judge, &judge->qubes[q]);
	settle_list(judge);
}
