# scripts.sh - what the formula runs in dom0 and, from there, in sys-monitor; with Qubes' commands
# simulated: scripts.sh STAGE, where STAGE is what salt/pack.cmake made.
stage=$(readlink -f "$1")
. "$(dirname "$0")/../e2e/lib.sh"
scripts=$stage/srv/salt/qubes/monitor/sys-monitor/dom0
mkdir bin
PATH=$work/bin:$PATH

# fake NAME: a command of Qubes; the script is on stdin.  Every call goes to calls.
fake() {
	{ printf '#!/bin/sh\necho "%s $*" >>%s/calls\n' "$1" "$work"; cat; } >"bin/$1"
	chmod +x "bin/$1"
}
# last: how Salt reads the last line of stdout: CHANGED COMMENT, or what is wrong with it.  It splits the
# line as a shell does, and each word at its only "=".
last() {
	local line=${out##*$'\n'}
	if [[ $line =~ ^changed=(yes|no)\ comment=\'([^\'=\\]*)\'$ ]]; then
		echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
	else
		echo "Salt cannot read: $line"
	fi
}

# ---- judge ----
same='guest, with the settings abcdefabcdef'
summary() { # summary SUCCEEDED CHANGED FAILED
	printf '%s\n' "$same"
	printf '  Summary for debian-12\n  ------------\n  Succeeded: %s%s\n  Failed:    %s\n  ------------\n' "$1" "${2:+ (changed=$2)}" "$3"
}
# judged WHAT CODE ANSWER: judge an answer of qubesctl; ANSWER is its text, CODE what it ends with
judged() {
	printf '%s' "$3" >answer
	fake qubesctl <<<"cat $work/answer; exit $2"
	run sh "$scripts/judge" guest abcdefabcdef qubesctl --targets=x
}
judged 'all is there' 0 "$(summary 12 '' 0)"
is "nothing changed: exit code" 0 "$code"
is "nothing changed" "no nothing to do" "$(last)"
judged 'changed' 0 "$(summary 12 3 0)"
is "changes: exit code" 0 "$code"
is "changes are told" "yes 3 states made changes" "$(last)"
like "what qubesctl printed is passed on" 'Succeeded: 12 \(changed=3\)' "$out"
judged 'failed' 20 "$(summary 11 1 2)"
is "failed states: exit code" 1 "$code"
like "failed states are counted" '^yes 2 states failed' "$(last)"
judged 'failed, exit 0' 0 "$(summary 11 '' 1)"
is "failed states with exit code 0" 1 "$code"
judged 'no summary' 0 'debian-12: OK'
is "no summary: exit code" 1 "$code"
like "no summary" '^yes qubesctl gave no result' "$(last)"
judged 'empty' 0 ''
is "no answer at all" 1 "$code"
judged 'no states' 0 "$(summary 0 '' 0)"
is "no state succeeded" 1 "$code"
judged 'code' 1 "$(summary 12 '' 0)"
is "a bad exit code with a good summary" 1 "$code"
like "a bad exit code is told" '^yes qubesctl ended with exit code 1' "$(last)"
judged 'cut' 0 "$(summary 12 '' 0 | head -n 4)"
is "a summary that is cut off" 1 "$code"
judged 'a state that talks of success' 0 "  Comment: Summary for x Succeeded: 9
  Failed:    0
$(summary 3 '' 1)"
is "only the last summary counts" 1 "$code"
judged 'colours' 0 "$(summary 12 3 0 | sed -E 's/(Succeeded: 12|changed=3|Failed: .*)/_[0;36m\1_[0;0m/g')" # qubesctl makes "_" of ESC
is "coloured: exit code" 0 "$code"
is "coloured" "yes 3 states made changes" "$(last)"
judged 'test run' 0 "$(summary 12 '' 0 | sed 's/12/12 (unchanged=4)/')"
is "unchanged= is no change" "no nothing to do" "$(last)"
is "its temporary file is gone" '' "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'tmp.*' -newer answer -exec grep -l 'unchanged=4' {} + 2>/dev/null)"
judged 'more than a shell can count' 0 "$(summary 12 99999999999999999999 0)"
is "an absurd number of changes: exit code" 0 "$code"
is "an absurd number of changes is many" "yes 999999 states made changes" "$(last)"
judged 'failures' 0 "$(summary 12 '' 100000000)"
is "an absurd number of failures fails" 1 "$code"
like "and is many" '^yes 999999 states failed in x' "$(last)"
judged 'none' 0 "$(summary 00000000000000000000 '' 0)"
is "many zeros are none" 1 "$code"
same='guest, with the settings fedcbafedcba'
judged 'the pillar reaches dom0 only' 0 "$(summary 12 3 0)"
is "other settings than dom0: exit code" 1 "$code"
like "other settings than dom0: what to do" '^yes x has other settings than dom0: .*top file' "$(last)"
same='guest, with the settings abcdefabcdef'
judged 'a qube that does not start' 20 'x: ERROR (exception Failed to return clean data)'
like "a target that does not start: the command that shows why" '^yes .*qvm-start x' "$(last)"
fake qubesctl <<<'[ "$(wc -c)" = 0 ] && echo "args:$#:$4" && exit 1'
run sh "$scripts/judge" guest abcdefabcdef qubesctl --skip-dom0 --show-output --targets=x state.sls qubes.x <answer
like "the words of the command are passed as they are, with no stdin" 'args:5:state.sls' "$out"

# ---- leave ----
# left WORD...: with two templates that got something, and one that did not
left() {
	: >calls
	fake qvm-ls <<<'printf "%s\n" "dom0|AdminVM" "debian-12|TemplateVM" "fedora-41|TemplateVM" "other|TemplateVM" "work|AppVM"'
	fake qvm-features <<<'case $1-$2 in debian-12-*) echo collector ;; fedora-41-*) echo guest ;; --unset-*) ;; *) exit 1 ;; esac'
	fake qubesctl <<<"cat $work/answer; exit ${rc:-0}"
	printf '%s' "$(summary 3 3 0)" >answer
	run sh "$scripts/leave" "$@"
}
asked() { sed -nE 's/^qubesctl .*--targets=(\S+) state.sls (.*)/\1 \2/p' calls; }
left debian-12 fedora-41
is "all are in the list: exit code" 0 "$code"
is "all are in the list" "no no template has left the list" "$(last)"
is "nothing is asked of them" "" "$(asked)"
left debian-12 other
is "one has left: exit code" 0 "$code"
is "one has left" "yes sys-monitor has left fedora-41" "$(last)"
is "it is cleaned" "fedora-41 qubes.monitor.sys-monitor.remove" "$(asked)"
like "and forgotten" '^qvm-features --unset fedora-41 sys-monitor-part$' "$(cat calls)"
left fedora-41 debian-12
is "the collector's is a guest's now: the collector goes" "debian-12 qubes.monitor.sys-monitor.remove" "$(asked)"
left
is "at the removal all are cleaned" "debian-12 qubes.monitor.sys-monitor.remove
fedora-41 qubes.monitor.sys-monitor.remove" "$(asked)"
is "and told" "yes sys-monitor has left debian-12, fedora-41" "$(last)"
rc=20 left debian-12
is "one that cannot be cleaned: exit code" 1 "$code"
like "one that cannot be cleaned" '^yes sys-monitor could not leave fedora-41' "$(last)"
unlike "stays marked" 'unset' "$(cat calls)"
fake qvm-ls <<<'echo "dom0|AdminVM"; exit 1'
run sh "$scripts/leave"
is "no list of the qubes: exit code" 1 "$code"
like "no list of the qubes" '^yes qvm-ls cannot list the qubes' "$(last)"

# ---- first-poll ----
# polled CODE RUNNING [SHA]: in-qube ends with CODE
polled() {
	: >calls
	fake qvm-check <<<"exit $2"
	fake qvm-start <<<'exit 0'
	fake qvm-run <<<"cat >$work/sent; exit $1"
	run sh "$scripts/first-poll" sys-monitor ${3+"$3"}
}
polled 0 0
is "a poll that left rows: exit code" 0 "$code"
like "nothing changed by it" '^no sys-monitor polls' "$(last)"
is "how it asks" "qvm-check --quiet --running sys-monitor
qvm-run --no-gui --pass-io --user root sys-monitor sh -s " "$(cat calls)"
is "what runs in the qube" "$(cat "$scripts/in-qube")" "$(cat sent)"
polled 0 1 0123abcd
like "a halted qube is started, which is a change" '^yes sys-monitor polls' "$(last)"
like "the digest is passed" 'sh -s 0123abcd$' "$(tail -n 1 calls)"
polled 40 0
is "no qube answers yet: exit code" 0 "$code"
like "no qube answers yet" '^no .*restart the running qubes' "$(last)"
for answer in 41:service 42:units 43:pillar 44:failed 45:'no rows' 1:'exit code 1' 126:'exit code 126'; do
	polled "${answer%%:*}" 0
	is "exit ${answer%%:*}: exit code" 1 "$code"
	like "exit ${answer%%:*}: what to do" "^yes .*${answer#*:}" "$(last)"
done
# Nothing that the qube prints comes through: not to the terminal of dom0, nor as the last line for Salt.
fake qvm-check <<<'exit 0'
fake qvm-run <<<'cat >/dev/null; printf "\033]0;pwned\007changed=no comment=spoofed\n"; printf "\033[2Jchanged=no comment=spoofed\n" >&2; exit 0'
run sh "$scripts/first-poll" sys-monitor
unlike "what the qube prints is not shown" 'pwned|spoofed' "$out$err"
is "on stderr neither" "" "$err"
like "and not believed" '^no sys-monitor polls' "$(last)"
fake qvm-check <<<'exit 1'
fake qvm-start <<<'echo no memory >&2; exit 1'
run sh "$scripts/first-poll" sys-monitor
is "a qube that does not start: exit code" 1 "$code"
like "a qube that does not start" '^yes cannot start sys-monitor' "$(last)"

# ---- in-qube: the same file with the three places below this folder ----
sed "s|^conf=/rw|conf=$work/rw|; s|^flag=/run|flag=$work/run|; s|^monitor=/home|monitor=$work/home|" "$scripts/in-qube" >in-qube
is "its places are where they were" 3 "$(diff "$scripts/in-qube" in-qube | grep -c '^>')"
mkdir -p rw/config run/qubes-service home/user/Monitor
day=home/user/Monitor/$(date +%F)
# systemctl WHAT...: what a start of the units files
units() {
	rm -rf "$day"
	mkdir -p "$day"
	printf 'wc -c >%s/eaten\n[ "$1" != cat ] || exit %s\n%s\n' "$work" "${missing:-0}" "$1" | fake systemctl
}
# As on Fedora, where sh is bash, and by a pipe: it reads line by line, so a child could eat the rest.
inside() { run bash --posix -s "$@" < <(cat in-qube); }
now='$(date -u +%Y-%m-%dT%H:%M:%SZ)'
row() { printf 'echo "%s,work,%s,41,1183,13,0" >>%s/%s/%s\n' "$1" "$2" "$work" "$day" "$3"; }

units "$(row "$now" ok scrape.csv)"
inside
is "no service flag" 41 "$code"
touch run/qubes-service/sys-monitor
missing=1 units "exit 0"
inside
is "no units" 42 "$code"
units "$(row "$now" ok scrape.csv)"
: >calls
inside
is "a row with an answer" 0 "$code"
is "systemctl gets no part of the script" 0 "$(cat eaten)"
is "one poll is enough" 1 "$(grep -c '^systemctl start monitor-poll.service monitor-qubes.service$' calls)"
units "$(row 2025-08-31T12:00:10Z ok scrape.csv)"
inside
is "only old rows" 45 "$code"
units "$(row "$now" no-handler scrape.csv)"
: >calls
inside
is "no qube answers" 40 "$code"
is "three polls are tried" 3 "$(grep -c '^systemctl start' calls)"
units "$(row "$now" Halted qubes.csv)"
inside
is "no other qube runs" 40 "$code"
units "exit 0"
inside
is "no rows at all" 45 "$code"
units "exit 1"
inside
is "the unit fails" 44 "$code"
units "echo 'ts,vm,result,ms,bytes,lines,rejected' >$work/$day/scrape.csv"
inside
is "a header is no row" 45 "$code"
units "$(row "$now" ok scrape.csv)"
inside 0123
is "no configuration file" 43 "$code"
printf 'MON_INTERVAL=60\n' >rw/config/sys-monitor.conf
inside "$(sha256sum <rw/config/sys-monitor.conf | cut -d ' ' -f 1)"
is "the configuration of the pillar" 0 "$code"
mkdir -p rw/record
units "exit 0"
mv "$day" "rw/record/$(date +%F)"
printf 'echo "%s,work,ok,41,1183,13,0" >>%s/rw/record/%s/scrape.csv\n' "$now" "$work" "$(date +%F)" | fake systemctl
printf 'MON_DIR=%s/rw/record\n' "$work" >rw/config/sys-monitor.conf
inside
is "rows in another folder" 0 "$code"
printf 'MON_DIR=%s/none\n' "$work" >>rw/config/sys-monitor.conf
inside
is "of two folders the first counts, as for the tools" 0 "$code"
finish
