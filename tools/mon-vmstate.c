/*
 * mon-vmstate - ask dom0 which qubes there are; print one stamped "state:" line for each.
 *
 * dom0 is asked by `qrexec-client-vm dom0 admin.vm.List`.  Nothing is printed unless the
 * whole list has come.  With --xen or MON_XEN=yes, admin.vm.Stats is asked, too, and one "xen:"
 * line is printed for each domain.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "exclude.h"
#include "caps.h"
#include "human.h"
#include "qubes.h"
#include "stamp.h"
#include "tool.h"
#include "wire.h"
#include "xen.h"

static const char HELP[] =
    "Usage: mon-vmstate [OPTION]...\n"
    "Ask dom0 for the qubes and print one stamped line with the state of each.\n"
    "\n"
    "      --xen              print Xen's own figures of each qube and of dom0, too;\n"
    "                         dom0's policy needs admin.vm.Stats for that\n"
    "                         [MON_XEN: yes or no]\n"
    "  -x, --exclude GLOB     leave out the qubes that GLOB matches; repeatable\n"
    "                         [MON_EXCLUDE: globs, spaces or commas between]\n"
    "  -t, --timeout SECONDS  wait for dom0's answer this long [MON_TIMEOUT, or 3]\n"
    "      --now TS           the time to stamp, like 2025-08-31T12:00:10Z\n"
    "  -h, --help             print this help, and exit\n"
    "  -V, --version          print the version, and exit\n"
    "\n"
    "Exit status: 0 printed; 1 dom0 gave no list; 2 wrong usage; 3 printed, but a\n"
    "part of the list could not be read, the policy hides the qubes, or Xen's\n"
    "figures did not come.\n"
    "\n"
    "Example: mon-vmstate | mon-split\n";

static char answer[MON_LIST_MAX];
/* Every line is longer in the list, by "class=" and "state=", than it is stamped plus 32. */
static char output[MON_LIST_MAX + MON_VMS_MAX * 32];
static struct mon_xen xen;

/* Get the list into ${answer}; say what to do if there is none. */
static bool
ask(unsigned timeout_ms, size_t *ret_len)
{
	int r = mon_qubes_ask(answer, sizeof(answer), timeout_ms, ret_len);

	if (r == -ENOENT)
		mon_tool_error(0,
		    "qrexec-client-vm is not on PATH: is this a qube? Without Qubes OS, "
		    "use mon-scrape --local");
	else if (r == -ETIMEDOUT)
		mon_tool_error(
		    0, "dom0 gave no list within %u.%03u s", timeout_ms / 1000, timeout_ms % 1000);
	else if (r == -EFBIG)
		mon_tool_error(0, "dom0's list is longer than %d bytes", MON_LIST_MAX);
	else if (r < 0)
		mon_tool_error(r, "cannot ask dom0 for its list");
	else if (r == MON_QREXEC_REFUSED)
		mon_tool_error(
		    0, "dom0 refused to list the qubes; its policy needs: " MON_QUBES_POLICY_LIST);
	else if (r > 0)
		mon_tool_error(
		    0, "qrexec-client-vm dom0 admin.vm.List failed with exit code %d", r);
	return r == 0;
}

/* Stamp the state of ${vm} behind the ${n} bytes of ${output}; return the new length. */
static size_t
put(size_t n, const char *ts, const char *vm, struct mon_str state)
{
	struct mon_payload payload = {
		.table = &mon_schema[MON_KIND_STATE], .fields = state, .own = true
	};

	return n + mon_wire_stamp(ts, vm, &payload, output + n);
}

static int
print_list(size_t len, const char *ts, const struct mon_exclude *exclude)
{
	char count[MON_HUMAN_MAX];
	size_t n = 0, qubes = 0, bad = 0;
	struct mon_qube qube = { 0 };
	char vm[MON_VM_MAX + 1], error[MON_WORD_MAX + 1];
	struct mon_qubes list;
	int r;

	if (!mon_qubes_init(&list, answer, len)) {
		mon_qubes_error(answer, len, error);
		mon_tool_error(
		    0, "dom0 answered with an error instead of a list (exception: %s)", error);
		return MON_EX_FAIL;
	}
	while ((r = mon_qubes_next(&list, &qube)) != MON_LINE_EOF) {
		if (r != MON_LINE_OK || qubes == MON_VMS_MAX) {
			bad++;
			continue;
		}
		qubes++;
		if (mon_qubes_is_running(qube.state) && !qube.remote)
			xen.running[xen.nrunning++] = qube.vm;
		if (qube.remote) /* another machine, always "Running"; never asked */
			continue;
		*(char *)mempcpy(vm, qube.vm.p, qube.vm.n) = '\0';
		if (!mon_exclude_match(exclude, vm))
			n = put(n, ts, vm, qube.state);
	}
	if (mon_tool_write(output, n) < 0)
		return MON_EX_FAIL;
	if (bad > 0)
		mon_tool_warn(0, "dropped %s of dom0's list that %s no qube and state",
		    mon_human_plural(bad, "line", count), bad == 1 ? "names" : "name");
	else if (qubes == 1)
		/* The asking qube runs, so a list that is right has two at least. */
		mon_tool_warn(
		    0, "dom0's policy hides the qubes; it needs: " MON_QUBES_POLICY_NAMES);
	return bad > 0 || qubes <= 1 ? MON_EX_PARTIAL : MON_EX_OK;
}

