# Copies that fail: each has its own message, the day stays, is not named, and the next run tries again.
. "$(dirname "$0")/lib.sh"
need pgrep
now=2026-09-01T12:00:00Z
in_vault=machine/vault/vault/QubesIncoming/sys-monitor

mkdir -p M/2026-08-29 M/2026-08-30
for d in 2026-08-29 2026-08-30; do printf 'ts,vm,state\n%sT10:00:00Z,work,Running\n' $d >M/$d/qubes.csv; done
archive() { run mon-archive --dir M --now $now --vault vault "$@"; }
# unsafe WHAT REGEX: the last run failed with this message, and left nothing but the days
unsafe() {
	is "$1: exit code" 1 "$code"
	is "$1: no day is named" "" "$out"
	like "$1: the message" "^mon-archive: cannot copy monitor-2026-08-29[.0-9]*tgz to vault.*$2.*the day stays, the next run tries again" "$err"
	is "$1: one error a run" 1 "$(grep -c '^mon-archive' <<<"$err")"
	is "$1: no row, nothing left" "2026-08-29 2026-08-30" "$(ls -A M | xargs)"
}

qube vault deny
archive
unsafe refused '\(exit 126\): dom0 refused it'
qube vault copy-full=10
archive
unsafe full '\(exit 28\): the vault is full.*qvm-volume extend'
for pair in '1:failed in this qube' '121:broke off' '125:cannot take files' '127:cannot take files' '137:was killed' '255:the vault went away meanwhile' '5:means nothing known'; do
	qube vault "copy-exit=${pair%%:*}"
	archive
	unsafe "exit ${pair%%:*}" "\(exit ${pair%%:*}\): .*${pair#*:}"
done
qube vault copy-exit=17
archive
unsafe "a vault that has every name" '\(exit 17\): the vault holds files of all names tried'
is "... after twenty names" 20 "$(grep -c ' copy ' machine/log | xargs -I{} expr {} - 9)"

qube vault copy-hang
start=$(date +%s)
archive --timeout 0.5
unsafe "a copy that hangs" 'did not end in time and was stopped.*--timeout'
ok "... is ended soon" test $(($(date +%s) - start)) -lt 60
is "... and nothing of it runs on" "" "$(pgrep -f "qvm-copy-to-vm --without-progress vault $work" || true)"

mon-archive --dir M --now $now --vault vault 2>/dev/null &
pid=$!
copies() { pgrep -f "qvm-copy-to-vm --without-progress vault $work"; }
for _ in $(seq 200); do
	! copies >/dev/null || break
	sleep 0.05
done
ok "a copy is on its way" copies
kill -TERM $pid
wait $pid 2>/dev/null
is "... when mon-archive is ended" 143 $?
for _ in $(seq 100); do
	copies >/dev/null || break
	sleep 0.05
done
is "... which ends the copy too" "" "$(copies)"

path=$PATH
PATH=$(printf '%s' "$PATH" | tr : '\n' | grep -v '/tests/fakes$' | paste -sd:)
archive
unsafe "no qvm-copy-to-vm" 'there is no qvm-copy-to-vm on PATH.*--no-copy'
PATH=$path

# The name exists there: never success, never overwritten.
qube vault state=Halted
mkdir -p $in_vault
echo other >$in_vault/monitor-2026-08-29.tgz
archive
is "now it works" $'0\n2026-08-29\n2026-08-30' "$code"$'\n'"$out"
is "what was there is untouched" other "$(cat $in_vault/monitor-2026-08-29.tgz)"
is "the row has the other name" "2026-08-29,monitor-2026-08-29.1.tgz" "$(sed -n 2p M/archives.csv | cut -d, -f2,3)"
is "... and its sha256" "$(sha256sum <$in_vault/monitor-2026-08-29.1.tgz | cut -d' ' -f1)" "$(sed -n 2p M/archives.csv | cut -d, -f6)"

# Vouched days are named even when new copies fail.
cp -r M/2026-08-30 M/2026-08-31
qube vault deny
archive
is "days archived before are named, the new one is not" $'1\n2026-08-29\n2026-08-30' "$code"$'\n'"$out"

# A copy that says 0 but is ended by us, or prints much, is a failure or fine.
mkdir bin
printf '#!/bin/sh\nhead -c 100000 /dev/zero\nexit 0\n' >bin/qvm-copy-to-vm && chmod +x bin/qvm-copy-to-vm
PATH=$work/bin:$PATH archive
is "a program that is not qvm-copy-to-vm is not believed" 1 "$code"

