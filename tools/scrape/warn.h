/*
 * warn.h - what a person should know of an answer, and what to do.
 */
#ifndef MON_WARN_H
#define MON_WARN_H

#include "run.h"
#include "target.h"
#include "wire.h"

/*
 * mon_warn_target(run, t, exit_code, reason):
 * Say on stderr how it went with ${t}, if that is worth a word.  ${reason}: why the first bad line was dropped.
 * The caller leaves out what it has said before: a poll says it once, until the result changes.
 */
void mon_warn_target(
    const struct mon_run *run, const struct mon_target *t, int exit_code, enum mon_wire_err reason);

#endif /* !MON_WARN_H */
