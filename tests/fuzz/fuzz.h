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

/* All ${n} bytes are harmless characters, none of them a '"'. */
static inline void
fuzz_harmless(const char *p, size_t n)
{
	while (n > 0) {
		size_t rune = mon_text_rune(p, n);

		MUST(rune > 0 && *p != '"');
		p += rune;
		n -= rune;
	}
}

/* The ${n} bytes are one row, with its LF, of a table with ${columns} columns. */
static inline void
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
