/* test_wire.c - the line format: what passes, what does not, and what is written. */
#include <stdio.h>

#include "check.h"
#include "caps.h"
#include "shape.h"
#include "wire.h"

#define TS "2025-08-31T12:00:10Z"
#define SYS "3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0"
#define INT64_TEXT "9223372036854775807"

/* A payload, as a guest sends it and as the collector does. */
static const struct {
	const char *what, *text;
	size_t len;
	enum mon_wire_err guest, collector;
} payloads[] = {
	{ "sys", L("sys: " SYS), MON_WIRE_OK, MON_WIRE_OK },
	{ "net", L("net: eth0,1234567,0,0,7654321,0,0"), MON_WIRE_OK, MON_WIRE_OK },
	{ "conn", L("conn: 12,4"), MON_WIRE_OK, MON_WIRE_OK },
	{ "disk", L("disk: /dev/xvdb,/rw,52428800,1000000,51428800,2%"), MON_WIRE_OK, MON_WIRE_OK },
	{ "alert", L("alert: Aug 31 12:00:09 kernel: NET: eth0, up"), MON_WIRE_OK, MON_WIRE_OK },
	{ "custom", L("custom: nft_drops,42"), MON_WIRE_OK, MON_WIRE_OK },
	{ "state: only the collector", L("state: Running"), MON_WIRE_KIND, MON_WIRE_OK },
	{ "scrape: only the collector", L("scrape: ok,41,1183,13,0"), MON_WIRE_KIND, MON_WIRE_OK },
	{ "largest counter", L("conn: " INT64_TEXT ",0"), MON_WIRE_OK, MON_WIRE_OK },
	{ "one past the largest", L("conn: 9223372036854775808,0"), MON_WIRE_FIELD,
	    MON_WIRE_FIELD },
	{ "minus one", L("conn: -1,0"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "leading zero", L("conn: 012,4"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "leading zero, last field", L("conn: 12,04"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "exponent", L("custom: a,1e3"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "NUL in a number", L("conn: 1\0002,4"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "NUL behind", L("conn: 12,4\0"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "carriage return behind", L("conn: 12,4\r"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "space behind", L("conn: 12,4 "), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "space between", L("conn: 12, 4"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "two spaces first", L("conn:  12,4"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "a quote", L("custom: \"a\",1"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "a formula for a name", L("custom: =1+1,1"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "a bad escape", L("net: a\\400,0,0,0,0,0,0"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "percent over 100", L("disk: a,/,1,1,1,101%"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "percent without sign", L("disk: a,/,1,1,1,2"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "an empty field first", L("conn: ,4"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "an empty field last", L("conn: 12,"), MON_WIRE_COLUMNS, MON_WIRE_COLUMNS },
	{ "a column too few", L("conn: 12"), MON_WIRE_COLUMNS, MON_WIRE_COLUMNS },
	{ "a column too many", L("conn: 1,2,3"), MON_WIRE_COLUMNS, MON_WIRE_COLUMNS },
	{ "a comma too many", L("conn: 1,2,"), MON_WIRE_COLUMNS, MON_WIRE_COLUMNS },
	{ "past every table", L("conn: 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"), MON_WIRE_COLUMNS,
	    MON_WIRE_COLUMNS },
	{ "no field", L("conn: "), MON_WIRE_COLUMNS, MON_WIRE_COLUMNS },
	{ "no text", L("alert: "), MON_WIRE_COLUMNS, MON_WIRE_COLUMNS },
	{ "no space behind the colon", L("conn:12,4"), MON_WIRE_COLUMNS, MON_WIRE_COLUMNS },
	{ "a tab behind the colon", L("conn:\t12,4"), MON_WIRE_COLUMNS, MON_WIRE_COLUMNS },
	{ "only the kind", L("conn:"), MON_WIRE_COLUMNS, MON_WIRE_COLUMNS },
	{ "no colon", L("conn 12,4"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "only the word", L("conn"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "space before the colon", L("conn : 12,4"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "space first", L(" conn: 12,4"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "capital", L("Conn: 12,4"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "a kind cut short", L("con: 12,4"), MON_WIRE_UNKNOWN, MON_WIRE_UNKNOWN },
	{ "a kind too long", L("conns: 12,4"), MON_WIRE_UNKNOWN, MON_WIRE_UNKNOWN },
	{ "no kind of ours", L("load: 1"), MON_WIRE_UNKNOWN, MON_WIRE_UNKNOWN },
	{ "a later kind without fields", L("load: "), MON_WIRE_UNKNOWN, MON_WIRE_UNKNOWN },
	{ "a later kind without its space", L("load:1"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "the longest later kind", L("abcdefghijklmnopqrstuvwxyzabcde: 1"), MON_WIRE_UNKNOWN,
	    MON_WIRE_UNKNOWN },
	{ "a word too long for a kind", L("abcdefghijklmnopqrstuvwxyzabcdef: 1"), MON_WIRE_KIND,
	    MON_WIRE_KIND },
	{ "cpu", L("cpu: 4,0.19,0.3,0.0"), MON_WIRE_OK, MON_WIRE_OK },
	{ "io", L("io: xvdb,8123,312345678,912,4411,98765432,2201,1893"), MON_WIRE_OK,
	    MON_WIRE_OK },
	{ "pressure", L("pressure: 120345,0,0,88812,40211"), MON_WIRE_OK, MON_WIRE_OK },
	{ "xen: only the collector", L("xen: 912345,409600"), MON_WIRE_KIND, MON_WIRE_OK },
	{ "below zero", L("custom: temperature,-5.5"), MON_WIRE_OK, MON_WIRE_OK },
	{ "two signs", L("custom: temperature,--5"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "a sign alone", L("custom: temperature,-"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "a plus", L("custom: temperature,+5"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "a decimal below zero", L("cpu: 4,-0.19,0.3,0.0"), MON_WIRE_FIELD, MON_WIRE_FIELD },
	{ "a NUL in the kind", L("conn\0: 12,4"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "only a colon", L(":"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "colon and space", L(": "), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "a forged stamp", L(TS " dom0 state: Running"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "a forged stamp of a guest's kind", L(TS " dom0 conn: 1,2"), MON_WIRE_KIND,
	    MON_WIRE_KIND },
	{ "a forged name", L("dom0 conn: 1,2"), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "a line feed and a second line", L("conn: 1,2\nconn: 3,4"), MON_WIRE_FIELD,
	    MON_WIRE_FIELD },
	{ "empty", L(""), MON_WIRE_KIND, MON_WIRE_KIND },
	{ "an escape sequence in an alert: cleaned later", L("alert: \033[2Jhi"), MON_WIRE_OK,
	    MON_WIRE_OK },
	{ "a NUL in an alert", L("alert: \0"), MON_WIRE_OK, MON_WIRE_OK },
	{ "an alert of commas", L("alert: ,,,,"), MON_WIRE_OK, MON_WIRE_OK },
	{ "a digit in a state", L("state: Run2"), MON_WIRE_KIND, MON_WIRE_FIELD },
	{ "a state too many", L("state: Running,Halted"), MON_WIRE_KIND, MON_WIRE_COLUMNS },
};

static void
checks_payloads(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(payloads); i++) {
		for (int own = 0; own < 2; own++) {
			char *exact = check_dup(payloads[i].text, payloads[i].len);
			enum mon_wire_err want = own ? payloads[i].collector : payloads[i].guest;
			struct mon_payload got;

			check_fill(&got, sizeof(got));
			CHECK_EQ(mon_wire_payload(exact, payloads[i].len,
				     own ? MON_FROM_COLLECTOR : MON_FROM_GUEST, &got),
			    want, "%s, %s", payloads[i].what, own ? "collector" : "guest");
			if (want != MON_WIRE_OK)
				CHECK(check_untouched(&got, sizeof(got)), "%s", payloads[i].what);
			else
				CHECK_EQ(got.own, own, "%s", payloads[i].what);
			free(exact);
		}
	}
	check_done();
}

/* A stamped line and the row it becomes. */
static const struct {
	const char *what, *text;
	size_t len;
	enum mon_wire_err err;
	const char *row;
} lines[] = {
	{ "sys", L(TS " work sys: " SYS), MON_WIRE_OK, TS ",work," SYS "\n" },
	{ "state", L(TS " sys-net state: Running"), MON_WIRE_OK, TS ",sys-net,Running\n" },
	{ "scrape", L(TS " work scrape: ok,41,1183,13,0"), MON_WIRE_OK,
	    TS ",work,ok,41,1183,13,0\n" },
	{ "text with commas and quotes", L(TS " work alert: a, b: \"c\""), MON_WIRE_OK,
	    TS ",work,a b: 'c'\n" },
	{ "text with spaces around", L(TS " work alert:  a "), MON_WIRE_OK, TS ",work, a \n" },
	{ "text of nothing", L(TS " work alert: ,,"), MON_WIRE_OK, TS ",work,?\n" },
	{ "a line feed in a text", L(TS " work alert: a\nb"), MON_WIRE_OK, TS ",work,a?b\n" },
	{ "our own !", L(TS " work alert: !lost"), MON_WIRE_OK, TS ",work,!lost\n" },
	{ "a formula", L(TS " work alert: =cmd()"), MON_WIRE_OK, TS ",work,?cmd()\n" },
	{ "longest name", L(TS " abcdefghijklmnopqrstuvwxyz01234 conn: 1,2"), MON_WIRE_OK,
	    TS ",abcdefghijklmnopqrstuvwxyz01234,1,2\n" },
	{ "name too long", L(TS " abcdefghijklmnopqrstuvwxyz012345 conn: 1,2"), MON_WIRE_QUBE,
	    NULL },
	{ "a path for a name", L(TS " ../x conn: 1,2"), MON_WIRE_QUBE, NULL },
	{ "no name", L(TS " conn: 1,2"), MON_WIRE_QUBE, NULL },
	{ "empty name", L(TS "  conn: 1,2"), MON_WIRE_QUBE, NULL },
	{ "only a stamp", L(TS), MON_WIRE_QUBE, NULL },
	{ "only a stamp and a space", L(TS " "), MON_WIRE_QUBE, NULL },
	{ "stamp and name", L(TS " work"), MON_WIRE_KIND, NULL },
	{ "stamp, name and a space", L(TS " work "), MON_WIRE_KIND, NULL },
	{ "no stamp", L("work conn: 1,2"), MON_WIRE_STAMP, NULL },
	{ "a bare payload", L("conn: 1,2"), MON_WIRE_STAMP, NULL },
	{ "no such day", L("2025-02-30T12:00:10Z work conn: 1,2"), MON_WIRE_STAMP, NULL },
	{ "a space first", L(" " TS " work conn: 1,2"), MON_WIRE_STAMP, NULL },
	{ "a tab for a space", L(TS "\twork conn: 1,2"), MON_WIRE_STAMP, NULL },
	{ "a row for a line", L(TS ",work,1,2"), MON_WIRE_STAMP, NULL },
	{ "a stamp with more behind", L(TS "x work conn: 1,2"), MON_WIRE_STAMP, NULL },
	{ "bad field", L(TS " work conn: 1,x"), MON_WIRE_FIELD, NULL },
	{ "two spaces before the kind", L(TS " work  conn: 1,2"), MON_WIRE_KIND, NULL },
	{ "empty", L(""), MON_WIRE_STAMP, NULL },
};

static void
parses_lines_and_writes_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(lines); i++) {
		char *exact = check_dup(lines[i].text, lines[i].len), *row = malloc(MON_ROW_MAX);
		struct mon_rec got;
		size_t n;

		assert_non_null(row);
		check_fill(&got, sizeof(got));
		CHECK_EQ(
		    mon_wire_parse(exact, lines[i].len, &got), lines[i].err, "%s", lines[i].what);
		if (lines[i].err != MON_WIRE_OK) {
			CHECK(check_untouched(&got, sizeof(got)), "%s", lines[i].what);
		} else {
			n = mon_wire_row(&got, row);
			CHECK(n == strlen(lines[i].row) && memcmp(row, lines[i].row, n) == 0,
			    "%s: %.*s", lines[i].what, (int)n, row);
		}
		free(row);
		free(exact);
	}
	check_done();
}

/* What mon-scrape makes of a guest's line. */
static void
stamps_lines(void **state)
{
	static const struct {
		const char *what, *payload;
		size_t len;
		enum mon_sender sender;
		const char *want;
	} cases[] = {
		{ "conn", L("conn: 1,2"), MON_FROM_GUEST, TS " work conn: 1,2\n" },
		{ "state", L("state: Running"), MON_FROM_COLLECTOR, TS " work state: Running\n" },
		{ "a guest's !", L("alert: !lost"), MON_FROM_GUEST, TS " work alert: ?lost\n" },
		{ "our own !", L("alert: !lost"), MON_FROM_COLLECTOR, TS " work alert: !lost\n" },
		{ "a line feed cannot begin a line of its own",
		    L("alert: a\n" TS " dom0 state: Running"), MON_FROM_GUEST,
		    TS " work alert: a?" TS " dom0 state: Running\n" },
		{ "escape sequence", L("alert: \033[2J,x"), MON_FROM_GUEST,
		    TS " work alert: ?[2Jx\n" },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].payload, cases[i].len), *dst = malloc(MON_ROW_MAX);
		struct mon_payload payload;
		size_t n;

		assert_non_null(dst);
		assert_int_equal(
		    mon_wire_payload(exact, cases[i].len, cases[i].sender, &payload), MON_WIRE_OK);
		n = mon_wire_stamp(TS, "work", &payload, dst);
		CHECK(n == strlen(cases[i].want) && memcmp(dst, cases[i].want, n) == 0, "%s: %.*s",
		    cases[i].what, (int)n, dst);
		free(dst);
		free(exact);
	}
	check_done();
}

/* The longest of everything, of every kind: it passes, and what is written fits. */
static void
longest_lines_fit(void **state)
{
	static const char vm[] = "abcdefghijklmnopqrstuvwxyz01234";
	uint64_t seed = 4096;

	(void)state;
	for (size_t k = 0; k < MON_KINDS; k++) {
		const struct mon_table *t = &mon_schema[k];

		for (size_t over = 0; over < 2; over++) {
			char line[MON_STAMPED_MAX + 2], *exact, *dst = malloc(MON_ROW_MAX);
			size_t head = (size_t)snprintf(line, sizeof(line), "%s %s ", TS, vm),
			       n = head;
			size_t room, names = 0, full = n + MON_LINE_MAX + over;
			struct mon_rec rec;

			assert_non_null(dst);
			n += (size_t)snprintf(line + n, sizeof(line) - n, "%s: ", t->kind);
			/* Numbers as long as they can be; a name or text takes what is left. */
			room = full - n;
			for (size_t i = 0; i < t->ncols; i++) {
				enum mon_shape shape = t->cols[i].shape;

				names += shape == MON_NAME || shape == MON_TEXT;
				room -= i > 0;
				room -= shape == MON_INT       ? 19
					: shape == MON_DECIMAL ? 29
					: shape == MON_SIGNED  ? 30
					: shape == MON_PERCENT ? 4
					: shape == MON_WORD    ? MON_WORD_MAX
							       : 0;
			}
			for (size_t i = 0; i < t->ncols; i++) {
				size_t width;

				if (i > 0)
					line[n++] = ',';
				switch (t->cols[i].shape) {
				case MON_INT: n += (size_t)sprintf(line + n, INT64_TEXT); break;
				case MON_DECIMAL:
					n += (size_t)sprintf(line + n, INT64_TEXT ".999999999");
					break;
				case MON_SIGNED:
					n += (size_t)sprintf(line + n, "-" INT64_TEXT ".999999999");
					break;
				case MON_PERCENT: n += (size_t)sprintf(line + n, "100%%"); break;
				case MON_WORD:
					memset(line + n, 'w', MON_WORD_MAX);
					n += MON_WORD_MAX;
					break;
				default:
					width = names-- == 1 ? room : room / 2;
					room -= width;
					while (width-- > 0)
						line[n++] = t->cols[i].shape == MON_NAME
								? '~'
								: (char)check_random(&seed);
					break;
				}
			}
			exact = check_dup(line, n);
			check_fill(&rec, sizeof(rec));
			if (n == full && over) {
				CHECK_EQ(
				    mon_wire_parse(exact, n, &rec), MON_WIRE_LONG, "%s", t->kind);
				CHECK(check_untouched(&rec, sizeof(rec)), "%s", t->kind);
			} else {
				CHECK_EQ(mon_wire_parse(exact, n, &rec), MON_WIRE_OK, "%s: %s",
				    t->kind, check_hex(line, n));
				CHECK(mon_wire_row(&rec, dst) <= MON_ROW_MAX, "%s", t->kind);
				n = mon_wire_stamp(TS, vm, &rec.payload, dst);
				CHECK(n <= MON_ROW_MAX, "%s", t->kind);
				if (names == 0 && t->cols[t->ncols - 1].shape != MON_TEXT &&
				    t->cols[0].shape == MON_NAME)
					CHECK_EQ(n, MON_ROW_MAX, "%s: the longest there can be",
					    t->kind);
			}
			/* A payload that is too long, with a short name: the stamped line is not. */
			if (n == full && over) {
				char *short_name = check_dup(line + head - 33, n - head + 33);

				memcpy(short_name, TS " w ", 23);
				memmove(short_name + 23, line + head, n - head);
				CHECK_EQ(mon_wire_parse(short_name, n - head + 23, &rec),
				    MON_WIRE_LONG, "%s", t->kind);
				free(short_name);
			}
			free(dst);
			free(exact);
		}
	}
	check_done();
}

/* Lines that are good or nearly so: pieces of good ones, then some bytes changed. */
static size_t
random_line(uint64_t *seed, char *dst)
{
	static const char *const stamps[] = { TS, TS, TS, "2025-08-31T12:00:20Z",
		"2025-08-32T12:00:10Z", "2025-08-31T12:00:10" };
	static const char *const vms[] = { "work", "work", "sys-net", "wor", "works", "../x",
		"abcdefghijklmnopqrstuvwxyz01234", "abcdefghijklmnopqrstuvwxyz012345" };
	size_t n = (size_t)sprintf(dst, "%s %s ", stamps[check_below(seed, CHECK_LEN(stamps))],
	    vms[check_below(seed, CHECK_LEN(vms))]);
	size_t pick = check_below(seed, CHECK_LEN(payloads)), changes = check_below(seed, 3);

	memcpy(dst + n, payloads[pick].text, payloads[pick].len);
	n += payloads[pick].len;
	for (size_t i = 0; i < changes && check_below(seed, 2) == 0; i++) {
		size_t at = check_below(seed, n);

		switch (check_below(seed, 4)) {
		case 0: dst[at] = (char)check_random(seed); break;
		case 1: dst[at] = " ,:0Z\n"[check_below(seed, 6)]; break;
		case 2: n = at + 1; break;
		default: memmove(dst + at, dst + at + 1, n - at - 1); n--;
		}
	}
	return n;
}

/* Every row of every line that passes keeps the rules of the files. */
static void
rows_keep_the_rules(void **state)
{
	uint64_t seed = 30;

	(void)state;
	for (size_t i = 0; i < 300000; i++) {
		char line[1024], *exact, *row = malloc(MON_ROW_MAX);
		size_t n = random_line(&seed, line), m, commas = 0;
		struct mon_rec rec;

		assert_non_null(row);
		exact = check_dup(line, n);
		if (mon_wire_parse(exact, n, &rec) == MON_WIRE_OK) {
			m = mon_wire_row(&rec, row);
			CHECK(m >= 1 && m <= MON_ROW_MAX && row[m - 1] == '\n', "%s",
			    check_hex(line, n));
			for (size_t j = 0; j + 1 < m; j++) {
				commas += row[j] == ',';
				CHECK((unsigned char)row[j] >= 0x20 && row[j] != '"' &&
					  row[j] != 0x7f,
				    "%s", check_hex(line, n));
				/* A number below zero is a number to a spreadsheet, no formula. */
				CHECK(row[j] != ',' || strchr("=+-@", row[j + 1]) == NULL ||
					  (row[j + 1] == '-' && row[j + 2] >= '0' &&
					      row[j + 2] <= '9'),
				    "%s", check_hex(line, n));
			}
			CHECK_EQ(commas, 1 + rec.payload.table->ncols, "%s", check_hex(line, n));
		}
		free(row);
		free(exact);
	}
	check_done();
}

/* A stamped line is read back as what was stamped, and stamping it again changes nothing. */
static void
stamped_lines_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(payloads); i++) {
		char *first = malloc(MON_ROW_MAX), *second = malloc(MON_ROW_MAX), *exact;
		struct mon_payload payload;
		struct mon_rec rec;
		size_t n;

		assert_true(first != NULL && second != NULL);
		if (mon_wire_payload(payloads[i].text, payloads[i].len, MON_FROM_GUEST, &payload) ==
		    MON_WIRE_OK) {
			n = mon_wire_stamp(TS, "work", &payload, first);
			exact = check_dup(first, n - 1);
			CHECK_EQ(mon_wire_parse(exact, n - 1, &rec), MON_WIRE_OK, "%s",
			    payloads[i].what);
			CHECK(mon_wire_stamp(TS, "work", &rec.payload, second) == n &&
				  memcmp(first, second, n) == 0,
			    "%s", payloads[i].what);
			free(exact);
		}
		free(first);
		free(second);
	}
	check_done();
}

/* The bound comes before any other reason: what is longer is not looked at. */
static void
refuses_long_garbage(void **state)
{
	char *line = malloc(MON_STAMPED_MAX + 1);
	struct mon_rec rec;

	(void)state;
	assert_non_null(line);
	memset(line, 'x', MON_STAMPED_MAX + 1);
	check_fill(&rec, sizeof(rec));
	CHECK_EQ(mon_wire_parse(line, MON_STAMPED_MAX + 1, &rec), MON_WIRE_LONG, "one over");
	CHECK_EQ(mon_wire_parse(line, MON_STAMPED_MAX, &rec), MON_WIRE_STAMP, "the bound");
	CHECK(check_untouched(&rec, sizeof(rec)), "untouched");
	free(line);
	check_done();
}

static void
every_reason_has_words(void **state)
{
	(void)state;
	for (enum mon_wire_err e = MON_WIRE_OK; e < MON_WIRE_ERRS; e++) {
		CHECK(mon_wire_reason(e) != NULL && *mon_wire_reason(e) != '\0', "%d", (int)e);
		for (enum mon_wire_err f = MON_WIRE_OK; f < e; f++)
			CHECK(strcmp(mon_wire_reason(e), mon_wire_reason(f)) != 0, "%d, %d", (int)e,
			    (int)f);
	}
	CHECK(strcmp(mon_wire_reason((enum mon_wire_err)99), "bad") == 0, "no reason of ours");
	check_done();
}

/* A payload is cut into its columns, whatever stands in the last one. */
static void
payloads_are_split(void **state)
{
	static const struct {
		const char *line;
		size_t len;
		const char *want[3]; /* of the first columns, "" behind the last */
	} cases[] = {
		{ L("conn: 12,4"), { "12", "4", "" } },
		{ L("custom: t,-5.5"), { "t", "-5.5", "" } },
		{ L("state: Running"), { "Running", "", "" } },
		{ L("alert: a, b, c"), { "a, b, c", "", "" } },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		struct mon_str got[MON_COLS_MAX];
		struct mon_payload p;

		CHECK_EQ(mon_wire_payload(cases[i].line, cases[i].len, MON_FROM_COLLECTOR, &p), 0,
		    "%s", cases[i].line);
		mon_wire_split(&p, got);
		for (size_t j = 0; j < p.table->ncols; j++)
			CHECK(mon_str_is(got[j], cases[i].want[j]), "%s: %zu", cases[i].line, j);
	}
	check_done();
}

static void
frames_are_strict(void **state)
{
	static const struct {
		const char *line;
		size_t len;
		long long begin, end; /* -1: it is none */
	} cases[] = {
		{ L("begin: 1"), 1, -1 },
		{ L("begin: 27"), 27, -1 },
		{ L("end: 0"), -1, 0 },
		{ L("end: 512"), -1, 512 },
		{ L("begin:"), -1, -1 },
		{ L("begin: "), -1, -1 },
		{ L("begin: 1 "), -1, -1 },
		{ L("begin: 01"), -1, -1 },
		{ L("begin: -1"), -1, -1 },
		{ L(" begin: 1"), -1, -1 },
		{ L("begin: 1\0"), -1, -1 },
		{ L("Begin: 1"), -1, -1 },
		{ L("end: 1,2"), -1, -1 },
		{ L("end: x"), -1, -1 },
		{ L("end: 9223372036854775808"), -1, -1 },
		{ L(""), -1, -1 },
		{ L("end"), -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(cases); i++) {
		char *exact = check_dup(cases[i].line, cases[i].len);
		uint64_t got = 77;

		CHECK_EQ(mon_wire_begin(exact, cases[i].len, &got), cases[i].begin >= 0, "%s",
		    cases[i].line);
		CHECK_EQ(got, cases[i].begin >= 0 ? cases[i].begin : 77, "%s", cases[i].line);
		got = 77;
		CHECK_EQ(mon_wire_end(exact, cases[i].len, &got), cases[i].end >= 0, "%s",
		    cases[i].line);
		CHECK_EQ(got, cases[i].end >= 0 ? cases[i].end : 77, "%s", cases[i].line);
		free(exact);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(checks_payloads),
		CHECK_TEST(payloads_are_split),
		CHECK_TEST(frames_are_strict),
		CHECK_TEST(parses_lines_and_writes_rows),
		CHECK_TEST(stamps_lines),
		CHECK_TEST(longest_lines_fit),
		CHECK_TEST(rows_keep_the_rules),
		CHECK_TEST(stamped_lines_come_back),
		CHECK_TEST(refuses_long_garbage),
		CHECK_TEST(every_reason_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
