# What the simulated guests do, each in its way.
. "$(dirname "$0")/lib.sh"

ask() { run timeout "${2:-5}" qrexec-client-vm "$1" qubes.Metrics.Get </dev/null; }
lines() { wc -l <"$work/.out"; }

# The honest one runs mon-sample as the handler would: a stand-in tells what it was given.
mkdir bin
cat >bin/mon-sample <<'END'
#!/bin/bash
echo "args $*"
env | sort | grep -Ev '^(PATH|PWD|SHLVL|_|OLDPWD|LANG|[A-Z]*SAN_OPTIONS)='
echo noise >&2
END
chmod +x bin/mon-sample
PATH=$work/bin:$PATH
export MON_DIR=/nowhere
qube work "honest=/a/root --alerts=warning"
ask work
is "honest: arguments and environment" "args --root /a/root --state-dir $FAKE_QUBES/state/work --alerts=warning
HOME=$FAKE_QUBES
LC_ALL=C
QREXEC_REMOTE_DOMAIN=sys-monitor
QREXEC_SERVICE_ARGUMENT=
TZ=UTC
USER=user" "$out"
is "honest: stderr stays in the guest" "|noise" "$err|$(cat "$FAKE_QUBES/stderr.work")"
ok "honest: it has a state folder" test -d "$FAKE_QUBES/state/work"
qube more honest=/ 'print=conn: 1,2\n' exit=5
ask more
is "honest, then more" "5 conn: 1,2" "$code $(tail -n 1 "$work/.out")"

qube slow delay=0.3 'print=x\n'
ask slow
is "delay" "0 x" "$code $out"
ask slow 0.1
is "delay: nothing before" "124 " "$code $out"
qube boot slow-start=0.3 'print=x\n'
ask boot 0.1
is "slow start: nothing before" "124 " "$code $out"
qube hung hang
ask hung 0.3
is "hang" "124 " "$code $out"
qube flood flood
is "flood: lines without end" 5000 \
    "$(timeout 5 qrexec-client-vm flood qubes.Metrics.Get </dev/null | head -n 5000 | grep -c '^alert: ')"
qube noline flood-noline
is "flood without LF" 500000 \
    "$(timeout 5 qrexec-client-vm noline qubes.Metrics.Get </dev/null | head -c 500000 | tr -d '\n' | wc -c)"
qube drip drip=0.05
ask drip 0.5
like "drip: some bytes, one by one" '^alert: ?A?u?g?' "$out"
ok "drip: not all at once" test "$(wc -c <"$work/.out")" -lt 30
qube cut cut
ask cut
is "cut: no LF at the end" "1 conn: 12345,6789" "$(lines) $(tail -n 1 "$work/.out")"
qube escape escape
ask escape
ok "escape: control bytes" grep -q "$(printf '\033')" "$work/.out"
qube forge forge
ask forge
like "forge: a stamp" '^2025-08-31T12:00:10Z dom0 ' "$out"
like "forge: a result" '^scrape: ok' "$out"
qube loud huge-stderr 'print=x\n'
ask loud
is "huge stderr: the answer comes all the same" "0 x " "$code $out $err"
ok "huge stderr: it was huge" test "$(stat -c %s "$FAKE_QUBES/stderr.loud")" -gt 1000000
qube shut 'print=x\n' close-stdout delay=1 exit=6
qrexec-client-vm shut qubes.Metrics.Get </dev/null | { cat; grep -c ' exit .* shut ' "$FAKE_QUBES/log"; } >shut
code=${PIPESTATUS[0]}
is "stdout closed, lives on: the reader is done before the client" "x 0 6" "$(xargs <shut) $code"
qube odd odd:'print=x\n' even:exit=9 3:exit=4
for want in "0 x" "9 " "4 x" "9 "; do
	ask odd
	is "alternate: $want" "$want" "$code $out"
done
qube typo hnag
ask typo
is "an unknown step is no silent success" 125 "$code"
qube esc 'print=a\tb\x41\\n\0c\n'
ask esc
is "escapes of print" "61 09 62 41 5c 6e 00 63 0a" "$(od -An -tx1 "$work/.out" | xargs)"

# Who was asked, when, and how it ended.
: >"$FAKE_QUBES/log"
ask esc
like "log: the call" '^[0-9]+\.[0-9]{3} call [0-9]+ esc qubes.Metrics.Get$' "$(cat "$FAKE_QUBES/log")"
like "log: the service" '^[0-9]+\.[0-9]{3} serve [0-9]+ esc qubes.Metrics.Get$' "$(cat "$FAKE_QUBES/log")"
like "log: the end" '^[0-9]+\.[0-9]{3} exit [0-9]+ esc qubes.Metrics.Get 0$' "$(cat "$FAKE_QUBES/log")"

finish
