# A volume that is full: archiving its days is what frees it, so that needs no space on it.
. "$(dirname "$0")/../harness/mounts.sh"
. "$(dirname "$0")/lib.sh"
in_vault=machine/vault/vault/QubesIncoming/sys-monitor
export BACKUP_VAULT=vault TMPDIR=$work/tmp
mkdir tmp volume
mount -t tmpfs -o size=1M none volume || exit 1
trap 'cd /; umount "$work/volume" 2>/dev/null; rm -rf "$work"' EXIT
page=$(getconf PAGESIZE)
left() { echo $(($(stat -f -c '%a * %S' volume) / page)); }
# fill PAGES: leave so many pages free
fill() {
	head -c $((($(left) - $1) * page)) /dev/zero >volume/ballast
	is "$1 pages are free" "$1" "$(left)"
}
rows() { # rows DAY COUNT: alerts that no compressor makes small
	awk -v day="$1" -v n="$2" 'BEGIN { srand(n); for (i = 0; i < n; i++) {
		text = ""; for (j = 0; j < 60; j++) text = text sprintf("%c", 97 + int(rand() * 26))
		printf "%sT%02d:%02d:%02dZ work alert: %s\n", day, i / 3600 % 24, i / 60 % 60, i % 60, text } }'
}

# The archive has taken the last page, so its row has no place: the archive, copied, makes one.
qube vault state=Halted
echo '2026-08-29T10:00:00Z work state: Running' | mon-split --dir volume/M
fill 1
run mon-archive --dir volume/M --now 2026-09-01T12:00:00Z
is "a full volume: the archive makes room for its row" "0/2026-08-29/" "$code/$out/$err"
is "... which is there" "2026-08-29,monitor-2026-08-29.tgz" "$(sed -n 2p volume/M/archives.csv | cut -d, -f2,3)"
rm -rf volume/* machine/vault

# Not even the archive has a place: it is made among the temporary files.
echo '2026-08-29T10:00:00Z work state: Running' | mon-split --dir volume/M
mon-archive --dir volume/M --now 2026-09-01T12:00:00Z >/dev/null
rows 2026-08-30 100 | mon-split --dir volume/M
fill 0
run mon-archive --dir volume/M --now 2026-09-01T12:00:00Z
is "no page is free: made elsewhere, copied, recorded" $'0\n2026-08-29\n2026-08-30\n' "$code"$'\n'"$out"$'\n'"$err"
ok "... whole" sh -c "tar xzOf $in_vault/monitor-2026-08-30.tgz 2026-08-30/alerts.csv | cmp - volume/M/2026-08-30/alerts.csv"
is "... and nothing of it is left" "0/2026-08-29 2026-08-30 archives.csv" "$(ls -A tmp | wc -l)/$(ls -A volume/M | xargs)"
# Who has the name of that folder before us shall not have the archive.
rows 2026-08-31 100 >more && rm volume/ballast && mon-split --dir volume/M <more && fill 0
mine=tmp/sys-monitor-archive.$(printf '%x.%x' "$(stat -c %d volume/M)" "$(stat -c %i volume/M)")
mkdir -m 755 "$mine"
run mon-archive --dir volume/M --now 2026-09-02T12:00:00Z
is "a folder there that others may read is not used" "1/2/0" "$code/$(wc -l <<<"$out")/$(ls "$mine" | wc -l)"
like "... and the full volume is told" 'cannot write the archive of 2026-08-31 in .*; the day stays, free some space there: No space left on device' "$err"
chmod 700 "$mine" && touch "$mine/.monitor-2026-08-30.tgz.tmp"
run mon-archive --dir volume/M --now 2026-09-02T12:00:00Z
is "what a killed run left there is tidied" "0/3/0" "$code/$(wc -l <<<"$out")/$(ls -A tmp | wc -l)"
rm -rf volume/* machine/vault
# A ledger that cannot be made: nothing is copied.
echo '2026-08-29T10:00:00Z work state: Running' | mon-split --dir volume/M
fill 0
run mon-archive --dir volume/M --now 2026-09-01T12:00:00Z
is "no place for the first row: no copy begins" "1//no" "$code/$out/$([ -e $in_vault ] && echo yes || echo no)"
like "... and it is said" 'cannot use archives.csv; nothing is copied: No space left on device' "$err"
rm -rf volume/*

# The vault is away until the volume is full; then it comes back.
qube vault deny
n=0
while n=$((n + 1)); day=$(date -u -d "2026-08-01 + $n days" +%F); rows "$day" 600 | mon-split --dir volume/M 2>/dev/null; do
	mon-archive --dir volume/M --now "${day}T23:59:00Z" >/dev/null 2>&1
done
ok "the volume is full after $n days" test $n -gt 8
made=$(ls volume/M | grep -c ^20)
qube vault state=Halted
for night in 1 2 3; do
	today=$(date -u -d "2026-08-01 + $((n + night)) days" +%F)
	mon-archive --dir volume/M --now "${today}T03:50:00Z" 2>>said | mon-prune --dir volume/M --now "${today}T03:50:00Z" --keep 5 >/dev/null 2>>said
	echo "${today}T12:00:00Z work state: Running" | mon-split --dir volume/M || fail "the poll of $today"
done
is "three nights: every day is in the vault" $((made + 2)) "$(ls $in_vault | wc -l)"
is "... once, and nothing went wrong" "" "$(ls $in_vault | grep '\.1\.tgz'; cat said)"
ok "... and there is room again" test "$(left)" -gt 100
umount volume
finish
