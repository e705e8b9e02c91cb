# The simulated socket services: what comes first, what the exit code says, how both sides end.
. "$(dirname "$0")/lib.sh"

ask() { run timeout "${3:-5}" qrexec-client-vm "$1" "qubes.Metrics.Get${2-}" </dev/null; }
bytes() { od -An -v -tx1 "$work/.out" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }
hex() { printf "$1" | od -An -v -tx1 | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }
seen() { for _ in $(seq 100); do grep -q " $1 " "$FAKE_QUBES/log" && return; sleep 0.05; done; return 1; }

# ---- the descriptor ----
qube echo socket stdin
ask echo
is "without an argument: the descriptor, the '+' too, then EOF" "0 $(hex 'qubes.Metrics.Get+ sys-monitor\0')" "$code $(bytes)"
ask echo +take
is "with an argument" "0 $(hex 'qubes.Metrics.Get+take sys-monitor\0')" "$code $(bytes)"
printf 'payload\n' >in
qrexec-client-vm echo qubes.Metrics.Get+take <in >"$work/.out"
is "the client's stdin comes behind it" "$(hex 'qubes.Metrics.Get+take sys-monitor\0payload\n')" "$(bytes)"
ask echo +other
is "another argument: refused" "126 " "$code $out"

# ---- the exit code says that a connection was made, and no more ----
qube seven socket 'print=x\n' exit=7
qube dead socket 'print=x\n' die
qube early socket exit=1
for case in 'seven x' 'dead x' 'early '; do
	ask "${case%% *}"
	is "${case%% *}: 0" "0 ${case#* }" "$code $out"
done
qube none socket no-handler
qube closed socket not-executable
qube shut socket deny
for case in 'none 127' 'closed 125' 'shut 126' 'gone 126'; do
	ask "${case% *}"
	is "${case% *}" "${case#* }" "$code"
done
head -c 300000 /dev/urandom >"$FAKE_QUBES/blob"
qube blob socket answer=blob
qrexec-client-vm blob qubes.Metrics.Get </dev/null | cat >got
ok "all bytes come, also of a service that read nothing" cmp got "$FAKE_QUBES/blob"
qube half socket 'print=x\n' close-stdout hang
ask half
is "the client ends when the service closes, not when it ends" "0 x" "$code $out"

# ---- a client that is killed ----
: >"$FAKE_QUBES/log"
qube hung socket hang
ask hung "" 0.3
is "hang" 124 "$code"
ok "hang: the service sees that its client is gone" seen lost
: >"$FAKE_QUBES/log"
qube flood socket flood
timeout 5 qrexec-client-vm flood qubes.Metrics.Get </dev/null | head -n 1 >/dev/null
ok "flood: EPIPE" seen lost

# ---- the honest one ----
mkdir bin
cat >bin/mon-sample <<'END'
#!/bin/bash
echo "args $*"
env | sort | grep -Ev '^(PATH|PWD|SHLVL|_|OLDPWD|LANG|[A-Z]*SAN_OPTIONS)='
tr '\0' '|'
END
chmod +x bin/mon-sample
PATH=$work/bin:$PATH
qube work socket "honest=/a b/root --alerts=warning"
ask work +take
is "honest: nothing of qrexec in its environment or arguments, the descriptor on stdin" \
	"0 args --root /a b/root --state-dir $FAKE_QUBES/state/work --alerts=warning
LC_ALL=C
TZ=UTC
qubes.Metrics.Get+take sys-monitor|" "$code $out"
qube work "honest=/a b/root"
ask work +take
is "honest, a program: environment and argument" "0 args --root /a b/root --state-dir $FAKE_QUBES/state/work take
HOME=$FAKE_QUBES
LC_ALL=C
QREXEC_REMOTE_DOMAIN=sys-monitor
QREXEC_SERVICE_ARGUMENT=take
TZ=UTC
USER=user" "$code $out"

# ---- which way: the file of a qube, else FAKE_HANDLER ----
qube plain exit=7
qube program exec exit=7
qube socket socket exit=7
for case in 'plain 0' 'program 7' 'socket 0'; do
	FAKE_HANDLER=socket ask "${case% *}"
	is "FAKE_HANDLER=socket: ${case% *}" "${case#* }" "$code"
done
FAKE_HANDLER=exec ask plain
is "FAKE_HANDLER=exec" 7 "$code"

# ---- by argument: older policies and older samplers ----
qube old take:exit=2 'print=conn: 1,2\n'
qube policy take:deny 'print=conn: 1,2\n'
for case in 'old 2 ' 'policy 126 '; do
	read -r name want <<<"$case"
	ask "$name" +take
	is "$name, +take" "$want " "$code $out"
	ask "$name"
	is "$name, bare" "0 conn: 1,2" "$code $out"
done
qube both bare:'print=bare\n' take:'print=take\n'
ask both
is "bare:" bare "$out"
ask both +take
is "take:" take "$out"
finish
