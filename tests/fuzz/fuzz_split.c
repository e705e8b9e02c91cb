/*
 * fuzz_split.c - mon-split as a whole, from stdin to the files of the days, which must hold
 * byte for byte the rows that the good lines make, and nothing else.
 *
 * Stdin hands out its bytes in pieces and with pauses (feed.h); the folder is one in memory.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "zone.h"

/* The tool itself, with its loop over the lines. */
int fuzz_split_main(int argc, char *argv[]);
#define main fuzz_split_main
#include "../../tools/mon-split.c"
#undef main

#include "day.h"
#include "feed.h"

#define INPUT_MAX 65536
#define FILE_MAX (4 * INPUT_MAX)

static int base = -1;
static char path[] = "/dev/shm/mon-fuzz-XXXXXX";
static char text[FILE_MAX];
static size_t told; /* rows lost, as heard */

static void
leave(void)
{
	rmdir(path);
}

static void
enter(void)
{
	MUST(setenv("TZ", "Europe/Berlin", 1) == 0); /* days that are not those of UTC */
	MUST(mkdtemp(path) != NULL && atexit(leave) == 0);
	base = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(base >= 0);
}

/* The input on stdin. */
static void
prepare(const uint8_t *data, size_t size)
{
	unsigned seed = (unsigned)size;

	for (size_t i = 0; i < size && i < 64; i++)
		seed = seed * 31 + data[i];
	feed(STDIN_FILENO, data, size, seed % 4 > 0 ? seed : 0, true);
}

/* The lowest descriptor that is free: a higher one than before, and something was left open. */
static int
free_descriptor(void)
{
	int fd = dup(base);

	MUST(fd >= 0 && close(fd) == 0);
	return fd;
}

static void
hear(void *ctx, const struct mon_recorder_event *e)
{
	(void)ctx;
	/* Nothing can go wrong with these files, but for a row of no day. */
	MUST(e->what == MON_RECORDER_LOST && e->err == -ERANGE && e->rows == 1);
	told++;
}

/* The good lines of the input, in their order, that belong to ${kind} of ${day}; see wire.h. */
FUZZ_UNSEEN static size_t
compare(const uint8_t *data, size_t size, long day, enum mon_kind kind, const char *rows, size_t n)
{
	size_t at = 0, count = 0;
	char row[MON_ROW_MAX];
	struct mon_rec rec;
	time_t t;
	long of;

	while (at < size) {
		const char *line = (const char *)data + at;
		const char *lf = memchr(line, '\n', size - at);
		size_t len;

		if (lf == NULL)
			break;
		at += (size_t)(lf - line) + 1;
		if (mon_wire_parse(line, (size_t)(lf - line), &rec) != MON_WIRE_OK ||
		    !mon_stamp_parse(rec.ts.p, rec.ts.n, &t) || !mon_zone_day(t, &of) ||
		    of != day || mon_schema_kind(rec.payload.table) != kind)
			continue;
		len = mon_wire_row(&rec, row);
		fuzz_row(row, len, 2 + rec.payload.table->ncols);
		MUST(len <= n && memcmp(rows, row, len) == 0);
		rows += len;
		n -= len;
		count++;
	}
	MUST(n == 0);
	return count;
}

/* The good lines whose local date lies outside the years that have folders. */
FUZZ_UNSEEN static size_t
dayless(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size, *lf;
	size_t count = 0;
	struct mon_rec rec;
	time_t t;
	long day;

	for (; p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL; p = lf + 1)
		if (mon_wire_parse(p, (size_t)(lf - p), &rec) == MON_WIRE_OK)
			count += mon_stamp_parse(rec.ts.p, rec.ts.n, &t) && !mon_zone_day(t, &day);
	return count;
}

FUZZ_UNSEEN static size_t
check_day(const uint8_t *data, size_t size, long day)
{
	int dayfd = mon_day_open(base, day);
	struct mon_day_content content;
	char name[MON_DAY_LEN + 1];
	size_t rows = 0;

	MUST(dayfd >= 0 && mon_day_measure(dayfd, &content) == 0 && content.foreign == 0);
	for (enum mon_kind kind = 0; kind < MON_KINDS; kind++) {
		const struct mon_table *t = &mon_schema[kind];
		int fd = openat(dayfd, t->file, O_RDONLY | O_CLOEXEC);
		ssize_t n;

		if (fd < 0)
			continue;
		n = read(fd, text, sizeof(text));
		close(fd);
		MUST(n > (ssize_t)t->headerlen && n < (ssize_t)sizeof(text));
		MUST(memcmp(text, t->header, t->headerlen) == 0);
		rows +=
		    compare(data, size, day, kind, text + t->headerlen, (size_t)n - t->headerlen);
	}
	MUST(rows > 0 && mon_day_empty(dayfd) == 0);
	close(dayfd);
	MUST(mon_stamp_format_day(day, name) && unlinkat(base, name, AT_REMOVEDIR) == 0);
	return rows;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dropped d = { 0 };
	size_t lines = 0, rows = 0, ndays = 0;
	long *days = NULL;
	static bool entered;
	int next;

	if (size > INPUT_MAX)
		return 0;
	if (!entered)
		enter();
	entered = true;
	prepare(data, size);
	next = free_descriptor();
	recorder.basefd = base;
	recorder.tell = hear;
	recorder.filed = recorder.lost = told = 0;
	recorder.has_day = false; /* what a new process has */
	MUST(split(&recorder, &d) == 0 && recorder.lost == told);
	MUST(told == dayless(data, size));
	MUST(free_descriptor() == next); /* all that was opened is closed */

	MUST(mon_day_list(base, &days, &ndays) == 0);
	for (size_t i = 0; i < ndays; i++)
		rows += check_day(data, size, days[i]);
	free(days);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' || i + 1 == size;
	/* Each line is a row, or was dropped, or told of. */
	MUST(rows == recorder.filed && rows + d.lines + told == lines);
	return 0;
}
