/*
 * fuzz_split.c - mon-split as a whole, from stdin to the files of the days, which must hold
 * byte for byte the rows that the good lines make, and nothing else.
 *
 * Stdin and the files are in memory (kernel.h), and stdin hands out its bytes in pieces and with
 * pauses.  With MON_FUZZ_FILES in the environment they are a file and a folder of the kernel.
 */
#include <fcntl.h>
#include <sys/mman.h>
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
#include "kernel.h"

#define INPUT_MAX 65536
#define FILE_MAX (4 * INPUT_MAX)

static int base = -1, stdin_file = -1;
static bool real_files;
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
	real_files = getenv("MON_FUZZ_FILES") != NULL;
	if (!real_files)
		return;
	MUST(mkdtemp(path) != NULL && atexit(leave) == 0);
	base = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stdin_file = memfd_create("stdin", 0);
	MUST(base >= 0 && stdin_file >= 0);
	MUST(dup2(stdin_file, STDIN_FILENO) == STDIN_FILENO);
}

/* An empty folder, and the input on stdin. */
static void
prepare(const uint8_t *data, size_t size)
{
	unsigned seed = (unsigned)size;

	if (real_files) {
		MUST(ftruncate(stdin_file, 0) == 0);
		MUST(pwrite(stdin_file, data, size, 0) == (ssize_t)size);
		MUST(lseek(stdin_file, 0, SEEK_SET) == 0);
		return;
	}
	for (size_t i = 0; i < size && i < 64; i++)
		seed = seed * 31 + data[i];
	kernel_feed(STDIN_FILENO, data, size, seed % 4 > 0 ? seed : 0, true);
	base = kernel_folder(seed % 8 > 1);
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

	if (size > INPUT_MAX)
		return 0;
	if (!entered)
		enter();
	entered = true;
	prepare(data, size);
	recorder.basefd = base;
	recorder.tell = hear;
	recorder.filed = recorder.lost = told = 0;
	recorder.has_day = false; /* what a new process has */
	MUST(split(&recorder, &d) == 0 && recorder.lost == told);
	MUST(told == dayless(data, size));
	MUST(real_files || kernel_open() == 1); /* all that was opened is closed */

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
