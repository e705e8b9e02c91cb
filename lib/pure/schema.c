/* schema.c - the one table of files and columns.  Change it here or nowhere. */
#include <string.h>

#include "caps.h"
#include "schema.h"

/*
 * Each table is a list C(name, shape, unit, origin), read twice: once as an array of
 * columns, once as the header line.  That way a header cannot differ from its columns.
 */
#define SYS_COLS(C)                                                                                \
	C(cpu_user, DECIMAL, "%", "/proc/stat: user + nice, over the time since the last scrape")  \
	C(cpu_system, DECIMAL, "%", "/proc/stat: system + irq + softirq")                          \
	C(cpu_idle, DECIMAL, "%", "/proc/stat: idle + iowait; steal is in none of the three")      \
	C(load1, DECIMAL, "", "/proc/loadavg")                                                     \
	C(load5, DECIMAL, "", "/proc/loadavg")                                                     \
	C(load15, DECIMAL, "", "/proc/loadavg")                                                    \
	C(mem_total_kb, INT, "KiB", "/proc/meminfo: MemTotal")                                     \
	C(mem_used_kb, INT, "KiB",                                                                 \
	    "/proc/meminfo: MemTotal - MemFree - Buffers - Cached - SReclaimable")                 \
	C(mem_avail_kb, INT, "KiB", "/proc/meminfo: MemAvailable")                                 \
	C(swap_total_kb, INT, "KiB", "/proc/meminfo: SwapTotal")                                   \
	C(swap_used_kb, INT, "KiB", "/proc/meminfo: SwapTotal - SwapFree")                         \
	C(procs_running, INT, "", "/proc/stat")                                                    \
	C(procs_blocked, INT, "", "/proc/stat")

#define NET_COLS(C)                                                                                \
	C(if, NAME, "", "/proc/net/dev")                                                           \
	C(rx_bytes, INT, "B", "/proc/net/dev, since the interface came up")                        \
	C(rx_errs, INT, "", "/proc/net/dev")                                                       \
	C(rx_drop, INT, "", "/proc/net/dev")                                                       \
	C(tx_bytes, INT, "B", "/proc/net/dev, since the interface came up")                        \
	C(tx_errs, INT, "", "/proc/net/dev")                                                       \
	C(tx_drop, INT, "", "/proc/net/dev")

#define CONN_COLS(C)                                                                               \
	C(tcp_established, INT, "", "sock_diag, or /proc/net/tcp and tcp6: IPv4 and IPv6")         \
	C(udp_sockets, INT, "", "/proc/net/sockstat and sockstat6: IPv4 and IPv6")

#define DISK_COLS(C)                                                                               \
	C(fs, NAME, "", "/proc/self/mountinfo: the mounted block device")                          \
	C(mount, NAME, "", "/proc/self/mountinfo: its shortest mount point")                       \
	C(size_kb, INT, "KiB", "statvfs: f_blocks")                                                \
	C(used_kb, INT, "KiB", "statvfs: f_blocks - f_bfree")                                      \
	C(avail_kb, INT, "KiB", "statvfs: f_bavail")                                               \
	C(pct_used, PERCENT, "", "used / (used + avail), rounded up, as df prints it")

#define ALERT_COLS(C)                                                                              \
	C(msg, TEXT, "",                                                                           \
	    "the journal, priority notice or worse: Mon DD HH:MM:SS ident: message; at most 512 "  \
	    "bytes, cut behind a whole character. What begins with ! is sys-monitor's own")

#define STATE_COLS(C) C(state, WORD, "", "dom0's admin.vm.List")

#define SCRAPE_COLS(C)                                                                             \
	C(result, WORD, "",                                                                        \
	    "ok, timeout, refused, no-handler, failed, too-big, backoff or skipped")               \
	C(ms, INT, "ms", "from the start of the call to its end")                                  \
	C(bytes, INT, "B", "read from the qube")                                                   \
	C(lines, INT, "", "taken")                                                                 \
	C(rejected, INT, "", "lines that broke the grammar or a bound")

