/* repeat.c - rows of one second that look the same; see repeat.h. */
#include <string.h>
#include <sys/random.h>

#include "repeat.h"

struct entry {
	uint64_t second; /* the number of the second in which it was set; others are empty */
	uint64_t hash, count;
	size_t key, keylen; /* in ${keys} */
};

static struct entry entries[2 * MON_REPEATS_MAX]; /* half of it stays empty, so searches are short */
static char keys[MON_REPEAT_BYTES];
static size_t used, keys_used;
static uint64_t second, seed;
static char ts[MON_STAMP_LEN];

/* FNV-1a from a start that no guest knows, or a guest could make all of them collide. */
static uint64_t
hash_bytes(const char *p, size_t n)
{
	uint64_t h = seed;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
	return h;
}

static void
begin_second(const struct mon_export_row *row)
{
	if (second == 0 && getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		seed = 0xcbf29ce484222325u; /* no more than a slow search is at stake */
	memcpy(ts, row->ts.p, sizeof(ts));
	second++;
	used = keys_used = 0;
}

/* Write what tells ${row} from others of its second behind ${keys}; 0 if there is no room. */
static size_t
put_key(const struct mon_export_row *row)
{
	char *dst = keys + keys_used, *p = dst;
	size_t need = row->table->kindlen + 1 + row->vm.n;

	for (size_t i = 0; i < row->table->ncols; i++)
		if (row->table->cols[i].shape == MON_NAME)
			need += 1 + row->fields[i].n;
	if (need > sizeof(keys) - keys_used)
		return 0;
	p = mempcpy(p, row->table->kind, row->table->kindlen);
	*p++ = ' ';
	p = mempcpy(p, row->vm.p, row->vm.n);
	for (size_t i = 0; i < row->table->ncols; i++) {
		if (row->table->cols[i].shape != MON_NAME)
			continue;
		*p++ = ' '; /* a name has none */
		p = mempcpy(p, row->fields[i].p, row->fields[i].n);
	}
	return (size_t)(p - dst);
}

uint64_t
mon_repeat_count(const struct mon_export_row *row)
{
	const size_t slots = sizeof(entries) / sizeof(entries[0]);
	struct entry *e;
	size_t keylen;
	uint64_t hash;

	if (second == 0 || memcmp(ts, row->ts.p, sizeof(ts)) != 0)
		begin_second(row);
	keylen = put_key(row);
	if (keylen == 0)
		return 1;
	hash = hash_bytes(keys + keys_used, keylen);
	for (size_t i = hash % slots;; i = (i + 1) % slots) {
		e = &entries[i];
		if (e->second != second)
			break;
		if (e->hash == hash && e->keylen == keylen &&
		    memcmp(keys + e->key, keys + keys_used, keylen) == 0)
			return ++e->count;
	}
	if (used == MON_REPEATS_MAX)
		return 1;
	used++;
	*e = (struct entry){ second, hash, 1, keys_used, keylen };
	keys_used += keylen;
	return 1;
}
