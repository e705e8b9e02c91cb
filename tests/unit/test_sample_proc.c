/* test_sample_proc.c - the readers of /proc: cpu, memory, load, net, sockets, and scan below them. */
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "check.h"
#include "cpu.h"
#include "load.h"
#include "memory.h"
#include "net.h"
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
	{"a digit",                L("7"),                     true,  7         },
	{ "blanks before",         L(" \t 42"),                true,  42        },
	{ "a word behind",         L("42 kB"),                 true,  42        },
	{ "the largest",           L("18446744073709551615"),  true,  UINT64_MAX},
	{ "one past the largest",  L("18446744073709551616"),  false, 0         },
	{ "ten times the largest", L("184467440737095516150"), false, 0         },
	{ "minus",                 L("-1"),                    false, 0         },
	{ "plus",		  L("+1"),                    false, 0         },
	{ "letters behind",        L("12x"),                   false, 0         },
	{ "a NUL inside",          L("1\0002"),                false, 0         },
	{ "hexadecimal",           L("0x1"),                   false, 0         },
	{ "nothing",               L(""),                      false, 0         },
	{ "blanks only",           L("   "),                   false, 0         },
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
	bool ok;
	uint64_t user, steal;
} stats[] = {
	{"a usual one",                L("cpu  10 1 2 3 4 5 6 7 8 9\ncpu0 1 1 1 1\nintr 5 0 0\n" PROCS), true,  10,
         7													   },
	{ "four fields, as Linux 2.4", L("cpu  10 1 2 3\n" PROCS),                                       true,  10, 0},
	{ "a field of a later kernel", L("cpu  10 1 2 3 4 5 6 7 8 9 10 11\n" PROCS),                     true,  10, 7},
	{ "three fields",              L("cpu  10 1 2\n" PROCS),                                         false, 0,  0},
	{ "a letter in a field",       L("cpu  10 1 2 3 4 x\n" PROCS),                                   false, 0,  0},
	{ "minus in a field",          L("cpu  10 -1 2 3 4\n" PROCS),                                    false, 0,  0},
	{ "only cpu0",                 L("cpu0 10 1 2 3 4\n" PROCS),                                     false, 0,  0},
	{ "no procs_running",          L("cpu  10 1 2 3 4\nprocs_blocked 1\n"),                          false, 0,  0},
	{ "no procs_blocked",          L("cpu  10 1 2 3 4\nprocs_running 1\n"),                          false, 0,  0},
	{ "the last line is cut off",  L("cpu  10 1 2 3 4\nprocs_running 1\nprocs_blocked 1"),           false,
         0,													 0},
	{ "empty",		     L(""),							    false, 0,  0},
};

