/* tail.c - the last rows of scrape.csv; see tail.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "io.h"
#include "line.h"
#include "schema.h"
#include "shape.h"
#include "stamp.h"
#include "str.h"
#include "tail.h"

/* The columns behind ts and vm, in the order of the table. */
enum { RESULT, MS, BYTES, LINES, REJECTED, COLS };

static char bytes[MON_TAIL_BYTES];

/* Cut the field up to the next comma, or to the end, off ${rest}; false if it is not of ${shape}. */
static bool
cut_field(struct mon_str *rest, enum mon_shape shape, bool last, struct mon_str *ret)
{
	const char *end = rest->p + rest->n, *p = mon_shape_scan(shape, rest->p, end);

	if (p == NULL || (last ? p != end : p == end || *p != ','))
		return false;
	*ret = (struct mon_str){ rest->p, (size_t)(p - rest->p) };
	rest->n = (size_t)(end - p) - !last;
	rest->p = p + !last;
	return true;
}

bool
mon_tail_parse(const char *untrusted, size_t len, struct mon_tail_row *ret)
{
	const struct mon_table *table = &mon_schema[MON_KIND_SCRAPE];
	struct mon_str rest = { untrusted, len }, ts, vm, field[COLS];
	struct mon_tail_row row = { 0 };

	_Static_assert(COLS <= MON_COLS_MAX, "fields of a row");
	if (table->ncols != COLS || !cut_field(&rest, MON_STAMP, false, &ts) ||
	    !cut_field(&rest, MON_VM, false, &vm))
		return false;
	for (size_t i = 0; i < COLS; i++)
		if (!cut_field(&rest, table->cols[i].shape, i + 1 == COLS, &field[i]))
			return false;
	if (!mon_stamp_parse(ts.p, ts.n, &row.ts) ||
	    !mon_shape_number(field[BYTES].p, field[BYTES].n, &row.bytes) ||
	    !mon_shape_number(field[REJECTED].p, field[REJECTED].n, &row.rejected))
		return false;
	row.result = mon_target_result_find(field[RESULT].p, field[RESULT].n);
	if (row.result == MON_TARGET_NONE)
		return false;
	memcpy(row.vm, vm.p, vm.n);
	*ret = row;
	return true;
}

/* The place for a row of ${vm}: its last one's, a free one, or that of the oldest row of all. */
static struct mon_tail_row *
find_place(struct mon_tail *tail, const char *vm)
{
	struct mon_tail_row *oldest = &tail->qube[0];

	for (size_t i = 0; i < tail->n; i++) {
		struct mon_tail_row *q = &tail->qube[i];

		if (memcmp(q->vm, vm, sizeof(q->vm)) == 0)
			return q;
		if (q->at < oldest->at)
			oldest = q;
	}
	return tail->n < MON_VMS_MAX ? &tail->qube[tail->n++] : oldest;
}

const struct mon_tail_row *
mon_tail_find(const struct mon_tail *tail, const char *vm)
{
	for (size_t i = 0; i < tail->n; i++)
		if (strcmp(tail->qube[i].vm, vm) == 0)
			return &tail->qube[i];
	return NULL;
}

void
mon_tail_learn(struct mon_tail *tail, char *untrusted, size_t len)
{
	const char *line = NULL;
	size_t linelen = 0;
	struct mon_line lines;
	int r;

	mon_line_memory(&lines, untrusted, len, MON_STAMPED_MAX);
	while ((r = mon_line_next(&lines, &line, &linelen)) != MON_LINE_EOF) {
		struct mon_tail_row row;

		if (r == MON_LINE_CUT) /* being written at this moment, or torn by a crash */
			continue;
		if (r != MON_LINE_OK || !mon_tail_parse(line, linelen, &row)) {
			tail->bad++;
			continue;
		}
		/* The order of the file counts, not that of the stamps: the clock may have jumped. */
		row.at = tail->rows++;
		*find_place(tail, row.vm) = row;
		tail->last = row.ts;
		if (row.ts > tail->newest)
			tail->newest = row.ts;
	}
}

/* The stamp of the first row, which follows the header; 0 if there is none. */
static int
read_first(int fd, const struct mon_table *table, time_t *ret)
{
	struct mon_tail_row row;
	size_t got = 0;
	const char *lf;
	int r;

	r = mon_io_pread(fd, bytes, MON_STAMPED_MAX, 0, &got);
	if (r < 0)
		return r;
	if (got < table->headerlen || memcmp(bytes, table->header, table->headerlen) != 0)
		return -EBADMSG;
	lf = memchr(bytes + table->headerlen, '\n', got - table->headerlen);
	*ret = 0;
	if (lf != NULL &&
	    mon_tail_parse(bytes + table->headerlen, (size_t)(lf - bytes) - table->headerlen, &row))
		*ret = row.ts;
	return 0;
}

int
mon_tail_read(int dayfd, struct mon_tail *ret)
{
	const struct mon_table *table = &mon_schema[MON_KIND_SCRAPE];
	/* O_NONBLOCK: opening a FIFO that somebody put there must not hang. */
	cleanup_fd int fd =
	    openat(dayfd, table->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t got = 0, skip = 0;
	time_t first = 0;
	struct stat st;
	off_t from;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	r = read_first(fd, table, &first);
	if (r < 0)
		return r;
	from = st.st_size > (off_t)sizeof(bytes) ? st.st_size - (off_t)sizeof(bytes) : 0;
	r = mon_io_pread(fd, bytes, sizeof(bytes), from, &got);
	if (r < 0)
		return r;
	if (from == 0) {
		skip = table->headerlen < got ? table->headerlen : got;
	} else { /* begin at a whole line */
		const char *lf = memchr(bytes, '\n', got);

		skip = lf != NULL ? (size_t)(lf - bytes) + 1 : got;
	}
	memset(ret, 0, sizeof(*ret));
	ret->first = first;
	mon_tail_learn(ret, bytes + skip, got - skip);
	return 0;
}
