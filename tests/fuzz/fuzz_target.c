/*
 * fuzz_target.c - the stdin of `mon-scrape -` becomes the qubes to ask; see target.h.  The first
 * byte chooses how the rest comes.
 */
#include <errno.h>

#include "feed.h"
#include "fuzz.h"
#include "shape.h"
#include "target.h"
#include "wire.h"

#define FEED 7 /* a descriptor that only feed.c knows */
#define SELF "sys-monitor"

static const struct mon_exclude exclude = { .globs = { "disp*", "?", "x[0-9]y" }, .n = 3 };
static struct mon_targets targets;

/* What the lines say, found in another way. */
static struct {
	char vm[MON_VM_MAX + 1];
	bool running;
} wanted[MON_VMS_MAX];
static size_t nwanted;

/* The three globs, in other words. */
static bool
left_out(const char *vm)
{
	return strcmp(vm, "dom0") == 0 || strcmp(vm, SELF) == 0 || strncmp(vm, "disp", 4) == 0 ||
	       strlen(vm) == 1 ||
	       (strlen(vm) == 3 && vm[0] == 'x' && vm[1] >= '0' && vm[1] <= '9' && vm[2] == 'y');
}

/* Does the line say anything good?  ${running} is not used without a name. */
static bool
expect_name(const char *name, size_t len, bool running)
{
	char vm[MON_VM_MAX + 1] = { 0 };
	size_t i;

	if (!mon_shape_check(MON_VM, name, len))
		return false;
	memcpy(vm, name, len);
	if (left_out(vm))
		return true;
	for (i = 0; i < nwanted && strcmp(wanted[i].vm, vm) != 0; i++)
		;
	if (i == MON_VMS_MAX)
		return false;
	if (i == nwanted)
		memcpy(wanted[nwanted++].vm, vm, sizeof(vm));
	wanted[i].running = running;
	return true;
}

static bool
expect_line(const char *line, size_t len)
{
	static const char running[] = "Running";
	struct mon_rec rec;
	enum mon_wire_err err;
	struct mon_str state;

	if (memchr(line, ' ', len) == NULL)
		return expect_name(line, len, true);
	err = mon_wire_parse(line, len, &rec);
	if (err != MON_WIRE_OK || strcmp(rec.payload.table->kind, "state") != 0)
		return err == MON_WIRE_OK || err == MON_WIRE_UNKNOWN;
	state = rec.payload.fields;
	return expect_name(rec.vm.p, rec.vm.n,
	    state.n == sizeof(running) - 1 && memcmp(state.p, running, state.n) == 0);
}

/* The number of the first line that is no good, or 0. */
static size_t
expect_all(const char *p, size_t size)
{
	size_t bad = 0, number = 1;

	nwanted = 0;
	for (size_t at = 0; at < size; number++) {
		const char *lf = memchr(p + at, '\n', size - at);
		size_t len = lf != NULL ? (size_t)(lf - p) - at : size - at;
		bool good = lf != NULL && len <= MON_STAMPED_MAX && expect_line(p + at, len);

		if (!good && bad == 0)
			bad = number;
		at += len + (lf != NULL);
	}
	return bad;
}

static void
check_sorted(void)
{
	static const int rank[MON_RESULTS] = {
		[MON_RESULT_NONE] = 1,
		[MON_RESULT_OK] = 0,
		[MON_RESULT_TIMEOUT] = 2,
		[MON_RESULT_REFUSED] = 2,
		[MON_RESULT_NO_HANDLER] = 2,
		[MON_RESULT_FAILED] = 2,
		[MON_RESULT_TOO_BIG] = 2,
		[MON_RESULT_BACKOFF] = 2,
		[MON_RESULT_SKIPPED] = 1,
	};
	const struct mon_target *t = targets.list;

	for (size_t i = 0; i < targets.n; i++) {
		targets.list[i].last = (enum mon_result)((unsigned char)t[i].vm[0] % MON_RESULTS);
		targets.list[i].bytes = i; /* where it stood */
	}
	mon_target_sort(&targets);
	for (size_t i = 0; i < targets.n; i++) {
		MUST(strcmp(t[i].vm, wanted[t[i].bytes].vm) == 0);
		MUST(i == 0 || rank[t[i - 1].last] < rank[t[i].last] ||
		     (rank[t[i - 1].last] == rank[t[i].last] && t[i - 1].bytes < t[i].bytes));
	}
}

static void
check_result(const char *p, size_t len)
{
	enum mon_result r = mon_result_find(p, len);

	MUST(r < MON_RESULTS);
	MUST(r == MON_RESULT_NONE ||
	     (strlen(mon_result_name(r)) == len && memcmp(mon_result_name(r), p, len) == 0));
}

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t bad = 7, wanted_bad;
	const char *p;
	bool pauses;
	int r;

	if (size < 1)
		return 0;
	p = fuzz_place(&room, data + 1, size - 1);
	pauses = data[0] >= 192;
	feed(FEED, p, --size, data[0], pauses);
	targets.n = 0;
	targets.self = SELF;
	targets.exclude = &exclude;
	r = mon_target_read(&targets, FEED, 1000, &bad);
	check_result(p, size);
	if (pauses && r == -ETIMEDOUT) {
		MUST(bad == 7);
		return 0;
	}
	wanted_bad = expect_all(p, size);
	MUST(r == 0 && bad == wanted_bad && targets.n == nwanted);
	for (size_t i = 0; i < targets.n; i++) {
		const struct mon_target *t = &targets.list[i];

		MUST(memcmp(t->vm, wanted[i].vm, sizeof(t->vm)) == 0);
		MUST(t->ask == wanted[i].running);
		MUST(t->result == MON_RESULT_NONE && t->last == MON_RESULT_NONE);
	}
	check_sorted();
	return 0;
}
