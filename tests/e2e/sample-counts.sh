# sample-counts.sh - the usual sample asks the journal files' own counters: they are what journalctl
# counts, and whatever is odd about a file, no alert is missing.
. "$(dirname "$0")/lib.sh"
need python3 strace journalctl
. "$MON_SRC/tests/fixtures/journal.sh"
export ASAN_OPTIONS=detect_leaks=0 # strace gets in the way of the leak check

sample() { mon-sample --timeout 30 --root root --state-dir state "$@" take; }
alerts() { sample "$@" | sed -n 's/^alert: [^ ]* [^ ]* [^ ]* //p'; }
fresh() {
	rm -rf root state
	new_root root
	folder=root/var/log/journal/$machine
}
# counted: what the state remembers, "ID COUNT" a file
counted() {
	local slot bytes sum
	read -r _ _ slot bytes sum <state/self
	tail -c +$((4096 + slot * 57344 + 1)) state/self | head -c "$bytes" | sed -n 's/^file //p' | sort
}
# oracle FILE...: the same by journalctl
oracle() {
	for f; do
		echo "$(journalctl --header --file "$f" | sed -n 's/^File ID: //p') $(
			journalctl -q --file "$f" -p 0..5 -o cat | wc -l)"
	done | grep -v ' 0$' | sort
}
# loads COMMAND...: does it load libsystemd?
loads() {
	strace -f -e trace=openat -o trace "$@" >out 2>&1
	grep -q 'libsystemd' trace && echo loaded || echo not
}
take="mon-sample --root root --state-dir state take"
# some FROM N: N entries of each priority, from that second on
some() {
	for i in $(seq "$2"); do
		printf -v zeros "%0$((i * 97 % 900))d" 0
		for p in 0 1 2 3 4 5 6 7; do entry $(($1 + i)) $p app 1 "$i $zeros"; done
	done
}

# ---- every layout
for layout in 1:1:1 0:0:0 1:0:1 0:1:0; do
	IFS=: read -r keyed compact compress <<<"$layout"
	fresh
	export SYSTEMD_JOURNAL_KEYED_HASH=$keyed SYSTEMD_JOURNAL_COMPACT=$compact SYSTEMD_JOURNAL_COMPRESS=$compress
	some 0 12 | journal $folder/system.journal
	some 30 3 | journal $folder/user-1000.journal
	entry 1 7 app 1 "debug alone" | journal $folder/user-1001.journal
	flags=$(journalctl --header --file $folder/system.journal | sed -n 's/^Incompatible flags: //p')
	for _ in $(seq 4); do sample >/dev/null; done
	is "counts with '$flags'" "$(oracle $folder/*.journal)" "$(counted)"
	for i in 1 2 3; do entry $((50 + i)) 6 app 1 "chatter $i"; done | journal $folder/system.journal
	is "... chatter loads nothing" not "$(loads $take)"
	unlike "... and is no alert" '^alert' "$(cat out)"
	entry 60 3 app 1 "it fails" | journal $folder/user-1001.journal
	is "... an error in a file that had none does" "loaded app[1]: it fails" \
		"$(loads $take) $(sed -n 's/^alert: [^ ]* [^ ]* [^ ]* //p' out)"
done
unset SYSTEMD_JOURNAL_KEYED_HASH SYSTEMD_JOURNAL_COMPACT SYSTEMD_JOURNAL_COMPRESS

# ---- what makes it look all the same
fresh
entry 1 4 app 1 one | journal $folder/system.journal
sample >/dev/null
entry 2 6 app 1 chatter | journal $folder/system.journal
is "another priority" "loaded app[1]: chatter" "$(loads mon-sample --root root --state-dir state --alerts=info take) $(
	sed -n 's/^alert: [^ ]* [^ ]* [^ ]* //p' out)"
