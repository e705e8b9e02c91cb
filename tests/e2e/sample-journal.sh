# sample-journal.sh - alerts: each entry once, oldest first, whatever happens to the journal.
. "$(dirname "$0")/lib.sh"
need strace journalctl
. "$MON_SRC/tests/fixtures/journal.sh"

sample() { mon-sample --timeout 30 --root root --state-dir state "$@" take; }
alerts() { sample "$@" | sed -n 's/^alert: //p'; }
# kept: the record that counts
kept() {
	local slot bytes sum
	read -r _ _ slot bytes sum <state/self
	tail -c +$((4096 + slot * 57344 + 1)) state/self | head -c "$bytes"
}
# fresh: another root and state
fresh() {
	rm -rf root state
	new_root root
	folder=root/var/log/journal/$machine
}

# ---- the first sample: this boot, priority notice or worse, no noise
fresh
is "no journal: no alert, nothing said" "" "$(alerts 2>&1)"
{
	boot=99999999999999999999999999999999 entry 1 3 old 1 "of the last boot"
	entry 2 5 kernel "" "hello, world"
	entry 3 6 chatty 8 "info is below notice"
	entry 4 4 qrexec-agent 9 "executed: user:QUBESRPC qubes.Metrics.Get"
	entry 5 3 login 10 "pam_unix(qrexec:session): session opened for user user"
	entry 6 5 qubes.Metrics.Get-sys-monitor 10 "own words"
	entry 7 2 sshd 11 'a "quoted" =thing'
	entry 8 0 "" 12 "nobody"
} | journal $folder/system.journal
rm -rf state
is "the entries of this boot" "Aug 31 12:00:02 kernel: hello world
Aug 31 12:00:07 sshd[11]: a 'quoted' =thing
Aug 31 12:00:08 unknown[12]: nobody" "$(alerts)"
is "once" "" "$(alerts)"
entry 9 5 kernel "" "next" | journal $folder/system.journal
is "what is new" "Aug 31 12:00:09 kernel: next" "$(alerts)"
is "as journalctl -o short prints it, without the host" \
	"$(journalctl --file $folder/system.journal -o short -q --no-hostname -n 1)" "Aug 31 12:00:09 kernel: next"
rm -rf state
is "local time" "Aug 31 14:00:02 kernel: hello world" "$(TZ=Europe/Berlin alerts | head -n 1)"
rm -rf state
is "--alerts=info" "Aug 31 12:00:03 chatty[8]: info is below notice" "$(alerts --alerts=info | grep chatty)"
rm -rf state
is "--alerts=1" "Aug 31 12:00:08 unknown[12]: nobody" "$(alerts --alerts=1)"
rm -rf state
is "MON_ALERTS" "Aug 31 12:00:08 unknown[12]: nobody" "$(MON_ALERTS=alert alerts)"
rm -rf state
is "a long message is cut" 512 "$(entry 10 5 long 1 "$(printf '%02000d' 0)" | journal $folder/system.journal
	alerts | tail -n 1 | tr -d '\n' | wc -c)"

# ---- noise moves the place on; a message of bytes
fresh
for i in $(seq 100); do entry "$i" 5 qrexec-agent 1 "qrexec-agent-data.c:309:handle_new_process_common: pid $i exited with 0"; done | journal $folder/system.journal
is "only noise: no alert" "" "$(alerts)"
like "and its place is kept" '^cursor s=.*;t=' "$(kept)"
printf '__REALTIME_TIMESTAMP=1756641800000000\n__MONOTONIC_TIMESTAMP=200000000\n_BOOT_ID=%s\nPRIORITY=5\nSYSLOG_IDENTIFIER=app\nMESSAGE\n\013\0\0\0\0\0\0\0a\033[2J\n\0\377b,\n\n\n' "$boot" |
	journal $folder/system.journal
is "control bytes, NUL and invalid UTF-8" "Aug 31 12:03:20 app: a?[2J???b?" "$(alerts)"

# ---- more than one answer holds
fresh
for i in $(seq 70); do entry "$i" 5 burst 1 "number $i"; done | journal $folder/system.journal
touch -d '2020-01-01' $folder/system.journal # nothing changed lately: what is left must come all the same
is "at most 32 in an answer" 32 "$(alerts | tee first | wc -l)"
alerts >second
alerts >third
is "then the next 32, then the rest, oldest first" "$(seq 70 | sed 's/^/number /')" "$(cat first second third | sed 's/.*: //')"
is "then none" "" "$(alerts)"

