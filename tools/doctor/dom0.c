/* dom0.c - the qubes and their states; see dom0.h. */
#include <errno.h>
#include <string.h>

#include "dom0.h"
#include "human.h"
#include "qubes.h"

#define POLICY "in dom0, /etc/qubes/policy.d/30-metrics.policy needs: "

static char answer[MON_LIST_MAX];

const struct mon_dom0_qube *
mon_dom0_find(const struct mon_dom0 *dom0, const char *vm)
{
	for (size_t i = 0; i < dom0->n; i++)
		if (strcmp(dom0->qube[i].vm, vm) == 0)
			return &dom0->qube[i];
	return NULL;
}

/* Take the list's qubes into ${ret}; return how many lines are none. */
static size_t
take(struct mon_qubes *list, struct mon_dom0 *ret)
{
	struct mon_qube qube = { 0 };
	size_t bad = 0;
	int r;

	ret->n = 0;
	while ((r = mon_qubes_next(list, &qube)) != MON_LINE_EOF) {
		struct mon_dom0_qube *q = &ret->qube[ret->n];

		if (r != MON_LINE_OK || ret->n == MON_VMS_MAX) {
			bad++;
			continue;
		}
		if (qube.remote) /* another machine, and never asked */
			continue;
		*(char *)mempcpy(q->vm, qube.vm.p, qube.vm.n) = '\0';
		q->running = mon_qubes_is_running(qube.state);
		ret->n++;
	}
	return bad;
}

void
mon_dom0_learn(
    struct mon_findings *findings, char *untrusted_answer, size_t len, struct mon_dom0 *ret)
{
	char error[MON_WORD_MAX + 1], count[MON_HUMAN_MAX];
	size_t bad, running = 0;
	struct mon_qubes list;

	if (!mon_qubes_init(&list, untrusted_answer, len)) {
		mon_qubes_error(untrusted_answer, len, error);
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "in dom0: sudo journalctl -u qubesd -n 20",
		    "list: dom0 answered with an error instead of a list (exception: %s)", error);
		return;
	}
	bad = take(&list, ret);
	for (size_t i = 0; i < ret->n; i++)
		running += ret->qube[i].running;
	/* The asking qube runs, so a list that is right has two at least. */
	ret->known = ret->n > 1;
	if (!ret->known)
		mon_finding_tell(findings, MON_FINDING_FAIL, POLICY MON_QUBES_POLICY_NAMES,
		    "list: dom0's policy shows no qube but dom0");
	else if (bad > 0)
		mon_finding_tell(findings, MON_FINDING_WARN,
		    "mon-vmstate shows those that can be read",
		    "list: %s of dom0's list that %s no qube and state",
		    mon_human_plural(bad, "line", count), bad == 1 ? "names" : "name");
	else
		mon_finding_tell(findings, MON_FINDING_OK, NULL,
		    "list: dom0 lists %zu qubes, %zu running", ret->n, running);
}

void
mon_dom0_check(struct mon_findings *findings, struct mon_dom0 *ret)
{
	size_t len = 0;
	int r = mon_qubes_ask(answer, sizeof(answer), MON_ANSWER_MS, &len);

	if (r == -ENOENT)
		mon_finding_tell(findings, MON_FINDING_FAIL, "run mon-doctor inside sys-monitor",
		    "list: qrexec-client-vm is not on PATH, so this is no qube");
	else if (r == -ETIMEDOUT)
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "in dom0: systemctl status qubesd qubes-qrexec-policy-daemon",
		    "list: dom0 gave none within %d ms", MON_ANSWER_MS);
	else if (r < 0)
		mon_finding_unable(findings, "try again; then: mon-vmstate",
		    "list: cannot ask dom0 (%s)", strerror(-r));
	else if (r == MON_QREXEC_REFUSED)
		mon_finding_tell(findings, MON_FINDING_FAIL, POLICY MON_QUBES_POLICY_LIST,
		    "list: dom0's policy refused it");
	else if (r > 0)
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "sudo systemctl status qubes-qrexec-agent; in dom0: sudo journalctl -n 20",
		    "list: qrexec-client-vm ended with exit code %d", r);
	else
		mon_dom0_learn(findings, answer, len, ret);
}
