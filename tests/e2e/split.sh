# mon-split: rows whole or absent, in the day of their own stamp, header first and once.
. "$(dirname "$0")/lib.sh"
D=$work/Monitor
export MON_DIR=$D
line() { printf '%s work conn: %s\n' "$1" "$2"; }

# --- routing
printf '%s\n' '2025-08-31T12:00:10Z work sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0' \
	'2025-08-31T12:00:10Z work net: eth0,1234567,0,0,7654321,0,0' \
	'2025-08-31T12:00:10Z work conn: 12,4' \
	'2025-08-31T12:00:10Z work disk: /dev/xvdb,/rw,52428800,1000000,51428800,2%' \
	'2025-08-31T12:00:10Z work alert: Aug 31 12:00:09 kernel: NET: "eth0", link up' \
	'2025-08-31T12:00:10Z work state: Running' \
	'2025-08-31T12:00:10Z work scrape: ok,41,1183,13,0' \
	'2025-08-31T12:00:10Z work custom: nft_drops,42' >all
run mon-split <all
is "eight kinds: exit code" 0 "$code"
is "eight kinds: silent" "" "$out$err"
is "eight kinds: eight files" "alerts.csv connections.csv custom.csv disk.csv network.csv qubes.csv scrape.csv system.csv" \
	"$(cd "$D/2025-08-31" && echo *)"
is "a row" "2025-08-31T12:00:10Z,work,eth0,1234567,0,0,7654321,0,0" "$(tail -n 1 "$D/2025-08-31/network.csv")"
is "an alert loses commas, and quotes become '" "2025-08-31T12:00:10Z,work,Aug 31 12:00:09 kernel: NET: 'eth0' link up" \
	"$(tail -n 1 "$D/2025-08-31/alerts.csv")"
run mon-split <all
is "header once" "1" "$(grep -c '^ts,vm,' "$D/2025-08-31/system.csv")"
is "header first" "ts,vm,tcp_established,udp_sockets" "$(head -n 1 "$D/2025-08-31/connections.csv")"
is "files are for the owner only" "600 700" "$(stat -c %a "$D/2025-08-31/system.csv") $(stat -c %a "$D/2025-08-31")"
is "only whole rows in every file" "" "$(for f in "$D"/*/*.csv; do awk -F, -v f="$f" 'NR == 1 { n = NF } NF != n { print f, NR }' "$f"; done)"

# --- the day of a row
rm -rf "$D"
for t in 2025-03-29T22:59:59Z 2025-03-29T23:00:00Z 2025-03-30T21:59:59Z 2025-03-30T22:00:00Z \
	2025-10-25T21:59:59Z 2025-10-25T22:00:00Z 2025-10-26T22:59:59Z 2025-10-26T23:00:00Z; do line $t 1,1; done |
	TZ=Europe/Berlin mon-split
for day in 2025-03-29 2025-03-30 2025-03-31 2025-10-25 2025-10-26 2025-10-27; do
	want=$(grep -c . <(for t in 2025-03-29T22:59:59Z 2025-03-29T23:00:00Z 2025-03-30T21:59:59Z 2025-03-30T22:00:00Z \
		2025-10-25T21:59:59Z 2025-10-25T22:00:00Z 2025-10-26T22:59:59Z 2025-10-26T23:00:00Z; do
		TZ=Europe/Berlin date -d $t +%F; done | grep $day))
	is "local day across DST: $day" "$want" "$(tail -n +2 "$D/$day/connections.csv" | wc -l)"
done
rm -rf "$D"
line 2025-08-31T12:00:00Z 1,1 | TZ=Pacific/Kiritimati mon-split
line 2025-08-31T12:00:00Z 1,1 | TZ=Pacific/Pago_Pago mon-split
is "the zone decides the day" "2025-08-31 2025-09-01" "$(cd "$D" && echo *)"
{ line 2025-08-31T23:59:59Z 1,1; line 2025-09-01T00:00:00Z 2,2; line 2025-08-31T23:59:58Z 3,3; } | mon-split
is "a row goes to its own day even after a later one" "3,3" "$(tail -n 1 "$D/2025-08-31/connections.csv" | cut -d, -f3-)"

