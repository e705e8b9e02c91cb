# doctor.sh - mon-doctor under a real systemd: see machine.sh.
#
# As in units.sh the install is staged and the Qubes is simulated.  Exit 77: it cannot run here.
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
machine_able || exit 77
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

m=$work/machine-1
root=$m/root
mkdir -p "$m"
trap 'machine_crash "$m"; cd /; rm -rf "$work" 2>/dev/null || { sleep 0.5; rm -rf "$work"; }' EXIT
machine_stage "$work/stage" || exit 1
machine_make "$m" "$work/stage" || exit 1
[ ! -d "$work/stage/etc" ] || cp -a "$work/stage/etc/." "$root/etc/"

mkdir -p "$root/etc/systemd/system/timers.target.wants" "$root/etc/systemd/system/sysinit.target.wants" \
    "$root/etc/fakes" "$root/var/fake/qubes"
for t in poll qubes backup; do
	ln -s /usr/lib/systemd/system/monitor-$t.timer "$root/etc/systemd/system/timers.target.wants/"
	mkdir "$root/etc/systemd/system/monitor-$t.service.d"
	cat >"$root/etc/systemd/system/monitor-$t.service.d/test.conf" <<-END
	[Service]
	Environment=PATH=/etc/fakes:/usr/bin:/bin FAKE_QUBES=/var/fake
	ReadWritePaths=/var/fake
	END
done
# As qubes-sysinit does it, before the timers.
cat >"$root/etc/systemd/system/test-flag.service" <<'END'
[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=mkdir -p /run/qubes-service
ExecStart=touch /run/qubes-service/sys-monitor
END
ln -s ../test-flag.service "$root/etc/systemd/system/sysinit.target.wants/"
cp "$MON_FAKES/qrexec-client-vm" "$MON_SRC/tests/fakes/qvm-copy-to-vm" "$root/etc/fakes/"
export FAKE_QUBES=$root/var/fake
qube work 'print=conn: 1,1\n'
qube sys-monitor 'print=conn: 1,1\n'
qube secrets-vault state=Halted
chown -R 1000:1000 "$root/var/fake"

in_() { machine "$m" "$@"; }
# doctor USER: what it says to this user of the machine
doctor() {
	run machine "$m" setpriv --reuid="$1" --regid="$1" --clear-groups \
	    env PATH=/etc/fakes:/usr/bin:/bin FAKE_QUBES=/var/fake HOME=/home/user mon-doctor
}
about() { grep -E "^[A-Za-z]+ +$1: " "$work/.out"; }

machine_boots "$m" || exit
# The timers come to it as well, in up to a minute.
in_ systemctl start monitor-poll.service monitor-qubes.service
doctor 0
is "root: exit code" "0 " "$code $err"
is "root: no warning" "" "$(grep -v '^ok ' "$work/.out")"
for t in poll qubes; do
	like "root: monitor-$t.timer" '^ok    .*: it is active, (last run [0-9]+ s ago|not run yet since boot)$' "$(about monitor-$t.timer)"
done
if in_ test -S /run/dbus/system_bus_socket; then
	doctor 1000
	is "user: exit code" "0 " "$code $err"
	is "user: no warning" "" "$(grep -v '^ok ' "$work/.out")"
else
	doctor 1000
	like "user, without a bus: said" '^warn  timers: not checked, systemctl show gave no answer' "$(about timers)"
fi

in_ systemctl stop monitor-poll.timer
doctor 0
is "a timer that is off: exit code" 3 "$code"
like "a timer that is off" '^FAIL  monitor-poll.timer: it is inactive -> sudo systemctl start monitor-poll.timer' "$(about monitor-poll.timer)"
in_ systemctl start monitor-poll.timer

echo "not the header" >"$root/home/user/Monitor/$(in_ date -I)/qubes.csv"
in_ systemctl start monitor-qubes 2>/dev/null
doctor 0
like "a service that failed" '^FAIL  monitor-qubes.timer: .*that run failed \(exit-code\) -> sudo journalctl -u monitor-qubes' "$(about monitor-qubes.timer)"

echo MON_INTERVAL=7 >"$root/rw/config/sys-monitor.conf"
doctor 0
like "a wrong setting" "^warn  settings: /rw/config/sys-monitor.conf:1: 'MON_INTERVAL=7' does not count" "$(about settings)"
echo MON_INTERVAL=600 >"$root/rw/config/sys-monitor.conf"
doctor 0
like "a setting that was not applied" '^FAIL  settings: what is set is not what the units have: monitor-poll' "$(about settings)"
echo MON_INTERVAL=600 >"$root/rw/config/sys-monitor.conf"
in_ systemctl restart monitor-settings
doctor 0
like "a right setting" '^ok    settings: .* sets 1 key$' "$(about settings)"
is "a poll every 10 minutes is not stale yet" 1 "$(grep -c '^ok    poll: ' "$work/.out")"

rm "$root/etc/systemd/system/timers.target.wants/monitor-backup.timer"
mkdir -p "$root/etc/systemd/system" && ln -s /dev/null "$root/etc/systemd/system/monitor-backup.timer"
in_ systemctl daemon-reload
doctor 0
like "a unit that is masked" '^FAIL  monitor-backup.timer: systemd cannot load it \(masked\)' "$(about monitor-backup.timer)"
finish
