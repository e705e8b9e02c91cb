# mon-prune deletes what was named, is old enough, and is safe by the ledger; nothing else.
. "$(dirname "$0")/lib.sh"
now=2026-09-01T12:00:00Z
qube vault state=Halted

# fresh: a Monitor folder whose days are all in the vault, and as big as each other
all='2026-07-01 2026-08-16 2026-08-17 2026-08-18 2026-08-25 2026-08-30 2026-08-31 2026-09-01 2026-09-02'
fresh() {
	rm -rf M machine/vault
	if [ ! -d made ]; then
		for d in $all; do
			mkdir -p M/$d
			{ echo ts,vm,state; yes "${d}T10:00:00Z,work,Running" | head -n 40; } >M/$d/qubes.csv
		done
		# The clock was years ahead once, so even the recent days are in the vault.
		mon-archive --dir M --vault vault --now 2030-01-01T12:00:00Z >named
		mkdir made
		cp -a M machine/vault named made/
	fi
	cp -a made/M made/named . && cp -a made/vault machine/
}
# disk PATH...: the bytes that they and all below them take of the disk
disk() { find "$@" -printf '%b\n' | awk '{ n += $1 * 512 } END { print n + 0 }'; }
prune() { run mon-prune --dir M --now $now "$@"; }
days() { (cd M && ls -d 20* | xargs); }
feed() { # feed DAY...: names them on stdin of mon-prune, options from $opts
	printf '%s\n' "$@" >feed
	run mon-prune --dir M --now $now ${opts-} <feed
}

fresh
is "all are vouched for" "$all" "$(xargs <named)"
opts=--dry-run feed $all
is "--dry-run prints what is older than 14 days, today being September 1" "2026-07-01 2026-08-16 2026-08-17" "$(xargs <<<"$out")"
is "... and keeps it" "$all" "$(days)"
feed $all
is "deleted and printed" "2026-07-01 2026-08-16 2026-08-17" "$(xargs <<<"$out")"
is "... nothing else; 14 days old is not older than 14 days" "2026-08-18 2026-08-25 2026-08-30 2026-08-31 2026-09-01 2026-09-02" "$(days)"
is "... silently" "0/" "$code/$err"
is "... and nothing of them is left" "archives.csv" "$(cd M && ls -A | grep -v ^20)"
feed $all
is "again: nothing to do" "0//" "$code/$out/$err"

fresh
feed 2026-08-16
is "only what is named" "2026-08-16" "$out"
like "... the older one stays" '^2026-07-01 2026-08-17' "$(days)"
opts='--keep 0' feed $all
is "--keep 0: today, yesterday and the future never" "2026-08-31 2026-09-01 2026-09-02" "$(days)"
fresh
opts='--keep 7' feed $all
is "--keep 7" "2026-08-25 2026-08-30 2026-08-31 2026-09-01 2026-09-02" "$(days)"
fresh
MON_KEEP=100 opts= feed $all
is "MON_KEEP" "$all" "$(days)"
MON_KEEP=100 opts='--keep 60' feed $all
is "--keep is stronger" "2026-07-01" "$out"

# Days as arguments.
fresh
prune 2026-08-16 2026-07-01
is "arguments, oldest first" $'2026-07-01\n2026-08-16' "$out"
prune 2026-08-31 2026-08-25 2026-06-01
is "by hand too: not a recent one" "3/" "$code/$out"
like "... and it says why" '2026-08-31 left: today and yesterday always stay' "$err"
like "... for each" '2026-08-25 left: it is not older than 14 days' "$err"
like "... that is not there" 'there is no folder for 2026-06-01' "$err"

