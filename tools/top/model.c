/* model.c - what was known of each qube at a moment; see model.h. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "columns.h"
#include "image.h"
#include "model.h"
#include "number.h"
#include "qubes.h"

#define VALUES 6 /* that one row can have a use for */

/* Two rows of one thing: the newest [0], and the newest one before that [1]; t 0: none. */
struct series {
	uint64_t name; /* a hash of the instance; a guest that makes two the same spoils its own */
	uint16_t qube;
	uint16_t kind;
	time_t t[2];
	double v[2][VALUES];
};

static struct series series[MON_TOP_SERIES_MAX];
static size_t nseries;

/* Open hash tables of places + 1; 0: free. */
static uint16_t qube_at[2 * MON_TOP_QUBES_MAX], series_at[2 * MON_TOP_SERIES_MAX];

#define XEN_S (3 * MON_RULE_LIST_S) /* a figure of Xen that is older says nothing */

/* What is read of each kind, and for how long. */
static const struct {
	unsigned kinds;
	unsigned intervals; /* of the poll */
	time_t least;       /* seconds */
} spans[] = {
	/* A state and a figure of Xen come every minute; a sparkline is of three. */
	{ 1u << MON_KIND_SYS | 1u << MON_KIND_STATE | 1u << MON_KIND_SCRAPE | 1u << MON_KIND_IO |
		1u << MON_KIND_XEN,
	    TOP_SPARK, XEN_S },
	/* The newest row may be MON_TOP_GAPS intervals old, and the one before it as much older. */
	{ 1u << MON_KIND_NET | 1u << MON_KIND_CONN | 1u << MON_KIND_DISK | 1u << MON_KIND_CPU |
		1u << MON_KIND_PRESSURE,
	    2 * MON_TOP_GAPS, 0 },
	{ 1u << MON_KIND_ALERT, 0, MON_TOP_ALERT_S },
};

time_t
top_model_back(time_t interval)
{
	const time_t back = interval * (time_t)spans[0].intervals;

	return back > spans[0].least ? back : spans[0].least;
}

/* FNV-1a, 64 bits; begun with ${hash}. */
static uint64_t
hash_of(uint64_t hash, struct mon_str s)
{
	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return hash;
}

#define HASH_BEGIN 0xcbf29ce484222325u

static struct top_qube *
get_qube(struct top_frame *f, struct mon_str name)
{
	const size_t places = sizeof(qube_at) / sizeof(qube_at[0]);
	size_t i = (size_t)hash_of(HASH_BEGIN, name) % places;
	struct top_qube *q;

	for (; qube_at[i] != 0; i = (i + 1) % places) {
		q = &f->qube[qube_at[i] - 1];
		if (strlen(q->name) == name.n && memcmp(q->name, name.p, name.n) == 0)
			return q;
	}
	if (f->n == MON_TOP_QUBES_MAX || name.n > MON_VM_MAX) {
		f->dropped++;
		return NULL;
	}
	q = &f->qube[f->n++];
	qube_at[i] = (uint16_t)f->n;
	memset(q, 0, sizeof(*q));
	memcpy(q->name, name.p, name.n);
	for (size_t k = 0; k < TOP_FIGURES; k++)
		q->figure[k] = NAN;
	for (size_t k = 0; k < TOP_SPARK; k++)
		q->spark[k] = NAN;
	return q;
}

static struct series *
get_series(struct top_frame *f, const struct top_qube *q, enum mon_kind kind, struct mon_str name)
{
	const size_t places = sizeof(series_at) / sizeof(series_at[0]);
	const uint16_t number = (uint16_t)(q - f->qube);
	const uint64_t hash = hash_of(HASH_BEGIN + (uint64_t)number * MON_KINDS + kind, name);
	size_t i = (size_t)(hash % places);
	struct series *s;

	for (; series_at[i] != 0; i = (i + 1) % places) {
		s = &series[series_at[i] - 1];
		if (s->name == hash && s->qube == number && s->kind == kind)
			return s;
	}
	if (nseries == MON_TOP_SERIES_MAX) {
		f->dropped++;
		return NULL;
	}
	s = &series[nseries++];
	series_at[i] = (uint16_t)nseries;
	*s = (struct series){ .name = hash, .qube = number, .kind = (uint16_t)kind };
	return s;
}

/* Which columns of a kind have a figure; the names are in schema.c. */
static size_t
values_of(
    enum mon_kind kind, const struct mon_str *fields, double v[VALUES], struct mon_str *instance)
{
	/* The places of the columns, by kind; an instance is the first column, or the second. */
	static const struct {
		signed char instance, n, col[VALUES];
	} map[MON_KINDS] = {
		[MON_KIND_SYS] = { -1, 5, { 2, 3, 6, 7, 10 } },
		[MON_KIND_NET] = { 0, 2, { 1, 4 } },
		[MON_KIND_CONN] = { -1, 1, { 0 } },
		[MON_KIND_DISK] = { 1, 1, { 5 } },
		[MON_KIND_CPU] = { -1, 2, { 0, 1 } },
		[MON_KIND_IO] = { 0, 2, { 2, 5 } },
		[MON_KIND_PRESSURE] = { -1, 3, { 0, 1, 3 } },
		[MON_KIND_XEN] = { -1, 1, { 0 } },
	};
	const size_t n = (size_t)map[kind].n;

