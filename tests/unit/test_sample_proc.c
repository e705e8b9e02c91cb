/* test_sample_proc.c - the readers of /proc: cpu, memory, load, net, sockets, diskio, pressure, what is
 * kept of them, and scan below them. */
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "check.h"
#include "counters.h"
#include "cpu.h"
#include "diskio.h"
#include "load.h"
#include "memory.h"
#include "net.h"
#include "pressure.h"
#include "scan.h"
#include "sockets.h"
#include "wire.h"

/* ---- scan ---- */

static const struct {
	const char *what, *text;
	size_t len;
	bool ok;
	uint64_t want;
} numbers[] = {
	{ "a digit", L("7"), true, 7 },
	{ "blanks before", L(" \t 42"), true, 42 },
	{ "a word behind", L("42 kB"), true, 42 },
	{ "the largest", L("18446744073709551615"), true, UINT64_MAX },
	{ "one past the largest", L("18446744073709551616"), false, 0 },
	{ "ten times the largest", L("184467440737095516150"), false, 0 },
	{ "minus", L("-1"), false, 0 },
	{ "plus", L("+1"), false, 0 },
	{ "letters behind", L("12x"), false, 0 },
	{ "a NUL inside", L("1\0002"), false, 0 },
	{ "hexadecimal", L("0x1"), false, 0 },
	{ "nothing", L(""), false, 0 },
	{ "blanks only", L("   "), false, 0 },
};

static void
reads_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(numbers); i++) {
		char *exact = check_dup(numbers[i].text, numbers[i].len);
		struct mon_scan s = { exact, exact + numbers[i].len };
		uint64_t n;

		check_fill(&n, sizeof(n));
		CHECK_EQ(mon_scan_number(&s, &n), numbers[i].ok, "%s", numbers[i].what);
		if (numbers[i].ok)
			CHECK(n == numbers[i].want, "%s", numbers[i].what);
		else
			CHECK(check_untouched(&n, sizeof(n)), "%s", numbers[i].what);
		free(exact);
	}
	check_done();
}

static void
cuts_lines(void **state)
{
	static const char text[] = "one\n\ntwo\ncut off";
	char *exact = check_dup(text, sizeof(text) - 1);
	struct mon_scan s = { exact, exact + sizeof(text) - 1 }, line;

	(void)state;
	CHECK(mon_scan_line(&s, &line) && line.end - line.p == 3, "the first");
	CHECK(mon_scan_line(&s, &line) && line.end == line.p, "an empty one");
	CHECK(mon_scan_line(&s, &line) && memcmp(line.p, "two", 3) == 0, "the third");
	check_fill(&line, sizeof(line));
	CHECK(!mon_scan_line(&s, &line), "one without LF is no line");
	CHECK(check_untouched(&line, sizeof(line)), "untouched");
	free(exact);
	check_done();
}

/* ---- cpu ---- */

#define PROCS "procs_running 3\nprocs_blocked 1\n"

static const struct {
	const char *what, *text;
	size_t len;
	bool ok, procs;
	uint64_t user, steal;
	uint32_t online, kept;
} stats[] = {
	/* clang-format off */
	{ "a usual one", L("cpu  10 1 2 3 4 5 6 7 8 9\ncpu0 1 1 1 1\nintr 5 0 0\n" PROCS), true, true, 10, 7, 1, 1 },
	{ "two processors", L("cpu  10 1 2 3\ncpu0 1 1 1 1\ncpu3 1 1 1 1\n" PROCS), true, true, 10, 0, 2, 2 },
	{ "four fields, as Linux 2.4", L("cpu  10 1 2 3\n" PROCS), true, true, 10, 0, 0, 0 },
	{ "a field of a later kernel", L("cpu  10 1 2 3 4 5 6 7 8 9 10 11\n" PROCS), true, true, 10, 7, 0, 0 },
	{ "three fields", L("cpu  10 1 2\n" PROCS), false, true, 0, 0, 0, 0 },
	{ "a letter in a field", L("cpu  10 1 2 3 4 x\n" PROCS), false, true, 0, 0, 0, 0 },
	{ "minus in a field", L("cpu  10 -1 2 3 4\n" PROCS), false, true, 0, 0, 0, 0 },
	{ "only cpu0", L("cpu0 10 1 2 3 4\n" PROCS), false, true, 0, 0, 0, 0 },
	{ "an odd cpu1: the sum must do", L("cpu  10 1 2 3\ncpu0 1 1 1 1\ncpu1 x\n" PROCS), true, true, 10, 0, 2, 0 },
	{ "processors not in order", L("cpu  10 1 2 3\ncpu1 1 1 1 1\ncpu0 1 1 1 1\n" PROCS), true, true, 10, 0, 2, 0 },
	{ "no procs_running", L("cpu  10 1 2 3 4\nprocs_blocked 1\n"), true, false, 10, 0, 0, 0 },
	{ "no procs_blocked", L("cpu  10 1 2 3 4\nprocs_running 1\n"), true, false, 10, 0, 0, 0 },
	{ "the last line is cut off", L("cpu  10 1 2 3 4\nprocs_running 1\nprocs_blocked 1"), true, false, 10, 0, 0, 0 },
	{ "empty", L(""), false, false, 0, 0, 0, 0 },
	/* clang-format on */
};

