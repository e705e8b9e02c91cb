# mon-scrape: each qube has at most its quota filed, and none pays for another.
. "$(dirname "$0")/lib.sh"
caps() { sed -n "s/^#define $1 *\([0-9]*\) .*/\1/p" "$MON_SRC/lib/pure/caps.h"; }
first=$(caps MON_QUOTA_FIRST) day=$(caps MON_QUOTA_DAY) burst=$(caps MON_QUOTA_BURST)
ok "the caps are found" [ "$first" -gt 0 -a "$day" -gt "$burst" -a "$burst" -gt "$first" ]
stamp() { date -u -d "2025-08-31 12:00:00 UTC + $1 seconds" +%Y-%m-%dT%H:%M:%SZ; }
# result QUBE: its last result, lines and rejected, from the output of run
result() { sed -n "s/^[^ ]* $1 scrape: \([a-z-]*\),[0-9]*,[0-9]*,/\1,/p" "$work/.out"; }
# filed QUBE: the bytes of its rows in all files but scrape.csv, which is ours
filed() { awk -F, -v q="$1" '$2 == q && FILENAME !~ /scrape.csv$/ { n += length($0) + 1 } END { print n + 0 }' M/*/*.csv; }
rows() { awk -F, -v q="$2" '$2 == q' M/*/"$1" | wc -l; }
SYS='sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\n'
for i in $(seq 64); do printf 'custom: c%d%0240d,1\n' "$i" 7; done >"$FAKE_QUBES/custom"
for i in $(seq 64); do printf 'net: n%d%0300d,1,0,0,1,0,0\n' "$i" 7; done >"$FAKE_QUBES/net"
cat "$FAKE_QUBES/custom" "$FAKE_QUBES/net" >"$FAKE_QUBES/big"
for i in $(seq 32); do printf 'alert: Aug 31 12:00:09 chatty: %0400d\n' "$i"; done >"$FAKE_QUBES/alerts"
qube flooder answer=big
qube chatty "print=${SYS}conn: 12,4\n" answer=alerts
qube honest "print=${SYS}conn: 12,4\n" 'print=alert: Aug 31 12:00:09 a: one\n'
poll() { # SECONDS NAME...: as the poll unit does, but of these qubes
	local now
	now=$(stamp "$1")
	shift
	run mon-scrape --self sys-monitor --now "$now" "${options[@]}" - < <(printf '%s\n' "$@")
}
forget() { rm -rf "$XDG_RUNTIME_DIR/sys-monitor"; }
options=()

# --- sixteen minutes: a hundred polls
: >told
for i in $(seq 0 99); do
	poll $((10 * i)) flooder chatty honest
	cat "$work/.err" >>told
	mon-split --dir M --no-sync <"$work/.out" || echo "poll $i: mon-split $?" >>told
done
bound=$((first + 990 * day / 86400))
n=$(filed flooder)
ok "a flooder has no more filed than its quota ($n of $bound, it sent $((100 * $(wc -c <"$FAKE_QUBES/big"))))" [ "$n" -le "$bound" ]
ok "... and not much less: the quota is there to be used" [ "$n" -gt $((bound * 3 / 4)) ]
n=$(filed chatty)
ok "a chatty one has not either ($n)" [ "$n" -le "$bound" ]
is "... but it keeps its figures in each poll" "100 100" "$(rows system.csv chatty) $(rows connections.csv chatty)"
ok "... and as many alerts as go" [ "$(rows alerts.csv chatty)" -gt 100 ]
is "the honest one has all of its rows" "100 100 100" "$(rows system.csv honest) $(rows connections.csv honest) $(rows alerts.csv honest)"
is "... and nothing but ok" "100 ok,0" "$(awk -F, '$2 == "honest" { print $3 "," $7 }' M/*/scrape.csv | sort | uniq -c | xargs)"
is "the flooder is too-big from the first poll on" "100 too-big" "$(awk -F, '$2 == "flooder" { print $3 }' M/*/scrape.csv | sort | uniq -c | xargs)"
is "... its lines that were dropped are counted" 12800 "$(awk -F, '$2 == "flooder" { n += $6 + $7 } END { print n }' M/*/scrape.csv)"
is "it is told once" 1 "$(grep -c flooder: told)"
like "... which qube, how much, and what to do" \
	"^mon-scrape: flooder: has used up its quota of $day bytes a day, [0-9]+ lines are dropped; see what it sends \(mon-scrape flooder\), then raise MON_QUOTA or exclude it$" "$(grep flooder told)"
