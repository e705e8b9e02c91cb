/* fuzz_proc.c - the small files of /proc, each parser on each input: untouched, or in bounds. */
#include "cpu.h"
#include "fuzz.h"
#include "load.h"
#include "memory.h"
#include "shape.h"
#include "sockets.h"

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_place(&room, data, size);
	struct mon_cpu_stat stat = { .procs_running = 7 };
	struct mon_load load = { { { NULL, 7 } } };
	struct mon_memory memory = { .total = 7, .used = 1000 };
	struct mon_sockets_stat sockets = { 7, 1000 };
	size_t used = 0;

	if (mon_cpu_parse(p, size, &stat)) {
		struct mon_cpu none = { { 0 } };
		struct mon_cpu_share share[3] = { mon_cpu_share(NULL, &stat.cpu),
			mon_cpu_share(&none, &stat.cpu), mon_cpu_share(&stat.cpu, &stat.cpu) };

		for (size_t i = 0; i < 3; i++)
			MUST(share[i].user + share[i].system + share[i].idle <= 1001);
		MUST(share[2].user + share[2].system + share[2].idle == 0);
		MUST(share[0].user == share[1].user && share[0].idle == share[1].idle);
	} else {
		MUST(stat.procs_running == 7);
	}
	if (mon_load_parse(p, size, &load)) {
		for (size_t i = 0; i < 3; i++)
			MUST(mon_shape_check(MON_DECIMAL, load.average[i].p, load.average[i].n));
	} else {
		MUST(load.average[0].n == 7);
	}
	if (mon_memory_parse(p, size, &memory))
		MUST(memory.used <= memory.total && memory.swap_used <= memory.swap_total);
	else
		MUST(memory.total == 7 && memory.used == 1000);
	if (!mon_sockets_parse_stat(p, size, &sockets))
		MUST(sockets.tcp_inuse == 7 && sockets.udp_inuse == 1000);
	MUST(mon_sockets_count_lines(p, size, &used) <= size);
	MUST(used <= size && (used == 0 || p[used - 1] == '\n'));
	MUST(used == size || memchr(p + used, '\n', size - used) == NULL);
	return 0;
}
