# mon-rule --live: each incident is told once, run by run, whatever happens in between.
. "$(dirname "$0")/lib.sh"
t0=$(date -u -d 2025-08-31T12:00:00Z +%s)
day=Monitor/2025-08-31

ts() { printf '%(%Y-%m-%dT%H:%M:%SZ)T' "$((t0 + $1))"; } # SECONDS
at() { printf '%(%Y-%m-%dT%H:%M:%SZ)T %s %s\n' "$((t0 + $1))" "$2" "$3"; } # SECONDS QUBE PAYLOAD
sys() { at "$1" "$2" "sys: 0,0,$((100 - $3)),0,0,0,1000000,1,500000,0,0,1,0"; } # SECONDS QUBE BUSY
# record: what comes on stdin goes into the record, and to stdout
record() { mon-split --no-sync --pass --dir Monitor; }
# live: judge what comes on stdin, and file what comes of it
live() { mon-rule --live --dir Monitor --rules rules 2>>.errors | tee -a .sent | mon-split --no-sync --dir Monitor; }
# poll SECONDS BUSY: one run of the poll's pipe for the qube work
poll() { { sys "$1" work "$2"; at "$1" work "scrape: ok,1,1,1,0"; } | record | live; }
# list SECONDS QUBE...: one run of the pipe of dom0's list
list() { local s=$1; shift; for q; do at "$s" "$q" "state: Running"; done | record | live; }
# told: our rows in the record: "SECONDS QUBE MSG"
told() {
	local epoch stamp qube msg
	grep -h ',!' Monitor/*/alerts.csv >.alerts 2>/dev/null
	paste -d, <(cut -d, -f1 .alerts | date -u -f - +%s) .alerts | while IFS=, read -r epoch stamp qube msg; do
		[ -z "$stamp" ] || printf '%d %s %s\n' "$((epoch - t0))" "$qube" "$msg"
	done
}
times() { told | sed -E 's/^([0-9]+) [^ ]+ !([^ ]+) ([A-Z]).*/\2 \3 \1/' | xargs; } # "a F 60 a R 100"
fresh() { rm -rf Monitor .sent .errors; printf '%s\n' "$@" >rules; : >.errors; }
polls() { local s; for ((s = $1; s <= $2; s += ${MON_INTERVAL:-10})); do poll $s "$3"; done; } # FROM TO BUSY

export MON_INTERVAL=30 # fewer polls for the same
fresh 'a: cpu > 90 for 1m until < 70 for 20s on *'
polls 0 30 97
like "the state can be read" "^series a work - pending $(ts 0) $(ts 30) - $(ts 30) - 97 97$" "$(cat Monitor/rules.state)"
is "it is ours alone" 600 "$(stat -c %a Monitor/rules.state)"
polls 60 60 97
is "it fires in the run in which the time is over" "60 work !a FIRING cpu=97 limit=90 for=1m since=$(ts 0)" "$(told)"
polls 70 130 50
is "and ends" "100 work !a RESOLVED after=1m40s max=97" "$(told | tail -n 1)"
is "each row was sent once" 2 "$(wc -l <.sent)"
is "nothing is kept of what is ok" "" "$(grep -E '^(series|send)' Monitor/rules.state)"
is "nothing was said" "" "$(cat .errors)"
unset MON_INTERVAL

# ---- the outbox ----
fresh 'a: cpu > 90 on *'
{ sys 0 work 97; } | record | mon-rule --live --dir Monitor --rules rules >/dev/null
like "what is not in the record is kept" "^send poll $(ts 0) work !a FIRING" "$(cat Monitor/rules.state)"
{ at 5 dom0 "state: Running"; at 5 work "state: Running"; } | record | live
is "the run of the other pipe does not send it" "" "$(told)"
poll 10 97
is "the next one of its own does" "a F 0" "$(times)"
poll 20 97
is "once it is in the record it is not sent again" "a F 0 1" "$(times) $(wc -l <.sent)"
unlike "and forgotten" '^send' "$(cat Monitor/rules.state)"
poll 30 50 >/dev/full
is "the end is told as well" "a F 0 a R 30" "$(times)"

# ---- a state that is lost ----
for lost in 'rm Monitor/rules.state' 'head -c 40 Monitor/rules.state >x; cp x Monitor/rules.state' \
	'sed -i "/^series/d" Monitor/rules.state'; do
	fresh 'a: cpu > 90 for 1m until < 70 for 30s on *'
	export MON_INTERVAL=30
	poll 0 97; poll 30 97
	eval "$lost"
	poll 60 97
	is "pending, and then: $lost" "a F 60" "$(times)"
	eval "$lost"
	poll 90 97; poll 120 50
	eval "$lost"
	poll 150 50
	is "FIRING and clearing, and then the same" "a F 60 a R 150" "$(times)"
	unset MON_INTERVAL
done
like "that is told" "rules.state was damaged; it was made anew" "$(cat .errors)"
fresh 'a: cpu > 90 on *'
poll 0 97
rm Monitor/rules.state
poll 7200 97
poll 7210 50
is "FIRING for two hours, with the state lost" "a F 0 a R 7210" "$(times)"

# ---- runs that are missing ----
fresh 'a: cpu > 90 for 30s until < 70 on *'
polls 0 20 97
for s in 30 40; do sys $s work 97 | record >.null; done
sys 50 work 50 | record >.null
poll 60 50
is "what the record has is caught up with" "30 work !a FIRING cpu=97 limit=90 for=30s since=$(ts 0)
50 work !a RESOLVED after=50s max=97" "$(told)"
fresh 'a: cpu > 90 for 30s until < 70 on *'
polls 0 30 97
poll 90000 97
poll 90010 60
is "one incident over a day without a poll" "a F 30 a R 90010" "$(times | sed 's/ 90010/ 90010/')"

# ---- clocks ----
fresh 'a: cpu > 90 on *'
poll 1000 97
poll 100 97
poll 110 50
is "a clock that is set back: one incident" "a F 1000 a R 110" "$(times)"
fresh 'a: cpu > 90 on *'
poll 0 97
poll 31536000 97
poll 10 97
poll 20 50
is "one that was a year ahead" "a F 0 a R 20" "$(times)"

# ---- rules that change ----
fresh 'a: cpu > 90 on *' 'b: cpu > 90 on *'
poll 0 97
printf 'b: cpu > 95 for 1m on *\n' >rules
poll 10 97
is "a rule that is removed while it fires" "10 work !a RESOLVED after=10s reason=removed" "$(told | tail -n 1)"
printf 'b: cpu > 95 on * except work\n' >rules
poll 20 97
is "or does not look at the qube any more" "20 work !b RESOLVED after=20s reason=removed" "$(told | tail -n 1)"
# More at once than are filed about a qube: the rest comes with the next runs, and no end is lost.
many() { # SECONDS PERCENT
	local i
	for i in {1..20}; do at "$1" work "disk: /dev/x,/m$i,100,$2,1,$2%"; done
	at "$1" mail "disk: /dev/x,/,100,$2,1,$2%"
	at "$1" work "scrape: ok,1,1,1,0"
}
counted() { told | grep "$1" | cut -d ' ' -f 1,2 | sort | uniq -c | xargs; } # "16 0 work": how many, when, of whom
fresh 'a: disk.pct_used > 90 on *'
for s in 0 10 20; do many $s 95 | record | live; done
is "20 at once about a qube, and one about another" "1 0 mail 16 0 work 4 10 work" "$(counted FIRING)"
like "is said" 'kept 4 rows back for a later run, because 16 rows about a qube .* the first was about work' "$(cat .errors)"
printf 'b: cpu > 90 on *\n' >rules
for s in 30 40 50; do many $s 95 | record | live; done
is "their rule is removed" "1 30 mail 16 30 work 4 50 work" "$(counted RESOLVED)"
is "each of them has its end" 21 "$(told | grep RESOLVED | cut -d ' ' -f 2,5 | sort -u | wc -l)"
fresh 'a: cpu > > 90 on *' 'b: cpu > 90 on *'
polls 0 10 97
is "bad rules are told once" "0 sys-monitor !rules FIRING bad=1 line=1 column=10
0 work !b FIRING cpu=97 limit=90 since=$(ts 0)" "$(told | LC_ALL=C sort -k 2)"
printf 'b: cpu > 90 on *\n' >rules
poll 30 97
is "and that they are good again" "30 sys-monitor !rules RESOLVED after=30s" "$(told | tail -n 1)"

# ---- rates, disks, absence ----
fresh 'a: rate(network.tx_bytes) > 100 on *'
for s in 0 10 20 30; do at $s work "net: eth0,0,0,0,$((s > 20 ? 3000 : s * 150)),0,0" | record | live; done
is "the last value is kept for a rate" "10 work !a FIRING if=eth0 rate(network.tx_bytes)=150 limit=100 since=$(ts 10)
30 work !a RESOLVED if=eth0 after=20s max=150" "$(told)"
fresh 'a: cpu > 90 on *'
list 0 dom0 work
poll 10 97
list 60 dom0 x
is "gone from dom0's list" "60 work !a RESOLVED after=50s max=97 reason=gone" "$(told | tail -n 1)"
unlike "by the pipe of the list, so nothing waits for the poll" 'send poll' "$(cat Monitor/rules.state)"
fresh 'down: state != Running for 2m on work' 'a: cpu > 90 for 20s on *'
export MON_INTERVAL=20
for s in 0 60 120; do { at $s dom0 "state: Running"; at $s work "state: Halted"; } | record | live & polls $s $((s + 40)) 97; wait; done
unset MON_INTERVAL
is "two pipes at once, two incidents" "a F 20 down F 120" "$(times | xargs -n 3 | sort | xargs)"

# ---- what cannot be written, or is locked ----
fresh 'a: cpu > 90 on *'
mkdir Monitor
run mon-rule --live --dir Monitor --rules rules </dev/null
is "no line, no state" "0 " "$code $(ls Monitor)"
mkdir Monitor/rules.state
run mon-rule --live --dir Monitor --rules rules < <(sys 0 work 97)
is "a state that cannot be written: nothing is sent" "1 " "$code $out"
like "and said" "cannot .* rules.state" "$err"
rmdir Monitor/rules.state
exec 9>Monitor/.rules.lock
flock 9
run mon-rule --live --dir Monitor --rules rules < <(sys 0 work 97)
is "a lock that another has" "1 " "$code $out"
like "is said" "locked" "$err"
exec 9>&-
{ sys 0 work 97; } | record | mon-rule --live --dir Monitor --rules rules >/dev/full 2>.err
is "stdout is full: exit code" 1 "${PIPESTATUS[2]}"
poll 10 97
is "and it is told later" "a F 0" "$(times)"
# A machine whose clock began at 1970: its incidents do not stop what comes behind them.
fresh 'sil: missing for 10s on *'
for s in 00 10 20; do echo "1970-01-01T00:00:${s}Z work scrape: timeout,1,2,3,0" | record | live; done
like "an incident of 1970" '1970-01-01T00:00:10Z work alert: !sil FIRING' "$(cat .sent)"
for s in 00 10; do echo "2026-01-01T00:00:${s}Z work scrape: ok,1,2,3,0" | record | live; done
is "... and its end, under a right clock" "1 1" "$(grep -c '!sil FIRING' .sent) $(grep -c '!sil RESOLVED' .sent)"
is "... without an error" "" "$(cat .errors)"
finish
