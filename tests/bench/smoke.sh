# smoke.sh - the benchmark itself works: its report is whole, a missing peer is told of, and so is
# a mon-split that files something else.  No figure is looked at.  Exit 77: a peer that it needs is missing.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
for tool in python3 mawk perl strace cc git; do
	command -v $tool >/dev/null || { echo "SKIP: needs $tool: tests/setup test"; exit 77; }
done
export ASAN_OPTIONS=detect_leaks=0 # strace counts the processes, and a leak sanitizer cannot be traced
# All programs but Miller.
mkdir bin
cp -rs /usr/bin/* bin/ 2>/dev/null
rm -f bin/mlr
bench() {
	run env PATH="$work/bin" python3 "$MON_SRC/tests/bench/run" --quick --no-install --work "$work/bench" --output "$work/docs" "$@"
}

bench --build "$MON_BIN" --only split
is "it runs" "0 " "$code $err"
page=$(cat docs/BENCHMARK.md bench/details.md)
like "a quick run says so" '^\*\*A quick run' "$page"
unlike "everything is filled in" '@@|None|nan' "$page"
like "a row for us, with as many cells as columns" '^\| `mon-split` \| [0-9.,]+ \| [0-9.,]+ \| [0-9.,]+ \| not counted \| 1 \| [0-9.]+ \|$' "$page"
for peer in mawk perl cat; do
	like "a row for $peer" "^\\| \`$peer\` \\| [0-9.,]+ " "$page"
done
like "a target is met or missed" '^\| 1 \| 20,000 lines.* of mawk \| at most 1/4 \| (1/[0-9.]+|[0-9.]+ x) \| (met|\*\*missed\*\*) \|$' "$page"
unlike "no row for a peer that is missing" '^\| `miller`' "$page"
like "a peer that is missing, with the reason" '^- miller: mlr is not installed' "$page"
like "figures that were not measured are not made up" '^Not computed: .*units: activation_us' "$page"
unlike "no plot that was not made" '\.svg' "$page"
like "the terminal has the table too" '^  mon-split --no-sync +[0-9.,]+ ' "$out"

# A mon-split that loses a line is found out.
mkdir broken
printf '#!/bin/sh\nsed 7d | %s/mon-split "$@"\n' "$MON_BIN" >broken/mon-split
chmod +x broken/mon-split
bench --build "$work/broken" --only split
is "a mon-split that loses a line" 1 "$code"
like "what it files is compared" 'mon-split and [a-z]+ do not file the same: .*\.csv' "$err"

bench --build "$work/nothing" --only split
is "no program: a failure" 1 "$code"
like "no program: which one" 'there is no .*/nothing/mon-split' "$err"
mkdir -p bench
exec 9>bench/lock
flock 9
bench --build "$MON_BIN" --only report
is "another run is under way" 1 "$code"
like "another run is under way: said" 'another run uses .*/bench' "$err"
exec 9>&-
bench --only nonsense
is "wrong usage" 2 "$code"

ok "the plots are XML, and have all points" env PYTHONPATH="$MON_SRC/tests/bench" PYTHONDONTWRITEBYTECODE=1 python3 -c '
import xml.dom.minidom, plot
svg = plot.lines("a < b", "x", "y", [("one", [(0, 0), (10, 7)], True), ("two", [(1, 1), (5, 3), (10, 8)], False)], "text")
dom = xml.dom.minidom.parseString(svg)
assert len(dom.getElementsByTagName("circle")) == 3 and len(dom.getElementsByTagName("polyline")) == 1
bars = xml.dom.minidom.parseString(plot.bars("t", "ms", [("mon-a", 1.0, "1 ms"), ("b & c", 9.0, "9 ms")], "text"))
assert len(bars.getElementsByTagName("rect")) == 3
'
finish
