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
is "a file that is named must be there: exit code" 1 "$code"
like "and is told" 'cannot read the settings no-such-file: No such file' "$err"
MON_SETTINGS=no-such-file run mon-settings --unit-dir units.d
is "also where the environment names it" "1 mon-settings: cannot read the settings no-such-file: No such file or directory" "$code $err"
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

settings MON_INTERVAL=7 MON_BACKUP_TIME=04:00
is "a wrong one: exit code" 3 "$code"
like "is told with its line" "^mon-settings: conf:1: 'MON_INTERVAL=7' does not count: MON_INTERVAL must be one of these numbers" "$err"
is "and the others count all the same" "./monitor-backup.timer.d/50-sys-monitor.conf" "$(written)"

settings MON_BACKUP_TIME=23:30 "MON_DIR=$work/Record"
is "other settings take the place of the old" "./monitor-backup.service.d/50-sys-monitor.conf
./monitor-backup.timer.d/50-sys-monitor.conf
./monitor-poll.service.d/50-sys-monitor.conf
./monitor-qubes.service.d/50-sys-monitor.conf" "$(written)"
is "three services see the folder" 3 "$(grep -lx "BindPaths=$work/Record" units.d/*/* | wc -l)"
is "and are told of it" 3 "$(grep -lx "Environment=MON_DIR=$work/Record" units.d/*/* | wc -l)"
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
like "a short interval shortens the deadline" '^Environment=MON_DEADLINE=3.000$' "$(cat units.d/monitor-poll.service.d/*)"
settings MON_INTERVAL=5 MON_DEADLINE=2
like "unless it is set" '^Environment=MON_DEADLINE=2.000$' "$(cat units.d/monitor-poll.service.d/*)"
settings MON_INTERVAL=5 MON_DEADLINE=8
is "one that is too long: exit code" 3 "$code"
like "is told" "conf:2: 'MON_DEADLINE=8' does not count: a poll every 5 s must be over after 3 s" "$err"
like "and the interval decides" '^Environment=MON_DEADLINE=3.000$' "$(cat units.d/monitor-poll.service.d/*)"
settings MON_INTERVAL=30 MON_DEADLINE=20
like "one that goes with a longer interval" '^Environment=MON_DEADLINE=20.000$' "$(cat units.d/monitor-poll.service.d/*)"
rm -r units.d/*

# wrong PATTERN LINE...: told in one line that names what is wanted; nothing written
wrong() {
	local pattern=$1
	shift
	settings "$@"
	is "wrong: $*: exit code" 3 "$code"
	like "wrong: $*: message" "$pattern" "$err"
	is "wrong: $*: one message" 1 "$(wc -l <.err)"
	is "wrong: $*: nothing written" "" "$(written)"
}
no='does not count:'
wrong "conf:1: 'MON_INTERVALL=30' $no there is no such key; MON_INTERVAL may be meant" MON_INTERVALL=30
wrong "conf:1: 'PATH=/bin' $no there is no such key; mon-settings --example prints all keys" PATH=/bin
wrong "conf:2: 'MON_KEEP=4' $no MON_KEEP is already set above" MON_KEEP=3 MON_KEEP=4
wrong "conf:1: 'nonsense' $no write KEY=value, or # and a comment" nonsense
wrong "conf:1: 'export MON_INTERVAL=30' $no write MON_INTERVAL=value, without export" 'export MON_INTERVAL=30'
wrong "conf:1: 'MON_INTERVAL = 30' $no write MON_INTERVAL=value, without a space beside the '='" 'MON_INTERVAL = 30'
wrong "conf:1: 'MON_INTERVAL=30 # slow' $no a comment needs a line of its own" 'MON_INTERVAL=30 # slow'
wrong "conf:1: 'MON_EXCLUDE=a b' $no quotes are needed around a value with spaces, and only there: MON_EXCLUDE=\"a b\"" 'MON_EXCLUDE=a b'
wrong "conf:1: 'MON_DIR=\\\$HOME/x' $no a value takes no quote, no backslash, no \\\$" 'MON_DIR=$HOME/x'
wrong "conf:1: 'MON_TIMEOUT=3s' $no MON_TIMEOUT must be seconds like 3 or 0.5, without a unit" MON_TIMEOUT=3s
wrong "conf:1: 'MON_INTERVAL=10s' $no MON_INTERVAL must be one of these numbers, without a unit: 5, 6" MON_INTERVAL=10s
wrong "conf:1: 'MON_PARALLEL=65' $no MON_PARALLEL must be a whole number from 1 to 64" MON_PARALLEL=65
wrong "conf:1: 'MON_KEEP=-1' $no MON_KEEP must be a number of days from 0 to 36525" MON_KEEP=-1
wrong "conf:1: 'MON_BUDGET=2X' $no MON_BUDGET must be a size like 500000, 1500M or 2G" MON_BUDGET=2X
wrong "conf:1: 'MON_QUOTA=16MB' $no MON_QUOTA must be a size" MON_QUOTA=16MB
wrong "conf:1: 'BACKUP_VAULT=../v' $no BACKUP_VAULT must be the name of a qube" BACKUP_VAULT=../v
wrong "conf:1: 'MON_SELF=1a' $no MON_SELF must be the name of a qube" MON_SELF=1a
wrong "conf:1: 'MON_DEADLINE=9' $no a poll every 10 s must be over after 8 s" MON_DEADLINE=9
wrong "conf:1: 'MON_BACKUP_TIME=3:50' $no MON_BACKUP_TIME must be a time of the day as HH:MM, like 03:50" MON_BACKUP_TIME=3:50
wrong "conf:1: 'MON_DIR=Monitor' $no MON_DIR must be an absolute path" MON_DIR=Monitor
wrong "conf:1: 'MON_DIR=~/x' $no MON_DIR must be an absolute path .*~ is not expanded" 'MON_DIR=~/x'
wrong "conf:1: 'MON_DIR=/no/such' $no there is no such folder; make it: sudo install -d -m 700 -o user -g user /no/such$" MON_DIR=/no/such
wrong "conf:1: 'MON_DIR=$work/conf' $no there is no such folder" "MON_DIR=$work/conf"
wrong "conf:1: 'MON_EXCLUDE='1 2 .*\.\.\.' $no MON_EXCLUDE must be at most 64 names" "MON_EXCLUDE='$(seq -s ' ' 65)'"
settings MON_TIMEOUT=x MON_KEEP=x
is "all that is wrong is told at once" 2 "$(grep -c '^mon-settings: conf:[12]: ' .err)"
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

run mon-settings --file conf --unit-dir units.d --check
is "--check: units that do not follow" "3 monitor-poll.timer monitor-poll.service" "$code $(xargs <<<"$out")"
is "--check writes nothing" "" "$(written)"
run mon-settings --file conf --unit-dir units.d
run mon-settings --file conf --unit-dir units.d --check
is "--check: all follow" "0 " "$code $out"
echo 'MON_BACKUP_TIME=04:00' >>conf
run mon-settings --file conf --unit-dir units.d --check
is "--check: one that does not" "3 monitor-backup.timer" "$code $out"
echo MON_INTERVAL=30 >conf
rm -r units.d/*
run mon-settings --file conf --unit-dir units.d --dry-run
like "--dry-run prints" '^OnCalendar=\*:\*:0/30$' "$out"
is "--dry-run writes nothing" "" "$(written)"
for args in --nonsense x '--example --dry-run' '--check --dry-run' --file; do
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
# Those that have an option stand in --help.  (The doctor alone looks at MON_NO_HANDLER.)
sed -n 's/^#\([A-Z_]*\)=.*/\1/p' "$units/sys-monitor.conf" | grep -v -e MON_INTERVAL -e MON_BACKUP_TIME -e MON_NO_HANDLER | sort >keys
for tool in vmstate scrape split archive prune rule; do
	"mon-$tool" --help | grep -oE '\b(MON_[A-Z_]+|BACKUP_VAULT)\b'
