/*
 * bubbles.h - which notifications the rows of mon-rule make, and what is remembered of them.
 *
 * A key is a qube, a rule and an instance: each has one bubble on the screen, which its next row
 * replaces.  Where a rule has incidents of more than MON_NOTIFY_INSTANCES instances of a qube, all others
 * share one key, so that a qube that renames its disks does not fill the screen.  What is remembered is a small file, for a person to read:
 *
 *	mon-notify 1
 *	shown 2025-08-31T12:05:00Z work alert: !cpu-hot FIRING cpu=97.2 ...	the last row seen
 *	bubble 17 1 2025-08-31T12:05:00Z work !cpu-hot				its number, and how often since when
 *
 * No I/O, no malloc.
 */
#ifndef MON_BUBBLES_H
#define MON_BUBBLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caps.h"
#include "str.h"

#define MON_BUBBLE_KEY_MAX                                                                         \
	(MON_VM_MAX + MON_RULE_NAME_MAX + MON_RULE_INSTANCE_MAX + MON_WORD_MAX + 4)

struct mon_bubble {
	char key[MON_BUBBLE_KEY_MAX +
		 1];                /* "QUBE !RULE COLUMN=INSTANCE", or "QUBE !RULE and others" */
	char text[MON_MSG_MAX + 1]; /* what the last row says of it */
	uint64_t id;                /* of the daemon; 0: not shown yet */
	uint64_t times;             /* how often it began since ${since} */
	int64_t since;
	bool firing, fresh; /* its last row is a FIRING; there is a row that was not seen before */
};

struct mon_bubbles {
	char shown[MON_STAMPED_MAX + 1]; /* the last row seen; "": none */
	size_t n;
	struct mon_bubble list[MON_NOTIFY_KEYS];
};

/*
 * mon_bubbles_load(b, text, len):
 * Begin with what was remembered.  Text that is odd is as none.
 */
void mon_bubbles_load(struct mon_bubbles *b, char *text, size_t len);

/*
 * mon_bubbles_take(b, text, len):
 * Take the rows of ${text}, stamped lines, that stand behind the last one seen; all, where that is
 * not among them.  Return how many there were.
 */
size_t mon_bubbles_take(struct mon_bubbles *b, char *text, size_t len);

/*
 * mon_bubbles_rule(bubble):
 * Return the name of its rule, in the key's bytes.
 */
struct mon_str mon_bubbles_rule(const struct mon_bubble *bubble);

/*
 * mon_bubbles_quiet(bubble):
 * Is it one that came so often that it is not shown again for now?
 */
bool mon_bubbles_quiet(const struct mon_bubble *bubble);

/*
 * mon_bubbles_keep(b, ret, cap):
 * Write what is to be remembered; return its length.
 */
size_t mon_bubbles_keep(const struct mon_bubbles *b, char *ret, size_t cap);

/*
 * mon_bubbles_markup(text, ret, cap):
 * Write ${text} so that notify-send(1) shows it as it is: its body is markup, and a backslash in it
 * begins an escape.  Cut to what fits ${cap}, NUL included.
 */
void mon_bubbles_markup(const char *text, char *ret, size_t cap);

#endif /* !MON_BUBBLES_H */
