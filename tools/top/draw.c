/* draw.c - a view as lines of cells; see draw.h. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "draw.h"
#include "human.h"
#include "text.h"

#define LINES_ABOVE 3 /* two of the whole, and the heads of the columns */
#define LINES_BELOW 2 /* the last alert, and the keys */
#define NAME_MIN 6
#define ALERT_MIN 20

/* ---- cells ---- */

/* The cells that the character of ${n} bytes takes; 0: it cannot be shown. */
static int
width_of(const struct top_line *line, const char *p, size_t n)
{
	static const unsigned char first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t rune = (unsigned char)p[0] & first[n];
	int width;

	if (n == 1)
		return 1;
	for (size_t i = 1; i < n; i++)
		rune = rune << 6 | ((unsigned char)p[i] & 0x3f);
	width = line->utf8 ? wcwidth((wchar_t)rune) : 0;
	return width == 1 || width == 2 ? width : 0;
}

static void
put_cell(struct top_line *line, enum top_style style, const char *p, size_t n)
{
	struct top_cell *cell = &line->cell[line->n++];

	memcpy(cell->text, p, n);
	cell->text[n] = '\0';
	cell->style = (unsigned char)style;
}

/* The one way into a cell. */
static void
put_bytes(struct top_line *line, enum top_style style, const char *text, size_t len)
{
	for (size_t i = 0; i < len && line->n < line->cap;) {
		const size_t n = mon_text_rune(text + i, len - i);
		const int width = n > 0 ? width_of(line, text + i, n) : 0;

		if (width == 0) {
			put_cell(line, style, "?", 1);
		} else if (line->n + (size_t)width > line->cap) {
			return;
		} else {
			put_cell(line, style, text + i, n);
			if (width == 2)
				put_cell(line, style, "", 0);
		}
		i += n > 0 ? n : 1;
	}
}

void
top_draw_put(struct top_line *line, enum top_style style, const char *text)
{
	put_bytes(line, style, text, strlen(text));
}

static void
fill_to(struct top_line *line, enum top_style style, size_t n)
{
	while (line->n < n && line->n < line->cap)
		put_cell(line, style, " ", 1);
}

/* In a field of ${width} cells; what is longer is cut, and marked. */
static void
put_field(struct top_line *line, enum top_style style, const char *text, size_t width, bool left)
{
	const size_t len = strlen(text), begin = line->n, end = begin + width;
	const size_t cap = line->cap;

	if (!left && len < width)
		fill_to(line, style, end - len);
	line->cap = end < cap ? end : cap;
	top_draw_put(line, style, text);
	fill_to(line, style, end);
	if (len > width && line->n > begin && line->n == line->cap)
		memcpy(line->cell[line->n - 1].text, "~", 2);
	line->cap = cap;
}

static void
begin(struct top_line *line, const struct top_view *view, size_t cols)
{
	line->n = 0;
	line->cap = cols < MON_TOP_COLS_MAX ? cols : MON_TOP_COLS_MAX;
	line->utf8 = view->utf8;
	line->selected = false;
}

/* ---- figures ---- */

/* "1.4G": as human.h writes it, without the blank and the "iB". */
static void
bytes(double value, char dst[MON_HUMAN_MAX])
{
	char *unit;

	mon_human_bytes((uint64_t)value, dst);
	unit = strchr(dst, ' ');
	unit[0] = unit[1];
	unit[1] = '\0';
}

static enum top_style
by_level(double value, double warn, double bad)
{
	return value >= bad ? TOP_BAD : value >= warn ? TOP_WARN : TOP_PLAIN;
}

static void
age(const struct top_frame *f, const struct top_qube *q, char *dst, size_t cap)
{
	if (q->answered > 0)
		snprintf(dst, cap, "%" PRId64 "s", (int64_t)(f->at - q->answered));
	else if (q->result[0] != '\0')
		snprintf(dst, cap, ">%" PRId64 "s", (int64_t)top_model_back(f->interval));
	else
		snprintf(dst, cap, "-");
}

