/* diskio.c - what the disks read and wrote; see diskio.h. */
#include <string.h>

#include "diskio.h"
#include "scan.h"
#include "shape.h"

#define SECTOR 512 /* bytes: the unit of that file, whatever the disk's is */

/* The figures behind the name, as iostats.rst numbers them less one; what follows is not wanted. */
enum {
	READS,
	READS_MERGED,
	READ_SECTORS,
	READ_MS,
	WRITES,
	WRITES_MERGED,
	WRITE_SECTORS,
	WRITE_MS,
	IN_FLIGHT,
	BUSY_MS,
	COLUMNS
};

static const int wanted[] = { READS, READ_SECTORS, READ_MS, WRITES, WRITE_SECTORS, WRITE_MS,
	BUSY_MS };

struct disk {
	struct mon_str name;
	uint64_t counters[COLUMNS];
};

/* " 202      16 xvdb 8123 0 610074 912 4411 0 192901 2201 0 1893 3113" */
static bool
parse_disk(struct mon_scan line, struct disk *ret)
{
	uint64_t device;

	if (!mon_scan_number(&line, &device) || !mon_scan_number(&line, &device) ||
	    !mon_scan_word(&line, &ret->name) || ret->name.n >= MON_DISKIO_NAME)
		return false;
	for (int i = 0; i < COLUMNS; i++)
		if (!mon_scan_number(&line, &ret->counters[i]))
			return false;
	return true;
}

static bool
is_number(struct mon_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!mon_shape_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* Is ${name} ${head} with a number behind it? */
static bool
is_numbered(struct mon_str name, const char *head)
{
	const size_t n = strlen(head);

	return mon_str_begins(name, head) && is_number((struct mon_str){ name.p + n, name.n - n });
}

/* "nvme0c1n2": controller 1 is one of the ways to nvme0n2. */
static bool
is_path(struct mon_str name)
{
	const char *c;
	struct mon_str first;

	if (!mon_str_begins(name, "nvme"))
		return false;
	c = memchr(name.p, 'c', name.n);
	if (c == NULL)
		return false;
	first = (struct mon_str){ name.p + 4, (size_t)(c - name.p) - 4 };
	return is_number(first);
}

static bool
counts_elsewhere(struct mon_str name)
{
	static const char *const heads[] = { "dm-", "md", "md_d", "bcache", "drbd", "loop", "ram",
		"zram" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (is_numbered(name, heads[i]))
			return true;
	return is_path(name);
}

/* Is ${name} a partition of the disk that was listed before it? */
static bool
is_partition(struct mon_str name, struct mon_str disk)
{
	struct mon_str rest;

	if (disk.n == 0 || name.n <= disk.n || memcmp(name.p, disk.p, disk.n) != 0)
		return false;
	rest = (struct mon_str){ name.p + disk.n, name.n - disk.n };
	if (mon_shape_is_digit(disk.p[disk.n - 1])) {
		if (*rest.p != 'p')
			return false;
		rest.p++;
		rest.n--;
	}
	return is_number(rest);
}

/* FNV-1a (RFC 9923), a word at a time. */
static uint64_t
sum_counters(const struct disk *d)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sum = (sum ^ d->counters[wanted[i]]) * 0x100000001b3;
	return sum;
}

static const struct mon_diskio_one *
find(const struct mon_diskio *before, const char name[MON_DISKIO_NAME])
{
	for (uint32_t i = 0; before != NULL && i < before->n; i++)
		if (memcmp(before->disk[i].name, name, MON_DISKIO_NAME) == 0)
			return &before->disk[i];
	return NULL;
}

static uint64_t
to_bytes(uint64_t sectors)
{
	uint64_t bytes;

	return __builtin_mul_overflow(sectors, (uint64_t)SECTOR, &bytes) ? UINT64_MAX : bytes;
}

static bool
add_disk(const struct disk *d, struct mon_answer *answer)
{
	mon_answer_begin(answer, MON_KIND_IO);
	mon_answer_name(answer, d->name.p, d->name.n);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		uint64_t n = d->counters[wanted[i]];

		if (wanted[i] == READ_SECTORS || wanted[i] == WRITE_SECTORS)
			n = to_bytes(n);
		mon_answer_number(answer, n);
	}
	return mon_answer_end(answer);
}

bool
mon_diskio_parse(const char *buf, size_t len, const struct mon_diskio *before,
    struct mon_diskio *now, struct mon_answer *answer, struct mon_left *left)
{
	struct mon_scan text = { buf, buf + len }, line;
	struct mon_str last = { NULL, 0 };
	bool any = len == 0;

	now->n = 0;
	while (mon_scan_line(&text, &line)) {
		const struct mon_diskio_one *was;
		struct mon_diskio_one *is;
		struct disk d;

		if (!parse_disk(line, &d)) {
			left->odd++;
			continue;
		}
		any = true;
		if (is_partition(d.name, last))
			continue;
		last = d.name;
		if (counts_elsewhere(d.name))
			continue;
		if (now->n == MON_KIND_ROWS) {
			left->cut++;
			continue;
		}
		is = &now->disk[now->n++];
		memset(is->name, 0, sizeof(is->name));
		memcpy(is->name, d.name.p, d.name.n);
		is->sum = sum_counters(&d);
		was = find(before, is->name);
		is->moved = was != NULL && was->sum != is->sum;
		if ((was == NULL || is->moved || was->moved) && !add_disk(&d, answer))
			left->cut++;
	}
	return any;
}
