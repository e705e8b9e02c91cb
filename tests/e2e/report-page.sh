# mon-report --html in the real Chromium: it asks for nothing, fits, and what a guest wrote is text.
# LOOK=FOLDER keeps the pictures there.
. "$(dirname "$0")/lib.sh"
need chromium python3
D=2025-08-31
export PYTHONDONTWRITEBYTECODE=1
page() { mon-report --dir "$1" --now 2025-09-02T00:00:00Z --html "${@:3}" $D >"pages/$2.html"; }
mkdir pages

# A day of 20 qubes, a poll each two minutes: incidents, two gaps, an end of recording, who is silent.
python3 - <<'P' | mon-split --no-sync --dir M
import random
r = random.Random(5)
names = "sys-net sys-firewall sys-usb sys-whonix work personal dev build media mail vault untrusted banking chat docs print disp1042 disp977 windows-11".split()
names.append("a-name-of-31-letters-is-the-end")
for s in range(0, 83400, 120):
    if 10800 <= s < 23760 or 46800 <= s < 48600:
        continue
    ts = f"2025-08-31T{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}Z"
    for i, vm in enumerate(names):
        if vm == "windows-11" or vm == "chat" and 39600 <= s < 40600:
            print(f"{ts} {vm} scrape: {'no-handler' if vm != 'chat' else 'timeout'},12,0,0,0")
            continue
        load = 97.0 if vm == "build" and 50400 <= s < 52800 else r.randrange(10, 150) / 10
        print(f"{ts} {vm} scrape: ok,41,1183,13,0")
        print(f"{ts} {vm} sys: 1.0,1.0,{100 - load:.1f},0.3,0.2,0.2,4000000,421234,{r.randrange(200000, 3000000)},0,0,1,0")
        print(f"{ts} {vm} cpu: 4,{load / 25:.2f},0.0,0.0")
        if s % 3600 == 0:
            used = 10 + s // 1000 if vm == "media" else 40 + i
            print(f"{ts} {vm} disk: /dev/xvdb,/rw,100000,{used * 1000},{(100 - used) * 1000},{used}%")
            print(f"{ts} {vm} net: eth0,{s * 999999},0,0,{s * 77777},0,0")
    if s % 1200 == 0:
        print(f"{ts} mail alert: Aug 31 kernel: " + "a text that is long enough for more than a line " * r.randrange(1, 6))
print("2025-08-31T14:05:00Z build alert: !cpu-hot FIRING cpu=97.5 limit=90 for=5m since=2025-08-31T14:00:00Z")
print("2025-08-31T14:41:00Z build alert: !cpu-hot RESOLVED after=41m max=97.5")
print("2025-08-31T22:00:00Z media alert: !rw-full FIRING disk.pct_used=90 mount=/rw limit=90 since=2025-08-31T22:00:00Z")
P
page M day

# What a guest may write: mounts and alerts; and what stands in a file that is not mon-split's.
cat >lines <<L
${D}T09:00:00Z evil scrape: ok,1,1,1,0
${D}T09:00:00Z evil sys: 1.0,1.0,0.0,0.3,0.2,0.2,1,1,0,0,0,1,0
${D}T09:00:00Z evil disk: /dev/x,/</svg><script>window.pwned=1</script><b/onclick=pwned()>,1,1,0,100%
${D}T09:00:00Z evil disk: /dev/y,/&lt;&#x22;&amp;amp;,1,1,0,99%
${D}T09:00:00Z evil alert: </span></title></style></svg><script>window.pwned=2</script>'onload='x&#39;&
${D}T09:00:00Z evil alert: $(printf 'left \342\200\256right\342\200\254 \342\201\246isolate \033[31mred')
${D}T09:00:00Z evil alert: <svg/onload=window.pwned=3><img/src=x/onerror=window.pwned=4>--></b>]]>
${D}T09:00:00Z evil alert: !</title><script>window.pwned=5</script> FIRING <script>window.pwned=6</script> since=x
L
mon-split --dir H <lines 2>/dev/null
printf '%s,evil,back\342\200\256wards\n' ${D}T09:00:00Z >>H/$D/alerts.csv
page H hostile 2>/dev/null

# Odd days: 200 qubes; nothing.
for ((i = 0; i < 600; i++)); do
	ts=${D}T10:0$((i / 200)):00Z
	printf "$ts q%03d scrape: ok,1,1,1,0\n$ts q%03d sys: 1.0,1.0,50.0,1,1,1,9,1,8,0,0,1,0\n" $((i % 200)) $((i % 200))
done | mon-split --no-sync --dir many
page many many
mkdir -p none/$D
page none none

python3 "$MON_SRC/tests/e2e/report-page.py" "$work/pages" pages/{day,hostile,many,none}.html >said
while read -r verdict what; do
	case $verdict in ok) pass "$what" ;; *) fail "$what" ;; esac
done <said
is "all pages were looked at" 4 "$(grep -c 'well-formed' said)"
like "a mount is text, as it is" '/</svg><script>window.pwned=1</script><b/onclick=pwned\(\)>' "$(cat pages/hostile.text)"
like "an alert is text" "</span></title></style></svg><script>window.pwned=2</script>'onload='x&#39;&" "$(cat pages/hostile.text)"
like "bidi and escapes are gone" 'left \?+right\?+ \?+isolate \?\[31mred' "$(cat pages/hostile.text)"
unlike "also out of a file that somebody else wrote" 'wards' "$(cat pages/hostile.text)"
like "a rule's words are text" 'The rule </title><script>window.pwned=5</script> fired on evil' "$(cat pages/hostile.text)"
is "200 qubes: a row each" 200 "$(grep -oE 'q[0-9]{3}' pages/many.text | sort -u | wc -l)"
like "nothing: said" 'No answer was recorded' "$(cat pages/none.text)"
ok "20 qubes are at most 250 KB" test "$(wc -c <pages/day.html)" -le 250000
[ -z "${LOOK-}" ] || { mkdir -p "$LOOK" && cp pages/*.png pages/*.html "$LOOK"; }
finish