/* The text of a cell that is no picture and no alert. */
static enum top_style
text_of(const struct top_frame *f, const struct top_qube *q, enum top_column column, char *dst,
    size_t cap)
{
	const double *v = q->figure;
	char what = ' ';
	double figure;

	switch (column) {
	case TOP_COL_QUBE: snprintf(dst, cap, "%s", q->name); return TOP_PLAIN;
	case TOP_COL_STATE:
		snprintf(dst, cap, "%s", top_model_word(q));
		return top_model_silent(q) ? TOP_BAD : q->alive ? TOP_PLAIN : TOP_DIM;
	case TOP_COL_AGE: age(f, q, dst, cap); return TOP_PLAIN;
	case TOP_COL_CPU: figure = v[TOP_CPU]; break;
	case TOP_COL_CPUS: figure = isnan(v[TOP_BUSY]) ? v[TOP_XEN] : v[TOP_BUSY]; break;
	case TOP_COL_LOAD: figure = v[TOP_LOAD]; break;
	case TOP_COL_MEM: figure = v[TOP_MEM]; break;
	case TOP_COL_SWAP: figure = v[TOP_SWAP]; break;
	case TOP_COL_DISK: figure = v[TOP_DISK]; break;
	case TOP_COL_IO: figure = v[TOP_IO]; break;
	case TOP_COL_RX: figure = v[TOP_RX]; break;
	case TOP_COL_TX: figure = v[TOP_TX]; break;
	case TOP_COL_CONN: figure = v[TOP_CONN]; break;
	case TOP_COL_PSI: figure = top_model_pressure(q, &what); break;
	default: figure = NAN; break;
	}
	if (isnan(figure)) {
		snprintf(dst, cap, "-");
		return TOP_DIM;
	}
	switch (column) {
	case TOP_COL_CPU: snprintf(dst, cap, "%.1f", figure); return by_level(figure, 70, 90);
	case TOP_COL_CPUS:
		if (isnan(v[TOP_BUSY]))
			snprintf(dst, cap, "%.1fx", figure);
		else
			snprintf(dst, cap, "%.1f/%.0f", figure, v[TOP_CPUS]);
		return TOP_PLAIN;
	case TOP_COL_LOAD: snprintf(dst, cap, "%.2f", figure); return TOP_PLAIN;
	case TOP_COL_MEM: bytes(figure, dst); return by_level(figure / v[TOP_MEM_TOTAL], 0.8, 0.9);
	case TOP_COL_DISK: snprintf(dst, cap, "%.0f%%", figure); return by_level(figure, 80, 90);
	case TOP_COL_CONN: snprintf(dst, cap, "%.0f", figure); return TOP_PLAIN;
	case TOP_COL_PSI:
		snprintf(dst, cap, "%.0f%c", figure, what);
		return by_level(figure, 10, 40);
	default: bytes(figure, dst); return TOP_PLAIN;
	}
}

/* ---- pictures ---- */

#define STEPS 8

static void
put_bar(struct top_line *line, double percent, size_t width)
{
	static const char *const part[STEPS] = { " ", "\u258f", "\u258e", "\u258d", "\u258c",
		"\u258b", "\u258a", "\u2589" };
	const double full = isnan(percent) ? 0 : percent / 100 * (double)width;
	const enum top_style style = by_level(percent, 70, 90);
	const size_t end = line->n + width;

	for (size_t i = 0; i < width; i++) {
		const double left = full - (double)i;

		if (left >= 1)
			top_draw_put(line, style, line->utf8 ? "\u2588" : "|");
		else if (line->utf8 && left > 0)
			top_draw_put(line, style, part[(size_t)(left * STEPS)]);
		else if (left >= 0.5)
			top_draw_put(line, style, "|");
	}
	fill_to(line, style, end);
}

static void
put_spark(struct top_line *line, const struct top_qube *q, size_t width)
{
	static const char *const high[STEPS] = { "\u2581", "\u2582", "\u2583", "\u2584", "\u2585",
		"\u2586", "\u2587", "\u2588" };
	static const char plain[STEPS][2] = { "_", ".", ":", "-", "=", "+", "*", "#" };

	for (size_t i = width; i-- > 0;) {
		const double cpu = q->spark[i];
		size_t step = isnan(cpu) || cpu < 0 ? 0 : (size_t)(cpu / 100 * STEPS);

		step = step < STEPS ? step : STEPS - 1;
		if (isnan(cpu))
			top_draw_put(line, TOP_DIM, " ");
		else
			top_draw_put(
			    line, by_level(cpu, 70, 90), line->utf8 ? high[step] : plain[step]);
	}
}

