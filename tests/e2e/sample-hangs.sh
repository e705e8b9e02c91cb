# sample-hangs.sh - what would hang costs only itself: what was gathered is sent, framed, in time.
. "$(dirname "$0")/lib.sh"
need python3
. "$MON_SRC/tests/fixtures/journal.sh"

n=0
new_root root
entry 1 3 disk 7 "an alert" | journal "root/var/log/journal/$machine/system.journal"
sample() { run timeout -s KILL 30 mon-sample --timeout 20 --root root --state-dir state.$((n += 1)) "$@"; }
framed() { # framed WHAT
	is "$1: the answer is framed" "begin: 1 end: $(($(wc -l <.out) - 2))" "$(head -n 1 .out) $(tail -n 1 .out)"
}
sample take
is "nothing is in the way" "0 " "$code $err"
cut -d, -f1 .out | grep -v ^end >whole

# ---- a FIFO in the place of what is read: nobody writes, or one is open that writes nothing
for path in proc/stat proc/net/dev proc/net/sockstat6 proc/self/mountinfo proc/pressure/io; do
	mv "root/$path" kept
	mkfifo "root/$path"
	sample take
	is "$path is a FIFO: told by the exit code" 3 "$code"
	like "... and by name" "cannot read root/$path, so its figures are missing" "$err"
	framed "$path"
	like "... the alert comes" '^alert: .*an alert' "$(cat .out)"
	ok "... the others come" test "$(grep -c . .out)" -ge $(($(wc -l <whole) - 4))
	rm "root/$path"
	mv kept "root/$path"
done
mv root/proc/stat kept
mkfifo root/proc/stat
exec 8<>root/proc/stat
sample
exec 8>&-
is "a FIFO that somebody holds open" 3 "$code"
framed "... to write"
rm root/proc/stat
mv kept root/proc/stat

for path in etc/machine-id proc/sys/kernel/random/boot_id statvfs; do
	mv "root/$path" kept
	mkfifo "root/$path"
	sample take
	is "$path is a FIFO: the answer comes" 1 "$(grep -c ^sys: .out)"
	[ $path != etc/machine-id ] || like "... and what it costs is told" "cannot look into the journal's folder" "$err"
	framed "$path"
	rm "root/$path"
	mv kept "root/$path"
done

# ---- the same in the folders of the state and of the journal
mkdir -m 700 held
mkfifo held/self held/hung
run timeout -s KILL 30 mon-sample --timeout 20 --root root --state-dir held take
is "the state is a FIFO: the figures come" 1 "$(grep -c ^sys: .out)"
framed "... and"
mkfifo "root/var/log/journal/$machine/x.journal"
sample take
like "a journal file is a FIFO: the others are read" '^alert: .*an alert' "$(cat .out)"
framed "... and"
rm "root/var/log/journal/$machine/x.journal"

# ---- folders for which a network or a program answers are not touched: they are told by the table of mounts
mounts=root/proc/self/mountinfo
cp $mounts mountinfo
mkdir -p root/etc/mon-sample.d
printf '#!/bin/sh\necho "custom: mine,1"\n' >root/etc/mon-sample.d/good
chmod 755 root/etc/mon-sample.d/good
ln -s /mnt/far/program root/etc/mon-sample.d/link
ln -s ../../mnt/./far/program root/etc/mon-sample.d/relative
served() { # served FOLDER TYPE
	cp mountinfo $mounts
	echo "990 $(awk '$5 == "/" { print $1; exit }' mountinfo) 0:99 / $1 rw - $2 far rw" >>$mounts
	sample take
	is "$1 is served by $2: the figures come" 1 "$(grep -c ^sys: .out)"
	framed "... and"
}
served /etc/mon-sample.d fuse
like "... it is told" "does not run the programs in root/etc/mon-sample.d" "$err"
is "... no program of it is run" 0 "$(grep -c ^custom: .out)"
served /etc fuse.sshfs
is "... nor what lies below" 0 "$(grep -c ^custom: .out)"
served /etc/mon-sample nfs4
is "... a name that begins alike is another" 1 "$(grep -c ^custom: .out)"
served /etc/mon-sample.d tmpfs
is "... this kernel answers for that" 1 "$(grep -c ^custom: .out)"
served /mnt/far fuse
like "... a link that leads there is told" "does not run root/etc/mon-sample.d/link, for it is a link" "$err"
like "... a relative one, too" "does not run root/etc/mon-sample.d/relative, for it is a link" "$err"
is "... the others are run" 1 "$(grep -c ^custom: .out)"
served /var/log/journal fuse
like "... it is told" "does not read a folder of the journal" "$err"
is "... it is not read" 0 "$(grep -c ^alert: .out)"
QREXEC_REMOTE_DOMAIN=work sample take
like "... to a qube by an alert" "^alert: .*does not read a folder of the journal" "$(cat .out)"

# ---- the same on this machine, where mounts hang: in a mount namespace of its own
cat >live.sh <<'S'
mount -t tmpfs t /run && mount -t tmpfs t /var/log && mkdir -p /var/log/journal m/far m/drop m/links || exit 99
ln -s "$PWD/m/far/program" m/links/link
chmod 755 m m/links m/drop
exec python3 "$MON_SRC/tests/harness/hang.py" m/far:m/drop:/var/log/journal bash ask.sh
S
cat >ask.sh <<'S'
timeout -s KILL 0.5 ls m/drop
echo "$?" >hangs
timeout -s KILL 30 mon-sample --timeout 20 --state-dir live --dropins "$PWD/m/drop" take
echo "$?" >first
unset MON_STATE_DIR
exec timeout -s KILL 30 mon-sample --timeout 20 --dropins "$PWD/m/links"
S
run unshare -m bash live.sh
if [ "$code" = 99 ] || ! [ -e first ]; then
	echo "skip: hung mounts: no FUSE or mount namespaces here"
else
	is "the trap hangs whoever asks it" 137 "$(cat hangs)"
	is "this machine, a hung folder of drop-ins and of the journal: answered" "0 0" "$(cat first) $code"
	is "... twice, with all figures and the end" "2 2" "$(grep -c ^sys: .out) $(grep -c ^end: .out)"
	like "... it is told" "does not run the programs in $work/m/drop" "$err"
	like "... the link, too" "does not run $work/m/links/link" "$err"
fi
finish
