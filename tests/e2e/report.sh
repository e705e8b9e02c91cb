# mon-report: what happened, in figures that an oracle confirms, and in words.
. "$(dirname "$0")/lib.sh"
need python3
D=2025-08-31 NOW=2025-09-02T00:00:00Z
report() { run mon-report --dir M --now $NOW "$@"; }

# A day of three qubes, every ten seconds from 08:00 to 12:00; half an hour is missing.
python3 - <<'P' | mon-split --no-sync --dir M
import random
r = random.Random(5)
used, rx = 100, 10**6
for t in range(8 * 3600, 12 * 3600, 10):
    if 10 * 3600 <= t < 10 * 3600 + 1800:
        continue
    ts = f"2025-08-31T{t//3600:02}:{t//60%60:02}:{t%60:02}Z"
    for vm in ("work", "sys-net", "quiet"):
        ok = not (vm == "quiet" and 9 * 3600 <= t < 9 * 3600 + 600)
        print(f"{ts} {vm} scrape: {'ok' if ok else 'timeout'},41,1183,13,0")
        if not ok:
            continue
        idle = 100 - (97.5 if vm == "work" and 9 * 3600 <= t < 9 * 3600 + 420 else r.randrange(0, 200) / 10)
        free = 40000 if vm == "quiet" and t == 11 * 3600 else r.randrange(200000, 300000)
        print(f"{ts} {vm} sys: 1.0,1.0,{idle},0.3,0.2,0.2,1000000,421234,{free},0,0,1,0")
        print(f"{ts} {vm} cpu: 4,{(100 - idle) / 25:.2f},0.0,0.0")
    if t == 11 * 3600:
        rx = 0  # the interface came anew
    rx += r.randrange(0, 100000)
    print(f"{ts} sys-net net: ens6,{rx},0,0,{rx // 3},0,0")
    print(f"{ts} sys-net net: vif1.0,{rx},0,0,{rx},0,0")
    print(f"{ts} sys-net net: lo,{rx},0,0,{rx},0,0")
    used = min(960, used + (2 if t < 11 * 3600 else 0))
    print(f"{ts} work disk: /dev/xvdb,/rw,1000,{used},{1000 - used},{-(-used // 10)}%")
    print(f"{ts} work disk: /dev/xvdd,/usr/lib/modules,1000,1000,0,100%")
print("2025-08-31T09:59:41Z work alert: Aug 31 09:59:40 kernel: the last word before the gap")
print("2025-08-31T11:00:01Z work alert: Aug 31 11:00:00 kernel: gr\u00fcn \u65e5\u672c end")
print("2025-08-31T09:05:00Z work alert: !cpu-hot FIRING cpu=97.5 limit=90 for=5m since=2025-08-31T09:00:00Z")
print("2025-08-31T09:07:00Z work alert: !cpu-hot RESOLVED after=7m max=97.5")
P

report $D
is "a day: exit 0" 0 "$code"
like "its name, and the zone" '^Sunday, 31 August 2025, times in UTC$' "$out"
like "how many qubes, polls, answers" "^3 qubes, 1,260 polls, 98.41 % answered\$" "$out"
like "a rule" '09:00–09:07  The rule cpu-hot fired on work: cpu=97.5; over after 7 min' "$out"
like "a gap" '09:59–10:30  Nothing was recorded for 30 min' "$out"
like "who did not answer, and why" '09:00–09:09  quiet did not answer: 60 polls; scrape.csv says timeout' "$out"
like "a disk that filled" '/rw of work went from 11 to 96 %: since then above 90 %' "$out"
like "memory" '11:00 .*quiet had 39 MiB of memory left' "$out"
like "the hottest" '09:0[0-9]–09:0[0-9]  work kept its CPUs 9[78] % busy' "$out"
like "... of how many" 'work kept .* busy: the hottest five minutes of these 3 qubes$' "$out"
unlike "an image that is always full is no news" 'modules' "$out"
is "one screen: nothing sample by sample that nobody asked for" 0 "$(grep -c 'a column for ten' <<<"$out")"
ok "nothing is wider than the screen" test "$(awk '{ gsub(/[^ -~]+/, "x"); if (length > w) w = length } END { print w }' <<<"$out")" -le 110

