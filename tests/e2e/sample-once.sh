# sample-once.sh - alerts are delivered exactly once, though answers are broken off before they were read.
. "$(dirname "$0")/lib.sh"
need python3
. "$MON_SRC/tests/fixtures/journal.sh"

new_root root
folder=root/var/log/journal/$machine
within() { mon-sample --root root --state-dir state --timeout "$@" take; }
sample() { within 30; } # more than it needs, for a busy machine

# A reader that goes away without reading: the answer comes again.
entry 1 5 a "" one | journal $folder/system.journal
sample 2>err | :
is "the reader is gone" 1 "${PIPESTATUS[0]}"
like "that is said" 'mon-sample: (nobody read the whole answer|cannot write to stdout)' "$(cat err)"
like "its alert comes again" 'alert: .*a: one' "$(sample)"
unlike "and then not" '^alert' "$(sample)"

# A reader that lives but never reads, until mon-sample's own deadline.
entry 2 5 a "" two | journal $folder/system.journal
mkfifo unread
exec 8<>unread
for seconds in 1 2 4 8 16; do # of which a busy machine may not leave it the rest, to end in good order
	within $seconds 2>err >unread
	code=$?
	[ $code = $((128 + 14)) ] || break
done
exec 8>&-
is "nobody reads until the deadline" 1 "$code"
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
like "a slow reader" 'alert: .*a: four' "$(sample | { sleep 0.2; cat; })"
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
python3 pair.py close mon-sample --timeout 30 --root root --state-dir state take
is "a socket closed unread" 1 $?
python3 pair.py part mon-sample --timeout 30 --root root --state-dir state take
is "a socket closed after a part" 1 $?
like "a socket that is read" 'alert: .*a: six' "$(python3 pair.py read mon-sample --timeout 30 --root root --state-dir state take)"
unlike "it counts as read" '^alert' "$(sample)"

# A long run, as a collector sees it: an alert counts in an answer with its end, whatever the exit
# code.  Polls at jittered intervals; between them looks, readers that go away after some bytes or
# after all of them, samplers that are killed, some of them after the end.
python3 - "$boot" "$remote" $folder "${POLLS:-90}" <<'P' >result 2>&1
import os, random, re, select, signal, subprocess, sys
boot, remote, folder, polls = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
random.seed(7)
second, sent, got, gap = 100, [], [], set()
argv = ["mon-sample", "--timeout", "10", "--root", "root", "--state-dir", "state"]
os.environ["QREXEC_REMOTE_DOMAIN"] = "sys-monitor"

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

def alerts(out):
    return [l.split(": ", 2)[2] for l in out.decode().splitlines() if l.startswith("alert: ") and " run: " in l]

def whole(out):
    lines = out.decode().splitlines()
    return (out.endswith(b"\n") and len(lines) >= 2 and lines[0] == "begin: 1" and
            lines[-1] == "end: %d" % (len(lines) - 2))

def start():
    r, w = os.pipe()
    p = subprocess.Popen(argv + ["take"], stdin=subprocess.DEVNULL, stdout=w, stderr=subprocess.DEVNULL)
    os.close(w)
    return p, r

def read(r, stop):                     # up to the end of the file, or until stop() says so
    out = b""
    while not stop(out):
        part = os.read(r, 65536)
        if not part:
            break
        out += part
    return out

def take(out):
    if whole(out):
        got.extend(alerts(out))
    else:                              # only who had read all but the end may lose them
        gap.update(alerts(out))

counts = {}
for turn in range(polls):
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        write(random.choice([1, 2, 5, 40]), "system.journal")
    if turn % 17 == 16:
        os.rename(folder + "/system.journal", folder + "/system@%d.journal" % turn)
    how = random.choice(["whole", "whole", "whole", "part", "unread", "killed", "late", "gone"])
    counts[how] = counts.get(how, 0) + 1
    if random.randrange(2):            # a look between two polls
        out = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
        assert whole(out), "a look that is cut"
    p, r = start()
    if how == "part":                  # the reader goes away after some bytes
        os.read(r, random.choice([1, 100]))
    elif how == "unread":
        select.select([r], [], [], 10)
    elif how == "killed":              # before anybody reads
        select.select([r], [], [], 10)
        p.send_signal(random.choice([signal.SIGKILL, signal.SIGTERM]))
        p.wait()
    elif how == "gone":                # it has read all but the end
        take(read(r, lambda out: b"\ndisk: /dev/xvdb" in out))
    elif how == "late":                # killed behind the end: the answer counts
        take(read(r, lambda out: re.search(b"\nend: [0-9]+\n$", out)))
        p.send_signal(signal.SIGKILL)
    else:
        out = read(r, lambda out: False)
        assert whole(out), "a poll that is cut: %r" % out[-100:]
        take(out)
    os.close(r)
    p.wait()
for _ in range(200):                   # what is left
    before = len(got)
    take(subprocess.run(argv + ["take"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout)
    if len(got) == before:
        break
lost = set(sent) - set(got)
doubled = {g for g in got if got.count(g) > 1}
assert not doubled, "doubled %s" % sorted(doubled)[:5]
assert lost <= gap, "lost outside the gap: %s" % sorted(lost - gap)[:5]
assert got == [s for s in sent if s not in lost], "in another order"
print("polls %d %s: sent %d, lost in the gap %d, lost else 0, doubled 0" % (polls, counts, len(sent), len(lost)), file=sys.stderr)
print("all", len(sent) > 3 * polls)
P
sed -n 's/^polls/note: &/p' result
is "polls with looks, kills and late exits between: none lost outside the gap, none double, in order" "all True" "$(grep -v ^polls result)"
finish
