/* test_schema.c - the table of files and columns, whole and as it was published. */
#include "check.h"
#include "caps.h"
#include "columns.h"
#include "schema.h"

/* A second copy on purpose: FORMAT.md promises that names and order never change. */
static const struct {
	enum mon_kind place;
	const char *kind, *file, *header;
	enum mon_sender sender;
	size_t rows_max;
} tables[] = {
	{ MON_KIND_SYS, "sys", "system.csv",
	    "ts,vm,cpu_user,cpu_system,cpu_idle,load1,load5,load15,mem_total_kb,mem_used_kb,"
	    "mem_avail_kb,swap_total_kb,swap_used_kb,procs_running,procs_blocked\n",
	    MON_FROM_GUEST, 128 },
	{ MON_KIND_NET, "net", "network.csv",
	    "ts,vm,if,rx_bytes,rx_errs,rx_drop,tx_bytes,tx_errs,tx_drop\n", MON_FROM_GUEST, 128 },
	{ MON_KIND_CONN, "conn", "connections.csv", "ts,vm,tcp_established,udp_sockets\n",
	    MON_FROM_GUEST, 128 },
	{ MON_KIND_DISK, "disk", "disk.csv", "ts,vm,fs,mount,size_kb,used_kb,avail_kb,pct_used\n",
	    MON_FROM_GUEST, 128 },
	{ MON_KIND_ALERT, "alert", "alerts.csv", "ts,vm,msg\n", MON_FROM_GUEST, 32 },
	{ MON_KIND_STATE, "state", "qubes.csv", "ts,vm,state\n", MON_FROM_COLLECTOR, 128 },
	{ MON_KIND_SCRAPE, "scrape", "scrape.csv", "ts,vm,result,ms,bytes,lines,rejected\n",
	    MON_FROM_COLLECTOR, 128 },
	{ MON_KIND_CUSTOM, "custom", "custom.csv", "ts,vm,name,value\n", MON_FROM_GUEST, 128 },
	{ MON_KIND_CPU, "cpu", "cpu.csv", "ts,vm,cpus,busy_cpus,iowait,steal\n", MON_FROM_GUEST,
	    128 },
	{ MON_KIND_IO, "io", "io.csv",
	    "ts,vm,dev,reads,read_bytes,read_ms,writes,write_bytes,write_ms,busy_ms\n",
	    MON_FROM_GUEST, 128 },
	{ MON_KIND_PRESSURE, "pressure", "pressure.csv",
	    "ts,vm,cpu_some_us,mem_some_us,mem_full_us,io_some_us,io_full_us\n", MON_FROM_GUEST,
	    128 },
	{ MON_KIND_XEN, "xen", "xen.csv", "ts,vm,cpu_ms,memory_kb\n", MON_FROM_COLLECTOR, 128 },
};

static void
tables_are_as_designed(void **state)
{
	(void)state;
	assert_int_equal(CHECK_LEN(tables), MON_KINDS);
	for (size_t i = 0; i < CHECK_LEN(tables); i++) {
		const struct mon_table *t = &mon_schema[tables[i].place];

		CHECK(strcmp(t->kind, tables[i].kind) == 0, "%s", tables[i].kind);
		CHECK(strcmp(t->file, tables[i].file) == 0, "%s", tables[i].kind);
		CHECK(strcmp(t->header, tables[i].header) == 0, "%s: %s", t->kind, t->header);
		CHECK_EQ(t->kindlen, strlen(t->kind), "%s", t->kind);
		CHECK_EQ(t->headerlen, strlen(t->header), "%s", t->kind);
		CHECK_EQ(t->sender, tables[i].sender, "%s", t->kind);
		CHECK_EQ(t->rows_max, tables[i].rows_max, "%s", t->kind);
		CHECK_EQ(mon_schema_kind(t), tables[i].place, "%s", t->kind);
		CHECK(*t->about != '\0', "%s", t->kind);
	}
	check_done();
}

/* What the code elsewhere takes for granted of any table that may be added. */
static void
tables_keep_the_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < MON_KINDS; i++) {
		const struct mon_table *t = &mon_schema[i];
		const char *p = t->header;

		CHECK(t->ncols >= 1 && t->ncols <= MON_COLS_MAX, "%s", t->kind);
		CHECK(strlen(t->file) <= MON_NAME_MAX - strlen("..tmp"), "%s", t->kind);
		for (size_t j = 0; j < t->kindlen; j++)
			CHECK(t->kind[j] >= 'a' && t->kind[j] <= 'z',
			    "%s: a kind is a lower-case word", t->kind);
		CHECK(t->kindlen <= MON_WORD_MAX, "%s", t->kind);
		for (size_t j = 0; j < i; j++) {
			CHECK(strcmp(mon_schema[j].kind, t->kind) != 0, "%s stands twice", t->kind);
			CHECK(strcmp(mon_schema[j].file, t->file) != 0, "%s stands twice", t->file);
		}
		CHECK(
		    t->headerlen <= 1024, "%s: csv.c checks headers of up to 1024 bytes", t->kind);
		for (size_t j = 0; j < 2 + t->ncols; j++) {
			const struct mon_col *c = j < 2 ? &mon_schema_lead[j] : &t->cols[j - 2];
			size_t n = strlen(c->name);

			CHECK(strncmp(p, c->name, n) == 0, "%s: %s", t->kind, c->name);
			CHECK_EQ(
			    p[n], j + 1 == 2 + t->ncols ? '\n' : ',', "%s: %s", t->kind, c->name);
			CHECK(c->shape != MON_TEXT || j + 1 == 2 + t->ncols, "%s: %s: text is last",
			    t->kind, c->name);
			CHECK(c->unit != NULL && *c->origin != '\0', "%s: %s", t->kind, c->name);
			p += n + 1;
		}
		CHECK_EQ(*p, '\0', "%s", t->kind);
	}
	CHECK_EQ(mon_schema_lead[0].shape, MON_STAMP, "ts");
	CHECK_EQ(mon_schema_lead[1].shape, MON_VM, "vm");
	check_done();
}

