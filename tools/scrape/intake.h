/*
 * intake.h - what one qube said: hostile bytes in, checked and stamped lines out.
 *
 * Pure: no I/O, no malloc, no globals.  Defined for every (buf, len), NULs included.
 */
#ifndef MON_INTAKE_H
#define MON_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"
#include "target.h"
#include "wire.h"

/* Room for the lines of any answer: its bytes, and a stamp, a name and a LF for each line. */
#define MON_INTAKE_MAX (MON_ANSWER_MAX + MON_ANSWER_LINES * (MON_STAMPED_MAX - MON_LINE_MAX + 1))

/*
 * mon_intake_lines(untrusted, len, whole, ts, target, dst, ret_reason):
 * Check the ${len} bytes that ${target} sent, at most MON_ANSWER_MAX, line by line, and write
 * the good ones, stamped by ${ts} and the target's name, to ${dst}, which has room for
 * MON_INTAKE_MAX bytes.  Return the bytes written; what lies behind them in ${dst} is undefined.
 *
 * ${whole} is false for an answer that was broken off or failed.  Its last line without LF is
 * dropped as always, and its alerts are too: the sampler sends alerts again until it knows
 * that its answer was read, so taking them now would file them twice.
 *
 * Bounds: MON_ANSWER_LINES lines; each kind's rows_max rows; ${target->allowed} bytes written.
 * The first good line that does not fit into these bytes and all behind it are rejected: an
 * honest answer begins with what matters most.  ${target->lines}, ${target->rejected},
 * ${target->filed} and ${target->over_quota} are set; the ${target->result} of an
 * answer that was "ok" becomes MON_TARGET_TOO_BIG when there were more lines, or more bytes than
 * allowed, or else MON_TARGET_FAILED when it held no good line.
 * ${ret_reason} is why the first line was rejected, or MON_WIRE_OK.
 */
size_t mon_intake_lines(char *untrusted, size_t len, bool whole, const char *ts,
    struct mon_target *target, char *dst, enum mon_wire_err *ret_reason);

/*
 * mon_intake_report(ts, target, dst):
 * Write the stamped "scrape:" line that tells how the question to ${target} went to ${dst},
 * which has room for MON_ROW_MAX bytes.  Return its length.
 */
size_t mon_intake_report(const char *ts, const struct mon_target *target, char *dst);

#endif /* !MON_INTAKE_H */
