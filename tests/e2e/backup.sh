# mon-archive | mon-prune, as the backup unit runs it.
. "$(dirname "$0")/lib.sh"
now=2026-09-01T12:00:00Z
in_vault=machine/vault/vault/QubesIncoming/sys-monitor
export BACKUP_VAULT=vault
qube vault state=Halted
day() {
	mkdir -p "M/$1"
	{ echo ts,vm,state; yes "$1T10:00:00Z,work,Running" | head -n "${2:-40}"; } >"M/$1/qubes.csv"
}
backup() { run bash -o pipefail -c 'mon-archive --dir M --now $0 2>archive.err | mon-prune --dir M --now $0' ${1:-$now}; }
days() { (cd M && ls -d 20* 2>/dev/null | xargs); }

# Rows through the real mon-split, so that the two agree on what a day is.
{
	for d in 2026-08-01 2026-08-02 2026-08-30 2026-08-31 2026-09-01; do
		printf '%sT10:00:0%dZ work state: Running\n' $d 1 $d 2
		printf '%sT10:00:00Z work conn: 12,4\n' $d
		printf '%sT10:00:00Z work scrape: ok,41,1183,13,0\n' $d
	done
} | mon-split --dir M
cp -r M original
backup
is "one line does all" $'0\n2026-08-01\n2026-08-02' "$code"$'\n'"$out"
is "what stays" "2026-08-30 2026-08-31 2026-09-01" "$(days)"
for d in 2026-08-01 2026-08-02 2026-08-30 2026-08-31; do
	tar xzf $in_vault/monitor-$d.tgz
	ok "the vault has $d as it was filed" diff -r original/$d $d
done
backup
is "the next night" "0/" "$code/$out"

# Days that come back, and days that come again.
tar xzf $in_vault/monitor-2026-08-01.tgz -C M
backup
is "a day that came back by tar is known" $'0\n2026-08-01' "$code"$'\n'"$out"
is "... and not copied again" "monitor-2026-08-01.tgz" "$(ls $in_vault | grep 08-01)"
sed -i s/Running/Pausing/ original/2026-08-01/qubes.csv # as many bytes
cp -r original/2026-08-01 M/
backup
is "another day of the same name and size is not taken for it" $'0\n2026-08-01' "$code"$'\n'"$out"
is "... but copied before it is deleted" "monitor-2026-08-01.1.tgz" "$(ls $in_vault | grep 08-01.1)"
tar xzf $in_vault/monitor-2026-08-01.1.tgz
ok "... as it is" diff -r original/2026-08-01 2026-08-01

# The vault is away for days; it is caught up, and until then nothing goes.
qube vault deny
for d in 2026-08-03 2026-08-04 2026-08-05; do day $d; done
backup
is "no vault: the unit fails, nothing is deleted" "1/2026-08-03 2026-08-04 2026-08-05 2026-08-30 2026-08-31 2026-09-01" "$code/$(days)"
# Room for one more: the first is safe, the second is not.
used=$(cat $in_vault/* | wc -c)
mon-archive --dir M --now $now --no-copy --date 2026-08-03 2>/dev/null
one=$(stat -c %s M/monitor-2026-08-03.tgz) && rm M/monitor-2026-08-03.tgz
qube vault copy-full=$((used + one))
backup
is "mon-archive fails midway: only what is safe goes" $'1\n2026-08-03' "$code"$'\n'"$out"
is "... the rest stays" "2026-08-04 2026-08-05 2026-08-30 2026-08-31 2026-09-01" "$(days)"
# Killed midway, in the copy of the second day.
qube vault copy-hang
mon-archive --dir M --now $now >named 2>/dev/null &
pid=$!
for _ in $(seq 200); do
	[ ! -e M/.outgoing/monitor-2026-08-04.tgz ] || break
	sleep 0.05
done
kill -9 $pid
wait $pid 2>/dev/null
ok "killed in the copy" test -e M/.outgoing/monitor-2026-08-04.tgz
run mon-prune --dir M --now $now <named
is "... nothing was named, nothing goes" "0/2026-08-04 2026-08-05 2026-08-30 2026-08-31 2026-09-01" "$code/$(days)"
qube vault state=Halted
backup
is "the next run catches up" $'0\n2026-08-04\n2026-08-05' "$code"$'\n'"$out"
is "... and tidies up" "2026-08-30 2026-08-31 2026-09-01 archives.csv" "$(ls -A M | xargs)"

# A row that comes between the two tools saves its day.
day 2026-08-06
mon-archive --dir M --now $now >named
echo '2026-08-06T23:59:59Z late state: Running' | mon-split --dir M
run mon-prune --dir M --now $now <named
is "a late row: the day stays" "3/2026-08-06 2026-08-30 2026-08-31 2026-09-01" "$code/$(days)"
backup
is "... until it is archived again" "0/2026-08-06" "$code/$out"
is "... under its own name" "monitor-2026-08-06.1.tgz" "$(ls $in_vault | grep 08-06.1)"

# Ledger lost: everything is archived anew, under names of its own, and nothing is guessed.
day 2026-08-07
backup
rm M/archives.csv
day 2026-08-07
backup
is "without its ledger a day is archived again" "0/2026-08-07" "$code/$out"
ok "... beside the first copy, with the same bytes" cmp $in_vault/monitor-2026-08-07.tgz $in_vault/monitor-2026-08-07.1.tgz
is "and so is every other" "2026-08-07,2026-08-30,2026-08-31" "$(cut -d, -f2 M/archives.csv | sed 1d | sort -u | paste -sd,)"

backup
is "exit code of the pipe in the end" 0 "$code"
finish
