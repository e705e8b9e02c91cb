# The screens in README.md are what the commands above them print of the day that tests/picture makes.
. "$(dirname "$0")/lib.sh"
export LC_ALL=C.UTF-8
ok "the day is made" bash "$MON_SRC/tests/picture" "$work/record"
# block N: the lines of the N-th block that has no language
block() { awk -v want="$1" '/^```/ { on = $0 == "```" && !on; n += on; next } on && n == want && NF' "$MON_SRC/README.md"; }
for n in 1 2; do
	case $n in 1) command='mon-report yesterday' options= ;; 2) command='mon-top --at 10:02 yesterday' options='-b --utc' ;; esac
	like "README shows: $command" "$command" "$(cat "$MON_SRC/README.md")"
	# shellcheck disable=SC2086 # words
	run ${command%% *} $options --dir record --now 2025-09-01T12:00:00Z ${command#* }
	is "$command: exit 0" "0 " "$code $err"
	sed 's/ *$//' .out >printed
	is "$command: each line shown is printed, in this order" "$(block $n)" "$(grep -Fx -f <(block $n) printed)"
	ok "$command: there are some" test "$(block $n | wc -l)" -ge 6
done
for picture in $(grep -oE 'docs/img/[a-z-]+\.png' "$MON_SRC/README.md"); do
	ok "$picture is small enough" test "$(stat -c %s "$MON_SRC/$picture")" -lt 150000
done
finish
