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

bool
mon_cpu_parse(const char *buf, size_t len, struct mon_cpu_stat *ret)
{
	struct mon_scan text = { buf, buf + len }, line;
	struct mon_cpu_stat stat;
	bool cpu = false, running = false, blocked = false;

	while (!(cpu && running && blocked) && mon_scan_line(&text, &line)) {
		/* Most lines begin with "cpuN"; with its blank only the sum of all does. */
		if (!cpu && mon_scan_literal(&line, "cpu "))
			cpu = parse_cpu(line, &stat.cpu);
		else if (mon_scan_literal(&line, "procs_running "))
			running = mon_scan_number(&line, &stat.procs_running);
		else if (mon_scan_literal(&line, "procs_blocked "))
			blocked = mon_scan_number(&line, &stat.procs_blocked);
	}
	if (!cpu || !running || !blocked)
		return false;
	*ret = stat;
	return true;
}

/* Eight 64-bit counters and a factor of 1000 need more than 64 bits. */
typedef unsigned __int128 wide;

static unsigned
tenths(wide part, wide whole)
{
	return whole > 0 ? (unsigned)((part * 1000 + whole / 2) / whole) : 0;
}

struct mon_cpu_share
mon_cpu_share(const struct mon_cpu *before, const struct mon_cpu *now)
{
	wide d[MON_CPU_FIELDS], total = 0;

	for (int i = 0; i < MON_CPU_FIELDS; i++) {
		uint64_t old = before != NULL ? before->ticks[i] : 0;

		/* iowait goes back now and then (proc(5)), and all do after a restored snapshot. */
		d[i] = now->ticks[i] > old ? now->ticks[i] - old : 0;
		total += d[i];
	}
	return (struct mon_cpu_share){
		.user = tenths(d[MON_CPU_USER] + d[MON_CPU_NICE], total),
		.system = tenths(d[MON_CPU_SYSTEM] + d[MON_CPU_IRQ] + d[MON_CPU_SOFTIRQ], total),
		.idle = tenths(d[MON_CPU_IDLE] + d[MON_CPU_IOWAIT], total),
	};
}
