/* sources.c - the one table of what a sample reads; see sources.h. */
#include <errno.h>
#include <string.h>

#include "disks.h"
#include "io.h"
#include "load.h"
#include "net.h"
#include "probe.h"
#include "sources.h"

#define SOCKETS_BYTES 65536 /* of one answer of sock_diag, or one read of proc/net/tcp */

/* ---- what is told of a source that was read ---- */

static void
tell_odd(struct mon_sources *s, const char *path, size_t lines)
{
	if (lines == 0)
		return;
	s->failed = true;
	mon_trouble_name(s->troubles, MON_TROUBLE_FIGURES, path, 0,
	    "cannot understand a line of %s/%s (%zu in all), so its figures are missing",
	    s->ask->root, path, lines);
}

static void
tell_cut(struct mon_sources *s, size_t rows, const char *what, const char *order)
{
	if (rows == 0)
		return;
	s->failed = true;
	mon_trouble_name(s->troubles, MON_TROUBLE_CUT, what, 0,
	    "has no room for all %s, %zu are left out: an answer holds %d, and %s come last", what,
	    rows, MON_KIND_ROWS, order);
}

/* ---- sys and cpu ---- */

static int
read_memory(struct mon_sources *s, char *text, size_t len, size_t room)
{
	(void)room;
	s->has_memory = mon_memory_parse(text, len, &s->memory);
	if (!s->has_memory)
		return -EBADMSG;
	if (s->memory.odd) {
		s->failed = true;
		mon_trouble_name(s->troubles, MON_TROUBLE_NUMBER, "MemAvailable", 0,
		    "read in %s/proc/meminfo that more memory is available than there is: it "
		    "counts as all",
		    s->ask->root);
	}
	return 0;
}

static int
read_load(struct mon_sources *s, char *text, size_t len, size_t room)
{
	struct mon_load load;
	size_t n = 0;

	(void)room;
	if (!mon_load_parse(text, len, &load))
		return -EBADMSG;
	for (int i = 0; i < 3; i++) {
		if (n + load.average[i].n + 2 > sizeof(s->load))
			return -EBADMSG;
		if (i > 0)
			s->load[n++] = ',';
		memcpy(s->load + n, load.average[i].p, load.average[i].n);
		n += load.average[i].n;
	}
	s->load[n] = '\0';
	return 0;
}

static void
add_sys(struct mon_sources *s, const struct mon_cpu_share *share, const struct mon_cpu_procs *procs)
{
	struct mon_answer *a = s->answer;

	mon_answer_begin(a, MON_KIND_SYS);
	mon_answer_tenths(a, share->user);
	mon_answer_tenths(a, share->system);
	mon_answer_tenths(a, share->idle);
	mon_answer_bytes(a, s->load, strlen(s->load));
	mon_answer_number(a, s->memory.total);
	mon_answer_number(a, s->memory.used);
	mon_answer_number(a, s->memory.avail);
	mon_answer_number(a, s->memory.swap_total);
	mon_answer_number(a, s->memory.swap_used);
	mon_answer_number(a, procs->running);
	mon_answer_number(a, procs->blocked);
	mon_answer_end(a);
}

static void
add_cpu(struct mon_sources *s, const struct mon_cpu_share *share, uint32_t online)
{
	struct mon_answer *a = s->answer;

	mon_answer_begin(a, MON_KIND_CPU);
	mon_answer_number(a, online);
	mon_answer_hundredths(a, share->busy);
	mon_answer_tenths(a, share->iowait);
	mon_answer_tenths(a, share->steal);
	mon_answer_end(a);
}

