/* unit.c - the bytes of one row in the making; see unit.h. */
#include <stdbool.h>
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
	char text[20], *p = text + sizeof(text);

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	mon_unit_str(unit, (struct mon_str){ p, (size_t)(text + sizeof(text) - p) });
}

/* Not strchr(), which takes longer to begin than to look at two or three bytes. */
static bool
is_one_of(char c, const char *special)
{
	while (*special != '\0')
		if (*special++ == c)
			return true;
	return false;
}

void
mon_unit_escaped(struct mon_unit *unit, struct mon_str str, const char *special, char escape)
{
	size_t from = 0;

	for (size_t i = 0; i < str.n; i++) {
		if (!is_one_of(str.p[i], special))
			continue;
		mon_unit_str(unit, (struct mon_str){ str.p + from, i - from });
		mon_unit_str(unit, (struct mon_str){ &escape, 1 });
		from = i; /* it goes out with what follows it */
	}
	mon_unit_str(unit, (struct mon_str){ str.p + from, str.n - from });
}
