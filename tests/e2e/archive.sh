# mon-archive makes an archive that any tar reads, copies it, records it, names the day.
. "$(dirname "$0")/lib.sh"
now=2026-09-01T12:00:00Z
in_vault=machine/vault/vault/QubesIncoming/sys-monitor
export BACKUP_VAULT=vault
qube vault state=Halted

# day DAY [ROWS]: a folder with two files
day() {
	mkdir -p "M/$1"
	{
		echo ts,vm,tcp_established,udp_sockets
		yes "$1T10:00:00Z,work,12,4" | head -n "${2:-3}"
	} >"M/$1/connections.csv"
	printf 'ts,vm,state\n%sT10:00:00Z,work,Running\n' "$1" >"M/$1/qubes.csv"
}
archive() { run mon-archive --dir M --now $now "$@"; }
rows() { cut -d, -f2- M/archives.csv | tail -n +2 | cut -d, -f1,2,6; }

mkdir M
archive
is "an empty folder is all done" "0//" "$code/$out/$err"
is "... and stays empty" "" "$(ls -A M)"

day 2026-08-29
day 2026-08-30 60000 # 1.8 MB
day 2026-08-31
day 2026-09-01
mkdir M/2026-13-01 M/notes && ln -s 2026-08-30 M/2026-08-28
archive
is "every finished day is named, oldest first, and today is not" $'2026-08-29\n2026-08-30\n2026-08-31' "$out"
is "exit code" 0 "$code"
is "silent where stderr is no terminal" "" "$err"
is "the vault has them" $'monitor-2026-08-29.tgz\nmonitor-2026-08-30.tgz\nmonitor-2026-08-31.tgz' "$(ls $in_vault)"
is "nothing is left here" "2026-08-28 2026-08-29 2026-08-30 2026-08-31 2026-09-01 2026-13-01 archives.csv notes" "$(ls -A M | xargs)"
is "the ledger's header" ts,day,archive,bytes,csv_bytes,sha256,vault "$(head -n 1 M/archives.csv)"
is "... and a row a day" 4 "$(wc -l <M/archives.csv)"
is "a row" "$now,2026-08-30,monitor-2026-08-30.tgz,$(stat -c %s $in_vault/monitor-2026-08-30.tgz),$(cat M/2026-08-30/*.csv | wc -c),$(sha256sum <$in_vault/monitor-2026-08-30.tgz | cut -d' ' -f1),vault" "$(sed -n 3p M/archives.csv)"

for d in 2026-08-29 2026-08-30; do
	ok "gzip -t $d" gzip -t $in_vault/monitor-$d.tgz
	mkdir -p unpacked && ok "tar unpacks $d" tar xzf $in_vault/monitor-$d.tgz -C unpacked
	ok "... to the same bytes" diff -r M/$d unpacked/$d
done
is "entries sorted, fixed modes, no owners, noon of the day" \
	"drwx------ 0/0 0 2026-08-29 12:00 2026-08-29/
-rw------- 0/0 $(stat -c %s M/2026-08-29/connections.csv) 2026-08-29 12:00 2026-08-29/connections.csv
-rw------- 0/0 $(stat -c %s M/2026-08-29/qubes.csv) 2026-08-29 12:00 2026-08-29/qubes.csv" \
	"$(tar tvf $in_vault/monitor-2026-08-29.tgz | tr -s ' ')"
if have python3; then
	is "python's tarfile reads it too" "2026-08-30 2026-08-30/connections.csv 2026-08-30/qubes.csv" \
		"$(python3 -c 'import sys, tarfile; print(*tarfile.open(sys.argv[1]).getnames())' $in_vault/monitor-2026-08-30.tgz)"
fi

archive
is "the second run names them again" $'2026-08-29\n2026-08-30\n2026-08-31' "$out"
is "... without a second copy" 3 "$(ls $in_vault | wc -l)"

