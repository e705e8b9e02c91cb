/* defaults.c - the rules that are shipped; see defaults.h. */
#include "defaults.h"

/* clang-format off */
const char mon_rule_defaults[] =
"# Rules of sys-monitor: mon-rule(1), docs/RULES.md.  Copy to /rw/config/sys-monitor.rules to change\n"
"# them, and try them: mon-rule --check FILE; mon-cat yesterday | mon-rule --rules FILE\n"
"\n"
"# The machine cannot work on.\n"
"disk-full: disk.pct_used >= 95% where fs=/dev/xvd* and mount!=*/modules until < 90% on *\n"
"starved:   rate(pressure.mem_full_us) > 40% for 2m until < 10% for 1m on *\n"
"\n"
"# What everything else goes through.\n"
"down:      state != Running for 5m on sys-net, sys-firewall\n"
"silent:    missing for 5m on sys-net, sys-firewall\n"
"\n"
"# Who says other than Xen; without Xen's figures (MON_XEN) it says nothing.\n"
"lies:      lies for 10m on *\n";
/* clang-format on */