static void
parses_stat(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(stats); i++) {
		char *exact = check_dup(stats[i].text, stats[i].len);
		struct mon_cpu_stat got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(
		    mon_cpu_parse(exact, stats[i].len, &got), stats[i].ok, "%s", stats[i].what);
		if (stats[i].ok) {
			CHECK_EQ(got.cpu.ticks[MON_CPU_USER], stats[i].user, "%s", stats[i].what);
			CHECK_EQ(got.cpu.ticks[MON_CPU_STEAL], stats[i].steal, "%s", stats[i].what);
			CHECK_EQ(got.procs_running, 3, "%s", stats[i].what);
			CHECK_EQ(got.procs_blocked, 1, "%s", stats[i].what);
		} else {
			CHECK(check_untouched(&got, sizeof(got)), "%s", stats[i].what);
		}
		free(exact);
	}
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
	{"since boot",                   true,  { 0 },                          { 20, 5, 10, 900, 50, 3, 2, 10 },           25,  15,  950 },
	{ "since the last",              false, { 100, 0, 0, 100, 0, 0, 0, 0 }, { 110, 0, 0, 190, 0, 0, 0, 0 },
         100,														    0,   900 },
	{ "nice is user",                false, { 0 },                          { 0, 50, 0, 50, 0, 0, 0, 0 },               500, 0,   500 },
	{ "irq and softirq are system",  false, { 0 },                          { 0, 0, 10, 70, 0, 10, 10, 0 },             0,   300, 700 },
	{ "iowait is idle",              false, { 0 },                          { 0, 0, 0, 50, 50, 0, 0, 0 },               0,   0,   1000},
	{ "steal is in none",            false, { 0 },                          { 25, 0, 25, 25, 0, 0, 0, 25 },             250, 250, 250 },
	{ "no time passed",              false, { 5, 5, 5, 5, 5, 5, 5, 5 },     { 5, 5, 5, 5, 5, 5, 5, 5 },                 0,   0,
         0																},
	{ "iowait went back",            false, { 0, 0, 0, 0, 100, 0, 0, 0 },   { 50, 0, 0, 50, 90, 0, 0, 0 },
         500,														    0,   500 },
	{ "all went back",               false, { 9, 9, 9, 9, 9, 9, 9, 9 },     { 1, 1, 1, 1, 1, 1, 1, 1 },                 0,   0,   0   },
	{ "half a tenth rounds up",      false, { 0 },                          { 1, 0, 0, 1999, 0, 0, 0, 0 },              1,   0,   1000},
	{ "less rounds down",            false, { 0 },                          { 1, 0, 0, 2001, 0, 0, 0, 0 },              0,   0,   1000},
	{ "counters as large as can be", true,  { 0 },                          { MAX, MAX, MAX, MAX, MAX, MAX, MAX, MAX },
         250,														    375, 250 },
};