static struct mon_cpu_reading reading, older;

static void
parses_stat(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(stats); i++) {
		char *exact = check_dup(stats[i].text, stats[i].len);
		struct mon_cpu_procs procs;
		const char *what = stats[i].what;

		CHECK_EQ(
		    mon_cpu_parse(exact, stats[i].len, &reading, &procs), stats[i].ok, "%s", what);
		if (stats[i].ok) {
			CHECK_EQ(reading.all.ticks[MON_CPU_USER], stats[i].user, "%s", what);
			CHECK_EQ(reading.all.ticks[MON_CPU_STEAL], stats[i].steal, "%s", what);
			CHECK_EQ(reading.online, stats[i].online, "%s", what);
			CHECK_EQ(reading.kept, stats[i].kept, "%s", what);
			CHECK_EQ(procs.known, stats[i].procs, "%s", what);
		}
		if (stats[i].ok && stats[i].procs) {
			CHECK_EQ(procs.running, 3, "%s", what);
			CHECK_EQ(procs.blocked, 1, "%s", what);
		}
		free(exact);
	}
	check_done();
}

/* More processors than are kept: they are counted, and the sum must do. */
static void
keeps_so_many_processors(void **state)
{
	static char text[(MON_CPUS_MAX + 10) * 32];
	struct mon_cpu_procs procs;
	size_t len = 0;

	(void)state;
	len += (size_t)snprintf(text, sizeof(text), "cpu  1 1 1 1\n");
	for (int i = 0; i < MON_CPUS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "cpu%d 1 1 1 1\n", i);
	CHECK(mon_cpu_parse(text, len, &reading, &procs), "as many as are kept");
	CHECK_EQ(reading.kept, MON_CPUS_MAX, "all");
	len += (size_t)snprintf(text + len, sizeof(text) - len, "cpu%d 1 1 1 1\n", MON_CPUS_MAX);
	CHECK(mon_cpu_parse(text, len, &reading, &procs), "one more");
	CHECK_EQ(reading.online, MON_CPUS_MAX + 1, "all are counted");
	CHECK_EQ(reading.kept, 0, "none is kept");
	check_done();
}

#define MAX UINT64_MAX
static const struct {
	const char *what;
	bool boot; /* there is no reading before */
	uint64_t before[MON_CPU_FIELDS], now[MON_CPU_FIELDS];
	unsigned user, system, idle;
} shares[] = {
	/*                                 user nice sys idle iow irq soft steal */
	{ "since boot", true, { 0 }, { 20, 5, 10, 900, 50, 3, 2, 10 }, 25, 15, 950 },
	{ "since the last", false, { 100, 0, 0, 100, 0, 0, 0, 0 }, { 110, 0, 0, 190, 0, 0, 0, 0 },
	    100, 0, 900 },
	{ "nice is user", false, { 0 }, { 0, 50, 0, 50, 0, 0, 0, 0 }, 500, 0, 500 },
	{ "irq and softirq are system", false, { 0 }, { 0, 0, 10, 70, 0, 10, 10, 0 }, 0, 300, 700 },
	{ "iowait is idle", false, { 0 }, { 0, 0, 0, 50, 50, 0, 0, 0 }, 0, 0, 1000 },
	{ "steal is in none", false, { 0 }, { 25, 0, 25, 25, 0, 0, 0, 25 }, 250, 250, 250 },
	{ "no time passed", false, { 5, 5, 5, 5, 5, 5, 5, 5 }, { 5, 5, 5, 5, 5, 5, 5, 5 }, 0, 0,
	    0 },
	{ "iowait went back", false, { 0, 0, 0, 0, 100, 0, 0, 0 }, { 50, 0, 0, 50, 90, 0, 0, 0 },
	    500, 0, 500 },
	{ "all went back", false, { 9, 9, 9, 9, 9, 9, 9, 9 }, { 1, 1, 1, 1, 1, 1, 1, 1 }, 0, 0, 0 },
	{ "half a tenth rounds up", false, { 0 }, { 1, 0, 0, 1999, 0, 0, 0, 0 }, 1, 0, 1000 },
	{ "less rounds down", false, { 0 }, { 1, 0, 0, 2001, 0, 0, 0, 0 }, 0, 0, 1000 },
	{ "counters as large as can be", true, { 0 }, { MAX, MAX, MAX, MAX, MAX, MAX, MAX, MAX },
	    250, 375, 250 },
};

static void
shares_the_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(shares); i++) {
		struct mon_cpu_share got;

		/* By the sum, as after an upgrade. */
		older.kept = reading.kept = 0;
		memcpy(older.all.ticks, shares[i].before, sizeof(older.all.ticks));
		memcpy(reading.all.ticks, shares[i].now, sizeof(reading.all.ticks));
		got = mon_cpu_share(shares[i].boot ? NULL : &older, &reading);
		CHECK_EQ(got.user, shares[i].user, "%s", shares[i].what);
		CHECK_EQ(got.system, shares[i].system, "%s", shares[i].what);
		CHECK_EQ(got.idle, shares[i].idle, "%s", shares[i].what);
	}
	check_done();
}