# Clocks.
fresh
run mon-prune --dir M --now 2036-01-01T12:00:00Z </dev/null
is "a clock that jumped years ahead deletes nothing that was not named" "0//$all" "$code/$out/$(days)"
mkdir M/2036-01-01
feed2036() { printf '%s\n' $all >feed; run mon-prune --dir M --now 2036-01-01T12:00:00Z "$@" <feed; }
feed2036
is "... nor, with a day of its own, what a right clock would keep on the newest day" "2026-07-01 2026-08-16 2026-08-17 2026-08-18/2026-08-25 2026-08-30 2026-08-31 2026-09-01 2026-09-02 2036-01-01" "$(xargs <<<"$out")/$(days)"
run mon-prune --dir M --now 2036-01-01T12:00:00Z 2026-08-25
like "... and says why, of a day that only that clock calls old" '2026-08-25 left: the days just before today are not recorded' "$err"
fresh
mkdir M/2035-12-31 M/2036-01-01
feed2036 --keep 0
is "... over its midnight, and without a retention" "2026-09-01 2026-09-02 2035-12-31 2036-01-01" "$(days)"
run mon-prune --dir M --now 2036-01-01T12:00:00Z 2026-09-01 2026-09-02
like "... and says why" '2026-09-01 left: the days just before today are not recorded, so the clock may be wrong' "$err"
mkdir M/2035-12-30
feed2036 --keep 0
is "... but three days in a row are no night" "2035-12-30 2035-12-31 2036-01-01" "$(days)"
# A volume of its own has a lost+found that only root may open.
if [ "$(id -u)" = 0 ]; then
	fresh
	install -d -m 700 M/lost+found
	chown -R nobody M && chown root M/lost+found && chmod 755 "$work"
	printf '%s\n' $all >feed
	as_nobody mon-prune --dir M --now $now <feed
	is "a folder of another in the Monitor folder stops nothing" 0 "$code"
fi
# Four weeks ahead, over one midnight: nearer than a long holiday.
fresh
mkdir M/2026-09-29 M/2026-09-30
printf '%s\n' $all >feed
run mon-prune --dir M --now 2026-09-30T03:50:00Z <feed
like "a clock that is weeks ahead over a midnight deletes nothing that a right one keeps" '2026-08-25 2026-08-30 2026-08-31 2026-09-01 2026-09-02 2026-09-29 2026-09-30$' "$(days)"
rmdir M/2026-09-30 # nor before the first poll of that day
run mon-prune --dir M --now 2026-09-30T03:50:00Z <feed
like "... nor before the first poll of the day" '2026-08-25 2026-08-30 2026-08-31 2026-09-01 2026-09-02 2026-09-29$' "$(days)"
mkdir M/2026-09-28 M/2026-09-30
run mon-prune --dir M --now 2026-09-30T03:50:00Z <feed
unlike "... but three days in a row are no night" '2026-08-25' "$(days)"
fresh
prune 2026-09-02
like "by hand: a day in the future has a reason of its own" '2026-09-02 left: it is in the future; was the clock wrong when it was made' "$err"
cp -r M/2026-08-30 M/2026-08-20
echo 2026-08-20 >feed
run mon-prune --dir M --now $now --keep 5 <feed
is "... nor what the ledger does not hold" "3/" "$code/$out"
like "... and says so" '2026-08-20 left: the ledger has no archive of it' "$err"
rm -r M/2026-08-20
printf '%s\n' $all >feed
run mon-prune --dir M --now 2000-01-01T12:00:00Z <feed
is "a clock that went back deletes nothing" "0//$all" "$code/$out/$(days)"
TZ=Pacific/Auckland run mon-prune --dir M --now $now <feed
like "today is the local date: one more day is old enough" '2026-08-18' "$out"

# The ledger is the second lock.
fresh
echo 2026-07-01T23:00:00Z,late,Running >>M/2026-07-01/qubes.csv
feed $all
is "a day that changed stays" 3 "$code"
like "... and it says why" '2026-07-01 left: its files have another size than when it was archived' "$err"
ok "... with all its rows" grep -q late M/2026-07-01/qubes.csv
fresh && rm M/archives.csv
feed $all
is "without a ledger nothing goes" "3//$all" "$code/$out/$(days)"
fresh && sed -i 1d M/archives.csv
feed $all
is "with a foreign one neither" "1//$all" "$code/$out/$(days)"
fresh && sed -i '2,$s/,vault$/,-x/' M/archives.csv
feed $all
is "rows that are none vouch for nothing" "3//$all" "$code/$out/$(days)"
fresh && sed -i 's/\.tgz,/.partial.tgz,/' M/archives.csv
feed $all
is "nor does an archive of a part" "3//$all" "$code/$out/$(days)"
fresh && truncate -s -1 M/archives.csv
feed 2026-09-02 2026-07-01
is "a torn last row takes nothing else with it" "2026-07-01" "$out"