/* Behind memory and load, with which it makes the line sys. */
static int
read_stat(struct mon_sources *s, char *text, size_t len, size_t room)
{
	const struct mon_counters *before = s->ask->before;
	struct mon_cpu_reading *cpu = &s->now->cpu;
	struct mon_cpu_procs procs;
	struct mon_cpu_share share;

	(void)room;
	s->now->has_cpu = mon_cpu_parse(text, len, cpu, &procs);
	if (!s->now->has_cpu)
		return -EBADMSG;
	share = mon_cpu_share(before != NULL && before->has_cpu ? &before->cpu : NULL, cpu);
	if (procs.known && s->has_memory && *s->load != '\0')
		add_sys(s, &share, &procs);
	if (cpu->online > 0)
		add_cpu(s, &share, cpu->online);
	return procs.known && cpu->online > 0 ? 0 : -EBADMSG;
}

/* ---- net and conn ---- */

static int
read_net(struct mon_sources *s, char *text, size_t len, size_t room)
{
	struct mon_left left = { 0, 0 };

	(void)room;
	if (!mon_net_parse(text, len, s->answer, &left))
		return -EBADMSG;
	tell_odd(s, "proc/net/dev", left.odd);
	tell_cut(s, left.cut, "network interfaces", "vif, veth, tap and vnet");
	return 0;
}

static int
read_sockets6(struct mon_sources *s, char *text, size_t len, size_t room)
{
	(void)room;
	return mon_sockets_parse_stat(text, len, &s->sockets6) ? 0 : -EBADMSG;
}

/* Behind sockstat6, which a kernel without IPv6 has not. */
static int
read_sockets(struct mon_sources *s, char *text, size_t len, size_t room)
{
	struct mon_sockets_stat v4;
	uint64_t established = 0, udp;
	int r;

	if (!mon_sockets_parse_stat(text, len, &v4))
		return -EBADMSG;
	r = mon_sockets_established(s->ask->rootfd, s->ask->live, &v4, &s->sockets6, text,
	    room < SOCKETS_BYTES ? room : SOCKETS_BYTES, &established);
	if (r < 0)
		return r;
	if (__builtin_add_overflow(v4.udp_inuse, s->sockets6.udp_inuse, &udp))
		udp = UINT64_MAX;
	mon_answer_begin(s->answer, MON_KIND_CONN);
	mon_answer_number(s->answer, established);
	mon_answer_number(s->answer, udp);
	mon_answer_end(s->answer);
	return 0;
}

/* ---- disk ---- */

static void
tell_probe(struct mon_sources *s, const struct mon_probe *probe)
{
	if (probe->hung > 0) {
		s->failed = true;
		mon_trouble_name(s->troubles, MON_TROUBLE_HUNG, probe->first, probe->unsaved,
		    "got no answer from the disk %s (%zu hang in all): it is not asked again in "
		    "this boot%s",
		    probe->first, probe->hung,
		    probe->unsaved < 0 ? ", if that can be written down; it cannot" : "");
	}
	if (probe->error < 0) {
		s->failed = true;
		mon_trouble_name(s->troubles, MON_TROUBLE_FIGURES, "helper", probe->error,
		    "cannot ask the disks by a helper, so their figures are missing");
	}
	if (probe->skipped > 0)
		mon_trouble_name(s->troubles, MON_TROUBLE_LEFT, "hung", 0,
		    "does not ask disks that hung before in this boot: %zu", probe->skipped);
}

static void
tell_disks(struct mon_sources *s, const struct mon_disks_left *left)
{
	tell_odd(s, "proc/self/mountinfo", left->rows.odd);
	tell_cut(s, left->rows.cut, "disks", "zfs and images that are always full");
	if (left->mounts) {
		s->failed = true;
		mon_trouble_name(s->troubles, MON_TROUBLE_CUT, "mounts", 0,
		    "cannot look at so many mounts (%d at most): / and /rw alone are asked",
		    MON_MOUNTS_MAX);
	}
	if (left->unsafe > 0)
		mon_trouble_name(s->troubles, MON_TROUBLE_LEFT, left->unsafe_source, 0,
		    "does not ask the disk %s at %s (%s; %zu in all), for a network or a program "
		    "answers for it or lies on the way, and may hang",
		    left->unsafe_source, left->unsafe_point, left->unsafe_type, left->unsafe);
	if (left->root)
		mon_trouble_name(s->troubles, MON_TROUBLE_LEFT, "/", 0,
		    "finds no mount at / (is this a chroot?), so how full that is stays unknown");
}

