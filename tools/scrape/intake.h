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
 * mon_intake_frame(untrusted, len):
 * Is the answer of ${len} bytes framed, and is it whole?
 */
enum mon_frame mon_intake_frame(const char *untrusted, size_t len);

/*
 * mon_intake_lines(untrusted, len, alerts, ts, target, dst, ret_reason):
 * Check the ${len} bytes that ${target} sent, at most MON_ANSWER_MAX, line by line, and write
 * the good ones, stamped by ${ts} and the target's name, to ${dst}, which has room for
 * MON_INTAKE_MAX bytes.  Return the bytes written; what lies behind them in ${dst} is undefined.
 *
 * ${target->result} is what the end of the call says.  The frame, put into ${target->frame}, may
 * know better: a whole answer is MON_RESULT_OK whatever the exit code was, one that was cut is
 * MON_RESULT_FAILED.  A timeout stays one: a qube that hangs must not escape the pause for that.
 *
 * Alerts are taken if ${alerts} asks for them and the answer is whole: by its frame, or without
 * one by its result.  The sampler sends alerts again until its answer was read, so taking those
 * of a cut one would file them twice.  A last line without LF is dropped.
 *
 * Bounds: MON_ANSWER_LINES lines; each kind's rows_max rows; ${target->allowed} bytes written.
 * The first good line that does not fit into these bytes and all behind it are rejected: an
 * honest answer begins with what matters most.  ${target->lines}, ${target->rejected},
 * ${target->unknown}, ${target->filed} and ${target->over_quota} are set; the lines of the frame
 * are in none of them; the ${target->result} of an
 * answer that was "ok" becomes MON_RESULT_TOO_BIG when there were more lines, or more bytes than
 * allowed, or else MON_RESULT_FAILED when it held no good line.
 * ${ret_reason} is why the first line was rejected, or MON_WIRE_OK.
 */
size_t mon_intake_lines(char *untrusted, size_t len, bool alerts, const char *ts,
    struct mon_target *target, char *dst, enum mon_wire_err *ret_reason);

/*
 * mon_intake_report(ts, target, dst):
 * Write the stamped "scrape:" line that tells how the question to ${target} went to ${dst},
 * which has room for MON_ROW_MAX bytes.  Return its length.
 */
size_t mon_intake_report(const char *ts, const struct mon_target *target, char *dst);

#endif /* !MON_INTAKE_H */
