/* fuzz_ledger.c - a row of archives.csv means one thing: read, written and read again. */
#include "fuzz.h"
#include "ledger.h"

static bool
same_row(const struct mon_ledger_row *a, const struct mon_ledger_row *b)
{
	return a->ts == b->ts && a->name.day == b->name.day && a->name.partial == b->name.partial &&
	       a->name.number == b->name.number && a->bytes == b->bytes &&
	       a->csv_bytes == b->csv_bytes && strcmp(a->sha256, b->sha256) == 0 &&
	       strcmp(a->place, b->place) == 0;
}

static void
check_name(const char *p, size_t len)
{
	struct mon_ledger_name name = { -1, true, 7 };
	char text[MON_ARCHIVE_NAME_MAX + 1];

	if (!mon_ledger_parse_name(p, len, &name)) {
		MUST(name.day == -1 && name.partial && name.number == 7);
		return;
	}
	mon_ledger_format_name(&name, text);
	MUST(strlen(text) == len && memcmp(text, p, len) == 0);
}

static void
check_row(const char *p, size_t len)
{
	struct mon_ledger_row row, again, before;
	char text[MON_LEDGER_ROW_MAX];
	size_t n;

	memset(&before, 'x', sizeof(before));
	row = before;
	if (!mon_ledger_parse(p, len, &row)) {
		MUST(memcmp(&row, &before, sizeof(row)) == 0);
		return;
	}
	MUST(memchr(row.place, '\0', sizeof(row.place)) != NULL &&
	     strlen(row.sha256) == MON_HEX_LEN);
	n = mon_ledger_format(&row, text);
	MUST(n <= sizeof(text));
	fuzz_row(text, n, 1 + mon_schema_ledger.ncols);
	MUST(mon_ledger_parse(text, n - 1, &again) && same_row(&row, &again));
}

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t at = 0; at <= size;) {
		const uint8_t *lf = at < size ? memchr(data + at, '\n', size - at) : NULL;
		size_t len = lf != NULL ? (size_t)(lf - data) - at : size - at;
		char *line = fuzz_place(&room, data + at, len);

		check_row(line, len);
		check_name(line, len);
		at += len + 1;
	}
	return 0;
}