# A local date before 1970 or after 9999 has no folder: a clock that starts in 1970 comes to that.
rm -rf "$D"
line 1970-01-01T00:00:00Z 1,1 >first
export TZ=America/New_York
run mon-split <first
unset TZ
is "a day without a folder: exit code" 1 "$code"
like "a day without a folder: said" 'connections.csv: 1 row lost, because the local date of a row lies outside the years 1970 to 9999' "$err"

# --- bad input
rm -rf "$D"
{
	line 2025-08-31T12:00:00Z 1,1
	printf '2025-08-31T12:00:00Z work conn: 01,1\n'
	printf '2025-08-31T12:00:00Z ../x conn: 1,1\n'
	printf '2025-02-30T12:00:00Z work conn: 1,1\n'
	printf '2025-08-31T12:00:00Z work conn: 1,1,1\n'
	printf '2025-08-31T12:00:00Z work conn: 1,\0001\n'
	printf '2025-08-31T12:00:00Z work nope: 1\n'
	head -c 100000 /dev/zero | tr '\0' x
	printf '\n'
	line 2025-08-31T12:00:00Z 2,2
	printf '2025-08-31T12:00:00Z work conn: 12'
} >bad
run mon-split <bad
is "partly bad: exit code" 3 "$code"
is "partly bad: one line on stderr, and one of the unknown kind" 2 "$(wc -l <"$work/.err")"
like "partly bad: says how many and where" 'dropped 7 lines, filed 2 rows; the first was line 2: ' "$err"
is "partly bad: the good rows" "1,1 2,2" "$(tail -n +2 "$D"/*/connections.csv | cut -d, -f3- | tr '\n' ' ' | sed 's/ $//')"
run mon-split </dev/null
is "empty input is fine" "0" "$code"
{ line 2025-08-31T12:00:00Z 1,1; printf '2025-08-31T12:00:00Z work %s: 1\n' gpu gpu fan; } >later
run mon-split <later
is "kinds of a later version: no error, told once" \
	"0/mon-split: left out 3 lines of kinds that only a later version knows; the first was line 2" "$code/$err"

# --- an unexpected header
rm -rf "$D"
mkdir -p "$D/2025-08-31"
printf 'ts,vm,other\nx,y,z\n' >"$D/2025-08-31/connections.csv"
cp -p "$D/2025-08-31/connections.csv" before
run mon-split <all
is "foreign header: exit code" 1 "$code"
like "foreign header: said, with the file" '2025-08-31/connections.csv does not begin with the expected header: 1 row lost' "$err"
is "foreign header: untouched" "$(stat -c '%s %Y %i' before | cut -d' ' -f1) $(md5sum <before)" \
	"$(stat -c '%s' "$D/2025-08-31/connections.csv") $(md5sum <"$D/2025-08-31/connections.csv")"
is "foreign header: the other files are filed" 1 "$(tail -n +2 "$D/2025-08-31/network.csv" | wc -l)"

# --- a torn tail
rm -rf "$D"
line 2025-08-31T12:00:00Z 1,1 | mon-split
printf '2025-08-31T12:00:10Z,work,2' >>"$D/2025-08-31/connections.csv"
run mon-split < <(line 2025-08-31T12:00:20Z 3,3)
is "torn tail: exit code" 0 "$code"
like "torn tail: reported" '2025-08-31/connections.csv: cut a torn end of 27 bytes' "$err"
is "torn tail: healed" "1,1 3,3" "$(tail -n +2 "$D"/*/connections.csv | cut -d, -f3- | tr '\n' ' ' | sed 's/ $//')"
head -c 9000 /dev/zero >>"$D/2025-08-31/connections.csv"
printf '2025-08-31T12:00:10Z,work,7' >>"$D/2025-08-31/connections.csv"
run mon-split < <(line 2025-09-01T00:00:00Z 4,4)
like "a new day heals the one before" '2025-08-31/connections.csv: cut a torn end of 9027 bytes' "$err"
is "the day before is whole" "1,1 3,3" "$(tail -n +2 "$D"/2025-08-31/connections.csv | cut -d, -f3- | tr '\n' ' ' | sed 's/ $//')"

