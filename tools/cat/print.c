/* print.c - rows become lines, and go to stdout; see cat.h. */
#include <errno.h>

#include "cat.h"
#include "tool.h"

int
mon_cat_flush(struct mon_cat *cat)
{
	int r = cat->len > 0 ? mon_tool_write(cat->out, cat->len) : 0;

	cat->len = 0;
	return r;
}

int
mon_cat_drain(struct mon_cat *cat, struct mon_reader_day *day)
{
	struct mon_rec rec;
	int r = 0;

	while (r == 0 && mon_reader_day_next(day, &rec) == 1) {
		cat->len += mon_wire_line(&rec, cat->out + cat->len);
		cat->rows++;
		if (sizeof(cat->out) - cat->len < MON_ROW_MAX)
			r = mon_cat_flush(cat);
	}
	return r;
}
