# mon-rule as a filter: each sentence of docs/RULES.md about when an incident begins and ends.
. "$(dirname "$0")/lib.sh"
t0=$(date -u -d 2025-08-31T12:00:00Z +%s)

ts() { printf '%(%Y-%m-%dT%H:%M:%SZ)T' "$((t0 + $1))"; } # SECONDS
at() { printf '%(%Y-%m-%dT%H:%M:%SZ)T %s %s\n' "$((t0 + $1))" "$2" "$3"; } # SECONDS QUBE PAYLOAD
# cpu QUBE SECONDS:BUSY...: one row of system.csv each
cpu() {
	local qube=$1 s
	shift
	for s; do at "${s%:*}" "$qube" "sys: 0,0,$((100 - ${s#*:})),0,0,0,1000000,1,500000,0,0,1,0"; done
}
# every QUBE FROM TO BUSY: the same every 10 seconds
every() {
	local s
	for ((s = $2; s <= $3; s += 10)); do cpu "$1" "$s:$4"; done
}
# rows: what was printed, the time of each in seconds: "300 work alert: !cpu-hot FIRING ..."
rows() {
	local day hour minute second rest
	while IFS='T:Z' read -r day hour minute second rest; do
		printf '%d%s\n' "$(((10#$hour - 12) * 3600 + 10#$minute * 60 + 10#$second))" "$rest"
	done <"$work/.out"
}
judge() { printf '%s\n' "$1" >rules; run mon-rule --rules rules; } # RULE...: stdin by the rules

judge 'cpu-hot: cpu > 90% for 5m until < 70% for 1m on * except sys-usb' \
	< <({ every work 0 300 97; every sys-usb 0 300 97; cpu work 310:99; every work 320 500 60; } | sort)
is "FIRING and RESOLVED, one row each" "300 work alert: !cpu-hot FIRING cpu=97 limit=90 for=5m since=$(ts 0)
380 work alert: !cpu-hot RESOLVED after=6m20s max=99" "$(rows)"
is "exit code" "0 " "$code $err"
is "mon-split takes the rows" "0 $(ts 300),work,!cpu-hot FIRING cpu=97 limit=90 for=5m since=$(ts 0)" "$(
	mon-split --dir Monitor <.out
	echo $? "$(sed -n 2p Monitor/2025-08-31/alerts.csv)")"

# ---- for ----
judge 'a: cpu > 90 for 5m on *' < <(every work 0 290 97)
is "290 seconds are not 5 minutes" "" "$out"
judge 'a: cpu > 90 for 5m on *' < <(every work 0 140 97; cpu work 150:90; every work 160 450 97)
is "one sample that is not true begins anew" "" "$out"
judge 'a: cpu > 90 for 5m on *' < <(every work 0 140 97; cpu work 150:90; every work 160 460 97)
is "and 5 minutes later it fires" 460 "$(rows | cut -d ' ' -f 1)"
judge 'a: cpu > 90 for 55s on *' < <(every work 0 100 97)
is "it fires at the first sample at or after that time" 60 "$(rows | cut -d ' ' -f 1)"
judge 'a: cpu > 90 on *' < <(cpu work 0:97 10:97 20:90 30:97)
is "without 'for' at once; without 'until' the negation" "0 work alert: !a FIRING cpu=97 limit=90 since=$(ts 0)
20 work alert: !a RESOLVED after=20s max=97
30 work alert: !a FIRING cpu=97 limit=90 since=$(ts 30)" "$(rows)"

# ---- until ----
judge 'a: cpu > 90 until < 70 for 1m on *' < <(cpu work 0:97 10:80 20:60 30:80; every work 40 90 60; cpu work 100:95 110:60)
is "between the levels the state stays, and the time towards clearing begins anew" "0" \
	"$(rows | cut -d ' ' -f 1 | xargs)"
judge 'a: cpu > 90 until < 70 for 1m on *' < <(cpu work 0:97; every work 10 60 60; cpu work 70:69 80:69)
is "it clears at the first sample at or after that time" "0 70" "$(rows | cut -d ' ' -f 1 | xargs)"
judge 'a: mem_avail_kb < 512000KiB on *' < <(at 0 w "sys: 0,0,0,0,0,0,1,1,400000,0,0,1,0"; at 10 w "sys: 0,0,0,0,0,0,1,1,300000,0,0,1,0"
	at 20 w "sys: 0,0,0,0,0,0,1,1,600000,0,0,1,0")
