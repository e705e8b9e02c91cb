# mon-report: what happened, in figures that an oracle confirms, and in words.
. "$(dirname "$0")/lib.sh"
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
print("2025-08-31T09:05:00Z work alert: !cpu-hot FIRING cpu=97.5 limit=90 for=5m since=2025-08-31T09:00:00Z")
print("2025-08-31T09:07:00Z work alert: !cpu-hot RESOLVED after=7m max=97.5")
P

report $D
is "a day: exit 0" 0 "$code"
like "its name, and the zone" '^Sunday, 31 August 2025, times in UTC$' "$out"
like "how many qubes, polls, answers" "^3 qubes, 1,260 polls, 98.41 % answered\$" "$out"
like "a rule" '09:00–09:07  The rule cpu-hot fired on work: cpu=97.5; over after 7 min' "$out"
like "a gap" '09:59–10:30  Nothing was recorded for 30 min' "$out"
like "who did not answer" '09:00–09:09  quiet did not answer: 60 polls' "$out"
like "a disk that filled" '/rw of work went from 11 to 96 %: since then above 90 %' "$out"
like "memory" '11:00 .*quiet had 39 MiB of memory left' "$out"
like "the hottest" '09:0[0-9]–09:0[0-9]  work kept its CPUs 9[78] % busy' "$out"
unlike "an image that is always full is no news" 'modules' "$out"
like "the minutes before the end of the recording" '^From 09:49:51 to 09:59:51, a column for ten seconds$' "$out"
like "the last alert before it" '09:59:41 work Aug 31 09:59:40 kernel: the last word before the gap' "$out"
ok "nothing is wider than the screen" test "$(awk '{ gsub(/[^ -~]+/, "x"); if (length > w) w = length } END { print w }' <<<"$out")" -le 110

# Every figure of the table, by SQL.
if command -v sqlite3 >/dev/null; then
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
report --vm 'w*' $D
is "--vm" "1 qube" "$(sed -n '2s/,.*//p' <<<"$out")"
report --from 09:00 --to 09:10 $D
like "--from, --to: an hour of the named day" ', 60 polls,' "$out"
report --around 11:00 $D
like "--around" '^From 10:55:00 to 11:05:00' "$out"
TZ=Europe/Berlin report $D
like "local time" 'times in CEST' "$out"
like "local time: the gap" '11:59–12:30  Nothing' "$out"
TZ=Europe/Berlin report --utc $D
like "--utc" '09:59–10:30  Nothing' "$out"

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
like "a rule on the axis" 'class="on"[^>]*><title>cpu-hot on work' "$out"
ok "it is small" test "$(wc -c <page.html)" -lt 100000
if command -v xmllint >/dev/null; then
	ok "it is well-formed" xmllint --html --noout page.html
fi
python3 - page.html <<'P' >tags
import sys
from html.parser import HTMLParser
void = {"meta", "br"}
class P(HTMLParser):
    open = []
    def handle_starttag(self, tag, attrs):
        if tag not in void: self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())
p = P(); p.feed(open(sys.argv[1]).read()); assert not p.open, p.open
print("balanced")
P
is "every tag is closed" balanced "$(cat tags)"

# Hostile names and texts stay in their place.
printf '%s\n' "$D"'T09:00:00Z evil scrape: ok,1,1,1,0' "$D"'T09:00:00Z evil alert: </span><script>alert(1)</script>"onload=x' \
	"$D"'T09:00:00Z evil disk: /dev/x,/<svg/onload=alert(1)><script>,1,1,0,100%' "$D"'T09:00:00Z evil sys: 1.0,1.0,0.0,0.3,0.2,0.2,1,1,0,0,0,1,0' \
	"$D"'T09:00:00Z evil alert: !</title><script> FIRING <script> since=x' | mon-split --dir H
run mon-report --dir H --now $NOW --html $D
unlike "no tag of a guest's" '<(script|svg/)' "$out"
like "it is text" '&lt;script&gt;' "$out"

# Odd days.
mkdir -p odd/2025-08-01
run mon-report --dir odd --now $NOW 2025-08-01
like "an empty day" 'Nothing was recorded' "$out"
run mon-report --dir odd --now $NOW --html 2025-08-01
like "an empty page" 'Nothing was recorded' "$out"
echo "2025-08-02T00:00:00Z a sys: 0.0,0.0,100.0,0,0,0,1,1,1,0,0,1,0" | mon-split --dir odd
for form in "" --html; do
	# shellcheck disable=SC2086 # an option, or none
	run mon-report --dir odd --now $NOW $form 2025-08-02
	is "one row $form: exit 0" "0 " "$code $err"
done
printf '%s\n' 2025-10-25T22:00:10Z 2025-10-26T00:30:00Z 2025-10-26T01:30:00Z 2025-10-26T22:59:50Z |
	sed 's/$/ a sys: 50.0,0.0,50.0,0,0,0,1,1,1,0,0,1,0/' | TZ=Europe/Berlin mon-split --dir odd
TZ=Europe/Berlin run mon-report --dir odd --now 2025-12-01T00:00:00Z --html 2025-10-26
is "a day of 25 hours: its hours" "00 03 06 09 12 15 18 21 24" "$(grep -o '<div class="hours">.*' <<<"$out" | head -n 1 | grep -o '>[0-9][0-9]<' | tr -d '><' | xargs)"
echo "2025-08-03T10:00:00Z a scrape: ok,1,1,1,0" | mon-split --dir odd
printf '2025-08-03T10:00:10Z,a,o' >>odd/2025-08-03/scrape.csv
run mon-report --dir odd --now 2025-08-03T10:00:20Z 2025-08-03
is "a torn last line is being written: no word" "0 " "$code $err"
unlike "the rest of a day that goes on is no gap" '10:00–24|10:00–00' "$out"

# Bad input.
report 2024-01-01
is "an unknown day: 1" 1 "$code"
like "an unknown day: said" "there is no record of 2024-01-01" "$err"
run mon-report --dir nowhere --now $NOW
is "no record yet: 1" 1 "$code"
head -c 1000 day.tgz >cut.tgz
report cut.tgz
is "a damaged archive: 1" 1 "$code"
echo rubbish >>M/$D/system.csv
report $D
is "a line that is no row: 3" 3 "$code"
report --html --from $D
is "--html of several days: 2" 2 "$code"
for wrong in "--from x" "--around x" "--from 12:00 --to 11:00 $D" "--vm"; do
	# shellcheck disable=SC2086 # one word an argument
	report $wrong
	is "wrong usage '$wrong': 2" 2 "$code"
done
finish
