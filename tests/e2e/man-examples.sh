# Every example of the manual works as it is written, in a simulated Qubes with a day of record.
. "$(dirname "$0")/lib.sh"
pages=$MON_SRC/docs/man

qube work "honest=$FIXTURES/debian-12"
qube personal "honest=$FIXTURES/fedora-41"
qube disp1234 "honest=$FIXTURES/debian-12"
qube secrets-vault state=Halted
mkdir -p backup "$HOME/QubesIncoming"
mon-vmstate --now 2025-08-31T12:00:00Z | mon-scrape --now 2025-08-31T12:00:00Z - | mon-split
mon-vmstate | mon-scrape - | mon-split 2>/dev/null
# In the page of mon-archive one command is for the vault: its folder is where that looks.
mon-archive --date 2025-08-31 >days.txt
ln -s "$FAKE_QUBES/vault/secrets-vault/QubesIncoming/sys-monitor" "$HOME/QubesIncoming/"
is "a day is archived" 2025-08-31 "$(cat days.txt)"

cp "$HOME/QubesIncoming/sys-monitor/monitor-2025-08-31.tgz" .
echo "$(date -u -d yesterday +%FT%TZ) work conn: 1,2" | mon-split
mon-rule --example >my.rules

# What the examples name, and a test may not touch, is put elsewhere.
mkdir tests
ln -s "$FIXTURES" tests/fixtures
here() { sed -e "s|/tmp|.|g; s|/mnt/backup|./backup|g"; }
# The commands of a page: displayed lines (.Dl) of EXAMPLES, and blocks of lines that run a tool.
commands() {
	awk '/^\.Sh / { examples = $2 == "EXAMPLES" } /^\.Bd -literal/ { block = 1 } /^\.Ed/ { block = 0 }
		examples && sub(/^\.Dl /, "") { print } block && /^mon-/ { print }' "$1" |
		sed 's/\\(dq/"/g; s/\\en/\\n/g'
}
tried=0
for page in "$pages"/*; do
	n=0
	while read -r command; do
		# tests/boot does the first three; the next ends never, and the last needs a terminal.
		[[ ! $command =~ ^(sudo\ )?systemctl\ |^qvm-run\ |^mon-cat\ --follow|^mon-top($|\ --at) ]] || continue
		run timeout 60 bash -o pipefail -c "$(here <<<"$command")" </dev/null
		# mon-doctor may find, or not be able to find, what this machine lacks; 3 is done in part.
		codes='0|3'
		[[ $command != mon-doctor* ]] || codes='0|1|3'
		like "$(basename "$page"): $command" "^($codes) \$" "$code $(grep -iE 'usage|try .*--help|not found|cannot|error' <<<"$err")"
		n=$((n + 1))
	done < <(commands "$page")
	ok "$(basename "$page"): has examples that were tried" test "$n" -gt 0
	tried=$((tried + n))
done
echo "$tried examples tried"
is "mon-sample prints figures, as its page shows" "begin sys cpu net conn disk io pressure end" \
	"$(mon-sample --root="$FIXTURES/debian-12" --state-dir="$work" --now=2025-08-31T12:00:00Z | cut -d: -f1 | uniq | grep -vE 'alert|custom' | xargs)"
is "the row of the page of mon-split" 2025-08-31T12:00:10Z,work,12,4 \
	"$(echo '2025-08-31T12:00:10Z work conn: 12,4' | mon-split --dir row && tail -n 1 row/2025-08-31/connections.csv)"
finish
