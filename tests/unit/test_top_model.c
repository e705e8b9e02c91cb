/* unit-top_model: the columns that mon-top takes its figures from stand where the schema has them. */
#include <string.h>

#include "check.h"
#include "model.h"
#include "schema.h"

static const struct {
	enum mon_kind kind;
	size_t column;
	const char *name;
} columns[] = {
	{ MON_KIND_SYS, 2, "cpu_idle" },
	{ MON_KIND_SYS, 3, "load1" },
	{ MON_KIND_SYS, 6, "mem_total_kb" },
	{ MON_KIND_SYS, 7, "mem_used_kb" },
	{ MON_KIND_SYS, 10, "swap_used_kb" },
	{ MON_KIND_NET, 0, "if" },
	{ MON_KIND_NET, 1, "rx_bytes" },
	{ MON_KIND_NET, 4, "tx_bytes" },
	{ MON_KIND_CONN, 0, "tcp_established" },
	{ MON_KIND_DISK, 1, "mount" },
	{ MON_KIND_DISK, 5, "pct_used" },
	{ MON_KIND_CPU, 0, "cpus" },
	{ MON_KIND_CPU, 1, "busy_cpus" },
	{ MON_KIND_IO, 0, "dev" },
	{ MON_KIND_IO, 2, "read_bytes" },
	{ MON_KIND_IO, 5, "write_bytes" },
	{ MON_KIND_PRESSURE, 0, "cpu_some_us" },
	{ MON_KIND_PRESSURE, 1, "mem_some_us" },
	{ MON_KIND_PRESSURE, 3, "io_some_us" },
};

static void
columns_of_the_schema(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(columns); i++)
		CHECK_EQ(strcmp(mon_schema[columns[i].kind].cols[columns[i].column].name,
			     columns[i].name),
		    0, "%s", columns[i].name);
	check_done();
}

static void
words(void **state)
{
	struct top_qube q = { .state = "Running", .result = "timeout" };

	(void)state;
	CHECK_EQ(strcmp(top_model_word(&q), "timeout"), 0, "who runs and does not answer");
	CHECK_EQ(top_model_silent(&q), true, "is silent");
	memcpy(q.state, "Halted", sizeof("Halted"));
	CHECK_EQ(strcmp(top_model_word(&q), "Halted"), 0, "who was halted since then");
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(columns_of_the_schema),
		CHECK_TEST(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