/* ---- the table ---- */

/* The columns by how much they are wanted where there is not room for all. */
static const struct {
	enum top_column column;
	size_t width;
} wanted[] = {
	{ TOP_COL_STATE, 10 },
	{ TOP_COL_AGE, 5 },
	{ TOP_COL_CPU, 5 },
	{ TOP_COL_MEM, 5 },
	{ TOP_COL_DISK, 4 },
	{ TOP_COL_RX, 5 },
	{ TOP_COL_TX, 5 },
	{ TOP_COL_IO, 5 },
	{ TOP_COL_PSI, 4 },
	{ TOP_COL_BAR, 6 },
	{ TOP_COL_LOAD, 5 },
	{ TOP_COL_CPUS, 7 },
	{ TOP_COL_SPARK, 12 },
	{ TOP_COL_ALERT, ALERT_MIN },
	{ TOP_COL_SWAP, 5 },
	{ TOP_COL_CONN, 5 },
};

static size_t
longest_name(const struct top_frame *f)
{
	size_t longest = NAME_MIN;

	for (size_t i = 0; i < f->n; i++)
		if (strlen(f->qube[i].name) > longest)
			longest = strlen(f->qube[i].name);
	return longest;
}

/* The widths of the columns on a screen of ${cols}; 0: left out.  The alert takes what is left. */
static void
fit(const struct top_view *view, size_t cols, size_t width[TOP_COLUMNS])
{
	const size_t longest = longest_name(&view->frame), most = cols < 100 ? 14 : 24;
	size_t left;

	memset(width, 0, TOP_COLUMNS * sizeof(width[0]));
	width[TOP_COL_QUBE] = longest < most ? longest : most;
	left = cols - width[TOP_COL_QUBE];
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (wanted[i].width + 1 > left)
			continue;
		width[wanted[i].column] = wanted[i].width;
		left -= wanted[i].width + 1;
	}
	if (width[TOP_COL_ALERT] > 0)
		width[TOP_COL_ALERT] += left;
}

static bool
is_left(enum top_column column)
{
	return column == TOP_COL_QUBE || column == TOP_COL_STATE || column == TOP_COL_ALERT;
}

static void
draw_heads(const struct top_view *view, const size_t width[TOP_COLUMNS], struct top_line *line)
{
	for (enum top_column c = 0; c < TOP_COLUMNS; c++) {
		char text[16];

		if (width[c] == 0)
			continue;
		if (c > 0)
			top_draw_put(line, TOP_HEAD, " ");
		snprintf(text, sizeof(text), "%s%s", top_view_name(c),
		    c == view->sort && strlen(top_view_name(c)) < width[c]
			? (view->reverse ? "^" : "v")
			: "");
		put_field(line, TOP_HEAD, text, width[c], is_left(c));
	}
	fill_to(line, TOP_HEAD, line->cap < MON_TOP_COLS_MAX ? line->cap : line->n);
}

static enum top_style
alert_style(const struct top_qube *q)
{
	return strstr(q->alert, " FIRING") != NULL && q->alert[0] == '!' ? TOP_BAD : TOP_PLAIN;
}

static void
draw_qube(const struct top_view *view, const struct top_qube *q, const size_t width[TOP_COLUMNS],
    struct top_line *line)
{
	for (enum top_column c = 0; c < TOP_COLUMNS; c++) {
		char text[64];
		enum top_style style;

		if (width[c] == 0)
			continue;
		if (c > 0)
			top_draw_put(line, TOP_PLAIN, " ");
		if (c == TOP_COL_BAR) {
			put_bar(line, q->figure[TOP_CPU], width[c]);
		} else if (c == TOP_COL_SPARK) {
			put_spark(line, q, width[c]);
		} else if (c == TOP_COL_ALERT) {
			put_field(
			    line, alert_style(q), q->alert_at > 0 ? q->alert : "-", width[c], true);
		} else {
			style = text_of(&view->frame, q, c, text, sizeof(text));
			put_field(line, q->alive || style == TOP_BAD ? style : TOP_DIM, text,
			    width[c], is_left(c));
		}
	}
}

