/*
 * fuzz_linepipe.c - lines from a pipe in chunks of odd sizes are what the words of line.h say.
 * fuzz_line.c tries many more inputs, but its pipe is a make-believe.
 */
#include <fcntl.h>
#include <unistd.h>

#include "lines.h"

#define PIPE_MAX 32768 /* fits a pipe whole: the writer must never block */

static struct fuzz_room input, buffer;

static void
from_pipe(const char *p, size_t size, size_t max, size_t cap, unsigned seed)
{
	char *buf = fuzz_room(&buffer, cap);
	size_t at = 0, sent = 0;
	struct mon_line l;
	int fds[2], wanted;

	MUST(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
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
		wanted = lines_expect(p, size, &at, max, &wanted_len);
		lines_check(&l, r, line, len, p, from, wanted, wanted_len);
	} while (wanted != MON_LINE_EOF);
	if (fds[1] >= 0)
		close(fds[1]);
	close(fds[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max;
	char *p;

	if (size < 2 || size - 2 > PIPE_MAX)
		return 0;
	max = data[0];
	p = fuzz_place(&input, data + 2, size - 2);
	from_pipe(p, size - 2, max, max + 1 + data[1] % 64, data[1]);
	return 0;
}