/* Readings of up to three processors as /proc/stat prints them, and what is made of two. */
static const struct {
	const char *what, *before, *now;
	struct mon_cpu_share want;
} pairs[] = {
	/* clang-format off */
	{ "two processors, one of them busy",
	  "cpu  100 0 0 100\ncpu0 50 0 0 50\ncpu1 50 0 0 50\n",
	  "cpu  200 0 0 200\ncpu0 150 0 0 50\ncpu1 50 0 0 150\n",
	  { 500, 0, 500, 0, 0, 100 } },
	{ "iowait and steal",
	  "cpu  0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\n",
	  "cpu  10 0 10 40 30 0 0 10\ncpu0 10 0 10 40 30 0 0 10\n",
	  { 100, 100, 700, 300, 100, 20 } },
	{ "one came back, its idle time began anew: the other counts",
	  "cpu  4000 0 2000 400000\ncpu0 2000 0 1000 200000\ncpu1 2000 0 1000 200000\n",
	  "cpu  4020 0 2010 202050\ncpu0 2010 0 1005 201000\ncpu1 2010 0 1005 1050\n",
	  { 10, 5, 985, 0, 0, 3 } },
	{ "one went: the other counts, and the work of both",
	  "cpu  0 0 0 2000\ncpu0 0 0 0 1000\ncpu1 0 0 0 1000\n",
	  "cpu  700 0 0 2600\ncpu0 500 0 0 1500\n",
	  { 500, 0, 500, 0, 0, 70 } },
	{ "one that was not there: the other counts",
	  "cpu  0 0 0 1000\ncpu1 0 0 0 1000\n",
	  "cpu  100 0 0 100900\ncpu0 0 0 0 99000\ncpu1 100 0 0 1900\n",
	  { 100, 0, 900, 0, 0, 10 } },
	{ "a little iowait went back on one: it still counts",
	  "cpu  0 0 0 0 60\ncpu0 0 0 0 0 30\ncpu1 0 0 0 0 30\n",
	  "cpu  100 0 0 100 55\ncpu0 100 0 0 0 30\ncpu1 0 0 0 100 25\n",
	  { 500, 0, 500, 0, 0, 100 } },
	{ "all came back: the sum counts",
	  "cpu  100 0 0 5000\ncpu0 100 0 0 5000\n",
	  "cpu  200 0 0 5900\ncpu0 200 0 0 10\n",
	  { 100, 0, 900, 0, 0, 10 } },
	{ "a snapshot was restored: all went back",
	  "cpu  100 0 0 5000\ncpu0 100 0 0 5000\n",
	  "cpu  50 0 0 2000\ncpu0 50 0 0 2000\n",
	  { 0, 0, 0, 0, 0, 0 } },
	/* clang-format on */
};

static void
leaves_out_who_came_or_went(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(pairs); i++) {
		const struct mon_cpu_share *want = &pairs[i].want;
		struct mon_cpu_procs procs;
		struct mon_cpu_share got;

		CHECK(mon_cpu_parse(pairs[i].before, strlen(pairs[i].before), &older, &procs) &&
			  mon_cpu_parse(pairs[i].now, strlen(pairs[i].now), &reading, &procs),
		    "%s", pairs[i].what);
		got = mon_cpu_share(&older, &reading);
		CHECK_EQ(got.user, want->user, "%s", pairs[i].what);
		CHECK_EQ(got.system, want->system, "%s", pairs[i].what);
		CHECK_EQ(got.idle, want->idle, "%s", pairs[i].what);
		CHECK_EQ(got.iowait, want->iowait, "%s", pairs[i].what);
		CHECK_EQ(got.steal, want->steal, "%s", pairs[i].what);
		CHECK_EQ(got.busy, want->busy, "%s", pairs[i].what);
	}
	check_done();
}

/* ---- memory ---- */