is "the worst is in the rule's direction" "w alert: !a RESOLVED after=20s max=300000" "$(rows | tail -n 1 | cut -d ' ' -f 2-)"

# ---- suspend: the list at the moment before, and at that after, has qubes that do not run ----
asleep='down: state != Running for 5m on sys-*
silent: missing for 1m on sys-*'
nap() { # SECONDS...: dom0's list, with sys-net suspended
	for s; do at "$s" dom0 "state: Running"; at "$s" sys-net "state: Suspended"; done
}
up() { for s; do at "$s" dom0 "state: Running"; at "$s" sys-net "state: Running"; at "$s" sys-net "scrape: ok,1,1,1,0"; done; }
judge "$asleep" < <(up 0 60; nap 120; at 120 sys-net "scrape: timeout,1,1,1,0"; nap 7320; at 7320 sys-net "scrape: timeout,1,1,1,0"; up 7380 7440)
is "a machine that was suspended fires nothing" "0 " "$code $out"
judge "$asleep" < <(up 0 60; nap 120; nap 290; up 350)
is "nor one that slept for less than a gap" "0 " "$code $out"
judge "$asleep" < <(up 0; nap 60 120 180 240 300 360; up 420)
is "a qube that is suspended while the machine runs is down" "360 FIRING 420 RESOLVED" "$(rows | cut -d ' ' -f 1,5 | xargs)"

# ---- gaps ----
judge 'a: cpu > 90 for 1m on *' < <(cpu work 0:97 30:97 60:97)
is "3 intervals without a sample are no gap" 60 "$(rows | cut -d ' ' -f 1)"
judge 'a: cpu > 90 for 1m on *' < <(cpu work 0:97 31:97 61:97 90:97)
is "more are one: what was pending begins anew" "" "$out"
judge 'a: cpu > 90 for 1m until < 70 for 1m on *' < <(every work 0 60 97; every work 70 120 50; every work 1000 1050 50; cpu work 1060:50)
is "in a gap FIRING stays, and clearing begins anew" "60 1060" "$(rows | cut -d ' ' -f 1 | xargs)"
judge 'a: cpu > 90 on *' < <(cpu work 0:97 90000:97 90010:97)
is "a gap of a day is one incident" 0 "$(rows | cut -d ' ' -f 1)"
run mon-rule --rules rules --interval 60 < <(cpu work 0:97)
printf 'a: cpu > 90 for 3m on *\n' >rules
run mon-rule --rules rules --interval 60 < <(cpu work 0:97 180:97)
is "the interval is the poll's" 180 "$(rows | cut -d ' ' -f 1)"
MON_INTERVAL=60 run mon-rule --rules rules < <(cpu work 0:97 180:97)
is "by MON_INTERVAL, too" 180 "$(rows | cut -d ' ' -f 1)"
judge 'a: state = Halted for 3m on *' < <(at 0 w "state: Halted"; at 180 w "state: Halted")
is "of qubes.csv it is a minute" "180 w alert: !a FIRING state=Halted for=3m since=$(ts 0)" "$(rows)"

# ---- clocks ----
judge 'a: cpu > 90 for 1m on *' < <(cpu work 0:97 30:97 10:97 40:97 60:97)
is "a clock that is set back is a gap" "" "$out"
judge 'a: cpu > 90 until < 70 on *' < <(cpu work 1000:97 0:97 10:60)
is "one set back while it fires: one incident" "1000 work alert: !a FIRING cpu=97 limit=90 since=$(ts 1000)
10 work alert: !a RESOLVED after=0s max=97" "$(rows)"

