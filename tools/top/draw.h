/*
 * draw.h - a view as lines of cells: what stands on the screen, and in what mon-top -b prints.
 *
 * Every text passes one place on its way into a cell, which lets only harmless characters
 * (text.h) in, and of those only what the terminal can show.  No terminal is touched here.
 */
#ifndef MON_TOP_DRAW_H
#define MON_TOP_DRAW_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"
#include "view.h"

#define TOP_ROWS_MIN 7 /* a smaller terminal shows only that it is too small */
#define TOP_COLS_MIN 40

enum top_style {
	TOP_PLAIN,
	TOP_DIM,
	TOP_GOOD,
	TOP_WARN,
	TOP_BAD,
	TOP_STRONG,
	TOP_HEAD,
	TOP_STYLES
};

struct top_cell {
	char text[5]; /* one character in UTF-8; "": the right half of the wide one before it */
	unsigned char style;
};

struct top_line {
	size_t n, cap; /* cells in it, and how many are wanted */
	bool utf8;
	bool selected;
	struct top_cell cell[MON_TOP_COLS_MAX];
};

/* What is done with line ${y}, from 0 on. */
typedef void top_emit(void *ctx, size_t y, const struct top_line *line);

/*
 * top_draw_screen(view, rows, cols, emit, ctx):
 * Draw a screen of ${rows} lines; those that are not given to ${emit} are empty.  Set
 * ${view->page_rows}, and keep ${view->back} within what there is.
 */
void top_draw_screen(struct top_view *view, size_t rows, size_t cols, top_emit *emit, void *ctx);

/*
 * top_draw_batch(view, emit, ctx):
 * Draw all qubes with all columns but the pictures, however many and wide.
 */
void top_draw_batch(struct top_view *view, top_emit *emit, void *ctx);

/*
 * top_draw_put(line, style, text):
 * Add ${text}, cleaned, as far as there is room.
 */
void top_draw_put(struct top_line *line, enum top_style style, const char *text);

#endif /* !MON_TOP_DRAW_H */