static int
read_disks(struct mon_sources *s, char *text, size_t len, size_t room)
{
	struct mon_disks_left left = { .mounts = s->cut, .served = s->ask->served };
	struct mon_probe probe = {
		.dir = s->ask->state_dir, .boot = s->ask->boot, .left_ms = s->ask->disks_ms
	};
	struct mon_str capture = { text + len, 0 };
	int r;

	if (s->ask->live) {
		mon_disks_parse(text, len, mon_probe_disks, &probe, s->answer, &left);
		tell_probe(s, &probe);
	} else {
		r = mon_io_slurp_file(
		    s->ask->rootfd, "statvfs", text + len, room - len, &capture.n);
		if (r < 0)
			return r;
		mon_disks_parse(text, len, mon_disks_capture, &capture, s->answer, &left);
	}
	tell_disks(s, &left);
	return 0;
}

/* ---- io ---- */

static int
read_io(struct mon_sources *s, char *text, size_t len, size_t room)
{
	const struct mon_counters *before = s->ask->before;
	struct mon_left left = { 0, 0 };

	(void)room;
	if (!mon_diskio_parse(text, len, before != NULL && before->has_io ? &before->io : NULL,
		&s->now->io, s->answer, &left))
		return -EBADMSG;
	s->now->has_io = true;
	tell_odd(s, "proc/diskstats", left.odd);
	tell_cut(s, left.cut, "disks that move", "those that were plugged in last");
	return 0;
}

/* ---- pressure ---- */

static int
read_pressure(struct mon_sources *s, const char *text, size_t len, struct mon_pressure *ret)
{
	if (!mon_pressure_parse(text, len, ret))
		return -EBADMSG;
	s->pressures++;
	return 0;
}

static int
read_cpu_pressure(struct mon_sources *s, char *text, size_t len, size_t room)
{
	(void)room;
	return read_pressure(s, text, len, &s->cpu_pressure);
}

static int
read_memory_pressure(struct mon_sources *s, char *text, size_t len, size_t room)
{
	(void)room;
	return read_pressure(s, text, len, &s->memory_pressure);
}

/* Behind the two others, with which it makes the line. */
static int
read_io_pressure(struct mon_sources *s, char *text, size_t len, size_t room)
{
	struct mon_answer *a = s->answer;
	struct mon_pressure io;
	int r;

	(void)room;
	if (s->pressures < 2)
		return 0; /* told of them, if it is an error */
	r = read_pressure(s, text, len, &io);
	if (r < 0)
		return r;
	mon_answer_begin(a, MON_KIND_PRESSURE);
	mon_answer_number(a, s->cpu_pressure.some);
	mon_answer_number(a, s->memory_pressure.some);
	mon_answer_number(a, s->memory_pressure.full);
	mon_answer_number(a, io.some);
	mon_answer_number(a, io.full);
	mon_answer_end(a);
	return 0;
}

/* ---- the table ---- */

/* clang-format off */
const struct mon_source mon_sources_table[] = {
	{ "proc/meminfo",         65536,            false, read_memory },
	{ "proc/loadavg",         4096,             false, read_load },
	{ "proc/stat",            MON_SOURCE_BYTES, false, read_stat },
	{ "proc/net/dev",         MON_SOURCE_BYTES, false, read_net },
	{ "proc/net/sockstat6",   65536,            true,  read_sockets6 },
	{ "proc/net/sockstat",    65536,            false, read_sockets },
	{ "proc/self/mountinfo",  MON_SOURCE_BYTES, false, read_disks },
	{ "proc/diskstats",       MON_SOURCE_BYTES, true,  read_io },
	{ "proc/pressure/cpu",    4096,             true,  read_cpu_pressure },
	{ "proc/pressure/memory", 4096,             true,  read_memory_pressure },
	{ "proc/pressure/io",     4096,             true,  read_io_pressure },
	{ NULL, 0, false, NULL },
};
/* clang-format on */
