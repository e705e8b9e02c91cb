/*
 * fuzz.h - what the fuzz targets share.  A target is one file with one function, which libFuzzer
 * calls with inputs of its own making, and replay.c with those in corpus/.
 */
#ifndef MON_FUZZ_H
#define MON_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_include)
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION /* a compiler without its sanitizers: a release build needs none */
#define ASAN_POISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#endif

#include "schema.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stop with the place if a promise was broken.  Not assert(): a release build has none. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* A copy of exactly ${size} bytes on the heap, so that ASan sees each byte read beyond. */
static inline char *
fuzz_copy(const void *data, size_t size)
{
	char *p = malloc(size > 0 ? size : 1);

	MUST(p != NULL);
	if (size > 0)
		memcpy(p, data, size);
	return p;
}

/*
 * Room for many copies, one after the other, at less than the price of malloc(): all but the
 * ${len} bytes in use are poisoned, so that ASan sees each byte read or written beyond.
 */
struct fuzz_room {
	char *buf;
	size_t len;
};

#define FUZZ_ROOM_MAX 1048576
#define FUZZ_ROOM_EDGE 64

/* The first ${size} bytes of the room; what stood there is gone. */
static inline char *
fuzz_room(struct fuzz_room *room, size_t size)
{
	MUST(size <= FUZZ_ROOM_MAX);
	if (room->buf == NULL) {
		room->buf = malloc(FUZZ_ROOM_EDGE + FUZZ_ROOM_MAX + FUZZ_ROOM_EDGE);
		MUST(room->buf != NULL);
		ASAN_POISON_MEMORY_REGION(
		    room->buf, FUZZ_ROOM_EDGE + FUZZ_ROOM_MAX + FUZZ_ROOM_EDGE);
		room->buf += FUZZ_ROOM_EDGE;
	}
	/* To the end of the last granule of 8, else ASan leaves a part of one alone. */
	ASAN_POISON_MEMORY_REGION(room->buf, (room->len + 7) / 8 * 8);
	ASAN_UNPOISON_MEMORY_REGION(room->buf, size);
	room->len = size;
	return room->buf;
}

/* A copy of exactly ${size} bytes in the room, which nothing beside may touch. */
static inline char *
fuzz_place(struct fuzz_room *room, const void *data, size_t size)
{
	char *p = fuzz_room(room, size);

	if (size > 0)
		memcpy(p, data, size);
	return p;
}

/* What only checks, byte for byte: no news for the fuzzer, and a cost for each counter. */
#ifdef __clang__
#define FUZZ_UNSEEN __attribute__((no_sanitize("coverage")))
#else
#define FUZZ_UNSEEN
#endif

/* All ${n} bytes are harmless characters, none of them a '"'. */
FUZZ_UNSEEN static inline void
fuzz_harmless(const char *p, size_t n)
{
	while (n > 0) {
		/* What is harmless in ASCII is said here once more, beyond that by the library. */
		bool ascii = (unsigned char)*p < 0x80;
		bool plain = *p >= 0x20 && *p < 0x7f;
		size_t rune = ascii ? plain : mon_text_rune(p, n);

		MUST(rune > 0 && *p != '"');
		p += rune;
		n -= rune;
	}
}

/* The ${n} bytes are one row, with its LF, of a table with ${columns} columns. */
FUZZ_UNSEEN static inline void
fuzz_row(const char *p, size_t n, size_t columns)
{
	size_t commas = 0;

	MUST(n > 0 && p[n - 1] == '\n');
	fuzz_harmless(p, n - 1);
	for (size_t i = 0; i < n; i++)
		commas += p[i] == ',';
	MUST(commas + 1 == columns);
}

#endif /* !MON_FUZZ_H */
