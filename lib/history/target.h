/*
 * target.h - the qubes that one run asks, and how each question went.
 */
#ifndef MON_TARGET_H
#define MON_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caps.h"
#include "exclude.h"
#include "quota.h"
#include "result.h"

/* The frame of an answer: see wire.h. */
enum mon_frame {
	MON_FRAME_NONE,  /* it does not begin with one: a handler that somebody wrote by hand */
	MON_FRAME_CUT,   /* it has a beginning, and no end or another number of lines */
	MON_FRAME_WHOLE, /* all of it came, and nothing behind it */
};

/* Why a qube is asked without the argument "take"; the words are mon_target_older_name()'s. */
enum mon_older {
	MON_OLDER_NONE,    /* it is not */
	MON_OLDER_POLICY,  /* dom0's policy refuses the argument */
	MON_OLDER_SAMPLER, /* the sampler in the qube fails with it */
	MON_OLDERS
};

/* What dom0's list says of a qube that was given by its name alone. */
enum mon_known {
	MON_KNOWN_NOT, /* nothing: it was not asked, or there is no list */
	MON_KNOWN_ABSENT,
	MON_KNOWN_REMOTE, /* a qube of another machine: never asked */
	MON_KNOWN_NOT_RUNNING,
	MON_KNOWN_RUNNING,
};

struct mon_target {
	char vm[MON_VM_MAX + 1];      /* checked, zero-padded */
	bool ask;                     /* false: only its state is known, and it is not Running */
	bool asked;                   /* a call to it was begun in this run */
	enum mon_result result, last; /* of this run; of the run before */
	enum mon_older older, known_older; /* as of this run; as the runs before left it */
	enum mon_frame frame;              /* of its answer */
	enum mon_known known;
	size_t unknown; /* lines of kinds that a later version has */
	/* Bytes that it may have filed in this run: by alerts and what came before, or by figures. */
	uint64_t allowed, allowed_figures;
	size_t filed;    /* bytes that it had filed */
	bool over_quota; /* lines were dropped because the allowance did not suffice */
	/* What the row in scrape.csv tells. */
	unsigned ms;
	size_t bytes, lines, rejected;
};

struct mon_targets {
	struct mon_target list[MON_VMS_MAX];
	size_t n;
	const char *self;                  /* the own qube: never asked */
	const struct mon_exclude *exclude; /* nor these */
	/* These are not asked, unless a person names them; NULL: none. */
	const struct mon_exclude *no_handler;
	size_t seen, excluded;  /* names that were given; those of them that are excluded */
	bool bare;              /* some came without a state */
	struct mon_quota quota; /* of this run */
};

/* Why a word names no qube to ask. */
enum mon_target_err {
	MON_TARGET_ADDED = 0,
	MON_TARGET_IGNORED,  /* a stamped line of another kind */
	MON_TARGET_NEVER,    /* dom0 or the own qube */
	MON_TARGET_EXCLUDED, /* nothing is wrong */
	MON_TARGET_BAD,      /* no name of a qube */
	MON_TARGET_FULL,     /* MON_VMS_MAX are there already */
};

/*
 * mon_target_add(targets, untrusted, len, running):
 * Add the qube of this name, to be asked if ${running}.  A name that is there already is not
 * added again; the last word on its state counts.
 */
enum mon_target_err mon_target_add(
    struct mon_targets *targets, const char *untrusted, size_t len, bool running);

/*
 * mon_target_add_line(targets, untrusted, len):
 * The same for one line of `mon-scrape -`: a stamped "state:" line, or a bare name, which is
 * taken as running.  A stamped line of another kind is ignored, any other line is MON_TARGET_BAD.
 */
enum mon_target_err mon_target_add_line(
    struct mon_targets *targets, const char *untrusted, size_t len);

/*
 * mon_target_read(targets, fd, timeout_ms, ret_bad):
 * The same for all lines of ${fd}.  ${ret_bad} is set to the number of the first line that was
 * dropped, 0 if none was.  Return 0; -ETIMEDOUT if nothing came for ${timeout_ms}; or another
 * -errno.
 */
int mon_target_read(struct mon_targets *targets, int fd, unsigned timeout_ms, size_t *ret_bad);

/*
 * mon_target_sort(targets):
 * Bring the qubes that answered last time to the front, those that did not to the end; the
 * order is otherwise kept.  So a crowd of hung qubes comes after every honest one.
 */
void mon_target_sort(struct mon_targets *targets);

/*
 * mon_target_older_name(older), mon_target_older_find(name, len):
 * The word for it in the history, and back: MON_OLDER_NONE if it is no such word.
 */
const char *mon_target_older_name(enum mon_older older);
enum mon_older mon_target_older_find(const char *name, size_t len);

#endif /* !MON_TARGET_H */