/* ---- the whole ---- */

static double
sum(const struct top_frame *f, enum top_figure figure)
{
	double total = NAN;

	for (size_t i = 0; i < f->n; i++)
		if (!isnan(f->qube[i].figure[figure]))
			total = isnan(total) ? f->qube[i].figure[figure]
					     : total + f->qube[i].figure[figure];
	return total;
}

static void
add_sum(char *dst, size_t cap, const char *what, double value)
{
	char text[MON_HUMAN_MAX] = "-";
	const size_t used = strlen(dst);

	if (!isnan(value))
		bytes(value, text);
	snprintf(dst + used, cap - used, "  %s %s", what, text);
}

static void
draw_title(const struct top_view *view, struct top_line *line)
{
	const struct top_frame *f = &view->frame;
	size_t alive = 0, silent = 0;
	char text[200], at[64], count[MON_HUMAN_MAX];

	for (size_t i = 0; i < f->n; i++) {
		alive += f->qube[i].alive;
		silent += top_model_silent(&f->qube[i]);
	}
	top_view_time(view, f->at, true, at, sizeof(at));
	snprintf(text, sizeof(text), "%s  %s  ", at, view->live ? "live" : "frozen");
	top_draw_put(line, TOP_STRONG, text);
	snprintf(
	    text, sizeof(text), "%s, %zu answer", mon_human_plural(f->n, "qube", count), alive);
	top_draw_put(line, TOP_PLAIN, text);
	snprintf(text, sizeof(text), ", %zu silent", silent);
	top_draw_put(line, silent > 0 ? TOP_BAD : TOP_PLAIN, text);
	if (f->bad > 0) {
		snprintf(text, sizeof(text), ", skipped %s",
		    mon_human_plural(f->bad, "bad line", count));
		top_draw_put(line, TOP_BAD, text);
	}
	if (f->filed == 0)
		top_draw_put(line, TOP_BAD, ", no poll");
	else if (f->at - f->filed > MON_TOP_GAPS * f->interval) {
		snprintf(
		    text, sizeof(text), ", no poll for %" PRId64 " s", (int64_t)(f->at - f->filed));
		top_draw_put(line, TOP_BAD, text);
	}
}

static void
draw_sums(const struct top_view *view, struct top_line *line)
{
	const struct top_frame *f = &view->frame;
	const double busy = sum(f, TOP_BUSY), cpus = sum(f, TOP_CPUS);
	char text[256], count[MON_HUMAN_MAX];

	if (isnan(busy))
		snprintf(text, sizeof(text), "CPUS -");
	else
		snprintf(text, sizeof(text), "CPUS %.1f/%.0f", busy, cpus);
	add_sum(text, sizeof(text), "MEM", sum(f, TOP_MEM));
	add_sum(text, sizeof(text), "IO", sum(f, TOP_IO));
	add_sum(text, sizeof(text), "RX", sum(f, TOP_RX));
	add_sum(text, sizeof(text), "TX", sum(f, TOP_TX));
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "  %s",
	    mon_human_plural(f->alerts, "alert", count));
	for (size_t i = 0; i < view->vms.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
		    i == 0 ? "  only " : " ", view->vms.globs[i]);
	if (f->dropped > 0)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "  (some did not fit)");
	top_draw_put(line, TOP_PLAIN, text);
}

static void
draw_last_alert(const struct top_view *view, struct top_line *line)
{
	const struct top_frame *f = &view->frame;
	const struct top_qube *last = NULL;
	char text[MON_MSG_MAX + 128], at[64];

	for (size_t i = 0; i < f->n; i++) {
		const struct top_qube *q = &f->qube[view->order[i]];

		if (q->alert_at > 0 && (last == NULL || q->alert_at > last->alert_at))
			last = q;
	}
	if (last == NULL)
		return;
	top_view_time(view, last->alert_at, false, at, sizeof(at));
	snprintf(text, sizeof(text), "%s %s: %s", at, last->name, last->alert);
	put_field(line, alert_style(last), text, line->cap, true);
}

