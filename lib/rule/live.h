/*
 * live.h - the rules run by run: what mon-rule --live keeps, and how each row is told once.
 *
 * The state is one file in the Monitor folder, for a person to read:
 *
 *	mon-rule 1
 *	seen poll 2025-08-31T12:05:00Z
 *	seen qubes -
 *	series NAME QUBE COLUMN=INSTANCE STATE SINCE SEEN CLEAR ROW LAST-TS LAST WORST
 *	send poll 2025-08-31T12:05:00Z work !cpu-hot FIRING cpu=97.2 limit=90 for=5m since=...
 *	end 5
 *
 * "-" stands for what there is not.  It is an outbox: a row is put there, with the state that it
 * makes, before it is printed, and stays until it is found in the record.  Who does not find it
 * sends it again, the same bytes.  Only a run of the same pipe does: the run of that pipe before
 * this one has ended, and so has the mon-split behind it, but that of the other may be filing now.
 * Which pipe it is shows in the lines: those of dom0 come in the qubes unit, all else in the poll.
 *
 * All input is gathered before the state is locked: a qube that hangs holds up one pipe only.
 */
#ifndef MON_LIVE_H
#define MON_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caps.h"
#include "judge.h"
#include "wire.h"

#define MON_LIVE_STATE "rules.state"
#define MON_LIVE_LOCK ".rules.lock"

enum mon_live_pipe { MON_LIVE_POLL, MON_LIVE_QUBES, MON_LIVE_PIPES };

struct mon_live_row {
	enum mon_live_pipe pipe; /* that sends it */
	bool fresh;              /* of this run: not yet in the state on the disk */
	int64_t ts;
	char vm[MON_VM_MAX + 1];
	char msg[MON_MSG_MAX + 1];
};

struct mon_live {
	struct mon_judge *judge; /* set by the caller */

	/* For a message, when mon_live_finish() fails: what could not be done, and on which file. */
	const char *what;
	const char *file;
	size_t cut;     /* lines that did not fit */
	size_t waiting; /* rows that could not be kept: their incidents are told later */
	char waiting_vm[MON_VM_MAX + 1]; /* the qube of the first of them */
	bool damaged; /* the state was no good; it was made anew from the record */

	/* The rest is its own; all zero at the start. */
	bool of[MON_LIVE_PIPES]; /* lines of which pipe came */
	bool xen;                /* figures of Xen, too */
	int64_t ts;              /* of the first of them; a run has one time */
	int64_t seen[MON_LIVE_PIPES];
	int64_t bad_since; /* since when there are bad rules; or NEVER */
	bool hold;         /* rows are refused: what was is being read */
	size_t nrows, len;
	size_t nlater; /* bytes of lines to retire at a later run */
	struct mon_live_row rows[MON_RULE_OUTBOX_MAX];
	char lines[MON_RULE_INPUT_MAX]; /* ${len} bytes, each ended by LF */
};

/*
 * mon_live_take(live, line, len, rec):
 * Gather the checked line ${rec}, whose ${len} bytes stand at ${line}.
 */
void mon_live_take(struct mon_live *live, const char *line, size_t len, const struct mon_rec *rec);

/*
 * mon_live_finish(live, basefd):
 * Judge what was gathered, from the state in the Monitor folder ${basefd} on, keep the new state
 * there and write the rows that it owes to stdout.  Return 0; or -errno with ${live->what}: then
 * the old state stands, and nothing new was written.
 */
int mon_live_finish(struct mon_live *live, int basefd);

/*
 * mon_live_look(live, basefd):
 * Read the state in the Monitor folder ${basefd} into the series of ${live->judge}, to look at:
 * nothing is judged, written or told.  Return 1; 0 if it is damaged: then the series are
 * unspecified; -ENOENT if there is none yet; or another -errno.
 */
int mon_live_look(struct mon_live *live, int basefd);

#endif /* !MON_LIVE_H */
