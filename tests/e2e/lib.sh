# lib.sh - what every end-to-end test does alike.  Source it first:
#
#	. "$(dirname "$0")/lib.sh"
#	need strace		# else the test is skipped
#	run mon-split --dir Monitor <input
#	is "exit code" 0 "$code"
#	finish
#
# The test runs in a fresh folder that is gone at the end.  The tools under test come from
# $MON_BIN, the simulated Qubes from tests/fakes (README.md there).
# Nothing of the caller's settings reaches them.
set -u
MON_SRC=${MON_SRC:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
MON_BIN=${MON_BIN:-$MON_SRC/build/dev}
MON_FAKES=${MON_FAKES:-$MON_BIN/fakes} # the simulated qrexec-client-vm, where it is not beside the tools
for v in $(compgen -e); do
	case $v in MON_SRC | MON_BIN | MON_FAKES) ;; MON_* | BACKUP_VAULT | FAKE_QUBES | QREXEC_* | JOURNAL_STREAM | NO_COLOR) unset "$v" ;; esac
done
work=$(mktemp -d "${TMPDIR:-/tmp}/mon-test.XXXXXX")
home=$work/home
mkdir -p "$home" "$work/run" "$work/machine/qubes"
: >"$work/no-settings"
# Twice: a simulated guest may write its last file while its machine is being deleted.
trap 'cd /; rm -rf "$work" 2>/dev/null || { sleep 0.3; rm -rf "$work"; }' EXIT
cd "$work" || exit 1
export MON_SRC MON_BIN HOME=$home XDG_RUNTIME_DIR=$work/run TZ=UTC LC_ALL=C
export MON_SETTINGS=$work/no-settings # never the machine's own
export MON_STATE_DIR=$work/sampled # of mon-sample: never /run/mon-sample
export FAKE_QUBES=$work/machine FIXTURES=$MON_SRC/tests/fixtures
# Programs are Debian's: what else is in a person's PATH may be a wrapper (pyenv's python3 takes ten times as long).
export PATH=$MON_BIN:$MON_FAKES:$MON_SRC/tests/fakes:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
passed=0 failed=0

# need PROGRAM...: the whole test does; without one it is skipped, and says why.
need() { "$MON_SRC/tests/harness/need" "$@" || exit; }
# have PROGRAM...: a part of the test needs them; without one that part is left out, and it is said.
have() { "$MON_SRC/tests/harness/need" "$@" | sed 's/^SKIP: /skip a part: it /'; return "${PIPESTATUS[0]}"; }

