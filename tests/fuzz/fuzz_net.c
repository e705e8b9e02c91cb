/*
 * fuzz_net.c - /proc/net/dev and /proc/self/mountinfo become lines that a collector takes; the
 * first byte chooses the file.  The first letter of a mount point chooses what statvfs says.
 */
#include <errno.h>

#include "answer.h"
#include "disks.h"
#include "fuzz.h"
#include "net.h"
#include "wire.h"

static struct mon_answer answer;
static size_t asked;

static int
usage(void *context, const char *path, struct mon_disks_usage *ret)
{
	MUST(context == &asked && path[0] == '/');
	asked++;
	if (path[1] == 'e')
		return -EIO;
	*ret = (struct mon_disks_usage){ path[1] == 'u' ? UINT64_MAX : 4096,
		path[1] == 'b' ? UINT64_MAX : 1000, path[1] == 'f' ? 2000 : 500, 400 };
	return 0;
}

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t lines = 0, n;
	enum mon_kind kind;
	char *p;

	if (size < 1)
		return 0;
	kind = (data[0] & 1) != 0 ? MON_KIND_DISK : MON_KIND_NET;
	p = fuzz_place(&room, data + 1, size - 1);
	mon_answer_reset(&answer);
	asked = 0;
	if (kind == MON_KIND_NET) {
		if (!mon_net_parse(p, size - 1, &answer))
			MUST(answer.lines == 0);
	} else if (mon_disks_parse(p, size - 1, usage, &asked, &answer) != 0) {
		MUST(answer.lines == 0 && asked == 0);
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
	MUST(kind == MON_KIND_NET || lines <= asked);
	return 0;
}
