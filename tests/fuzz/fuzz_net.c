/*
 * fuzz_net.c - /proc/net/dev, /proc/self/mountinfo and /proc/diskstats become lines that a collector
 * takes; the first byte chooses the file.  The first letter of a mount point chooses what the
 * file system says.
 */
#include <errno.h>

#include "answer.h"
#include "counters.h"
#include "disks.h"
#include "fuzz.h"
#include "net.h"
#include "wire.h"

static struct mon_answer answer;
static size_t asked;

static void
ask(void *context, struct mon_disk *disks, size_t n)
{
	MUST(context == &asked && n <= MON_KIND_ROWS);
	asked = n;
	for (size_t i = 0; i < n; i++) {
		const char *path = disks[i].path;

		MUST(path[0] == '/');
		disks[i].result = path[1] == 'e' ? -EIO : 0;
		disks[i].usage = (struct mon_disks_usage){ path[1] == 'u' ? UINT64_MAX : 4096,
			path[1] == 'b' ? UINT64_MAX : 1000, path[1] == 'f' ? 2000 : 500, 400 };
	}
}

/* What the first call keeps is what the second one meets: all stands still then. */
static void
read_twice(const char *p, size_t size)
{
	static struct mon_counters first, again;
	struct mon_left left = { 0, 0 };
	size_t lines;

	if (!mon_diskio_parse(p, size, NULL, &first.io, &answer, &left)) {
		MUST(answer.lines == 0);
		return;
	}
	lines = answer.lines;
	MUST(lines + left.cut >= first.io.n && first.io.n <= MON_KIND_ROWS);
	MUST(mon_diskio_parse(p, size, &first.io, &again.io, &answer, &left));
	MUST(again.io.n == first.io.n);
	/* Unless a disk is listed twice with other counters. */
	for (size_t i = 0; i < again.io.n; i++)
		MUST(again.io.disk[i].moved <= 1);
}

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum mon_kind kinds[] = { MON_KIND_NET, MON_KIND_DISK, MON_KIND_IO };
	struct mon_disks_left left = { .unsafe = 0 };
	size_t lines = 0, n;
	enum mon_kind kind;
	char *p;

	if (size < 1)
		return 0;
	kind = kinds[data[0] % 3];
	p = fuzz_place(&room, data + 1, size - 1);
	mon_answer_reset(&answer);
	asked = 0;
	if (kind == MON_KIND_NET) {
		if (!mon_net_parse(p, size - 1, &answer, &left.rows))
			MUST(answer.lines == 0);
	} else if (kind == MON_KIND_DISK) {
		mon_disks_parse(p, size - 1, ask, &asked, &answer, &left);
		MUST(strnlen(left.unsafe_point, 128) < 128 && answer.lines <= asked);
	} else {
		read_twice(p, size - 1);
	}
	MUST(answer.len <= sizeof(answer.buf));
	for (size_t at = 0; at < answer.len; at += n, lines++) {
		const char *lf = memchr(answer.buf + at, '\n', answer.len - at);
		struct mon_payload payload;

		MUST(lf != NULL);
		n = (size_t)(lf - answer.buf) - at + 1;
		MUST(mon_wire_payload(answer.buf + at, n - 1, MON_FROM_GUEST, &payload) ==
		     MON_WIRE_OK);
		MUST(mon_schema_kind(payload.table) == kind);
	}
	MUST(lines == answer.lines && lines <= mon_schema[kind].rows_max);
	return 0;
}