is "nothing is told of the honest one" "" "$(grep -e honest -e mon-split told)"
is "the exit code is that of dropped lines" 3 "$code"

# --- a person who asks sees all of it
run mon-scrape --now "$(stamp 990)" flooder
is "named by hand: nothing is held back" "0 ok,128,0" "$code $(result flooder)"
run env -u XDG_RUNTIME_DIR mon-scrape --now "$(stamp 990)" - <<<flooder
is "nothing is remembered: neither" "0 ok,128,0" "$code $(result flooder)"
run mon-scrape --local --self here --now "$(stamp 990)"
like "--local: neither" '^ok,[0-9]+,0$' "$(result here)"

# --- what is new, what is known, and what was spared
qube late answer=big
poll 1000 late
like "a new name has a small credit" '^too-big,[0-9]+,[0-9]+$' "$(result late)"
ok "... of $first bytes" [ "$(grep -v scrape: "$work/.out" | wc -c)" -le "$first" ]
qube quiet "print=conn: 12,4\n"
poll 2000 quiet
qube quiet answer=big
poll $((2000 + 5400)) quiet
is "an hour and a half later it is a full bucket" "0 ok,128,0" "$code $(result quiet)"
poll 86400 quiet late flooder
is "the next day all are free again" "0 3" "$code $(grep -c 'scrape: ok,' "$work/.out")"

# --- clocks, restarts, kills
forget
poll 0 flooder
poll 100000 flooder
sent=$(wc -c <"$work/.out")
for i in $(seq 30); do poll 100000 flooder; done
poll 5000 flooder
is "a clock set back gives nothing" "too-big,0,128" "$(result flooder)"
poll 5060 flooder
ok "... and takes nothing away for ever" [ "$(grep -vc scrape: "$work/.out")" -gt 0 ]
ok "... (the answer was one)" [ "$sent" -gt 10000 ]
forget
qube hung hang
mon-scrape --self sys-monitor --timeout 60 --deadline 60 --now "$(stamp 0)" - < <(printf '%s\n' flooder hung) >part 2>/dev/null &
for _ in $(seq 500); do grep -qs " flooder scrape: " part && break; sleep 0.02; done
kill -TERM $!
wait $!
is "a run that was ended: exit code" 1 "$?"
poll 0 flooder
is "... what it had filed by then counts" "too-big,0,128" "$(result flooder)"

# --- the setting
forget
run mon-scrape --quota 150 --now "$(stamp 0)" honest
is "--quota: a small one is a small bucket" "3 too-big,2,1" "$code $(result honest)"
like "... told with its size" 'honest: has used up its quota of 150 bytes a day, 1 lines are dropped' "$err"
MON_QUOTA=150 run mon-scrape --now "$(stamp 0)" honest
is "MON_QUOTA" "3 too-big,2,1" "$code $(result honest)"
MON_QUOTA=150 run mon-scrape --quota 1K --now "$(stamp 0)" honest
is "the option goes before it; K is 1024" "0 ok,3,0" "$code $(result honest)"
MON_QUOTA='' run mon-scrape --now "$(stamp 0)" honest
is "an empty one is the default" "0 ok,3,0" "$code $(result honest)"
run mon-scrape --local --quota 1 --self here
like "--local: one bucket of it" '^too-big,0,[0-9]+$' "$(result here)"
forget
options=(--quota 1G)
poll 0 quiet
poll 100 quiet
for i in $(seq 101 110); do poll "$i" quiet; done
is "a large one is no limit for what an answer can hold" "0 ok,128,0" "$code $(result quiet)"
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