done | sort -u | grep -v MON_INTERVAL >variables
is "its keys are the variables of the tools" "$(cat variables)" "$(cat keys)"

# ---- by hand, too ----
mkdir -p M && qube work 'print=conn: 1,1\n' && qube mail 'print=conn: 1,1\n'
printf '%s\n' 'MON_EXCLUDE="mail, sys-*"' "MON_DIR=$work/Record" MON_SELF=sys-monitor >conf
export MON_SETTINGS=$work/conf
mon-vmstate | mon-scrape - | mon-split
is "who is excluded is in no file, and the folder is that of the settings" "" "$(ls -A ~/Monitor 2>/dev/null; grep -h mail Record/*/*)"
like "the others are" ,work, "$(cat Record/*/*.csv)"
echo BACKUP_VAULT=my-vault >conf
qube my-vault state=Halted
mkdir -p ~/Monitor/2025-08-30 && echo ts,vm,tcp_established,udp_sockets >~/Monitor/2025-08-30/connections.csv
run mon-archive --now 2025-08-31T12:00:00Z
like "the vault is that of the settings" ',my-vault$|,my-vault,' "$(cat ~/Monitor/archives.csv)"
echo MON_VAULT=other >conf
run mon-archive --now 2025-09-01T12:00:00Z
is "a mistyped BACKUP_VAULT: nothing is copied" "1 " "$code $(ls "$FAKE_QUBES/vault/secrets-vault" 2>/dev/null)"
like "and it is said" 'nothing is copied while BACKUP_VAULT is wrong' "$err"
for line in MON_KEEP=0d 'export MON_KEEP=0' MON_KEPE=0 'MON_KEEP = 0' MON_BUDGET=1KB \
    'set MON_KEEP=60' Environment=MON_KEEP=60 MON-KEEP=60 'retention: 60' PATH=/bin; do
	printf 'MON_KEEP=0\n' >conf
	is "MON_KEEP=0 would delete" 2025-08-30 "$(mon-prune --dry-run --now 2025-09-20T12:00:00Z 2025-08-30 2>/dev/null)"
	printf 'MON_PARALLEL=x\n%s\n' "$line" >conf
	run mon-prune --now 2025-09-20T12:00:00Z 2025-08-30
	is "$line: nothing is deleted" "3  2025-08-30 archives.csv" "$code $out $(ls ~/Monitor | xargs)"
	like "$line: said" 'nothing is deleted while MON_KEEP, MON_BUDGET or BACKUP_VAULT is wrong' "$err"
	unlike "$line: and only what concerns this tool" MON_PARALLEL "$err"
