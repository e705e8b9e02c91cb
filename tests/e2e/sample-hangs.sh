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
finish