	for (size_t i = 0; i < n; i++)
		v[i] = mon_number_value(fields[map[kind].col[i]]);
	*instance = n > 0 && map[kind].instance >= 0 ? fields[map[kind].instance] : mon_str("");
	return n;
}

/* Clocks step back, so rows may come in any order. */
static void
put(struct series *s, time_t t, const double v[VALUES], size_t n)
{
	size_t place = 0;

	if (t < s->t[0]) {
		if (t <= s->t[1])
			return;
		place = 1;
	} else if (t > s->t[0]) {
		s->t[1] = s->t[0];
		memcpy(s->v[1], s->v[0], sizeof(s->v[1]));
	}
	s->t[place] = t;
	memcpy(s->v[place], v, n * sizeof(v[0]));
}

static void
note_answer(struct top_qube *q, time_t t)
{
	if (t > q->answered) {
		q->before = q->answered;
		q->answered = t;
	} else if (t < q->answered && t > q->before) {
		q->before = t;
	}
}

/* The most of the time that a place of the sparkline stands for. */
static void
note_spark(struct top_qube *q, const struct top_frame *f, time_t t, double cpu)
{
	const time_t i = (f->at - t) / f->interval;

	if (i >= 0 && i < TOP_SPARK && !(q->spark[i] >= cpu))
		q->spark[i] = cpu;
}

static void
copy(char *dst, size_t cap, struct mon_str s)
{
	const size_t n = s.n < cap ? s.n : cap - 1;

	memcpy(dst, s.p, n);
	dst[n] = '\0';
}

/* What a qube sends to itself is no traffic; images that are read-only are always full. */
static bool
leave_out(enum mon_kind kind, const struct mon_str *fields)
{
	if (kind == MON_KIND_NET)
		return mon_str_is(fields[MON_NET_IF], "lo");
	return kind == MON_KIND_DISK && mon_image_is(fields[MON_DISK_FS], fields[MON_DISK_MOUNT]);
}

static void
take_row(void *ctx, enum mon_kind kind, const struct mon_rec *rec)
{
	struct top_frame *f = ctx;
	struct top_qube *q = get_qube(f, rec->vm);
	struct mon_str instance, fields[MON_COLS_MAX];
	double v[VALUES];
	struct series *s;
	const time_t t = rec->t;
	size_t n;

	if (q == NULL)
		return;
	mon_wire_split(&rec->payload, fields);
	switch (kind) {
	case MON_KIND_STATE:
		if (t >= q->state_at)
			copy(q->state, sizeof(q->state), fields[0]);
		q->state_at = t > q->state_at ? t : q->state_at;
		return;
	case MON_KIND_SCRAPE:
		if (t >= q->result_at)
			copy(q->result, sizeof(q->result), fields[0]);
		q->result_at = t > q->result_at ? t : q->result_at;
		f->filed = t > f->filed ? t : f->filed;
		return;
	case MON_KIND_ALERT:
		f->alerts++;
		if (t >= q->alert_at)
			copy(q->alert, sizeof(q->alert), fields[0]);
		q->alert_at = t > q->alert_at ? t : q->alert_at;
		return;
	default: break;
	}
	n = values_of(kind, fields, v, &instance);
	s = n > 0 ? get_series(f, q, kind, instance) : NULL;
	if (s == NULL)
		return;
	put(s, t, v, n);
	if (kind == MON_KIND_XEN)
		return; /* no answer of the qube */
	note_answer(q, t);
	f->filed = t > f->filed ? t : f->filed;
	if (kind == MON_KIND_SYS)
		note_spark(q, f, t, 100 - v[0]);
	else if (leave_out(kind, fields))
		s->t[0] = s->t[1] = 0;
}

/* ---- the figures ---- */

static void
raise(double *figure, double value)
{
	if (!(*figure >= value))
		*figure = value;
}

static void
add(double *figure, double value)
{
	*figure = isnan(*figure) ? value : *figure + value;
}

/*
 * The increase of value ${i} a second; NAN where it is not known: no row before, one too long
 * before, or the counter began anew.
 */
static double
rate(const struct top_frame *f, const struct series *s, size_t i, time_t since)
{
	const time_t dt = s->t[0] - since;

	if (s->t[1] == 0 || dt <= 0 || dt > MON_TOP_GAPS * f->interval || s->v[0][i] < s->v[1][i])
		return NAN;
	return (s->v[0][i] - s->v[1][i]) / (double)dt;
}

static void
add_rate(double *figure, double value)
{
	if (!isnan(value))
		add(figure, value);
}

