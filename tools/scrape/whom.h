/*
 * whom.h - whom to ask: qubes named as arguments, a list on stdin, or this very machine.
 */
#ifndef MON_WHOM_H
#define MON_WHOM_H

#include "run.h"

/*
 * mon_whom_choose(run, argc, argv):
 * Fill the targets of ${run}: this machine if ${run->local}, else those that the arguments name, or those on stdin
 * where the only one is "-".  Of qubes that came without a state dom0 is asked.  Return an exit code
 * (tool.h), having said what was wrong.
 */
int mon_whom_choose(struct mon_run *run, int argc, char *argv[]);

#endif /* !MON_WHOM_H */
