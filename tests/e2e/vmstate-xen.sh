# mon-vmstate --xen: Xen's own figures, by admin.vm.Stats; one round, bounded.
. "$(dirname "$0")/lib.sh"
NOW=2025-08-31T12:00:00Z
vmstate() { run timeout 60 mon-vmstate --now $NOW --xen "$@"; }
xen() { sed -n "s/^$NOW \([^ ]* xen: .*\)/\1/p" "$work/.out"; }
stats() { printf '%s\n' "$@" >"$FAKE_QUBES/stats"; }
qube work xen=123456,400000
qube mail state=Halted
qube far class=RemoteVM

# --- byte by byte as dom0 says it
stats established round
qrexec-client-vm dom0 admin.vm.Stats </dev/null >raw
printf '1\0\0connection-established\0\0001\0dom0\0vm-stats\0memory_kb\0004096000\0cpu_time\0005000000\0cpu_usage\0003\0cpu_usage_raw\00012\0\0001\0work\0vm-stats\0memory_kb\000400000\0cpu_time\000123456\0cpu_usage\0003\0cpu_usage_raw\00012\0\0' >want
ok "the simulated dom0" cmp raw want

# --- who asks, and who does not
vmstate
is "an answer that ends: figures of dom0 and of who runs" "0
dom0 xen: 5000000,4096000
work xen: 123456,400000" "$code
$(xen)"
is "beside the states" "dom0 state: Running
mail state: Halted
work state: Running" "$(sed -n "s/^$NOW \([^ ]* state: .*\)/\1/p" "$work/.out")"
: >"$FAKE_QUBES/stats" # the real one: it never ends
vmstate
is "an answer that never ends: the first round, silent" "0 2 " "$code $(xen | wc -l) $err"
for _ in $(seq 100); do grep -q ' lost ' "$FAKE_QUBES/log" && break; sleep 0.1; done
ok "... and the call is ended" grep -q ' lost .* admin.vm.Stats' "$FAKE_QUBES/log"
vmstate --exclude 'w*'
is "--exclude" "dom0 xen: 5000000,4096000" "$(xen)"
mon-vmstate --xen --now $NOW | mon-split --dir M
is "| mon-split" "$NOW,work,123456,400000" "$(grep ,work, M/2025-08-31/xen.csv)"
: >"$FAKE_QUBES/log"
run mon-vmstate --now $NOW
# Not "lost": a service of before may find only now that its client is gone.
is "without --xen: no call, no line" "0 0" "$(grep -c ' call .* admin.vm.Stats' "$FAKE_QUBES/log") $(grep -c xen "$work/.out")"
mon-split --dir N <"$work/.out"
is "... and no file" qubes.csv "$(ls N/2025-08-31)"
echo MON_XEN=yes >conf
MON_SETTINGS=conf run timeout 60 mon-vmstate --now $NOW
like "MON_XEN=yes in the settings is as --xen" ' xen: ' "$out"
MON_SETTINGS=conf MON_XEN=no run timeout 60 mon-vmstate --now $NOW
unlike "MON_XEN=no in the environment, as the poll has it, goes first" ' xen: ' "$out"
echo MON_XEN=true >conf
MON_SETTINGS=conf run timeout 60 mon-vmstate --now $NOW
is "a wrong MON_XEN: told, and the states alone" "0 0" "$code $(grep -c ' xen: ' "$work/.out")"
like "... what is wanted" "'MON_XEN=true' does not count: MON_XEN must be yes or no" "$err"

# --- it gives none, or odd ones
bad() { # WHAT EXIT REGEX LINE...
	local what=$1 want=$2 regex=$3
	shift 3
	stats "$@"
	vmstate --timeout 1
	is "$what: exit code, the states are printed" "$want 3" "$code $(grep -c ' state: ' "$work/.out")"
	like "$what: said" "$regex" "$err"
}
rm "$FAKE_QUBES/stats"
vmstate
is "refused: exit code, the states are printed" "3 3" "$code $(grep -c ' state: ' "$work/.out")"
like "refused: what the policy needs" 'its policy needs: admin.vm.Stats \+ sys-monitor @adminvm allow, and' "$err"
bad "an exception, with exit 0" 3 'error instead.*exception: QubesException' 'exception=QubesException\0'
bad "an exception whose name comes later" 3 'exception: QubesException' 'print=2\0Qubes' delay=0.3 'print=Exception\0'
bad "an exception that ends in the middle of its name" 3 'error instead' 'print=2\0Qubes'
bad "an exception whose name never comes" 3 'error instead' 'print=2\0Qubes' hang
bad "an empty answer" 3 'error instead.*exception: none' exit=0
bad "it fails" 3 'failed with exit code 7' exit=7
bad "it hangs" 3 "gave none of Xen's figures: Connection timed out" hang
bad "it drips something else" 3 'error instead' drip=0.1
bad "it begins, and hangs" 3 "gave none of Xen's figures: Connection timed out" established hang
bad "a flood of other events" 3 "gave none of Xen's figures: File too large" 'flood=1\0work\0domain-start\0\0'
bad "a flood of nothing" 3 'error instead' 'flood=x'
stats 'print=1\0\0connection-established\0\01' 'print=\0work\0vm-stats\0cpu_time\0x\0memory_kb\01\0\0' 'print=1\0../x\0vm-stats\0cpu_time\01\0memory_kb\01\0\0' round
vmstate --timeout 1
is "odd ones are left out, the good ones come" "0 dom0 work" "$code $(xen | cut -d' ' -f1 | xargs)"
stats round hang
qube quiet class=AppVM
printf 'print=0\\0dom0 class=AdminVM state=Running\\nwork class=AppVM state=Running\\nquiet class=AppVM state=Running\\nghost class=AppVM state=Running\\n\n' >"$FAKE_QUBES/dom0"
vmstate --timeout 1
is "one that runs is not told of: what came by the deadline counts" "0 dom0 quiet work" "$code $(xen | cut -d' ' -f1 | xargs)"
finish
