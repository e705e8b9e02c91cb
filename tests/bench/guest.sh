#!/bin/bash
# guest.sh - CPU of one whole call in a guest, under a systemd that is booted for this (tests/boot/machine.sh).
#
#	guest.sh BUILD ROUNDS
#
# BUILD is a release build.  Prints, for each round and way, "WAY<TAB>MICROSECONDS": what the whole guest used for one call,
# PID 1 and the journal included; and "lines WAY<TAB>N": how many lines a call leaves in the journal.  The ways take turns.
# There is no agent of qrexec in it: who calls stands outside.  "enter" is what it costs to get inside for a login, which is
# in the figure of "login", too.  Exit 77, with the reason, where no systemd can be booted; 1 if a call failed.
set -u
build=$1 rounds=$2 each=4
src=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
# shellcheck source=tests/boot/machine.sh
. "$src/tests/boot/machine.sh"
machine_able || exit 77

work=$(mktemp -d "${TMPDIR:-/tmp}/mon-bench.XXXXXX") || exit 1
m=$work/machine root=$work/machine/root
trap 'machine_crash "$m"; rm -rf "$work"' EXIT
mkdir -p "$m"
DESTDIR=$work/stage cmake --install "$build" --prefix /usr >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
machine_make "$m" "$work/stage" || exit 1
units=$root/etc/systemd/system
cp -a "$work/stage/etc/." "$root/etc/"
mkdir -p "$units/sockets.target.wants"
ln -s /usr/lib/systemd/system/sys-monitor-sample.socket "$units/sockets.target.wants/"
# The same socket with nothing behind it, and sadc as the timer of its package starts it.
sed 's,sys-monitor-sample,true,' "$work/stage/usr/lib/systemd/system/sys-monitor-sample.socket" >"$units/true.socket"
sed 's,=mon-sample$,=/bin/true,' "$work/stage/usr/lib/systemd/system/sys-monitor-sample@.service" >"$units/true@.service"
ln -s ../true.socket "$units/sockets.target.wants/"
ways=(enter usual true)
if [ -x /usr/lib/sysstat/sadc ]; then
	printf '[Service]\nType=oneshot\nExecStart=/usr/lib/sysstat/sadc -F 1 1 /var/sadc\n' >"$units/sadc.service"
	ways+=(sadc)
fi
if machine_session "$m"; then
	# The user manager of root never ends where calls come every 10 s.  Here they do not, so it lingers.
	mkdir -p "$root/var/lib/systemd/linger"
	: >"$root/var/lib/systemd/linger/root"
	ways+=(login)
fi
cat >"$root/etc/call.py" <<'END'
# call.py SOCKET LINES: one call, as the agent of qrexec makes it, after LINES lines of its own in the journal
import socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for i in range(int(sys.argv[2])):
    log.sendto(b'PRIORITY=6\nSYSLOG_IDENTIFIER=qrexec-agent\nMESSAGE=executed: root:QUBESRPC qubes.Metrics.Get+take sys-monitor (pid 1234)\n',
               '/run/systemd/journal/socket')
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect('/run/%s.socket' % sys.argv[1])
s.sendall(b'qubes.Metrics.Get+take sys-monitor\0')
s.shutdown(socket.SHUT_WR)
answer = b''
try:
    while got := s.recv(65536):
        answer += got
except ConnectionResetError:
    pass  # true does not read
if sys.argv[1] != 'true' and b'\nend: ' not in answer:
    sys.exit('no whole answer: %r' % answer)
END
machine_boot "$m" || { echo "SKIP: no systemd can be booted here"; exit 77; }

# enter COMMAND...: in the guest from the first step on, as the agent is, so that PAM counts
enter() {
	# shellcheck disable=SC2016 # for the inner shell
	in_guest=$(cat "$m/cgroup")/payload/init.scope bash -c 'echo $$ >"$in_guest/cgroup.procs" && exec "$@"' - \
	    nsenter -t "$(cat "$m/leader")" -a -r -w env -i PATH=/usr/bin:/bin "$@" </dev/null >"$work/answer"
}
call() {
	case $1 in
	enter) enter true ;;
	usual) machine "$m" python3 /etc/call.py sys-monitor-sample 2 ;;
	true) machine "$m" python3 /etc/call.py true 2 ;;
	sadc) machine "$m" systemctl start sadc.service ;;
	login) enter su -l root -c 'mon-sample take' && grep -q '^end: ' "$work/answer" ;;
	esac || { echo "a call failed: $1" >&2; exit 1; }
}
used() { awk '/^usage_usec/ { print $2 }' "$(cat "$m/cgroup")/payload/cpu.stat"; }
lines() { machine "$m" journalctl --sync; machine "$m" journalctl -b -q -o cat | wc -l; }

for ((r = -1; r < rounds; r++)); do # the first round is a warm-up
	for way in "${ways[@]}"; do
		[ "$way" != usual ] || call usual # so that it has seen what others wrote
		[ $r != 0 ] || had=$(lines)
		sleep 0.1
		before=$(used)
		for ((i = 0; i < each; i++)); do
			call "$way"
			sleep 0.2 # PID 1 tidies up
		done
		after=$(used)
		[ $r -lt 0 ] || printf '%s\t%d\n' "$way" $(((after - before) / each))
		[ $r != 0 ] || printf 'lines %s\t%d\n' "$way" $((($(lines) - had) / each))
	done
done