# ---- rates ----
net() { at "$1" work "net: ${3:-eth0},0,0,0,$2,0,0"; } # SECONDS BYTES [INTERFACE]
judge 'a: rate(network.tx_bytes) > 100 on *' < <(net 0 0; net 10 1000; net 20 2001; net 30 2001)
is "a rate is the difference by time of two samples" "20 work alert: !a FIRING if=eth0 rate(network.tx_bytes)=100.1 limit=100 since=$(ts 20)
30 work alert: !a RESOLVED if=eth0 after=10s max=100.1" "$(rows)"
judge 'a: rate(network.tx_bytes) > 100 for 30s on *' < <(net 0 1000; net 10 5000; net 20 9000; net 30 100; net 40 5000; net 50 9000)
is "a smaller value is a reset: that pair says nothing" "40" "$(rows | cut -d ' ' -f 1)"
judge 'a: rate(network.tx_bytes) > 1 on *' < <(net 0 0; net 31 100000)
is "pairs further apart than 3 intervals say nothing" "" "$out"
judge 'a: rate(network.tx_bytes) > 1 on *' < <(net 0 0; net 0 100000)
is "two values of the same second say nothing" "" "$out"
judge 'a: rate(tx_bytes) > 1MiB/s where if!=lo and if!=vif* on *' < <(for s in 0 10; do for i in lo vif1.0 eth0; do net $s $((s * 2000000)) $i; done; done)
is "where" "10 work alert: !a FIRING if=eth0 rate(tx_bytes)=2000000 limit=1048576 since=$(ts 10)" "$(rows)"
judge 'a: rate(pressure.mem_full_us) > 20% on *' < <(at 0 work "pressure: 0,0,0,0,0"; at 10 work "pressure: 0,0,2500000,0,0")
is "a share of time" "10 work alert: !a FIRING rate(pressure.mem_full_us)=25 limit=20 since=$(ts 10)" "$(rows)"

# ---- disks that do not move are not in an answer ----
io() { at "$1" work "io: xvdb,0,0,0,0,0,0,$2"; }
ok() { at "$1" "${2:-work}" "scrape: ok,1,1,1,0"; }
judge 'a: rate(io.busy_ms) > 50% until < 20% for 20s on *' < <(io 0 0; ok 0; io 10 9000; ok 10; ok 20; ok 30; ok 40)
is "a disk that is absent in an ok answer has not moved" "10 40" "$(rows | cut -d ' ' -f 1 | xargs)"
judge 'a: rate(io.busy_ms) > 50% until < 20% for 20s on *' < <(io 0 0; ok 0; io 10 9000; ok 10
	for s in 20 30 40; do at $s work "scrape: timeout,1,0,0,0"; done)
is "of an answer that is not ok nothing is known" "10" "$(rows | cut -d ' ' -f 1 | xargs)"

# ---- absence ----
said() { at "$1" "$3" "scrape: $2,1,0,0,0"; } # SECONDS RESULT QUBE
judge 'silent: missing for 1m on sys-*' < <(for s in 0 10 20 30 40 50 60 70; do said $s timeout sys-net; said $s timeout work; done; said 80 ok sys-net)
is "missing" "60 sys-net alert: !silent FIRING result=timeout for=1m since=$(ts 0)
80 sys-net alert: !silent RESOLVED after=1m20s" "$(rows)"
judge 'silent: missing on *' < <(said 0 skipped a; said 0 backoff b)
is "skipped says nothing, backoff is missing" "0 b" "$(rows | cut -d ' ' -f 1,2)"
judge 'silent: missing for 1m on *' < <(said 0 failed a; for s in 10 20; do said $s skipped a; done; for s in 30 40 50 60; do said $s failed a; done)
is "skipped is no answer that is ok" 60 "$(rows | cut -d ' ' -f 1)"
judge 'down: state != Running for 2m on sys-net' < <(for s in 0 60 120; do at $s sys-net "state: Halted"; at $s a "state: Running"; done; at 180 sys-net "state: Running")
is "a state" "120 sys-net alert: !down FIRING state=Halted for=2m since=$(ts 0)
180 sys-net alert: !down RESOLVED after=3m" "$(rows)"

# ---- gone ----
judge 'a: cpu > 90 on *' < <(for q in dom0 work x; do at 0 $q "state: Running"; done; cpu work 10:97; cpu x 10:97
	for q in dom0 x; do at 60 $q "state: Running"; done; cpu x 70:97)
