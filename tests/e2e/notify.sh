# mon-notify: what mon-rule told becomes bubbles, each incident one, and no more than a person reads.
. "$(dirname "$0")/lib.sh"
t0=$(date -u -d 2025-08-31T12:00:00Z +%s)
mkdir Monitor fakes
# A notify-send that writes down what it is asked, and numbers its bubbles.
cat >fakes/notify-send <<'SH'
#!/bin/sh
[ ! -e "$HOME/broken" ] || exit 1
n=$(cat "$HOME/n" 2>/dev/null || echo 0)
for a; do printf '%s|' "$a"; done >>"$HOME/shown"
echo >>"$HOME/shown"
case $* in *--replace-id=0*) n=$((n + 1)) ;; esac
echo "$n" >"$HOME/n"
echo "$n"
SH
chmod +x fakes/notify-send
PATH=$PWD/fakes:$PATH
row() { printf '%(%Y-%m-%dT%H:%M:%SZ)T %s alert: %s\n' "$((t0 + $1))" "$2" "$3" >>Monitor/rules.told; } # SECONDS QUBE MSG
# notify: what notify-send was asked now
notify() { rm -f ~/shown; run mon-notify --dir Monitor; shown=$(cut -d '|' -f 2,4,6- ~/shown 2>/dev/null); }

notify
is "nothing told, nothing shown" "0 " "$code $shown$err"
row 0 work '!cpu-hot FIRING cpu=97 limit=90 for=5m'
notify
is "an incident is one bubble" '--urgency=normal|--replace-id=0|work !cpu-hot|cpu=97 limit=90 for=5m|' "$shown"
notify
is "which is not shown again" "" "$shown"
row 60 work '!cpu-hot RESOLVED after=6m max=99'
notify
is "its end replaces it" '--urgency=low|--replace-id=1|work !cpu-hot: over|after=6m max=99|' "$shown"
row 70 work '!full FIRING mount=/rw pct_used=91'
row 70 work '!full FIRING mount=/ pct_used=99'
notify
is "instances are incidents of their own" '--urgency=normal|--replace-id=0|work !full mount=/rw|pct_used=91|
--urgency=normal|--replace-id=0|work !full mount=/|pct_used=99|' "$shown"
row 80 evil '!full FIRING mount=/<b>&\012x pct_used=91'
notify
is "text is text" '--urgency=normal|--replace-id=0|evil !full mount=/<b>&\012x|pct_used=91|' "$shown"
row 85 evil '!a FIRING x=<i>&\012'
notify
is "in the body, which is markup, as well" '--urgency=normal|--replace-id=0|evil !a|x=&lt;i&gt;&amp;\\012|' "$shown"
like "no word is an option" '^[^|]*\|[^|]*\|[^|]*\|[^|]*\|--\|evil' "$(cut -d '|' -f 1-6 ~/shown)"

touch ~/broken
row 90 a '!x FIRING c=1'
notify
is "what cannot be shown" "1 " "$code $shown"
like "is said" "notification daemon" "$err"
row 95 b '!x FIRING c=1'
rm ~/broken
notify
is "is shown the next time" "a !x
b !x" "$(cut -d '|' -f 3 <<<"$shown")"

for i in {1..9}; do row 100 "q$i" '!x FIRING c=1'; done
row 100 q9 '!x RESOLVED after=1s'
notify
is "much at once is summed up" "--urgency=normal|--replace-id=0|9 incidents, 8 of them not over" "$(cut -d '|' -f 1-3 <<<"$shown")"
like "and named" 'q1 !x; q2 !x; .*q9 !x: over' "$shown"

n=0
for ((s = 200; s < 340; s += 20)); do
	row $s flap '!x FIRING c=1'
	notify
	n=$((n + $(grep -c . <<<"$shown")))
	row $((s + 10)) flap '!x RESOLVED after=10s'
	notify
	n=$((n + $(grep -c . <<<"$shown")))
done
ok "a flapping rule is quiet soon: $n of 14" test "$n" -le 10
row 1300 flap '!x FIRING c=1'
notify
like "and told when it comes again later" 'flap !x\|c=1' "$shown"
is "it replaced its own bubble each time" 1 "$(sed -n 's/^bubble \([0-9]*\) .*flap !x$/\1/p' Monitor/notify.state | wc -l)"

n=0
for s in 1400 1410 1420 1430 1440 1450 1460; do
	for i in 1 2 3; do row $s evil "!full FIRING mount=/$s$i pct_used=99"; done
	notify
	n=$((n + $(grep -c . <<<"$shown")))
done
ok "a qube that renames its disks does not fill the screen: $n of 21" test "$n" -le 8
row 1500 honest '!full FIRING mount=/rw pct_used=91'
notify
is "nor does it hide another" "--urgency=normal|--replace-id=0|honest !full mount=/rw|pct_used=91|" "$shown"

cat >rules <<'END'
grave: cpu > 90 on * as critical
small: cpu > 90 on * as low
END
export MON_RULES=rules
row 1600 work '!grave FIRING cpu=97'
row 1600 work '!small FIRING cpu=97'
notify
is "urgency is the rule's" "--urgency=critical --urgency=low" "$(cut -d '|' -f 1 <<<"$shown" | xargs)"
row 1610 work '!grave RESOLVED after=10s'
notify
is "an end has low" "--urgency=low" "$(cut -d '|' -f 1 <<<"$shown")"
for i in 1 2 3 4 5; do row 1620 "n$i" '!grave FIRING cpu=97'; done
notify
is "a sum has the highest" "--urgency=critical|--replace-id=0|5 incidents, 5 of them not over" "$(cut -d '|' -f 1-3 <<<"$shown")"
MON_RULES=missing
row 1630 other '!grave FIRING cpu=97'
notify
is "rules that cannot be read: normal" "0 --urgency=normal" "$code $(cut -d '|' -f 1 <<<"$shown")"

head -c 100000 /dev/urandom >Monitor/notify.state
notify
is "a state that is damaged: all is shown anew, summed up" "0 1" "$code $(grep -c 'incidents' <<<"$shown")"
{ head -c 60000 /dev/urandom; echo; } >Monitor/rules.told
notify
is "a file that is nonsense shows nothing" "0 " "$code $shown"
mv Monitor/rules.told told && mkfifo Monitor/rules.told
run timeout 60 mon-notify --dir Monitor
like "a FIFO in its place hangs nobody" '^1 .*cannot read rules.told: No such device' "$code $err"
mv told Monitor/rules.told
row 2000 work '!y FIRING c=1'
run mon-notify --dir Monitor --dry-run
like "--dry-run prints" 'work !y' "$out"
run mon-notify --dir missing
is "no folder" 1 "$code"
rm fakes/notify-send
run env PATH="$PWD/fakes:/nowhere" "$MON_BIN/mon-notify" --dir Monitor
like "without notify-send it is said what to install" "1 .*libnotify" "$code $err"
finish
