/* export.c - what the formats have in common; see export.h. */
#include <string.h>

#include "export.h"

struct mon_str
mon_export_stem(const struct mon_table *table)
{
	return (struct mon_str){ table->file, strlen(table->file) - strlen(".csv") };
}

bool
mon_export_is_value(enum mon_shape shape)
{
	return shape == MON_INT || shape == MON_DECIMAL || shape == MON_SIGNED ||
	       shape == MON_PERCENT;
}

bool
mon_export_has_values(const struct mon_table *table)
{
	for (size_t i = 0; i < table->ncols; i++)
		if (mon_export_is_value(table->cols[i].shape))
			return true;
	return false;
}

struct mon_str
mon_export_number(struct mon_str field)
{
	if (field.n > 0 && field.p[field.n - 1] == '%')
		field.n--;
	return field;
}