static void
draw_keys(const struct top_view *view, struct top_line *line)
{
	char text[256];

	if (view->prompt != TOP_NO_PROMPT) {
		snprintf(text, sizeof(text), "%s: %s_",
		    view->prompt == TOP_ASK_TIME ? "show the time (14:30, '2025-08-31 14:30', -15m)"
						 : "show only (a name, or a pattern like dev-*)",
		    view->input);
		/* The end of it is what is being typed. */
		top_draw_put(line, TOP_STRONG,
		    strlen(text) > line->cap ? text + strlen(text) - line->cap : text);
	} else if (view->message[0] != '\0') {
		top_draw_put(line, TOP_STRONG, view->message);
	} else {
		top_draw_put(line, TOP_DIM,
		    view->page == TOP_LIST
			? "?:help q:quit Left/Right:poll []:minute {}:hour b:time l:live /:filter Enter:one qube"
			: "q:back ?:help Up/Down:scroll Left/Right:poll []:minute {}:hour");
	}
}

/* Why there is no table. */
static void
draw_nothing(const struct top_view *view, struct top_line *line)
{
	char text[256];

	if (view->vms.n > 0)
		snprintf(text, sizeof(text), "No such qube is in the record of these minutes.");
	else
		snprintf(text, sizeof(text),
		    "Nothing was recorded in the %" PRId64
		    " s before this time. Left: the last poll before it.",
		    (int64_t)top_model_back(view->frame.interval));
	top_draw_put(line, TOP_PLAIN, text);
}

/* ---- the pages ---- */

static struct top_line line; /* large */

static void
draw_list(struct top_view *view, size_t rows, size_t cols, top_emit *emit, void *ctx)
{
	const size_t n = view->frame.n, index = top_view_index(view);
	size_t width[TOP_COLUMNS], first;

	view->page_rows = rows - LINES_ABOVE - LINES_BELOW;
	first = index - index % view->page_rows;
	fit(view, cols, width);
	begin(&line, view, cols);
	draw_heads(view, width, &line);
	emit(ctx, LINES_ABOVE - 1, &line);
	for (size_t i = first; i < n && i < first + view->page_rows; i++) {
		begin(&line, view, cols);
		draw_qube(view, &view->frame.qube[view->order[i]], width, &line);
		line.selected = i == index;
		emit(ctx, LINES_ABOVE + i - first, &line);
	}
	if (n == 0) {
		begin(&line, view, cols);
		draw_nothing(view, &line);
		emit(ctx, LINES_ABOVE, &line);
	}
}

static void
draw_event(const struct top_view *view, const struct top_event *e, struct top_line *to)
{
	char at[64], text[TOP_EVENT_TEXT + 32];
	const bool alert = e->kind == MON_KIND_ALERT;

	top_view_time(view, e->at, false, at, sizeof(at));
	top_draw_put(to, TOP_DIM, at);
	snprintf(text, sizeof(text), " %-8s ", mon_schema[e->kind].kind);
	top_draw_put(to, TOP_STRONG, text);
	put_field(to, alert ? TOP_WARN : TOP_PLAIN, e->text, to->cap - to->n, true);
}

static void
draw_detail(struct top_view *view, size_t rows, size_t cols, top_emit *emit, void *ctx)
{
	const struct top_events *events = &view->events;
	const size_t room = rows - LINES_ABOVE - LINES_BELOW - 1;
	const size_t most = events->n > room ? events->n - room : 0;
	size_t width[TOP_COLUMNS], first;
	bool known = false;

	view->page_rows = room;
	view->back = view->back < most ? view->back : most;
	first = most - view->back;
	fit(view, cols, width);
	begin(&line, view, cols);
	draw_heads(view, width, &line);
	emit(ctx, LINES_ABOVE - 1, &line);
	begin(&line, view, cols);
	for (size_t i = 0; i < view->frame.n; i++)
		if (strcmp(view->frame.qube[i].name, view->selected) == 0) {
			draw_qube(view, &view->frame.qube[i], width, &line);
			known = true;
		}
	if (!known) {
		top_draw_put(&line, TOP_PLAIN, view->selected);
		top_draw_put(&line, TOP_DIM, "  nothing is known of it at this time");
	}
	emit(ctx, LINES_ABOVE, &line);
	for (size_t i = first; i < events->n && i < first + room; i++) {
		begin(&line, view, cols);
		draw_event(view, &events->event[i], &line);
		emit(ctx, LINES_ABOVE + 1 + i - first, &line);
	}
}

