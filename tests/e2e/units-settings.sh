# units-settings.sh - mon-settings: the settings file, the drop-ins, and what the units say alike.
. "$(dirname "$0")/lib.sh"
units=$MON_SRC/systemd
mkdir units.d Record

# settings LINE...: run mon-settings on a file of these lines
settings() {
	printf '%s\n' "$@" >conf
	run mon-settings --file conf --unit-dir units.d
}
written() { (cd units.d && find . -type f | sort); }

run mon-settings --file no-such-file --unit-dir units.d
is "no file: exit code" 0 "$code"
is "no file: nothing written" "" "$(written)"

settings MON_INTERVAL=30 MON_TIMEOUT=2.5 'MON_EXCLUDE="a* b"' MON_KEEP=3 MON_BUDGET=1500M BACKUP_VAULT=v
is "an interval: exit code" 0 "$code"
is "is silent" "" "$out$err"
is "is written" "./monitor-poll.service.d/50-sys-monitor.conf
./monitor-poll.timer.d/50-sys-monitor.conf" "$(written)"
is "with the modes of units" "644 755" "$(stat -c %a units.d/monitor-poll.timer.d/50-sys-monitor.conf units.d/monitor-poll.timer.d | xargs)"
like "to the timer" '^OnCalendar=\*:\*:0/30$' "$(cat units.d/monitor-poll.timer.d/*)"
like "and the time limit" '^TimeoutStartSec=29s$' "$(cat units.d/monitor-poll.service.d/*)"
is "and nothing is left of its making" "" "$(find units.d -name '*.tmp')"

before=$(cat units.d/*/*)
settings MON_INTERVAL=7 MON_BACKUP_TIME=04:00
is "a wrong one: exit code" 2 "$code"
like "is told with its line" "^mon-settings: conf:1: MON_INTERVAL '7' does not divide" "$err"
is "changes nothing" "$before" "$(cat units.d/*/*)"

settings MON_BACKUP_TIME=23:30 "MON_DIR=$work/Record"
is "other settings take the place of the old" "./monitor-backup.service.d/50-sys-monitor.conf
./monitor-backup.timer.d/50-sys-monitor.conf
./monitor-poll.service.d/50-sys-monitor.conf
./monitor-qubes.service.d/50-sys-monitor.conf" "$(written)"
is "three services see the folder" 3 "$(grep -lx "BindPaths=$work/Record" units.d/*/* | wc -l)"
like "the time" '^OnCalendar=\*-\*-\* 23:30:00$' "$(cat units.d/monitor-backup.timer.d/*)"
is "and after boot, as the unit itself says" "$(grep ^OnBootSec= "$units/monitor-backup.timer")" \
    "$(grep ^OnBootSec= units.d/monitor-backup.timer.d/*)"
