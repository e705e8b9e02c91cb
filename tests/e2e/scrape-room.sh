# mon-scrape: a volume that is nearly full is shared out; who sends less than its share is not cut.
# A small volume needs a mount: in a namespace of our own, or the test is skipped.
if [ -z "${MON_TEST_MOUNTED-}" ]; then
	unshare -rm true 2>/dev/null || { echo "SKIP: this machine does not let us mount (unshare -rm)"; exit 77; }
	MON_TEST_MOUNTED=1 exec unshare -rm bash "$0"
fi
. "$(dirname "$0")/lib.sh"
mkdir -p "$HOME/Monitor"
mount -t tmpfs -o size=400m none "$HOME/Monitor" || exit 1
trap 'cd /; umount "$HOME/Monitor"; rm -rf "$work"' EXIT
caps() { sed -n "s/^#define $1 *\([0-9]*\) .*/\1/p" "$MON_SRC/lib/pure/caps.h"; }
day=$(caps MON_QUOTA_DAY) share=$(caps MON_QUOTA_SHARE) figures=$(caps MON_QUOTA_FIGURES)
ok "the caps are found" [ "$day" -gt "$share" -a "$share" -gt "$figures" -a "$figures" -gt 0 ]
# All times are seconds after this, and --now is the clock of all.
t0=$(date -u -d "2025-08-31 12:00:00" +%s)
stamp() { date -u -d "@$((t0 + $1))" +%Y-%m-%dT%H:%M:%SZ; }
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

# Half of what is free is filed: it has no room any more.  Four qubes share a quarter of it.
part=$((25 << 20))
remember 0 $((200 << 20)) flooder $part chatty 0 honest 0 router 0
poll 10 flooder
is "half of what is free: room" "ok,100,0" "$(result flooder)"
remember 0 $((300 << 20)) flooder $((part - 1000)) chatty $((part - 1000)) honest $((share - 10000)) router $((part + 1))
qube router "print=${SYS}conn: 12,4\n"
poll 10 flooder chatty honest router
is "one under its share is not cut" "ok,3,0" "$(result honest)"
is "others are, from the end" "too-big,4,96 too-big,3,31" "$(result flooder) $(result chatty)"
like "... told: why, with the figures" \
	"^mon-scrape: flooder: sent more than its share of a volume that has only 400 MiB left \($HOME/Monitor\): 25 MiB a day; 96 of its lines are dropped; see what it sends \(mon-scrape --peek flooder\), then exclude it, or make room$" \
	"$(grep flooder: "$work/.err")"
remember 0 $((300 << 20)) chatty $((share * 1000))
poll 10 chatty
is "over it by far: nothing" "too-big,0,34" "$(result chatty)"


# Nothing free at all: everyone has 16 MiB.
head -c 399m /dev/zero >"$HOME/Monitor/ballast" 2>/dev/null
remember 0 $((200 << 20)) flooder $((share - 1000)) honest $((share - 1000))
poll 10 flooder honest
is "a full volume: 16 MiB are never cut" "too-big,4,96 ok,3,0" "$(result flooder) $(result honest)"
like "... told: why" 'sent more than its share of a volume that has only 1(\.[0-9])? MiB left .*: 16 MiB a day; 96 of' "$(grep flooder: "$work/.err")"
run mon-scrape --self sys-monitor --now "$(stamp 10)" flooder
is "a person who names it sees all of it" "0 ok,100,0" "$code $(result flooder)"
run mon-scrape --dir /tmp --self sys-monitor --take --now "$(stamp 20)" - <<<flooder
unlike "--dir: another volume" 'MiB left \(/home' "$err"
finish