pass() { passed=$((passed + 1)); printf 'ok   %s\n' "$1"; }
fail() { failed=$((failed + 1)); printf 'FAIL %s\n' "$1"; shift; [ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/     /'; }

# is WHAT EXPECTED ACTUAL: are they the same text?
is() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3"))"; fi
}
# matches REGEX TEXT: does the (extended) expression match in a line of it?  As grep -E says, but
# without a process for each check; a long text, or what bash takes for no expression, is for grep.
matches() {
	local line
	if [ ${#2} -ge 4096 ] || [[ $1 == *$'\n'* ]]; then
		grep -Eq -- "$1" <<<"$2"
		return
	fi
	while IFS= read -r line; do
		[[ $line =~ $1 ]]
		case $? in
		0) return 0 ;;
		2) grep -Eq -- "$1" <<<"$2"; return ;;
		esac
	done <<<"$2"
	return 1
}
# like WHAT REGEX ACTUAL: does it match somewhere?
like() {
	if matches "$2" "$3"; then pass "$1"; else fail "$1" "no match for: $2" "$3"; fi
}
# unlike WHAT REGEX ACTUAL
unlike() {
	if matches "$2" "$3"; then fail "$1" "unwanted match for: $2" "$3"; else pass "$1"; fi
}
# ok WHAT COMMAND...: does the command succeed?
ok() {
	local what=$1
	shift
	if "$@" >"$work/.ok" 2>&1; then pass "$what"; else fail "$what" "exit $? of: $*" "$(head -c 2000 "$work/.ok")"; fi
}
# slurp VARIABLE FILE: what $(cat FILE) is, without NULs and without a process
slurp() {
	local part all=
	while IFS= read -r -d '' part; do all+=$part; done <"$2"
	all+=$part
	while [[ $all == *$'\n' ]]; do all=${all:0:-1}; done # ${all%...} looks at each suffix of a long text
	printf -v "$1" %s "$all"
}
# run COMMAND...: sets $code, $out and $err (a file each too: $work/.out, $work/.err)
run() {
	"$@" >"$work/.out" 2>"$work/.err"
	code=$?
	slurp out "$work/.out"
	slurp err "$work/.err"
}
# as_nobody COMMAND...: run it as the user nobody (for root only).  The tools are copied: the
# checkout may lie where nobody may go.
as_nobody() {
	if [ ! -d "$work/bin" ]; then
		chmod 755 "$work"
		install -d -m 755 "$work/bin"
		install -m 755 "$MON_BIN"/mon-* "$work/bin"
	fi
	PATH=$work/bin:$PATH setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
}
# qube NAME LINE...: write the file of a simulated qube (tests/fakes/README.md)
qube() {
	local name=$1
	shift
	printf '%s\n' "$@" >"$FAKE_QUBES/qubes/$name"
}
# quota_machine: three qubes, and a history of what each had filed; the clock of all is --now
quota_machine() {
	caps() { sed -n "s/^#define $1 *\([0-9]*\) .*/\1/p" "$MON_SRC/lib/pure/caps.h"; }
	day=$(caps MON_QUOTA_DAY) share=$(caps MON_QUOTA_SHARE) figures=$(caps MON_QUOTA_FIGURES)
	ok "the caps are found" [ "$day" -gt "$share" -a "$share" -gt "$figures" -a "$figures" -gt 0 ]
	# All times are seconds after this, and --now is the clock of all.
	t0=$(date -u -d "2025-08-31 12:00:00" +%s)
	stamp() { printf '%(%Y-%m-%dT%H:%M:%SZ)T' $((t0 + $1)); }
	# result QUBE: its last result, lines and rejected, from the output of run
	result() { sed -n "s/^[^ ]* $1 scrape: \([a-z-]*\),[0-9]*,[0-9]*,/\1,/p" "$work/.out"; }
	SYS='sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\n'
	for i in $(seq 100); do printf 'custom: c%d%0240d,1\n' "$i" 7; done >"$FAKE_QUBES/big"
	for i in $(seq 32); do printf 'alert: Aug 31 12:00:09 chatty: %0400d\n' "$i"; done >"$FAKE_QUBES/alerts"
	qube flooder answer=big
	qube chatty "print=${SYS}conn: 12,4\n" answer=alerts
	qube honest "print=${SYS}conn: 12,4\n" 'print=alert: Aug 31 12:00:09 a: one\n'
	poll() { # SECONDS NAME...: as the poll unit does, but of these qubes
		local now
		now=$(stamp "$1")
		shift
		run mon-scrape --self sys-monitor --take --now "$now" "${options[@]}" - < <(printf '%s\n' "$@")
	}
	options=()
	state=$XDG_RUNTIME_DIR/sys-monitor
	forget() { rm -rf "$state"; }
	# filed QUBE: what the history says that it had filed in this day
	filed() { awk -v q="$1" '$1 == q { print $6 }' "$state/scrape-history"; }
	# remember START ALL [QUBE FILED]...: a history in which these were filed
	remember() {
		mkdir -p "$state"
		printf '* %d %d\n' $((t0 + $1)) "$2" >"$state/scrape-history"
		shift 2
		while [ $# -gt 0 ]; do
			printf '%s ok 0 0 %d %d take 0\n' "$1" "$t0" "$2" >>"$state/scrape-history"
			shift 2
		done
	}
}
finish() {
	printf '%d ok, %d failed\n' "$passed" "$failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
	exit
}