printf '2025-08-31T12:00:10Z,work,7' >>"$D/2025-08-31/connections.csv"
rm -r "$D/2025-09-01"
mkdir "$D/2036-01-01" # of a clock that jumped ahead
run mon-split < <(line 2025-09-01T00:00:00Z 4,4)
like "a folder of the future does not hide the day before" '2025-08-31/connections.csv: cut a torn end of 27 bytes' "$err"

# --- traps in the folder
rm -rf "$D"; mkdir -p "$D" elsewhere
ln -s ../elsewhere "$D/2025-08-31"
run mon-split < <(line 2025-08-31T12:00:00Z 1,1)
is "a symlink for a day: refused" "1 " "$code $(ls elsewhere)"
like "a symlink for a day: said" "'2025-08-31' is no folder, and links are not followed: 1 row of connections.csv lost; move it away" "$err"
rm "$D/2025-08-31"; mkdir "$D/2025-08-31"; ln -s ../../elsewhere/f "$D/2025-08-31/connections.csv"
run mon-split < <(line 2025-08-31T12:00:00Z 1,1)
is "a symlink for a file: refused" "1 " "$code $(ls elsewhere)"
no_file='2025-08-31/connections.csv is no plain file, and links are not followed: 1 row lost; move it away'
like "a symlink for a file: said" "$no_file" "$err"
for odd in mkfifo mkdir; do
	rm -r "$D/2025-08-31/connections.csv"; $odd "$D/2025-08-31/connections.csv"
	run timeout 10 mon-split < <(line 2025-08-31T12:00:00Z 1,1)
	is "$odd for a file: refused, not waited for" 1 "$code"
	like "$odd for a file: said" "$no_file" "$err"
done

# --- two at once
rm -rf "$D"
for q in a b c d; do
	seq 5000 | sed "s/.*/2025-08-31T12:00:00Z $q conn: &,0/" | mon-split --no-sync &
done
wait
is "four at once: every row" 20000 "$(tail -n +2 "$D"/*/connections.csv | wc -l)"
is "four at once: no torn or glued row" 0 "$(awk -F, 'NF != 4' "$D"/*/connections.csv | wc -l)"
is "four at once: one header" 1 "$(grep -c '^ts' "$D"/*/connections.csv)"
exec 9<"$D/2025-08-31"
flock 9
run mon-split < <(line 2025-08-31T12:00:00Z 1,1)
is "a lock that is never let go: exit code" 1 "$code"
like "a lock that is never let go: said" 'locked by another program: 1 row of connections.csv lost' "$err"
exec 9<&-

# --- a run that is longer than its buffers, and others between
rm -rf "$D"
rows() { seq "$1" "$2" | sed "s/.*/2025-08-31T12:00:00Z work conn: &,0/"; }
mkfifo feed
mon-split <feed 2>long.err &
{
	rows 1 40000
	for _ in $(seq 200); do [ -s "$D/2025-08-31/connections.csv" ] && break; sleep 0.01; done
	line 2025-08-31T12:00:00Z 0,7 | mon-split
	printf '2025-08-31T12:00:00Z,work,2' >>"$D/2025-08-31/connections.csv"
	rows 40001 80000
} >feed
wait $!
is "a long run: exit code" 0 $?
is "a long run, another one and a crash between: every row, none torn" "80002 0" \
	"$(awk -F, 'NF != 4 { odd++ } END { print NR, odd + 0 }' "$D"/*/connections.csv)"