is "a qube that dom0 does not list any more" "60 work alert: !a RESOLVED after=50s max=97 reason=gone" "$(rows | tail -n 1)"
judge 'a: cpu > 90 on *' < <(for q in dom0 work; do at 0 $q "state: Running"; done; cpu work 10:97; at 60 dom0 "state: Running")
is "a list of one qube is none: dom0's policy hides them" 1 "$(rows | wc -l)"
disk() { at "$1" work "disk: /dev/xvd$2,$3,1,1,1,$4"; }
judge 'a: disk.pct_used >= 90% on *' < <(disk 0 b /rw 95%; disk 0 i /mnt 99%; ok 0; for ((s = 10; s <= 310; s += 10)); do disk $s b /rw 95%; ok $s; done)
is "an instance that ok answers lack for 5 minutes" "300 work alert: !a RESOLVED mount=/mnt after=5m max=99 reason=gone" "$(rows | tail -n 1)"
judge 'a: disk.pct_used >= 90% on *' < <(disk 0 i /mnt 99%; ok 0; for ((s = 10; s <= 310; s += 10)); do said $s timeout work; done)
is "answers that are not ok do not count" 1 "$(rows | wc -l)"

# ---- bad rules ----
printf 'a: cpu > 90 on *\nb: cpu > > 90 on *\n' >rules
run mon-rule --rules rules < <(cpu work 0:97)
is "a bad line disables its rule alone, and is told" "3 0 sys-monitor alert: !rules FIRING bad=1 line=2 column=10
0 work alert: !a FIRING cpu=97 limit=90 since=$(ts 0)" "$code $(rows)"
like "where it is" 'rules:2:10: .*no number' "$err"
run mon-rule --check rules
is "--check: exit code" "3 " "$code $out"
like "--check: line and column" 'rules:2:10: ' "$err"
printf 'a: cpu > 90 on *\n' >rules
run mon-rule --check rules
is "--check of good rules" "0 " "$code $out$err"
run mon-rule --check missing
is "--check of no file" 1 "$code"
run mon-rule --rules missing </dev/null
is "rules that are named must be there" 1 "$code"
head -c 70000 /dev/zero | tr '\0' '#' >rules
run mon-rule --check rules
is "a file that is too long" 1 "$code"
mon-rule --example >rules
run mon-rule --check rules
is "the shipped rules are good" "0 " "$code $err"

# ---- hostile figures ----
judge 'a: disk.pct_used >= 90% on *' < <(for ((i = 0; i < 1000; i++)); do disk 0 b "/m$i" 95%; done)
is "instances a qube are capped" "3 128" "$code $(rows | wc -l)"
like "and that is told" 'did not judge .*128 instances of a qube.*work' "$err"
judge 'a: rate(tx_bytes) > 1 on *' < <(for ((s = 0; s < 300; s += 10)); do for ((i = 0; i < 128; i++)); do net $s $((s * 100)) "x$s.$i"; done; done; net 300 0 eth0; net 310 9999 eth0)
is "who renames interfaces pays alone, and not for long" "0 310" "$code $(rows | cut -d ' ' -f 1)"
judge 'a: cpu > 90 on *' < <(at 0 evil 'alert: !a RESOLVED after=1s'; cpu evil 0:97; at 10 evil 'alert: !a RESOLVED max=1'; cpu evil 10:97)
is "a line does not resolve an incident" 1 "$(rows | wc -l)"
judge 'a: custom.value < -5 on *' < <(at 0 w 'custom: t,-9223372036854775807.999999999'; at 10 w 'custom: t,9223372036854775807')
is "the largest figures" "0 w alert: !a FIRING name=t custom.value=-9200000000000000000 limit=-5 since=$(ts 0)
10 w alert: !a RESOLVED name=t after=10s max=-9200000000000000000" "$(rows)"
long=$(printf 'x%.0s' {1..300})
judge 'a: custom.value > 5 on *' < <(at 0 w "custom: $long,9"; at 0 w "custom: y,9")
is "a name that is too long is not judged" "3 y" "$code $(rows | sed 's/.*name=\([^ ]*\).*/\1/')"

# ---- bad input ----
judge 'a: cpu > 90 on *' < <(echo nonsense; cpu work 0:97; at 0 work 'later: 1,2')
is "bad lines are dropped and told, unknown kinds are no error" "3 1" "$code $(rows | wc -l)"
like "which" 'the first was line 1' "$err"
like "an unknown kind is told" 'left out 1 line of kinds' "$err"
judge 'a: cpu > 90 on *' < <(at 0 work 'later: 1,2')
is "and no error" 0 "$code"
finish
