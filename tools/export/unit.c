/* unit.c - the bytes of one row in the making; see unit.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

void
mon_unit_str(struct mon_unit *unit, struct mon_str str)
{
	if (str.n > sizeof(unit->p) - unit->n)
		return;
	memcpy(unit->p + unit->n, str.p, str.n);
	unit->n += str.n;
}

void
mon_unit_text(struct mon_unit *unit, const char *literal)
{
	mon_unit_str(unit, (struct mon_str){ literal, strlen(literal) });
}

void
mon_unit_number(struct mon_unit *unit, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	mon_unit_text(unit, text);
}

void
mon_unit_escaped(struct mon_unit *unit, struct mon_str str, const char *special, char escape)
{
	for (size_t i = 0; i < str.n; i++) {
		if (str.p[i] != '\0' && strchr(special, str.p[i]) != NULL)
			mon_unit_str(unit, (struct mon_str){ &escape, 1 });
		mon_unit_str(unit, (struct mon_str){ str.p + i, 1 });
	}
}