static const struct {
	const char *what, *text;
	size_t len;
	bool ok;
	struct mon_memory want;
} memories[] = {
	{ "the formula",
	    L("MemTotal: 1000 kB\nMemFree: 300 kB\nMemAvailable: 550 kB\nBuffers: 20 kB\n"
	      "Cached: 200 kB\nSwapCached: 99 kB\nSwapTotal: 500 kB\nSwapFree: 400 kB\n"
	      "Shmem: 50 kB\nSReclaimable: 30 kB\n"),
	    true, { 1000, 450, 550, 500, 100, false } },
	{ "more is available than there is",
	    L("MemTotal: 1000 kB\nMemFree: 300 kB\nMemAvailable: 18446744073709551000 kB\n"), true,
	    { 1000, 700, 1000, 0, 0, true } },
	{ "no swap lines", L("MemTotal: 1000 kB\nMemFree: 300 kB\nMemAvailable: 550 kB\n"), true,
	    { 1000, 700, 550, 0, 0, false } },
	{ "no MemAvailable",
	    L("MemTotal: 1000 kB\nMemFree: 300 kB\nBuffers: 20 kB\nCached: 200 kB\n"
	      "Shmem: 50 kB\nSReclaimable: 30 kB\n"),
	    true, { 1000, 450, 500, 0, 0, false } },
	{ "no MemAvailable, more than all", L("MemTotal: 10 kB\nMemFree: 9 kB\nCached: 9 kB\n"),
	    true, { 10, 0, 10, 0, 0, false } },
	{ "caches larger than what is not free",
	    L("MemTotal: 10 kB\nMemFree: 9 kB\nMemAvailable: 9 kB\nCached: 5 kB\n"), true,
	    { 10, 0, 9, 0, 0, false } },
	{ "more swap free than there is",
	    L("MemTotal: 10 kB\nMemFree: 9 kB\nMemAvailable: 9 kB\nSwapTotal: 1 kB\nSwapFree: 2 "
	      "kB\n"),
	    true, { 10, 1, 9, 1, 0, false } },
	{ "figures as large as can be",
	    L("MemTotal: 18446744073709551615 kB\nMemFree: 18446744073709551615 kB\n"
	      "Cached: 18446744073709551615 kB\nBuffers: 1 kB\n"),
	    true, { MAX, 0, MAX, 0, 0, false } },
	{ "no MemFree", L("MemTotal: 1000 kB\n"), false, { 0 } },
	{ "no MemTotal", L("MemFree: 1000 kB\n"), false, { 0 } },
	{ "no number", L("MemTotal: kB\nMemFree: 1 kB\n"), false, { 0 } },
	{ "a minus", L("MemTotal: 10 kB\nMemFree: -1 kB\n"), false, { 0 } },
	{ "the last line is cut off", L("MemTotal: 1000 kB\nMemFree: 30"), false, { 0 } },
	{ "empty", L(""), false, { 0 } },
};

static void
parses_meminfo(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(memories); i++) {
		char *exact = check_dup(memories[i].text, memories[i].len);
		const struct mon_memory *want = &memories[i].want;
		struct mon_memory got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_memory_parse(exact, memories[i].len, &got), memories[i].ok, "%s",
		    memories[i].what);
		if (memories[i].ok) {
			CHECK_EQ(got.total, want->total, "%s", memories[i].what);
			CHECK_EQ(got.used, want->used, "%s", memories[i].what);
			CHECK_EQ(got.avail, want->avail, "%s", memories[i].what);
			CHECK_EQ(got.odd, want->odd, "%s", memories[i].what);
			CHECK_EQ(got.swap_total, want->swap_total, "%s", memories[i].what);
			CHECK_EQ(got.swap_used, want->swap_used, "%s", memories[i].what);
		} else {
			CHECK(check_untouched(&got, sizeof(got)), "%s", memories[i].what);
		}
		free(exact);
	}
	check_done();
}

/* ---- load ---- */

static const struct {
	const char *what, *text;
	size_t len;
	bool ok;
} loads[] = {
	{ "a usual one", L("0.37 0.28 0.22 2/412 4711\n"), true },
	{ "a high one", L("1234.56 0.00 10.00 2/412 4711\n"), true },
	{ "two figures", L("0.37 0.28\n"), false },
	{ "a minus", L("-0.37 0.28 0.22 2/412 4711\n"), false },
	{ "a comma", L("0,37 0.28 0.22 2/412 4711\n"), false },
	{ "without LF", L("0.37 0.28 0.22"), false },
	{ "empty", L(""), false },
};

static void
parses_loadavg(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(loads); i++) {
		char *exact = check_dup(loads[i].text, loads[i].len);
		struct mon_load got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(
		    mon_load_parse(exact, loads[i].len, &got), loads[i].ok, "%s", loads[i].what);
		if (!loads[i].ok)
			CHECK(check_untouched(&got, sizeof(got)), "%s", loads[i].what);
		else
			CHECK(got.average[0].p == exact, "%s", loads[i].what);
		free(exact);
	}
	check_done();
}

/* ---- net ---- */

#define NET_HEAD                                                                                   \
	"Inter-|   Receive                                                |  Transmit\n"           \
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs " \
	"drop fifo colls carrier compressed\n"

