/*
 * dom0.h - the qubes and their states, as dom0 tells them.
 */
#ifndef MON_DOM0_H
#define MON_DOM0_H

#include <stdbool.h>
#include <stddef.h>

#include "caps.h"
#include "finding.h"

struct mon_dom0_qube {
	char vm[MON_VM_MAX + 1];
	bool running;
};

struct mon_dom0 {
	struct mon_dom0_qube qube[MON_VMS_MAX];
	size_t n;
	bool known; /* dom0 gave a list, with more in it than dom0 itself */
};

/*
 * mon_dom0_check(findings, ret):
 * Ask dom0 for the list, tell what came of it, and put the qubes into ${ret}.
 */
void mon_dom0_check(struct mon_findings *findings, struct mon_dom0 *ret);

/*
 * mon_dom0_learn(findings, untrusted_answer, len, ret):
 * The same for the ${len} bytes that dom0 answered.
 */
void mon_dom0_learn(
    struct mon_findings *findings, char *untrusted_answer, size_t len, struct mon_dom0 *ret);

/*
 * mon_dom0_find(dom0, vm):
 * Return the qube ${vm}, or NULL.
 */
const struct mon_dom0_qube *mon_dom0_find(const struct mon_dom0 *dom0, const char *vm);

#endif /* !MON_DOM0_H */
