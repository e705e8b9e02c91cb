# mon-scrape: looking and taking; whole answers, cut ones, and those of older versions.
. "$(dirname "$0")/lib.sh"
NOW=2025-08-31T12:00:00Z
scrape() { run timeout 60 mon-scrape --self sys-monitor --now "${now:-$NOW}" "$@"; }
result() { sed -n "s/^[^ ]* $1 scrape: \([a-z-]*\),[0-9]*,/\1,/p" "$work/.out"; }
# What was asked of whom since the last call: "work +take" or "work"
asked() { awk '$2 == "call" && $4 != "dom0" { sub(/.*Get/, "", $5); print $4 ($5 == "" ? "" : " " $5) }' "$FAKE_QUBES/log"; : >"$FAKE_QUBES/log"; }
alerts() { sed -n 's/.* alert: //p' "$work/.out"; }
# The answer of 0.1.0, which takes no argument: it fails with exit code 2.
OLD='print=sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\nnet: eth0,1234567,0,0,7654321,0,0\nconn: 12,4\ndisk: /dev/xvdb,/rw,52428800,1000000,51428800,2%\nalert: Aug 31 11:59:59 kernel: NET: eth0 link up\n'
NEW='print=begin: 1\nconn: 12,4\nalert: Aug 31 11:59:59 a: new\nend: 2\n'
: >"$FAKE_QUBES/log"

# --- looking and taking
qube work "$NEW"
scrape work
is "a look: asked without an argument, no alerts, and it is ok" "0 ok,57,1,0 work " "$code $(result work) $(asked) $(alerts)"
scrape --peek work
is "--peek: alerts, too" "ok,57,2,0 work Aug 31 11:59:59 a: new" "$(result work) $(asked) $(alerts)"
scrape --take work
is "--take: asked with the argument" "ok,57,2,0 work +take Aug 31 11:59:59 a: new" "$(result work) $(asked) $(alerts)"
scrape --take --peek work
is "both: wrong usage" 2 "$code"

# --- an answer tells by itself whether it is whole
qube crashed "$NEW" die
qube failing "$NEW" exit=1
qube hung "$NEW" hang
qube cut 'print=begin: 1\nconn: 12,4\nalert: Aug 31 11:59:59 a: comes again\n'
qube short 'print=begin: 1\nconn: 12,4\nalert: Aug 31 11:59:59 a: comes again\nend: 3\n'
qube later 'print=begin: 2\nconn: 12,4\ngpu: 7,8\nalert: Aug 31 11:59:59 a: new\nend: 3\n'
scrape --take --timeout 1 crashed failing hung cut short later
is "whole: ok whatever the exit code" "ok,57,2,0 ok,57,2,0" "$(result crashed) $(result failing)"
is "whole, and hangs: a timeout, and its alerts count" "timeout,57,2,0 hung" \
	"$(result hung) $(sed -n 's/^[^ ]* \(hung\) alert: .*/\1/p' "$work/.out")"
is "cut off: failed; figures are kept, alerts are not" "failed,58,1,0 failed,65,1,0 0" \
	"$(result cut) $(result short) $(grep -cE ' (cut|short) alert:' "$work/.out")"
like "cut off: said" '^mon-scrape: cut: its answer was cut off before its end$' "$err"
is "a later version: a kind that is not known is neither filed nor rejected" "ok,66,2,0" "$(result later)"
is "... and told by one line" "mon-scrape: left out 1 line of kinds that this version does not know, the first from later: update sys-monitor to file them" \
	"$(grep 'does not know' "$work/.err")"
scrape --take later
is "... with exit code 0" 0 "$code"
is "nobody is asked twice for that" "" "$(asked | grep -v later | sort | uniq -d)"
scrape --take --timeout 1 - <<<hung
is "who hangs is left alone, whole or not" "backoff,0,0,0" "$(result hung)"

# --- an older policy, an older sampler
asked >/dev/null
qube policy take:deny "$NEW"
qube sampler exec take:exit=2 "$OLD"
now=2025-08-31T12:10:00Z
scrape --take policy sampler
is "both are asked once more without the argument: exit code" "0 " "$code $err"
is "... and are ok, with their alerts" "ok,57,2,0 ok,$(printf %b "${OLD#print=}" | wc -c),5,0" "$(result policy) $(result sampler)"
is "... by two calls each" "policy policy +take sampler sampler +take" "$(asked | sort | xargs)"
now=2025-08-31T12:10:10Z scrape --take policy sampler
is "that is remembered" "policy sampler" "$(asked | sort | xargs)"
like "... where mon-doctor finds it" '^policy ok .* old-policy [0-9]+$' "$(cat "$XDG_RUNTIME_DIR/sys-monitor/scrape-history")"
like "... with the reason" '^sampler ok .* old-sampler [0-9]+$' "$(cat "$XDG_RUNTIME_DIR/sys-monitor/scrape-history")"
qube policy "$NEW"
qube sampler "$NEW"
now=2025-08-31T12:10:20Z scrape --take policy sampler
is "a sampler that was updated is known by its frame" "ok,57,2,0 policy sampler" "$(result sampler) $(asked | sort | xargs)"
now=2025-08-31T12:10:30Z scrape --take policy sampler
is "... and is asked anew" "policy sampler +take" "$(asked | sort | xargs)"
now=2025-08-31T13:10:01Z scrape --take policy sampler
is "a policy is tried again every hour" "policy +take sampler +take" "$(asked | sort | xargs)"
now=2025-08-31T13:10:10Z scrape --take policy sampler
is "... and is known to be new" "policy +take sampler +take" "$(asked | sort | xargs)"
# Both at once: 0.1.0 in dom0 and in the template.
qube both exec take:deny "$OLD"
scrape --take both
is "an older policy over an older sampler" "0 ok,$(printf %b "${OLD#print=}" | wc -c),5,0 both +take both" "$code $(result both) $(asked | xargs)"

# --- what only looks like one
qube off state=Halted "$NEW"
qube broken exec 'print=conn: 1,2\n' exit=5
qube bare no-handler
scrape --take off broken bare
is "refused, failed: asked twice, told once; no handler: once" "bare +take broken broken +take off off +take 3" \
	"$(asked | sort | xargs) $(wc -l <"$work/.err")"
is "... each with its result" "refused,0,0,0 failed,10,1,0 no-handler,0,0,0" "$(result off) $(result broken) $(result bare)"
scrape --take off broken bare
is "... and nothing is remembered of it" "bare +take broken broken +take off off +take" "$(asked | sort | xargs)"

# --- this machine
cat >sampler <<'END'
#!/bin/sh
printf 'begin: 1\nalert: Aug 31 11:59:59 a: %s %s\nend: 1\n' "$QREXEC_REMOTE_DOMAIN" "${QREXEC_SERVICE_ARGUMENT-unset}"
END
mkdir bin && cp "$MON_BIN/mon-scrape" bin/ && install -m 755 sampler bin/mon-sample
run bin/mon-scrape --local --self here --take
is "--local --take" "0 here take" "$code $(alerts | cut -d' ' -f5-)"
run bin/mon-scrape --local --self here --peek
is "--local --peek" "0 here " "$code $(alerts | cut -d' ' -f5-)"
finish
