# units-pipe.sh - mon-pipe, the pipe of the units: exit codes, messages, what the stages inherit.
. "$(dirname "$0")/lib.sh"

# stage CODE: the words of a program that reads its stdin to the end and ends with CODE or "killed"
stage() {
	case $1 in
	killed) words=(sh -c 'while read -r _; do :; done; kill -9 $$') ;;
	*) words=(sh -c "while read -r _; do :; done; exit $1") ;;
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
			bad=0
			for end in $a $b $c; do case $end in 1 | 2 | killed) bad=$((bad + 1)) ;; esac; done
			mapfile -t messages <.err
			[ ${#messages[@]} = $bad ] || wrong+="$a | $b | $c: $(cat .err)"$'\n'
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

# Behind "|?" a program may be missing, fail or hang: told, exit 3, and the rest goes on.
writes() { words=(sh -c 'seq 100000 && echo done >wrote'); }
writes
optional() { # WHAT MESSAGE PROGRAM...
	local what=$1 message=$2
	shift 2
	rm -f wrote
	run timeout 60 mon-pipe "${words[@]}" '|?' "$@" '|' sh -c 'cat; echo behind'
	is "optional: $what: exit code" 3 "$code"
	like "optional: $what: said" "$message" "$err"
	is "optional: $what: the one before it wrote all it had" "done" "$(cat wrote)"
	like "optional: $what: the one behind it ended by itself" 'behind$' "$out"
}
optional missing '^mon-pipe: cannot start no-such-program; is it installed, and on PATH\?; the rest goes on without it: No such file' no-such-program
optional "fails at once" '^mon-pipe: false failed with exit code 1' false
optional "fails later" '^mon-pipe: sh failed with exit code 2' sh -c 'head -n 10; exit 2'
optional killed '^mon-pipe: sh was killed by signal 9' sh -c 'kill -9 $$'
optional "hangs behind its input" '^mon-pipe: sh did not end within 2000 ms of all before it: ended it' sh -c 'cat >/dev/null; exec sleep 1000'
optional "hangs and does not listen" '^mon-pipe: sh did not end within 2000 ms of all before it: ended it' sh -c 'trap "" TERM; cat >/dev/null; while :; do sleep 0.1; done'
optional "hangs by what it started" '^mon-pipe: sh did not end within 2000 ms of all before it: ended it' sh -c 'cat >/dev/null; sleep 1000; :'
optional "leaves behind what holds the pipe" '^mon-pipe: what was started by sh did not end within 2000 ms of all before it: ended it' sh -c 'cat >/dev/null; sleep 1000 &'
optional "is done in part" '^$' sh -c 'cat >/dev/null; exit 3'
run mon-pipe seq 3 '|?' tail -n 1
is "optional: all well: exit code, text, silence" "0/3/" "$code/$out/$err"
run mon-pipe seq 3 '|?' no-such-program '|?' no-such-either
is "optional: two in a row" "3/2" "$code/$(wc -l <.err)"
run mon-pipe sh -c 'exit 1' '|?' false
is "optional: a needed one that fails is not hidden" 1 "$code"
run mon-pipe true '|?' true '|' no-such-program
is "optional: a plain bar behind it needs its program" 1 "$code"
# A hung reader that never reads: mon-split files all, and leaves it behind.
seq 40000 | sed 's/.*/2025-08-31T12:00:00Z work conn: &,0/' >many
run timeout 60 mon-pipe cat many '|' mon-split --no-sync --pass --dir R '|?' sleep 1000 '|' cat
is "optional: the record is not held up by a reader that hangs" "3/40001" "$code/$(wc -l <R/2025-08-31/connections.csv)"
like "optional: both say so" 'mon-split: the reader of --pass did not take all.*mon-pipe: sleep did not end' "$(tr '\n' ' ' <.err)"

# Whoever ends mon-pipe ends what it began.
for sig in TERM INT HUP; do
	env --default-signal=INT mon-pipe sh -c 'echo $$ >one; exec sleep 1000' '|?' sh -c 'sh -c "echo \$PPID \$\$ >two; exec sleep 1000"; :' '|' sleep 1000 2>.err &
	pid=$!
	for _ in $(seq 200); do [ -s one ] && [ -s two ] && break; sleep 0.05; done
	kill -$sig $pid
	wait $pid
	is "$sig: exit code" 1 $?
	is "$sig: the stages are ended, too" "" "$(ps -o pid=,stat= -p "$(cat one two | xargs | tr ' ' ,)" | grep -v ' Z')"
	rm -f one two
done

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
misuse '|?' echo ran
misuse echo ran '|?'
misuse echo ran '|?' '|' echo ran
misuse --nonsense echo ran
misuse --help=x
misuse a '|' a '|' a '|' a '|' a '|' a '|' a '|' a '|' a
run mon-pipe --help
is "--help" 0 "$code"
is "--help is at most 80 columns wide" "" "$(awk 'length > 80' .out)"
run mon-pipe --version
like "--version" '^mon-pipe \(sys-monitor\) [0-9]' "$out"
finish