# The default vault, and the environment.
printf '#!/bin/sh\necho "$@" >%s/args\nexit 126\n' "$work" >bin/qvm-copy-to-vm
PATH=$work/bin:$PATH run mon-archive --dir M --now $now
is "how the copy is called; another vault gets all days anew" "--without-progress secrets-vault $(pwd -P)/M/.outgoing/monitor-2026-08-29.2.tgz" "$(cat args)"
BACKUP_VAULT=other PATH=$work/bin:$PATH run mon-archive --dir M --now $now
like "BACKUP_VAULT" '^--without-progress other ' "$(cat args)"
BACKUP_VAULT=other PATH=$work/bin:$PATH run mon-archive --dir M --now $now --vault third
like "--vault is stronger" '^--without-progress third ' "$(cat args)"

# A ledger that is not one.
qube vault state=Halted
sed -i 1s/ts/TS/ M/archives.csv
before=$(sha256sum M/archives.csv)
archive
is "a foreign ledger stops the run" "1/" "$code/$out"
like "... with what to do" 'cannot use archives.csv, which does not begin with the expected header: move it away' "$err"
is "... and is not touched" "$before" "$(sha256sum M/archives.csv)"
echo mine >mine
rm M/archives.csv && ln -s ../mine M/archives.csv
archive
is "a symlink is no ledger" "1/" "$code/$out"
is "... and what it points to is untouched" mine "$(cat mine)"
rm M/archives.csv && mkfifo M/archives.csv
archive
is "a FIFO is none and hangs nobody" "1/" "$code/$out"
rm M/archives.csv
{
	echo ts,day,archive,bytes,csv_bytes,sha256,vault
	size=$(cat M/2026-08-31/* | wc -c) hash=$(printf %064d 0)
	echo "$now,2026-08-31,monitor-2026-08-31.tgz,1,$size,$hash,-x"
	echo "$now,2026-08-31,monitor-2026-08-30.tgz,1,$size,$hash,vault"
	echo "$now,2026-08-31,../monitor-2026-08-31.tgz,1,$size,$hash,vault"
	echo "$now,2026-08-31,monitor-2026-08-31.tgz,1,0$size,$hash,vault"
	echo "$now,2026-08-31,monitor-2026-08-31.tgz,1,$size,${hash}0,vault"
	echo "$now,2026-08-31,monitor-2026-08-31.tgz,1,$size,$hash,vault,"
	head -c 5000 /dev/zero | tr '\0' x
	printf '\n%s' "$now,2026-08-31,monitor-2026-08-31.tgz,1,$size,$hash,vault"
} >M/archives.csv
qube vault deny
archive
is "rows that are none vouch for nothing" "1/" "$code/$out"
like "... and are told" 'archives.csv: ignored 7 lines that are no rows' "$err"

# What belongs to root: who may not write it hears what to type, and nothing is copied.
if [ "$(id -u)" = 0 ]; then
	mkdir -p N/2026-08-29 && printf 'ts,vm,state\n2026-08-29T10:00:00Z,work,Running\n' >N/2026-08-29/qubes.csv
	chown -R nobody:nogroup N machine && chmod 755 . N
	echo ts,day,archive,bytes,csv_bytes,sha256,vault >N/archives.csv && chmod 644 N/archives.csv
	mkdir copied && chmod 777 copied
	printf '#!/bin/sh\ncp "$3" %s/copied\n' "$PWD" >bin/qvm-copy-to-vm
	mkdir -p bin && chmod 755 bin && PATH=$PWD/bin:$PATH run as_nobody mon-archive --dir N --now $now --vault vault
	is "a ledger that belongs to root: no copy begins" "1//" "$code/$out/$(ls copied)"
	like "... and what to type is said" "cannot use archives.csv; nothing is copied; .*type as root: chown -R 65534:65534 'N': Permission denied" "$err"
	rm N/archives.csv && chown root N/2026-08-29/qubes.csv
	echo '2026-08-29T11:00:00Z work state: Running' >more && chmod 644 more
	run as_nobody mon-split --dir N <more
	is "a CSV file that belongs to root: the row is lost" 1 "$code"
	like "... and what to type is said" "cannot append to 2026-08-29/qubes.csv: 1 row lost; .*type as root: chown -R 65534:65534 'N': Permission denied" "$err"
else
	echo "not root: what belongs to root is not tested"
fi
finish