static const struct {
	const char *what, *text;
	size_t len;
	bool ok;
	const char *want;
} nets[] = {
	{ "two interfaces",
	    L(NET_HEAD "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
		       "  eth0: 17 2 0 0 5 6 7 8 18 10 0 0 13 14 15 16\n"),
	    true, "net: lo,1,3,4,9,11,12\nnet: eth0,17,0,0,18,0,0\n" },
	{ "no blank behind the colon",
	    L(NET_HEAD "eth0:1234567 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"), true,
	    "net: eth0,1234567,3,4,9,11,12\n" },
	{ "a comma and a formula in the name",
	    L(NET_HEAD "=a,b: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"), true,
	    "net: \\075a\\054b,1,3,4,9,11,12\n" },
	{ "bytes that are no UTF-8", L(NET_HEAD "\377e: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
	    true, "net: \\377e,1,3,4,9,11,12\n" },
	{ "too few columns", L(NET_HEAD "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n"), true, "" },
	{ "a counter that is none", L(NET_HEAD "eth0: x 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
	    true, "" },
	{ "a counter past 2^63-1",
	    L(NET_HEAD "a: 9223372036854775808 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
		       "b: 9223372036854775807 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
	    true,
	    "net: a,9223372036854775807,3,4,9,11,12\nnet: b,9223372036854775807,3,4,9,11,12\n" },
	{ "no name", L(NET_HEAD ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"), true, "" },
	{ "no colon", L(NET_HEAD "eth0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"), true, "" },
	{ "the last line is cut off", L(NET_HEAD "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"),
	    true, "" },
	{ "no interface", L(NET_HEAD), true, "" },
	{ "another file", L("cpu 1 2 3\nlo: 1\n"), false, "" },
	{ "empty", L(""), false, "" },
};

static struct mon_answer answer;

static void
parses_net_dev(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(nets); i++) {
		char *exact = check_dup(nets[i].text, nets[i].len);

		struct mon_left left = { 0, 0 };

		mon_answer_reset(&answer);
		CHECK_EQ(mon_net_parse(exact, nets[i].len, &answer, &left), nets[i].ok, "%s",
		    nets[i].what);
		CHECK_EQ(answer.large, strstr(nets[i].text, "808") != NULL, "%s", nets[i].what);
		CHECK_EQ(left.cut, 0, "%s", nets[i].what);
		CHECK(answer.len == strlen(nets[i].want) &&
			  memcmp(answer.buf, nets[i].want, answer.len) == 0,
		    "%s: got %.*s", nets[i].what, (int)answer.len, answer.buf);
		free(exact);
	}
	check_done();
}

/* eth0 stands behind 500 others: it is never what is cut. */
static void
cuts_interfaces_of_others_first(void **state)
{
	static char text[65536];
	static const char want[] = "net: eth0,7,3,4,9,11,12\nnet: wg0,8,3,4,9,11,12\nnet: vif0,0,";
	struct mon_left left = { 0, 0 };
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", NET_HEAD);

	(void)state;
	for (int i = 0; i < 500; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "vif%d: %d 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", i, i);
	len += (size_t)snprintf(text + len, sizeof(text) - len,
	    "wg0: 8 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
	    "eth0: 7 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
	mon_answer_reset(&answer);
	CHECK(mon_net_parse(text, len, &answer, &left), "502 interfaces");
	CHECK_EQ(answer.lines, MON_KIND_ROWS, "as many as a kind may have");
	CHECK_EQ(left.cut, 502 - MON_KIND_ROWS, "the others are counted");
	CHECK(memcmp(answer.buf, want, sizeof(want) - 1) == 0, "%.60s", answer.buf);
	check_done();
}

/* ---- sockets ---- */

static const struct {
	const char *what, *text;
	size_t len;
	bool ok;
	uint64_t tcp, udp;
} sockstats[] = {
	{ "IPv4",
	    L("sockets: used 13\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 260\nUDP: inuse 4 mem 0\n"
	      "UDPLITE: inuse 9\nRAW: inuse 0\n"),
	    true, 1, 4 },
	{ "IPv6", L("TCP6: inuse 7\nUDP6: inuse 0\nUDPLITE6: inuse 9\n"), true, 7, 0 },
	{ "no UDP", L("TCP: inuse 1 orphan 0\nUDPLITE: inuse 9\n"), false, 0, 0 },
	{ "no TCP", L("UDP: inuse 1\n"), false, 0, 0 },
	{ "no number", L("TCP: inuse x\nUDP: inuse 1\n"), false, 0, 0 },
	{ "empty", L(""), false, 0, 0 },
};

static void
parses_sockstat(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(sockstats); i++) {
		char *exact = check_dup(sockstats[i].text, sockstats[i].len);
		struct mon_sockets_stat got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_sockets_parse_stat(exact, sockstats[i].len, &got), sockstats[i].ok,
		    "%s", sockstats[i].what);
		if (sockstats[i].ok) {
			CHECK_EQ(got.tcp_inuse, sockstats[i].tcp, "%s", sockstats[i].what);
			CHECK_EQ(got.udp_inuse, sockstats[i].udp, "%s", sockstats[i].what);
		} else {
			CHECK(check_untouched(&got, sizeof(got)), "%s", sockstats[i].what);
		}
		free(exact);
	}
	check_done();
}

#define TCP_HEAD "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n"

static const struct {
	const char *what, *text;
	size_t len;
	uint64_t want;
	size_t used;
} tcps[] = {
	{ "one of two",
	    L(TCP_HEAD "   0: 0100007F:0277 00000000:0000 0A 0:0\n   1: 0:1 0:2 01 0:0\n"), 1,
	    sizeof(TCP_HEAD "   0: 0100007F:0277 00000000:0000 0A 0:0\n   1: 0:1 0:2 01 0:0\n") -
		1 },
	{ "a cut line is kept for later", L(TCP_HEAD "   0: 0:1 0:2 01 0:0\n   1: 0:1 0:2 01"), 1,
	    sizeof(TCP_HEAD "   0: 0:1 0:2 01 0:0\n") - 1 },
	{ "another state", L("0: 0:1 0:2 011 0:0\n1: 0:1 0:2 1 0:0\n2: 0:1 01 02\n"), 0,
	    sizeof("0: 0:1 0:2 011 0:0\n1: 0:1 0:2 1 0:0\n2: 0:1 01 02\n") - 1 },
	{ "no line", L("0: 0:1 0:2 01"), 0, 0 },
	{ "empty", L(""), 0, 0 },
};

static void
counts_lines_of_tcp(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(tcps); i++) {
		char *exact = check_dup(tcps[i].text, tcps[i].len);
		size_t used = 99;

		CHECK_EQ(mon_sockets_count_lines(exact, tcps[i].len, &used), tcps[i].want, "%s",
		    tcps[i].what);
		CHECK_EQ(used, tcps[i].used, "%s", tcps[i].what);
		free(exact);
	}
	check_done();
}

/* ---- pressure ---- */

#define AVERAGES " avg10=0.00 avg60=1.50 avg300=0.10 "

static const struct {
	const char *what, *text;
	size_t len;
	bool ok;
	uint64_t some, full;
} pressures[] = {
	/* clang-format off */
	{ "a usual one", L("some" AVERAGES "total=5\nfull" AVERAGES "total=3\n"), true, 5, 3 },
	{ "cpu before Linux 5.13: no full", L("some" AVERAGES "total=5\n"), true, 5, 0 },
	{ "the largest", L("some total=18446744073709551615\n"), true, UINT64_MAX, 0 },
	{ "no some", L("full" AVERAGES "total=3\n"), false, 0, 0 },
	{ "no total", L("some" AVERAGES "\n"), false, 0, 0 },
	{ "another word that ends so", L("some subtotal=5\n"), false, 0, 0 },
	{ "no number", L("some total=x\n"), false, 0, 0 },
	{ "full without total", L("some total=1\nfull\n"), false, 0, 0 },
	{ "the line is cut off", L("some total=1"), false, 0, 0 },
	{ "empty", L(""), false, 0, 0 },
	/* clang-format on */
};

static void
parses_pressure(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(pressures); i++) {
		char *exact = check_dup(pressures[i].text, pressures[i].len);
		struct mon_pressure got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_pressure_parse(exact, pressures[i].len, &got), pressures[i].ok, "%s",
		    pressures[i].what);
		if (pressures[i].ok)
			CHECK(got.some == pressures[i].some && got.full == pressures[i].full, "%s",
			    pressures[i].what);
		else
			CHECK(check_untouched(&got, sizeof(got)), "%s", pressures[i].what);
		free(exact);
	}
	check_done();
}

