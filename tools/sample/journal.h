/*
 * journal.h - alerts: entries of the journal, each delivered once, oldest first.
 *
 * The journal is read by libsystemd (sd-journal(3)), which is loaded only when entries that are
 * asked for were added since the last sample (journalfile.h), or when a file cannot tell: loading
 * it costs more than all the rest.  In most samples that does not happen, so it is done by
 * dlopen(3).
 *
 * No malloc but libsystemd's own, no locale.
 */
#ifndef MON_JOURNAL_H
#define MON_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"
#include "served.h"
#include "trouble.h"
#include "state.h"
#include "str.h"

struct mon_journal_ask {
	int rootfd;
	const struct mon_served *served; /* what must not be touched */
	const char *root;                /* its path; sd-journal takes no descriptor of a folder */
	const char
	    *boot;       /* ID of this boot; "": not known, then the first sample reads all boots */
	int priority;    /* this one and worse: 0 (emerg) to 7 (debug) */
	uint64_t now_ns; /* since the epoch */
};

/* What is printed of an entry; n = 0: it has no such field. */
struct mon_journal_entry {
	uint64_t realtime_us; /* since the epoch */
	struct mon_str untrusted_ident, untrusted_pid, untrusted_message;
	struct mon_str uid; /* of who wrote it, as journald saw it */
};

/*
 * mon_journal_read(ask, place, answer, troubles):
 * Add an alert for each entry behind ${place} until the alerts are full, and move ${place}
 * behind the last one added or left out as an echo.  Without a place the entries of this boot
 * are read; with one of an earlier boot first those that it left, then those of this boot,
 * whatever time they bear.  A file that cannot be read is reported and costs the others nothing;
 * no journal at all is none.
 */
void mon_journal_read(const struct mon_journal_ask *ask, struct mon_journal_place *place,
    struct mon_answer *answer, struct mon_troubles *troubles);

/*
 * mon_journal_new_boot(place):
 * The machine was started again: only the cursor still means something.
 */
void mon_journal_new_boot(struct mon_journal_place *place);

/*
 * mon_journal_text(entry, dst, cap):
 * Write ${entry} as "Mon DD HH:MM:SS ident[pid]: message" (journalctl -o short without the
 * host name), local time, up to ${cap} bytes; return how many.
 */
size_t mon_journal_text(const struct mon_journal_entry *entry, char *dst, size_t cap);

/*
 * mon_journal_same_entry(cursor, other):
 * Are these cursors of the same entry, maybe in two files?  journald copies /run/log/journal to
 * /var/log/journal once that is there, under other sequence numbers.
 */
bool mon_journal_same_entry(const char *cursor, const char *other);

#endif /* !MON_JOURNAL_H */