echo mine >units.d/monitor-poll.service.d/mine.conf
settings
is "all by default: ours are gone, others stay" "./monitor-poll.service.d/mine.conf" "$(written)"
rm -r units.d/*

settings MON_INTERVAL=10 MON_BACKUP_TIME= MON_DIR=
is "the defaults need no drop-ins" "" "$(written)"
settings MON_INTERVAL=5
like "a short interval shortens the deadline" '^Environment=MON_DEADLINE=3$' "$(cat units.d/monitor-poll.service.d/*)"
settings MON_INTERVAL=5 MON_DEADLINE=2
unlike "unless it is set" MON_DEADLINE "$(cat units.d/monitor-poll.service.d/*)"
rm -r units.d/*

# wrong PATTERN LINE: refused with a message, nothing written
wrong() {
	local pattern=$1
	shift
	settings "$@"
	is "wrong: $*: exit code" 2 "$code"
	like "wrong: $*: message" "$pattern" "$err"
	is "wrong: $*: nothing written" "" "$(written)"
}
wrong 'conf:1: there is no such key' MON_INTERVALL=10
wrong 'conf:2: the key is set twice' MON_KEEP=3 MON_KEEP=4
wrong 'conf:1: expected KEY=value' nonsense
wrong "conf:1: MON_TIMEOUT 'soon' is no time" MON_TIMEOUT=soon
wrong "conf:1: MON_PARALLEL '65' is no whole number from 1 to 64" MON_PARALLEL=65
wrong "conf:1: MON_KEEP '-1' is no whole number" MON_KEEP=-1
wrong "conf:1: MON_BUDGET '2X' is no size" MON_BUDGET=2X
wrong "conf:1: MON_QUOTA '0' is no size" MON_QUOTA=0
wrong "conf:1: BACKUP_VAULT '../v' is no name of a qube" BACKUP_VAULT=../v
wrong "conf:1: MON_SELF '1a' is no name of a qube" MON_SELF=1a
wrong "conf:1: MON_DEADLINE '9' is longer than MON_INTERVAL less 2" MON_DEADLINE=9
wrong "conf:2: MON_DEADLINE '20' is longer" MON_INTERVAL=20 MON_DEADLINE=20
wrong "conf:2: MON_DEADLINE '' hides what MON_INTERVAL needs" MON_INTERVAL=5 MON_DEADLINE=
wrong "conf:1: MON_BACKUP_TIME '24:00' is no time of the day" MON_BACKUP_TIME=24:00
wrong "conf:1: MON_DIR 'Monitor' is no absolute path" MON_DIR=Monitor
wrong "conf:1: MON_DIR '/no/such' is no folder; make it" MON_DIR=/no/such
wrong "conf:1: MON_DIR '$work/conf' is no folder" "MON_DIR=$work/conf"
wrong 'conf:1: MON_EXCLUDE .* has too many names' "MON_EXCLUDE='$(seq -s ' ' 65)'"
wrong 'conf:1: MON_DIR .* is no absolute path' 'MON_DIR="/tmp/%h"'
wrong 'conf:2: MON_KEEP' MON_TIMEOUT=x MON_KEEP=x
like "all that is wrong is told at once" 'conf:1: MON_TIMEOUT' "$err"
printf 'MON_INTERVAL=30' >conf
run mon-settings --file conf --unit-dir units.d
is "a last line without its end counts" 1 "$(grep -c 0/30 units.d/monitor-poll.timer.d/*)"
rm -r units.d/*
head -c 70000 /dev/zero | tr '\0' '#' >conf
run mon-settings --file conf --unit-dir units.d
is "a huge file: exit code" 1 "$code"
like "a huge file: message" 'cannot read the settings conf: File too large' "$err"
run mon-settings --file . --unit-dir units.d
is "a folder: exit code" 1 "$code"
settings MON_INTERVAL=30
run mon-settings --file conf --unit-dir no-such-folder
is "no folder for units: exit code" 1 "$code"
like "no folder for units: message" 'cannot open no-such-folder, where the drop-ins go' "$err"
rm -r units.d/*
ln -s "$work/Record" units.d/monitor-poll.timer.d
settings MON_INTERVAL=30
is "a symlink in the place of a folder: exit code" 1 "$code"
is "a symlink is not followed" "" "$(ls Record)"
rm -r units.d/*

run mon-settings --file conf --unit-dir units.d --dry-run
like "--dry-run prints" '^OnCalendar=\*:\*:0/30$' "$out"
is "--dry-run writes nothing" "" "$(written)"
for args in --nonsense x '--example --dry-run' --file; do
	# shellcheck disable=SC2086 # some are two
	run mon-settings $args
	is "misuse: $args" 2 "$code"
	like "misuse: $args: help is offered" "Try 'mon-settings --help'" "$err"
done
run mon-settings --help
is "--help is at most 80 columns wide" "" "$(awk 'length > 80' .out)"

# ---- the example: every key, and what the tools themselves take by default ----
run mon-settings --example
is "systemd/sys-monitor.conf is the example" "$(cat "$units/sys-monitor.conf")" "$out"
sed -n 's/^#\([A-Z_]*=\)/\1/p' "$units/sys-monitor.conf" | grep -v '^MON_DIR=' >conf
run mon-settings --file conf --unit-dir units.d
is "its defaults are right" "0 " "$code $err"
is "and are those of the units" "" "$(written)"
sed -n 's/^#\([A-Z_]*\)=.*/\1/p' "$units/sys-monitor.conf" | grep -v -e MON_INTERVAL -e MON_BACKUP_TIME | sort >keys
for tool in vmstate scrape split archive prune; do
	"mon-$tool" --help | grep -oE '\b(MON_[A-Z_]+|BACKUP_VAULT)\b'
done | sort -u | grep -v MON_STATE_DIR >variables
is "its keys are the variables of the tools" "$(cat variables)" "$(cat keys)"

# ---- the units themselves ----
sandbox() { sed -n '/^# The sandbox/,$p' "$units/monitor-$1.service"; }
is "one sandbox for poll and qubes" "$(sandbox poll)" "$(sandbox qubes)"
is "and for backup" "$(sandbox poll)" "$(sandbox backup)"
for unit in "$units"/monitor-*.{timer,service}; do
	is "${unit##*/} runs only where dom0 set the service" 1 \
	    "$(grep -cx ConditionPathExists=/run/qubes-service/sys-monitor "$unit")"
done
is "a poll is over before the next one is due" "TimeoutStartSec=9s" "$(grep ^TimeoutStartSec "$units/monitor-poll.service")"
if command -v systemd-analyze >/dev/null; then
	for unit in "$units"/monitor-*.service; do
		ok "${unit##*/}: exposure at most 0.6" systemd-analyze security --offline=true --threshold=6 --no-pager "$unit"
	done
	# 8,640 a day: every 10 seconds, and never another distance.
	run systemd-analyze calendar --base-time='2025-08-31 23:59:00 UTC' --iterations=20 \
	    "$(sed -n 's/^OnCalendar=//p' "$units/monitor-poll.timer")"
	times=$(sed -n 's/.*[0-9]:\([0-9][0-9]\):\([0-9][0-9]\) UTC.*/\1 \2/p' .out | awk 'NR > 1 { print (($1 * 60 + $2) - last + 3600) % 3600 } { last = $1 * 60 + $2 }' | sort | uniq -c | xargs)
	is "the poll comes every 10 s" "19 10" "$times"
	for seconds in 5 6 10 12 15 20 30 60 120 180 240 300 360 600 720 900 1200 1800 3600; do
		echo "MON_INTERVAL=$seconds" >conf
		expression=$(mon-settings -n -f conf | sed -n 's/^OnCalendar=\(.\)/\1/p')
		[ $seconds != 10 ] || expression='*:*:0/10'
		systemd-analyze calendar --base-time='2025-08-31 22:59:00 UTC' --iterations=130 "$expression" |
		    sed -n 's/.* \([0-9][0-9]\):\([0-9][0-9]\):\([0-9][0-9]\) UTC.*/\1 \2 \3/p' |
		    awk '{ t = $1 * 3600 + $2 * 60 + $3 } NR > 1 { print (t - last + 86400) % 86400 } { last = t }' | sort -u >steps
		is "MON_INTERVAL=$seconds: $expression is even" $seconds "$(cat steps)"
	done
fi
finish
