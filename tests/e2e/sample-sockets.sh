# sample-sockets.sh - connections and UDP sockets: the same figures as ss, also for 50,000.
. "$(dirname "$0")/lib.sh"
need python3 strace ip ss

# sockets.py N M COMMAND...: N established connections of each family and M UDP sockets of each,
# held by as many processes as the limit of open files asks for, while COMMAND runs.  Each
# connection has two ends here, so ss shows 4 N.
cat >sockets.py <<'P'
import os, socket, subprocess, sys
SHARE = 2000  # connections of each family in one process: 8,000 open files
n, m = int(sys.argv[1]), int(sys.argv[2])

def hold(n, m):
    held = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        # A listener for each share: they do not take each other's local ports.
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.bind((host, 0))
        listener.listen(100)
        held.append(listener)
        for _ in range(n):
            client = socket.socket(family, socket.SOCK_STREAM)
            client.connect(listener.getsockname()[:2])
            held += [client, listener.accept()[0]]
        for i in range(m):
            s = socket.socket(family, socket.SOCK_DGRAM)
            if i % 3 == 0:
                s.bind((host, 0))
            elif i % 3 == 1:
                s.connect((host, 9))
            held.append(s)  # every third one is not bound: nobody counts it
    return held

ready, tell = os.pipe()
stay, leave = os.pipe()
shares = [min(SHARE, n - k) for k in range(0, n, SHARE)]
for share in shares:
    if os.fork() == 0:
        os.close(leave)
        held = hold(share, 0)
        os.write(tell, b".")
        os.read(stay, 1)  # until the parent ends
        os._exit(0)
os.close(tell)
for _ in shares:
    if os.read(ready, 1) != b".":
        sys.exit("a process could not make its connections")
held = hold(0, m)
if n:
    # Neither established nor listening at either end: these must not count.
    half = socket.create_connection(held[0].getsockname()[:2])
    peer = held[0].accept()[0]
    peer.shutdown(socket.SHUT_WR)
    half.recv(1)
    # IPv4 by an IPv6 socket
    mapped = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    mapped.bind(("::ffff:127.0.0.1", 0))
sys.exit(subprocess.run(sys.argv[3:]).returncode)
P
own=(unshare --net)
[ "$(id -u)" = 0 ] || own+=(--map-root-user)
if ! "${own[@]}" true 2>/dev/null; then
	echo "SKIP: no network namespace can be made here"
	exit 77
fi
cat >compare.sh <<'S'
ip link set lo up
exec python3 sockets.py "$1" "$2" sh -c '
	ss -Htan state established | wc -l >ss; ss -Huan | wc -l >>ss
	mon-sample --state-dir state; echo $? >sample-code'
S
# compare WHAT CONNECTIONS UDP
compare() {
	run "${own[@]}" sh compare.sh "$2" "$3"
	if [ "$code" != 0 ]; then
		fail "$1" "$err"
		return
	fi
	is "$1" "conn: $(sed -n 1p ss),$(sed -n 2p ss)" "$(grep ^conn .out)"
	is "$1: exit code" 0 "$(cat sample-code)"
	# The connection that is half closed is no longer established at either end.
	is "$1: as many as were made" "$((4 * $2))" "$(sed -n 1p ss)"
}
compare "none at all" 0 0
compare "one" 1 1
compare "a hundred" 100 100
compare "50,000 established" 12500 300
run "${own[@]}" sh -c 'ip link set lo up; exec python3 sockets.py 3 3 sh -c "ss -Htan state established | wc -l; cat /proc/net/tcp /proc/net/tcp6 | grep -c \" 01 \""'
is "/proc/net/tcp has the same" "12 12" "$(echo $out)"

# Only listeners: the table of connections is not walked, and the figure is 0.
run "${own[@]}" sh -c 'ip link set lo up; exec python3 -c "
import socket, subprocess
a = socket.create_server((\"127.0.0.1\", 0))
b = socket.create_server((\"::1\", 0), family=socket.AF_INET6)
subprocess.run([\"mon-sample\", \"--state-dir\", \"state\"])"'
is "listeners are no connections" "conn: 0,0" "$(printf '%s\n' "$out" | grep ^conn)"

# Without sock_diag the files of /proc are read instead.
cat >nodiag.sh <<'S'
ip link set lo up
exec python3 sockets.py 200 5 sh -c '
	ss -Htan state established | wc -l >ss; ss -Huan | wc -l >>ss
	ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e trace=socket -e inject=socket:error=EPROTONOSUPPORT \
		mon-sample --state-dir state'
S
run "${own[@]}" sh nodiag.sh
is "without sock_diag" "conn: $(sed -n 1p ss),$(sed -n 2p ss)" "$(grep ^conn .out)"
finish
