# sample-journald.sh - beside a living journald, with bursts, rotation, vacuum and kill -9: each alert
# once.  In a mount and PID namespace of its own; nothing of this machine's journal is touched.
. "$(dirname "$0")/lib.sh"
need python3 journalctl

journald=/lib/systemd/systemd-journald
[ -x "$journald" ] || journald=/usr/lib/systemd/systemd-journald
if [ ! -x "$journald" ] || [ ! -s /etc/machine-id ] || ! unshare -mpf true 2>/dev/null; then
	echo "skip: no journald, or no namespaces here"
	exit 77
fi
cat >inside.sh <<'S'
mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log || exit 99
mkdir -p /run/systemd/journal /run/log/journal
exec python3 live.py "$1" "$2"
S
cat >live.py <<'P'
import os, random, signal, socket, subprocess, sys, time
journald, turns = sys.argv[1], int(sys.argv[2])
random.seed(5)
machine = open("/etc/machine-id").read().strip()
folder = "/run/log/journal/" + machine
sent, got, daemon = [], [], None
kinds = {}

def start():
    global daemon
    # What a service manager gives it: its sockets.
    fds = []
    for path, kind in (("/run/systemd/journal/socket", socket.SOCK_DGRAM), ("/run/systemd/journal/stdout", socket.SOCK_STREAM),
                       ("/run/systemd/journal/dev-log", socket.SOCK_DGRAM)):
        if path not in sockets:
            s = socket.socket(socket.AF_UNIX, kind)
            s.bind(path)
            if kind == socket.SOCK_STREAM:
                s.listen()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            sockets[path] = s
        fds.append(sockets[path].fileno())
    pid = os.fork()
    if pid == 0:
        high = [os.dup2(fd, 100 + i) for i, fd in enumerate(fds)]
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i, inheritable=True)
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.execve(journald, [journald], {"LISTEN_FDS": str(len(fds)), "LISTEN_PID": str(os.getpid()), "PATH": os.environ["PATH"]})
    daemon = pid

sockets = {}
start()
time.sleep(1)
if os.waitpid(daemon, os.WNOHANG)[0]:
    print("ended")
    sys.exit()
out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

def send(n):
    for _ in range(n):
        p = random.choice([3, 5, 6, 6, 7])
        text = "live %d" % (len(sent) if p < 6 else random.randrange(1 << 30))
        if p < 6:
            sent.append(text)
        out.sendto(("PRIORITY=%d\nSYSLOG_IDENTIFIER=live\nMESSAGE=%s%s\n" % (p, text, " " * random.choice([0, 0, 700]))).encode(),
                   "/run/systemd/journal/socket")

def sample():
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
    p = subprocess.run(["mon-sample", "--state-dir", "state", "take"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env)
    assert p.returncode in (0, 3), "exit %d" % p.returncode
    for l in p.stdout.decode().splitlines():
        if l.startswith("alert: ") and ": live " in l:
            got.append("live " + l.split(": live ")[1].split()[0])

def settle():                          # until journald has taken what is in its socket
    time.sleep(0.4)

for turn in range(turns):
    kinds_now = random.choice(["burst", "chat", "rotate", "vacuum", "kill", "burst", "race"])
    kinds[kinds_now] = kinds.get(kinds_now, 0) + 1
    send(random.choice([1, 3, 20]))
    if kinds_now == "burst":
        send(150)
    elif kinds_now == "rotate":
        os.kill(daemon, signal.SIGUSR2)
    elif kinds_now == "vacuum":
        subprocess.run(["journalctl", "-q", "-D", folder, "--vacuum-files=3"], stderr=subprocess.DEVNULL)
    elif kinds_now == "kill":
        settle()
        os.kill(daemon, signal.SIGKILL)
        os.waitpid(daemon, 0)
        start()
    elif kinds_now == "race":          # a sampler that reads while it is written
        for _ in range(4):
            send(10)
            sample()
    if random.randrange(3):
        settle()
    for _ in range(random.choice([1, 1, 6])):
        sample()
for _ in range(100):                   # what is left
    settle()
    before = len(got)
    sample()
    if len(got) == before:
        break
os.kill(daemon, signal.SIGKILL)
lost = [s for s in sent if s not in set(got)]
double = sorted({g for g in got if got.count(g) > 1}) if len(got) != len(set(got)) else []
print("note: %d turns %s, %d alerts, %d lost, %d double" % (turns, kinds, len(sent), len(lost), len(double)), lost[:5], double[:5])
print("each once" if not lost and not double and len(sent) > 3 * turns else "no")
P
unshare -mpf bash inside.sh "$journald" "${TURNS:-25}" >result 2>&1
if [ "$(cat result)" = ended ]; then
	echo "SKIP: journald ends at once here, as without /sys/fs/cgroup"
	exit 77
fi
grep note result
is "beside a living journald" "each once" "$(grep -v ^note result)"
finish
