# mon-vmstate: one stamped state: line for each qube of dom0's list, or nothing and why.
. "$(dirname "$0")/lib.sh"
NOW=2025-08-31T12:00:00Z
qube work
qube mail state=Halted
qube games state=Paused
vmstate() { run timeout 20 mon-vmstate --now $NOW "$@"; }

vmstate
is "the list: exit code" 0 "$code"
is "the list" "$NOW dom0 state: Running
$NOW games state: Paused
$NOW mail state: Halted
$NOW work state: Running" "$out"
is "the list: silent" "" "$err"
vmstate --exclude 'm*' -x games
is "--exclude" "$NOW dom0 state: Running
$NOW work state: Running" "$out"
MON_EXCLUDE='g* mail' vmstate
is "MON_EXCLUDE" "dom0 work" "$(cut -d' ' -f2 <<<"$out" | tr '\n' ' ' | sed 's/ $//')"
MON_EXCLUDE='work' vmstate -x mail
is "the option comes before the environment" "dom0 games work" "$(cut -d' ' -f2 <<<"$out" | tr '\n' ' ' | sed 's/ $//')"
echo uuid >"$FAKE_QUBES/dom0"
vmstate
is "uuid= of Qubes 4.3 is skipped" "0 4" "$code $(wc -l <"$work/.out")"
qube far class=RemoteVM
vmstate
is "a qube of another machine (4.3) is left out" "0 4 0" "$code $(wc -l <"$work/.out") $(grep -c far "$work/.out")"
rm "$FAKE_QUBES/qubes/far"
exec 8< <(exec sleep 60)
vmstate <&8
kill $!; exec 8<&-
is "an open stdin of ours does not hang dom0" 0 "$code"
run bash -c "mon-vmstate --now $NOW | mon-split --dir M && tail -n 1 M/2025-08-31/qubes.csv"
is "| mon-split" "$NOW,work,Running" "$out"

# --- dom0 gives no list
bad() { # WHAT DOM0 EXIT REGEX
	printf '%s\n' "$2" | tr '|' '\n' >"$FAKE_QUBES/dom0"
	vmstate --timeout 1
	is "$1: exit code" "$3" "$code"
	like "$1: said" "$4" "$err"
	is "$1: one line on stderr" 1 "$(wc -l <"$work/.err")"
}
bad "an exception with exit 0" 'exception=QubesException\0traceback' 1 'error instead of a list \(exception: QubesException\)'
bad "an exception with escapes" 'print=2\0\e[2Jx\0' 1 'exception: unreadable'
bad "an empty answer with exit 0" 'exit=0' 1 'error instead of a list'
bad "refused" 'deny' 1 'policy needs'
bad "dom0 hangs" 'hang' 1 'no list within 1.000 s'
bad "dom0 drips" 'drip=0.2' 1 'no list within 1.000 s'
bad "an endless list" 'print=0\0|flood=work state=Running\n' 1 'longer than'
bad "the policy hides the qubes" 'only-dom0' 3 '@anyvm allow target=@adminvm'
is "the policy hides the qubes: dom0 is printed" "$NOW dom0 state: Running" "$out"
bad "odd names and states" 'print=0\0dom0 state=Running\nok state=Running\n../x state=Running\n-rf state=Running\n\e[2J state=Running\nwork state=\e[2J\nnostate class=AppVM\nwork class=AppVM state=Halted' 3 \
	'dropped 6 lines'
is "odd names and states: the good ones" "$NOW dom0 state: Running
$NOW ok state: Running" "$out"
rm "$FAKE_QUBES/dom0"
run env PATH="$MON_BIN:/usr/bin:/bin" mon-vmstate
is "no qrexec-client-vm: exit code" 1 "$code"
like "no qrexec-client-vm: said" 'not on PATH.*--local' "$err"

for wrong in "x" "--timeout 0" "--timeout 1e3" "--timeout -1" "--now 2025-02-30T00:00:00Z" "--now" "--exc m" "-t 1 -t 2"; do
	run mon-vmstate $wrong
	is "wrong usage '$wrong': exit code" 2 "$code"
	like "wrong usage '$wrong': said" '^mon-vmstate: ' "$err"
done
MON_TIMEOUT=abc vmstate
is "wrong MON_TIMEOUT: ends nothing" 0 "$code"
like "wrong MON_TIMEOUT: names it" "MON_TIMEOUT 'abc'" "$err"
for tool in mon-vmstate mon-scrape mon-split; do
	run $tool --version
	like "$tool --version" "^$tool \(sys-monitor\) [0-9]+\.[0-9]+\.[0-9]+$" "$out"
	run $tool --help
	is "$tool --help: exit code, silent stderr" "0 " "$code $err"
	is "$tool --help: at most 80 columns" "" "$(awk 'length > 80' <<<"$out")"
done
finish
