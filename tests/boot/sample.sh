# sample.sh [CALLS] - the sampler behind its socket, under a real systemd: see machine.sh.
#
# With CALLS (10,000, say) it is the long run by hand: so many calls in a row, and the CPU of a call must be at
# most a third of a call through a login shell.  Without, it runs beside other tests, and half will do.
#
# A stand-in for the agent of qrexec connects as the real one does: first the service descriptor, then
# the end of the client's input.  What the agent itself costs, on either side, is in
# no figure here.  Exit 77: it cannot run here.
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
machine_able || exit 77
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

calls=${1:-150} turns=6 share=50
[ $# = 0 ] || turns=30 share=33
m=$work/machine-1
root=$m/root
mkdir -p "$m"
trap 'machine_crash "$m"; cd /; rm -rf "$work" 2>/dev/null || { sleep 0.5; rm -rf "$work"; }' EXIT
machine_stage "$work/stage" || exit 1
machine_make "$m" "$work/stage" || exit 1
cp -a "$work/stage/etc/." "$root/etc/"
mkdir -p "$root/etc/systemd/system/sockets.target.wants"
ln -s /usr/lib/systemd/system/sys-monitor-sample.socket "$root/etc/systemd/system/sockets.target.wants/"

session=no # for the executable way
machine_session "$m" && session=yes

in_() { machine "$m" "$@"; }
prop() { in_ systemctl show -P "$2" "$1"; }
cat >"$root/etc/flood.py" <<'END_'
# flood.py CALLS: connections as fast as can be; how many were made
import socket, sys
made = 0
for _ in range(int(sys.argv[1])):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect('/run/sys-monitor-sample.socket')
        made += 1
print(made)
END_
cat >"$root/etc/agent.py" <<'END_'
# agent.py CALLS [MUST]: how many of the calls were answered, and the slowest in milliseconds
import socket, sys, time
good, slowest = 0, 0
for _ in range(int(sys.argv[1])):
    started = time.monotonic()
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect('/etc/qubes-rpc/qubes.Metrics.Get')
    answer = b''
    try:
        s.sendall(b'qubes.Metrics.Get+take sys-monitor\0')
        s.shutdown(socket.SHUT_WR)
        while True:
            got = s.recv(65536)
            if not got:
                break
            answer += got
    except (ConnectionError, TimeoutError):
        pass
    good += sys.argv[2:3] == [] and b'\nsys: ' in b'\n' + answer or sys.argv[2:3] != [] and sys.argv[2].encode() in answer
    slowest = max(slowest, time.monotonic() - started)
print(good, int(slowest * 1000))
END_
agent() { in_ python3 /etc/agent.py "$@"; }
# answered WHAT CALLS [MUST]: all of them?
answered() {
	local got
	got=$(agent "${@:2}")
	is "$1" "$2" "${got% *}"
}
# What is in PID 1 of the sampler, and which processes there are, logind's and the journal's own left out.
units_() { in_ systemctl list-units --all --plain --no-legend 'sys-monitor-sample@*' | awk '{ print $1 }'; }
processes() { cat "$(cat "$m/cgroup")"/payload/{,*/,*/*/,*/*/*/}cgroup.procs 2>/dev/null | wc -l; }
memory() { awk '/^RssAnon/ { print $2 }' "/proc/$(cat "$m/leader")/status"; }
used() { awk '/^usage_usec/ { print $2 }' "$(cat "$m/cgroup")/payload/cpu.stat"; }
lines() { in_ journalctl --sync; in_ journalctl -b -q -o cat "$@" | wc -l; }
# none COMMAND...: does it print nothing, within 10 s?
none() {
	local i
	for ((i = 0; i < 50; i++)); do
		[ -n "$("$@")" ] || return 0
		sleep 0.2
	done
	"$@"
	return 1
}

machine_boots "$m" || exit
out=$(in_ systemd-analyze verify --man=no /usr/lib/systemd/system/sys-monitor-sample.socket 2>&1)
is "systemd-analyze verify is silent" "" "$out"
is "the socket waits" active "$(prop sys-monitor-sample.socket ActiveState)"
is "the handler is a link to it" "socket 600 0" "$(in_ stat -L -c '%F %a %u' /etc/qubes-rpc/qubes.Metrics.Get)"
is "nobody else may ask" "refused" "$(in_ setpriv --reuid=1000 --regid=1000 --clear-groups python3 -c '
import socket
try:
    socket.socket(socket.AF_UNIX).connect("/etc/qubes-rpc/qubes.Metrics.Get"); print("answered")
except PermissionError:
    print("refused")')"
in_ systemctl start sys-monitor-sample.socket
answered "calls are answered" 3

# ---- many in a row: the limits of systemd close nothing, and nothing stays ----
before=$(memory) count=$(in_ systemctl list-units --all --plain --no-legend | wc -l)
answered "$calls calls in a row are answered" "$calls"
ok "no unit of them is left in systemd" none units_
is "nor anything else" "$count" "$(in_ systemctl list-units --all --plain --no-legend | wc -l)"
after=$(memory)
ok "the memory of systemd is the same: $before KiB before, $after KiB after" test "$after" -lt $((before + 512))
# Within two seconds three times as many as systemd's default takes; most of them find no place.
is "600 connections at once are made" 600 "$(in_ python3 /etc/flood.py 600)"
ok "they end" none units_
is "the socket still waits" "active success" "$(prop sys-monitor-sample.socket ActiveState) $(prop sys-monitor-sample.socket Result)"
answered "and calls are answered" 3
is "no unit failed" "" "$(in_ systemctl --failed --plain --no-legend)"

# ---- 20 polls: nothing resident, nothing in the journal ----
alive=$(processes) written=$(lines) told=$(lines -p notice)
answered "20 polls" 20
ok "no unit is left" none units_
is "no process is left" "$alive" "$(processes)"
is "no session is open, no user manager runs" "" "$(in_ systemctl list-units --plain --no-legend 'user@*' 'session-*')"
more=$(($(lines) - written))
ok "at most one line a poll in the journal: $more of 20" test "$more" -le 20
is "none that would be the next alert" "$told" "$(lines -p notice)"

# ---- what it may do ----
mkdir -p "$root/etc/systemd/system/sys-monitor-sample@.service.d"
changed() { # changed LINE...: the service, with these lines
	printf '[Service]\n' >"$root/etc/systemd/system/sys-monitor-sample@.service.d/test.conf"
	printf '%s\n' "$@" >>"$root/etc/systemd/system/sys-monitor-sample@.service.d/test.conf"
	in_ systemctl daemon-reload
}
changed ExecStart= 'ExecStart=grep -E "^(Cap(Eff|Bnd)|NoNewPrivs)" /proc/self/status'
status=$(in_ python3 -c '
import socket
s = socket.socket(socket.AF_UNIX); s.connect("/run/sys-monitor-sample.socket"); s.shutdown(1)
print(s.makefile().read())')
like "one capability, CAP_DAC_READ_SEARCH" $'CapEff:\t0000000000000004' "$status"
like "and no way to more" $'CapBnd:\t0000000000000004' "$status"
like "no new privileges" $'NoNewPrivs:\t1' "$status"

# ---- what hangs, and what fails ----
# A child that nothing ends, as one that waits for a file system; more of them than the socket has places.
changed ExecStart= "ExecStart=sh -c 'echo figures; (trap \"\" TERM; exec sleep 300 <&- >&- 2>&-) & exit 0'"
got=$(agent 20 figures)
is "a child that hangs costs no place of the socket" 20 "${got% *}"
ok "nor the connection: the slowest of 20 calls took ${got#* } ms" test "${got#* }" -lt 5000
is "they are still there" 20 "$(in_ pgrep -c -f 'sleep 300')"
in_ pkill -KILL -f 'sleep 300'
ok "when they end, nothing is left" none units_
written=$(lines -p notice)
changed ExecStart= "ExecStart=sh -c 'echo figures; exit 3'"
answered "an exit code of 3 is no failure" 20 figures
changed ExecStart= "ExecStart=sh -c 'echo figures; exit 1'"
answered "nor is 1" 20 figures
ok "no unit is left" none units_
is "and neither is an alert" "$written" "$(lines -p notice)"
changed ExecStart= "ExecStart=sh -c 'echo figures; kill -SEGV \$\$'"
answered "a crash leaves what it printed" 5 figures
ok "and no unit" none units_
changed ExecStart= "ExecStart=sh -c 'trap \"\" TERM; echo figures; exec sleep 300'" RuntimeMaxSec=1s
got=$(agent 1 figures)
ok "one that hangs itself is ended: ${got#* } ms" test "${got#* }" -lt 15000
ok "and leaves no unit" none units_
rm "$root/etc/systemd/system/sys-monitor-sample@.service.d/test.conf"
in_ systemctl daemon-reload
answered "all is well after that" 3

# ---- what it costs, beside the executable way ----
# In turns, so that what else this machine does meets both alike, and the median of each.
calls_() { # calls_ N COMMAND...: microseconds of CPU of the guest a call, all that it leads to
	local before i
	before=$(used)
	for ((i = 0; i < $1; i++)); do
		"${@:2}" >/dev/null
	done
	none units_of_calls
	sleep 0.1
	echo $((($(used) - before) / $1))
}
# The control groups of calls and sessions that are not over; asking systemd would cost it CPU.
units_of_calls() { (cd "$(cat "$m/cgroup")/payload" && ls -d system.slice/sys-monitor-sample@* user.slice/user-0.slice/session-*) 2>/dev/null; }
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
# As the agent of qrexec does it: in the guest before PAM is asked.  What brings it there, which is not the
# guest's, is done before, so descriptor 9 is opened outside.
login() {
	nsenter -t "$(cat "$m/leader")" -a -r -w env -i PATH=/usr/bin:/bin \
	    sh -c 'echo 0 >&9 && exec 9>&- && exec "$@"' - \
	    su -l root -c 'QREXEC_REMOTE_DOMAIN=sys-monitor QREXEC_SERVICE_ARGUMENT=take mon-sample' \
	    </dev/null 9>"$(cat "$m/cgroup")/payload/init.scope/cgroup.procs"
}
if [ "$session" = yes ] && login >/dev/null; then
	socket=() executable=()
	for ((r = 0; r < turns; r++)); do
		socket+=("$(calls_ 3 agent 1)")
		executable+=("$(calls_ 3 login)")
	done
	socket=$(median "${socket[@]}") executable=$(median "${executable[@]}")
	echo "CPU of the guest a call: $socket us behind the socket, $executable us through a login shell:" \
	    "$(awk "BEGIN { printf \"%.2f\", $socket / $executable }")"
	ok "at most $share % of the executable way" test $((100 * socket)) -le $((share * executable))
	like "which keeps a user manager" 'user@0.service' "$(in_ systemctl list-units --plain --no-legend 'user@*')"
else
	echo "skip: no session can be opened here (libpam-systemd, dbus): the executable way was not measured"
fi

# ---- stopped for good ----
in_ systemctl stop sys-monitor-sample.socket
ok "a stopped socket leaves no file" test ! -e "$root/run/sys-monitor-sample.socket"
ok "in the machine, too" in_ test ! -e /run/sys-monitor-sample.socket
finish