# What is not ours.
fresh
touch 'M/2026-07-01/my notes' && echo mine >mine && ln -sf ../../mine M/2026-08-16/alerts.csv && mkdir M/2026-08-17/disk.csv
feed $all
is "a foreign file, a symlink, a folder: the day stays" "3//$all" "$code/$out/$(days)"
like "... and the file is named, harmlessly" '2026-07-01 left: it holds 1 file that is not ours \(my\\040notes\); move' "$err"
is "... and the other days were looked at" 3 "$(grep -cE '(is|are) not ours' <<<"$err")"
fresh
mkdir elsewhere && mv M/2026-07-01 elsewhere/ && ln -s ../elsewhere/2026-07-01 M/2026-07-01
feed $all
is "a day that is a symlink stays" 1 "$code"
like "... is told" '2026-07-01 is a symlink or no folder, and left alone: put the folder itself in its place' "$err"
ok "... and what it points to is whole" test -s elsewhere/2026-07-01/qubes.csv
is "... the others go" "2026-08-16 2026-08-17" "$(xargs <<<"$out")"
fresh
touch M/2026-07-01/.qubes.csv.tmp
feed 2026-07-01
like "what came into the folder after it was archived" '2026-07-01 left: its folder is not the one that was archived' "$err"
mon-archive --dir M --vault vault --now $now >/dev/null
feed 2026-07-01
is "what a killed mon-split left is ours" "2026-07-01" "$out"

# What stands on stdin.
fresh
printf '%s\n' ../M 2026-07-01/ ' 2026-07-01' '2026-07-01 ' 2026-7-1 2026-02-30 '*' . '' "$(head -c 9000 /dev/zero | tr '\0' 9)" 2026-08-16 >feed
printf '2026-07-0\0012\n2026-07-01\r\n2026-07-01' >>feed
run mon-prune --dir M --now $now <feed
is "only whole days count, the rest is told" "3/2026-08-16" "$code/$out"
like "... how many" 'ignored 13 lines on stdin that are no days' "$err"
run mon-prune --dir M --now $now <M
is "stdin that cannot be read deletes nothing" "1/" "$code/$out"
run sh -c "mon-prune --dir M --now $now 2026-07-01 >/dev/full"
is "a day that cannot be printed is an error" 1 "$code"

# Left by a kill: renamed aside, half emptied.
fresh
mv M/2026-07-01 M/.pruned-2026-07-01 && mkdir M/.pruned-2026-08-16x
run mon-prune --dir M --now $now --dry-run </dev/null
ok "--dry-run leaves the rest of a killed run" test -d M/.pruned-2026-07-01
run mon-prune --dir M --now $now </dev/null
is "the next run finishes it, and says the day" "0/2026-07-01" "$code/$out"
is "... and nothing with a like name" ".pruned-2026-08-16x archives.csv" "$(cd M && ls -A | grep -v ^20 | xargs)"
mkdir M/.pruned-2026-08-01 && touch M/.pruned-2026-08-01/mine
run mon-prune --dir M --now $now </dev/null
is "... unless something that is not ours came in" 1 "$code"
ok "... which stays" test -e M/.pruned-2026-08-01/mine