# ---- rotation, vacuum, runtime and persistent folders
fresh
entry 1 5 a "" one | journal $folder/system.journal
is "before the rotation" "Aug 31 12:00:01 a: one" "$(alerts)"
entry 2 5 a "" two | journal $folder/system.journal
mv $folder/system.journal $folder/system@1.journal
entry 3 5 a "" three | journal $folder/system.journal
is "an entry on each side of it" "Aug 31 12:00:02 a: two
Aug 31 12:00:03 a: three" "$(alerts)"
entry 4 5 a "" four | journal $folder/system.journal
rm $folder/system@1.journal
is "vacuumed: an older file" "Aug 31 12:00:04 a: four" "$(alerts)"
rm $folder/system.journal
{ entry 5 5 a "" five; entry 6 5 a "" six; } | journal $folder/system.journal
is "vacuumed: the file under the cursor" "Aug 31 12:00:05 a: five
Aug 31 12:00:06 a: six" "$(alerts)"
rm $folder/*
is "vacuumed: everything" "" "$(alerts)"
entry 7 5 a "" seven | journal $folder/system.journal
is "and it goes on" "Aug 31 12:00:07 a: seven" "$(alerts)"
entry 8 5 a "" eight | journal $folder/user-1000.journal
is "a user's journal" "Aug 31 12:00:08 a: eight" "$(alerts)"
entry 9 5 a "" nine | journal $folder/torn.journal
mv $folder/torn.journal $folder/system@2.journal~
is "one that was not closed" "Aug 31 12:00:09 a: nine" "$(alerts)"

fresh
mkdir -p root/run/log/journal/$machine
{ entry 1 5 a "" one; entry 2 5 a "" two; } | journal root/run/log/journal/$machine/system.journal
is "from /run" "Aug 31 12:00:01 a: one
Aug 31 12:00:02 a: two" "$(alerts)"
{ entry 1 5 a "" one; entry 2 5 a "" two; entry 3 5 a "" three; } | journal $folder/system.journal
is "flushed to /var: the copies are known" "Aug 31 12:00:03 a: three" "$(alerts)"
rm -r root/run/log
is "none of them again" "" "$(alerts)"

# ---- the journal is opened only when it changed
fresh
for i in 1 2 3 4; do
	entry "$i" 5 a "" "file $i" | journal "$folder/system@$i.journal"
	touch -d "2025-08-31 12:00:0$i" "$folder/system@$i.journal"
done
is "four files" 4 "$(alerts | wc -l)"
ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat -o trace mon-sample --root root --state-dir state take >/dev/null
unlike "unchanged: neither libsystemd nor a file" 'libsystemd|\.journal' "$(cat trace)"
entry 9 5 a "" new | journal $folder/system@4.journal
ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat -o trace mon-sample --root root --state-dir state take >new
like "changed: delivered" 'alert: .*a: new' "$(cat new)"
like "changed: libsystemd" 'libsystemd' "$(cat trace)"
is "changed: that file alone" "system@4.journal" "$(grep -o 'system@..journal' trace | sort -u)"
is "and once" "" "$(alerts)"

# What changed this very second may change again within the same tick of the file's time.
touch -d '+1 hour' $folder/system@4.journal
sample >/dev/null
like "changed just now: looked at again next time" '^journal 0 ' "$(kept)"
touch -d '-1 hour' $folder/system@4.journal
sample >/dev/null
unlike "changed long ago: not" '^journal 0 ' "$(kept)"

# ---- a journal that cannot be read
fresh
head -c 8000 /dev/urandom >$folder/system.journal
run sample
is "garbage: the figures come all the same" 0 "$code"
like "garbage: the figures" '^sys: ' "$out"
fresh
entry 1 5 a "" one | journal $folder/system.journal
sample >/dev/null
entry 2 5 a "" two | journal $folder/system.journal
truncate -s 4000 $folder/system.journal
run sample
is "torn: the figures come all the same" 0 "$code"

if unshare -m true 2>/dev/null; then
	fresh
	entry 1 5 a "" one | journal $folder/system.journal
	library=$(ldconfig -p 2>/dev/null | sed -n 's/.*libsystemd.so.0 .*=> //p' | head -n 1)
	library=$(readlink -f "${library:-/lib/x86_64-linux-gnu/libsystemd.so.0}")
	without_library() { unshare -m sh -c 'mount --bind /dev/null "$1" && exec mon-sample --root root --state-dir state take' sh "$library"; }
	run without_library
	is "no libsystemd: the figures" "0 1" "$code $(grep -c ^sys .out)"
	like "no libsystemd: said" '^mon-sample: cannot load libsystemd, so alerts are left out: .*; install' "$err"
	like "no libsystemd: its alerts come later" '^alert: .*a: one' "$(sample)"
fi

# ---- each caller has a place of its own
fresh
entry 1 5 a "" one | journal $folder/system.journal
is "for sys-monitor" "Aug 31 12:00:01 a: one" "$(QREXEC_REMOTE_DOMAIN=sys-monitor alerts)"
is "for another" "Aug 31 12:00:01 a: one" "$(QREXEC_REMOTE_DOMAIN=work alerts)"
is "by hand" "Aug 31 12:00:01 a: one" "$(alerts)"
is "their files" "self vm-sys-monitor vm-work" "$(echo $(ls state))"
is "sys-monitor again" "" "$(QREXEC_REMOTE_DOMAIN=sys-monitor alerts)"
entry 2 5 a "" two | journal $folder/system.journal
is "while another sample of a caller runs its alerts are left to that one" "" \
	"$(flock state/self mon-sample --root root --state-dir state take | grep alert)"
is "and come after it" "Aug 31 12:00:02 a: two" "$(alerts)"

# ---- a clock that steps: it is set back and ahead, the boot goes on
fresh
n=0 told=''
for at in 0 10 -3600 -3590 86400000 86400010 -1756641595 20; do # seconds after 12:00, as entry has them
	n=$((n + 1))
	now=$(date -u -d "@$((1756641600 + at))" +%FT%TZ)
	printf '__REALTIME_TIMESTAMP=%s000000\n__MONOTONIC_TIMESTAMP=%s\n_BOOT_ID=%s\nPRIORITY=5\nSYSLOG_IDENTIFIER=a\nMESSAGE=%s\n\n' \
		$((1756641600 + at)) $((60000000 + n * 1000000)) "$boot" "number $n" | journal $folder/system.journal
	touch -d "$now" $folder/system.journal
	told="$told$(alerts --now "$now" | sed 's/.*a: //')/$(alerts --now "$now");"
done
is "a clock that goes back an hour, ahead years, and is dead: each alert at once, and once" \
	"$(for i in $(seq $n); do printf 'number %d/;' "$i"; done)" "$told"

# ---- a boot of its own: counters anew, the journal goes on
entry 3 5 a "" three | journal $folder/system.journal
echo 99999999-9999-9999-9999-999999999999 >root/proc/sys/kernel/random/boot_id
run sample
like "after a boot: what came before it" 'alert: .*a: three' "$out"
like "after a boot: CPU since boot" '^sys: 1\.4,0\.5,97\.9,' "$out"

# ---- no permission
if [ "$(id -u)" = 0 ]; then
	fresh
	entry 1 5 a "" one | journal $folder/system.journal
	chmod 640 $folder/system.journal
	mkdir state
	chown nobody state
	sample_as_nobody() { as_nobody env "$@" mon-sample --root root --state-dir state take; }
	run sample_as_nobody A=b
	is "as nobody: the figures" "0 7" "$code $(grep -cE '^(sys|net|conn|disk): ' .out)"
	like "as nobody: said by hand" '^mon-sample: may not read the system journal.*force-user' "$err"
	unlike "as nobody: no alert of it" '^alert' "$out"
	run sample_as_nobody QREXEC_REMOTE_DOMAIN=sys-monitor
	is "under qrexec: stderr is silent" "" "$err"
	like "under qrexec: an alert" '^alert: ... .. ..:..:.. mon-sample: may not read the system journal' "$out"
	is "under qrexec: one" 1 "$(grep -c ^alert .out)"
	run sample_as_nobody QREXEC_REMOTE_DOMAIN=sys-monitor
	unlike "under qrexec: once in a boot" '^alert' "$out"
	echo 99999999-9999-9999-9999-999999999999 >root/proc/sys/kernel/random/boot_id
	run sample_as_nobody QREXEC_REMOTE_DOMAIN=sys-monitor
	like "under qrexec: again in the next" '^alert: .*may not read' "$out"
	chmod 700 $folder
	run sample_as_nobody A=b
	like "a folder that may not be read" 'may not read the system journal' "$err"
else
	echo "skip: no permission: only root can become nobody"
fi
finish
