/*
 * screen.h - the terminal: ncursesw stays behind this.
 */
#ifndef MON_TOP_SCREEN_H
#define MON_TOP_SCREEN_H

#include <stdbool.h>

#include "record.h"
#include "view.h"

/*
 * top_screen_locale():
 * Take the character set of the environment (LC_ALL, LC_CTYPE, LANG), and nothing else of it.
 * Return whether it is UTF-8.
 */
bool top_screen_locale(void);

/*
 * top_screen_run(view, record, why):
 * Show ${view} and do what the keys say, until one says to quit.  It sleeps between keys; where
 * the view is live it looks once a second whether a poll was filed.  Return 0; or -1 with ${why}
 * set to the reason, of static storage, if the terminal cannot be used.
 */
int top_screen_run(struct top_view *view, struct top_record *record, const char **why);

#endif /* !MON_TOP_SCREEN_H */