/* A disk that did not move since the answer before has no row in it. */
static void
fold_io(const struct top_frame *f, struct top_qube *q, const struct series *s)
{
	const time_t since = q->before > s->t[1] ? q->before : s->t[1];

	if (s->t[0] < q->answered) {
		add(&q->figure[TOP_IO], 0);
		return;
	}
	for (size_t i = 0; i < 2; i++)
		add_rate(&q->figure[TOP_IO], rate(f, s, i, since));
}

/* Milliseconds in a time, as processors. */
static void
fold_xen(struct top_qube *q, const struct series *s)
{
	const time_t apart = s->t[0] - s->t[1];

	if (s->t[1] != 0 && apart > 0 && s->v[0][0] >= s->v[1][0])
		q->figure[TOP_XEN] = (s->v[0][0] - s->v[1][0]) / 1000 / (double)apart;
}

static void
fold(const struct top_frame *f, struct top_qube *q, const struct series *s)
{
	const double *v = s->v[0];

	if (s->kind == MON_KIND_IO) {
		fold_io(f, q, s);
		return;
	}
	if (s->t[0] != q->answered)
		return;
	switch ((enum mon_kind)s->kind) {
	case MON_KIND_SYS:
		q->figure[TOP_CPU] = 100 - v[0];
		q->figure[TOP_LOAD] = v[1];
		q->figure[TOP_MEM_TOTAL] = v[2] * 1024;
		q->figure[TOP_MEM] = v[3] * 1024;
		q->figure[TOP_SWAP] = v[4] * 1024;
		break;
	case MON_KIND_NET:
		add_rate(&q->figure[TOP_RX], rate(f, s, 0, s->t[1]));
		add_rate(&q->figure[TOP_TX], rate(f, s, 1, s->t[1]));
		break;
	case MON_KIND_CONN: q->figure[TOP_CONN] = v[0]; break;
	case MON_KIND_DISK: raise(&q->figure[TOP_DISK], v[0]); break;
	case MON_KIND_CPU:
		q->figure[TOP_CPUS] = v[0];
		q->figure[TOP_BUSY] = v[1];
		break;
	case MON_KIND_PRESSURE: /* microseconds a second, as percent */
		for (size_t i = 0; i < 3; i++)
			q->figure[TOP_PSI_CPU + i] = rate(f, s, i, s->t[1]) / 1e4;
		break;
	default: break;
	}
}

/* Nothing newer says that the qube is not there, or did not answer. */
static bool
is_alive(const struct top_frame *f, const struct top_qube *q)
{
	return q->answered > 0 && f->at - q->answered <= MON_TOP_GAPS * f->interval &&
	       q->result_at <= q->answered &&
	       (q->state_at <= q->answered || strcmp(q->state, MON_QUBES_RUNNING) == 0);
}

void
top_model_frame(
    struct top_record *record, time_t at, const struct mon_exclude *vms, struct top_frame *ret)
{
	ret->at = at;
	ret->n = ret->alerts = ret->dropped = 0;
	ret->filed = 0;
	nseries = 0;
	record->bad = 0;
	memset(qube_at, 0, sizeof(qube_at));
	memset(series_at, 0, sizeof(series_at));
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		const time_t wanted = (time_t)spans[i].intervals * ret->interval;
		const time_t back = wanted > spans[i].least ? wanted : spans[i].least;
		const struct mon_reader_filter f = {
			.from = at > back ? at - back : 1,
			.to = at + 1,
			.kinds = spans[i].kinds,
			.vms = vms,
			.back = MON_TOP_BACK_S,
		};

		top_record_rows(record, &f, take_row, ret);
	}
	ret->bad = record->bad;
	for (size_t i = 0; i < ret->n; i++)
		ret->qube[i].alive = is_alive(ret, &ret->qube[i]);
	for (size_t i = 0; i < nseries; i++) {
		if (series[i].kind == MON_KIND_XEN)
			fold_xen(&ret->qube[series[i].qube], &series[i]);
		else if (ret->qube[series[i].qube].alive)
			fold(ret, &ret->qube[series[i].qube], &series[i]);
	}
}

const char *
top_model_word(const struct top_qube *q)
{
	if (q->state[0] != '\0' && strcmp(q->state, MON_QUBES_RUNNING) != 0)
		return q->state;
	if (q->result[0] != '\0' && strcmp(q->result, "ok") != 0)
		return q->result;
	return q->state[0] != '\0' ? q->state : "-";
}

bool
top_model_silent(const struct top_qube *q)
{
	return !q->alive && q->result[0] != '\0' && strcmp(q->result, "ok") != 0;
}

double
top_model_pressure(const struct top_qube *q, char *what)
{
	double worst = NAN;

	for (size_t i = 0; i < 3; i++) {
		const double v = q->figure[TOP_PSI_CPU + i];

		if (isnan(v) || worst >= v)
			continue;
		worst = v;
		if (what != NULL)
			*what = "cmi"[i];
	}
	return worst;
}
