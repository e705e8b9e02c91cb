/* fuzz_proc.c - the small files of /proc, each parser on each input: untouched, or in bounds. */
#include "counters.h"
#include "cpu.h"
#include "fuzz.h"
#include "load.h"
#include "memory.h"
#include "pressure.h"
#include "shape.h"
#include "sockets.h"

static struct fuzz_room room;
static struct mon_counters now, back;
static char kept[MON_STATE_FIGURES_MAX];

/* Shares of one reading, and of two of which the second is the first one, as it was kept. */
static void
check_shares(void)
{
	static const struct mon_cpu_reading none;
	struct mon_cpu_share share[3];
	size_t len;

	now.has_cpu = true;
	len = mon_counters_write(&now, kept, sizeof(kept));
	MUST(len > 0 && mon_counters_read(kept, len, &back) && back.has_cpu);
	share[0] = mon_cpu_share(NULL, &now.cpu);
	share[1] = mon_cpu_share(&none, &now.cpu);
	share[2] = mon_cpu_share(&back.cpu, &now.cpu);
	for (size_t i = 0; i < 3; i++) {
		MUST(share[i].user + share[i].system + share[i].idle <= 1001);
		MUST(share[i].iowait <= share[i].idle && share[i].steal <= 1000);
		MUST(share[i].busy <= 100 * (uint64_t)now.cpu.online);
	}
	MUST(share[2].user + share[2].system + share[2].idle == 0 && share[2].busy == 0);
	MUST(share[0].user == share[1].user && share[0].idle == share[1].idle);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_place(&room, data, size);
	struct mon_cpu_procs procs;
	struct mon_load load = { { { NULL, 7 } } };
	struct mon_memory memory = { .total = 7, .used = 1000 };
	struct mon_pressure pressure = { 7, 1000 };
	struct mon_sockets_stat sockets = { 7, 1000 };
	size_t used = 0;

	if (mon_cpu_parse(p, size, &now.cpu, &procs))
		check_shares();
	/* Bytes of a state that are nothing such are not taken for it. */
	if (mon_counters_read(p, size, &back))
		MUST(mon_counters_write(&back, kept, sizeof(kept)) <= size);
	if (mon_load_parse(p, size, &load)) {
		for (size_t i = 0; i < 3; i++)
			MUST(mon_shape_check(MON_DECIMAL, load.average[i].p, load.average[i].n));
	} else {
		MUST(load.average[0].n == 7);
	}
	if (mon_memory_parse(p, size, &memory)) {
		MUST(memory.used <= memory.total && memory.swap_used <= memory.swap_total);
		MUST(memory.avail <= memory.total);
	} else {
		MUST(memory.total == 7 && memory.used == 1000);
	}
	if (!mon_pressure_parse(p, size, &pressure))
		MUST(pressure.some == 7 && pressure.full == 1000);
	if (!mon_sockets_parse_stat(p, size, &sockets))
		MUST(sockets.tcp_inuse == 7 && sockets.udp_inuse == 1000);
	MUST(mon_sockets_count_lines(p, size, &used) <= size);
	MUST(used <= size && (used == 0 || p[used - 1] == '\n'));
	MUST(used == size || memchr(p + used, '\n', size - used) == NULL);
	return 0;
}
