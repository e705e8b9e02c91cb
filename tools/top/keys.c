/* keys.c - what each key does to the view; see keys.h. */
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "when.h"
#include "zone.h"

/* ---- the moment ---- */

static void
go(struct top_view *view, time_t at)
{
	view->at = at;
	view->live = false;
}

static void
step(struct top_view *view, struct top_record *record, bool forward)
{
	time_t at;

	if (top_record_step(record, view->at, forward, &at))
		go(view, at);
	else
		snprintf(view->message, sizeof(view->message), "There is no poll %s this one.",
		    forward ? "after" : "before");
}

/* By so many seconds, but never past the ends of the record. */
static void
move(struct top_view *view, struct top_record *record, time_t seconds)
{
	time_t first, last, at = view->at + seconds;

	if (!top_record_ends(record, &first, &last)) {
		snprintf(view->message, sizeof(view->message), "There is no record yet.");
		return;
	}
	go(view, at < first ? first : at > last ? last : at);
}

static void
go_end(struct top_view *view, struct top_record *record, bool last)
{
	time_t ends[2];

	if (top_record_ends(record, &ends[0], &ends[1]))
		go(view, ends[last]);
}

static void
go_live(struct top_view *view)
{
	if (view->can_live)
		view->live = true;
	else
		snprintf(view->message, sizeof(view->message), "An archive has no present time.");
}

static void
go_typed(struct top_view *view)
{
	long day = 0;
	time_t at;

	mon_zone_day(view->at, &day);
	if (mon_when_time(view->input, top_view_now(view), day, false, &at))
		go(view, at);
	else
		snprintf(view->message, sizeof(view->message), "'%s' is no time like 14:30.",
		    view->input);
}

/* ---- the qubes ---- */

void
top_key_filter(struct top_view *view, const char *text)
{
	view->vms.n = 0;
	view->filter[0] = '\0';
	if (text[0] == '\0')
		return;
	if (strpbrk(text, "*?[") != NULL)
		snprintf(view->filter, sizeof(view->filter), "%s", text);
	else
		snprintf(view->filter, sizeof(view->filter), "*%s*", text);
	mon_exclude_add(&view->vms, view->filter);
}

static void
choose(struct top_view *view, size_t index)
{
	const struct top_frame *f = &view->frame;

	if (f->n == 0)
		return;
	if (index >= f->n)
		index = f->n - 1;
	memcpy(view->selected, f->qube[view->order[index]].name, sizeof(view->selected));
}

/* Up and down: rows of events on the detail page, else the chosen qube. */
static void
scroll(struct top_view *view, size_t rows, bool down)
{
	const size_t index = top_view_index(view);

	if (view->page == TOP_DETAIL) {
		view->back = down ? (view->back > rows ? view->back - rows : 0) : view->back + rows;
		return;
	}
	if (down)
		choose(view, rows > MON_TOP_QUBES_MAX ? MON_TOP_QUBES_MAX : index + rows);
	else if (index > rows)
		choose(view, index - rows);
	else
		view->selected[0] = '\0'; /* the first, whichever that will be */
}

static void
enter(struct top_view *view)
{
	if (view->page == TOP_LIST && view->frame.n > 0) {
		choose(view, top_view_index(view));
		view->page = TOP_DETAIL;
		view->back = 0;
	} else {
		view->page = TOP_LIST;
	}
}

/* ---- the order ---- */

static void
sort_by(struct top_view *view, enum top_column column)
{
	view->sort = column;
	view->reverse = false;
}

static void
sort_beside(struct top_view *view, bool right)
{
	unsigned c = (unsigned)view->sort;

	do
		c = (c + (right ? 1 : TOP_COLUMNS - 1)) % TOP_COLUMNS;
	while (top_view_name((enum top_column)c)[0] == '\0');
	sort_by(view, (enum top_column)c);
}

/* ---- keys ---- */

static void
ask(struct top_view *view, enum top_prompt prompt)
{
	view->prompt = prompt;
	view->input[0] = '\0';
}

static void
type(struct top_view *view, int key)
{
	const size_t n = strlen(view->input);
	const enum top_prompt prompt = view->prompt;

	if (key == TOP_KEY_ESCAPE) {
		view->prompt = TOP_NO_PROMPT;
	} else if (key == TOP_KEY_BACKSPACE && n > 0) {
		view->input[n - 1] = '\0';
	} else if (key >= ' ' && key < 0x7f && n < MON_TOP_INPUT_MAX) {
		view->input[n] = (char)key;
		view->input[n + 1] = '\0';
	} else if (key == TOP_KEY_ENTER) {
		view->prompt = TOP_NO_PROMPT;
		if (prompt == TOP_ASK_FILTER)
			top_key_filter(view, view->input);
		else if (n > 0)
			go_typed(view);
	}
}

static void
show_page(struct top_view *view, enum top_page page)
{
	view->page = view->page == page ? TOP_LIST : page;
}

bool
top_key(struct top_view *view, struct top_record *record, int key)
{
	view->message[0] = '\0';
	if (view->prompt != TOP_NO_PROMPT) {
		type(view, key);
		return true;
	}
	switch (key) {
	case 'q':
	case TOP_KEY_ESCAPE:
		if (view->page == TOP_LIST)
			return key != 'q';
		view->page = TOP_LIST;
		break;
	case TOP_KEY_LEFT:
	case 'T': step(view, record, false); break;
	case TOP_KEY_RIGHT:
	case 't': step(view, record, true); break;
	case '[': move(view, record, -60); break;
	case ']': move(view, record, 60); break;
	case '{': move(view, record, -3600); break;
	case '}': move(view, record, 3600); break;
	case 'g': go_end(view, record, false); break;
	case 'G': go_end(view, record, true); break;
	case 'b': ask(view, TOP_ASK_TIME); break;
	case ' ': view->live = false; break;
	case 'l': go_live(view); break;
	case TOP_KEY_UP:
	case 'k': scroll(view, 1, false); break;
	case TOP_KEY_DOWN:
	case 'j': scroll(view, 1, true); break;
	case TOP_KEY_PAGE_UP: scroll(view, view->page_rows, false); break;
	case TOP_KEY_PAGE_DOWN: scroll(view, view->page_rows, true); break;
	case TOP_KEY_HOME: scroll(view, MON_TOP_EVENTS_MAX, false); break;
	case TOP_KEY_END: scroll(view, MON_TOP_EVENTS_MAX, true); break;
	case TOP_KEY_ENTER: enter(view); break;
	case '/':
	case '\\': ask(view, TOP_ASK_FILTER); break;
	case 'C':
	case 'P': sort_by(view, TOP_COL_CPU); break;
	case 'M': sort_by(view, TOP_COL_MEM); break;
	case 'D': sort_by(view, TOP_COL_IO); break;
	case 'N': sort_by(view, TOP_COL_RX); break;
	case 'L': sort_by(view, TOP_COL_LOAD); break;
	case 'A': sort_by(view, TOP_COL_AGE); break;
	case 'E': sort_by(view, TOP_COL_ALERT); break;
	case 'Q': sort_by(view, TOP_COL_QUBE); break;
	case '<': sort_beside(view, false); break;
	case '>': sort_beside(view, true); break;
	case 'r':
	case 'I': view->reverse = !view->reverse; break;
	case 'u': view->utc = !view->utc; break;
	case '?':
	case 'h': show_page(view, TOP_HELP); break;
	default: break;
	}
	return true;
}