is "a long run: its own rows in order" "" "$(awk -F, 'NR > 1 && $3 > 0 && $3 != ++n { print; exit }' "$D"/*/connections.csv)"
like "a long run heals what a crash left meanwhile" 'cut a torn end of 27 bytes' "$(cat long.err)"

# --- space is reserved before writing, and a full disk leaves whole rows
rm -rf "$D"
# traced CALLS COMMAND...: run it, its calls in "trace" (the leak checker cannot run under strace)
traced() { run env ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace="$@"; }
if have strace; then
	traced fallocate,write,pwrite64,fdatasync mon-split < <(line 2025-08-31T12:00:00Z 1,1)
	like "reserves the space (KEEP_SIZE) before it writes" 'fallocate.*FALLOC_FL_KEEP_SIZE.*pwrite64.*fdatasync' "$(tr '\n' ' ' <trace)"
	traced sync_file_range,fdatasync mon-split < <(line 2025-08-31T12:00:01Z 1,1
		line 2025-08-31T12:00:01Z 1,1 | sed 's/conn: .*/scrape: ok,1,1,1,0/')
	is "two files are both on their way to the disk before one is waited for" "sync_file_range sync_file_range fdatasync fdatasync" \
	    "$(grep -oE '(sync_file_range|fdatasync)\(' trace | tr -d '(' | xargs)"
fi
if [ "$(id -u)" = 0 ] && mkdir small && mount -t tmpfs -o size=64k none small 2>/dev/null; then
	seq 20000 | sed "s/.*/2025-08-31T12:00:00Z work conn: &,0/" >many
	run mon-split --dir small/M <many
	is "full disk: exit code" 1 "$code"
	like "full disk: says what to do" 'free some space: No space left on device' "$err"
	ok "full disk: nothing torn" awk -F, 'NF != 4 { exit 1 }' small/M/2025-08-31/connections.csv
	is "full disk: ends with LF" "" "$(tail -c 1 small/M/2025-08-31/connections.csv | tr -d '\n')"
	umount small
else
	echo "skip full disk: needs root and mount"
fi
trickle() { line 2025-08-31T12:00:00Z 1,1; sleep 4; }
rm -rf "$D"
trickle | mon-split &
for _ in $(seq 35); do [ -s "$D/2025-08-31/connections.csv" ] && break; sleep 0.1; done
is "rows are filed when the input pauses" 1 "$(tail -n +2 "$D/2025-08-31/connections.csv" 2>/dev/null | wc -l)"
kill $! 2>/dev/null; wait 2>/dev/null

# --- one day, whatever the time
rm -rf "$D"
{ line 2025-08-31T12:00:00Z 1,1; line 2025-10-01T12:00:00Z 2,2; line 2024-01-01T00:00:00Z 3,3; } | mon-split --day 2025-08-31
is "--day: all rows in this day, in their order" "2025-08-31 1,1 2,2 3,3" "$(ls "$D") $(tail -n +2 "$D"/*/connections.csv | cut -d, -f3- | xargs)"
line 1970-01-01T00:00:00Z 1,1 | TZ=America/New_York mon-split --day 2025-08-31
is "--day: also a row whose own day has no folder" 4 "$(tail -n +2 "$D"/2025-08-31/connections.csv | wc -l)"

# --- --pass: a line is printed once its row is on the disk, and a reader never holds up the record
rm -rf "$D"
sed 's/alert: .*/alert: Aug 31 12:00:09 kernel: NET: '"'eth0'"' link up/' all >passed
run mon-split --pass <all
is "--pass: the lines, as they were filed, in their order" "0/$(cat passed)" "$code/$out"
rm -rf "$D"
{ for i in 1 2 3; do line 2025-08-31T12:00:0${i}Z $i,0; sleep 1.3; done; } | mon-split --pass |
	while read -r ts vm kind fields; do
		grep -qx "$ts,$vm,$fields" "$D/2025-08-31/connections.csv" && flock -n "$D/2025-08-31" true && echo "$fields"
	done >seen