done
rm conf && mkfifo conf
run timeout 60 mon-prune --now 2025-09-20T12:00:00Z 2025-08-30
is "a FIFO in the place of the settings hangs nobody, and nothing is deleted" "3 " "$code $out"
like "... and is told" 'cannot read the settings .*/conf, so none of them counts: No such device' "$err"
rm conf
export MON_SETTINGS=$work/no-settings

# ---- the units themselves ----
sandbox() { sed -n '/^# The sandbox/,$p' "$units/monitor-$1.service"; }
is "one sandbox for poll and qubes" "$(sandbox poll)" "$(sandbox qubes)"
is "and for backup" "$(sandbox poll)" "$(sandbox backup)"
for unit in "$units"/monitor-*.{timer,service}; do
	is "${unit##*/} runs only where dom0 set the service" 1 \
	    "$(grep -cx ConditionPathExists=/run/qubes-service/sys-monitor "$unit")"
done
is "the folder that the sandbox opens is the one that the tools take" 3 \
    "$(grep -lZx BindPaths=/home/user/Monitor "$units"/*.service | xargs -0 grep -lx Environment=MON_DIR=/home/user/Monitor | wc -l)"
is "and the deadline is the default" "Environment=MON_DEADLINE=$(sed -n 's/^#MON_DEADLINE=//p' "$units/sys-monitor.conf")" \
    "$(grep ^Environment=MON_DEADLINE "$units/monitor-poll.service")"
is "Xen is asked by the qubes unit alone, when the settings say so" monitor-poll.service \
    "$(cd "$units" && grep -lx Environment=MON_XEN=no -- *.service)"
is "a poll is over before the next one is due" "TimeoutStartSec=9s" "$(grep ^TimeoutStartSec "$units/monitor-poll.service")"
if have systemd-analyze; then
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
