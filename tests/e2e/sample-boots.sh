# sample-boots.sh - alerts over a boot: the last ones of the boot before, each once, whatever the clock says.
. "$(dirname "$0")/lib.sh"
. "$MON_SRC/tests/fixtures/journal.sh"

new_root root
folder=root/var/log/journal/$machine
sample() { mon-sample --timeout 30 --root root --state-dir state "$@" take; }
alerts() { sample "$@" | sed -n 's/^alert: .*app\[7\]: //p' | xargs; }
start() { boot=$1; echo "${1:0:8}-${1:8:4}-${1:12:4}-${1:16:4}-${1:20}" >root/proc/sys/kernel/random/boot_id; }
A=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa B=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb C=cccccccccccccccccccccccccccccccc

start $A
entry 7200 3 app 7 a1 | journal $folder/system.journal
is "the first boot" a1 "$(alerts)"
entry 7205 3 app 7 "a2 the minute before the freeze" | journal $folder/system.journal
start $B
entry 3600 3 app 7 "b1 its clock an hour behind" | journal $folder/system.journal
is "the next one: the last alerts of the boot before, then its own" \
	"a2 the minute before the freeze b1 its clock an hour behind" "$(alerts)"
is "once" "" "$(alerts)"
entry 3601 3 app 7 b2 | journal $folder/system.journal
is "what follows" b2 "$(alerts)"
start $C
is "a boot that says nothing" "" "$(alerts)"
is "nor at the second look" "" "$(alerts)"
entry 100 3 app 7 c1 | journal $folder/system.journal
is "then its first alert, its clock behind again" c1 "$(alerts)"
start $A
rm -r state
is "without a state, this boot alone" "a1 a2 the minute before the freeze" "$(alerts)"
start $B
{ for i in $(seq 40); do entry $((8000 + i)) 3 app 7 "late$i"; done; entry 9000 3 app 7 end; } |
	sed "s/^_BOOT_ID=.*/_BOOT_ID=$A/" | journal $folder/system.journal
got=$(alerts; echo /; alerts; echo /; alerts)
is "more than an answer holds, oldest first, then this boot" \
	"c1 $(seq 31 | sed 's/^/late/' | xargs) / $(seq 32 40 | sed 's/^/late/' | xargs) end b1 its clock an hour behind b2 /" "$(echo $got)"

# ---- where the journal lasts, the state does: in a machine of its own
cat >machine.sh <<'S'
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/lib && mount -t tmpfs tmpfs /var/log || exit 99
cp -r var-log/journal /var/log/journal
mount --bind root/etc/machine-id /etc/machine-id || exit 99
cp -r "$1" /var/lib/mon-sample 2>/dev/null
[ "$2" = lasts ] || mv /var/log/journal /var/log/elsewhere
for what in $3; do
	case $what in
	take) mon-sample take | sed -n 's/^alert: .*app\[7\]: //p' ;;
	look) mon-sample | sed -n 's/^alert: .*app\[7\]: //p' ;;
	boot) rm -r /run/mon-sample ;; # what a boot forgets
	ro) mount -o remount,ro /var/lib ;;
	rw) mount -o remount,rw /var/lib ;;
	ls) (cd / && ls -d run/mon-sample/* var/lib/mon-sample/* 2>/dev/null) ;;
	esac
done | xargs
S
# In this machine its own boot is the boot, so an entry of another one is of a boot before.
here=$(tr -d - </proc/sys/kernel/random/boot_id)
rm -rf root/var/log/journal/"$machine"/*
start "$here"
entry 1 3 app 7 one | journal $folder/system.journal
mkdir var-log
cp -r root/var/log/journal var-log/journal
inside() { env -u MON_STATE_DIR unshare -m bash machine.sh "$@" 2>err; } # its /run is its own
if [ "$(id -u)" = 0 ] && [ -e /etc/machine-id ] && inside none lasts ls >/dev/null; then
	is "it lasts: both folders" "one run/mon-sample/self var/lib/mon-sample/self" "$(inside none lasts 'take ls')"
	is "a look writes neither" one "$(inside none lasts 'look ls')"
	is "after a boot none comes again" one "$(inside none lasts 'take boot take look')"
	is "a folder that cannot be written costs no alert, nor doubles one" one "$(inside none lasts 'ro take take')"
	is "... and what could not be written is, with the next sample" one "$(inside none lasts 'ro take rw take boot take')"
	is "it does not last: /run alone" run/mon-sample/self "$(inside none not 'take ls')"
else
	echo "skip: the folders of root: nothing can be mounted here"
fi
finish
