/* figures.c - all figures of one sample; see figures.h. */
#include <errno.h>

#include "disks.h"
#include "figures.h"
#include "io.h"
#include "load.h"
#include "memory.h"
#include "net.h"
#include "sockets.h"

#define SCRATCH_BYTES 1048576 /* for one file of /proc: mountinfo of MON_MOUNTS_MAX mounts fits */
#define NET_BYTES 32768 /* of proc/net/dev: MON_KIND_ROWS interfaces fit, the rest is not wanted */
#define SOCKETS_BYTES 65536 /* of one answer of sock_diag, or one read of proc/net/tcp */

struct figures {
	const struct mon_figures_ask *ask;
	struct mon_cpu *cpu;
	struct mon_answer *answer;
	struct mon_report *report;
	bool failed;
};

static char scratch[SCRATCH_BYTES];

static void
fail(struct figures *f, int err, const char *what)
{
	f->failed = true;
	mon_report_add(f->report, MON_REPORT_FIGURES, err,
	    "cannot read %s/%s, so its figures are missing", f->ask->root, what);
}

/* Read a file of the root into scratch.  Return false after it was reported. */
static bool
slurp(struct figures *f, const char *path, size_t cap, size_t *ret)
{
	int r = mon_io_slurp(f->ask->rootfd, path, scratch, cap, ret);

	if (r == -EFBIG) {
		/* What is wanted stands at the start; a line that is cut off is dropped. */
		*ret = cap - 1;
		r = 0;
	}
	if (r < 0)
		fail(f, r, path);
	return r == 0;
}

static bool
read_cpu(struct figures *f, struct mon_cpu_stat *ret)
{
	size_t len = 0;

	if (!slurp(f, "proc/stat", sizeof(scratch), &len))
		return false;
	if (!mon_cpu_parse(scratch, len, ret)) {
		fail(f, EBADMSG, "proc/stat");
		return false;
	}
	return true;
}

static bool
read_memory(struct figures *f, struct mon_memory *ret)
{
	size_t len = 0;

	if (!slurp(f, "proc/meminfo", sizeof(scratch), &len))
		return false;
	if (!mon_memory_parse(scratch, len, ret)) {
		fail(f, EBADMSG, "proc/meminfo");
		return false;
	}
	return true;
}

/* The strings in ${ret} stay good until scratch is used again. */
static bool
read_load(struct figures *f, struct mon_load *ret)
{
	size_t len = 0;

	if (!slurp(f, "proc/loadavg", sizeof(scratch), &len))
		return false;
	if (!mon_load_parse(scratch, len, ret)) {
		fail(f, EBADMSG, "proc/loadavg");
		return false;
	}
	return true;
}

static void
add_system(struct figures *f)
{
	struct mon_answer *a = f->answer;
	struct mon_cpu_stat stat;
	struct mon_cpu_share share;
	struct mon_memory memory;
	struct mon_load load;

	if (!read_cpu(f, &stat) || !read_memory(f, &memory) || !read_load(f, &load))
		return;
	share = mon_cpu_share(f->ask->before, &stat.cpu);
	*f->cpu = stat.cpu;
	mon_answer_begin(a, MON_KIND_SYS);
	mon_answer_tenths(a, share.user);
	mon_answer_tenths(a, share.system);
	mon_answer_tenths(a, share.idle);
	for (int i = 0; i < 3; i++)
		mon_answer_bytes(a, load.average[i].p, load.average[i].n);
	mon_answer_number(a, memory.total);
	mon_answer_number(a, memory.used);
	mon_answer_number(a, memory.avail);
	mon_answer_number(a, memory.swap_total);
	mon_answer_number(a, memory.swap_used);
	mon_answer_number(a, stat.procs_running);
	mon_answer_number(a, stat.procs_blocked);
	mon_answer_end(a);
}

static void
add_net(struct figures *f)
{
	size_t len = 0;

	if (slurp(f, "proc/net/dev", NET_BYTES, &len) && !mon_net_parse(scratch, len, f->answer))
		fail(f, EBADMSG, "proc/net/dev");
}

static void
add_sockets(struct figures *f)
{
	struct mon_sockets sockets;
	int r = mon_sockets_read(f->ask->rootfd, f->ask->live, scratch, SOCKETS_BYTES, &sockets);

	if (r < 0) {
		fail(f, r, "proc/net (sockstat, tcp)");
		return;
	}
	mon_answer_begin(f->answer, MON_KIND_CONN);
	mon_answer_number(f->answer, sockets.tcp_established);
	mon_answer_number(f->answer, sockets.udp);
	mon_answer_end(f->answer);
}

static void
add_disks(struct figures *f)
{
	int r = mon_disks_read(f->ask->rootfd, f->ask->live, scratch, sizeof(scratch), f->answer);

	if (r < 0)
		fail(f, r, "proc/self/mountinfo");
}

bool
mon_figures_add(const struct mon_figures_ask *ask, struct mon_cpu *ret_cpu,
    struct mon_answer *answer, struct mon_report *report)
{
	struct figures f = { .ask = ask, .cpu = ret_cpu, .answer = answer, .report = report };

	add_system(&f);
	add_net(&f);
	add_sockets(&f);
	add_disks(&f);
	return !f.failed;
}