# --budget
fresh
size=$(disk M/2026-08-30)
rest=$(disk M/archives.csv)
opts="--keep 9999 --budget $((rest + 7 * size + 1))" feed $all
is "--budget: the oldest until the folder is under it" "2026-07-01 2026-08-16" "$(xargs <<<"$out")"
is "... done" "0/" "$code/$err"
fresh
opts="--keep 9999 --budget $((rest + 7 * size))" feed $all
is "... under it, not at it" "2026-07-01 2026-08-16 2026-08-17" "$(xargs <<<"$out")"
fresh
opts="--budget $((rest + 4 * size + 1)) --dry-run" feed $all
is "with --keep, and dry" "2026-07-01 2026-08-16 2026-08-17 2026-08-18 2026-08-25" "$(xargs <<<"$out")"
is "... nothing went" "$all" "$(days)"
opts="--keep 9999 --budget $((rest + 1))" feed $all
is "today and yesterday stay, whatever the budget" "3/2026-08-31 2026-09-01 2026-09-02" "$code/$(days)"
like "... and that is told" "the folder holds [0-9.]+ ([KMG]i)?B, over the budget of [0-9.]+ ([KMG]i)?B, and no other day may be deleted" "$err"
fresh
opts="--keep 9999 --budget $rest" feed $all
is "where days cannot help none is deleted" "3//$all" "$code/$out/$(days)"
like "... and that is told" "what is no day takes ([0-9.]+ ([KMG]i)?B) of the folder, and the budget is \\1: no day is deleted for it" "$err"
truncate -s 1G M/2026-08-30/hole && mv M/2026-08-30/hole M/hole
opts="--keep 9999 --budget 100M" feed $all
is "a hole takes nothing of the disk" "0//$all" "$code/$out/$(days)"
fresh
echo x >>M/2026-07-01/qubes.csv
opts="--keep 9999 --budget $((rest + 8 * size + 3))" feed $all
is "an unsafe day stays, the next one goes" "2026-08-16" "$out"
fresh
opts="--keep 9999 --budget $((rest + 1))" feed 2026-07-01 2026-08-16
is "only named days, for a budget too" "2026-07-01 2026-08-16" "$(xargs <<<"$out")"
fresh
MON_BUDGET=1G opts=--keep\ 9999 feed $all
is "MON_BUDGET, far away" "0/" "$code/$out"
fresh
mkdir -p M/.outgoing M/exports/deep large && head -c 100000 /dev/zero >M/exports/deep/x && ln -s "$PWD/large" M/exports/large
head -c 1000000 /dev/zero >large/x
opts="--keep 9999 --budget $(($(disk M/archives.csv M/exports M/.outgoing) + 8 * size + 1))" feed $all
is "all that lies in the folder counts, behind no symlink" "0/2026-07-01" "$code/$out"
# Without a budget: three eighths of the volume, so that a flood of rows and a long --keep do not fill it.
volume=$work/volume
mkdir "$volume"
if mount -t tmpfs -o size=256K none "$volume" 2>/dev/null; then
	trap 'cd /; umount "$volume" 2>/dev/null; rm -rf "$work" 2>/dev/null || { sleep 0.3; rm -rf "$work"; }' EXIT
	fresh
	on_volume() { # OPTION...: what is deleted there of a copy of M
		rm -rf "${volume:?}"/* && cp -a M/. "$volume"
		printf '%s\n' $all >feed
		run mon-prune --dir "$volume" --now $now --keep 9999 "$@" <feed
	}
	on_volume
	is "no budget: under three eighths of the volume nothing is done" "0//" "$code/$out/$err"
	page=$(getconf PAGESIZE)
	budget=$((256 * 1024 * 3 / 8)) extra=$((256 * 1024 * 3 / 8 - $(disk "$volume"/*)))
	head -c "$extra" /dev/zero >M/mine
	on_volume
	is "... at them the oldest safe day goes" "0/2026-07-01/" "$code/$out/$err"
	head -c $((extra - page)) /dev/zero >M/mine
	on_volume
	is "... and not a page before" "0//" "$code/$out/$err"
	head -c $((extra + 8 * page)) /dev/zero >M/mine
	on_volume
	is "... and never today or yesterday" "3 2026-07-01 2026-08-16 2026-08-17 2026-08-18 2026-08-25 2026-08-30" "$code $(xargs <<<"$out")"
	like "... and that is told" "over the budget of [0-9.]+ ([KMG]i)?B, three eighths of the volume" "$err"
	on_volume --budget 1G
	is "... but a budget that is set counts" "0//" "$code/$out/$err"
	rm M/mine
	umount "$volume"
else
	echo "no small volume can be mounted here: the budget by default is not tested"
fi

# Kept archives instead of a vault.
fresh && rm M/archives.csv
mkdir kept
run mon-archive --dir M --now $now --no-copy --out kept
is "--no-copy on the same disk names nothing" "0/" "$code/$out"
like "... and says so" "archived in $(pwd -P)/kept, on the disk of the days themselves: 7 days" "$err"
feed $all
is "... and nothing is deleted" "3//$all" "$code/$out/$(days)"
like "... and it says why" '2026-07-01 left: its archive lies on the same disk' "$err"
ok "... the archive is there" gzip -t kept/monitor-2026-07-01.tgz
run mon-archive --dir M --now $now --no-copy
is "default --out: the folder itself" 7 "$(ls M/monitor-*.tgz | wc -l)"
run mon-archive --dir M --now $now --no-copy
is "... once" 7 "$(ls M/monitor-*.tgz | wc -l)"
run mon-archive --dir M --now $now --vault vault
is "with a vault they are archived again" 7 "$(wc -l <<<"$out")"
is "... and the kept ones are not touched" "7 7" "$(ls M/monitor-*.tgz | wc -l) $(ls kept | wc -l)"
# kept_on DIR: what mon-archive says of archives there
kept_on() {
	fresh && rm -f M/archives.csv
	run mon-archive --dir M --now $now --no-copy --out "$1"
}
memory=$(mktemp -d /dev/shm/mon-test.XXXXXX 2>/dev/null)
if [ "$(stat -f -c %T "$memory" 2>/dev/null)" = tmpfs ] && [ "$(stat -c %d "$memory")" != "$(stat -c %d .)" ]; then
	trap 'cd /; rm -rf "$work" "$memory"' EXIT
	kept_on "$memory"
	is "in memory they are not safe: made, not named, told" "3//7" "$code/$out/$(ls "$memory" | wc -l)"
	like "... why" "archived in $memory, which is gone at the next shutdown: mon-prune will not delete" "$err"
	feed $all
	is "... and not deleted" "3//$all" "$code/$out/$(days)"
	like "... and it says why" '2026-07-01 left: its archive lies in a folder that is gone at the next shutdown' "$err"
	run mon-archive --dir M --now $now --no-copy --out "$memory"
	is "... nor archived twice" 7 "$(ls "$memory" | wc -l)"
	# The Monitor folder in memory, the archives on the device of "/".
	if [ "$(stat -c %d .)" = "$(stat -c %d /)" ]; then
		for kind in rw-only none full broken; do
			printf '#!/bin/sh\n[ "$1" = /qubes-vm-persistence ] && echo %s\n[ %s != broken ]\n' $kind $kind >bin-qubesdb
			mkdir -p bin && install -m 755 bin-qubesdb bin/qubesdb-read
			rm -rf "$memory/M" kept && mkdir kept
			fresh && rm M/archives.csv && cp -a M "$memory/M"
			PATH=$PWD/bin:$PATH run mon-archive --dir "$memory/M" --now $now --no-copy --out kept
			case $kind in
			full) is "the root of a standalone qube stays: named" "0/7" "$code/$(wc -l <<<"$out")" ;;
			*) is "the root of a qube that is '$kind' does not: made, not named" "3//7" "$code/$out/$(ls kept | wc -l)" ;;
			esac
		done
	else
		echo "this test does not lie on the device of /: the root of an AppVM is not tested"
	fi
else
	echo "/dev/shm is no memory of its own here: what lies in memory is not tested"
fi
other=$work/disk
mkdir "$other"
# loop_on FILE: mount a new file system in FILE on $other
loop_on() { truncate -s 8M "$1" && mke2fs -q -t ext4 "$1" 2>/dev/null && mount -o loop "$1" "$other" 2>/dev/null; }
if [ -d "$memory" ] && loop_on disk.img; then
	trap 'cd /; umount "$other" 2>/dev/null; rm -rf "$work" "$memory"' EXIT
	kept_on "$other"
	is "on a loop device whose file lies on the disk of the days: not named" "0/" "$code/$out"
	like "... and says so" "archived in $other, on the disk of the days themselves: 7 days" "$err"
	feed $all
	is "... and not deleted" "3//$all" "$code/$out/$(days)"
	umount "$other"
	if loop_on "$memory/disk.img"; then
		kept_on "$other"
		is "on a loop device whose file lies in memory: made, not named" "3//7" "$code/$out/$(ls "$other"/*.tgz | wc -l)"
		feed $all
		is "... and not deleted" "3//$all" "$code/$out/$(days)"
		like "... and it says why" '2026-07-01 left: its archive lies in a folder that is gone at the next shutdown' "$err"
		rm "$memory/disk.img"
		feed $all
		is "... nor where its file is no longer to be found" "3//$all" "$code/$out/$(days)"
		umount "$other"
	fi
	# The days in memory, the archives on another disk.
	loop_on disk.img
	rm -rf "$memory/M"
	fresh && rm M/archives.csv && mv M "$memory/M" && ln -s "$memory/M" M
	printf '%s\n' $all >feed
	run mon-archive --dir M --now $now --no-copy --out "$other"
	is "on another disk they are safe" "0/2026-07-01" "$code/$(head -n 1 <<<"$out")"
	echo x | dd of="$other/monitor-2026-07-01.tgz" bs=1 seek=20 conv=notrunc 2>/dev/null
	rm "$other/monitor-2026-08-16.tgz"
	feed $all
	is "... and the days may go, if the archive is still there and right" "2026-08-17" "$out"
	like "... damaged" '2026-07-01 left: its archive is not the one that the ledger names' "$err"
	like "... gone" '2026-08-16 left: its archive is no longer where the ledger says' "$err"
	run mon-archive --dir M --now $now --no-copy --out "$other"
	ok "what is gone is archived again" gzip -t "$other/monitor-2026-08-16.1.tgz"
	rm M
else
	echo "no second disk can be mounted here: what lies on another disk is not tested"
fi

# The present vault is the one that took the newest copy, or the one that is set.
fresh
qube other state=Halted
mon-archive --dir M --vault other --now $now --date 2026-08-30 >/dev/null
feed $all
is "what only a former vault has stays" "3//$all" "$code/$out/$(days)"
like "... and it says why" '2026-07-01 left: only a former vault has it; mon-archive sends it to the present one' "$err"
BACKUP_VAULT=vault opts= feed 2026-07-01
is "... unless that one is set" "0/2026-07-01" "$code/$out"
run mon-archive --dir M --vault other --now $now
is "mon-archive sends to the present vault what that has not" "0/2026-08-16" "$code/$(head -n 1 <<<"$out")"
is "... all of it" 6 "$(ls machine/vault/other/QubesIncoming/sys-monitor | wc -l)"
feed $all
is "... and then it may go" "0/2026-08-16 2026-08-17" "$code/$(xargs <<<"$out")"

while read -r args; do
	# shellcheck disable=SC2086 # the words of the line
	run mon-prune --dir M $args </dev/null
	is "usage: $args" "2/" "$code/$out"
done <<-END
	--keep -1
	--keep x
	--keep 1e3
	--budget 0
	--budget 1T
	--budget 1.5G
	--budget 99999999999G
	--now 1
	2026-08-31x
	../2026-08-31
	--force
END
MON_KEEP=x run mon-prune --dir M </dev/null
is "MON_KEEP is checked too" 3 "$code"
like "... by its name" "MON_KEEP 'x' in the environment does not count" "$err"
run mon-prune --dir nowhere </dev/null
is "no such folder" 1 "$code"
run mon-prune --help
is "--help fits 80 columns" "0/" "$code/$(awk 'length > 80' <<<"$out")"
finish
