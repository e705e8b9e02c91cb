# units.sh - the units, under a real systemd that is booted three times: see machine.sh.
#
# The install is staged from a release build (sanitizers do not go with MemoryDenyWriteExecute=),
# the Qubes is simulated (tests/fakes).  Exit 77: it cannot run here, and it was said why.
#
# not tested: MemoryMax=, TasksMax=, CPUWeight=, DevicePolicy= and IPAddressDeny=, which a
# container ignores; /dev/xen; the mounts of a real AppVM.
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
machine_able || exit 77
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

m=$work/machine-1
root=$m/root
record=$root/home/user/Monitor
fake=$root/var/fake # the simulated Qubes
mkdir -p "$m"
trap 'machine_crash "$m"; cd /; rm -rf "$work" 2>/dev/null || { sleep 0.5; rm -rf "$work"; }' EXIT

# ---- the staged install, the machine ----

machine_stage "$work/stage" || exit 1
machine_make "$m" "$work/stage" || exit 1
[ ! -d "$work/stage/etc" ] || cp -a "$work/stage/etc/." "$root/etc/"
units=$work/stage/usr/lib/systemd/system

in_() { machine "$m" "$@"; }
sctl() { in_ systemctl "$@"; }
# until SECONDS COMMAND...: try every 0.2 s until it succeeds
until_() {
	local n=$(($1 * 5))
	shift
	while ! "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.2
	done
}
prop() { sctl show -P "$2" "$1"; }
has_rows() { [ "$(cat "$record"/*/"$1" 2>/dev/null | grep -c "$2")" -ge "${3:-1}" ]; }
qubes_conf() { printf '%s\n' "$@" >"$root/rw/config/sys-monitor.conf"; }
# What the journal says of our services since mark (or the boot), up to a priority.  By lines, as
# journalctl's --after-cursor skips an entry when it filters.
declare -A seen=([debug]=0 [warning]=0)
journal() { whole_journal "$1" | tail -n +$((seen[$1] + 1)); }
mark() {
	local level
	for level in "${!seen[@]}"; do seen[$level]=$(whole_journal "$level" | wc -l); done
}
whole_journal() {
	local t matches=()
	for t in poll qubes backup settings; do
		matches+=(+ "_SYSTEMD_UNIT=monitor-$t.service" + "UNIT=monitor-$t.service")
	done
	in_ journalctl --sync
	in_ journalctl -b -q -o cat -p "$1" "${matches[@]:1}"
}
# How many rows of the record do not have as many columns as their header?
torn() { cat /dev/null "$record"/*/*.csv | awk -F, '/^ts,/ { n = NF; next } NF != n' | wc -l; }

# The template: enabled for all (as the packages' preset does), and, on PATH, the simulated Qubes.
mkdir -p "$root/etc/systemd/system/timers.target.wants" "$root/etc/fakes" "$fake/qubes"
for t in poll qubes backup; do
	ln -s /usr/lib/systemd/system/monitor-$t.timer "$root/etc/systemd/system/timers.target.wants/"
	mkdir "$root/etc/systemd/system/monitor-$t.service.d"
	cat >"$root/etc/systemd/system/monitor-$t.service.d/test.conf" <<-END
	[Service]
	Environment=PATH=/etc/fakes:/usr/bin:/bin FAKE_QUBES=/var/fake
	ReadWritePaths=/var/fake
	END
done
cp "$MON_FAKES/qrexec-client-vm" "$MON_SRC/tests/fakes/qvm-copy-to-vm" "$root/etc/fakes/"
cp -a "$MON_SRC/tests/fixtures/debian-12" "$root/var/fixture"
export FAKE_QUBES=$fake
qube work honest=/var/fixture
qube mail honest=/var/fixture
qube sys-monitor honest=/var/fixture
qube secrets-vault state=Halted
chown -R 1000:1000 "$fake"
chmod -R go+rX "$root/var/fixture"

# ---- first boot: dom0 has not set the service ----

machine_boots "$m" || exit
out=$(in_ sh -c 'systemd-analyze verify --man=no /usr/lib/systemd/system/monitor-*.timer /usr/lib/systemd/system/monitor-*.service' 2>&1)
is "systemd-analyze verify is silent" "" "$out"
for t in poll qubes backup; do
	is "without the service, monitor-$t.timer is off" "inactive no" "$(prop monitor-$t.timer ActiveState) $(prop monitor-$t.timer ConditionResult)"
	sctl start monitor-$t.service
	is "and monitor-$t.service does not start" "no" "$(prop monitor-$t.service ConditionResult)"
done
is "no qube was asked" "" "$(cat "$fake/log" 2>/dev/null)"
is "no folder was made" "" "$(ls -A "$root/home/user")"
is "no unit failed" "" "$(sctl --failed --plain --no-legend)"
machine_off "$m"

# ---- second boot: the service is set, all is well ----

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
mkdir "$root/etc/systemd/system/sysinit.target.wants" "$root/etc/systemd/system/monitor-backup.timer.d"
ln -s ../test-flag.service "$root/etc/systemd/system/sysinit.target.wants/"
# The shipped 2 minutes are too long for a test; this comes earlier, the rest stays.
printf '[Timer]\nOnBootSec=3s\n' >"$root/etc/systemd/system/monitor-backup.timer.d/test.conf"
qubes_conf '# the test' MON_INTERVAL=5 MON_TIMEOUT=2.5 MON_BACKUP_TIME=04:44
echo 'alive: procs_running >= 0 for 5s on work' >"$root/rw/config/sys-monitor.rules"
# A day that nobody archived, because the laptop was off at 03:50.
missed=$(date -u -d '3 days ago' +%F)
mkdir "$record" "$record/$missed"
printf 'ts,vm,state\n%sT10:00:00Z,work,Running\n' "$missed" >"$record/$missed/qubes.csv"
chown -R 1000:1000 "$record"

ok "boots with the service" machine_boot "$m"
for t in poll qubes backup; do
	is "monitor-$t.timer is on" active "$(prop monitor-$t.timer ActiveState)"
done
is "the interval of the settings" "*-*-* *:*:00/5" "$(prop monitor-poll.timer TimersCalendar | sed 's/.*OnCalendar=\([^;]*\) ;.*/\1/')"
like "the time of the settings" 'OnCalendar=\*-\*-\* 04:44:00' "$(prop monitor-backup.timer TimersCalendar)"
ok "the first rows come by themselves" until_ 20 has_rows system.csv ,work,
is "a file is for its owner alone" "600 1000 1000" "$(cd "$record" && stat -c '%a %u %g' ./*/system.csv | head -n 1)"

# Two ticks, on the monotonic clock.
tick() { in_ busctl get-property org.freedesktop.systemd1 "/org/freedesktop/systemd1/unit/monitor_2dpoll_2etimer" org.freedesktop.systemd1.Timer LastTriggerUSecMonotonic | awk '{ print int($2 / 1000) }'; }
next_tick() {
	local last=$1 i now
	for ((i = 0; i < 100; i++)); do
		now=$(tick)
		[ "$now" = "$last" ] || { echo "$now"; return; }
		sleep 0.2
	done
}
t1=$(next_tick "$(tick)") t2=$(next_tick "$t1")
# Not the shipped 10 s; a busy machine may be two seconds late.
ok "a tick after 5 s ($((t2 - t1)) ms)" test $((t2 - t1)) -gt 3000 -a $((t2 - t1)) -lt 7000
ok "each tick files its rows" until_ 10 has_rows system.csv ,work, 2
is "the own qube is not asked" "" "$(grep -h ,sys-monitor, "$record"/*/scrape.csv)"
ok "the missed backup was caught up" until_ 20 test -e "$fake/vault/secrets-vault/QubesIncoming/sys-monitor/monitor-$missed.tgz"
ok "and recorded" until_ 10 grep -q ",$missed," "$record/archives.csv"
ok "the row of a rule comes from the live unit" until_ 10 has_rows alerts.csv ',work,!alive FIRING'
rested() { [ "$(prop "$1" ActiveState)" = inactive ]; }
until_ 10 rested monitor-backup.service
is "the backup ended well" "success" "$(prop monitor-backup.service Result)"
ok "systemctl start forces a run" sctl start monitor-qubes.service
ok "of which the rows are there" has_rows qubes.csv ,work,Running
is "all is well: the journal is silent" "" "$(journal debug)"
is "no unit failed" "" "$(sctl --failed --plain --no-legend)"

# ---- hung, killed and stuck ----

# From here on the polls are started by hand: waiting for the timer shows nothing new.
rows() { cat "$record"/*/"$1" | grep -c "$2"; }
sctl stop monitor-poll.timer
until_ 10 rested monitor-poll.service
mark
qube hung hang
n=$(rows system.csv ,work,)
ok "a poll with a hung qube is no failure" sctl start monitor-poll.service
is "it is recorded" 1 "$(rows scrape.csv ',hung,timeout,')"
is "and partial" "success 3" "$(prop monitor-poll.service Result) $(prop monitor-poll.service ExecMainStatus)"
is "the others have their rows" $((n + 1)) "$(rows system.csv ,work,)"
like "it is told, by the stage that saw it" '^mon-scrape: hung: ' "$(journal warning)"
is "nothing but warnings" "$(journal warning)" "$(journal debug)"
rm "$fake/qubes/hung"

# pid_of NAME: of the stage NAME of the running poll
pid_of() {
	local p comm
	for p in $(cat "$poll_procs" 2>/dev/null); do
		# No program is started for it, as a busy machine would be too slow.
		read -r comm 2>/dev/null <"/proc/$p/comm" && [ "$comm" = "$1" ] && echo "$p" && return 0
	done
	return 1
}
# signal_stage SIGNAL NAME: of a poll that is begun; a slow qube keeps it running for long enough.  The kernel keeps 15
# bytes of a name.
signal_stage() {
	local i poll_procs
	poll_procs=$(cat "$m/cgroup")/payload/system.slice/monitor-poll.service/cgroup.procs
	qube slow delay=1.4 honest=/var/fixture
	sctl start --no-block monitor-poll.service
	for ((i = 0; i < 400; i++)); do
		if [ -n "$(pid_of "$2")" ] && [ -n "$(pid_of qrexec-client-v)" ] && kill -"$1" "$(pid_of "$2")"; then
			return 0
		fi
		sleep 0.05
	done
	return 1
}
mark
ok "kill mon-scrape" signal_stage KILL mon-scrape
ok "the unit fails" until_ 8 sctl is-failed -q monitor-poll.service
status=$(sctl status monitor-poll.service)
like "systemctl status names the stage" 'mon-pipe: mon-scrape was killed by signal 9' "$status"
like "and shows the failure" 'status=1/FAILURE' "$status"
mark
ok "stop mon-split for ever" signal_stage STOP mon-split
timed_out() { journal warning | grep -q 'monitor-poll.service: start operation timed out'; }
ok "the time limit ends it" until_ 12 timed_out
rm -f "$fake/qubes/slow"
n=$(rows system.csv ,work,)
sctl start monitor-poll.timer
ok "the next tick mends it" until_ 20 has_rows system.csv ,work, $((n + 1))

# ---- the sandbox, from inside ----

# The poll's own unit runs a probe instead, first as it is, then without its sandbox: only what
# fails in the one and succeeds in the other shows anything.
cat >"$root/etc/probe" <<'END'
try() { printf '%s: ' "$1"; shift; if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }
cd /
try "write its record" touch /home/user/Monitor/.probe
try "write its runtime folder" touch /run/sys-monitor/.probe
try "see the home" test -e /home/user/secret
try "write elsewhere in /home" touch /home/user/.probe
try "write elsewhere" touch /var/open/.probe
try "see another's file in /tmp" test -e /tmp/outside
try "see other processes" test -e /proc/1/status
try "reach a network" test -e /sys/class/net/host0 -o "$(grep -c : /proc/net/dev)" -gt 1
try "open an internet socket" python3 -c 'import socket; socket.socket(socket.AF_INET)'
try "open a netlink socket" python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)'
try "open a unix socket" python3 -c 'import socket; socket.socket(socket.AF_UNIX)'
try "make a user namespace" unshare -U true
try "make memory executable" python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)'
try "make a set-user-id file" sh -c 'cp /bin/true /home/user/Monitor/.suid && chmod u+s /home/user/Monitor/.suid'
try "gain rights by exec" grep -q '^NoNewPrivs:.0' /proc/self/status
try "change priorities" renice -n 19 -p $$
try "write the kernel's control groups" test -w /sys/fs/cgroup
rm -f /home/user/Monitor/.probe /home/user/Monitor/.suid /home/user/.probe /var/open/.probe
END
mkdir -m 777 "$root/var/open"
touch "$root/home/user/secret" && chown -R 1000:1000 "$root/home/user"
in_ sh -c 'touch /tmp/outside; chmod 666 /tmp/outside'
run_probe() { # run_probe NAME SED-EXPRESSION...
	local name=$1
	shift
	sed -e 's|^ExecStart=.*|ExecStart=/bin/bash /etc/probe|' -e 's/^LogLevelMax.*/StandardOutput=file:\/run\/'"$name"'.out/' "$@" \
	    "$units/monitor-poll.service" >"$root/etc/systemd/system/$name.service"
	sctl daemon-reload
	sctl start "$name.service"
	in_ cat "/run/$name.out"
}
is "what the sandbox allows" "write its record: yes
write its runtime folder: yes
open a unix socket: yes" "$(run_probe probe-inside | tee "$work/inside" | grep ': yes')"
is "what it forbids" "see the home: no
write elsewhere in /home: no
write elsewhere: no
see another's file in /tmp: no
see other processes: no
reach a network: no
open an internet socket: no
open a netlink socket: no
make a user namespace: no
make memory executable: no
make a set-user-id file: no
gain rights by exec: no
change priorities: no
write the kernel's control groups: no" "$(grep ': no' "$work/inside")"
# Two that are closed to user "user" in this container anyway.
is "and what all can be done without it" "reach a network: no
write the kernel's control groups: no" "$(run_probe probe-outside -e '/^# The sandbox/,$d' | grep ': no')"
rm "$root"/etc/systemd/system/probe-*.service

# ---- the power goes away; third boot: other settings, then wrong ones ----

mkdir "$root/rw/record" && chown 1000:1000 "$root/rw/record"
qubes_conf MON_INTERVAL=5 MON_DIR=/rw/record 'MON_EXCLUDE="ma*"'
machine_crash "$m"
ok "boots after a power cut" machine_boot "$m"
seen=([debug]=0 [warning]=0) # its journal is a new one
is "no row is torn" 0 "$(torn)"
ok "another folder works in the sandbox" until_ 20 sh -c "grep -qs ,work, '$root'/rw/record/*/system.csv"
is "a qube that is left out is not asked" "" "$(grep -hs ,mail, "$root"/rw/record/*/scrape.csv)"

qubes_conf MON_INTERVAL=30 MON_TIMEOUT=1
ok "the settings are read again" sctl restart monitor-settings.service
like "a new interval counts at once" 'OnCalendar=\*-\*-\* \*:\*:00/30 ; next_elapse=.*:[03]0 ' "$(prop monitor-poll.timer TimersCalendar)"
like "and the folder is the old one" '^/home/user/Monitor(:|$)' "$(prop monitor-poll.service BindPaths)"

qubes_conf MON_INTERVAL=7 MON_BACKUP_TIME=04:45
ok "a wrong setting fails nothing" sctl restart monitor-settings.service
like "it is said what is wrong" "sys-monitor.conf:1: 'MON_INTERVAL=7' does not count: MON_INTERVAL must be one of" "$(sctl status monitor-settings.service)"
like "and the others count" 'OnCalendar=\*-\*-\* 04:45:00' "$(prop monitor-backup.timer TimersCalendar)"
is "the timer goes on" active "$(prop monitor-poll.timer ActiveState)"
# By hand from here on, so that a poll that the timer began does not stand for the one that is meant.
sctl stop monitor-poll.timer
until_ 10 rested monitor-poll.service
qubes_conf MON_TIMEOUT=soon
ok "a tool's wrong setting does not end the poll" sctl start monitor-poll.service
like "and is told" "mon-scrape: /rw/config/sys-monitor.conf:1: 'MON_TIMEOUT=soon' does not count" "$(journal warning)"
qubes_conf MON_DIR=/rw/no-such
ok "a folder that is not there ends nothing" sctl restart monitor-settings.service
n=$(cat "$record"/*/system.csv | grep -c ,work,)
ok "the poll goes on" sctl start monitor-poll.service
ok "in the default folder" has_rows system.csv ,work, $((n + 1))
qubes_conf
ok "without it all is well again" sctl start monitor-poll.service
finish
