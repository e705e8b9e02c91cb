/*
 * keys.h - what each key does to the view.
 */
#ifndef MON_TOP_KEYS_H
#define MON_TOP_KEYS_H

#include <stdbool.h>

#include "record.h"
#include "view.h"

/* Keys that are no ASCII character. */
enum top_key {
	TOP_KEY_LEFT = 0x1000,
	TOP_KEY_RIGHT,
	TOP_KEY_UP,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_ENTER,
	TOP_KEY_BACKSPACE,
	TOP_KEY_ESCAPE,
};

/*
 * top_key(view, record, key):
 * Do what ${key} says; a key without a meaning does nothing.  Return false if it says to quit.
 * The frame of ${view} is that of the last top_view_update(), which is to be called again.
 */
bool top_key(struct top_view *view, struct top_record *record, int key);

/*
 * top_key_filter(view, text):
 * Show only the qubes whose name has ${text} in it, or matches it if it is a glob; "": all.
 */
void top_key_filter(struct top_view *view, const char *text);

#endif /* !MON_TOP_KEYS_H */