#define CUSTOM_COLS(C)                                                                             \
	C(name, NAME, "", "a program in /etc/mon-sample.d")                                        \
	C(value, SIGNED, "", "the same")

#define CPU_COLS(C)                                                                                \
	C(cpus, INT, "", "/proc/stat: processors that are online now")                             \
	C(busy_cpus, DECIMAL, "", "CPU seconds worked per second, since the last poll")            \
	C(iowait, DECIMAL, "%", "/proc/stat: iowait, as cpu_idle of system.csv")                   \
	C(steal, DECIMAL, "%", "/proc/stat: steal, as cpu_idle of system.csv")

#define IO_COLS(C)                                                                                 \
	C(dev, NAME, "", "/proc/diskstats: a whole disk")                                          \
	C(reads, INT, "", "/proc/diskstats: reads completed")                                      \
	C(read_bytes, INT, "B", "/proc/diskstats: sectors read, of 512 bytes")                     \
	C(read_ms, INT, "ms", "/proc/diskstats: time spent reading")                               \
	C(writes, INT, "", "/proc/diskstats: writes completed")                                    \
	C(write_bytes, INT, "B", "/proc/diskstats: sectors written, of 512 bytes")                 \
	C(write_ms, INT, "ms", "/proc/diskstats: time spent writing")                              \
	C(busy_ms, INT, "ms", "/proc/diskstats: time with any I/O under way")

#define PRESSURE_COLS(C)                                                                           \
	C(cpu_some_us, INT, "us", "/proc/pressure/cpu: some, total")                               \
	C(mem_some_us, INT, "us", "/proc/pressure/memory: some, total")                            \
	C(mem_full_us, INT, "us", "/proc/pressure/memory: full, total")                            \
	C(io_some_us, INT, "us", "/proc/pressure/io: some, total")                                 \
	C(io_full_us, INT, "us", "/proc/pressure/io: full, total")

#define XEN_COLS(C)                                                                                \
	C(cpu_ms, INT, "ms", "dom0's admin.vm.Stats: cpu_time, since the qube started")            \
	C(memory_kb, INT, "KiB", "dom0's admin.vm.Stats: memory_kb")

#define LEDGER_COLS(C)                                                                             \
	C(day, DAY, "", "the day folder that was packed")                                          \
	C(archive, NAME, "", "the archive's file name")                                            \
	C(bytes, INT, "B", "size of the archive")                                                  \
	C(csv_bytes, INT, "B", "sizes of the day's CSV files, added up, when it was packed")       \
	C(sha256, HEX, "", "of the archive, as read back from the disk")                           \
	C(vault, NAME, "", "the qube that holds it, or the folder of mon-archive --no-copy")

/* clang-format off */
#define AS_COL(n, s, u, o)    { .name = #n, .shape = MON_##s, .unit = (u), .origin = (o) },
#define AS_HEADER(n, s, u, o) "," #n

