/* test_sample_journalfile.c - the hashes of a journal file, and files that are none. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "journalfile.h"

/* The vectors of SipHash's authors: the key 00..0f, the message 00, 01, ... of each length. */
static const struct {
	size_t len;
	uint64_t want;
} siphashes[] = {
	{ 0, 0x726fdb47dd0e0e31u },
	{ 1, 0x74f839c593dc67fdu },
	{ 7, 0xab0200f58b01d137u },
	{ 8, 0x93f5f5799a932462u },
	{ 15, 0xa129ca6149be45e5u },
};

static void
hashes_with_a_key(void **state)
{
	unsigned char key[16], text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = text[i] = (unsigned char)i;
	for (size_t i = 0; i < CHECK_LEN(siphashes); i++)
		CHECK(mon_journalfile_keyed_hash(key, text, siphashes[i].len) == siphashes[i].want,
		    "%zu bytes", siphashes[i].len);
	check_done();
}

/* ---- a file of our own making ---- */

enum { TABLE = 272, FIRST = 1024, SECOND = 2048, LEN = 4096 };

static unsigned char file[LEN];

static void
put(size_t at, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		file[at + i] = (unsigned char)(value >> 8 * i);
}

/* A data object of PRIORITY=${digit}, in a file with a table of one place. */
static void
put_object(size_t at, char digit, uint64_t next, uint64_t entries)
{
	unsigned char value[11] = "PRIORITY=";

	value[9] = (unsigned char)digit;
	file[at] = 1;
	put(at + 8, 74, 8);
	put(at + 16, mon_journalfile_plain_hash(value), 8);
	put(at + 24, next, 8);
	put(at + 56, entries, 8);
	memcpy(file + at + 64, value, 10);
}

static void
make_file(void)
{
	memset(file, 0, sizeof(file));
	memcpy(file, "LPKSHHRH", 8);
	for (size_t i = 0; i < 16; i++)
		file[24 + i] = (unsigned char)(0x11 * i);
	put(88, 208, 8);
	put(104, TABLE, 8);
	put(112, 16, 8);
	put(TABLE, FIRST, 8);
	put_object(FIRST, '3', SECOND, 40);
	put_object(SECOND, '5', 0, 2);
}

static bool
count(int priority, size_t len, struct mon_journal_count *ret)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	bool ok;

	assert_int_equal(write(fd, file, len), len);
	ok = mon_journalfile_count(fd, priority, ret);
	close(fd);
	return ok;
}

static const struct {
	const char *what;
	size_t at;
	uint64_t value;
	size_t n;
	bool ok;
} changes[] = {
	{ "nothing changed", 0, 'L', 1, true },
	{ "no signature", 7, 'X', 1, false },
	{ "a compatible flag", 8, 8, 4, true },
	{ "compressions", 12, 1 | 2 | 8, 4, true },
	{ "a flag that is not known", 12, 32, 4, false },
	{ "a short header", 88, 200, 8, false },
	{ "the table in the header", 104, 100, 8, false },
	{ "the table past the end", 104, LEN - 8, 8, false },
	{ "the table out of bounds", 104, UINT64_MAX, 8, false },
	{ "no place in the table", 112, 0, 8, false },
	{ "half a place", 112, 24, 8, false },
	{ "an object past the end", TABLE, LEN - 8, 8, false },
	{ "an object out of bounds", TABLE, UINT64_MAX, 8, false },
	{ "an object that is none", FIRST, 2, 1, false },
	{ "a chain that leads back", SECOND + 24, FIRST, 8, false },
	{ "a chain that stays", SECOND + 24, SECOND, 8, false },
	{ "a sum out of bounds", FIRST + 56, UINT64_MAX, 8, false },
};

static void
doubts_what_is_odd(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(changes); i++) {
		struct mon_journal_count got;

		make_file();
		put(changes[i].at, changes[i].value, changes[i].n);
		check_fill(&got, sizeof(got));
		CHECK_EQ(count(5, LEN, &got), changes[i].ok, "%s", changes[i].what);
		if (changes[i].ok)
			CHECK(got.entries == 42 &&
				  strcmp(got.id, "00112233445566778899aabbccddeeff") == 0,
			    "%s", changes[i].what);
		else
			CHECK(check_untouched(&got, sizeof(got)), "%s", changes[i].what);
	}
	check_done();
}

static void
counts_what_is_asked_for(void **state)
{
	struct mon_journal_count got;

	(void)state;
	make_file();
	CHECK(count(2, LEN, &got) && got.entries == 0, "none");
	CHECK(count(4, LEN, &got) && got.entries == 40, "one of them");
	CHECK(count(7, LEN, &got) && got.entries == 42, "both");
	for (size_t len = 0; len < FIRST; len += 13)
		CHECK(!count(5, len, &got), "the first %zu bytes", len);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(hashes_with_a_key),
		CHECK_TEST(doubts_what_is_odd),
		CHECK_TEST(counts_what_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
