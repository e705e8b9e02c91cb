/* counters.c - the counters that one poll keeps for the next; see counters.h. */
#include <string.h>

#include "counters.h"

/* Another layout of what follows: another number. */
#define VERSION 1

struct head {
	uint32_t version;
	uint32_t has_cpu, has_io; /* 0 or 1 */
	uint32_t online, cpus;    /* cpus: of struct mon_cpu_one, behind the head */
	uint32_t disks;           /* of struct mon_diskio_one, behind them */
	struct mon_cpu all;
};

static size_t
length(const struct head *head)
{
	return sizeof(*head) + head->cpus * sizeof(struct mon_cpu_one) +
	       head->disks * sizeof(struct mon_diskio_one);
}

bool
mon_counters_read(const char *buf, size_t len, struct mon_counters *ret)
{
	struct head head;
	size_t cpus;

	if (len < sizeof(head))
		return false;
	memcpy(&head, buf, sizeof(head));
	if (head.version != VERSION || head.has_cpu > 1 || head.has_io > 1 ||
	    head.cpus > MON_CPUS_MAX || head.disks > MON_KIND_ROWS || len != length(&head))
		return false;
	cpus = head.cpus * sizeof(struct mon_cpu_one);
	ret->has_cpu = head.has_cpu == 1;
	ret->has_io = head.has_io == 1;
	ret->cpu.all = head.all;
	ret->cpu.online = head.online;
	ret->cpu.kept = head.cpus;
	memcpy(ret->cpu.each, buf + sizeof(head), cpus);
	ret->io.n = head.disks;
	memcpy(ret->io.disk, buf + sizeof(head) + cpus, len - sizeof(head) - cpus);
	return true;
}

size_t
mon_counters_write(const struct mon_counters *counters, char *dst, size_t cap)
{
	struct head head = { .version = VERSION };
	size_t cpus;

	if (counters->has_cpu) {
		head.has_cpu = 1;
		head.online = counters->cpu.online;
		head.cpus = counters->cpu.kept;
		head.all = counters->cpu.all;
	}
	if (counters->has_io) {
		head.has_io = 1;
		head.disks = counters->io.n;
	}
	if (length(&head) > cap)
		return 0;
	cpus = head.cpus * sizeof(struct mon_cpu_one);
	memcpy(dst, &head, sizeof(head));
	memcpy(dst + sizeof(head), counters->cpu.each, cpus);
	memcpy(dst + sizeof(head) + cpus, counters->io.disk,
	    head.disks * sizeof(struct mon_diskio_one));
	return length(&head);
}
