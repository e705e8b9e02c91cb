/* screen.c - the terminal; see screen.h. */
#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#include "draw.h"
#include "keys.h"
#include "screen.h"

#define LOOK_MS 1000  /* between two looks whether something was filed */
#define LOOKS_IDLE 10 /* without that: then the ages are drawn again */

bool
top_screen_locale(void)
{
	/* ncursesw asks it how wide a character is.  Numbers and times stay as in C. */
	return setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* ---- colours ---- */

static attr_t styles[TOP_STYLES];

static void
choose_styles(void)
{
	static const struct {
		enum top_style style;
		short colour;
	} colours[] = { { TOP_GOOD, COLOR_GREEN }, { TOP_WARN, COLOR_YELLOW },
		{ TOP_BAD, COLOR_RED } };
	const char *no_color = getenv("NO_COLOR"); /* no-color.org: set, and not empty */

	styles[TOP_DIM] = A_DIM;
	styles[TOP_WARN] = A_BOLD;
	styles[TOP_BAD] = styles[TOP_STRONG] = A_BOLD;
	styles[TOP_HEAD] = A_REVERSE;
	if ((no_color != NULL && no_color[0] != '\0') || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
		const short pair = (short)(i + 1);

		if (init_pair(pair, colours[i].colour, -1) != ERR)
			styles[colours[i].style] = (attr_t)COLOR_PAIR(pair);
	}
	styles[TOP_BAD] |= A_BOLD;
}

/* ---- drawing ---- */

static void
put_line(void *ctx, size_t y, const struct top_line *line)
{
	(void)ctx;
	for (size_t i = 0; i < line->n; i++) {
		const struct top_cell *cell = &line->cell[i];

		if (cell->text[0] == '\0')
			continue;
		attrset((int)(styles[cell->style] | (line->selected ? A_REVERSE : 0)));
		mvaddstr((int)y, (int)i, cell->text);
	}
	attrset(A_NORMAL);
}

static void
draw(struct top_view *view)
{
	int rows, cols;

	getmaxyx(stdscr, rows, cols);
	erase();
	top_draw_screen(view, (size_t)rows, (size_t)cols, put_line, NULL);
	move(rows - 1, cols - 1);
	refresh();
}

/* ---- keys ---- */

static int
key_of(int c)
{
	switch (c) {
	case KEY_LEFT: return TOP_KEY_LEFT;
	case KEY_RIGHT: return TOP_KEY_RIGHT;
	case KEY_UP: return TOP_KEY_UP;
	case KEY_DOWN: return TOP_KEY_DOWN;
	case KEY_PPAGE: return TOP_KEY_PAGE_UP;
	case KEY_NPAGE: return TOP_KEY_PAGE_DOWN;
	case KEY_HOME: return TOP_KEY_HOME;
	case KEY_END: return TOP_KEY_END;
	case KEY_ENTER:
	case '\r':
	case '\n': return TOP_KEY_ENTER;
	case KEY_BACKSPACE:
	case 0x7f:
	case '\b': return TOP_KEY_BACKSPACE;
	case 0x1b: return TOP_KEY_ESCAPE;
	case KEY_F(1): return '?';
	case KEY_F(3):
	case KEY_F(4): return '/';
	case KEY_F(10): return 'q';
	default: return c < 0x80 ? c : 0;
	}
}

/* Take the keys that are there.  False: quit. */
static bool
take_keys(struct top_view *view, struct top_record *record)
{
	int c;

	while ((c = getch()) != ERR) {
		if (c == KEY_RESIZE)
			continue;
		if (!top_key(view, record, key_of(c)))
			return false;
		/* The next key stands on what this one did. */
		top_view_update(view, record);
	}
	return true;
}

/* Sleep until there is a key or something new to show.  False: the terminal is gone. */
static bool
wait_for_more(const struct top_view *view, const struct top_record *record)
{
	const uint64_t mark = view->live ? top_record_mark(record, top_view_now(view)) : 0;
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	for (int looks = 0; looks < LOOKS_IDLE; looks++) {
		const int r = poll(&in, 1, view->live ? LOOK_MS : -1);

		if (r < 0 && errno == EINTR)
			return true; /* the size of the terminal changed */
		if (r != 0)
			return r > 0 && (in.revents & POLLIN) != 0;
		if (top_record_mark(record, top_view_now(view)) != mark)
			return true;
	}
	return true;
}

static void
loop(struct top_view *view, struct top_record *record)
{
	do {
		top_record_again(record);
		top_view_update(view, record);
		draw(view);
	} while (wait_for_more(view, record) && take_keys(view, record));
}

int
top_screen_run(struct top_view *view, struct top_record *record, const char **why)
{
	int unused = 0;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		*why = "stdin and stdout must be a terminal; mon-top -b prints a frame without one";
		return -1;
	}
	if (setupterm(NULL, STDOUT_FILENO, &unused) == ERR) {
		*why =
		    "the terminal that TERM names is not known here; try TERM=vt100, or mon-top -b";
		return -1;
	}
	if (cursor_address == NULL) {
		*why = "the terminal that TERM names cannot place text on a screen; see mon-top -b";
		return -1;
	}
	if (newterm(NULL, stdout, stdin) == NULL) {
		*why = "the terminal cannot be used; see mon-top -b";
		return -1;
	}
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	choose_styles();
	loop(view, record);
	endwin();
	return 0;
}