# Same files, same bytes: other times, modes and folder order, another clock.
touch -d 2001-01-01 M/2026-08-30/* && chmod 640 M/2026-08-30/qubes.csv
mv M/2026-08-30/qubes.csv M/q && mv M/q M/2026-08-30/qubes.csv
run mon-archive --dir M --date 2026-08-30 --now 2027-01-01T00:00:00Z
is "--date repeats a day, under a name of its own" $'2026-08-30\nmonitor-2026-08-30.1.tgz' "$out"$'\n'"$(ls $in_vault | grep '30\.1')"
ok "two runs on the same files give the same bytes" cmp $in_vault/monitor-2026-08-30.tgz $in_vault/monitor-2026-08-30.1.tgz

# A day that grew is archived again.
echo 2026-08-29T23:59:59Z,late,Halted >>M/2026-08-29/qubes.csv
archive
is "a changed day goes under .1" "2026-08-29,monitor-2026-08-29.1.tgz,vault" "$(rows | tail -n 1)"
is "... and is named" $'2026-08-29\n2026-08-30\n2026-08-31' "$out"
ok "... with the new row in it" sh -c "tar xzOf $in_vault/monitor-2026-08-29.1.tgz 2026-08-29/qubes.csv | cmp - M/2026-08-29/qubes.csv"
echo 2026-08-29T23:59:59Z,later,Halted >>M/2026-08-29/qubes.csv
archive
is "changed again: .2" "2026-08-29,monitor-2026-08-29.2.tgz,vault" "$(rows | tail -n 1)"

# Torn ends are cut before they are packed.
printf '2026-08-31T10:00:00Z,wo' >>M/2026-08-31/qubes.csv
archive
is "healed, the day is what it was: no other copy" 1 "$(rows | grep -c 2026-08-31)"
like "... and it is named" 2026-08-31 "$out"
day 2026-08-27
printf '2026-08-27T10:00:00Z,wo\0\0\0' >>M/2026-08-27/qubes.csv
archive
like "a torn end is told" '^mon-archive: 2026-08-27/qubes.csv: cut a torn end of 26 bytes' "$err"
is "... and not archived" 2 "$(tar xzOf $in_vault/monitor-2026-08-27.tgz 2026-08-27/qubes.csv | wc -l)"

# Today, the future, and the minutes behind midnight.
run mon-archive --dir M --now $now --date 2026-09-01
is "today needs --partial" 2 "$code"
like "... and is told so" 'is not over.*--partial' "$err"
run mon-archive --dir M --now $now --date 2026-09-01 --partial
is "--partial names no day" "0/" "$code/$out"
is "... and its name says what it is" "2026-09-01,monitor-2026-09-01.partial.tgz,vault" "$(rows | tail -n 1)"
run mon-archive --dir M --now $now --date 2026-09-01 --partial
is "... .1 the next time" "2026-09-01,monitor-2026-09-01.partial.1.tgz,vault" "$(rows | tail -n 1)"
run mon-archive --dir M --now 2026-09-02T00:09:59Z
unlike "late rows may come until ten past midnight" 2026-09-01 "$out"
run mon-archive --dir M --now 2026-09-02T00:10:00Z
like "then the day is over, and the partial archive was none of it" '^2026-09-01$' "$out"
is "... archived whole" "2026-09-01,monitor-2026-09-01.tgz,vault" "$(rows | tail -n 1)"
TZ=Pacific/Auckland run mon-archive --dir M --now 2026-09-02T12:30:00Z --dry-run
is "the day is the local one: nothing new in the dry run" "0/" "$code/$out"
day 2026-09-02
TZ=Pacific/Auckland run mon-archive --dir M --now 2026-09-02T12:30:00Z --dry-run
is "--dry-run prints what would be packed" "2026-09-02" "$out"
TZ=UTC run mon-archive --dir M --now 2026-09-02T12:30:00Z --dry-run
is "... by the local date" "" "$out"
is "... and packs nothing" "" "$(rows | grep 09-02)"

# What is not ours.
day 2026-08-26
echo hello >"M/2026-08-26/my notes.txt"
mkfifo M/2026-08-26/disk.csv
echo mine >mine && ln -s ../../mine M/2026-08-26/alerts.csv
printf 'who,what\nme,this\n' >M/2026-08-26/custom.csv
archive
is "foreign files: done, but told" 3 "$code"
like "... how many and one of them" 'mon-archive: 2026-08-26 holds 3 files that are not ours \((my\\040notes.txt|disk.csv|alerts.csv)\)' "$err"
like "... a foreign header too" '2026-08-26/custom.csv does not begin with the expected header: archived as it is' "$err"
is "only regular files with our names are in it" "2026-08-26/ 2026-08-26/connections.csv 2026-08-26/custom.csv 2026-08-26/qubes.csv" \
	"$(tar tzf $in_vault/monitor-2026-08-26.tgz | xargs)"
archive
is "told once, not every night" "0/" "$code/$err"
mkdir M/2026-08-25
archive
is "an empty day is a day" "2026-08-25/" "$(tar tzf $in_vault/monitor-2026-08-25.tgz)"

# Two at once.
mkdir busy
exec 9<busy && flock 9
run mon-archive --dir busy --now $now
exec 9<&-
is "a second run at the same time ends" 1 "$code"
like "... and says why" 'cannot lock busy: another mon-archive is at work there' "$err"
chmod 0 M/2026-08-25 # root would read it all the same
if ! ls M/2026-08-25 >/dev/null 2>&1; then
	archive
	is "a day that cannot be read fails the run" 1 "$code"
fi
chmod 700 M/2026-08-25

# A terminal sees progress.
if have script; then
	rm M/archives.csv
	progress=$(NO_COLOR=1 script -qec "mon-archive --dir M --now $now --date 2026-08-30 >/dev/null" /dev/null </dev/null)
	like "progress on a terminal" '2026-08-30  1\.. of 1\.. MB  [0-9]+ MB/s' "$progress"
	unlike "... without escape sequences" $'\033' "$progress"
fi

# Wrong usage.
while read -r args; do
	# shellcheck disable=SC2086 # the words of the line
	run mon-archive --dir M $args
	is "usage: $args" "2/" "$code/$out"
	like "... has a message" '^mon-archive: .*' "$err"
done <<-END
	--date yesterday
	--date 2026-02-30
	--partial
	--date 2026-08-30 --partial
	--date 2036-08-30
	--no-copy --vault vault
	--no-copy --timeout 3
	--out M
	--vault -x
	--vault a/b
	--timeout 0
	--now tomorrow
	2026-08-30
	--dry
END
run mon-archive --dir nowhere
is "no such folder" 1 "$code"
run mon-archive --dir M --now $now --date 2020-01-01
is "no such day" 1 "$code"
like "... is told" 'there is no folder for 2020-01-01' "$err"
run mon-archive --dir M --now $now --date 2026-08-28
is "a symlink is no day" 1 "$code"
run mon-archive --help
is "--help" 0 "$code"
is "... fits 80 columns" "" "$(awk 'length > 80' <<<"$out")"
run mon-archive --version
like "--version" '^mon-archive ' "$out"
run sh -c 'mon-archive --dir M >/dev/full'
is "a day that cannot be printed is an error" 1 "$code"
finish