is "--pass: the row is in the file before the line comes, and the lock let go" "1,0 2,0 3,0" "$(xargs <seen)"
if have strace; then
	traced fdatasync,flock,write mon-split --pass < <(line 2025-08-31T12:00:09Z 9,0)
	like "--pass: lock, let go, sync, print" 'LOCK_EX.*LOCK_UN.*fdatasync.*write\(1, "2025-08-31T12:00:09Z work' "$(tr '\n' ' ' <trace)"
fi
rm -rf "$D"
{ seq 20000; seq 20001 40000; } | sed 's/.*/2025-08-31T12:00:00Z work conn: &,0/' >many
{ cat many; sed 's/2025-08-31/2025-09-01/' many; } >two-days
run mon-split --no-sync --pass <two-days
ok "--pass: more than its buffer, over midnight: each line once" cmp two-days .out
is "--pass: and each row" 80002 "$(cat "$D"/*/connections.csv | wc -l)"
# left WHAT MESSAGE: of a run whose reader was left behind
left() {
	is "$1: exit code" 3 "${codes%% *}"
	like "$1: said" "$2" "$(cat .err)"
	is "$1: every row is filed" 40001 "$(cat "$D"/2025-08-31/connections.csv | wc -l)"
	rm -rf "$D"
}
rm -rf "$D"
mon-split --no-sync --pass <many 2>.err | true
codes=${PIPESTATUS[*]}
left "--pass, a reader that is gone" 'cannot write to the reader of --pass; the rows are filed: Broken pipe'
mon-split --no-sync --pass <many 2>.err | head -n 5 >/dev/null
codes=${PIPESTATUS[*]}
left "--pass, one that goes" 'cannot write to the reader of --pass; the rows are filed: Broken pipe'
mkfifo never
sleep 100 <never &
sleeper=$!
run timeout 60 bash -c 'mon-split --no-sync --pass <many >never'
codes=$code
left "--pass, one that hangs" 'the reader of --pass did not take all within 1000 ms: it is left behind; the rows are filed'
kill $sleeper; wait $sleeper 2>/dev/null
mkdir -p "$D/2025-08-31"
printf 'ts,vm,other\nx,y,z\n' >"$D/2025-08-31/connections.csv"
run mon-split --pass <all
is "--pass: what is not filed is not printed" "1/$(grep -v ' conn: ' passed)" "$code/$out"
rm -rf "$D"
run mon-split --pass <later
is "--pass: nor is a kind of a later version" "$(head -n 1 later)" "$out"

# --- schema, usage
for command in mon-split mon-rule "mon-export lp" mon-prune "mon-scrape -"; do
	run timeout 20 script -qec "$command" /dev/null </dev/null
	like "$command: says at a terminal what it waits for" ': reading .* from the terminal; Ctrl-D ends them' "$out"
done
run mon-split --schema
is "--schema: exit code" 0 "$code"
ok "docs/SCHEMA.md is what --schema prints" diff "$MON_SRC/docs/SCHEMA.md" "$work/.out"
for wrong in "x" "--dir" "--nope" "--sche" "--dir a --dir b" "--schema --dir a" "--schema --pass" "--day 2025-02-30" "--day today" "--help=1"; do
	run mon-split $wrong
	is "wrong usage '$wrong': exit code" 2 "$code"
	like "wrong usage '$wrong': said" '^mon-split: ' "$err"
done
run env -u HOME -u MON_DIR mon-split </dev/null
is "no HOME: exit code" 2 "$code"
run mon-split --dir /nonexistent/x </dev/null
is "no such parent: exit code" 1 "$code"
like "no such parent: said" "cannot make the folder '/nonexistent/x': the folder above it is missing" "$err"
run bash -c 'mon-split --help >/dev/full'
is "a full stdout is no success" 1 "$code"
finish
