/* target.c - the qubes that one run asks; see target.h. */
#include <errno.h>
#include <string.h>

#include "line.h"
#include "qubes.h"
#include "shape.h"
#include "target.h"
#include "wire.h"

enum mon_target_err
mon_target_add(struct mon_targets *targets, const char *untrusted, size_t len, bool running)
{
	struct mon_target new = { .ask = running };

	if (!mon_shape_check(MON_VM, untrusted, len))
		return MON_TARGET_BAD;
	memcpy(new.vm, untrusted, len);
	if (strcmp(new.vm, MON_QUBES_DOM0) == 0 || strcmp(new.vm, targets->self) == 0)
		return MON_TARGET_NEVER;
	targets->seen++;
	if (mon_exclude_match(targets->exclude, new.vm)) {
		targets->excluded++;
		return MON_TARGET_EXCLUDED;
	}
	if (targets->no_handler != NULL && mon_exclude_match(targets->no_handler, new.vm))
		new.ask = running = false;
	for (size_t i = 0; i < targets->n; i++) {
		/* All bytes: names are zero-padded, and comparing a fixed size is quick. */
		if (memcmp(targets->list[i].vm, new.vm, sizeof(new.vm)) == 0) {
			targets->list[i].ask = running;
			return MON_TARGET_ADDED;
		}
	}
	if (targets->n == MON_VMS_MAX)
		return MON_TARGET_FULL;
	targets->list[targets->n++] = new;
	return MON_TARGET_ADDED;
}

enum mon_target_err
mon_target_add_line(struct mon_targets *targets, const char *untrusted, size_t len)
{
	struct mon_rec rec;

	enum mon_wire_err err;

	if (memchr(untrusted, ' ', len) == NULL) {
		targets->bare = true;
		return mon_target_add(targets, untrusted, len, true);
	}
	err = mon_wire_parse(untrusted, len, &rec);
	if (err == MON_WIRE_UNKNOWN)
		return MON_TARGET_IGNORED;
	if (err != MON_WIRE_OK)
		return MON_TARGET_BAD;
	if (mon_schema_kind(rec.payload.table) != MON_KIND_STATE)
		return MON_TARGET_IGNORED;
	return mon_target_add(
	    targets, rec.vm.p, rec.vm.n, mon_qubes_is_running(rec.payload.fields));
}

int
mon_target_read(struct mon_targets *targets, int fd, unsigned timeout_ms, size_t *ret_bad)
{
	static char buf[2 * MON_STAMPED_MAX];
	const char *untrusted = NULL;
	struct mon_line lines;
	size_t len = 0, bad = 0;
	int r;

	mon_line_init(&lines, fd, buf, sizeof(buf), MON_STAMPED_MAX);
	lines.idle_ms = (int)timeout_ms;
	for (size_t number = 1; (r = mon_line_next(&lines, &untrusted, &len)) > 0; number++) {
		if (r == MON_LINE_IDLE)
			return -ETIMEDOUT;
		if (r != MON_LINE_OK ||
		    mon_target_add_line(targets, untrusted, len) >= MON_TARGET_BAD)
			bad = bad > 0 ? bad : number;
	}
	if (r == MON_LINE_EOF)
		*ret_bad = bad;
	return r;
}

/* 0: answered last time; 1: nothing known; 2: did not answer. */
static int
rank(const struct mon_target *t)
{
	switch (t->last) {
	case MON_RESULT_OK: return 0;
	case MON_RESULT_NONE:
	case MON_RESULT_SKIPPED: return 1;
	default: return 2;
	}
}

void
mon_target_sort(struct mon_targets *targets)
{
	static struct mon_target sorted[MON_VMS_MAX];
	size_t n = 0;

	for (int wanted = 0; wanted <= 2; wanted++)
		for (size_t i = 0; i < targets->n; i++)
			if (rank(&targets->list[i]) == wanted)
				sorted[n++] = targets->list[i];
	memcpy(targets->list, sorted, n * sizeof(sorted[0]));
}

static const char *const olders[MON_OLDERS] = {
	[MON_OLDER_NONE] = "take",
	[MON_OLDER_POLICY] = "old-policy",
	[MON_OLDER_SAMPLER] = "old-sampler",
};

const char *
mon_target_older_name(enum mon_older older)
{
	return olders[older];
}

enum mon_older
mon_target_older_find(const char *name, size_t len)
{
	for (int i = 0; i < MON_OLDERS; i++)
		if (strlen(olders[i]) == len && memcmp(olders[i], name, len) == 0)
			return (enum mon_older)i;
	return MON_OLDER_NONE;
}