/* ---- diskio ---- */

static struct mon_diskio was, now;

/* Each text against the one before it, in turn. */
static const struct {
	const char *what, *text, *want;
	size_t odd;
} stats_of_disks[] = {
	/* clang-format off */
	{ "the first time: whole disks, once",
	  "   7       0 loop0 9 9 9 9 9 9 9 9 9 9 9\n"
	  "   1       0 ram0 9 9 9 9 9 9 9 9 9 9 9\n"
	  " 202       0 xvda 1 99 2 3 4 99 5 6 99 7 99\n"
	  " 202       1 xvda1 9 9 9 9 9 9 9 9 9 9 9\n"
	  " 202       3 xvda3 9 9 9 9 9 9 9 9 9 9 9\n"
	  " 202      16 xvdb 0 0 0 0 0 0 0 0 0 0 0\n"
	  " 253       0 dm-0 9 9 9 9 9 9 9 9 9 9 9\n"
	  "   9     127 md127 9 9 9 9 9 9 9 9 9 9 9\n"
	  " 252       0 zram0 9 9 9 9 9 9 9 9 9 9 9\n",
	  "io: xvda,1,1024,3,4,2560,6,7\nio: xvdb,0,0,0,0,0,0,0\n", 0 },
	{ "nothing moved", " 202 0 xvda 1 99 2 3 4 99 5 6 99 7 99\n 202 16 xvdb 0 0 0 0 0 0 0 0 0 0 0\n", "", 0 },
	{ "one moved", " 202 0 xvda 1 99 2 3 4 99 5 6 99 7 99\n 202 16 xvdb 1 0 8 0 0 0 0 0 0 0 0\n",
	  "io: xvdb,1,4096,0,0,0,0,0\n", 0 },
	{ "it stopped: once more", " 202 0 xvda 1 99 2 3 4 99 5 6 99 7 99\n 202 16 xvdb 1 0 8 0 0 0 0 0 0 0 0\n",
	  "io: xvdb,1,4096,0,0,0,0,0\n", 0 },
	{ "and no more", " 202 0 xvda 1 99 2 3 4 99 5 6 99 7 99\n 202 16 xvdb 1 0 8 0 0 0 0 0 0 0 0\n", "", 0 },
	{ "only merges and requests in flight moved: none of ours",
	  " 202 0 xvda 1 98 2 3 4 98 5 6 98 7 98\n 202 16 xvdb 1 0 8 0 0 0 0 0 0 0 0\n", "", 0 },
	{ "counters that went back moved, too", " 202 0 xvda 0 0 0 0 0 0 0 0 0 0 0\n 202 16 xvdb 1 0 8 0 0 0 0 0 0 0 0\n",
	  "io: xvda,0,0,0,0,0,0,0\n", 0 },
	{ "one was plugged in, others were pulled out", " 8 0 sda 1 0 0 0 0 0 0 0 0 0 0 5 5 5 5 5 5\n",
	  "io: sda,1,0,0,0,0,0,0\n", 0 },
	{ "names that end in a digit, and more than 26 disks",
	  " 259 0 nvme0n1 1 0 0 0 0 0 0 0 0 0 0\n 259 1 nvme0n1p1 9 0 0 0 0 0 0 0 0 0 0\n"
	  " 259 2 nvme0c1n1 9 0 0 0 0 0 0 0 0 0 0\n"
	  " 179 0 mmcblk0 1 0 0 0 0 0 0 0 0 0 0\n 179 1 mmcblk0p1 9 0 0 0 0 0 0 0 0 0 0\n"
	  " 179 8 mmcblk0boot0 1 0 0 0 0 0 0 0 0 0 0\n"
	  " 11 0 sr1 1 0 0 0 0 0 0 0 0 0 0\n 11 1 sr10 1 0 0 0 0 0 0 0 0 0 0\n"
	  " 8 0 sda 1 0 0 0 0 0 0 0 0 0 0\n 65 160 sdaa 1 0 0 0 0 0 0 0 0 0 0\n 65 161 sdaa1 9 0 0 0 0 0 0 0 0 0 0\n",
	  "io: nvme0n1,1,0,0,0,0,0,0\nio: mmcblk0,1,0,0,0,0,0,0\nio: mmcblk0boot0,1,0,0,0,0,0,0\n"
	  "io: sr1,1,0,0,0,0,0,0\nio: sr10,1,0,0,0,0,0,0\nio: sdaa,1,0,0,0,0,0,0\n", 0 },
	{ "Xen gives a partition alone: it is the disk", " 202 1 xvda1 5 0 0 0 0 0 0 0 0 0 0\n", "io: xvda1,5,0,0,0,0,0,0\n", 0 },
	{ "an odd name", " 8 0 =a,b 5 0 0 0 0 0 0 0 0 0 0\n", "io: \\075a\\054b,5,0,0,0,0,0,0\n", 0 },
	{ "an odd line costs itself", " 8 0 sda x 0 0 0 0 0 0 0 0 0 0\n 8 16 sdb 1 0 0 0 0 0 0 0 0 0 0\n",
	  "io: sdb,1,0,0,0,0,0,0\n", 1 },
	{ "a counter below zero", " 8 16 sdb 18446744073709551615 0 18446744073709551615 0 0 0 0 0 0 0 0\n",
	  "io: sdb,9223372036854775807,9223372036854775807,0,0,0,0,0\n", 0 },
	/* clang-format on */
};