static void
finds_kinds(void **state)
{
	static const struct {
		const char *kind;
		size_t len;
		int want; /* -1: none */
	} cases[] = {
		{ L("sys:"), MON_KIND_SYS },
		{ L("net: eth0"), MON_KIND_NET },
		{ L("conn: "), MON_KIND_CONN },
		{ L("disk::"), MON_KIND_DISK },
		{ L("alert: a: b"), MON_KIND_ALERT },
		{ L("state:"), MON_KIND_STATE },
		{ L("scrape:"), MON_KIND_SCRAPE },
		{ L("custom:"), MON_KIND_CUSTOM },
		{ L("cpu:"), MON_KIND_CPU },
		{ L("io: "), MON_KIND_IO },
		{ L("pressure: 1"), MON_KIND_PRESSURE },
		{ L("xen:"), MON_KIND_XEN },
		{ L("pressure"), -1 },
		{ L("pressur:"), -1 },
		{ L("pressures:"), -1 },
		{ L("pressurE:"), -1 },
		{ L(""), -1 },
		{ L(":"), -1 },
		{ L("s"), -1 },
		{ L("sys"), -1 },
		{ L("s:"), -1 },
		{ L("sy:"), -1 },
		{ L("syss:"), -1 },
		{ L("sys\0:"), -1 },
		{ L("Sys:"), -1 },
		{ L(" sys:"), -1 },
		{ L("sys :"), -1 },
		{ L("\xff\xff\xff:"), -1 },
		{ L("states:"), -1 },
		{ L("scrap:"), -1 },
		{ L("customs:"), -1 },
		{ L("con:"), -1 },
		{ L("dist:"), -1 },
		{ L("\0ys:"), -1 },
		{ L("custo:"), -1 },
		{ L("custom"), -1 },
		{ L("alerts, and much more than any kind is long:"), -1 },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].kind, cases[i].len);
		const struct mon_table *t = mon_schema_find(exact, cases[i].len);

		CHECK_EQ(
		    t == NULL ? -1 : (int)mon_schema_kind(t), cases[i].want, "%s", cases[i].kind);
		free(exact);
	}
	check_done();
}

static void
shapes_have_names(void **state)
{
	static const struct {
		enum mon_shape shape;
		const char *want;
	} cases[] = {
		{ MON_INT, "integer" },
		{ MON_DECIMAL, "decimal" },
		{ MON_PERCENT, "percent" },
		{ MON_WORD, "word" },
		{ MON_NAME, "name" },
		{ MON_TEXT, "text" },
		{ MON_DAY, "day" },
		{ MON_STAMP, "stamp" },
		{ MON_VM, "qube" },
		{ MON_HEX, "sha256" },
		{ MON_SIGNED, "signed decimal" },
		{ (enum mon_shape)99, "?" },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK(strcmp(mon_schema_shape_name(cases[i].shape), cases[i].want) == 0, "%s",
		    cases[i].want);
	check_done();
}

/* The places that readers of rows know by heart. */
static void
columns_are_those_of_the_schema(void **state)
{
	static const struct {
		enum mon_kind kind;
		size_t col;
		const char *name;
	} cases[] = {
		{ MON_KIND_SYS, MON_SYS_IDLE, "cpu_idle" },
		{ MON_KIND_SYS, MON_SYS_TOTAL, "mem_total_kb" },
		{ MON_KIND_SYS, MON_SYS_AVAIL, "mem_avail_kb" },
		{ MON_KIND_NET, MON_NET_IF, "if" },
		{ MON_KIND_NET, MON_NET_RX, "rx_bytes" },
		{ MON_KIND_NET, MON_NET_TX, "tx_bytes" },
		{ MON_KIND_DISK, MON_DISK_FS, "fs" },
		{ MON_KIND_DISK, MON_DISK_MOUNT, "mount" },
		{ MON_KIND_DISK, MON_DISK_PCT, "pct_used" },
		{ MON_KIND_CPU, MON_CPU_BUSY, "busy_cpus" },
		{ MON_KIND_XEN, MON_XEN_MS, "cpu_ms" },
		{ MON_KIND_XEN, MON_XEN_MEMORY, "memory_kb" },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++)
		CHECK(strcmp(mon_schema[cases[i].kind].cols[cases[i].col].name, cases[i].name) == 0,
		    "%s", cases[i].name);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(tables_are_as_designed),
		CHECK_TEST(columns_are_those_of_the_schema),
		CHECK_TEST(tables_keep_the_rules),
		CHECK_TEST(finds_kinds),
		CHECK_TEST(shapes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