static const char *const help[] = {
	"Left Right   the poll before, the poll after     (also T t)",
	"[ ]   { }    a minute, an hour back and forward",
	"b            go to a time    g G  the beginning, the end of the record",
	"Space  l     freeze the moment    live again",
	"Up Down PgUp PgDn Home End    choose a qube, or scroll",
	"Enter        one qube, and the minute of its events",
	"/ or \\       show only some qubes; nothing typed: all",
	"C P cpu   M memory   D disk i/o   N network   L load   A age",
	"E alert   Q name   < > the column beside   r reverse the order",
	"u            UTC or local time    q Esc  back, quit",
	"",
	"PSI  the worst share of the time in which a task waited:",
	"     c for a processor, m for memory, i for a disk.",
	"AGE  seconds since the last answer. Who does not answer has no figures.",
};

static void
draw_help(struct top_view *view, size_t rows, size_t cols, top_emit *emit, void *ctx)
{
	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++) {
		if (i + LINES_ABOVE >= rows - 1)
			break;
		begin(&line, view, cols);
		top_draw_put(&line, TOP_PLAIN, help[i]);
		emit(ctx, LINES_ABOVE + i, &line);
	}
}

static void
draw_one(struct top_view *view, size_t cols, size_t y,
    void (*draw)(const struct top_view *, struct top_line *), top_emit *emit, void *ctx)
{
	begin(&line, view, cols);
	draw(view, &line);
	emit(ctx, y, &line);
}

static void
draw_too_small(struct top_view *view, size_t rows, size_t cols, top_emit *emit, void *ctx)
{
	char text[32];

	snprintf(text, sizeof(text), "needs %d x %d", TOP_COLS_MIN, TOP_ROWS_MIN);
	for (size_t y = 0; y < 2 && y < rows; y++) {
		begin(&line, view, cols);
		top_draw_put(&line, TOP_PLAIN, y == 0 ? "window too small:" : text);
		emit(ctx, y, &line);
	}
}

void
top_draw_screen(struct top_view *view, size_t rows, size_t cols, top_emit *emit, void *ctx)
{
	view->page_rows = 1;
	if (rows < TOP_ROWS_MIN || cols < TOP_COLS_MIN) {
		draw_too_small(view, rows, cols, emit, ctx);
		return;
	}
	draw_one(view, cols, 0, draw_title, emit, ctx);
	draw_one(view, cols, 1, draw_sums, emit, ctx);
	switch (view->page) {
	case TOP_LIST: draw_list(view, rows, cols, emit, ctx); break;
	case TOP_DETAIL: draw_detail(view, rows, cols, emit, ctx); break;
	case TOP_HELP: draw_help(view, rows, cols, emit, ctx); break;
	}
	if (view->page != TOP_HELP)
		draw_one(view, cols, rows - 2, draw_last_alert, emit, ctx);
	draw_one(view, cols, rows - 1, draw_keys, emit, ctx);
}

void
top_draw_batch(struct top_view *view, top_emit *emit, void *ctx)
{
	size_t width[TOP_COLUMNS], y = 0;

	fit(view, MON_TOP_COLS_MAX, width);
	width[TOP_COL_QUBE] = longest_name(&view->frame);
	width[TOP_COL_BAR] = width[TOP_COL_SPARK] = 0;
	width[TOP_COL_ALERT] = MON_MSG_MAX;
	draw_one(view, MON_TOP_COLS_MAX, y++, draw_title, emit, ctx);
	draw_one(view, MON_TOP_COLS_MAX, y++, draw_sums, emit, ctx);
	begin(&line, view, MON_TOP_COLS_MAX);
	draw_heads(view, width, &line);
	emit(ctx, y++, &line);
	for (size_t i = 0; i < view->frame.n; i++) {
		begin(&line, view, MON_TOP_COLS_MAX);
		draw_qube(view, &view->frame.qube[view->order[i]], width, &line);
		emit(ctx, y++, &line);
	}
}