static void
tells_of_disks_that_moved(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(stats_of_disks); i++) {
		const char *what = stats_of_disks[i].what;
		const size_t len = strlen(stats_of_disks[i].text);
		char *exact = check_dup(stats_of_disks[i].text, len);
		struct mon_left left = { 0, 0 };

		mon_answer_reset(&answer);
		CHECK(mon_diskio_parse(exact, len, i > 0 ? &was : NULL, &now, &answer, &left), "%s",
		    what);
		CHECK(answer.len == strlen(stats_of_disks[i].want) &&
			  memcmp(answer.buf, stats_of_disks[i].want, answer.len) == 0,
		    "%s: got %.*s", what, (int)answer.len, answer.buf);
		CHECK_EQ(left.odd, stats_of_disks[i].odd, "%s", what);
		CHECK_EQ(left.cut, 0, "%s", what);
		was = now;
		free(exact);
	}
	CHECK(!mon_diskio_parse("cpu 1 2\n", 8, NULL, &now, &answer, &(struct mon_left){ 0, 0 }),
	    "another file");
	CHECK(mon_diskio_parse("", 0, NULL, &now, &answer, &(struct mon_left){ 0, 0 }), "no disk");
	check_done();
}

static void
cuts_the_last_disks(void **state)
{
	static char text[65536];
	struct mon_left left = { 0, 0 };
	size_t len = 0;

	(void)state;
	for (int i = 0; i < MON_KIND_ROWS + 3; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    " 8 %d sd%c%c 1 0 0 0 0 0 0 0 0 0 0\n", i, 'a' + i / 26, 'a' + i % 26);
	mon_answer_reset(&answer);
	CHECK(mon_diskio_parse(text, len, NULL, &now, &answer, &left), "too many");
	CHECK_EQ(answer.lines, MON_KIND_ROWS, "as many as a kind may have");
	CHECK_EQ(left.cut, 3, "the others are counted");
	CHECK(memcmp(answer.buf, "io: sdaa,", 9) == 0, "the first ones");
	check_done();
}

/* ---- counters ---- */

static struct mon_counters counters, back;
static char kept[MON_STATE_FIGURES_MAX];

