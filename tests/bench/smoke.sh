# smoke.sh - the benchmark itself works: its page is whole, a missing peer is told of, and so is a tool that does something
# else; neither ends the run.  No figure is looked at.  Exit 77: what it needs is missing.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
need python3 mawk cc git
# All programs but Miller.
mkdir bin
cp -rs /usr/bin/* bin/ 2>/dev/null
rm -f bin/mlr
bench() {
	run env PATH="$work/bin" python3 "$MON_SRC/tests/bench/run" --quick --no-install --work "$work/bench" --output "$work/docs" "$@"
}

bench --build "$MON_BIN" --only split --only cat
is "it runs" "0 " "$code $err"
page=$(cat docs/BENCHMARK.md)
like "a quick run says so" '^\*\*A quick run' "$page"
unlike "everything is filled in" '@@|None|nan' "$page"
like "a row for us, with as many cells as columns" '^\| 20,000 lines by `mon-split --no-sync` \| [0-9.,]+ \| 1\.00 \| [0-9.]+ \|$' "$page"
like "a row for a peer" '^\| `mawk`[^|]* \| [0-9.,]+ \| [0-9.,]+ \| [0-9.]+ \|$' "$page"
like "a target is met or missed" '^  mon-split, CPU, of mawk  +at most 1/4  +(1/[0-9.]+|[0-9.]+ x)  +(met|missed: .*)$' "$out"
like "how many are met" '^[0-9]+ of [0-9]+ targets are met' "$page"
like "a peer that is missing, and nothing else of it" '^Miller: .*: not installed' "$page"
unlike "no row for it" '^\| Miller' "$page"
like "figures that were not measured are not made up" '^\| sys-monitor, all of 20 qubes \| not measured \| - \| - \|$' "$page"
like "subjects that were not measured are named" '^\*\*Not measured yet: guest, sample, poll, archive,' "$page"
like "the terminal has the table too" '^  20,000 lines by mon-split --no-sync +[0-9.,]+ ' "$out"

# A mon-split that loses a line is found out, and the rest of the page stands.
mkdir broken
printf '#!/bin/sh\nsed 7d | "%s/mon-split" "$@"\n' "$MON_BIN" >broken/mon-split
chmod +x broken/mon-split
bench --build "$work/broken" --only split
is "a mon-split that loses a line" 1 "$code"
like "what it files is compared" 'mon-split and mawk do not file the same: .*\.csv' "$err"
page=$(cat docs/BENCHMARK.md)
like "the page says so" '^\*\*split\*\*: not measured: mon-split and mawk' "$page"
like "and has the others, of the run before" '^\| `mon-cat`: a day of 20 qubes' "$page"

bench --build "$work/nothing" --only split
is "no program: a failure" 1 "$code"
like "no program: which one" 'there is no .*/nothing/mon-split' "$err"
exec 9>bench/lock
flock 9
bench --build "$MON_BIN" --only page
is "another run is under way" 1 "$code"
like "another run is under way: said" 'another run uses .*/bench' "$err"
exec 9>&-
bench --only nonsense
is "wrong usage" 2 "$code"

# Each subject can be called by its name.
for subject in "$MON_SRC"/tests/bench/subjects/*.py; do
	subject=$(basename "$subject" .py)
	like "run --help knows $subject" "[ ,(\"]$subject[,)]" "$(python3 "$MON_SRC/tests/bench/run" --help)"
done
finish