# Every figure of the table, by SQL.
if have sqlite3; then
	mon-export sql <<<"$(mon-cat --dir M $D)" | sqlite3 db
	row() { grep "^$1 " <<<"$out" | head -n 1; }
	for vm in work sys-net quiet; do
		sql=$(sqlite3 db "SELECT printf('%.0f %%', avg(100 - cpu_idle)) FROM system WHERE vm = '$vm';
			WITH s AS (SELECT unixepoch(ts) t, 100 - cpu_idle c FROM system WHERE vm = '$vm'),
			w AS (SELECT avg(c) OVER five mean, t - min(t) OVER five covered FROM s
				WINDOW five AS (ORDER BY t RANGE BETWEEN 299 PRECEDING AND CURRENT ROW))
			SELECT printf('%.0f %%', max(mean)) FROM w WHERE covered >= 240;
			SELECT CASE WHEN min(mem_avail_kb) * 1.0 / 1024 < 9.95 THEN printf('%.1f MiB', min(mem_avail_kb) / 1024.0)
				ELSE printf('%.0f MiB', min(mem_avail_kb) / 1024.0) END FROM system WHERE vm = '$vm';" | xargs -d '\n')
		read -r mean _ five _ free unit <<<"$sql"
		like "$vm: mean, hottest five minutes, least free, as sqlite says: $sql" \
			" $mean % +$five % +[0-9:]+ +$free $unit " "$(row $vm)"
	done
	rx=$(sqlite3 db "WITH d AS (SELECT rx_bytes now, lag(rx_bytes) OVER (ORDER BY ts) last, tx_bytes tnow,
		lag(tx_bytes) OVER (ORDER BY ts) tlast FROM network WHERE \"if\" = 'ens6')
		SELECT printf('%.0f', sum(CASE WHEN now >= last THEN now - last ELSE now END
			+ CASE WHEN tnow >= tlast THEN tnow - tlast ELSE tnow END) / 1048576.0) FROM d WHERE last IS NOT NULL")
	like "sys-net: traffic, over a counter that began anew: $rx MiB" " $rx MiB " "$(row sys-net)"
fi

# Options.
report --ascii $D
is "--ascii" 0 "$(LC_ALL=C grep -c '[^ -~]' <<<"$out")"
report --ascii --around 11:00 $D
is "--ascii: nor in what a guest wrote" "0 kernel: gr?n ?? end" "$(LC_ALL=C grep -c '[^ -~]' <<<"$out") $(grep -o 'kernel: gr.*' <<<"$out")"
report --vm 'w*' $D
is "--vm" "1 qube" "$(sed -n '2s/,.*//p' <<<"$out")"
report --from 09:00 --to 09:10 $D
like "--from, --to: minutes of the named day" ', 60 polls,' "$out"
report --from 09:00 --to 10:00 $D
like "an hour has marks at its quarters" '^QUBE +09:00 +09:15 +09:30 +09:45 ' "$out"
report --from 08:30 --to 12:30 --html $D
is "four hours have a mark an hour" "09 10 11 12" "$(grep -o '<div class="hours">.*' <<<"$out" | head -n 1 | grep -oE '>[0-9:]+<' | tr -d '><' | xargs)"
report --around 11:00 $D
like "--around" '^From 10:55:00 to 11:05:00, a column for ten seconds$' "$out"
report --around 09:58 $D
like "--around: the last alert before the recording ended" '09:59:41 work Aug 31 09:59:40 kernel: the last word before the gap' "$out"
TZ=Europe/Berlin report $D
like "local time" 'times in CEST' "$out"
like "local time: the gap" '11:59–12:30  Nothing' "$out"
TZ=Europe/Berlin report --utc $D
like "--utc" '09:59–10:30  Nothing' "$out"
report --vm work $D
like "one qube alone is compared with no other" 'work kept its CPUs 9[78] % busy$' "$out"

# Several days, a line each.
printf '%s\n' "2025-09-01T12:00:00Z sys-net net: ens6,500,0,0,100,0,0" "2025-09-01T12:00:10Z sys-net net: ens6,2500,0,0,1124,0,0" \
	"2025-09-01T12:00:00Z sys-net scrape: ok,1,1,1,0" "2025-09-01T12:00:10Z sys-net scrape: ok,1,1,1,0" | mon-split --dir M
report --vm sys-net --from $D
is "a line a day" "DAY $D 2025-09-01" "$(cut -d' ' -f1 <<<"$out" | xargs)"
like "traffic by day" '^2025-09-01 .* 2.0 KiB  1.0 KiB      0$' "$out"
report $D 2025-09-01
is "days that are named" 3 "$(wc -l <<<"$out")"

# An archive, a folder.
tar czf day.tgz -C M $D
report day.tgz
like "an archive" 'Sunday, 31 August 2025' "$out"
report M/$D
like "a folder" 'Sunday, 31 August 2025' "$out"

# The page.
report --html $D
printf '%s\n' "$out" >page.html
is "--html: exit 0" 0 "$code"
like "its policy" "default-src 'none'; style-src 'unsafe-inline'" "$out"
unlike "no script, nothing from elsewhere" '<script|<img|<link|@import|url\(h|https?:' "$(sed 's/url(#none)//g' <<<"$out")"
like "gaps are hatched" 'class="none"[^>]*><title>nothing recorded, 09:59–10:30' "$out"
like "the day ends at 24:00" '<title>nothing recorded, 11:59–24:00' "$out"
like "ten minutes before the end of the recording" 'Ten minutes before the recording ended at 09:59:50' "$out"
like "the last alert before it" 'the last word before the gap' "$out"
like "a rule on the axis" 'class="on"[^>]*><title>cpu-hot on work' "$out"
ok "it is small" test "$(wc -c <page.html)" -lt 100000
# Pages are XML, too.  What a browser says to them, and to hostile names and texts: report-page.sh.

# Odd days, in both forms.  odd WHAT DAY TEXT HTML: what the text and the page must have; now: the time.
odd() {
	run mon-report --dir odd --now "${now:-2025-12-01T00:00:00Z}" "$2"
	is "$1: exit 0, no word" "0 " "$code $err"
	like "$1: $3" "$3" "$out"
	text=$out
	run mon-report --dir odd --now "${now:-2025-12-01T00:00:00Z}" --html "$2"
	is "$1, the page: exit 0, no word" "0 " "$code $err"
	like "$1, the page: $4" "$4" "$out"
	unlike "$1: no figure that is none" '[^a-z-](nan|inf)[^a-z]' "$text$out"
	cp .out "odd/$2.html"
}
sys() { sed 's/$/ a sys: 50.0,0.0,50.0,0,0,0,9,1,8,0,0,1,0/'; }
# times: of seconds of 2025-08-05, a line each, make stamps
times() { awk '{ printf "2025-08-05T%02d:%02d:%02dZ\n", $1 / 3600, $1 / 60 % 60, $1 % 60 }'; }
mkdir -p odd/2025-08-01
odd "an empty day" 2025-08-01 '^No answer was recorded' 'No answer was recorded'
echo "2025-08-02T00:00:00Z" | sys | mon-split --dir odd
odd "one row" 2025-08-02 '^1 qube, 1 poll$' '1 qube · 1 poll ·'
for ((i = 0; i < 144; i++)); do printf '2025-08-04T%02d:%02d:00Z\n' $((i / 6)) $((i % 6 * 10)); done | sys | mon-split --no-sync --dir odd
odd "flat" 2025-08-04 '^a +(▄)+  50 %' 'up to 1.0</span>'
like "flat: one step up, and one down" '<path class="mean" d="M0 38v-19h716v19Z"/>' "$out"
export TZ=Europe/Berlin
printf '%s\n' 2025-03-29T23:00:10Z 2025-03-30T00:59:50Z 2025-03-30T01:00:00Z 2025-03-30T21:59:50Z | sys | mon-split --dir odd
odd "a day of 23 hours" 2025-03-30 'QUBE +00 +03 +06 +09 +12 +15 +18 +21 ' '>03</s>.*>24</s>'
like "a day of 23 hours: three o'clock is two hours from its begin" 'left:8.70%">03<' "$out"
printf '%s\n' 2025-10-25T22:00:10Z 2025-10-26T00:30:00Z 2025-10-26T01:30:00Z 2025-10-26T22:59:50Z | sys | mon-split --dir odd
odd "a day of 25 hours" 2025-10-26 '^1 qube, 4 polls$' '>24</s>'
is "a day of 25 hours: its hours" "00 03 06 09 12 15 18 21 24" "$(grep -o '<div class="hours">.*' <<<"$out" | head -n 1 | grep -o '>[0-9][0-9]<' | tr -d '><' | xargs)"
export TZ=UTC
{ seq 36000 10 37790; seq 37200 10 38990; } | times | sys | mon-split --no-sync --dir odd
odd "a clock that was set back" 2025-08-05 '^1 qube, 300 polls$' '1 qube · 300 polls'
echo "2025-08-03T10:00:00Z a scrape: ok,1,1,1,0" | mon-split --dir odd
printf '2025-08-03T10:00:10Z,a,o' >>odd/2025-08-03/scrape.csv
now=2025-08-03T10:00:20Z odd "a torn last line is being written" 2025-08-03 '^1 qube, 1 poll,' '1 qube · 1 poll ·'
unlike "the rest of a day that goes on is no gap" 'nothing recorded, 10:00' "$out"
for ((i = 0; i < 600; i++)); do
	ts=2025-08-06T10:0$((i / 200)):00Z
	printf "$ts q%03d sys: 1.0,1.0,50.0,1,1,1,9,1,8,0,0,1,0\n" $((i % 200))
done | mon-split --no-sync --dir odd
odd "200 qubes" 2025-08-06 '^200 qubes, 3 polls$' '200 qubes · 3 polls'
is "200 qubes: a row each" 200 "$(grep -c '^q[0-9]' <<<"$text")"

# A rule that fires when the recording ends, at the end of a day, and now.  dom0 is no qube.
cat >lines <<'L'
2025-08-07T10:00:00Z a alert: !hot FIRING cpu=91 limit=90 since=2025-08-07T10:00:00Z
2025-08-07T10:00:00Z dom0 xen: 1000,4000000
2025-08-07T10:01:00Z dom0 xen: 31000,4000000
L
for ((i = 0; i < 12; i++)); do printf '2025-08-07T10:%02d:00Z a scrape: ok,1,1,1,0\n' $i; done >>lines
mon-split --dir odd <lines
odd "a rule that fires when the recording ends, and dom0" 2025-08-07 '^  10:00–10:11  The rule hot fired on a: cpu=91; it still did when the recording ended' '1 qube and dom0 · 12 polls'
now=2025-08-07T10:11:30Z odd "a rule that fires now" 2025-08-07 '^  10:00–10:11  The rule hot .*; it still does$' 'it still does<'
sed 's/07T10:/08T23:/g' lines | sed 's/:0\([0-9]\):00Z a scrape/:5\1:00Z a scrape/' | mon-split --dir odd
odd "a rule that fires at midnight" 2025-08-08 '^  23:00–24:00  The rule hot .*; it still did at the end$' 'it still did at the end<'
# Two disks of a qube on one rule, and a rule that fires over a whole day in which it says nothing.
cat >lines <<'L'
2025-08-10T10:00:10Z a alert: !old FIRING cpu=91 limit=90 since=2025-08-10T10:00:00Z
2025-08-10T11:00:10Z a alert: !old RESOLVED after=1h max=99
2025-08-10T22:00:10Z a alert: !hot FIRING cpu=91 limit=90 since=2025-08-10T22:00:00Z
2025-08-10T23:00:10Z b alert: !full FIRING mount=/rw pct_used=91% limit=90% since=2025-08-10T23:00:00Z
2025-08-10T23:10:00Z b alert: !full FIRING mount=/ pct_used=91% limit=90% since=2025-08-10T23:10:00Z
2025-08-11T09:00:00Z b alert: !full RESOLVED mount=/ after=9h50m max=95
2025-08-13T09:00:00Z a alert: !hot RESOLVED after=2d11h max=95
L
for day in 11 12 13; do
	for ((i = 0; i < 24; i++)); do printf '2025-08-%sT%02d:00:00Z a scrape: ok,1,1,1,0\n' $day $i; done
done >>lines
mon-split --no-sync --dir odd <lines
odd "a rule of the day before: it still fires" 2025-08-11 '^ +The rule hot fired on a: cpu=91; since 2 h 00 min before; it still did at the end$' 'since 2 h'
like "of two disks the other one is over" '^  00:00–09:00  The rule full fired on b: mount=/; over after 9 h 50 min$' "$text"
like "... and the first one is not" '^ +The rule full fired on b: mount=/rw; since 60 min before; it still did at the end$' "$text"
unlike "what was over before is not of this day" 'rule old' "$text"
is "what fired before and never ended is told once" 1 "$(grep -c 'rule hot' <<<"$text")"
odd "a rule that says nothing on a day" 2025-08-12 '^ +The rule hot fired on a: cpu=91; since 26 h 00 min before; it still did at the end$' 'since 26 h'
odd "... and then is over" 2025-08-13 '^  00:00–09:00  The rule hot fired on a: cpu=91; over after' 'over after'
run mon-report --dir odd --vm b 2025-08-12
unlike "--vm: no rules of other qubes" 'rule hot' "$out"
# A time without a day is of the days that it touches, not of their neighbours.
run mon-report --dir odd --from 2025-08-12 --to 2025-08-12
like "--from and --to of one day: its report" '^Tuesday, 12 August 2025' "$out"
run mon-report --html --dir odd --from '2025-08-12 14:00' --to '2025-08-12 15:00'
is "... also as a page" 0 "$code"
run mon-report --dir odd --from 2025-08-11 --to 2025-08-12
is "of two days: two lines" "2025-08-11 2025-08-12" "$(awk '/^2025/ { print $1 }' <<<"$out" | xargs)"
echo junk >junk.txt
report junk.txt
is "what could not be read has no report" "1/" "$code/$out"
run mon-report --dir odd --vm nosuch 2025-08-12
like "--vm of nobody: no claim about the others" '^No answer was recorded' "$out"
run env TZ=Europe/Berlin mon-report --dir odd 2025-08-12
like "one zone" ', times in CEST$' "$out"
echo '2025-10-26T00:00:00Z a scrape: ok,1,1,1,0' | TZ=Europe/Berlin mon-split --dir odd
run env TZ=Europe/Berlin mon-report --dir odd 2025-10-26
like "a day whose clock is changed: both zones" ', times in CEST, then CET$' "$out"
run env TZ=Nonsense/Zone mon-report --dir odd 2025-08-12
like "a zone that is none: said" "there is no time zone 'Nonsense/Zone'" "$err"
run bash -c "mon-report --html --dir odd 2025-08-12; mon-report --html --dir odd 2025-08-12 | { head -c 1 >/dev/null; }"
is "a reader that has enough is no error" "" "$err"
is "all these pages are well-formed" "" "$(python3 -c 'import sys, xml.etree.ElementTree as x
for p in sys.argv[1:]: x.parse(p)' odd/*.html page.html 2>&1)"

# Bad input.
report 2024-01-01
is "an unknown day: 1" 1 "$code"
like "an unknown day: said" "there is no record of 2024-01-01" "$err"
run mon-report --dir nowhere --now $NOW
is "no record yet: 1" 1 "$code"
head -c 1000 day.tgz >cut.tgz
report cut.tgz
is "a damaged archive: 1" 1 "$code"
sed -i '2i rubbish' M/$D/system.csv
echo rubbish >>M/$D/system.csv
report --around 11:59 $D
is "lines that are no rows: 3, and counted once" "3 mon-report: $D/system.csv: skipped 2 lines that are no rows; the first is line 2" "$code $err"
report --html --from $D
is "--html of several days: 2" 2 "$code"
for wrong in "--from x" "--around x" "--from 12:00 --to 11:00 $D" "--vm" "--html --ascii $D"; do
	# shellcheck disable=SC2086 # one word an argument
	report $wrong
	is "wrong usage '$wrong': 2" 2 "$code"
done
finish
