# lib.sh - what every end-to-end test does alike.  Source it first:
#
#	. "$(dirname "$0")/lib.sh"
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
for v in $(compgen -e); do
	case $v in MON_SRC | MON_BIN) ;; MON_* | BACKUP_VAULT | FAKE_QUBES | QREXEC_* | JOURNAL_STREAM | NO_COLOR) unset "$v" ;; esac
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
export PATH=$MON_BIN:$MON_BIN/fakes:$MON_SRC/tests/fakes:$PATH
passed=0 failed=0

pass() { passed=$((passed + 1)); printf 'ok   %s\n' "$1"; }
fail() { failed=$((failed + 1)); printf 'FAIL %s\n' "$1"; shift; [ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/     /'; }

# is WHAT EXPECTED ACTUAL: are they the same text?
is() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3"))"; fi
}
# like WHAT REGEX ACTUAL: does the (extended) expression match somewhere?
like() {
	if printf '%s\n' "$3" | grep -Eq -- "$2"; then pass "$1"; else fail "$1" "no match for: $2" "$3"; fi
}
# unlike WHAT REGEX ACTUAL
unlike() {
	if printf '%s\n' "$3" | grep -Eq -- "$2"; then fail "$1" "unwanted match for: $2" "$3"; else pass "$1"; fi
}
# ok WHAT COMMAND...: does the command succeed?
ok() {
	local what=$1
	shift
	if "$@" >"$work/.ok" 2>&1; then pass "$what"; else fail "$what" "exit $? of: $*" "$(head -c 2000 "$work/.ok")"; fi
}
# run COMMAND...: sets $code, $out and $err (a file each too: $work/.out, $work/.err)
run() {
	"$@" >"$work/.out" 2>"$work/.err"
	code=$?
	out=$(tr -d '\0' <"$work/.out") err=$(tr -d '\0' <"$work/.err")
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
finish() {
	printf '%d ok, %d failed\n' "$passed" "$failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
	exit
}