static void
keeps_counters(void **state)
{
	static const char text[] = "cpu  10 1 2 3\ncpu0 5 1 1 1\ncpu7 5 0 1 2\n";
	struct mon_cpu_procs procs;
	size_t len;

	(void)state;
	memset(&counters, 0, sizeof(counters));
	len = mon_counters_write(&counters, kept, sizeof(kept));
	CHECK(len > 0 && mon_counters_read(kept, len, &back), "none");
	CHECK(!back.has_cpu && !back.has_io, "none");
	counters.has_cpu = mon_cpu_parse(text, strlen(text), &counters.cpu, &procs);
	counters.has_io = true;
	counters.io.n = 2;
	strcpy(counters.io.disk[1].name, "xvdb");
	counters.io.disk[1].sum = 4711;
	len = mon_counters_write(&counters, kept, sizeof(kept));
	memset(&back, 0, sizeof(back));
	CHECK(len > 0 && mon_counters_read(kept, len, &back), "some");
	CHECK(memcmp(&counters, &back, sizeof(back)) == 0, "as they were");
	for (size_t i = 0; i < len; i++)
		CHECK(!mon_counters_read(kept, i, &back), "%zu of %zu bytes", i, len);
	CHECK(!mon_counters_read(kept, len + 1, &back), "a byte behind");
	CHECK_EQ(mon_counters_write(&counters, kept, len - 1), 0, "no room");
	counters.cpu.kept = MON_CPUS_MAX;
	counters.io.n = MON_KIND_ROWS;
	CHECK(mon_counters_write(&counters, kept, sizeof(kept)) > 0, "the most has room");
	kept[0]++;
	CHECK(!mon_counters_read(kept, len, &back), "another version");
	check_done();
}

/* ---- all of them, on bytes of any kind ---- */

/* Every line of the answer must be one that a collector takes. */
static void
check_answer(const struct mon_answer *a, const char *what)
{
	const char *p = a->buf, *end = a->buf + a->len;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		struct mon_payload payload;

		CHECK(lf != NULL, "%s: a line without LF", what);
		if (lf == NULL)
			return;
		CHECK_EQ(mon_wire_payload(p, (size_t)(lf - p), MON_FROM_GUEST, &payload),
		    MON_WIRE_OK, "%s: %.*s", what, (int)(lf - p), p);
		p = lf + 1;
	}
}

static void
parse_all(const char *exact, size_t len)
{
	struct mon_cpu_procs procs;
	struct mon_memory memory;
	struct mon_pressure pressure;
	struct mon_left left = { 0, 0 };
	struct mon_load load;
	struct mon_sockets_stat sockets;
	size_t used;

	mon_cpu_parse(exact, len, &reading, &procs);
	mon_pressure_parse(exact, len, &pressure);
	mon_memory_parse(exact, len, &memory);
	mon_load_parse(exact, len, &load);
	mon_sockets_parse_stat(exact, len, &sockets);
	mon_sockets_count_lines(exact, len, &used);
	CHECK(used <= len, "used %zu of %zu: %s", used, len, check_hex(exact, len));
	mon_answer_reset(&answer);
	mon_net_parse(exact, len, &answer, &left);
	mon_diskio_parse(exact, len, NULL, &now, &answer, &left);
	check_answer(&answer, check_hex(exact, len));
}

/* Good files, some of their bytes changed, cut anywhere. */
static void
survives_any_bytes(void **state)
{
	static const char odd[] = "\0\n\n  :,-\\\"'=+@0199\377\200\303\t";
	uint64_t seed = 20250831;

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		const char *files[] = { stats[0].text, memories[0].text, loads[0].text,
			nets[0].text, sockstats[0].text, tcps[0].text, pressures[0].text,
			stats_of_disks[0].text };
		size_t lens[] = { stats[0].len, memories[0].len, loads[0].len, nets[0].len,
			sockstats[0].len, tcps[0].len, pressures[0].len,
			strlen(stats_of_disks[0].text) };
		size_t which = check_below(&seed, CHECK_LEN(files));
		size_t len =
		    check_below(&seed, 4) == 0 ? check_below(&seed, lens[which] + 1) : lens[which];
		char *exact = check_dup(files[which], len);

		for (size_t k = check_below(&seed, 6); k > 0 && len > 0; k--)
			exact[check_below(&seed, len)] = odd[check_below(&seed, sizeof(odd) - 1)];
		parse_all(exact, len);
		free(exact);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(reads_numbers),
		CHECK_TEST(cuts_lines),
		CHECK_TEST(parses_stat),
		CHECK_TEST(keeps_so_many_processors),
		CHECK_TEST(shares_the_time),
		CHECK_TEST(leaves_out_who_came_or_went),
		CHECK_TEST(parses_meminfo),
		CHECK_TEST(parses_loadavg),
		CHECK_TEST(parses_net_dev),
		CHECK_TEST(cuts_interfaces_of_others_first),
		CHECK_TEST(parses_sockstat),
		CHECK_TEST(counts_lines_of_tcp),
		CHECK_TEST(parses_pressure),
		CHECK_TEST(tells_of_disks_that_moved),
		CHECK_TEST(cuts_the_last_disks),
		CHECK_TEST(keeps_counters),
		CHECK_TEST(survives_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