static void
shares_the_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(shares); i++) {
		struct mon_cpu before, now;
		struct mon_cpu_share got;

		memcpy(before.ticks, shares[i].before, sizeof(before.ticks));
		memcpy(now.ticks, shares[i].now, sizeof(now.ticks));
		got = mon_cpu_share(shares[i].boot ? NULL : &before, &now);
		CHECK_EQ(got.user, shares[i].user, "%s", shares[i].what);
		CHECK_EQ(got.system, shares[i].system, "%s", shares[i].what);
		CHECK_EQ(got.idle, shares[i].idle, "%s", shares[i].what);
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
	{"the formula",
         L("MemTotal: 1000 kB\nMemFree: 300 kB\nMemAvailable: 550 kB\nBuffers: 20 kB\n"
	      "Cached: 200 kB\nSwapCached: 99 kB\nSwapTotal: 500 kB\nSwapFree: 400 kB\n"
	      "Shmem: 50 kB\nSReclaimable: 30 kB\n"),
         true,													   { 1000, 450, 550, 500, 100 }},
	{ "no swap lines",                       L("MemTotal: 1000 kB\nMemFree: 300 kB\nMemAvailable: 550 kB\n"), true,
         { 1000, 700, 550, 0, 0 }														    },
	{ "no MemAvailable",
         L("MemTotal: 1000 kB\nMemFree: 300 kB\nBuffers: 20 kB\nCached: 200 kB\n"
	      "Shmem: 50 kB\nSReclaimable: 30 kB\n"),
         true,													   { 1000, 450, 500, 0, 0 }    },
	{ "no MemAvailable, more than all",      L("MemTotal: 10 kB\nMemFree: 9 kB\nCached: 9 kB\n"),
         true,													   { 10, 0, 10, 0, 0 }         },
	{ "caches larger than what is not free",
         L("MemTotal: 10 kB\nMemFree: 9 kB\nMemAvailable: 9 kB\nCached: 5 kB\n"),                                 true,
         { 10, 0, 9, 0, 0 }															  },
	{ "more swap free than there is",
         L("MemTotal: 10 kB\nMemFree: 9 kB\nMemAvailable: 9 kB\nSwapTotal: 1 kB\nSwapFree: 2 "
	      "kB\n"),
         true,													   { 10, 1, 9, 1, 0 }          },
	{ "figures as large as can be",
         L("MemTotal: 18446744073709551615 kB\nMemFree: 18446744073709551615 kB\n"
	      "Cached: 18446744073709551615 kB\nBuffers: 1 kB\n"),
         true,													   { MAX, 0, MAX, 0, 0 }       },
	{ "no MemFree",			  L("MemTotal: 1000 kB\n"),                                        false, { 0 }                       },
	{ "no MemTotal",			 L("MemFree: 1000 kB\n"),                                         false, { 0 }                       },
	{ "no number",			   L("MemTotal: kB\nMemFree: 1 kB\n"),                              false, { 0 }                       },
	{ "a minus",			     L("MemTotal: 10 kB\nMemFree: -1 kB\n"),                          false, { 0 }                       },
	{ "the last line is cut off",            L("MemTotal: 1000 kB\nMemFree: 30"),                             false, { 0 }                       },
	{ "empty",			       L(""),							   false, { 0 }                       },
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
	{"a usual one",  L("0.37 0.28 0.22 2/412 4711\n"),     true },
	{ "a high one",  L("1234.56 0.00 10.00 2/412 4711\n"), true },
	{ "two figures", L("0.37 0.28\n"),                     false},
	{ "a minus",     L("-0.37 0.28 0.22 2/412 4711\n"),    false},
	{ "a comma",     L("0,37 0.28 0.22 2/412 4711\n"),     false},
	{ "without LF",  L("0.37 0.28 0.22"),                  false},
	{ "empty",       L(""),				false},
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
	{"two interfaces",
         L(NET_HEAD "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
		       "  eth0: 17 2 0 0 5 6 7 8 18 10 0 0 13 14 15 16\n"),
         true,												       "net: lo,1,3,4,9,11,12\nnet: eth0,17,0,0,18,0,0\n"},
	{ "no blank behind the colon",
         L(NET_HEAD "eth0:1234567 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),                                   true,
         "net: eth0,1234567,3,4,9,11,12\n"															     },
	{ "a comma and a formula in the name",
         L(NET_HEAD "=a,b: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),                                        true,
         "net: \\075a\\054b,1,3,4,9,11,12\n"															   },
	{ "bytes that are no UTF-8",           L(NET_HEAD "\377e: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
         true,												       "net: \\377e,1,3,4,9,11,12\n"                     },
	{ "too few columns",                   L(NET_HEAD "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n"),     true,  ""                                                },
	{ "a counter that is none",            L(NET_HEAD "eth0: x 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
         true,												       ""						},
	{ "a counter past 2^63-1",
         L(NET_HEAD "a: 9223372036854775808 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
		       "b: 9223372036854775807 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
         true,												       "net: b,9223372036854775807,3,4,9,11,12\n"        },
	{ "no name",			   L(NET_HEAD ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),      true,  ""                                                },
	{ "no colon",			  L(NET_HEAD "eth0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),   true,  ""                                                },
	{ "the last line is cut off",          L(NET_HEAD "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"),
         true,												       ""						},
	{ "no interface",                      L(NET_HEAD),						   true,  ""						},
	{ "another file",                      L("cpu 1 2 3\nlo: 1\n"),                                       false, ""                                                },
	{ "empty",			     L(""),							 false, ""						},
};

static struct mon_answer answer;

static void
parses_net_dev(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(nets); i++) {
		char *exact = check_dup(nets[i].text, nets[i].len);

		mon_answer_reset(&answer);
		CHECK_EQ(
		    mon_net_parse(exact, nets[i].len, &answer), nets[i].ok, "%s", nets[i].what);
		CHECK(answer.len == strlen(nets[i].want) &&
			  memcmp(answer.buf, nets[i].want, answer.len) == 0,
		    "%s: got %.*s", nets[i].what, (int)answer.len, answer.buf);
		free(exact);
	}
	check_done();
}

static void
takes_the_first_interfaces(void **state)
{
	static char text[65536];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", NET_HEAD);
	char last[64];

	(void)state;
	for (int i = 0; i < 500; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "vif%d: %d 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", i, i);
	mon_answer_reset(&answer);
	CHECK(mon_net_parse(text, len, &answer), "500 interfaces");
	CHECK_EQ(answer.lines, MON_KIND_ROWS, "as many as a kind may have");
	snprintf(last, sizeof(last), "net: vif%d,%d,3,4,9,11,12\n", MON_KIND_ROWS - 1,
	    MON_KIND_ROWS - 1);
	CHECK(memcmp(answer.buf + answer.len - strlen(last), last, strlen(last)) == 0,
	    "the first ones, in order");
	check_done();
}

/* ---- sockets ---- */

static const struct {
	const char *what, *text;
	size_t len;
	bool ok;
	uint64_t tcp, udp;
} sockstats[] = {
	{"IPv4",
         L("sockets: used 13\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 260\nUDP: inuse 4 mem 0\n"
	      "UDPLITE: inuse 9\nRAW: inuse 0\n"),
         true,									1, 4},
	{ "IPv6",      L("TCP6: inuse 7\nUDP6: inuse 0\nUDPLITE6: inuse 9\n"), true,  7, 0},
	{ "no UDP",    L("TCP: inuse 1 orphan 0\nUDPLITE: inuse 9\n"),         false, 0, 0},
	{ "no TCP",    L("UDP: inuse 1\n"),                                    false, 0, 0},
	{ "no number", L("TCP: inuse x\nUDP: inuse 1\n"),                      false, 0, 0},
	{ "empty",     L(""),						  false, 0, 0},
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
	{"one of two",
         L(TCP_HEAD "   0: 0100007F:0277 00000000:0000 0A 0:0\n   1: 0:1 0:2 01 0:0\n"),             1,
         sizeof(TCP_HEAD "   0: 0100007F:0277 00000000:0000 0A 0:0\n   1: 0:1 0:2 01 0:0\n") -
		1											},
	{ "a cut line is kept for later", L(TCP_HEAD "   0: 0:1 0:2 01 0:0\n   1: 0:1 0:2 01"),      1,
         sizeof(TCP_HEAD "   0: 0:1 0:2 01 0:0\n") - 1                                                   },
	{ "another state",                L("0: 0:1 0:2 011 0:0\n1: 0:1 0:2 1 0:0\n2: 0:1 01 02\n"), 0,
         sizeof("0: 0:1 0:2 011 0:0\n1: 0:1 0:2 1 0:0\n2: 0:1 01 02\n") - 1                              },
	{ "no line",		      L("0: 0:1 0:2 01"),                                        0, 0},
	{ "empty",			L(""),						     0, 0},
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
	struct mon_cpu_stat stat;
	struct mon_memory memory;
	struct mon_load load;
	struct mon_sockets_stat sockets;
	size_t used;

	mon_cpu_parse(exact, len, &stat);
	mon_memory_parse(exact, len, &memory);
	mon_load_parse(exact, len, &load);
	mon_sockets_parse_stat(exact, len, &sockets);
	mon_sockets_count_lines(exact, len, &used);
	CHECK(used <= len, "used %zu of %zu: %s", used, len, check_hex(exact, len));
	mon_answer_reset(&answer);
	mon_net_parse(exact, len, &answer);
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
			nets[0].text, sockstats[0].text, tcps[0].text };
		size_t lens[] = { stats[0].len, memories[0].len, loads[0].len, nets[0].len,
			sockstats[0].len, tcps[0].len };
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
		CHECK_TEST(shares_the_time),
		CHECK_TEST(parses_meminfo),
		CHECK_TEST(parses_loadavg),
		CHECK_TEST(parses_net_dev),
		CHECK_TEST(takes_the_first_interfaces),
		CHECK_TEST(parses_sockstat),
		CHECK_TEST(counts_lines_of_tcp),
		CHECK_TEST(survives_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
