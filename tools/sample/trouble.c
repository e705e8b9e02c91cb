/* trouble.c - what went wrong in a sample; see trouble.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trouble.h"

static uint32_t
make_key(enum mon_trouble_kind kind, const char *name)
{
	uint32_t hash = (0x811c9dc5u ^ (uint32_t)kind) * 0x01000193u;

	for (; *name != '\0'; name++) /* FNV-1a */
		hash = (hash ^ (unsigned char)*name) * 0x01000193u;
	return hash;
}

static void add(struct mon_troubles *troubles, enum mon_trouble_kind kind, const char *name,
    int err, const char *format, va_list args) __attribute__((format(printf, 5, 0)));

static void
add(struct mon_troubles *troubles, enum mon_trouble_kind kind, const char *name, int err,
    const char *format, va_list args)
{
	const uint32_t key = make_key(kind, name);
	struct mon_trouble *t;
	int n;

	for (size_t i = 0; i < troubles->n; i++)
		if (troubles->trouble[i].key == key)
			return;
	if (troubles->n == MON_TROUBLES_MAX)
		return;
	t = &troubles->trouble[troubles->n++];
	t->kind = kind;
	t->key = key;
	n = vsnprintf(t->text, sizeof(t->text), format, args);
	if (err != 0 && n > 0 && (size_t)n < sizeof(t->text))
		snprintf(t->text + n, sizeof(t->text) - (size_t)n, ": %s", strerror(abs(err)));
}

void
mon_trouble_add(
    struct mon_troubles *troubles, enum mon_trouble_kind kind, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(troubles, kind, "", err, format, args);
	va_end(args);
}

void
mon_trouble_name(struct mon_troubles *troubles, enum mon_trouble_kind kind, const char *name,
    int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(troubles, kind, name, err, format, args);
	va_end(args);
}
