# mon-cat: the record comes back as the lines it was made of, whatever stands in it.
. "$(dirname "$0")/lib.sh"
need python3
stream() { python3 "$MON_SRC/tests/e2e/cat-stream.py" "$@"; }
line() { printf '%s work conn: %s\n' "$1" "$2"; }
export MON_DIR=$work/M

# --- what is filed comes back: mon-cat DAY | mon-split --day DAY makes the same bytes
# same WHAT DIR DAY: is COPY/DAY the same as DIR/DAY?  Then COPY is removed.
same() {
	is "$1: mon-cat's and mon-split's exit codes" "0 0" "$codes"
	ok "$1: the same bytes" diff -r "$2/$3" "COPY/$3"
	rm -rf COPY
}
# Through the night in which the hour from two to three comes twice, and that in which it does not.
for start in 1761427800 1743287400; do
	stream $start 450 $start 33 >lines
	rm -rf M
	TZ=Europe/Berlin run mon-split --no-sync <lines
	is "$start: filed" "0/" "$code/$err"
	is "$start: in twelve files a day" 12 "$(ls M/* | grep -c csv$ | head -n 1 | awk -v n="$(ls M | wc -l)" '{ print $1 / n }')"
	is "$start: in days" 2 "$(ls M | wc -l)"
	for day in $(ls M); do
		TZ=Pacific/Kiritimati mon-cat $day 2>.err | TZ=America/Los_Angeles mon-split --no-sync --day $day --dir COPY 2>>.err
		codes=${PIPESTATUS[*]}
		is "$start, $day: silent" "" "$(cat .err)"
		same "$start, $day, from the folder" M $day
		tar czf $day.tgz -C M $day
		mon-cat $day.tgz | mon-split --no-sync --day $day --dir COPY
		codes=${PIPESTATUS[*]}
		same "$start, $day, from an archive" M $day
		(cd M && mon-cat $day/*.csv) | mon-split --no-sync --day $day --dir COPY
		codes=${PIPESTATUS[*]}
		same "$start, $day, from its files" M $day
		mon-cat ./M/$day/ | mon-split --no-sync --day $day --dir COPY
		codes=${PIPESTATUS[*]}
		same "$start, $day, from its path" M $day
	done
	mkdir out
	run env TZ=Europe/Berlin mon-archive --no-copy --out out --now 2026-09-01T12:00:00Z
	for day in $(ls M | grep -v csv); do
		mon-cat out/monitor-$day.tgz | mon-split --no-sync --day $day --dir COPY
		codes=${PIPESTATUS[*]}
		same "$start, $day, from mon-archive" M $day
	done
	rm -rf out
done
day=$(ls M | grep -v csv | tail -n 1)
is "no file is left in TMPDIR" "" "$(mkdir tmp; TMPDIR=$work/tmp mon-cat $day.tgz >/dev/null; ls -A tmp)"
like "no room for the archive: said" "cannot (make|write to) a temporary file in TMPDIR or /var/tmp" "$(TMPDIR=/proc mon-cat $day.tgz 2>&1 >/dev/null)"

# --- by time, and stable
rm -rf M
cat >lines <<'LINES'
2025-08-31T12:00:10Z work net: eth0,1,0,0,1,0,0
2025-08-31T12:00:00Z work state: Running
2025-08-31T12:00:10Z work conn: 1,1
2025-08-31T12:00:20Z mail conn: 2,2
2025-08-31T12:00:10Z dev-a alert: a, b
2025-08-31T12:00:20Z dev-a custom: x,-1.5
LINES
mon-split <lines
run mon-cat 2025-08-31
is "by time; kinds in their order where the time is the same" "2025-08-31T12:00:00Z work state: Running
2025-08-31T12:00:10Z work net: eth0,1,0,0,1,0,0
2025-08-31T12:00:10Z work conn: 1,1
2025-08-31T12:00:10Z dev-a alert: a b
2025-08-31T12:00:20Z mail conn: 2,2
2025-08-31T12:00:20Z dev-a custom: x,-1.5" "$out"
is "exit code" "0/" "$code/$err"
run mon-cat --vm work --vm 'dev-*' --kind conn --kind alert 2025-08-31
is "--vm and --kind" "2025-08-31T12:00:10Z work conn: 1,1
2025-08-31T12:00:10Z dev-a alert: a b" "$out"
run mon-cat 2025-08-31 --vm dev-a --kind alert
is "options behind the day" "0/2025-08-31T12:00:10Z dev-a alert: a b/" "$code/$out/$err"
run mon-cat --vm 'nobody*' 2025-08-31
is "--vm of none: nothing, and no error" "0//" "$code/$out/$err"

# --- times
rm -rf M
for t in 2025-08-30T12:00:00Z 2025-08-31T11:59:50Z 2025-08-31T12:00:00Z 2025-08-31T12:00:10Z 2025-08-31T23:59:50Z 2025-09-01T00:00:00Z; do line $t 1,1; done |
	TZ=Europe/Berlin mon-split
times() { cut -c 9-19 <<<"$out" | xargs; }
export TZ=Europe/Berlin
run mon-cat --now 2025-08-31T12:00:10Z
is "without a day: today" "31T11:59:50 31T12:00:00 31T12:00:10" "$(times)"
run mon-cat --now 2025-09-01T12:00:10Z yesterday today
is "yesterday and today" "31T11:59:50 31T12:00:00 31T12:00:10 31T23:59:50 01T00:00:00" "$(times)"
run mon-cat --from 14:00 --to 14:00:10 2025-08-31
is "--from and --to of a day, local" "31T12:00:00" "$(times)"
run mon-cat --from '2025-08-31 14:00'
is "--from alone: from there on, over midnight" "31T12:00:00 31T12:00:10 31T23:59:50 01T00:00:00" "$(times)"
run mon-cat --from 2025-08-31T11:59:50Z --to 2025-08-31T12:00:10Z
is "stamps; --to is the first that is not wanted" "31T11:59:50 31T12:00:00" "$(times)"
run mon-cat --now 2025-08-31T12:00:10Z --from -15s
is "so long ago" "31T12:00:00 31T12:00:10 31T23:59:50 01T00:00:00" "$(times)"
run mon-cat --to 2025-08-30
is "--to a day: to its end" "30T12:00:00" "$(times)"
run env TZ=Pacific/Kiritimati mon-cat --from 2025-08-31T12:00:00Z --to 2025-08-31T12:00:10Z
is "filed in another time zone than it is read" "31T12:00:00" "$(times)"
export TZ=UTC

# --- what cannot be read
run mon-cat 2025-07-01
is "no such day: exit code" "1/" "$code/$out"
is "no such day: said" "mon-cat: there is no record of 2025-07-01 in '$work/M'" "$err"
run mon-cat 2025-07-01 2025-08-30
is "the others are printed all the same" "1/30T12:00:00" "$code/$(times)"
run mon-cat nowhere
like "no such file: said" "cannot open 'nowhere', which is no day like 2025-08-31, today or yesterday: No such file" "$err"
run mon-cat --dir nowhere today
is "no Monitor folder: exit code" 1 "$code"
like "no Monitor folder: said" "cannot open the Monitor folder 'nowhere'" "$err"
head -c 300 2>/dev/null </dev/urandom >noise
run mon-cat noise
is "neither archive nor CSV" "1/" "$code/$out"
like "neither archive nor CSV: said" "'noise' is no day, no archive, and begins with no header" "$err"
{ printf '\037\213'; cat noise; } >noise.tgz
run mon-cat noise.tgz
is "no archive behind the magic" 1 "$code"
like "no archive: said" "cannot read all of the archive 'noise.tgz': it is no archive of a day, or it is damaged" "$err"

# --- files that are odd
f=M/2025-08-31/connections.csv
printf 'what is this\n2025-08-31T12:00:30Z,work,5,5\n\0\0\0\n2025-08-31T12:00:40Z,work,6' >>$f
run mon-cat 2025-08-31
is "lines that are no rows: exit code" 3 "$code"
is "lines that are no rows: the first is named, one line a file" \
	"mon-cat: 2025-08-31/connections.csv: skipped 2 lines that are no rows; the first is line 5" "$err"
like "lines that are no rows: those behind come, one without LF does not" 'work conn: 5,5$' "$(tail -n 1 .out)"
printf 'something,else\n2025-08-31T12:00:00Z,1\n' >M/2025-08-31/qubes.csv
mkdir M/2025-08-31/gpu.d
run mon-cat 2025-08-31
is "another header: exit code" 3 "$code"
like "another header: said" '2025-08-31/qubes.csv does not begin with the expected header: it is left out' "$err"
like "a stranger in the folder: said" "2025-08-31: left out what is no file of a day: gpu.d" "$err"
rm -r M/2025-08-31/gpu.d M/2025-08-31/qubes.csv
for odd in 'ln -s /etc/hostname' mkfifo mkdir; do
	$odd M/2025-08-31/qubes.csv
	run timeout 20 mon-cat 2025-08-31
	is "$odd in the place of a file: exit code" "1" "$code"
	like "$odd in the place of a file: said" '2025-08-31/qubes.csv is no plain file, and links are not followed: it is left out' "$err"
	rm -r M/2025-08-31/qubes.csv
done
for odd in 'ln -s 2025-08-31' touch; do
	$odd M/2001-01-01
	run mon-cat 2001-01-01
	is "$odd in the place of a day" "1//mon-cat: '$MON_DIR/2001-01-01' is no folder, and links are not followed" "$code/$out/$err"
	rm M/2001-01-01
done
mkdir nothing
run mon-cat nothing
is "a folder without a file of a day" "1//mon-cat: the folder 'nothing' holds no file of a day" "$code/$out/$err"
run mon-cat M/
is "the Monitor folder for a day" "1//mon-cat: the folder 'M/' holds no file of a day; it holds days: give it by --dir, and a day" "$code/$out/$err"
run mon-report M
like "the same of mon-report" "^1//mon-report: the folder 'M' holds no file of a day" "$code/$out/$err"
for glob in '' '[' 'a b'; do
	run mon-cat --vm "$glob" 2025-08-31
	like "--vm '$glob' is no glob, and that is said" "^2//mon-cat: --vm '.*' is no name of a qube with \* and \?" "$code/$out/$err"
done

# --- archives that others made
mkdir -p tar/2025-08-31
printf 'ts,vm,state\n2025-08-31T12:00:00Z,work,Running\n' >tar/2025-08-31/qubes.csv
printf 'x\n' >tar/2025-08-31/notes.txt
cp -r tar/2025-08-31 tar/2025-09-01
(cd tar && tar czf ../two.tgz ./2025-08-31 2025-09-01 && tar cf ../plain.tar 2025-08-31/qubes.csv &&
	ln -s /etc/passwd 2025-08-31/alerts.csv && tar czf ../link.tgz 2025-08-31/alerts.csv &&
	tar czf ../above.tgz --transform 's,^,../,' 2025-08-31/qubes.csv 2>/dev/null)
run mon-cat two.tgz
is "of two days in one archive the first, and it is said" "3/2025-08-31T12:00:00Z work state: Running/mon-cat: two.tgz: an archive is read as one day, each file once; left out 1 file
mon-cat: two.tgz: left out what is no file of a day: 2 members" "$code/$out/$err"
run mon-cat plain.tar
is "an archive that is not compressed" "0/2025-08-31T12:00:00Z work state: Running/" "$code/$out/$err"
run mon-cat link.tgz
is "a link in an archive is no file" "1//mon-cat: the archive 'link.tgz' holds no file of a day" "$code/$out/$err"
run mon-cat above.tgz
is "nor is a file of a folder above" "1//mon-cat: the archive 'above.tgz' holds no file of a day" "$code/$out/$err"
head -c $(($(stat -c %s $day.tgz) / 2)) $day.tgz >half.tgz
run mon-cat half.tgz
is "half an archive: exit code" 1 "$code"
like "half an archive: said" "cannot read all of the archive 'half.tgz'" "$err"
ok "half an archive: what is there is printed" test -s .out

# --- readers that go, full disks
run bash -o pipefail -c 'mon-cat '"$day.tgz"' | head -n 1'
is "a reader that has enough ends it without a word" "" "$err"
run bash -c 'mon-cat '"$day.tgz"' >/dev/full'
is "a full stdout is no success" 1 "$code"
like "a full stdout: said" 'cannot write to stdout' "$err"

# --- usage
for wrong in "--from x" "--to 25:00" "--kind nope" "--from now --to -1h" "--follow --to now" "--follow noise" "--now 1" "--dir" "today --follow --to now" "--from 14:30 --to 14:30 2025-08-31"; do
	run mon-cat $wrong
	is "wrong usage '$wrong': exit code" 2 "$code"
	like "wrong usage '$wrong': said" '^mon-cat: ' "$err"
	is "wrong usage '$wrong': nothing printed" "" "$out"
done
run mon-cat --kind nope
like "--kind: told what there is" 'mon-split --schema' "$err"
finish
