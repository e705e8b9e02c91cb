# sample-once.sh - alerts are delivered exactly once, though answers are broken off before they were read.
. "$(dirname "$0")/lib.sh"
. "$MON_SRC/tests/fixtures/journal.sh"

new_root root
folder=root/var/log/journal/$machine
sample() { mon-sample --root root --state-dir state "$@" take; }

# A reader that goes away without reading: the answer comes again.
entry 1 5 a "" one | journal $folder/system.journal
sample 2>err | :
is "the reader is gone" 1 "${PIPESTATUS[0]}"
like "that is said" 'mon-sample: (nobody read the whole answer|cannot write to stdout)' "$(cat err)"
like "its alert comes again" 'alert: .*a: one' "$(sample)"
unlike "and then not" '^alert' "$(sample)"

# A reader that lives but never reads, until mon-sample's own deadline.
entry 2 5 a "" two | journal $folder/system.journal
sample --timeout 2 2>err | sleep 4
is "nobody reads until the deadline" 1 "${PIPESTATUS[0]}"
like "that is said" 'nobody read the whole answer.*: Connection timed out' "$(cat err)"
like "its alert comes again" 'alert: .*a: two' "$(sample)"

# Killed while it waits for the reader.
entry 3 5 a "" three | journal $folder/system.journal
mkfifo fifo
sleep 60 <>fifo &
holder=$!
mon-sample --root root --state-dir state --timeout 30 take >fifo &
pid=$!
for _ in $(seq 500); do
	[ "$(python3 -c 'import fcntl, os, struct, termios
fd = os.open("fifo", os.O_RDONLY | os.O_NONBLOCK)
print(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"    "))[0] > 0)')" = False ] || break
	sleep 0.01
done
kill -9 "$pid"
wait "$pid" 2>/dev/null
kill "$holder"
wait "$holder" 2>/dev/null
like "killed before it was read: it comes again" 'alert: .*a: three' "$(sample)"
unlike "and then not" '^alert' "$(sample)"

# A slow reader gets all of it, and the state is kept.
entry 4 5 a "" four | journal $folder/system.journal
like "a slow reader" 'alert: .*a: four' "$(sample --timeout 10 | { sleep 0.2; cat; })"
unlike "it counts as read" '^alert' "$(sample)"

# A file and /dev/null are read when they are written; a full device is not.
entry 5 5 a "" five | journal $folder/system.journal
sample >/dev/full 2>err
is "a full device" 1 $?
like "that is said" 'cannot write to stdout: No space left on device' "$(cat err)"
sample >file
like "it comes again" 'alert: .*a: five' "$(cat file)"
unlike "a file counts as read" '^alert' "$(sample)"

# stdout is a socket, as qrexec makes it: read, left unread and closed, closed at once.
cat >pair.py <<'P'
import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
p = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL)
theirs.close()
if sys.argv[1] == "read":
    data = b""
    while True:
        part = ours.recv(1000)
        if not part:
            break
        data += part
    sys.stdout.write(data.decode())
elif sys.argv[1] == "part":
    ours.recv(10)
    ours.close()
else:
    ours.recv(10, socket.MSG_PEEK)
    ours.close()
sys.exit(p.wait())
P
entry 6 5 a "" six | journal $folder/system.journal
python3 pair.py close mon-sample --root root --state-dir state take
is "a socket closed unread" 1 $?
python3 pair.py part mon-sample --root root --state-dir state take
is "a socket closed after a part" 1 $?
like "a socket that is read" 'alert: .*a: six' "$(python3 pair.py read mon-sample --root root --state-dir state take)"
unlike "it counts as read" '^alert' "$(sample)"

# A long run: bursts at jittered intervals, every third answer broken off somehow.
python3 - "$boot" "$remote" $folder <<'P' >result 2>&1
import os, random, signal, subprocess, sys
boot, remote, folder = sys.argv[1:]
random.seed(7)
second, sent, got = 100, [], []
argv = ["mon-sample", "--root", "root", "--state-dir", "state", "take"]

def write(n, name):
    global second
    text = ""
    for _ in range(n):
        second += 1
        sent.append("entry %d" % second)
        text += ("__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%s\nPRIORITY=%d\n"
                 "SYSLOG_IDENTIFIER=run\nMESSAGE=entry %d\n\n") % (1756641600000000 + second * 1000000,
                 60000000 + second * 1000000, boot, random.randrange(6), second)
    subprocess.run([remote, "-o", folder + "/" + name, "-"], input=text.encode(), check=True, stderr=subprocess.DEVNULL)

def take(out):
    for line in out.decode().splitlines():
        if line.startswith("alert: "):
            got.append(line.split(": ", 2)[2])

broken = 0
for turn in range(90):
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        write(random.choice([1, 2, 5, 40]), "system.journal")
    if turn % 17 == 16:
        os.rename(folder + "/system.journal", folder + "/system@%d.journal" % turn)
    how = turn % 6
    if how == 1:                       # the reader goes away, maybe after a part
        r, w = os.pipe()
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=w, stderr=subprocess.DEVNULL)
        os.close(w)
        os.read(r, random.choice([1, 100]))
        os.close(r)
        assert p.wait() == 1, "broken off, and exit %d" % p.returncode
        broken += 1
    elif how == 4:                     # killed before anybody reads
        r, w = os.pipe()
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=w, stderr=subprocess.DEVNULL)
        os.close(w)
        select = __import__("select").select([r], [], [], 10)
        p.send_signal(random.choice([signal.SIGKILL, signal.SIGTERM]))
        p.wait()
        os.close(r)
        broken += 1
    else:
        take(subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout)
for _ in range(200):                   # what is left
    before = len(got)
    take(subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout)
    if len(got) == before:
        break
assert got == sent, "sent %d, got %d: lost %s, double %s, order %s" % (len(sent), len(got),
    sorted(set(sent) - set(got))[:5], sorted({g for g in got if got.count(g) > 1})[:5], got[:5])
print("all", len(sent) > 300 and broken >= 30)
P
is "a run with 30 broken answers: none lost, none double, in order" "all True" "$(cat result)"
finish
