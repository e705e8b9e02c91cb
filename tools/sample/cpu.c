/* cpu.c - what the processors did; see cpu.h. */
#include "cpu.h"
#include "scan.h"

static bool
parse_cpu(struct mon_scan line, struct mon_cpu *ret)
{
	struct mon_cpu cpu = { 0 };

	for (int i = 0; i < MON_CPU_FIELDS; i++)
		/* Kernels before 2.6.11 end after fewer fields. */
		if (!mon_scan_number(&line, &cpu.ticks[i]) &&
		    (i <= MON_CPU_IDLE || line.p < line.end))
			return false;
	*ret = cpu;
	return true;
}

/* Add the processor of a line "cpuN", of which "cpu" was read.  Return false if it is odd. */
static bool
parse_one(struct mon_scan line, struct mon_cpu_reading *r)
{
	struct mon_cpu_one one;

	if (r->kept == MON_CPUS_MAX || !mon_scan_number(&line, &one.number) ||
	    (r->kept > 0 && one.number <= r->each[r->kept - 1].number) ||
	    !parse_cpu(line, &one.cpu))
		return false;
	r->each[r->kept++] = one;
	return true;
}

bool
mon_cpu_parse(
    const char *buf, size_t len, struct mon_cpu_reading *ret, struct mon_cpu_procs *ret_procs)
{
	struct mon_scan text = { buf, buf + len }, line;
	bool all = false, every = true, running = false, blocked = false;

	ret->online = ret->kept = 0;
	while (!(all && running && blocked) && mon_scan_line(&text, &line)) {
		if (mon_scan_literal(&line, "cpu")) {
			if (!all && mon_scan_literal(&line, " ")) {
				all = parse_cpu(line, &ret->all);
			} else {
				ret->online++;
				every = parse_one(line, ret) && every;
			}
		} else if (mon_scan_literal(&line, "procs_running ")) {
			running = mon_scan_number(&line, &ret_procs->running);
		} else if (mon_scan_literal(&line, "procs_blocked ")) {
			blocked = mon_scan_number(&line, &ret_procs->blocked);
		}
	}
	if (!every)
		ret->kept = 0;
	ret_procs->known = running && blocked;
	return all;
}

/* Eight 64-bit counters of many processors and a factor of 1000 need more than 64 bits. */
typedef unsigned __int128 wide;

struct passed {
	wide ticks[MON_CPU_FIELDS], total;
	unsigned processors;
};

static uint64_t
forward(uint64_t before, uint64_t now)
{
	/* iowait goes back now and then (proc(5)), and all do after a restored snapshot. */
	return now > before ? now - before : 0;
}

static void
add_passed(struct passed *passed, const struct mon_cpu *before, const struct mon_cpu *now)
{
	static const struct mon_cpu boot;

	if (before == NULL)
		before = &boot;
	for (int i = 0; i < MON_CPU_FIELDS; i++) {
		passed->ticks[i] += forward(before->ticks[i], now->ticks[i]);
		passed->total += forward(before->ticks[i], now->ticks[i]);
	}
}

/* What passed for the processors that were online all the time. */
static struct passed
passed_for_each(const struct mon_cpu_reading *before, const struct mon_cpu_reading *now)
{
	struct passed passed = { .processors = 0 };

	for (uint32_t b = 0, n = 0; b < before->kept && n < now->kept;) {
		const struct mon_cpu_one *was = &before->each[b], *is = &now->each[n];

		b += was->number <= is->number;
		n += is->number <= was->number;
		if (was->number != is->number ||
		    is->cpu.ticks[MON_CPU_IDLE] < was->cpu.ticks[MON_CPU_IDLE])
			continue;
		passed.processors++;
		add_passed(&passed, &was->cpu, &is->cpu);
	}
	return passed;
}

static wide
rounded(wide part, wide factor, wide whole)
{
	return whole > 0 ? (part * factor + whole / 2) / whole : 0;
}

static wide
busy(const wide ticks[MON_CPU_FIELDS])
{
	return ticks[MON_CPU_USER] + ticks[MON_CPU_NICE] + ticks[MON_CPU_SYSTEM] +
	       ticks[MON_CPU_IRQ] + ticks[MON_CPU_SOFTIRQ];
}

struct mon_cpu_share
mon_cpu_share(const struct mon_cpu_reading *before, const struct mon_cpu_reading *now)
{
	struct passed all = { .processors = now->online }, some = { .processors = 0 };
	const wide *t = some.ticks;

	add_passed(&all, before != NULL ? &before->all : NULL, &now->all);
	if (before != NULL)
		some = passed_for_each(before, now);
	if (some.total == 0)
		some = all;
	return (struct mon_cpu_share){
		.user = (unsigned)rounded(t[MON_CPU_USER] + t[MON_CPU_NICE], 1000, some.total),
		.system = (unsigned)rounded(
		    t[MON_CPU_SYSTEM] + t[MON_CPU_IRQ] + t[MON_CPU_SOFTIRQ], 1000, some.total),
		.idle = (unsigned)rounded(t[MON_CPU_IDLE] + t[MON_CPU_IOWAIT], 1000, some.total),
		.iowait = (unsigned)rounded(t[MON_CPU_IOWAIT], 1000, some.total),
		.steal = (unsigned)rounded(t[MON_CPU_STEAL], 1000, some.total),
		/* The work of all, also of those that came or went: it does not begin anew. */
		.busy = (uint64_t)rounded(busy(all.ticks), 100 * (wide)some.processors, some.total),
	};
}