entry 3 6 app 1 chatter | journal $folder/system.journal
is "and back again" loaded "$(loads $take)"
entry 4 6 app 1 chatter | journal $folder/system.journal
mv $folder/system.journal $folder/system@1.journal
entry 5 6 app 1 chatter | journal $folder/system.journal
is "a rotation with chatter alone loads nothing: files are known by their ID" not "$(loads $take)"
rm $folder/system@1.journal
is "nor does a vacuum" not "$(loads $take)"
entry 6 5 app 1 six | journal $folder/system.journal
is "then an alert" "app[1]: six" "$(alerts)"
entry 7 6 app 1 chatter | journal $folder/system.journal
is "a look loads nothing" not "$(loads mon-sample --root root --state-dir state)"
for i in $(seq 34); do entry $((10 + i)) 4 app 1 "file $i" | journal "$folder/user-$i.journal"; done
for _ in 1 2 3; do alerts; done >got
is "more files than are remembered" "$(seq 34 | sed 's/.*/app[1]: file &/')" "$(cat got)"
for i in $(seq 34); do entry $((60 + i)) 6 app 1 chatter | journal "$folder/user-$i.journal"; done
is "then it looks" loaded "$(loads $take)"

# ---- damage: with the counts never an alert less than without
cat >damage.py <<'P'
import os, random, re, subprocess, sys
boot, remote, folder, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
random.seed(11)
path = folder + "/system.journal"
argv = ["mon-sample", "--timeout", "30", "--root", "root"]

def entry(second, priority, text):
    return ("__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=app\nMESSAGE=%s\n\n"
            % (1756641600000000 + second * 1000000, 60000000 + second * 1000000, boot, priority, text)).encode()

def write(text):
    subprocess.run([remote, "-o", path, "-"], input=text, check=True, stderr=subprocess.DEVNULL)

def sample(state):
    p = subprocess.run(argv + ["--state-dir", state, "take"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert p.returncode == 0, "exit %d" % p.returncode
    return [l for l in p.stdout.decode().splitlines() if l.startswith("alert: ")]

def record(name):
    head = open(name + "/self", "rb").read()
    _, _, slot, size, _ = head.split(b"\n")[0].split(b" ")
    at = 4096 + int(slot) * 57344
    return head[at:at + int(size)].decode("latin-1")

def forget(name):                      # the same place, as 0.1.0 kept it: without the counts
    r = record(name)
    line = lambda k: re.search("^%s.*$" % k, r, re.M).group(0)
    os.makedirs("forgot", exist_ok=True)
    with open("forgot/self", "wb") as f:
        f.write(("mon-sample 1\n%s\n%s\njournal 0 0\n%s\nsaid 0\nend\n" % (line("boot"), line("cpu"), line("cursor"))).encode().ljust(1024))

less = more = 0
for turn in range(rounds):
    for f in os.listdir(folder):
        os.unlink(folder + "/" + f)
    subprocess.run(["rm", "-rf", "state", "forgot"])
    write(b"".join(entry(i, i % 8, "before %d" % i) for i in range(1, 30)))
    sample("state")
    forget("state")
    write(b"".join(entry(40 + i, random.choice([3, 6, 7]), "after %d" % i) for i in range(random.randrange(4))))
    data = bytearray(open(path, "rb").read())
    used = max(i for i in range(0, len(data), 8) if any(data[i:i + 8])) + 8
    how = random.randrange(5)
    for _ in range(random.choice([1, 1, 1, 20])):
        at = random.choice([random.randrange(272), random.randrange(used), used - 1 - random.randrange(2000)])
        if how == 0:
            data[at] ^= 1 << random.randrange(8)
        elif how == 1:
            data[at] = random.randrange(256)
        elif how == 2:
            at -= at % 8
            data[at:at + 8] = bytes(8)
        elif how == 3:
            at -= at % 8
            data[at:at + 8] = random.choice([b"\xff" * 8, (at).to_bytes(8, "little"), (1 << 40).to_bytes(8, "little")])
    if how == 4:
        data = data[:random.choice([0, 100, 240, 4000, used // 2, used])]
    with open(path, "wb") as f:
        f.write(data)
    with_counts, without = sample("state"), sample("forgot")
    # A damaged entry may look like a new one to who forgot the counts: only news count.
    if not {a for a in without if " after " in a} <= set(with_counts):
        less += 1
        print("turn %d, damage %d: with %s without %s" % (turn, how, with_counts, without))
    more += with_counts != []
print("less %d of %d" % (less, rounds), more > 0)
P
fresh
python3 damage.py "$boot" "$remote" $folder "${DAMAGE:-12}" >result 2>&1
is "damaged: never less" "less 0 of ${DAMAGE:-12} True" "$(cat result)"
finish