/* Print what Xen says of each domain; say so if it says nothing. */
static int
print_xen(unsigned timeout_ms, const char *ts, const struct mon_exclude *exclude)
{
	char vm[MON_VM_MAX + 1], error[MON_WORD_MAX + 1], fields[2 * MON_NUMBER_MAX + 2];
	const char *untrusted = NULL;
	size_t len = 0, n = 0;
	int r = mon_xen_ask(&xen, timeout_ms, &untrusted, &len);

	if (r == MON_QREXEC_REFUSED) {
		mon_tool_warn(0, "dom0 refused Xen's figures; its policy needs: "
				 "admin.vm.Stats + sys-monitor @adminvm allow, and "
				 "admin.vm.Stats + sys-monitor @anyvm allow target=@adminvm");
	} else if (r == -EPROTO) {
		mon_qubes_error(untrusted, len, error);
		mon_tool_warn(0,
		    "dom0 answered with an error instead of Xen's figures (exception: %s)", error);
	} else if (r < 0) {
		mon_tool_warn(r, "dom0 gave none of Xen's figures");
	} else if (r > 0) {
		mon_tool_warn(
		    0, "qrexec-client-vm dom0 admin.vm.Stats failed with exit code %d", r);
	}
	for (size_t i = 0; r == 0 && i < xen.n; i++) {
		const struct mon_stats *s = &xen.domain[i];
		struct mon_payload payload = { .table = &mon_schema[MON_KIND_XEN], .own = true };

		*(char *)mempcpy(vm, s->vm.p, s->vm.n) = '\0';
		if (mon_exclude_match(exclude, vm))
			continue;
		payload.fields.n = (size_t)snprintf(fields, sizeof(fields), "%.*s,%.*s",
		    (int)s->cpu_ms.n, s->cpu_ms.p, (int)s->memory_kb.n, s->memory_kb.p);
		payload.fields.p = fields;
		n += mon_wire_stamp(ts, vm, &payload, output + n);
	}
	if (mon_tool_write(output, n) < 0)
		return MON_EX_FAIL;
	return r == 0 ? MON_EX_OK : MON_EX_PARTIAL;
}

/* The worse of two. */
static int
both(int a, int b)
{
	return a == MON_EX_FAIL || b == MON_EX_OK ? a : b;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "xen", no_argument, NULL, 'X' },
		{ "exclude", required_argument, NULL, 'x' },
		{ "timeout", required_argument, NULL, 't' },
		{ "now", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *timeout = NULL, *now = NULL, *with_xen = NULL;
	struct mon_exclude exclude = { 0 };
	char ts[MON_STAMP_LEN + 1];
	struct mon_tool_setting timeout_ms, xen_too;
	size_t len = 0;
	time_t t = 0;
	int c, r;

	mon_tool_init("mon-vmstate", HELP);
	while ((c = mon_tool_getopt(argc, argv, "+x:t:hV", longs, "x")) != -1) {
		switch (c) {
		case 'x':
			if (!mon_tool_exclude(optarg, &exclude))
				return MON_EX_USAGE;
			break;
		case 'X': with_xen = "yes"; break;
		case 't': timeout = optarg; break;
		case 'n': now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	if (optind != argc)
		return mon_tool_misuse("unexpected argument '%s'", argv[optind]);
	if (!mon_tool_exclude(NULL, &exclude) ||
	    !mon_tool_setting(MON_SETTING_TIMEOUT, timeout, &timeout_ms) ||
	    !mon_tool_setting(MON_SETTING_XEN, with_xen, &xen_too) || !mon_tool_stamp(now, &t, ts))
		return MON_EX_USAGE;
	if (!ask((unsigned)timeout_ms.number, &len))
		return mon_tool_finish(MON_EX_FAIL);
	r = print_list(len, ts, &exclude);
	if (xen_too.number != 0 && r != MON_EX_FAIL)
		r = both(print_xen((unsigned)timeout_ms.number, ts, &exclude), r);
	return mon_tool_finish(r);
}
