# units-pipe.sh - mon-pipe, the pipe of the units: exit codes, messages, what the stages inherit.
. "$(dirname "$0")/lib.sh"

# stage CODE: the words of a program that reads its stdin to the end and ends with CODE or "killed"
stage() {
	case $1 in
	killed) words=(sh -c 'cat >/dev/null; kill -9 $$') ;;
	*) words=(sh -c "cat >/dev/null; exit $1") ;;
	esac
}

# Every mix of three ends, wherever each stands.
wrong='' mixes=0
for a in 0 1 2 3 killed; do
	for b in 0 1 2 3 killed; do
		for c in 0 1 2 3 killed; do
			stage $a; first=("${words[@]}")
			stage $b; second=("${words[@]}")
			stage $c; third=("${words[@]}")
			case " $a $b $c " in
			*' 1 '* | *killed*) want=1 ;;
			*' 2 '*) want=2 ;;
			*' 3 '*) want=3 ;;
			*) want=0 ;;
			esac
			mon-pipe "${first[@]}" '|' "${second[@]}" '|' "${third[@]}" </dev/null >/dev/null 2>.err
			got=$?
			[ $got = $want ] || wrong+="$a | $b | $c gave $got, not $want"$'\n'
			# One message for each stage that failed, none for the others.
			bad=$(printf '%s\n' $a $b $c | grep -c '[12k]')
			[ "$(wc -l <.err)" = "$bad" ] || wrong+="$a | $b | $c: $(cat .err)"$'\n'
			mixes=$((mixes + 1))
		done
	done
done
is "exit codes of $mixes mixes of 0, 1, 2, 3 and killed" "" "$wrong"

run mon-pipe sh -c 'kill -TERM $$' '|' cat
is "a killed stage is named" "mon-pipe: sh was killed by signal 15 (Terminated)" "$err"
run mon-pipe true '|' sh -c 'exit 126'
is "a foreign exit code is 1" 1 "$code"
is "and said" "mon-pipe: sh failed with exit code 126" "$err"

run mon-pipe printf 'a b\n' '|' tr ' ' '\n' '|' sort -r
is "the text flows" "b
a" "$out"
is "exit code" 0 "$code"
is "silence when all is well" "" "$err"
printf 'in\n' >input
run mon-pipe cat <input
is "one program alone, with our stdin" in "$out"
run mon-pipe sh -c 'exit 3'
is "one program's 3" 3 "$code"

# More than a pipe holds, and a reader that ends early: nobody waits for ever.
ok "a lost reader ends the writer" timeout 20 bash -c 'mon-pipe yes "|" true; test $? = 1'
run timeout 20 mon-pipe sh -c 'grep ^SigIgn: /proc/self/status'
like "SIGPIPE is not ignored in the stages" '^SigIgn:.*[02468ace]...$' "$out"
run ls /proc/self/fd
without=$out
run mon-pipe true '|' ls /proc/self/fd '|' cat
is "a stage has no more descriptors than without mon-pipe" "$without" "$out"

run timeout 20 mon-pipe sleep 1000 '|' no-such-program '|' cat
is "a missing program: exit code" 1 "$code"
like "is named" '^mon-pipe: cannot start no-such-program; is it installed, and on PATH\?: No such file' "$err"
like "the one that ran already is ended" '^mon-pipe: sleep was killed by signal 15' "$err"
: >plain
chmod 644 plain
run mon-pipe ./plain
is "not executable: exit code" 1 "$code"
is "not executable: message" "mon-pipe: cannot start ./plain: Permission denied" "$err"

# Nothing but a word that is a bar is syntax.
run mon-pipe printf '%s,' 'a|b' '||' '>' '&' '$HOME' ''
is "all else is plain words" 'a|b,||,>,&,$HOME,,' "$out"

misuse() {
	run mon-pipe "$@"
	is "misuse: $*: exit code" 2 "$code"
	like "misuse: $*: help is offered" "Try 'mon-pipe --help'" "$err"
	is "misuse: $*: nothing ran" "" "$out"
}
misuse
misuse '|'
misuse '|' echo ran
misuse echo ran '|'
misuse echo ran '|' '|' echo ran
misuse --nonsense echo ran
misuse --help=x
misuse a '|' a '|' a '|' a '|' a '|' a '|' a '|' a '|' a
run mon-pipe --help
is "--help" 0 "$code"
is "--help is at most 80 columns wide" "" "$(awk 'length > 80' .out)"
run mon-pipe --version
like "--version" '^mon-pipe \(sys-monitor\) [0-9]' "$out"
finish