#define COLUMNS(K)                                                                                 \
	.cols = (const struct mon_col[]){ K##_COLS(AS_COL) },                                      \
	.ncols = sizeof((const struct mon_col[]){ K##_COLS(AS_COL) }) / sizeof(struct mon_col)

/* The kinds, read twice as well: K(KIND, kind, file, sender, rows_max, about). */
#define KINDS(K)                                                                                   \
	K(SYS,    "sys",    "system.csv",      GUEST,     MON_KIND_ROWS,  "processor, load, memory, processes") \
	K(NET,    "net",    "network.csv",     GUEST,     MON_KIND_ROWS,  "one row per network interface") \
	K(CONN,   "conn",   "connections.csv", GUEST,     MON_KIND_ROWS,  "how many sockets are open")   \
	K(DISK,   "disk",   "disk.csv",        GUEST,     MON_KIND_ROWS,  "one row per mounted block device; read-only images (kernel modules, snaps, CDs) are always full, and come last") \
	K(ALERT,  "alert",  "alerts.csv",      GUEST,     MON_ALERTS_MAX, "journal entries of priority notice or worse, each at most once; lost only if the call breaks off just before the line that ends the answer") \
	K(STATE,  "state",  "qubes.csv",       COLLECTOR, MON_KIND_ROWS,  "what dom0 says of each qube") \
	K(SCRAPE, "scrape", "scrape.csv",      COLLECTOR, MON_KIND_ROWS,  "how the question to each qube went") \
	K(CUSTOM, "custom", "custom.csv",      GUEST,     MON_KIND_ROWS,  "what people add in /etc/mon-sample.d") \
	K(CPU,    "cpu",    "cpu.csv",         GUEST,     MON_KIND_ROWS,  "how many processors worked, and what they waited for") \
	K(IO,     "io",     "io.csv",          GUEST,     MON_KIND_ROWS,  "one row per disk that moved since the last poll, and once when it stopped") \
	K(PRESSURE, "pressure", "pressure.csv", GUEST,    MON_KIND_ROWS,  "how long tasks were stalled: pressure stall information") \
	K(XEN,    "xen",    "xen.csv",         COLLECTOR, MON_KIND_ROWS,  "what the hypervisor says of each qube")

#define AS_TABLE(K, k, f, from, max, text) [MON_KIND_##K] = {                                      \
	.kind = (k), .kindlen = sizeof(k) - 1, .file = (f),                                        \
	.header = "ts,vm" K##_COLS(AS_HEADER) "\n",                                                \
	.headerlen = sizeof("ts,vm" K##_COLS(AS_HEADER) "\n") - 1,                                 \
	COLUMNS(K), .sender = MON_FROM_##from, .rows_max = (max), .about = (text) },

const struct mon_table mon_schema[MON_KINDS] = { KINDS(AS_TABLE) };

const struct mon_table mon_schema_ledger = {
	.kind = "ledger", .kindlen = sizeof("ledger") - 1, .file = "archives.csv",
	.header = "ts" LEDGER_COLS(AS_HEADER) "\n",
	.headerlen = sizeof("ts" LEDGER_COLS(AS_HEADER) "\n") - 1,
	COLUMNS(LEDGER), .sender = MON_FROM_COLLECTOR, .rows_max = 1, .about = "what was archived, and where it is safe" };
/* clang-format on */

const struct mon_col mon_schema_lead[2] = {
	{ .name = "ts", .shape = MON_STAMP, .unit = "UTC", .origin = "the collector's clock" },
	{ .name = "vm",
	    .shape = MON_VM,
	    .unit = "",
	    .origin = "the name that the collector called" },
};

const struct mon_table *
mon_schema_find(const char *untrusted, size_t len)
{
	for (size_t i = 0; i < MON_KINDS; i++) {
		const struct mon_table *t = &mon_schema[i];

		if (len > t->kindlen && untrusted[t->kindlen] == ':' &&
		    memcmp(untrusted, t->kind, t->kindlen) == 0)
			return t;
	}
	return NULL;
}

enum mon_kind
mon_schema_kind(const struct mon_table *table)
{
	return (enum mon_kind)(table - mon_schema);
}

const char *
mon_schema_shape_name(enum mon_shape shape)
{
	switch (shape) {
	case MON_INT: return "integer";
	case MON_DECIMAL: return "decimal";
	case MON_SIGNED: return "signed decimal";
	case MON_PERCENT: return "percent";
	case MON_WORD: return "word";
	case MON_NAME: return "name";
	case MON_TEXT: return "text";
	case MON_DAY: return "day";
	case MON_STAMP: return "stamp";
	case MON_VM: return "qube";
	case MON_HEX: return "sha256";
	}
	return "?";
}
