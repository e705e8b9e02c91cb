# mon-scrape: no honest qube meets a bound; who sends more than its quota, or its share, is cut and told.
. "$(dirname "$0")/lib.sh"
quota_machine

# --- the volume has room
poll 0 flooder chatty honest
is "a new name: nothing is held back" "0 ok,100,0 ok,34,0 ok,3,0" "$code $(result flooder) $(result chatty) $(result honest)"
is "what it had filed is remembered: its lines with stamp and name" "$(grep ' flooder custom' "$work/.out" | wc -c)" "$(filed flooder)"
poll 10 flooder
is "and added up" "$((2 * $(grep ' flooder custom' "$work/.out" | wc -c)))" "$(filed flooder)"
remember 0 0 flooder $((day - 1000)) chatty $((day - 1000)) honest 5000000
poll 10 flooder chatty honest
is "over the quota: cut from the end, figures go before text" "3 too-big,4,96 too-big,3,31 ok,3,0" \
	"$code $(result flooder) $(result chatty) $(result honest)"
is "... told: who, how much, what to do" \
	"mon-scrape: flooder: sent more than the 128 MiB that a qube may have filed a day: 96 of its lines are dropped; see what it sends (mon-scrape --peek flooder), then exclude it or raise MON_QUOTA" \
	"$(grep flooder: "$work/.err")"
poll 20 flooder chatty honest
is "... once" "" "$err"
run mon-scrape --self sys-monitor --now "$(stamp 20)" flooder
is "a person who names it sees all of it" "0 ok,100,0" "$code $(result flooder)"
remember 0 0 chatty $day
poll 43200 chatty
is "at noon of its day, half of what is for figures alone is there" "3 too-big,2,32" "$code $(result chatty)"

# --- the day ends, and no clock lifts it before
remember 0 $day flooder $((2 * day))
poll 86399 flooder
is "a second before the day ends" "too-big,0,100" "$(result flooder)"
poll 86400 flooder
is "the next day all are free again" "ok,100,0" "$(result flooder)"
remember 0 $day flooder $((2 * day))
poll -5000 flooder
is "a clock set back" "too-big,0,100" "$(result flooder)"
poll 0 flooder
is "... and forth: the day goes on" "too-big,0,100" "$(result flooder)"
# Without --now no clock of the day counts: the boot's does.
forget
mon-scrape --self sys-monitor --take - <<<flooder >/dev/null
read -r up _ </proc/uptime
read -r _ start _ <"$state/scrape-history"
ok "without --now: the time since the boot ($start, $up)" [ "$start" -le "${up%.*}" -a "$start" -ge $((${up%.*} - 600)) ]

# --- boots: 300 alerts of 250 bytes, a new disposable, all 40 qubes at once
forget
for i in $(seq 0 9); do
	for j in $(seq 32); do n=$((i * 32 + j)); [ $n -gt 300 ] || printf 'alert: Aug 31 12:00:09 boot: %04d %0220d\n' $n 7; done >"$FAKE_QUBES/boot$((i + 1))"
done
for q in $(seq 10 49); do
	qube "q$q" "print=${SYS}" $(for i in $(seq 10); do echo "$i:answer=boot$i"; done)
done
: >told
for i in $(seq 0 9); do # of twelve in two minutes: then all have come
	poll $((10 * i)) $(seq -f q%g 10 49)
	[ "$code" = 0 ] || echo "poll $i: $code $err" >>told
	mon-split --dir M --no-sync <"$work/.out"
done
is "40 boots with 300 alerts of 250 bytes each: all filed within two minutes" "12000 400" \
	"$(($(cat M/*/alerts.csv | wc -l) - 1)) $(($(cat M/*/system.csv | wc -l) - 1))"
is "... nobody is told of" "" "$(cat told)"

# --- kills
forget
qube hung hang
mon-scrape --self sys-monitor --timeout 60 --deadline 60 --now "$(stamp 0)" - < <(printf '%s\n' flooder hung) >part 2>/dev/null &
for _ in $(seq 500); do grep -qs " flooder scrape: " part && break; sleep 0.02; done
kill -TERM $!
wait $!
is "a run that was ended: exit code" 1 "$?"
is "... what it had filed by then counts" "$(grep ' flooder custom' part | wc -c)" "$(filed flooder)"

# --- the setting
forget
run mon-scrape --quota 150 --peek --now "$(stamp 0)" honest
is "--quota: a small one holds for a person, too" "3 too-big,2,1" "$code $(result honest)"
like "... told with its size" 'honest: sent more than the 150 B that a qube may' "$err"
MON_QUOTA=150 run mon-scrape --peek --now "$(stamp 0)" honest
is "MON_QUOTA" "3 too-big,2,1" "$code $(result honest)"
MON_QUOTA=150 run mon-scrape --quota 1K --peek --now "$(stamp 0)" honest
is "the option goes before it; K is 1024" "0 ok,3,0" "$code $(result honest)"
MON_QUOTA='' run mon-scrape --peek --now "$(stamp 0)" honest
is "an empty one is the default" "0 ok,3,0" "$code $(result honest)"
run mon-scrape --local --quota 1 --self here
like "--local" '^too-big,0,[0-9]+$' "$(result here)"
run mon-scrape --dir /nonexistent/a/b --now "$(stamp 0)" honest
is "--dir: a folder that is not there yet is on the volume above" "0 ok,2,0" "$code $(result honest)"
run env -u HOME mon-scrape --now "$(stamp 0)" honest
is "no folder at all: the volume has room" "0 ok,2,0" "$code $(result honest)"
default=$((day >> 20))M
is "--help is at most 80 columns wide" "" "$(mon-scrape --help | awk 'length > 80')"
like "the default of --help is that of caps.h" "MON_QUOTA, or $default\]" "$(mon-scrape --help)"
like "that of the settings" "^#MON_QUOTA=$default\$" "$(mon-settings --example)"
like "that of the formula" "'quota': '$default'," "$(cat "$MON_SRC/salt/qubes/monitor/sys-monitor/map.jinja")"
for wrong in 0 x 1T -1 '' 1.5M; do
	run mon-scrape --quota "$wrong" honest
	is "--quota '$wrong': exit code" 2 "$code"
	like "--quota '$wrong': said" "^mon-scrape: --quota '$wrong' is wrong: it must be a size like" "$err"
done
MON_QUOTA=many run mon-scrape honest
like "wrong MON_QUOTA: names it" "^mon-scrape: MON_QUOTA 'many' in the environment does not count: it must be a size" "$err"
finish
