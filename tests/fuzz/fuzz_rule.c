/* fuzz_rule.c - a rules file, and behind a line "--" the stream that it judges; see language.h, judge.h. */
#include "fuzz.h"
#include "judge.h"
#include "language.h"

static struct fuzz_room whole, single;
static struct mon_rules rules;
static struct mon_judge judge;
static const char *text;
static size_t text_len;
static size_t firing; /* told as FIRING, and not as RESOLVED yet */

/* A mistake is at a place in its line, or just behind it, and is told by plain text. */
static void
mistake(const struct mon_rule_mistake *m)
{
	const char *line = text, *end = text + text_len, *lf;

	for (unsigned n = 1; n < m->line; n++) {
		lf = memchr(line, '\n', (size_t)(end - line));
		MUST(lf != NULL);
		line = lf + 1;
	}
	lf = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
	MUST(m->column >= 1 && m->column <= (size_t)((lf != NULL ? lf : end) - line) + 1);
	MUST(m->text[0] != '\0' && memchr(m->text, '\0', sizeof(m->text)) != NULL);
}

static bool
tell(int64_t ts, const char *vm, const char *msg, void *ctx)
{
	char line[MON_ROW_MAX];
	struct mon_rec rec;
	size_t n = mon_judge_stamp(ts, vm, msg, line);

	(void)ctx;
	MUST(n <= MON_ROW_MAX && line[n - 1] == '\n');
	fuzz_harmless(line, n - 1);
	MUST(mon_wire_parse(line, n - 1, &rec) == MON_WIRE_OK);
	MUST(mon_schema_kind(rec.payload.table) == MON_KIND_ALERT);
	MUST(mon_str_begins(rec.payload.untrusted_text, "!"));
	if (strstr(msg, " FIRING ") != NULL) {
		firing++;
	} else {
		MUST(strstr(msg, " RESOLVED ") != NULL && firing > 0);
		firing--;
	}
	return true;
}

/* What is told and what is kept are the same. */
static void
check_state(void)
{
	size_t n = 0, of_qubes = 0;

	MUST(judge.nseries <= MON_RULE_SERIES_MAX && judge.nqubes <= MON_RULE_QUBES_MAX);
	for (size_t i = 1; i <= judge.nseries; i++) {
		const struct mon_series *s = &judge.series[i];

		if (!s->used)
			continue;
		n += s->state == MON_SERIES_FIRING;
		of_qubes++;
		MUST(s->rule < rules.n && s->qube >= 1 && s->qube <= judge.nqubes);
		MUST(s->state == MON_SERIES_OK || s->since != MON_JUDGE_NEVER);
	}
	MUST(n == firing);
	for (size_t q = 1; q <= judge.nqubes; q++)
		for (unsigned i = judge.qubes[q].first; i != 0; i = judge.series[i].next) {
			MUST(judge.series[i].used && judge.series[i].qube == q && of_qubes > 0);
			of_qubes--;
		}
	MUST(of_qubes == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *split = size > 0 ? memmem(data, size, "\n--\n", 4) : NULL;
	struct mon_rec rec;

	text_len = split != NULL ? (size_t)(split - (const char *)data) + 1 : size;
	text = fuzz_place(&whole, data, text_len);
	mon_language_file(text, text_len, &rules, mistake);
	if (split == NULL)
		return 0;
	memset(judge.n_of_table, 0, sizeof(judge.n_of_table));
	judge.rules = &rules;
	judge.interval = 10;
	judge.tell = tell;
	judge.self = "sys-monitor";
	firing = 0;
	mon_judge_reset(&judge);
	mon_judge_init(&judge);
	for (const char *p = split + 4, *end = (const char *)data + size; p < end;) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((lf != NULL ? lf : end) - p);
		char *line = fuzz_place(&single, p, len);

		if (mon_wire_parse(line, len, &rec) == MON_WIRE_OK) {
			mon_judge_line(&judge, &rec);
			check_state();
		}
		p += len + 1;
	}
	mon_judge_end(&judge);
	check_state();
	return 0;
}
