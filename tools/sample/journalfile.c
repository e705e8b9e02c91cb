/* journalfile.c - count entries in a journal file; see journalfile.h. */
#include <endian.h>
#include <string.h>

#include "io.h"
#include "journalfile.h"

/* Offsets in the header of a file, and in a data object. */
enum {
	HEADER_FLAGS = 12, /* "incompatible": who does not know one of them must not read on */
	HEADER_FILE_ID = 24,
	HEADER_SIZE = 88,
	HEADER_TABLE = 104, /* the hash table of data objects: offset, and bytes */
	HEADER_TABLE_BYTES = 112,
	HEADER_LEN = 208, /* of the oldest header there is */

	DATA_SIZE = 8,
	DATA_HASH = 16,
	DATA_NEXT = 24, /* the offset of the next one with this place in the table */
	DATA_ENTRIES = 56,
	DATA_PAYLOAD = 64,
	DATA_COMPACT = 8, /* bytes more before the payload of a compact file */
};

enum { KEYED = 4, COMPACT = 16, KNOWN_FLAGS = 31 }; /* 1, 2 and 8 are compressions */

#define TYPE_DATA 1
#define ITEM_LEN 16     /* of the hash table: the first object, and the last one */
#define CHAIN_MAX 128   /* journald begins a new file at 100 */
#define PRIORITY_LEN 10 /* "PRIORITY=3" */

struct file {
	int fd;
	uint32_t flags;
	unsigned char id[16];
	uint64_t table, buckets;
};

static uint64_t
get64(const unsigned char *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return le64toh(n);
}

static uint32_t
get32(const unsigned char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return le32toh(n);
}

static bool
read_at(int fd, uint64_t offset, unsigned char *buf, size_t n)
{
	size_t got = 0;

	return offset <= INT64_MAX && mon_io_pread(fd, (char *)buf, n, (off_t)offset, &got) == 0 &&
	       got == n;
}

/* ---- the hashes ---- */

static uint64_t
rotate64(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static uint32_t
rotate32(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate64(v[1], 13) ^ v[0];
	v[3] = rotate64(v[3], 16) ^ v[2];
	v[0] = rotate64(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate64(v[1], 17) ^ v[2];
	v[3] = rotate64(v[3], 21) ^ v[0];
	v[2] = rotate64(v[2], 32);
}

uint64_t
mon_journalfile_keyed_hash(const unsigned char key[16], const void *text, size_t n)
{
	const uint64_t k0 = get64(key), k1 = get64(key + 8);
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
		k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u };
	const unsigned char *p = text;

	for (size_t done = 0;; done += 8) {
		unsigned char block[8] = { 0 };
		const size_t rest = n - done;

		memcpy(block, p + done, rest < 8 ? rest : 8);
		if (rest < 8)
			block[7] = (unsigned char)n;
		v[3] ^= get64(block);
		sip_round(v);
		sip_round(v);
		v[0] ^= get64(block);
		if (rest < 8)
			break;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t
mon_journalfile_plain_hash(const unsigned char text[PRIORITY_LEN])
{
	/* Up to 12 bytes are one last block, and the only one. */
	uint32_t a = 0xdeadbeef + PRIORITY_LEN, b = a, c = a;

	a += get32(text);
	b += get32(text + 4);
	c += text[8] + ((uint32_t)text[9] << 8);
	c = (c ^ b) - rotate32(b, 14);
	a = (a ^ c) - rotate32(c, 11);
	b = (b ^ a) - rotate32(a, 25);
	c = (c ^ b) - rotate32(b, 16);
	a = (a ^ c) - rotate32(c, 4);
	b = (b ^ a) - rotate32(a, 14);
	c = (c ^ b) - rotate32(b, 24);
	return (uint64_t)c << 32 | b;
}

/* ---- the file ---- */

static bool
read_header(int fd, struct file *ret)
{
	unsigned char h[HEADER_LEN];
	uint64_t size, bytes;

	if (!read_at(fd, 0, h, sizeof(h)) || memcmp(h, "LPKSHHRH", 8) != 0)
		return false;
	size = get64(h + HEADER_SIZE);
	bytes = get64(h + HEADER_TABLE_BYTES);
	ret->fd = fd;
	ret->flags = get32(h + HEADER_FLAGS);
	memcpy(ret->id, h + HEADER_FILE_ID, sizeof(ret->id));
	ret->table = get64(h + HEADER_TABLE);
	ret->buckets = bytes / ITEM_LEN;
	return (ret->flags & ~(uint32_t)KNOWN_FLAGS) == 0 && size >= HEADER_LEN &&
	       ret->table > size && ret->buckets > 0 && bytes % ITEM_LEN == 0;
}

/* Count the entries with this value: 0 if no object has it. */
static bool
count_value(const struct file *f, const unsigned char value[PRIORITY_LEN], uint64_t *ret)
{
	const size_t payload = DATA_PAYLOAD + ((f->flags & COMPACT) != 0 ? DATA_COMPACT : 0);
	const uint64_t hash = (f->flags & KEYED) != 0
				  ? mon_journalfile_keyed_hash(f->id, value, PRIORITY_LEN)
				  : mon_journalfile_plain_hash(value);
	unsigned char item[ITEM_LEN], object[DATA_PAYLOAD + DATA_COMPACT + PRIORITY_LEN];
	uint64_t at, before = f->table;

	if (!read_at(f->fd, f->table + hash % f->buckets * ITEM_LEN, item, sizeof(item)))
		return false;
	at = get64(item);
	for (int i = 0; at != 0; i++) {
		/* Objects are appended: who leads back is damaged. */
		if (i == CHAIN_MAX || at <= before ||
		    !read_at(f->fd, at, object, payload + PRIORITY_LEN) || object[0] != TYPE_DATA)
			return false;
		if (get64(object + DATA_HASH) == hash &&
		    get64(object + DATA_SIZE) == payload + PRIORITY_LEN &&
		    memcmp(object + payload, value, PRIORITY_LEN) == 0) {
			*ret = get64(object + DATA_ENTRIES);
			return true;
		}
		before = at;
		at = get64(object + DATA_NEXT);
	}
	*ret = 0;
	return true;
}

bool
mon_journalfile_count(int fd, int priority, struct mon_journal_count *ret)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char value[PRIORITY_LEN + 1] = "PRIORITY=0";
	struct file f;
	uint64_t sum = 0;

	if (!read_header(fd, &f))
		return false;
	for (int i = 0; i <= priority; i++) {
		uint64_t n;

		value[PRIORITY_LEN - 1] = (unsigned char)('0' + i);
		if (!count_value(&f, value, &n) || __builtin_add_overflow(sum, n, &sum))
			return false;
	}
	for (size_t i = 0; i < sizeof(f.id); i++) {
		ret->id[2 * i] = digits[f.id[i] >> 4];
		ret->id[2 * i + 1] = digits[f.id[i] & 15];
	}
	ret->id[MON_FILE_ID_LEN] = '\0';
	ret->entries = sum;
	return true;
}
