/*
 * fuzz_line.c - lines from memory, and from a pipe in chunks of odd sizes: the same, and what
 * the words of line.h say.  The first two bytes choose the bound and the chunks.
 */
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"
#include "line.h"

#define PIPE_MAX 32768 /* fits a pipe whole: the writer must never block */

/* What line.h promises, said in another way: the result for the line at ${at}. */
static int
expect(const char *p, size_t size, size_t *at, size_t max, size_t *ret_len)
{
	size_t len = 0;

	if (*at == size)
		return MON_LINE_EOF;
	while (*at + len < size && p[*at + len] != '\n')
		len++;
	*ret_len = len;
	if (*at + len == size) {
		*at = size;
		return MON_LINE_CUT;
	}
	*at += len + 1;
	return len > max ? MON_LINE_LONG : MON_LINE_OK;
}

static void
check_next(struct mon_line *l, int r, const char *line, size_t len, const char *p, size_t from,
    int wanted, size_t wanted_len)
{
	MUST(r == wanted);
	if (r == MON_LINE_OK) {
		MUST(len == wanted_len && memcmp(line, p + from, len) == 0);
		MUST(line >= l->buf && line + len <= l->buf + l->cap);
	} else {
		MUST(line == NULL && len == 7);
	}
}

static void
from_memory(char *p, size_t size, size_t max)
{
	struct mon_line l;
	size_t at = 0;
	int wanted;

	mon_line_memory(&l, p, size, max);
	do {
		const char *line = NULL;
		size_t from = at, len = 7, wanted_len = 0;
		int r = mon_line_next(&l, &line, &len);

		wanted = expect(p, size, &at, max, &wanted_len);
		check_next(&l, r, line, len, p, from, wanted, wanted_len);
	} while (wanted != MON_LINE_EOF);
}

static void
from_pipe(const char *p, size_t size, size_t max, size_t cap, unsigned seed)
{
	char *buf = malloc(cap);
	size_t at = 0, sent = 0;
	struct mon_line l;
	int fds[2], wanted;

	MUST(buf != NULL && pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
	mon_line_init(&l, fds[0], buf, cap, max);
	l.idle_ms = 0;
	do {
		const char *line = NULL;
		size_t from = at, len = 7, wanted_len = 0;
		int r;

		while ((r = mon_line_next(&l, &line, &len)) == MON_LINE_IDLE) {
			size_t chunk = 1 + seed % 97;

			seed = seed * 1103515245u + 12345u;
			MUST(fds[1] >= 0); /* silence behind the end would be a hang */
			if (sent == size) {
				close(fds[1]);
				fds[1] = -1;
				continue;
			}
			if (chunk > size - sent)
				chunk = size - sent;
			MUST(write(fds[1], p + sent, chunk) == (ssize_t)chunk);
			sent += chunk;
		}
		wanted = expect(p, size, &at, max, &wanted_len);
		check_next(&l, r, line, len, p, from, wanted, wanted_len);
	} while (wanted != MON_LINE_EOF);
	if (fds[1] >= 0)
		close(fds[1]);
	close(fds[0]);
	free(buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max, cap;
	char *p;

	if (size < 2)
		return 0;
	max = data[0];
	cap = max + 1 + data[1] % 64;
	p = fuzz_copy(data + 2, size - 2);
	from_memory(p, size - 2, max);
	MUST(memcmp(p, data + 2, size - 2) == 0);
	if (size - 2 <= PIPE_MAX)
		from_pipe(p, size - 2, max, cap, data[1]);
	free(p);
	return 0;
}
