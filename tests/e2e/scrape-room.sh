# mon-scrape: a volume that is nearly full is shared out; who sends less than its share is not cut.
. "$(dirname "$0")/../harness/mounts.sh"
. "$(dirname "$0")/lib.sh"
mkdir -p "$HOME/Monitor"
mount -t tmpfs -o size=400m none "$HOME/Monitor" || exit 1
trap 'cd /; umount "$HOME/Monitor"; rm -rf "$work"' EXIT
quota_machine

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
